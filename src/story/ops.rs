//! Which step each operation of a history is, and which events a run has taken over from another one: events name
//! operations, people know steps.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Event, OpId, RunId};

/// What was told so far.
#[derive(Clone, Debug, Default)]
pub struct Ops {
    /// The paths of the operations that were begun.
    paths: HashMap<OpId, Arc<str>>,
    taken: Taken,
    from: Option<RunId>,
}

/// How much of a history is another run's.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Taken {
    run: Option<RunId>,
    left: u64,
}

impl Taken {
    /// Takes notice of the next event, and gives the run that it was taken over from.
    pub fn note(&mut self, event: &Event) -> Option<RunId> {
        if let Event::RunStarted(started) = event {
            *self = match &started.again {
                Some(again) => Taken { run: Some(again.run), left: again.taken },
                None => Taken::default(),
            };
            return None;
        }
        let run = self.run.filter(|_| self.left > 0);
        self.left = self.left.saturating_sub(1);
        run
    }
}

impl Ops {
    /// Takes notice of an event: to be called with each one, in order, before it is told.
    pub fn note(&mut self, event: &Event) {
        self.from = self.taken.note(event);
        if let Event::StepStarted(start) = event {
            self.paths.insert(start.op, start.path.clone());
        }
    }

    /// The path of the step that the operation is; none where it is a sleep or a fork.
    pub fn path(&self, op: OpId) -> Option<&Arc<str>> {
        self.paths.get(&op)
    }

    /// The run that the latest event was taken over from.
    pub fn taken_from(&self) -> Option<RunId> {
        self.from
    }
}
