//! Parking: a run that only waits leaves memory. What is left of it are rows on disk, and no process has it.
//!
//! It does so once its last record is stored, nothing of it is in flight, and no run that it waits for is in memory; so
//! a caller parks after those it called. Who takes it up again, and when, is `wake.rs`.

use crate::engine::Turn;
use crate::model::{Length, RunId, RunStatus, Time};

use super::handle::{Ended, Until};
use super::live::Live;
use super::run_loop::{Beyond, RunLoop};

/// A run that goes on sooner stays in memory: leaving and coming back costs more than so short a wait.
const WORTH: Length = Length::from_ms(1_000);

/// A snapshot pays off after so many records, and one more for so many bytes of state: folding fewer costs less than
/// writing it.
const SNAPSHOT_RECORDS: u64 = 64;
const SNAPSHOT_BYTES: u64 = 1_024;

impl RunLoop {
    /// Looks at the end of this round whether the run can park.
    pub fn may_park(&mut self, id: RunId) {
        if self.runs.get(&id).is_some_and(Live::is_quiet) {
            self.resting.push(id);
        }
    }

    pub fn park_all(&mut self) {
        while let Some(id) = self.resting.pop() {
            self.park(id);
        }
    }

    fn park(&mut self, id: RunId) {
        let now = self.ground.clock.now();
        let Some(live) = self.runs.get(&id).filter(|live| self.can_park(live, now)) else { return };
        // Ends of which it was told without anything coming of that: it must not be woken for them again.
        if !live.taken.is_empty() {
            return self.store(id, Turn::default(), now, Beyond::default());
        }
        let Some(live) = self.drop_live(id) else { return };
        let due = live.run.due();
        if self.interest.all.is_none() {
            self.timers.extend(due.map(|due| (due, id)));
        }
        self.interest.parked(id, due);
        self.interest.shown(id, live.seq);
        self.ground.exchange.release(id);
        self.ground.observer.parked(id);
        if live.run.status() == RunStatus::Paused {
            self.interest.tell(id, Ok(Ended::Paused));
        }
        // It was what its caller waited for in memory.
        self.resting.extend(live.run.started.parent.map(|(caller, _)| caller));
    }

    fn can_park(&self, live: &Live, now: Time) -> bool {
        let rests = match live.run.status() {
            RunStatus::Waiting | RunStatus::Paused => true,
            RunStatus::Queued
            | RunStatus::Running
            | RunStatus::Succeeded
            | RunStatus::Failed
            | RunStatus::Stopped
            | RunStatus::NeedsAttention => false,
        };
        let leaves_soon = self.interest.all.as_ref().is_some_and(|all| all.until != Until::End);
        let worth = leaves_soon || is_long(live.run.due(), now);
        let alone = || live.run.children().all(|child| !self.runs.contains_key(&child));
        !self.draining && rests && worth && live.is_quiet() && alone()
    }
}

fn is_long(due: Option<Time>, now: Time) -> bool {
    due.is_none_or(|due| due >= now.plus(WORTH))
}

impl Live {
    /// Whether nothing of it is under way in this process.
    fn is_quiet(&self) -> bool {
        let told_all = self.held.is_none() && self.orders.is_empty() && self.deciding.is_none();
        self.in_flight == 0 && !self.queued && self.pending.is_empty() && told_all
    }

    /// Whether a snapshot is to go with the record that is about to be stored.
    pub fn is_worth_a_snapshot(&self, now: Time) -> bool {
        let worth = self.covered + SNAPSHOT_RECORDS + self.run.size() as u64 / SNAPSHOT_BYTES;
        self.seq >= worth && self.run.status() == RunStatus::Waiting && is_long(self.run.due(), now)
    }
}
