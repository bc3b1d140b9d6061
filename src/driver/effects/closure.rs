//! Effects that are a closure: for tests, simulations and benches.

use super::{Attempt, Cleared, Effects, Ended};
use crate::model::{Failure, OpId, RunId, Value};

/// Answers every attempt with what a closure says, at once and on the thread that asks.
pub struct FnEffects<F>(F);

impl<F: Fn(Attempt) -> Result<Value, Failure> + Send + Sync> FnEffects<F> {
    pub fn new(answer: F) -> FnEffects<F> {
        FnEffects(answer)
    }
}

impl<F: Fn(Attempt) -> Result<Value, Failure> + Send + Sync> Effects for FnEffects<F> {
    fn perform(&self, attempt: Attempt, ended: Ended) {
        ended((self.0)(attempt));
    }

    fn cancel(&self, _: RunId, _: OpId, _: u32) {}

    fn clear(&self, _: RunId, done: Cleared) {
        done(Ok(()));
    }

    fn left_over(&self) -> Vec<RunId> {
        Vec::new()
    }

    fn stop_all(&self) {}
}
