//! A run that this process drives: its state, its program, and what waits for its commits.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{Command, Run};
use crate::model::{Event, OpId, RunId, RunStatus, RunSummary, Time};
use crate::program::Program;

/// A record on its way to the disk, with what may happen once it is there.
pub(super) struct Pending {
    pub ticket: u64,
    pub at: Time,
    pub events: Vec<Event>,
    pub commands: Vec<Command>,
}

/// A run in memory.
pub(super) struct Live {
    pub run: Run,
    pub program: Arc<Program>,
    /// The position of the next record in its history.
    pub seq: u64,
    /// In the order of their records.
    pub pending: VecDeque<Pending>,
    /// The status as it stands in the run's row.
    pub stored_status: RunStatus,
    /// Whether it stands in the queue of runs that can go on at once.
    pub queued: bool,
    /// Attempts that were given to the effects and haven't ended.
    pub in_flight: usize,
    /// The run and operation that wait for this one's end in this process.
    pub parent: Option<Waiter>,
    /// Whether that operation wants only to know that the run has begun.
    pub detached: bool,
}

/// An attempt of a `call` that waits for a child.
#[derive(Clone, Copy)]
pub(super) struct Waiter {
    pub run: RunId,
    pub op: OpId,
    pub attempt: u32,
}

impl Live {
    pub fn new(run: Run, program: Arc<Program>, seq: u64, stored_status: RunStatus) -> Live {
        Live {
            run,
            program,
            seq,
            pending: VecDeque::new(),
            stored_status,
            queued: false,
            in_flight: 0,
            parent: None,
            detached: false,
        }
    }

    /// The run's row, where its status isn't the stored one any more.
    pub fn changed_summary(&mut self, now: Time) -> Option<RunSummary> {
        let status = self.run.status();
        if status == self.stored_status && self.seq > 0 {
            return None;
        }
        self.stored_status = status;
        let started = &self.run.started;
        Some(RunSummary {
            id: self.run.id,
            workflow: started.workflow.clone(),
            version: started.version,
            plan: started.plan,
            status,
            parent: started.parent.map(|(run, _)| run),
            created_at: self.run.started_at,
            finished_at: Some(now).filter(|_| self.run.outcome().is_some()),
            due: self.run.due(),
        })
    }
}
