//! The facts of which a run's history consists. Nothing else is stored of a run, and a run's state is the
//! folding of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Change, Completion, Digest, Failure, FiberId, Frame, Length, OpId, RetryPolicy, RunId, Slot, Time, Value};

/// What started a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trigger {
    pub kind: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
}

/// That a run does again what another one did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Again {
    pub run: RunId,
    /// The step from which on it does so; none: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Arc<str>>,
    /// How many of the events behind the beginning are the other run's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub taken: u64,
}

/// The beginning of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Started {
    pub workflow: Arc<str>,
    /// Hash of the plan that the run follows to its end.
    pub plan: Digest,
    /// Hash over all texts the plan was made from.
    pub version: Digest,
    pub input: Value,
    pub trigger: Trigger,
    /// The run and operation that called this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<(RunId, OpId)>,
    /// The run that it does again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// How deep below the first run of its chain of calls; 0 for a run that nobody called.
    #[serde(default)]
    pub depth: u32,
    /// What `uuid()` and `random()` and the jitter of retries derive from.
    pub seed: u64,
    /// When the run fails with kind `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    /// How long the run is kept after its end (`retention`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Length>,
    /// What the run may reach beyond public addresses (`--allow-net`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_net: Vec<String>,
    /// The folders besides its own that the run may read and write (`allow_files`), absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_files: Vec<String>,
    /// The block of the plan that is the workflow's body.
    pub body: u32,
    /// `run.dir`: the run's own folder, absolute.
    #[serde(default)]
    pub dir: String,
    /// `run.url`
    #[serde(default)]
    pub url: String,
}

/// What a step asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepTarget {
    /// An effect, by the action's name: `exec`, `http.get`.
    Action(Arc<str>),
    /// A child run of the workflow of that name; the step's result is its output.
    Call(Arc<str>),
    /// A child run that isn't waited for; the step's result is `#{ run: id }`.
    Start(Arc<str>),
    /// The next message of the signal of that name.
    Signal(Arc<str>),
}

/// Whether the action asks the journal itself: for the keys of a workflow. What comes of it is always known.
pub fn is_of_keys(action: &str) -> bool {
    action.starts_with("kv.")
}

/// A step that begins, with its first attempt.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepStart {
    pub op: OpId,
    pub fiber: FiberId,
    /// The step's name with where it stands: `pings[3].ping`. Unique in the run but for later turns of loops.
    pub path: Arc<str>,
    /// Which step of the plan it is.
    pub step: u32,
    pub target: StepTarget,
    /// The arguments by name.
    pub input: Value,
    /// Where the result is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
    /// When all attempts end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Time>,
    /// The run of a `call` or `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    /// Whether it is an undo: then the latest one of its fiber.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
}

/// An undo that is held for a step that ended, or whose outcome is unknown.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UndoPlan {
    /// The path of the undo: `x.undo`.
    pub path: Arc<str>,
    /// The plan's step that undoes.
    pub step: u32,
    /// Its arguments, or why they could not be computed.
    pub input: UndoInput,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
    /// How long all attempts may take together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Length>,
}

/// The arguments of an undo, evaluated as its step ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoInput {
    Given(Value),
    Failed(Failure),
}

/// A condition, or another value that decided the way, with what it was computed from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Line of the file on which the expression begins.
    pub line: u32,
    /// `if`, `while`, `for`, `retry`, `parallel`.
    pub what: Arc<str>,
    pub value: Value,
    /// What was read, by path (`health.status`); values over a bound are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<Arc<str>, Value>,
    /// How many decisions of the same place were left out before this one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
}

