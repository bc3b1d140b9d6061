//! The state of a run: where each of its lines of control stands, what it has bound, and what it waits for.
//!
//! It is plain data. It comes from events alone: [`Run::apply`] (in `apply.rs`) is the only thing that changes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{
    Completion, Failure, FiberId, ForkKind, Frame, FrameKind, OpId, RunId, RunStatus, Slot, Started, StepStart,
    StepTarget, Time, TryPhase, UndoPlan, Value, is_of_keys,
};

use super::size::Size;

/// A run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub started: Box<Started>,
    pub started_at: Time,
    /// The fibers that have not ended.
    pub(super) fibers: BTreeMap<FiberId, Fiber>,
    /// Those of them that can go on.
    pub(super) ready: BTreeSet<FiberId>,
    pub(super) ops: BTreeMap<OpId, Op>,
    pub(super) next_fiber: u32,
    pub(super) next_op: u32,
    /// How many random numbers were drawn.
    pub(super) draws: u64,
    /// How many pure statements were made since the last operation.
    pub(super) stretch: u64,
    /// How many operations of expressions that took.
    pub(super) stretch_operations: u64,
    pub(super) size: Size,
    /// How many undos were ever held: their order over all fibers.
    pub(super) held: u64,
    /// Messages that no wait has taken yet, in order of arrival.
    pub(super) signals: BTreeMap<Arc<str>, VecDeque<Value>>,
    /// The latest messages, taken or not, by what they are known by where they are sent again.
    pub(super) deliveries: VecDeque<Arc<str>>,
    /// The names of the secrets that it was ever given: what came of them may come back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) secrets: BTreeSet<Arc<str>>,
    pub(super) paused: bool,
    pub(super) ending: Option<Ending>,
    /// The first undo that failed.
    pub(super) undo_failed: Option<Failure>,
    pub(super) outcome: Option<Outcome>,
}

/// Why a run is ended before its time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Ending {
    Stopped,
    Aborted(Failure),
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Outcome {
    Succeeded(Value),
    Failed(Failure),
    Stopped,
    NeedsAttention(Failure),
}

/// One line of control.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Fiber {
    /// The fork it is a branch of.
    pub parent: Option<OpId>,
    pub name: Option<Arc<str>>,
    pub index: u32,
    pub path: Arc<str>,
    pub pending: Arc<str>,
    pub frames: Vec<Frame>,
    pub locals: BTreeMap<Slot, Value>,
    pub undos: Vec<Held>,
    pub state: FiberState,
    pub cancelled: bool,
    /// How it goes on: normal but while a block is being left.
    pub then: Completion,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum FiberState {
    Ready,
    Blocked(OpId),
}

/// An undo with its place in the order of all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub order: u64,
    pub undo: UndoPlan,
}

