//! Where a line of control stands: a stack of frames, and how a block came to its end.

use serde::{Deserialize, Serialize};

use super::{Failure, Slot, Value};

/// One open block of a fiber. The statement that opened it is the one at which the frame below stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Frame {
    /// The block of the plan.
    #[serde(rename = "b")]
    pub block: u32,
    /// The statement of the block that is performed now, or next.
    #[serde(rename = "i")]
    pub at: u32,
    #[serde(rename = "k", default, skip_serializing_if = "FrameKind::is_plain")]
    pub kind: FrameKind,
}

/// What the frame's block is to the statement that opened it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameKind {
    /// The body of a workflow or branch, or an arm of an `if`.
    #[default]
    Plain,
    /// The body of a loop, in its turn `turn` (from 0).
    Loop { turn: u64 },
    /// A part of a `try`.
    Try {
        phase: TryPhase,
        /// How the part before ended, to be gone on with after this one.
        #[serde(default, skip_serializing_if = "Completion::is_normal")]
        then: Completion,
        /// How many undos the fiber held when the `try` began.
        undos: u32,
    },
    /// Undoing, latest first, down to the count `undos`; `then` is gone on with afterwards. Its block is empty.
    Undo { undos: u32, then: Completion },
}

impl FrameKind {
    fn is_plain(&self) -> bool {
        *self == FrameKind::Plain
    }
}

/// Which block of a `try` is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TryPhase {
    Body,
    Catch,
    Finally,
}

/// How a block came to its end.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// It went through.
    #[default]
    Normal,
    Break,
    Continue,
    Yield(Value),
    Return(Value),
    Fail(Failure),
    /// Its fiber was cancelled.
    Cancel,
}

impl Completion {
    pub fn is_normal(&self) -> bool {
        *self == Completion::Normal
    }
}

/// A change of one bound name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Set(Slot, Value),
    /// Appends to the list that the slot holds.
    Push(Slot, Vec<Value>),
    Unset(Slot),
}
