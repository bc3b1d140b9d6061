//! How much a run holds, in bytes as it would be stored.
//!
//! It is counted by what events bring, and anew when that has become much: so an event costs what it holds, not what
//! the run does. Invariant: what is counted is never less than what is held, and folding counts the same.

use serde::{Deserialize, Serialize};

use crate::model::{
    Branch, Change, Completion, Event, Failure, Frame, FrameKind, UndoInput, Value, written, written_value,
};

use super::run::Run;

/// Less than this isn't counted anew.
const LEAST_RECOUNT: usize = 1 << 20;

/// What is known of a run's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Size {
    /// What it held when it was counted last.
    counted: usize,
    /// What events have brought in all, and what they had then.
    brought: usize,
    before: usize,
}

impl Run {
    /// How much it holds at most.
    pub fn size(&self) -> usize {
        self.size.counted + (self.size.brought - self.size.before)
    }

    /// How many bytes all events have brought.
    pub(super) fn brought(&self) -> usize {
        self.size.brought
    }

    /// Counts what an event has brought.
    pub(super) fn grow(&mut self, event: &Event) {
        self.size.brought += brings(event);
        if self.size.brought - self.size.before > LEAST_RECOUNT.max(self.size.counted / 4) {
            self.size.counted = written(self);
            self.size.before = self.size.brought;
        }
    }
}

/// How many bytes of values an event holds.
fn brings(event: &Event) -> usize {
    match event {
        Event::RunStarted(started) => written_value(&started.input),
        Event::Advanced { frames, changes, then, .. } => of_frames(frames) + of_changes(changes) + of_completion(then),
        Event::Logged { text, .. } => text.len(),
        Event::Emitted { name, data, .. } => name.len() + written_value(data),
        Event::StepStarted(start) => written_value(&start.input),
        Event::AttemptFailed { error, .. } | Event::StepFailed { error, .. } => of_failure(error),
        Event::StepSucceeded { result, .. } | Event::StepFellBack { result, .. } => written_value(result),
        Event::Forked { branches, .. } => branches.iter().map(of_branch).sum(),
        Event::BranchStarted { branch, .. } => of_branch(branch),
        Event::BranchEnded { completion, .. } => of_completion(completion),
        Event::Joined { completion, changes, .. } => of_completion(completion) + of_changes(changes),
        Event::UndoHeld { undo, .. } => match &undo.input {
            UndoInput::Given(input) => written_value(input),
            UndoInput::Failed(failure) => of_failure(failure),
        },
        Event::SignalReceived { parameters, .. } => written_value(parameters),
        Event::RunSucceeded { output } => written_value(output),
        Event::RunAborted { error } | Event::RunFailed { error } | Event::AttentionNeeded { error } => {
            of_failure(error)
        }
        Event::AttemptStarted { .. }
        | Event::AttemptResumed { .. }
        | Event::AttemptTimedOut { .. }
        | Event::StepStopped { .. }
        | Event::SleepStarted { .. }
        | Event::SleepEnded { .. }
        | Event::SleepStopped { .. }
        | Event::FiberCancelled { .. }
        | Event::SignalTaken { .. }
        | Event::RunPaused
        | Event::RunUnpaused
        | Event::StopRequested
        | Event::RunStopped => 0,
    }
}

fn of_branch(branch: &Branch) -> usize {
    of_frames(&branch.frames) + of_changes(&branch.changes)
}

fn of_changes(changes: &[Change]) -> usize {
    let of = |change: &Change| match change {
        Change::Set(_, value) => written_value(value),
        Change::Push(_, values) => values.iter().map(|value| written_value(value) + 1).sum(),
        Change::Unset(_) => 0,
    };
    changes.iter().map(of).sum()
}

fn of_frames(frames: &[Frame]) -> usize {
    let of = |frame: &Frame| match &frame.kind {
        FrameKind::Plain | FrameKind::Loop { .. } => 0,
        FrameKind::Try { then, .. } | FrameKind::Undo { then, .. } => of_completion(then),
    };
    frames.iter().map(of).sum()
}

fn of_completion(completion: &Completion) -> usize {
    match completion {
        Completion::Normal | Completion::Break | Completion::Continue | Completion::Cancel => 0,
        Completion::Yield(value) | Completion::Return(value) => written_value(value),
        Completion::Fail(failure) => of_failure(failure),
    }
}

fn of_failure(failure: &Failure) -> usize {
    written(&failure.message) + written_value(&failure.data)
}

/// How large a list or map is whose items are counted one by one.
pub(super) fn item(value: &Value) -> usize {
    written_value(value) + 1
}
