//! What a run asks of its host. Commands are wishes: they are never stored, and after a crash the run asks again.

use std::sync::Arc;

use crate::model::{Length, OpId, RunId, Time, Value};

/// An effect to be performed.
#[derive(Clone, PartialEq, Debug)]
pub struct Perform {
    pub op: OpId,
    /// From 1. Performed again after a crash, an attempt keeps its number.
    pub attempt: u32,
    /// The step's path. `RUN/PATH` is the idempotency key of every attempt.
    pub path: Arc<str>,
    /// The action's name: `exec`, `shell`.
    pub action: Arc<str>,
    /// The arguments by name.
    pub input: Value,
    /// How long this attempt may take.
    pub timeout: Option<Length>,
    /// When all attempts end.
    pub within: Option<Time>,
    /// Whether a crash may have left the attempt's effect half done.
    pub resumed: bool,
}

/// A wish of a run. A host performs it only when the events that came with it are on disk.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// To be answered with [`Input::AttemptEnded`](super::Input::AttemptEnded), in any case and once.
    Perform(Box<Perform>),
    /// The attempt's result is needed no more. It is still answered: with what came of it.
    Cancel { op: OpId, attempt: u32 },
    /// To be answered with [`Input::ChildEnded`](super::Input::ChildEnded): with the child's end where `wait` is set,
    /// else with `#{ run }` as soon as the child is on disk. A child of that id is never started twice.
    StartChild { op: OpId, attempt: u32, child: RunId, workflow: Arc<str>, input: Value, seed: u64, wait: bool },
    /// The child's result is needed no more; it is stopped, and answered as before.
    StopChild { child: RunId },
}
