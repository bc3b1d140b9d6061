//! Waking: runs that wait on disk are taken up again when they can go on, in the order in which they are due.
//!
//! A process that watches some runs has a timer for each. One that is interested in all asks the store, page by page,
//! and takes up no more at a time than its writer can be handed: its memory is bounded by what goes on, however many are
//! due at once. What another process has is left to that one.

use std::sync::mpsc::Sender;

use crate::engine::Input;
use crate::journal;
use crate::model::{Failure, Length, RunId, RunStatus, Time};

use super::error::Error;
use super::handle::{Ended, Until};
use super::interest::{All, Pass};
use super::live::Live;
use super::run_loop::RunLoop;

/// The most runs that are being taken up at a time.
const MAX_WAKING: usize = 256;

/// The most runs in memory for which others are taken up by themselves (the limit `runs in memory`).
const MAX_IN_MEMORY: usize = 10_000;

/// How often a watched run is looked at that another process has.
const LOOK: Length = Length::from_ms(1_000);

/// How often whoever is interested in all looks what others have left.
const RELOOK: Length = Length::from_ms(5_000);

/// How often it looks at those that go on by themselves.
const RELOOK_AWAKE: Length = Length::from_ms(25_000);

/// A page of runs that can go on: each with the run whose end it is told of, where it is woken for that.
type Page = Vec<(RunId, Option<RunId>)>;

impl RunLoop {
    /// From now on this process goes on with every run that no other one has, until none can go on or, as `until` says,
    /// all wait.
    pub fn take_all(&mut self, until: Until, tell: Sender<(RunId, Result<Ended, Error>)>) {
        self.interest.all = Some(All::new(until, tell));
    }

    /// How many runs may be taken up now.
    fn room(&self) -> usize {
        let memory = MAX_IN_MEMORY.saturating_sub(self.runs.len());
        if self.draining { 0 } else { MAX_WAKING.saturating_sub(self.under_way()).min(memory) }
    }

    /// When the store is to be looked at; none where something else must come first.
    pub fn next_look(&self, now: Time) -> Option<Time> {
        let Some(all) = &self.interest.all else { return self.interest.relook.filter(|_| !self.draining) };
        if self.room() == 0 {
            return None;
        }
        if all.pass != Pass::Over || all.again { Some(now) } else { all.next }
    }

    /// Takes up what can go on, a page of it.
    pub fn look(&mut self) {
        let (room, now) = (self.room(), self.ground.clock.now());
        let Some(all) = &mut self.interest.all else { return self.look_at_what_is_owed(now) };
        if room == 0 {
            return;
        }
        if all.put_off.is_some_and(|caller| !self.runs.get(&caller).is_some_and(Live::comes_back)) {
            (all.put_off, all.again) = (None, true);
        }
        if all.is_due(now) {
            (all.pass, all.again) = (Pass::Owed(None), false);
        }
        let (pass, awake) = (all.pass, all.awake_at <= now);
        if pass == Pass::Over {
            return;
        }
        let looked = self.page(pass, awake, room, now).and_then(|(page, next)| {
            let over = next == Pass::Over;
            let first = if over {
                self.ground.journal.due(Time::from_unix_ms(i64::MAX), Some(end_of(now)), 1)?
            } else {
                Vec::new()
            };
            Ok((page, next, over.then(|| first.first().map_or(latest(now), |(due, _)| latest(now).min(*due)))))
        });
        match looked {
            Ok((page, next, due)) => {
                if let Some(all) = &mut self.interest.all {
                    if next == Pass::Over && awake {
                        all.awake_at = now.plus(RELOOK_AWAKE);
                    }
                    (all.pass, all.next) = (next, due.or(all.next));
                    all.goes_on &= due.is_none();
                }
                page.into_iter().for_each(|(run, ended)| self.wake_in_turn(run, ended));
            }
            Err(error) => self.fail(error.into()),
        }
    }

    /// Looks, from time to time, whether a watched run has to hear of the end of one that it called: the process that
    /// stored that may have been killed before it told.
    fn look_at_what_is_owed(&mut self, now: Time) {
        if self.draining || self.interest.watched().next().is_none() {
            return;
        }
        if *self.interest.relook.get_or_insert(latest(now)) > now {
            return;
        }
        self.interest.relook = Some(latest(now));
        let mut after = None;
        loop {
            let page = match self.ground.journal.owed(after, MAX_WAKING) {
                Ok(page) => page,
                Err(error) => return self.fail(error.into()),
            };
            let watched = page.iter().filter(|(run, _)| self.interest.has(*run)).copied().collect::<Vec<_>>();
            watched.into_iter().for_each(|(run, child)| self.wake_in_turn(run, Some(child)));
            match page.last() {
                Some(last) if page.len() == MAX_WAKING => after = Some(*last),
                Some(_) | None => return,
            }
        }
    }

