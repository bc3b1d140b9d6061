//! The steps of a run, what it waits for and how it ended, folded from its events.
//!
//! Not the engine's state: nothing here can be driven on. It is what people are shown of a run, and it needs neither
//! the plan nor the whole history at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ops::Taken;
use crate::model::{Event, Failure, OpId, RunId, Started, StepStart, StepStatus, StepTarget, Time, Value};

/// A run as far as its events were taken.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Story {
    pub started: Option<(Time, Started)>,
    /// Those that were reached, in the order in which they began.
    pub steps: Vec<StepTold>,
    /// The messages that no wait has taken, in order of arrival.
    pub untaken: Vec<Message>,
    pub end: Option<(Time, End)>,
    open: BTreeMap<OpId, Open>,
    taken: Taken,
    /// The latest step of each path.
    latest: HashMap<Arc<str>, usize>,
}

/// A step of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct StepTold {
    pub path: Arc<str>,
    pub target: StepTarget,
    pub status: StepStatus,
    /// How many attempts were begun.
    pub attempts: u32,
    pub started_at: Time,
    pub finished_at: Option<Time>,
    pub input: Value,
    /// None as long as it has none, and where it ended without one.
    pub result: Option<Value>,
    /// Of the last attempt. A step that was saved by its `else` has a result and an error.
    pub error: Option<Failure>,
    /// The run of a `call` or `start`.
    pub child: Option<RunId>,
    /// The run that performed it, where this one has taken it over.
    pub taken_from: Option<RunId>,
}

/// A message of a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub at: Time,
    pub name: Arc<str>,
    /// Who sent it.
    pub source: String,
    pub parameters: Value,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub enum End {
    Succeeded(Value),
    Failed(Failure),
    Stopped,
    NeedsAttention(Failure),
}

/// Something that a run waits for.
#[derive(Clone, PartialEq, Debug)]
pub struct Wait {
    pub kind: WaitKind,
    /// The signal's name, or the path of the step that waits; none of a `sleep`.
    pub name: Option<Arc<str>>,
    /// When the waiting ends by itself.
    pub deadline: Option<Time>,
    /// The run that is waited for.
    pub child: Option<RunId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitKind {
    Signal,
    /// A `sleep`.
    Timer,
    /// A failed attempt is going to be made again.
    Retry,
    /// A child run.
    Run,
}

impl WaitKind {
    pub fn word(self) -> &'static str {
        match self {
            WaitKind::Signal => "signal",
            WaitKind::Timer => "timer",
            WaitKind::Retry => "retry",
            WaitKind::Run => "run",
        }
    }
}

/// An operation that has begun and not ended.
#[derive(Clone, PartialEq, Debug)]
enum Open {
    Step { index: usize, undo: bool, retry_at: Option<Time>, deadline: Option<Time> },
    Sleep { until: Time },
}

