//! Events as JSON for other programs: one object each, times as RFC 3339, lengths as in the language, values as they
//! are shown everywhere. Not the stored form, which may change with the format's number.

use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use crate::model::{
    Again, Branch, Change, Completion, Decision, Event, ForkKind, OpId, Started, StepStart, StepTarget, Time,
    UndoInput, Value,
};

use super::ops::Ops;
use super::shape::ErrorShape;

/// One event of a history as an object whose fields have an order.
#[derive(Clone, PartialEq, Debug)]
pub struct Line(Vec<(&'static str, Json)>);

impl serde::Serialize for Line {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

/// The event, at position `seq` (from 0) of its history where that is known. `ops` has taken notice of it.
pub fn line(seq: Option<u64>, at: Time, event: &Event, ops: &Ops) -> Line {
    let mut all: Vec<(&'static str, Json)> = seq.map(|seq| ("seq", json!(seq))).into_iter().collect();
    all.extend([("at", json!(at.to_string())), ("event", json!(name(event)))]);
    all.extend(ops.taken_from().map(|run| ("taken_from", json!(run.to_string()))));
    all.extend(fields(event, ops));
    Line(all)
}

type Fields = Vec<(&'static str, Json)>;

/// The event's name, as it is stored.
fn name(event: &Event) -> &'static str {
    match event {
        Event::RunStarted(_) => "run_started",
        Event::Advanced { .. } => "advanced",
        Event::Logged { .. } => "logged",
        Event::Emitted { .. } => "emitted",
        Event::StepStarted(_) => "step_started",
        Event::AttemptStarted { .. } => "attempt_started",
        Event::AttemptResumed { .. } => "attempt_resumed",
        Event::AttemptTimedOut { .. } => "attempt_timed_out",
        Event::AttemptFailed { .. } => "attempt_failed",
        Event::StepSucceeded { .. } => "step_succeeded",
        Event::StepFellBack { .. } => "step_fell_back",
        Event::StepFailed { .. } => "step_failed",
        Event::StepStopped { .. } => "step_stopped",
        Event::SleepStarted { .. } => "sleep_started",
        Event::SleepEnded { .. } => "sleep_ended",
        Event::SleepStopped { .. } => "sleep_stopped",
        Event::Forked { .. } => "forked",
        Event::BranchStarted { .. } => "branch_started",
        Event::BranchEnded { .. } => "branch_ended",
        Event::Joined { .. } => "joined",
        Event::FiberCancelled { .. } => "fiber_cancelled",
        Event::UndoHeld { .. } => "undo_held",
        Event::SignalReceived { .. } => "signal_received",
        Event::SignalTaken { .. } => "signal_taken",
        Event::RunPaused => "run_paused",
        Event::RunUnpaused => "run_unpaused",
        Event::StopRequested => "stop_requested",
        Event::RunAborted { .. } => "run_aborted",
        Event::RunSucceeded { .. } => "run_succeeded",
        Event::RunFailed { .. } => "run_failed",
        Event::RunStopped => "run_stopped",
        Event::AttentionNeeded { .. } => "attention_needed",
    }
}

fn fields(event: &Event, ops: &Ops) -> Fields {
    let step = |op: &OpId| vec![("op", json!(op.0)), ("path", json!(ops.path(*op).map(|path| &**path)))];
    match event {
        Event::RunStarted(started) => run_started(started),
        Event::Advanced { fiber, changes, decisions, statements, operations, draws, then, keep: _, frames: _ } => vec![
            ("fiber", json!(fiber.0)),
            ("statements", json!(statements)),
            ("operations", json!(operations)),
            ("draws", json!(draws)),
            ("changes", changes.iter().map(change).collect()),
            ("decisions", decisions.iter().map(decision).collect()),
            ("then", completion(then)),
        ],
        Event::Logged { fiber, text, line } => {
            vec![("fiber", json!(fiber.0)), ("text", json!(&**text)), ("line", json!(line))]
        }
        Event::Emitted { fiber, name, data, line } => {
            vec![("fiber", json!(fiber.0)), ("name", json!(&**name)), ("data", data.to_json()), ("line", json!(line))]
        }
        Event::StepStarted(start) => step_started(start),
        Event::AttemptStarted { op, attempt, child } => {
            let run = child.map(|id| id.to_string());
            with(step(op), [("attempt", json!(attempt)), ("run", json!(run))])
        }
        Event::AttemptResumed { op, attempt } | Event::AttemptTimedOut { op, attempt } => {
            with(step(op), [("attempt", json!(attempt))])
        }
        Event::AttemptFailed { op, attempt, error, retry_at, decision: decided } => with(
            step(op),
            [
                ("attempt", json!(attempt)),
                ("error", json!(ErrorShape::new(error))),
                ("retry_at", time(*retry_at)),
                ("decision", decided.as_ref().map_or(Json::Null, decision)),
            ],
        ),
        Event::StepSucceeded { op, result } | Event::StepFellBack { op, result } => {
            with(step(op), [("result", result.to_json())])
        }
        Event::StepFailed { op, error } => with(step(op), [("error", json!(ErrorShape::new(error)))]),
        Event::StepStopped { op } => step(op),
        Event::SleepStarted { op, fiber, until } => {
            vec![("op", json!(op.0)), ("fiber", json!(fiber.0)), ("until", json!(until.to_string()))]
        }
        Event::SleepEnded { op } | Event::SleepStopped { op } => vec![("op", json!(op.0))],
        Event::Forked { op, fiber, kind, total, branches } => with(
            vec![("op", json!(op.0)), ("fiber", json!(fiber.0)), ("kind", json!(fork_word(*kind)))],
            [("total", json!(total)), ("branches", branches.iter().map(branch).collect())],
        ),
        Event::BranchStarted { op, branch: begun } => vec![("op", json!(op.0)), ("branch", branch(begun))],
        Event::BranchEnded { fiber, completion: end } => vec![("fiber", json!(fiber.0)), ("then", completion(end))],
        Event::Joined { op, completion: end, changes } => {
            let changes = changes.iter().map(change).collect();
            vec![("op", json!(op.0)), ("then", completion(end)), ("changes", changes)]
        }
        Event::FiberCancelled { fiber } => vec![("fiber", json!(fiber.0))],
        Event::UndoHeld { fiber, undo } => {
            let (input, error) = match &undo.input {
                UndoInput::Given(input) => (input.to_json(), None),
                UndoInput::Failed(error) => (Json::Null, Some(ErrorShape::new(error))),
            };
            vec![("fiber", json!(fiber.0)), ("path", json!(&*undo.path)), ("input", input), ("error", json!(error))]
        }
        Event::SignalReceived { name, source, delivery, parameters } => {
            let said = [("name", json!(&**name)), ("source", json!(source)), ("parameters", parameters.to_json())];
            let known = delivery.iter().map(|delivery| ("delivery", json!(&**delivery)));
            said.into_iter().chain(known).collect()
        }
        Event::SignalTaken { op, name } => with(step(op), [("name", json!(&**name))]),
        Event::RunSucceeded { output } => vec![("output", output.to_json())],
        Event::RunAborted { error } | Event::RunFailed { error } | Event::AttentionNeeded { error } => {
            vec![("error", json!(ErrorShape::new(error)))]
        }
        Event::RunPaused | Event::RunUnpaused | Event::StopRequested | Event::RunStopped => Vec::new(),
    }
}

fn with<const N: usize>(mut fields: Fields, more: [(&'static str, Json); N]) -> Fields {
    fields.extend(more);
    fields
}

fn again_json(again: &Again) -> Json {
    json!({ "run": again.run.to_string(), "from": again.from.as_deref(), "taken": again.taken })
}

fn run_started(started: &Started) -> Fields {
    let Started {
        workflow,
        plan,
        version,
        input,
        trigger,
        parent,
        depth,
        seed: _,
        deadline,
        retention,
        allow_net,
        allow_files,
        again,
        body: _,
        dir,
        url,
    } = started;
    let by = json!({ "kind": trigger.kind, "name": trigger.name, "delivery": trigger.delivery });
    vec![
        ("workflow", json!(&**workflow)),
        ("version", json!(version.to_string())),
        ("plan", json!(plan.to_string())),
        ("input", input.to_json()),
        ("trigger", by),
        ("parent", json!(parent.map(|(run, _)| run.to_string()))),
        ("depth", json!(depth)),
        ("deadline", time(*deadline)),
        ("retention", json!(retention.map(|length| length.to_string()))),
        ("allow_net", json!(allow_net)),
        ("allow_files", json!(allow_files)),
        ("again", again.as_ref().map_or(Json::Null, again_json)),
        ("dir", json!(dir)),
        ("url", json!(url)),
    ]
}

fn step_started(start: &StepStart) -> Fields {
    let (kind, name) = match &start.target {
        StepTarget::Action(name) => ("action", name),
        StepTarget::Call(name) => ("call", name),
        StepTarget::Start(name) => ("start", name),
        StepTarget::Signal(name) => ("signal", name),
    };
    let retry = start.retry.map(
        |policy| json!({ "retries": policy.retries, "from": policy.from.to_string(), "to": policy.to.to_string() }),
    );
    vec![
        ("op", json!(start.op.0)),
        ("path", json!(&*start.path)),
        ("fiber", json!(start.fiber.0)),
        ("target", json!({ "kind": kind, "name": &**name })),
        ("input", start.input.to_json()),
        ("attempt", json!(1)),
        ("retry", json!(retry)),
        ("timeout", json!(start.timeout.map(|length| length.to_string()))),
        ("within", time(start.within)),
        ("run", json!(start.child.map(|id| id.to_string()))),
        ("undo", json!(start.undo)),
    ]
}

fn time(at: Option<Time>) -> Json {
    json!(at.map(|at| at.to_string()))
}

fn change(change: &Change) -> Json {
    match change {
        Change::Set(slot, value) => json!({ "slot": slot.0, "set": value.to_json() }),
        Change::Push(slot, values) => {
            json!({ "slot": slot.0, "push": values.iter().map(Value::to_json).collect::<Json>() })
        }
        Change::Unset(slot) => json!({ "slot": slot.0, "unset": true }),
    }
}

fn decision(decision: &Decision) -> Json {
    let from: Json = decision.from.iter().map(|(path, value)| (path.to_string(), value.to_json())).collect();
    json!({
        "line": decision.line, "what": &*decision.what, "value": decision.value.to_json(),
        "from": from, "skipped": decision.skipped,
    })
}

pub(super) fn fork_word(kind: ForkKind) -> &'static str {
    match kind {
        ForkKind::Parallel => "parallel",
        ForkKind::Race => "race",
        ForkKind::Each => "for parallel",
    }
}

fn branch(branch: &Branch) -> Json {
    json!({ "fiber": branch.fiber.0, "name": branch.name.as_deref(), "index": branch.index, "path": &*branch.path })
}

fn completion(end: &Completion) -> Json {
    match end {
        Completion::Normal => json!("normal"),
        Completion::Break => json!("break"),
        Completion::Continue => json!("continue"),
        Completion::Cancel => json!("cancel"),
        Completion::Yield(value) => json!({ "yield": value.to_json() }),
        Completion::Return(value) => json!({ "return": value.to_json() }),
        Completion::Fail(error) => json!({ "fail": ErrorShape::new(error) }),
    }
}
