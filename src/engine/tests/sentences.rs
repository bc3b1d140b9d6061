//! Histories as sentences, so that a test reads as what happened. Shared with the simulation, which names it by its
//! path.

use std::collections::BTreeMap;

use super::model::{Completion, Event, FiberId, ForkKind, OpId, StepTarget, Time, UndoInput};

/// Tells the events of one run. It keeps what the names of operations and branches are.
#[derive(Clone, Default)]
pub struct Teller {
    began: Time,
    ops: BTreeMap<OpId, String>,
    fibers: BTreeMap<FiberId, String>,
}

impl Teller {
    /// The event as a sentence; none of a stretch, which tells nothing by itself.
    pub fn tell(&mut self, at: Time, event: &Event) -> Option<String> {
        match event {
            Event::RunStarted(started) => {
                self.began = at;
                Some(format!("`{}` starts", started.workflow))
            }
            Event::Advanced { .. } => None,
            Event::Logged { text, .. } => Some(format!("logs \"{text}\"")),
            Event::Emitted { name, data, .. } => Some(format!("emits {name}: {data}")),
            Event::RunPaused => Some("the run is paused".into()),
            Event::RunUnpaused => Some("the run is unpaused".into()),
            Event::StopRequested => Some("a stop is asked for".into()),
            Event::RunAborted { error } => Some(format!("the run is aborted: {error}")),
            Event::RunSucceeded { output } => Some(format!("the run succeeds: {output}")),
            Event::RunFailed { error } => Some(format!("the run fails: {error}")),
            Event::RunStopped => Some("the run is stopped".into()),
            Event::AttentionNeeded { error } => Some(format!("the run needs attention: {error}")),
            Event::SignalReceived { name, parameters, .. } => Some(format!("signal {name} comes: {parameters}")),
            Event::SignalTaken { op, name } => Some(format!("{} takes {name}", self.op(*op))),
            Event::StepStarted(_)
            | Event::AttemptStarted { .. }
            | Event::AttemptResumed { .. }
            | Event::AttemptTimedOut { .. }
            | Event::AttemptFailed { .. }
            | Event::StepSucceeded { .. }
            | Event::StepFellBack { .. }
            | Event::StepFailed { .. }
            | Event::StepStopped { .. }
            | Event::UndoHeld { .. } => Some(self.step(event)),
            Event::SleepStarted { .. } | Event::SleepEnded { .. } | Event::SleepStopped { .. } => {
                Some(self.sleep(event))
            }
            Event::Forked { .. }
            | Event::BranchStarted { .. }
            | Event::BranchEnded { .. }
            | Event::Joined { .. }
            | Event::FiberCancelled { .. } => Some(self.fork(event)),
        }
    }

    fn step(&mut self, event: &Event) -> String {
        match event {
            Event::StepStarted(start) => {
                self.ops.insert(start.op, start.path.to_string());
                let what = match &start.target {
                    StepTarget::Action(_) => String::new(),
                    StepTarget::Call(workflow) => format!(" calling {workflow}"),
                    StepTarget::Start(workflow) => format!(" starting {workflow}"),
                    StepTarget::Signal(name) => format!(" waiting for {name}"),
                };
                format!("{} begins{what}", start.path)
            }
            Event::AttemptStarted { op, attempt, .. } => format!("{} begins attempt {attempt}", self.op(*op)),
            Event::AttemptResumed { op, attempt } => format!("{} goes on with attempt {attempt}", self.op(*op)),
            Event::AttemptTimedOut { op, attempt } => format!("{}'s attempt {attempt} has had its time", self.op(*op)),
            Event::AttemptFailed { op, attempt, error, retry_at, .. } => {
                let again = retry_at.map_or(String::new(), |at| format!("; again at {}", self.at(at)));
                format!("{}'s attempt {attempt} fails: {error}{again}", self.op(*op))
            }
            Event::StepSucceeded { op, result } => format!("{} gives {result}", self.op(*op)),
            Event::StepFellBack { op, result } => format!("{} falls back to {result}", self.op(*op)),
            Event::StepFailed { op, error } => format!("{} fails: {error}", self.op(*op)),
            Event::StepStopped { op } => format!("{} is stopped", self.op(*op)),
            Event::UndoHeld { undo, .. } => match &undo.input {
                UndoInput::Given(input) if *input == super::model::Value::map::<&str>([]) => {
                    format!("{} is held", undo.path)
                }
                UndoInput::Given(input) => format!("{} is held with {input}", undo.path),
                UndoInput::Failed(error) => format!("{} is held, but: {error}", undo.path),
            },
            _ => unreachable!("no event of a step"),
        }
    }

    fn sleep(&mut self, event: &Event) -> String {
        match event {
            Event::SleepStarted { op, until, .. } => {
                self.ops.insert(*op, format!("the sleep until {}", self.at(*until)));
                format!("sleeps until {}", self.at(*until))
            }
            Event::SleepEnded { op } => format!("{} ends", self.op(*op)),
            Event::SleepStopped { op } => format!("{} is stopped", self.op(*op)),
            _ => unreachable!("no event of a sleep"),
        }
    }

    fn fork(&mut self, event: &Event) -> String {
        match event {
            Event::Forked { op, kind, branches, .. } => {
                let kind = match kind {
                    ForkKind::Parallel => "parallel",
                    ForkKind::Race => "race",
                    ForkKind::Each => "for-parallel",
                };
                self.ops.insert(*op, kind.to_string());
                let names: Vec<String> = branches.iter().map(|b| self.name(b)).collect();
                format!("{kind} forks into {}", names.join(", "))
            }
            Event::BranchStarted { branch, .. } => format!("{} begins", self.name(branch)),
            Event::BranchEnded { fiber, completion } => format!("{} ends{}", self.fiber(*fiber), how(completion)),
            Event::Joined { op, completion, .. } => format!("{} joins{}", self.op(*op), how(completion)),
            Event::FiberCancelled { fiber } => format!("{} is cancelled", self.fiber(*fiber)),
            _ => unreachable!("no event of a fork"),
        }
    }

    fn name(&mut self, branch: &super::model::Branch) -> String {
        let name = branch.name.as_ref().map_or_else(|| format!("item {}", branch.index), ToString::to_string);
        self.fibers.insert(branch.fiber, name.clone());
        name
    }

    fn op(&self, op: OpId) -> String {
        self.ops.get(&op).cloned().unwrap_or_else(|| format!("operation {}", op.0))
    }

    fn fiber(&self, fiber: FiberId) -> String {
        self.fibers.get(&fiber).cloned().unwrap_or_else(|| "the body".into())
    }

    /// A time as the length since the run's start.
    pub fn at(&self, time: Time) -> String {
        format!("+{}", time.since(self.began))
    }
}

fn how(completion: &Completion) -> String {
    match completion {
        Completion::Normal => String::new(),
        Completion::Break => " by break".into(),
        Completion::Continue => " by continue".into(),
        Completion::Yield(value) => format!(" giving {value}"),
        Completion::Return(value) => format!(" returning {value}"),
        Completion::Fail(failure) => format!(" failing: {failure}"),
        Completion::Cancel => " cancelled".into(),
    }
}
