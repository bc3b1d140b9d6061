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
}

/// The interest in all runs of the store.
pub(super) struct All {
    pub until: Until,
    tell: Sender<(RunId, Result<Ended, Error>)>,
    pub pass: Pass,
    /// Whether the runs that go on by themselves were looked at: once is enough, later ones are told of.
    pub began: bool,
    /// When the next pass begins.
    pub next: Option<Time>,
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
        All { until, tell, pass: Pass::Owed(None), began: false, next: None, again: false, goes_on: false }
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

    /// Tells the one who drives all runs of one that has ended, or can't go on.
    pub fn tell(&self, run: RunId, ended: Result<Ended, Error>) {
        if let Some(all) = &self.all {
            // Somebody who doesn't listen any more is about to leave.
            let _ = all.tell.send((run, ended));
        }
    }
}
