//! Who waits for the end of a run, and how a run stands for them. Only what is on disk counts.

use std::collections::HashMap;

use crate::model::{RunId, RunStatus};

use super::error::Error;
use super::handle::{Answer, Ended, Until};
use super::live::Live;
use super::run_loop::RunLoop;
use super::snapshot::fold;

/// Those who wait.
#[derive(Default)]
pub(super) struct Waits {
    waiting: HashMap<RunId, Vec<(Until, Answer<Ended>)>>,
    /// Why runs could not go on, for those who ask afterwards.
    refused: HashMap<RunId, Error>,
}

/// How many such reasons are kept; of earlier ones it is only said that they were left.
const MAX_REFUSED: usize = 1_000;

impl Waits {
    pub fn add(&mut self, run: RunId, until: Until, answer: Answer<Ended>) {
        self.waiting.entry(run).or_default().push((until, answer));
    }

    /// Tells all who wait for the run that it can't go on.
    pub fn refuse(&mut self, run: RunId, error: &Error) {
        for (_, answer) in self.waiting.remove(&run).unwrap_or_default() {
            let _ = answer.send(Err(error.clone()));
        }
        if self.refused.len() < MAX_REFUSED {
            self.refused.insert(run, error.clone());
        }
    }

    /// Whether it was found that the run can't go on.
    pub fn is_refused(&self, run: RunId) -> bool {
        self.refused.contains_key(&run)
    }

    /// The run is tried again.
    pub fn forgive(&mut self, run: RunId) {
        self.refused.remove(&run);
    }

    /// The driver ends: with that error, or leaving everything as it is.
    pub fn close(&mut self, error: Option<&Error>) {
        for (_, answer) in self.waiting.drain().flat_map(|(_, waits)| waits) {
            let _ = answer.send(error.cloned().map_or(Ok(Ended::Left), Err));
        }
    }
}

impl RunLoop {
    /// Tells those who wait for the run, or for a run that waits for it, how it stands.
    pub fn answer_waits(&mut self, id: RunId) {
        let mut next = Some(id);
        while let Some(id) = next {
            next = self.caller_that_is_waited_for(id);
            if self.waits.waiting.contains_key(&id) {
                self.answer_waits_of(id);
            }
        }
    }

    fn caller_that_is_waited_for(&self, id: RunId) -> Option<RunId> {
        if self.waits.waiting.is_empty() {
            return None;
        }
        match self.runs.get(&id) {
            Some(live) => live.run.started.parent.map(|(caller, _)| caller),
            // A row that can't be read tells nobody's caller.
            None => self.ground.journal.summary(id).ok().flatten()?.parent,
        }
    }

    fn answer_waits_of(&mut self, id: RunId) {
        let ended = match self.ended(id) {
            Ok(None) => return,
            Ok(Some(ended)) => Ok(ended),
            Err(error) => Err(error),
        };
        let idle = matches!(ended, Ok(Ended::Left));
        let waits = self.waits.waiting.remove(&id).unwrap_or_default();
        let (answered, left): (Vec<_>, Vec<_>) =
            waits.into_iter().partition(|(until, _)| !idle || *until != Until::End);
        // From this very moment: between the answer and the leaving a timer would begin what is then cut off.
        self.draining |= idle && answered.iter().any(|(until, _)| *until == Until::Rest);
        for (_, answer) in answered {
            let _ = answer.send(ended.clone());
        }
        if !left.is_empty() {
            self.waits.waiting.insert(id, left);
        }
    }

    /// How the run stands for those who wait for it: none while it goes on.
    fn ended(&self, id: RunId) -> Result<Option<Ended>, Error> {
        let Some(live) = self.runs.get(&id) else {
            if let Some(error) = self.waits.refused.get(&id) {
                return Err(error.clone());
            }
            return self.ended_on_disk(id);
        };
        Ok(match (live.run.outcome(), live.run.status()) {
            _ if !live.pending.is_empty() || live.held.is_some() => None,
            (Some(outcome), _) => Some(Ended::Outcome(outcome.clone())),
            (None, RunStatus::Paused) if self.rests(live) => Some(Ended::Paused),
            (None, RunStatus::Waiting) if self.is_idle(live) && !self.goes_on_below(id)? => Some(Ended::Left),
            (None, _) => None,
        })
    }

    /// Whether nothing of a paused run is in flight any more: of what it called, nothing that goes on.
    fn rests(&self, live: &Live) -> bool {
        let is_still = |child: &Live| match child.run.status() {
            RunStatus::Paused => self.rests(child),
            RunStatus::Waiting => self.is_idle(child),
            RunStatus::Queued
            | RunStatus::Running
            | RunStatus::Succeeded
            | RunStatus::Failed
            | RunStatus::Stopped
            | RunStatus::NeedsAttention => false,
        };
        let still = live.in_flight == 0 && live.pending.is_empty() && live.held.is_none();
        still && live.run.children().filter_map(|child| self.runs.get(&child)).all(is_still)
    }

    /// How a run stands that isn't in memory.
    fn ended_on_disk(&self, id: RunId) -> Result<Option<Ended>, Error> {
        let run = fold(&*self.ground.journal, id)?.run;
        Ok(match (run.outcome(), run.status()) {
            (Some(outcome), _) => Some(Ended::Outcome(outcome.clone())),
            (None, _) if self.goes_on_below(id)? => None,
            (None, RunStatus::Paused) => Some(Ended::Paused),
            (None, _) => Some(Ended::Left),
        })
    }

    /// Whether a run in memory, which isn't idle, was called by that one, or by one that was, and so on.
    fn goes_on_below(&self, id: RunId) -> Result<bool, Error> {
        for live in self.runs.values().filter(|live| !self.is_idle(live)) {
            let mut caller = live.run.started.parent.map(|(caller, _)| caller);
            while let Some(above) = caller {
                if above == id {
                    return Ok(true);
                }
                caller = self.ground.journal.summary(above)?.and_then(|row| row.parent);
            }
        }
        Ok(false)
    }

    /// Whether the run waits, and so do all runs that it waits for.
    fn is_idle(&self, live: &Live) -> bool {
        let waits = live.run.status() == RunStatus::Waiting && live.pending.is_empty() && live.held.is_none();
        waits && live.run.children().filter_map(|child| self.runs.get(&child)).all(|child| self.is_idle(child))
    }
}