impl Decision {
    /// One of which nothing but its value is kept.
    pub fn plain(line: u32, what: &'static str, value: Value) -> Decision {
        Decision { line, what: what.into(), value, from: BTreeMap::new(), skipped: 0 }
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_unit(value: &Value) -> bool {
    *value == Value::Unit
}

/// A line of control that begins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Branch {
    pub fiber: FiberId,
    /// Its name (`branch left`, a bare step's name), none in a `for … parallel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Its position among the branches, or the item's.
    pub index: u32,
    /// What its steps' paths begin with, up to the last dot.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub path: Arc<str>,
    /// Indexes that the next part of a path takes: `[2]`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub pending: Arc<str>,
    pub frames: Vec<Frame>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// How the branches of a fork are taken together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForkKind {
    /// All must end.
    Parallel,
    /// The first to end decides.
    Race,
    /// One branch an item, some at a time.
    Each,
}

/// A fact of a run, in the past tense.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    RunStarted(Box<Started>),
    /// A stretch of pure statements: where the fiber stands now, and the last value of each changed name.
    Advanced {
        fiber: FiberId,
        /// How many frames, from the bottom, are as before.
        keep: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        frames: Vec<Frame>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<Change>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        decisions: Vec<Decision>,
        /// How many statements it took.
        statements: u64,
        /// How many operations of expressions it took.
        #[serde(default, skip_serializing_if = "is_zero")]
        operations: u64,
        /// How many random numbers the run has drawn so far.
        draws: u64,
        /// How the fiber goes on: normal but while a block is being left.
        #[serde(default, skip_serializing_if = "Completion::is_normal")]
        then: Completion,
    },
    Logged {
        fiber: FiberId,
        text: Arc<str>,
        /// Line of the file.
        line: u32,
    },
    /// An event for other workflows. Nothing of the run depends on it.
    Emitted {
        fiber: FiberId,
        name: Arc<str>,
        #[serde(default, skip_serializing_if = "is_unit")]
        data: Value,
        /// Line of the file.
        line: u32,
    },
    /// A step began, with its first attempt.
    StepStarted(Box<StepStart>),
    /// A later attempt of a step began.
    AttemptStarted {
        op: OpId,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        child: Option<RunId>,
    },
    /// An attempt that a death of the process had cut off is performed again, under the same number.
    AttemptResumed {
        op: OpId,
        attempt: u32,
    },
    /// The time of an attempt that calls a child run is over: the child was told to stop, and the attempt ends when
    /// the child has.
    AttemptTimedOut {
        op: OpId,
        attempt: u32,
    },
    /// An attempt failed. With `retry_at` another one follows then.
    AttemptFailed {
        op: OpId,
        attempt: u32,
        error: Failure,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Time>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<Decision>,
    },
    StepSucceeded {
        op: OpId,
        result: Value,
    },
    /// The step failed, and its `else` gave the result.
    StepFellBack {
        op: OpId,
        result: Value,
    },
    StepFailed {
        op: OpId,
        error: Failure,
    },
    /// The step was cancelled.
    StepStopped {
        op: OpId,
    },
    SleepStarted {
        op: OpId,
        fiber: FiberId,
        until: Time,
    },
    SleepEnded {
        op: OpId,
    },
    SleepStopped {
        op: OpId,
    },
    Forked {
        op: OpId,
        fiber: FiberId,
        kind: ForkKind,
        total: u32,
        branches: Vec<Branch>,
    },
    /// The next item of a `for … parallel` began.
    BranchStarted {
        op: OpId,
        branch: Branch,
    },
    BranchEnded {
        fiber: FiberId,
        completion: Completion,
    },
    /// All branches have ended; the forking fiber goes on.
    Joined {
        op: OpId,
        completion: Completion,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<Change>,
    },
    /// The fiber was told to leave all its blocks.
    FiberCancelled {
        fiber: FiberId,
    },
    UndoHeld {
        fiber: FiberId,
        undo: UndoPlan,
    },
    SignalReceived {
        name: Arc<str>,
        source: String,
        /// What it is known by where it is sent again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<Arc<str>>,
        parameters: Value,
    },
    /// The oldest message of that name was taken by a waiting step.
    SignalTaken {
        op: OpId,
        name: Arc<str>,
    },
    RunPaused,
    RunUnpaused,
    StopRequested,
    /// The run as a whole is to fail: its `timeout` is over, or a limit of the run. No `catch` sees it.
    RunAborted {
        error: Failure,
    },
    RunSucceeded {
        output: Value,
    },
    RunFailed {
        error: Failure,
    },
    RunStopped,
    /// The run ended, and a person has to look at what its undos left.
    AttentionNeeded {
        error: Failure,
    },
}
