//! Whoever looks on while runs go: what is told is on disk already, save for the lines that programs print.

use crate::model::{Event, RunId, Time};

use super::effects::OutputLine;

/// Looks on. Called on the driver's own threads, so it must be quick.
pub trait Observer: Send + Sync {
    /// Events of a run that are on disk now.
    fn committed(&self, run: RunId, at: Time, events: &[Event]);

    /// A run is gone on with that wasn't in memory.
    fn taken_up(&self, _run: RunId) {}

    /// A run that only waits has left memory.
    fn parked(&self, _run: RunId) {}

    /// A line that a step's program printed, as it printed it.
    fn printed(&self, run: RunId, path: &str, line: &OutputLine);
}

/// Nobody looks on.
pub struct Nobody;

impl Observer for Nobody {
    fn committed(&self, _run: RunId, _at: Time, _events: &[Event]) {}

    fn printed(&self, _run: RunId, _path: &str, _line: &OutputLine) {}
}
