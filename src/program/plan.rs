//! The plan of a file: its workflows as blocks of statements, all names resolved to slots.
//!
//! It is stored as JSON under its hash. What a newer binary adds must be optional, or [`PLAN_FORMAT`] changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Digest, ForkKind, Place, Slot, StepTarget, Type, Value};

/// The number of the plan's format.
pub const PLAN_FORMAT: u32 = 2;

/// An expression of the plan, by its position in [`Plan::exprs`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExprId(pub u32);

/// A block of the plan, by its position in [`Plan::blocks`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockId(pub u32);

/// A step of the plan, by its position in [`Plan::steps`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    pub format: u32,
    /// The texts it was made from: the name of each file and the hash of its text.
    pub texts: Vec<(Arc<str>, Digest)>,
    pub workflows: BTreeMap<Arc<str>, WorkflowPlan>,
    pub blocks: Vec<Block>,
    pub exprs: Vec<Expr>,
    pub steps: Vec<Step>,
    pub functions: Vec<Function>,
    pub constants: BTreeMap<Arc<str>, Value>,
}

impl Plan {
    /// Block 0 of every plan has no statements and binds nothing.
    pub const EMPTY_BLOCK: BlockId = BlockId(0);
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WorkflowPlan {
    pub inputs: Vec<Param>,
    pub body: BlockId,
    pub outputs: Vec<Output>,
    /// The workflow's own `timeout`; evaluated over its inputs when a run starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<ExprId>,
    /// How long its runs are kept; evaluated over the inputs when a run starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<ExprId>,
    /// The parameters of each declared signal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<Arc<str>, Vec<Param>>,
}

/// `name: T = default where rule`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Param {
    pub name: Arc<str>,
    pub ty: Type,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<ExprId>,
    /// Sees the parameter by its bare name, and `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ExprId>,
}

/// `name: T = e`; without `e` a `return` gives it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Output {
    pub name: Arc<str>,
    pub ty: Type,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ExprId>,
}

/// A function of the file, in rhai.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Function {
    pub name: Arc<str>,
    pub params: Vec<Arc<str>>,
    /// With its braces.
    pub body: Arc<str>,
    /// Of the body's first character.
    pub place: Place,
}

/// A text of rhai with where it stands and which slot each of its free names means.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Expr {
    pub form: ExprForm,
    pub place: Place,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<(Arc<str>, Slot)>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExprForm {
    /// A duration written alone.
    Literal(Value),
    Expression(Arc<str>),
    /// The same of a URL, in whose backtick text each `${…}` becomes one segment.
    Url(Arc<str>),
    /// `{ … }`
    Script(Arc<str>),
    /// `x.a[0] += e` as a whole, and `x`; its value is the new value of `x`.
    Assignment {
        text: Arc<str>,
        root: Arc<str>,
    },
}

/// Statements in order, and the slots whose values end with the block.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Block {
    pub statements: Vec<Statement>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Slot>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// `let x = e`, `let x = script { … }` and every form of assignment.
    Let {
        slot: Slot,
        value: ExprId,
    },
    If {
        arms: Vec<(ExprId, BlockId)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<BlockId>,
    },
    While {
        condition: ExprId,
        body: BlockId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bind: Option<Bind>,
    },
    For(For),
    Try {
        body: BlockId,
        /// With the slot of `err`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        catch: Option<(Option<Slot>, BlockId)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finally: Option<BlockId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bind: Option<Bind>,
    },
    /// `parallel { … }` and `race { … }`; `kind` is never [`ForkKind::Each`].
    Fork {
        kind: ForkKind,
        branches: Vec<Branch>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bind: Option<Bind>,
        place: Place,
    },
    Step(StepId),
    Sleep(ExprId),
    SleepUntil(ExprId),
    Log(ExprId),
    /// `emit("name", data)`
    Emit {
        name: ExprId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<ExprId>,
    },
    Fail(ExprId),
    Return(Option<ExprId>),
    Yield(ExprId),
    Break,
    Continue,
}

/// The name that a block's value is bound to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bind {
    pub name: Arc<str>,
    pub slot: Slot,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct For {
    pub item: Slot,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Slot>,
    pub items: ExprId,
    /// Where the list that is gone through is kept, since its expression is evaluated once.
    pub list: Slot,
    /// How many items at once; then each has a fiber of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<ExprId>,
    pub body: BlockId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<Bind>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Branch {
    /// Of `branch NAME`, or of a bare step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Whether the name is part of the paths of the steps within: of a `branch` it is.
    pub in_path: bool,
    pub body: BlockId,
    /// The slot of a bare step, which is visible after the block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<Slot>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    pub name: Arc<str>,
    /// None for an undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    pub target: StepTarget,
    /// The arguments by name, positions resolved.
    pub arguments: Vec<(Arc<str>, ExprId)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<ExprId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<ExprId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<ExprId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<StepId>,
    pub place: Place,
}

/// `retry N every A..B when EXPR`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Retry {
    pub count: ExprId,
    /// A and B; `every A` has A twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<(ExprId, ExprId)>,
    /// Over `err`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ExprId>,
}