/// Something a fiber waits for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Op {
    pub fiber: FiberId,
    /// Its fiber was cancelled while it was under way.
    pub cancelled: bool,
    pub kind: OpKind,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum OpKind {
    Step(StepOp),
    Sleep { until: Time },
    Fork(Fork),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct StepOp {
    pub start: Box<StepStart>,
    pub attempt: u32,
    pub child: Option<RunId>,
    pub state: StepState,
    /// When the attempt under way ends, at the latest.
    pub deadline: Option<Time>,
    /// Whether an attempt failed of which nobody knows what it did.
    pub unknown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum StepState {
    /// An attempt was begun and hasn't ended.
    InFlight,
    /// The same, but its time is over: the child that it called was told to stop.
    TimedOut,
    /// The attempt failed; the next one begins then.
    Retrying(Time),
    /// The last attempt failed; nothing but the step's end is missing.
    Failing,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Fork {
    pub kind: ForkKind,
    /// How many branches there will be.
    pub total: u32,
    /// How many have begun: the position of the next one.
    pub begun: u32,
    pub live: BTreeSet<FiberId>,
    /// What is left of the branches that have ended, by position; only where something is.
    pub ended: BTreeMap<u32, Ended>,
    /// The position of the branch whose end decides for all.
    pub decided: Option<u32>,
}

/// What is left of a branch that has ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Ended {
    pub name: Option<Arc<str>>,
    pub completion: Completion,
    /// What it had bound, where the fork may want it.
    pub locals: BTreeMap<Slot, Value>,
    pub undos: Vec<Held>,
}

impl Fork {
    /// The branch whose end decided for all.
    pub fn decision(&self) -> Option<&Ended> {
        self.ended.get(&self.decided?)
    }
}

impl Run {
    /// How it ended; none while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    pub fn status(&self) -> RunStatus {
        match &self.outcome {
            Some(Outcome::Succeeded(_)) => RunStatus::Succeeded,
            Some(Outcome::Failed(_)) => RunStatus::Failed,
            Some(Outcome::Stopped) => RunStatus::Stopped,
            Some(Outcome::NeedsAttention(_)) => RunStatus::NeedsAttention,
            None if self.paused => RunStatus::Paused,
            None if self.waits() => RunStatus::Waiting,
            None => RunStatus::Running,
        }
    }

    /// Whether nothing happens until a time comes or somebody says something.
    fn waits(&self) -> bool {
        self.ready.is_empty() && self.ops.values().all(Op::waits)
    }

    /// When the earliest timer is due. A paused or ended run has none.
    pub fn due(&self) -> Option<Time> {
        if self.paused || self.outcome.is_some() {
            return None;
        }
        let deadline = self.started.deadline.filter(|_| self.ending.is_none());
        self.ops.values().filter_map(Op::due).chain(deadline).min()
    }

    /// The child runs that are waited for.
    pub fn children(&self) -> impl Iterator<Item = RunId> {
        self.ops.values().filter_map(|op| match &op.kind {
            OpKind::Step(step) => step.child.filter(|_| step.is_under_way()),
            OpKind::Sleep { .. } | OpKind::Fork(_) => None,
        })
    }

    /// The attempts of effects that were begun and haven't ended.
    pub fn performing(&self) -> impl Iterator<Item = (OpId, u32)> {
        self.ops.iter().filter_map(|(id, op)| match &op.kind {
            OpKind::Step(step) if step.is_effect() && step.is_under_way() => Some((*id, step.attempt)),
            OpKind::Step(_) | OpKind::Sleep { .. } | OpKind::Fork(_) => None,
        })
    }

    /// Whether that attempt was begun and hasn't ended.
    pub fn is_under_way(&self, op: OpId, attempt: u32) -> bool {
        self.ops.get(&op).is_some_and(|op| match &op.kind {
            OpKind::Step(step) => step.attempt == attempt && step.is_under_way(),
            OpKind::Sleep { .. } | OpKind::Fork(_) => false,
        })
    }

    /// The attempt that waits for that child run.
    pub fn caller_of(&self, child: RunId) -> Option<(OpId, u32)> {
        self.ops.iter().find_map(|(id, op)| match &op.kind {
            OpKind::Step(step) if step.child == Some(child) && step.is_under_way() => Some((*id, step.attempt)),
            OpKind::Step(_) | OpKind::Sleep { .. } | OpKind::Fork(_) => None,
        })
    }

    /// How many messages of each signal no wait has taken.
    pub fn untaken(&self) -> impl Iterator<Item = (&str, usize)> {
        self.signals.iter().map(|(name, messages)| (&**name, messages.len()))
    }

    /// The value that a fiber sees in a slot: its own, or that of the fiber that forked it.
    pub(super) fn local(&self, fiber: FiberId, slot: Slot) -> Option<&Value> {
        let mut at = self.fibers.get(&fiber)?;
        loop {
            if let Some(value) = at.locals.get(&slot) {
                return Some(value);
            }
            at = self.fibers.get(&self.ops.get(&at.parent?)?.fiber)?;
        }
    }

    /// What `run` is in an expression.
    pub(super) fn facts(&self) -> Value {
        Value::map([
            ("id", Value::text(self.id.to_string())),
            ("url", Value::text(self.started.url.as_str())),
            ("dir", Value::text(self.started.dir.as_str())),
            ("started_at", Value::Time(self.started_at)),
        ])
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }
}

impl Fiber {
    /// Whether it is in a `finally` or undoing: then a cancellation waits until that is done.
    pub fn is_protected(&self) -> bool {
        is_protected(&self.frames)
    }
}

pub(super) fn is_protected(frames: &[Frame]) -> bool {
    frames.iter().any(|frame| match &frame.kind {
        FrameKind::Try { phase, .. } => *phase == TryPhase::Finally,
        FrameKind::Undo { .. } => true,
        FrameKind::Plain | FrameKind::Loop { .. } => false,
    })
}

impl Op {
    fn waits(&self) -> bool {
        match &self.kind {
            OpKind::Sleep { .. } | OpKind::Fork(_) => true,
            OpKind::Step(step) => match (&step.start.target, step.state) {
                (_, StepState::Retrying(_)) => true,
                (StepTarget::Signal(_) | StepTarget::Call(_), StepState::InFlight | StepState::TimedOut) => true,
                (StepTarget::Action(_) | StepTarget::Start(_), StepState::InFlight | StepState::TimedOut) => false,
                (_, StepState::Failing) => false,
            },
        }
    }

    pub fn due(&self) -> Option<Time> {
        match &self.kind {
            OpKind::Sleep { until } => Some(*until),
            OpKind::Fork(_) => None,
            OpKind::Step(step) => match step.state {
                StepState::Retrying(at) => Some(at),
                StepState::InFlight => step.deadline.filter(|_| step.is_timed_here() && !self.cancelled),
                StepState::TimedOut | StepState::Failing => None,
            },
        }
    }
}

impl StepOp {
    /// Whether an attempt was begun and hasn't ended.
    pub fn is_under_way(&self) -> bool {
        match self.state {
            StepState::InFlight | StepState::TimedOut => true,
            StepState::Retrying(_) | StepState::Failing => false,
        }
    }

    /// Whether it does something outside by itself.
    pub fn is_effect(&self) -> bool {
        match self.start.target {
            StepTarget::Action(ref action) => !is_of_keys(action),
            StepTarget::Call(_) | StepTarget::Start(_) | StepTarget::Signal(_) => false,
        }
    }

    /// Whether an attempt that fails so leaves open what it did. What became of a child, a signal or a key is always
    /// known.
    pub fn leaves_open(&self, error: &Failure) -> bool {
        self.is_effect() && matches!(&*error.kind, "timeout" | "http" | "stopped" | "limit")
    }

    /// Whether the engine itself keeps the attempt's time. Of an effect the host does, since only it knows when
    /// the effect has really ended.
    fn is_timed_here(&self) -> bool {
        match self.start.target {
            StepTarget::Call(_) | StepTarget::Signal(_) => true,
            StepTarget::Action(_) | StepTarget::Start(_) => false,
        }
    }
}

/// Whether a branch that ends so decides for the whole fork.
pub(super) fn is_decisive(kind: ForkKind, completion: &Completion) -> bool {
    match (kind, completion) {
        (_, Completion::Cancel) => false,
        (ForkKind::Race, _) | (_, Completion::Fail(_) | Completion::Return(_) | Completion::Break) => true,
        (ForkKind::Parallel, Completion::Continue) => true,
        (ForkKind::Each, Completion::Continue) => false,
        (ForkKind::Parallel | ForkKind::Each, Completion::Normal | Completion::Yield(_)) => false,
    }
}
