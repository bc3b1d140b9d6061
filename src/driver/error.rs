//! Why a run can't be driven.

use std::sync::Arc;

use crate::engine::NotAgain;
use crate::journal::{self, Holder};
use crate::model::{Digest, Failure, RunId};
use crate::program::{self, InputProblem};

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is acknowledged any more; what was acknowledged is on disk.
    #[error(transparent)]
    Store(#[from] Arc<journal::Error>),
    #[error("the inputs of `{workflow}` are refused")]
    Inputs { workflow: Arc<str>, problems: Vec<InputProblem> },
    #[error("there is no workflow `{0}` in this program")]
    NoWorkflow(Arc<str>),
    #[error("the workflow can't begin: {0}")]
    Beginning(Failure),
    #[error("there is no {0:?}")]
    NoRun(RunId),
    #[error("{run:?} is driven by {holder}")]
    Elsewhere { run: RunId, holder: Holder },
    /// The history or the plan of one run can't be gone on with; the others aren't concerned.
    #[error("{run:?} can't go on: {why}")]
    Corrupt { run: RunId, why: String },
    #[error("{run:?} can't go on: its plan {plan} is not in the store")]
    NoPlan { run: RunId, plan: Digest },
    /// The run takes no such order as it stands; on several lines where several things are wrong.
    #[error("{run:?} doesn't take that: {why}")]
    Refused { run: RunId, why: String },
    /// The run can't be done again so.
    #[error("{run:?} can't be done again: {why}")]
    NotAgain { run: RunId, why: NotAgain },
    #[error(transparent)]
    Program(#[from] Arc<program::Error>),
    /// What must be kept on disk of a running program can't be. The step isn't begun, and can be another time.
    #[error("{0}")]
    Unkept(String),
    #[error("the driver's thread can't be started: {0}")]
    Thread(Arc<std::io::Error>),
    #[error("the driver has ended")]
    Gone,
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Error {
        Error::Store(Arc::new(error))
    }
}
