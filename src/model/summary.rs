//! What is known of a run without reading its history.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Digest, Length, RunId, RunStatus, Time};

/// The row of a run in lists. Kept beside the history, rewritten when the run's status changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunSummary {
    pub id: RunId,
    pub workflow: Arc<str>,
    pub version: Digest,
    pub plan: Digest,
    pub status: RunStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// When the earliest timer of a waiting run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// How long the run is kept after its end, where its workflow says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Length>,
}
