//! Which runs this process goes on with besides those in its memory: some that it parked itself, or all of the store.
//!
//! Whoever is interested in all keeps nothing of a single one: the store says which of them are due. What is kept here is
//! never a reason to leave a run alone, since claiming it decides.

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use crate::model::{RunId, Time};

use super::error::Error;
use super::handle::{Ended, Until};

#[derive(Default)]
pub(super) struct Interest {
    /// The runs that wait on disk, and when they are looked at; of a process that isn't interested in all.
    watched: HashMap<RunId, Option<Time>>,
    /// How many records of a run that this process parked were shown to those who look on; as above.
    shown: HashMap<RunId, u64>,
    pub all: Option<All>,
    /// When it is looked whether a watched run is owed something of which nobody told; none before anything is watched.
    pub relook: Option<Time>,
}

/// The interest in all runs of the store.
pub(super) struct All {
    pub until: Until,
    tell: Sender<(RunId, Result<Ended, Error>)>,
    pub pass: Pass,
    /// When a pass next looks at the runs that go on by themselves, too: of most that are left so it is told, but not of
    /// those of a process that was killed with the store in its hands.
    pub awake_at: Time,
    /// When the next pass begins.
    pub next: Option<Time>,
    /// A caller that was just coming back as a run that it called was to be taken up: once it is there, the next pass
    /// begins.
    pub put_off: Option<RunId>,
    /// Whether something was stored that the last pass may not have seen.
    pub again: bool,
    /// Whether it was found that runs can still go on, and nothing has changed since.
    pub goes_on: bool,
}

/// A walk through what can go on, page by page: each after the entry that it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pass {
    /// Callers that have something to do about a run that they called, or to hear of it.
    Owed(Option<(RunId, RunId)>),
    /// Runs that are due.
    Due(Option<(Time, RunId)>),
    /// Runs that go on by themselves, and whose process was killed.
    Awake(Option<RunId>),
    Over,
}

impl All {
    pub fn new(until: Until, tell: Sender<(RunId, Result<Ended, Error>)>) -> All {
        let (pass, awake_at) = (Pass::Owed(None), Time::from_unix_ms(0));
        All { until, tell, pass, awake_at, next: None, put_off: None, again: false, goes_on: false }
    }

    /// Whether the next pass is to begin.
    pub fn is_due(&self, now: Time) -> bool {
        self.pass == Pass::Over && (self.again || self.next.is_some_and(|next| next <= now))
    }
}

impl Interest {
    /// Notes a run that has left memory, or that another process has left.
    pub fn parked(&mut self, run: RunId, due: Option<Time>) {
        match &mut self.all {
            Some(all) => {
                all.next = all.next.into_iter().chain(due).min();
                all.goes_on = false;
            }
            None => drop(self.watched.insert(run, due)),
        }
    }

    /// Notes how far a run that leaves memory was shown to those who look on.
    pub fn shown(&mut self, run: RunId, records: u64) {
        if self.all.is_none() {
            self.shown.insert(run, records);
        }
    }

    /// From which record on they haven't seen what others stored for the run.
    pub fn unseen(&mut self, run: RunId) -> Option<u64> {
        self.shown.remove(&run)
    }

    /// Notes a run that is in memory again, or over.
    pub fn forget(&mut self, run: RunId) {
        self.watched.remove(&run);
        self.shown.remove(&run);
        if let Some(all) = &mut self.all {
            all.goes_on = false;
        }
    }

    /// Whether this process goes on with the run where it can.
    pub fn has(&self, run: RunId) -> bool {
        self.all.is_some() || self.watched.contains_key(&run)
    }

    /// When a run that is watched is looked at.
    pub fn due(&self, run: RunId) -> Option<Time> {
        self.watched.get(&run).copied().flatten()
    }

    /// Has the store looked at anew.
    pub fn look_again(&mut self) {
        if let Some(all) = &mut self.all {
            (all.again, all.goes_on) = (true, false);
        }
    }

    /// Has the store looked at anew once that caller is there.
    pub fn look_again_after(&mut self, caller: RunId) {
        if let Some(all) = &mut self.all {
            (all.put_off, all.goes_on) = (Some(caller), false);
        }
    }

    /// Has the store looked at anew, also at the runs that go on by themselves.
    pub fn look_at_all_again(&mut self) {
        self.look_again();
        if let Some(all) = &mut self.all {
            all.awake_at = Time::from_unix_ms(0);
        }
    }

    /// The runs that are watched on disk.
    pub fn watched(&self) -> impl Iterator<Item = RunId> {
        self.watched.keys().copied()
    }

    /// Tells the one who drives all runs of one that has ended, or can't go on.
    pub fn tell(&self, run: RunId, ended: Result<Ended, Error>) {
        if let Some(all) = &self.all {
            // Somebody who doesn't listen any more is about to leave.
            let _ = all.tell.send((run, ended));
        }
    }
}
