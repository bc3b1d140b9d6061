//! A run that this process drives: its state, its program, and what waits for its commits.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{Command, Input, Run};
use crate::journal::{Owed, Snapshot};
use crate::model::{Event, OpId, Order, RunId, RunStatus, RunSummary, Time};
use crate::program::Program;

use super::children::CALL;
use super::kv::Deciding;
use super::listen::TellBack;
use super::snapshot;

/// A record on its way to the disk, with what may happen once it is there.
pub(super) struct Pending {
    pub ticket: u64,
    pub at: Time,
    pub events: Vec<Event>,
    pub commands: Vec<Command>,
    /// The orders that it carries out.
    pub answers: Vec<TellBack>,
}

impl Pending {
    /// A record of which nothing is known yet.
    pub fn at(at: Time) -> Pending {
        Pending { ticket: 0, at, events: Vec::new(), commands: Vec::new(), answers: Vec::new() }
    }
}

/// A run in memory.
pub(super) struct Live {
    pub run: Run,
    pub program: Arc<Program>,
    /// The position of the next record in its history.
    pub seq: u64,
    /// In the order of their records.
    pub pending: VecDeque<Pending>,
    /// The status as it stands in the run's row, and when a run that waits is due.
    stored: (RunStatus, Option<Time>),
    /// The place of the run's next timer in the heap.
    pub timer: Option<Time>,
    /// What it is told while that which an earlier process left of it is being ended.
    pub held: Option<Vec<Input>>,
    /// A step of its keys that the journal decides at the moment; then it is told nothing else.
    pub deciding: Option<Deciding>,
    /// The orders that come meanwhile.
    pub orders: Vec<(Order, TellBack)>,
    /// The runs whose ends it was told of since its last record.
    pub taken: Vec<RunId>,
    /// How many records its snapshot covers; 0 where it has none.
    pub covered: u64,
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
    pub fn new(run: Run, program: Arc<Program>, seq: u64) -> Live {
        Live {
            stored: standing(&run),
            run,
            program,
            seq,
            pending: VecDeque::new(),
            timer: None,
            held: None,
            deciding: None,
            orders: Vec::new(),
            taken: Vec::new(),
            covered: 0,
            queued: false,
            in_flight: 0,
            parent: None,
            detached: false,
        }
    }

    /// What becomes of the run's snapshot with the record that is about to be stored.
    pub fn snapshot(&mut self, now: Time) -> Option<Snapshot> {
        if self.run.outcome().is_some() {
            return (self.covered > 0).then_some(Snapshot::Drop);
        }
        self.is_worth_a_snapshot(now).then(|| {
            self.covered = self.seq + 1;
            Snapshot::Store(snapshot::encode(&self.run, self.seq + 1))
        })
    }

    /// What the record that is about to be stored leaves to be done between this run and its caller, and those that it
    /// calls: `commands` are what follows from it.
    pub fn owes(&self, commands: &[Command]) -> Vec<Owed> {
        let called = commands.iter().filter_map(|command| match command {
            Command::StartChild { child, wait: true, .. } | Command::StopChild { child } => Some((self.run.id, *child)),
            Command::StartChild { wait: false, .. } | Command::Perform(_) | Command::Cancel { .. } => None,
        });
        let ended = self.caller().filter(|_| self.run.outcome().is_some()).map(|caller| (caller, self.run.id));
        called.chain(ended).collect()
    }

    /// What was owed and is done with the record that is about to be stored.
    pub fn settles(&mut self, events: &[Event]) -> Vec<Owed> {
        let taken = std::mem::take(&mut self.taken);
        let begun = events.iter().any(|event| matches!(event, Event::RunStarted(_) | Event::StopRequested));
        let begun = self.caller().filter(|_| begun).map(|caller| (caller, self.run.id));
        taken.into_iter().map(|child| (self.run.id, child)).chain(begun).collect()
    }

    /// Whether it may be about to ask for the runs that it called: what is left of it is being ended, or its record is on
    /// its way to the disk.
    pub fn comes_back(&self) -> bool {
        self.held.is_some() || !self.pending.is_empty()
    }

    /// The run that waits for this one.
    fn caller(&self) -> Option<RunId> {
        self.run.started.parent.filter(|_| self.is_called()).map(|(caller, _)| caller)
    }

    /// Whether a run that waits for this one began it.
    pub fn is_called(&self) -> bool {
        &*self.run.started.trigger.kind == CALL
    }

    /// The run's row, where what it says of the run's standing isn't so any more.
    pub fn changed_summary(&mut self, now: Time) -> Option<RunSummary> {
        let standing = standing(&self.run);
        if standing == self.stored && self.seq > 0 {
            return None;
        }
        self.stored = standing;
        let started = &self.run.started;
        Some(RunSummary {
            id: self.run.id,
            workflow: started.workflow.clone(),
            version: started.version,
            plan: started.plan,
            status: standing.0,
            parent: started.parent.map(|(run, _)| run),
            created_at: self.run.started_at,
            finished_at: Some(now).filter(|_| self.run.outcome().is_some()),
            due: standing.1,
            retention: started.retention,
        })
    }
}

/// The timers of a run that goes on change with every step and are nobody else's business.
fn standing(run: &Run) -> (RunStatus, Option<Time>) {
    let status = run.status();
    (status, run.due().filter(|_| status == RunStatus::Waiting))
}
