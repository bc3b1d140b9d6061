//! A history that can't be one: it stops its run alone, and says what doesn't fit.

use std::sync::Arc;

use crate::model::{FiberId, OpId};

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    #[error("the history doesn't begin with the run's start")]
    NoBeginning,
    #[error("the history begins a second time")]
    SecondBeginning,
    #[error("the history speaks of branch {}, which isn't under way", .0.0)]
    NoFiber(FiberId),
    #[error("the history speaks of operation {}, which isn't under way", .0.0)]
    NoOp(OpId),
    #[error("the history speaks of operation {} as of a step that is under way", .0.0)]
    NoStep(OpId),
    #[error("operation {} begins out of order", .0.0)]
    OpOutOfOrder(OpId),
    #[error("branch {} begins out of order", .0.0)]
    FiberOutOfOrder(FiberId),
    #[error("a message of signal `{0}` is taken that never came")]
    NoSignal(Arc<str>),
    #[error("the plan has no workflow `{0}`")]
    NoWorkflow(Arc<str>),
    #[error("the plan and the history don't belong together: {0}")]
    Astray(&'static str),
}