impl Story {
    /// The story that these events tell.
    pub fn of<'a>(events: impl IntoIterator<Item = (Time, &'a Event)>) -> Story {
        let mut story = Story::default();
        events.into_iter().for_each(|(at, event)| story.take(at, event));
        story
    }

    /// Takes the next event, which happened at `at`. What an event says of an operation that never began is left out.
    pub fn take(&mut self, at: Time, event: &Event) {
        let taken_from = self.taken.note(event);
        match event {
            Event::RunStarted(started) => self.started = Some((at, (**started).clone())),
            Event::StepStarted(start) => self.begin(at, start, taken_from),
            Event::AttemptStarted { op, attempt, child } => {
                self.attempt(*op, |step| {
                    step.attempts = *attempt;
                    step.child = child.or(step.child);
                });
            }
            Event::AttemptResumed { op, .. } => self.attempt(*op, |_| {}),
            Event::AttemptFailed { op, error, retry_at, .. } => self.fail_attempt(*op, error, *retry_at),
            Event::StepSucceeded { op, result } => self.finish(at, *op, StepStatus::Succeeded, |step| {
                step.result = Some(result.clone());
                step.error = None;
            }),
            Event::StepFellBack { op, result } => {
                self.finish(at, *op, StepStatus::Succeeded, |step| step.result = Some(result.clone()));
            }
            Event::StepFailed { op, error } => {
                self.finish(at, *op, StepStatus::Failed, |step| step.error = Some(error.clone()));
            }
            Event::StepStopped { op } => self.finish(at, *op, StepStatus::Stopped, |_| {}),
            Event::SleepStarted { op, until, .. } => {
                self.open.insert(*op, Open::Sleep { until: *until });
            }
            Event::SleepEnded { op } | Event::SleepStopped { op } => {
                self.open.remove(op);
            }
            Event::SignalReceived { name, source, parameters, .. } => self.untaken.push(Message {
                at,
                name: name.clone(),
                source: source.clone(),
                parameters: parameters.clone(),
            }),
            Event::SignalTaken { name, .. } => {
                if let Some(oldest) = self.untaken.iter().position(|message| message.name == *name) {
                    self.untaken.remove(oldest);
                }
            }
            Event::RunSucceeded { output } => self.close(at, End::Succeeded(output.clone())),
            Event::RunFailed { error } => self.close(at, End::Failed(error.clone())),
            Event::RunStopped => self.close(at, End::Stopped),
            Event::AttentionNeeded { error } => self.close(at, End::NeedsAttention(error.clone())),
            Event::Advanced { .. }
            | Event::Logged { .. }
            | Event::Emitted { .. }
            | Event::AttemptTimedOut { .. }
            | Event::Forked { .. }
            | Event::BranchStarted { .. }
            | Event::BranchEnded { .. }
            | Event::Joined { .. }
            | Event::FiberCancelled { .. }
            | Event::UndoHeld { .. }
            | Event::RunPaused
            | Event::RunUnpaused
            | Event::StopRequested
            | Event::RunAborted { .. } => {}
        }
    }

    /// What the run waits for at its last event, in the order in which it began to.
    pub fn waiting(&self) -> Vec<Wait> {
        self.open.values().filter_map(|open| self.wait(open)).collect()
    }

    /// The status and the time of the step that the operation is.
    pub fn step(&self, op: OpId) -> Option<&StepTold> {
        match self.open.get(&op)? {
            Open::Step { index, .. } => self.steps.get(*index),
            Open::Sleep { .. } => None,
        }
    }

    fn begin(&mut self, at: Time, start: &StepStart, taken_from: Option<RunId>) {
        let index = self.steps.len();
        self.steps.push(StepTold {
            path: start.path.clone(),
            target: start.target.clone(),
            status: under_way(&start.target),
            attempts: 1,
            started_at: at,
            finished_at: None,
            input: start.input.clone(),
            result: None,
            error: None,
            child: start.child,
            taken_from,
        });
        self.latest.insert(start.path.clone(), index);
        let deadline = earliest(start.timeout.map(|length| at.plus(length)), start.within);
        self.open.insert(start.op, Open::Step { index, undo: start.undo, retry_at: None, deadline });
    }

    fn attempt(&mut self, op: OpId, change: impl FnOnce(&mut StepTold)) {
        if let Some(Open::Step { index, retry_at, .. }) = self.open.get_mut(&op) {
            *retry_at = None;
            let step = &mut self.steps[*index];
            step.status = under_way(&step.target);
            change(step);
        }
    }

    fn fail_attempt(&mut self, op: OpId, error: &Failure, again: Option<Time>) {
        if let Some(Open::Step { index, retry_at, .. }) = self.open.get_mut(&op) {
            *retry_at = again;
            let step = &mut self.steps[*index];
            step.error = Some(error.clone());
            if again.is_some() {
                step.status = StepStatus::Retrying;
            }
        }
    }

    fn finish(&mut self, at: Time, op: OpId, status: StepStatus, change: impl FnOnce(&mut StepTold)) {
        let Some(Open::Step { index, undo, .. }) = self.open.remove(&op) else { return };
        let step = &mut self.steps[index];
        step.status = status;
        step.finished_at = Some(at);
        change(step);
        if undo && status == StepStatus::Succeeded {
            let undone = step.path.strip_suffix(".undo").and_then(|path| self.latest.get(path));
            if let Some(index) = undone {
                self.steps[*index].status = StepStatus::Undone;
            }
        }
    }

    /// Nothing is under way any more.
    fn close(&mut self, at: Time, end: End) {
        self.end = Some((at, end));
        self.open.clear();
    }

    fn wait(&self, open: &Open) -> Option<Wait> {
        let (index, retry_at, deadline) = match open {
            Open::Sleep { until } => {
                return Some(Wait { kind: WaitKind::Timer, name: None, deadline: Some(*until), child: None });
            }
            Open::Step { index, retry_at, deadline, .. } => (*index, *retry_at, *deadline),
        };
        let step = &self.steps[index];
        let of = |kind, deadline| Wait { kind, name: Some(step.path.clone()), deadline, child: step.child };
        match (&step.target, retry_at) {
            (_, Some(at)) => Some(of(WaitKind::Retry, Some(at))),
            (StepTarget::Signal(name), None) => {
                Some(Wait { name: Some(name.clone()), ..of(WaitKind::Signal, deadline) })
            }
            (StepTarget::Call(_), None) => Some(of(WaitKind::Run, deadline)),
            (StepTarget::Action(_) | StepTarget::Start(_), None) => None,
        }
    }
}

