//! Whose each run is, among the processes that share the store: kept by the owner, in memory.
//!
//! A new owner knows of no run but its own. Until each living process has said which ones it has, it gives none away
//! that it doesn't know. Nobody is called with the registry locked.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal::{Holder, Outcome, Write};
use crate::model::RunId;

use super::door::Door;
use super::members;
use super::patience::{GRACE, Patience};
use super::words::Name;

/// How many changes are told again to a process that comes from an owner that has gone.
const MAX_CHANGES: usize = 4_096;

/// How often it is looked whether somebody who is waited for still lives.
const LOOK: Duration = Duration::from_millis(20);

/// How long a process whose connection has ended may take to be gone.
const DYING: Duration = Duration::from_secs(1);

pub(super) struct Registry {
    dir: PathBuf,
    /// The owner's own name.
    own: Name,
    me: Holder,
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    runs: HashMap<RunId, Name>,
    members: HashMap<Name, Member>,
    /// On how many connections each process asks. What a dead one asked may still be under way on them.
    asking: HashMap<Name, usize>,
    /// Those who lived when this process became the owner, and haven't come yet.
    expected: HashMap<Name, Holder>,
    /// What was told to all lately.
    changes: VecDeque<RunId>,
    /// Runs of processes that have ended; not told to anybody yet.
    freed: Vec<RunId>,
    closed: bool,
}

struct Member {
    holder: Holder,
    door: Option<Arc<Door>>,
}

/// Who has a run.
pub(super) enum Whose {
    Own,
    Other(Holder, Arc<Door>),
    /// Nobody, as far as is known; but this living process hasn't said what it has.
    Unsaid(Holder),
    Nobody,
    /// The owner leaves and knows nothing any more.
    Closed,
}

/// What became of a claim.
pub(super) enum Claim {
    Mine,
    Other(Holder),
    Closed,
}

