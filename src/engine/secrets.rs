//! Which secrets a run was ever given, by name: a process that goes on with it must know them where their values come
//! back, whoever filled them in.

use std::sync::Arc;

use crate::model::{Event, UndoInput, Value};

use super::limits::MAX_NOTED_SECRETS;
use super::run::Run;

impl Run {
    /// The names of the secrets that were in its input, in messages to it and in what its steps were given.
    pub fn secrets(&self) -> impl Iterator<Item = &Arc<str>> {
        self.secrets.iter()
    }

    pub(super) fn note_secrets(&mut self, event: &Event) {
        let Some(given) = given(event) else { return };
        let secrets = &mut self.secrets;
        given.each_secret(&mut |name| {
            if secrets.len() < MAX_NOTED_SECRETS && !secrets.contains(name) {
                secrets.insert(name.clone());
            }
        });
    }
}

/// The values by which a secret comes into a run, or goes out of it.
fn given(event: &Event) -> Option<&Value> {
    match event {
        Event::RunStarted(started) => Some(&started.input),
        Event::StepStarted(start) => Some(&start.input),
        Event::SignalReceived { parameters, .. } => Some(parameters),
        Event::UndoHeld { undo, .. } => match &undo.input {
            UndoInput::Given(input) => Some(input),
            UndoInput::Failed(_) => None,
        },
        Event::Advanced { .. }
        | Event::Logged { .. }
        | Event::Emitted { .. }
        | Event::AttemptStarted { .. }
        | Event::AttemptResumed { .. }
        | Event::AttemptTimedOut { .. }
        | Event::AttemptFailed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFellBack { .. }
        | Event::StepFailed { .. }
        | Event::StepStopped { .. }
        | Event::SleepStarted { .. }
        | Event::SleepEnded { .. }
        | Event::SleepStopped { .. }
        | Event::Forked { .. }
        | Event::BranchStarted { .. }
        | Event::BranchEnded { .. }
        | Event::Joined { .. }
        | Event::FiberCancelled { .. }
        | Event::SignalTaken { .. }
        | Event::RunPaused
        | Event::RunUnpaused
        | Event::StopRequested
        | Event::RunAborted { .. }
        | Event::RunSucceeded { .. }
        | Event::RunFailed { .. }
        | Event::RunStopped
        | Event::AttentionNeeded { .. } => None,
    }
}