    /// Word may have been lost: what this process has, watches or is interested in is looked at anew.
    pub fn look_anew(&mut self) {
        self.interest.look_at_all_again();
        let here: Vec<RunId> = self.runs.keys().copied().chain(self.interest.watched()).collect();
        here.into_iter().for_each(|run| self.changed(run));
    }

    /// The next page of a pass, and what comes after it.
    fn page(&self, pass: Pass, awake: bool, room: usize, now: Time) -> Result<(Page, Pass), journal::Error> {
        let journal = &self.ground.journal;
        Ok(match pass {
            Pass::Owed(after) => {
                let page = journal.owed(after, room)?;
                let last = page.last().copied().filter(|_| page.len() == room);
                let next = last.map_or(Pass::Due(None), |last| Pass::Owed(Some(last)));
                (page.into_iter().map(|(run, child)| (run, Some(child))).collect(), next)
            }
            Pass::Due(after) => {
                let page = journal.due(now, after, room)?;
                let last = page.last().copied().filter(|_| page.len() == room);
                let over = if awake { Pass::Awake(None) } else { Pass::Over };
                (
                    page.into_iter().map(|(_, run)| (run, None)).collect(),
                    last.map_or(over, |last| Pass::Due(Some(last))),
                )
            }
            Pass::Awake(after) => {
                let page = journal.awake(after, room)?;
                let last = page.last().copied().filter(|_| page.len() == room);
                let next = last.map_or(Pass::Over, |last| Pass::Awake(Some(last)));
                (page.into_iter().map(|run| (run, None)).collect(), next)
            }
            Pass::Over => (Page::new(), Pass::Over),
        })
    }

    /// Takes a run up, unless its caller is just coming back, which will ask for it or have it stopped.
    fn wake_in_turn(&mut self, id: RunId, ended: Option<RunId>) {
        if self.runs.contains_key(&id) || self.waits.is_refused(id) {
            return;
        }
        match self.ground.journal.summary(id) {
            Ok(Some(row)) if !can_go_on(row.status) => {}
            Ok(Some(row)) => match row.parent.filter(|caller| self.comes_back_for(*caller, id)) {
                Some(caller) => self.interest.look_again_after(caller),
                None => {
                    self.wake(id);
                    self.note_what_is_settled(id, ended);
                }
            },
            Ok(None) => {}
            Err(error) if error.is_of_one_run() => self.refuse(id, &error.into()),
            Err(error) => self.fail(error.into()),
        }
    }

    fn comes_back_for(&self, caller: RunId, child: RunId) -> bool {
        let caller = self.runs.get(&caller).filter(|live| live.comes_back());
        caller.is_some_and(|caller| caller.run.children().any(|id| id == child))
    }

    /// What has nothing to do with a run that it waits for is no reason to wake it another time.
    fn note_what_is_settled(&mut self, id: RunId, ended: Option<RunId>) {
        if let (Some(live), Some(child)) = (self.runs.get_mut(&id), ended)
            && live.run.children().all(|waited| waited != child)
        {
            live.taken.push(child);
        }
    }

    /// Takes the run up, if it can be had.
    pub fn wake(&mut self, id: RunId) {
        if self.draining || self.runs.contains_key(&id) {
            return;
        }
        match self.claim(id) {
            Ok(folded) if folded.run.outcome().is_some() => self.is_over(id),
            Ok(folded) => {
                self.show_unseen(id);
                self.interest.forget(id);
                if let Err(error) = self.take_up(folded, false) {
                    self.refuse(id, &error);
                }
            }
            Err(Error::Elsewhere { .. }) => self.watch_elsewhere(id),
            Err(Error::Store(error)) if !error.is_of_one_run() => self.fail(Error::Store(error)),
            Err(error) => self.refuse(id, &error),
        }
    }

    /// Shows those who look on what others stored for the run while it was in nobody's memory.
    fn show_unseen(&mut self, id: RunId) {
        let Some(from) = self.interest.unseen(id) else { return };
        // What can't be read here can't be folded either, and is told by that.
        let Ok(records) = self.ground.journal.history(id, from, MAX_WAKING) else { return };
        records.iter().for_each(|record| self.ground.observer.committed(id, record.at, &record.events));
    }

    /// Looks from time to time at a run that another process has: that one may be killed, and nobody tell of it.
    pub fn watch_elsewhere(&mut self, id: RunId) {
        self.watch(id, self.ground.clock.now().plus(LOOK));
    }

