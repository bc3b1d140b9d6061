//! What the world tells a run.

use std::sync::Arc;

use crate::model::{Failure, OpId, Value};

/// One thing that the world said. A host gives a run its inputs one at a time.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// Time has come to the run's [`due`](super::Run::due): every timer up to now is taken, the earliest first.
    Due,
    /// The run stopped only to let others go on (see [`Turn::more`](super::Turn::more)).
    Continue,
    /// The process that drove the run is gone; this one goes on. What was in flight is performed again.
    Recovered,
    /// An attempt ended. An answer for an attempt that isn't in flight any more changes nothing.
    AttemptEnded {
        op: OpId,
        attempt: u32,
        outcome: Result<Value, Failure>,
    },
    /// The child run of that attempt ended: its outputs, or its failure.
    ChildEnded {
        op: OpId,
        attempt: u32,
        outcome: Result<Value, Failure>,
    },
    /// A message of a declared signal, its parameters already checked.
    Signal {
        name: Arc<str>,
        source: String,
        delivery: Option<Arc<str>>,
        parameters: Value,
    },
    Pause,
    Unpause,
    Stop,
}