impl StepTold {
    /// The last part of its path, without the turn of a loop.
    pub fn name(&self) -> &str {
        let whole = self.path.strip_suffix(".undo").unwrap_or(&self.path);
        let last = whole.rfind('.').map_or(0, |dot| dot + 1);
        let name = &self.path[last..];
        name.split_once('[').map_or(name, |(name, _)| name)
    }

    /// What it asks for, in the words of the file.
    pub fn action(&self) -> String {
        match &self.target {
            StepTarget::Action(name) => name.to_string(),
            StepTarget::Call(workflow) => format!("call {workflow}"),
            StepTarget::Start(workflow) => format!("start {workflow}"),
            StepTarget::Signal(name) => format!("wait signal({name})"),
        }
    }
}

/// The status of a step whose attempt has begun and not ended.
fn under_way(target: &StepTarget) -> StepStatus {
    match target {
        StepTarget::Action(_) | StepTarget::Start(_) => StepStatus::Running,
        StepTarget::Call(_) | StepTarget::Signal(_) => StepStatus::Waiting,
    }
}

fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FiberId, Length};

    fn at(ms: i64) -> Time {
        Time::from_unix_ms(ms)
    }

    fn step(op: u32, path: &str, target: StepTarget) -> Event {
        Event::StepStarted(Box::new(StepStart {
            op: OpId(op),
            fiber: FiberId(0),
            path: path.into(),
            step: 0,
            target,
            input: Value::Int(1),
            slot: None,
            retry: None,
            timeout: Some(Length::from_ms(100)),
            within: None,
            child: None,
            undo: path.ends_with(".undo"),
        }))
    }

    fn exec(op: u32, path: &str) -> Event {
        step(op, path, StepTarget::Action("exec".into()))
    }

    fn failed(op: u32, attempt: u32, retry_at: Option<Time>) -> Event {
        let error = Failure::new("exec", "no");
        Event::AttemptFailed { op: OpId(op), attempt, error, retry_at, decision: None }
    }

    fn story(events: &[(i64, Event)]) -> Story {
        Story::of(events.iter().map(|(ms, event)| (at(*ms), event)))
    }

    #[test]
    fn a_retried_step_counts_its_attempts_and_forgets_their_errors() {
        let mut events = vec![(1, exec(0, "a")), (2, failed(0, 1, Some(at(9))))];
        let retrying = story(&events);
        assert_eq!(retrying.steps[0].status, StepStatus::Retrying);
        assert_eq!(retrying.waiting()[0].kind, WaitKind::Retry);
        assert_eq!(retrying.waiting()[0].deadline, Some(at(9)));
        events.push((9, Event::AttemptStarted { op: OpId(0), attempt: 2, child: None }));
        assert_eq!(story(&events).steps[0].status, StepStatus::Running);
        assert!(story(&events).waiting().is_empty());
        events.push((12, Event::StepSucceeded { op: OpId(0), result: Value::Int(5) }));
        let step = &story(&events).steps[0];
        assert_eq!((step.status, step.attempts, &step.error), (StepStatus::Succeeded, 2, &None));
        assert_eq!((step.started_at, step.finished_at, &step.result), (at(1), Some(at(12)), &Some(Value::Int(5))));
    }

    #[test]
    fn an_else_leaves_the_error_beside_the_result() {
        let events = [
            (1, exec(0, "a")),
            (2, failed(0, 1, None)),
            (2, Event::StepFellBack { op: OpId(0), result: Value::Int(7) }),
        ];
        let step = &story(&events).steps[0];
        assert_eq!((step.status, &step.result), (StepStatus::Succeeded, &Some(Value::Int(7))));
        assert_eq!(step.error.as_ref().map(|error| &*error.kind), Some("exec"));
    }

    #[test]
    fn an_undo_undoes_the_latest_step_of_its_path() {
        let done = |op| Event::StepSucceeded { op: OpId(op), result: Value::Unit };
        let events =
            [(1, exec(0, "x")), (2, done(0)), (3, exec(1, "x")), (4, done(1)), (5, exec(2, "x.undo")), (6, done(2))];
        let story = story(&events);
        let statuses: Vec<&str> = story.steps.iter().map(|step| step.status.word()).collect();
        assert_eq!(statuses, ["succeeded", "undone", "succeeded"]);
        let names: Vec<&str> = story.steps.iter().map(StepTold::name).collect();
        assert_eq!(names, ["x", "x", "x.undo"]);
    }

    #[test]
    fn what_is_waited_for_is_told_until_the_run_ends() {
        let sleep = Event::SleepStarted { op: OpId(2), fiber: FiberId(0), until: at(50) };
        let mut events = vec![
            (1, step(0, "page[2].go", StepTarget::Signal("approve".into()))),
            (1, step(1, "kid", StepTarget::Call("save".into()))),
            (1, sleep),
        ];
        let told = story(&events);
        let kinds: Vec<&str> = told.waiting().iter().map(|wait| wait.kind.word()).collect();
        assert_eq!(kinds, ["signal", "run", "timer"]);
        assert_eq!(told.waiting()[0].name.as_deref(), Some("approve"));
        assert_eq!(told.waiting()[0].deadline, Some(at(101)));
        assert_eq!(told.steps.iter().map(StepTold::name).collect::<Vec<_>>(), ["go", "kid"]);
        assert_eq!(told.steps[1].action(), "call save");
        events.push((2, Event::RunStopped));
        assert_eq!(story(&events).end, Some((at(2), End::Stopped)));
        assert!(story(&events).waiting().is_empty());
    }

    #[test]
    fn messages_that_no_wait_took_are_kept_in_their_order() {
        let message = |name: &str, n| Event::SignalReceived {
            name: name.into(),
            source: "ops".into(),
            delivery: None,
            parameters: Value::Int(n),
        };
        let taken = Event::SignalTaken { op: OpId(0), name: "go".into() };
        let told = story(&[(1, message("go", 1)), (2, message("on", 2)), (3, message("go", 3)), (4, taken)]);
        let untaken: Vec<String> = told.untaken.iter().map(|m| format!("{} {}", m.name, m.parameters)).collect();
        assert_eq!(untaken, ["on 2", "go 3"]);
    }

    #[test]
    fn what_never_began_is_left_out() {
        let events = [(1, Event::StepSucceeded { op: OpId(9), result: Value::Unit }), (2, failed(9, 1, None))];
        assert_eq!(story(&events), Story::default());
    }
}
