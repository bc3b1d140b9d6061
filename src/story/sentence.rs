//! Events as sentences for people. What came from users and programs is cut short, but not made harmless: whoever
//! prints a sentence does that.

use crate::model::{Again, Branch, Completion, Decision, Event, Failure, OpId, Started, StepStart, StepTarget, Value};

use super::ops::Ops;
use super::plain::fork_word;

/// The longest value that is told whole, in characters.
const MAX_VALUE_CHARS: usize = 120;

/// How many decisions of one stretch are told.
const MAX_DECISIONS: usize = 5;

/// What happened, in one sentence without a full stop. `ops` has taken notice of the event.
pub fn sentence(event: &Event, ops: &Ops) -> String {
    let step = |op: &OpId| ops.path(*op).map_or_else(|| format!("operation {}", op.0), |path| format!("step `{path}`"));
    match event {
        Event::RunStarted(started) => run_started(started),
        Event::Advanced { decisions, statements, then, .. } => advanced(decisions, *statements, then),
        Event::Logged { text, line, .. } => format!("log, line {line}: {text}"),
        Event::Emitted { name, data, line, .. } => format!("event `{name}`, line {line}{}", gives(data)),
        Event::StepStarted(start) => step_started(start),
        Event::AttemptStarted { op, attempt, .. } => format!("{}: attempt {attempt} began", step(op)),
        Event::AttemptResumed { op, attempt } => {
            format!("{}: attempt {attempt} was cut off and is made again", step(op))
        }
        Event::AttemptTimedOut { op, attempt } => {
            format!("{}: the time of attempt {attempt} is over, its run is told to stop", step(op))
        }
        Event::AttemptFailed { op, attempt, error, retry_at, .. } => {
            let next = retry_at.map_or_else(String::new, |at| format!("; the next one is at {at}"));
            format!("{}: attempt {attempt} failed: {}{next}", step(op), failure(error))
        }
        Event::StepSucceeded { op, result } => format!("{} succeeded{}", step(op), gives(result)),
        Event::StepFellBack { op, result } => format!("{} took what its `else` gives{}", step(op), gives(result)),
        Event::StepFailed { op, error } => format!("{} failed: {}", step(op), failure(error)),
        Event::StepStopped { op } => format!("{} was stopped", step(op)),
        Event::SleepStarted { until, .. } => format!("sleeps until {until}"),
        Event::SleepEnded { .. } => "woke up".into(),
        Event::SleepStopped { .. } => "the sleep was stopped".into(),
        Event::Forked { kind, total, branches, .. } => {
            let names: Vec<String> = branches.iter().map(branch).collect();
            format!("{} of {total} began with {}", fork_word(*kind), names.join(", "))
        }
        Event::BranchStarted { branch: begun, .. } => format!("{} began", branch(begun)),
        Event::BranchEnded { fiber, completion } => format!("branch {} {}", fiber.0, ended(completion)),
        Event::Joined { completion, .. } => format!("the branches are done; the block {}", ended(completion)),
        Event::FiberCancelled { fiber } => format!("branch {} was cancelled", fiber.0),
        Event::UndoHeld { undo, .. } => format!("`{}` is kept for the case of a failure", undo.path),
        Event::SignalReceived { name, source, parameters, .. } => {
            format!("signal `{name}` came from {source}{}", gives(parameters))
        }
        Event::SignalTaken { op, name } => format!("{} took signal `{name}`", step(op)),
        Event::RunPaused => "the run was paused".into(),
        Event::RunUnpaused => "the run was unpaused".into(),
        Event::StopRequested => "somebody asked to stop the run".into(),
        Event::RunAborted { error } => format!("the run is to fail: {}", failure(error)),
        Event::RunSucceeded { output } => format!("the run succeeded{}", gives(output)),
        Event::RunFailed { error } => format!("the run failed: {}", failure(error)),
        Event::RunStopped => "the run was stopped".into(),
        Event::AttentionNeeded { error } => format!("the run needs attention: {}", failure(error)),
    }
}

fn run_started(started: &Started) -> String {
    let by = match (&started.parent, &started.again) {
        (Some((parent, _)), _) => format!("called by run {parent}"),
        (None, Some(Again { run, from: None, .. })) => format!("again what run {run} did"),
        (None, Some(Again { run, from: Some(step), .. })) => format!("again what run {run} did, from step `{step}` on"),
        (None, None) => format!("trigger {}", started.trigger.name),
    };
    format!("the run of `{}` began ({by}), input {}", started.workflow, short(&started.input))
}

fn step_started(start: &StepStart) -> String {
    let asks = match &start.target {
        StepTarget::Action(name) => name.to_string(),
        StepTarget::Call(name) => format!("call of `{name}`"),
        StepTarget::Start(name) => format!("start of `{name}`"),
        StepTarget::Signal(name) => format!("waits for signal `{name}`"),
    };
    let run = start.child.map_or_else(String::new, |id| format!(", run {id}"));
    format!("step `{}` began: {asks} {}{run}", start.path, short(&start.input))
}

fn advanced(decisions: &[Decision], statements: u64, then: &Completion) -> String {
    let plural = if statements == 1 { "" } else { "s" };
    let mut text = match statements {
        0 => "went on".to_string(),
        n => format!("went on by {n} statement{plural}"),
    };
    for told in decisions.iter().take(MAX_DECISIONS) {
        text.push_str("; ");
        text.push_str(&decision(told));
    }
    if decisions.len() > MAX_DECISIONS {
        text.push_str(&format!("; and {} more decisions", decisions.len() - MAX_DECISIONS));
    }
    if !then.is_normal() {
        text.push_str(&format!("; the block {}", ended(then)));
    }
    text
}

fn decision(decision: &Decision) -> String {
    let reads: Vec<String> = decision.from.iter().map(|(path, value)| format!("{path} = {}", short(value))).collect();
    let from = if reads.is_empty() { String::new() } else { format!(" ({})", reads.join(", ")) };
    format!("line {}: {} {}{from}", decision.line, decision.what, short(&decision.value))
}

fn branch(branch: &Branch) -> String {
    match &branch.name {
        Some(name) => format!("branch `{name}`"),
        None => format!("item {}", branch.index),
    }
}

fn ended(completion: &Completion) -> String {
    match completion {
        Completion::Normal => "ended".into(),
        Completion::Break => "ended by `break`".into(),
        Completion::Continue => "ended by `continue`".into(),
        Completion::Cancel => "was cancelled".into(),
        Completion::Yield(value) => format!("yielded {}", short(value)),
        Completion::Return(value) => format!("returned {}", short(value)),
        Completion::Fail(error) => format!("failed: {}", failure(error)),
    }
}

fn failure(error: &Failure) -> String {
    format!("{} ({})", cut(&error.message), error.kind)
}

fn gives(value: &Value) -> String {
    match value {
        Value::Unit => String::new(),
        other => format!(": {}", short(other)),
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Unit => "()".into(),
        other => cut(&other.to_string()),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
