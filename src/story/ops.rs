//! Which step each operation of a history is: events name operations, people know steps.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Event, OpId};

/// The paths of the operations that were begun so far.
#[derive(Clone, Debug, Default)]
pub struct Ops {
    paths: HashMap<OpId, Arc<str>>,
}

impl Ops {
    /// Takes notice of an event: to be called with each one, in order, before it is told.
    pub fn note(&mut self, event: &Event) {
        if let Event::StepStarted(start) = event {
            self.paths.insert(start.op, start.path.clone());
        }
    }

    /// The path of the step that the operation is; none where it is a sleep or a fork.
    pub fn path(&self, op: OpId) -> Option<&Arc<str>> {
        self.paths.get(&op)
    }
}