    /// Looks at the run again then. Whoever is interested in all runs does so anyway.
    fn watch(&mut self, id: RunId, due: Time) {
        if self.interest.all.is_none() {
            self.interest.parked(id, Some(due));
            self.timers.insert((due, id));
        }
    }

    /// A run that isn't in memory has ended: another process went on with it.
    fn is_over(&mut self, id: RunId) {
        self.interest.forget(id);
        self.answer_waits(id);
        if let Ok(Some(row)) = self.ground.journal.summary(id)
            && let Some(caller) = row.parent
        {
            self.changed(caller);
        }
    }

    /// A run that waits on disk can't go on. It is left alone, and those who wait for it are told.
    fn refuse(&mut self, id: RunId, error: &Error) {
        self.interest.forget(id);
        self.waits.refuse(id, error);
        self.interest.tell(id, Err(error.clone()));
        let Ok(Some(row)) = self.ground.journal.summary(id) else { return };
        let Some(caller) = row.parent else { return };
        if let Some((op, attempt)) = self.runs.get(&caller).and_then(|live| live.run.caller_of(id)) {
            let outcome = Err(Failure::new("storage", error.to_string()));
            self.give(caller, Input::ChildEnded { op, attempt, outcome });
        } else if self.interest.has(caller) {
            self.wake(caller);
        }
    }

    /// Somebody else stored something for a run that isn't in memory.
    pub fn changed_on_disk(&mut self, id: RunId) {
        if !self.interest.has(id) {
            return;
        }
        let row = match self.ground.journal.summary(id) {
            Ok(Some(row)) => row,
            Ok(None) => return,
            Err(error) if error.is_of_one_run() => return,
            Err(error) => return self.fail(error.into()),
        };
        match row.status {
            RunStatus::Queued | RunStatus::Running => self.wake(id),
            RunStatus::Waiting if self.interest.all.is_some() => self.interest.look_again(),
            RunStatus::Waiting if self.is_owed_something(id) => self.wake(id),
            RunStatus::Waiting => match row.due {
                Some(due) => self.watch(id, due),
                None => self.interest.parked(id, None),
            },
            RunStatus::Paused => self.answer_waits(id),
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Stopped | RunStatus::NeedsAttention => {
                self.is_over(id)
            }
        }
    }

    fn is_owed_something(&mut self, id: RunId) -> bool {
        match self.ground.journal.owed(Some((id, RunId::from_bytes([0; 16]))), 1) {
            Ok(page) => page.first().is_some_and(|(run, _)| *run == id),
            Err(error) => {
                self.fail(error.into());
                false
            }
        }
    }

    /// Whoever drives all runs is told that none can go on, by being told no more.
    pub fn see_whether_all_is_done(&mut self) {
        let now = self.ground.clock.now();
        let Some(all) = &self.interest.all else { return };
        let at_rest = all.pass == Pass::Over && !all.again && all.next.is_none_or(|next| next > now) && !all.goes_on;
        let at_rest = at_rest && all.put_off.is_none();
        if !at_rest || !self.runs.is_empty() || self.under_way() > 0 {
            return;
        }
        let waits = match all.until {
            Until::End => self.somebody_waits(),
            Until::Idle | Until::Rest => Ok(false),
        };
        match waits {
            Ok(true) => self.interest.all.iter_mut().for_each(|all| all.goes_on = true),
            Ok(false) => self.interest.all = None,
            Err(error) => self.fail(error.into()),
        }
    }

    /// Whether a run of the store waits that can go on one day.
    fn somebody_waits(&self) -> Result<bool, journal::Error> {
        let mut after = None;
        loop {
            let page = self.ground.journal.live(after, MAX_WAKING)?;
            let Some(last) = page.last() else { return Ok(false) };
            after = Some(last.id);
            if page.iter().any(|row| row.status == RunStatus::Waiting && !self.waits.is_refused(row.id)) {
                return Ok(true);
            }
        }
    }
}

fn can_go_on(status: RunStatus) -> bool {
    match status {
        RunStatus::Queued | RunStatus::Running | RunStatus::Waiting => true,
        RunStatus::Paused
        | RunStatus::NeedsAttention
        | RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Stopped => false,
    }
}

/// Behind everything that is due by now.
fn end_of(now: Time) -> (Time, RunId) {
    (now, RunId::from_bytes([0xff; 16]))
}

/// When the store is looked at though nothing is known to be due: other processes write to it, too.
fn latest(now: Time) -> Time {
    now.plus(RELOOK)
}