impl Registry {
    /// The registry of a new owner, which has `runs`.
    pub fn new(dir: PathBuf, own: Name, me: Holder, runs: HashSet<RunId>) -> Registry {
        let expected = members::living(&dir, &own).into_iter().collect();
        let runs = runs.into_iter().map(|run| (run, own.clone())).collect();
        let state = State {
            runs,
            members: HashMap::new(),
            asking: HashMap::new(),
            expected,
            changes: VecDeque::new(),
            freed: Vec::new(),
            closed: false,
        };
        Registry { dir, own, me, state: Mutex::new(state), news: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all who wait: nothing is decided any more.
    pub fn close(&self) {
        self.state().closed = true;
        self.news.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    // ---- who is there

    /// A process attends, and says which runs it has. Gives what was told to all before it came.
    pub fn enter(&self, name: &Name, holder: Holder, runs: Vec<RunId>, door: Arc<Door>) -> Vec<RunId> {
        let mut state = self.state();
        state.expected.remove(name);
        state.members.insert(name.clone(), Member { holder, door: Some(door) });
        for run in runs {
            state.runs.entry(run).or_insert_with(|| name.clone());
        }
        self.news.notify_all();
        state.changes.iter().copied().collect()
    }

    /// A process attends no more. If it has ended, or ends within a moment, its runs are nobody's; gives them.
    pub fn leave(&self, name: &Name, door: &Arc<Door>) -> Vec<RunId> {
        let patience = Patience::new();
        let mut state = self.state();
        if let Some(member) = state.members.get_mut(name)
            && member.door.as_ref().is_some_and(|own| Arc::ptr_eq(own, door))
        {
            member.door = None;
            self.news.notify_all();
        }
        // The system closes a dead process's connection and frees its lock one after the other.
        while !self.bury(&mut state, name) && !state.closed && !patience.is_over(DYING) {
            if state.members.get(name).is_none_or(|member| member.door.is_some()) {
                break;
            }
            state = self.news.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.news.notify_all();
        std::mem::take(&mut state.freed)
    }

    /// A process asks on one connection more: to be said before it may ask anything there.
    pub fn arrive(&self, name: &Name) {
        *self.state().asking.entry(name.clone()).or_default() += 1;
    }

    /// A process asks on one connection less, and all that came on it is done. Gives the runs that are nobody's now.
    pub fn depart(&self, name: &Name) -> Vec<RunId> {
        let mut state = self.state();
        let left = state.asking.get_mut(name).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            state.asking.remove(name);
            if state.members.contains_key(name) || state.expected.contains_key(name) {
                self.bury(&mut state, name);
            }
            self.news.notify_all();
        }
        std::mem::take(&mut state.freed)
    }

    /// The runs of processes that were found to have ended, as long as nobody was told of them.
    pub fn freed(&self) -> Vec<RunId> {
        std::mem::take(&mut self.state().freed)
    }

    /// Forgets one that has ended; whether it has. One whose last words are still being heard has not: a run that is
    /// given to another process has all its records.
    fn bury(&self, state: &mut State, name: &Name) -> bool {
        let is_there = state.members.get(name).is_some_and(|member| member.door.is_some());
        if is_there || state.asking.contains_key(name) || members::is_alive(&self.dir, name) {
            return false;
        }
        state.members.remove(name);
        state.expected.remove(name);
        let (freed, kept) = std::mem::take(&mut state.runs).into_iter().partition(|(_, owner)| owner == name);
        let freed: HashMap<RunId, Name> = freed;
        state.runs = kept;
        state.freed.extend(freed.into_keys());
        true
    }

    /// All who can be called, but for the one who knows of the change already.
    pub fn doors(&self, changed: RunId, knows: Option<&Name>) -> Vec<Arc<Door>> {
        let mut state = self.state();
        state.changes.push_back(changed);
        if state.changes.len() > MAX_CHANGES {
            state.changes.pop_front();
        }
        let others = state.members.iter().filter(|(name, _)| Some(*name) != knows);
        others.filter_map(|(_, member)| member.door.clone()).collect()
    }

    // ---- whose a run is

    /// Who has the run. Waits a while for those who have yet to say what they have.
    pub fn whose(&self, run: RunId) -> Whose {
        self.find(run, |_| Whose::Nobody)
    }

    /// Takes the run for `name`, unless somebody else has it.
    pub fn claim(&self, run: RunId, name: &Name, holder: &Holder) -> Claim {
        let found = self.find_unless(run, name, |state| {
            state.members.entry(name.clone()).or_insert_with(|| Member { holder: holder.clone(), door: None });
            state.runs.insert(run, name.clone());
        });
        match found {
            None => Claim::Mine,
            Some(Whose::Own) => Claim::Other(self.me.clone()),
            Some(Whose::Other(holder, _) | Whose::Unsaid(holder)) => Claim::Other(holder),
            Some(Whose::Nobody) => Claim::Mine,
            Some(Whose::Closed) => Claim::Closed,
        }
    }

    fn find_unless(&self, run: RunId, name: &Name, take: impl FnOnce(&mut State)) -> Option<Whose> {
        if self.state().runs.get(&run) == Some(name) {
            return None;
        }
        Some(self.find(run, |state| {
            take(state);
            Whose::Nobody
        }))
    }

    /// Who has the run; where nobody has, `nobody` decides, before anybody else can.
    fn find(&self, run: RunId, nobody: impl FnOnce(&mut State) -> Whose) -> Whose {
        let mut nobody = Some(nobody);
        let patience = Patience::new();
        let mut state = self.state();
        loop {
            if state.closed {
                return Whose::Closed;
            }
            match self.step(&mut state, run) {
                Step::Found(whose) => return whose,
                Step::Nobody => return nobody.take().map_or(Whose::Nobody, |decide| decide(&mut state)),
                Step::Wait(holder) if patience.is_over(GRACE) => return Whose::Unsaid(holder),
                Step::Wait(_) => {
                    state = self.news.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn step(&self, state: &mut State, run: RunId) -> Step {
        if let Some(name) = state.runs.get(&run).cloned() {
            if name == self.own {
                return Step::Found(Whose::Own);
            }
            if let Some(Member { holder, door }) = state.members.get(&name)
                && let Some(door) = door
            {
                return Step::Found(Whose::Other(holder.clone(), door.clone()));
            }
            // It has ended, or is about to come back.
            if !self.bury(state, &name) {
                let holder = state.members.get(&name).map_or_else(Holder::unknown, |member| member.holder.clone());
                return Step::Wait(holder);
            }
        }
        let expected: Vec<Name> = state.expected.keys().cloned().collect();
        for name in expected {
            self.bury(state, &name);
        }
        match state.expected.values().next() {
            Some(holder) => Step::Wait(holder.clone()),
            None => Step::Nobody,
        }
    }

    /// Whether it was that process's to give up.
    pub fn release(&self, run: RunId, name: &Name) -> bool {
        let mut state = self.state();
        let is_its = state.runs.get(&run) == Some(name);
        if is_its {
            state.runs.remove(&run);
        }
        is_its
    }

    /// Whether that process has the run.
    pub fn has(&self, name: &Name, run: RunId) -> bool {
        self.state().runs.get(&run) == Some(name)
    }

    // ---- what commits imply

    /// A run that begins is its process's, from before anybody can see it.
    pub fn begin(&self, name: &Name, writes: &[Write]) {
        if writes.iter().any(begins) {
            let mut state = self.state();
            for write in writes.iter().filter(|write| begins(write)) {
                state.runs.entry(write.run).or_insert_with(|| name.clone());
            }
        }
    }

    /// What was not stored began no run; what ended is nobody's any more.
    pub fn finish(&self, name: &Name, writes: &[Write], outcomes: Option<&[Outcome]>) {
        let over = over(writes, outcomes);
        if !over.is_empty() {
            let mut state = self.state();
            for run in over {
                if state.runs.get(&run) == Some(name) {
                    state.runs.remove(&run);
                }
            }
        }
    }
}

enum Step {
    Found(Whose),
    Wait(Holder),
    Nobody,
}

pub(super) fn begins(write: &Write) -> bool {
    write.seq == 0
}

/// The runs of a commit that are over: they have ended, or didn't come to be.
pub(super) fn over(writes: &[Write], outcomes: Option<&[Outcome]>) -> Vec<RunId> {
    let is_over = |(i, write): &(usize, &Write)| match outcomes {
        None => begins(write),
        Some(outcomes) => match outcomes.get(*i) {
            Some(Outcome::Known { .. }) => true,
            _ => write.summary.as_ref().is_some_and(|summary| summary.status.is_ended()),
        },
    };
    writes.iter().enumerate().filter(is_over).map(|(_, write)| write.run).collect()
}
