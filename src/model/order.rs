//! What somebody wants of a run that is under way, whichever process has it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Value;

/// A wish that is told to a run from outside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A message of a signal.
    Signal {
        name: Arc<str>,
        /// Who sends it.
        source: String,
        /// What it is known by where it is sent again, because no answer came.
        delivery: Option<Arc<str>>,
        parameters: Value,
    },
    Pause,
    Unpause,
    Stop,
}
