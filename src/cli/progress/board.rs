//! What is going on right now, kept from the events: which steps are under way, and the lines that are worth telling.
//!
//! Pure: no clock, no terminal. Texts in it are as they came; they are made harmless when they are written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{Event, Length, OpId, RunId, StepTarget, Time};

/// The longest line of a program that is kept, in characters.
const MAX_SAID_CHARS: usize = 200;

/// The longest message that a line tells, in characters.
const MAX_MESSAGE_CHARS: usize = 300;

/// Stands between the step that called a run and the steps of that run.
const WITHIN: &str = " › ";

/// What kind of thing a line tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    Ok,
    FellBack,
    Failed,
    Stopped,
    /// An attempt failed, and another one follows.
    Again,
    /// An attempt that was cut off is made again.
    Resumed,
    Sleep,
    Log,
    Note,
}

/// Something that is told once and stays on the screen.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    pub mark: Mark,
    /// The step, with the steps of the runs around it; empty where it is none.
    pub step: String,
    pub text: String,
    /// How long it took.
    pub took: Option<Length>,
}

impl Line {
    pub fn note(text: &str) -> Line {
        Line { mark: Mark::Note, step: String::new(), text: text.into(), took: None }
    }
}

/// A step or a sleep that is under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Active {
    pub step: String,
    pub action: String,
    pub attempt: u32,
    pub since: Time,
    /// When it goes on: a sleep, or a step between two attempts.
    pub until: Option<Time>,
    /// The last line that its program printed.
    pub said: String,
    path: Arc<str>,
    child: Option<RunId>,
}

impl Active {
    /// Whether it only waits for a run whose own steps are shown.
    pub fn is_parent(&self, board: &Board) -> bool {
        self.child.is_some_and(|child| board.active.range((child, OpId(0))..=(child, OpId(u32::MAX))).next().is_some())
    }
}

/// All that is under way.
#[derive(Default, Debug)]
pub struct Board {
    active: BTreeMap<(RunId, OpId), Active>,
    /// What stands before the steps of each run.
    labels: HashMap<RunId, String>,
}

impl Board {
    /// Puts `label` before the steps of a run.
    pub fn name(&mut self, run: RunId, label: String) {
        self.labels.insert(run, label);
    }

    /// Keeps nothing of a run any more.
    pub fn forget(&mut self, run: RunId) {
        self.active.retain(|(of, _), _| *of != run);
        self.labels.remove(&run);
    }

    /// What is under way, the oldest first.
    pub fn active(&self) -> impl Iterator<Item = (&(RunId, OpId), &Active)> {
        self.active.iter()
    }

    pub fn get(&self, key: &(RunId, OpId)) -> Option<&Active> {
        self.active.get(key)
    }

    /// The runs that steps of `run` wait for.
    pub fn open_children(&self, run: RunId) -> Vec<RunId> {
        self.active.iter().filter(|((of, _), _)| *of == run).filter_map(|(_, active)| active.child).collect()
    }

    /// A program of the step at `path` printed a line.
    pub fn printed(&mut self, run: RunId, path: &str, text: &str) {
        let of_run = self.active.range_mut((run, OpId(0))..=(run, OpId(u32::MAX)));
        if let Some((_, active)) = of_run.into_iter().find(|(_, active)| *active.path == *path) {
            active.said = cut(text.trim_end(), MAX_SAID_CHARS);
        }
    }

    /// Takes an event that is on disk, and gives the line that it is worth.
    pub fn take(&mut self, run: RunId, at: Time, event: &Event) -> Option<Line> {
        match event {
            Event::RunStarted(started) => {
                if let Some((parent, op)) = started.parent
                    && let Some(caller) = self.active.get(&(parent, op))
                {
                    let label = format!("{}{WITHIN}", caller.step);
                    self.labels.insert(run, label);
                }
                None
            }
            Event::Logged { text, .. } => {
                Some(Line { mark: Mark::Log, step: self.label(run), text: text.to_string(), took: None })
            }
            Event::StepStarted(start) => {
                let action = action(&start.target);
                self.begin(run, start.op, &start.path, action, at);
                self.change(run, start.op, |active| active.child = start.child);
                None
            }
            Event::AttemptStarted { op, attempt, child } => {
                self.change(run, *op, |active| {
                    active.attempt = *attempt;
                    active.until = None;
                    active.child = *child;
                });
                None
            }
            Event::AttemptResumed { op, .. } => self.line_of(run, *op, Mark::Resumed, String::new(), None),
            Event::AttemptFailed { op, attempt, error, retry_at: Some(again), .. } => {
                self.change(run, *op, |active| active.until = Some(*again));
                let wait = seconds(again.since(at));
                let text = format!("attempt {attempt} failed: {}; again in {wait}", one_line(&error.message));
                self.line_of(run, *op, Mark::Again, text, None)
            }
            Event::StepSucceeded { op, .. } => self.end(run, *op, at, Mark::Ok, ""),
            Event::StepFellBack { op, .. } => self.end(run, *op, at, Mark::FellBack, ""),
            Event::StepFailed { op, error } => self.end(run, *op, at, Mark::Failed, &error.message),
            Event::StepStopped { op } => self.end(run, *op, at, Mark::Stopped, ""),
            Event::SleepStarted { op, until, .. } => {
                self.begin(run, *op, &"sleep".into(), String::new(), at);
                self.change(run, *op, |active| active.until = Some(*until));
                self.line_of(run, *op, Mark::Sleep, format!("until {until}"), None)
            }
            Event::SleepEnded { op } | Event::SleepStopped { op } => {
                self.active.remove(&(run, *op));
                None
            }
            Event::RunSucceeded { .. }
            | Event::RunFailed { .. }
            | Event::RunStopped
            | Event::AttentionNeeded { .. } => {
                self.forget(run);
                None
            }
            Event::AttemptFailed { retry_at: None, .. }
            | Event::AttemptTimedOut { .. }
            | Event::Advanced { .. }
            | Event::Emitted { .. }
            | Event::Forked { .. }
            | Event::BranchStarted { .. }
            | Event::BranchEnded { .. }
            | Event::Joined { .. }
            | Event::FiberCancelled { .. }
            | Event::UndoHeld { .. }
            | Event::SignalReceived { .. }
            | Event::SignalTaken { .. }
            | Event::RunPaused
            | Event::RunUnpaused
            | Event::StopRequested
            | Event::RunAborted { .. } => None,
        }
    }

    fn label(&self, run: RunId) -> String {
        self.labels.get(&run).cloned().unwrap_or_default()
    }

    fn begin(&mut self, run: RunId, op: OpId, path: &Arc<str>, action: String, since: Time) {
        let step = format!("{}{path}", self.label(run));
        let active = Active {
            step,
            action,
            attempt: 1,
            since,
            until: None,
            said: String::new(),
            path: path.clone(),
            child: None,
        };
        self.active.insert((run, op), active);
    }

    fn change(&mut self, run: RunId, op: OpId, change: impl FnOnce(&mut Active)) {
        if let Some(active) = self.active.get_mut(&(run, op)) {
            change(active);
        }
    }

    fn line_of(&self, run: RunId, op: OpId, mark: Mark, text: String, took: Option<Length>) -> Option<Line> {
        let active = self.active.get(&(run, op))?;
        Some(Line { mark, step: active.step.clone(), text, took })
    }

    fn end(&mut self, run: RunId, op: OpId, at: Time, mark: Mark, message: &str) -> Option<Line> {
        let active = self.active.remove(&(run, op))?;
        let text = one_line(message);
        Some(Line { mark, step: active.step, text, took: Some(at.since(active.since)) })
    }
}

fn action(target: &StepTarget) -> String {
    match target {
        StepTarget::Action(name) => name.to_string(),
        StepTarget::Call(workflow) => format!("call {workflow}"),
        StepTarget::Start(workflow) => format!("start {workflow}"),
        StepTarget::Signal(name) => format!("signal {name}"),
    }
}

/// The first line of a message, cut.
fn one_line(text: &str) -> String {
    cut(text.lines().next().unwrap_or_default(), MAX_MESSAGE_CHARS)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// A length as people read it beside others: `4ms`, `0.3s`, `12s`, `3m05s`, `2h10m`, `3d4h`.
pub fn seconds(length: Length) -> String {
    let ms = length.ms().max(0);
    let (s, m, h) = (ms / 1_000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..100 => format!("{ms}ms"),
        100..10_000 => format!("{}.{}s", s, ms % 1_000 / 100),
        10_000..60_000 => format!("{s}s"),
        60_000..3_600_000 => format!("{m}m{:02}s", s % 60),
        3_600_000..86_400_000 => format!("{h}h{:02}m", m % 60),
        _ => format!("{}d{}h", h / 24, h % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Failure, FiberId, Started, StepStart, Trigger, Value};

    const HEALTH: OpId = OpId(0);

    fn at(ms: i64) -> Time {
        Time::from_unix_ms(ms)
    }

    fn run(n: u64) -> RunId {
        RunId::from_parts(n, [0; 10])
    }

    fn started(parent: Option<(RunId, OpId)>) -> Event {
        Event::RunStarted(Box::new(Started {
            workflow: "w".into(),
            plan: Digest([0; 32]),
            version: Digest([0; 32]),
            input: Value::Unit,
            trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
            parent,
            depth: 0,
            seed: 0,
            deadline: None,
            retention: None,
            allow_net: vec![],
            again: None,
            allow_files: vec![],
            body: 0,
            dir: String::new(),
            url: String::new(),
        }))
    }

    fn step(path: &str, target: StepTarget, child: Option<RunId>) -> Event {
        Event::StepStarted(Box::new(StepStart {
            op: HEALTH,
            fiber: FiberId(0),
            path: path.into(),
            step: 0,
            target,
            input: Value::Unit,
            slot: None,
            retry: None,
            timeout: None,
            within: None,
            child,
            undo: false,
        }))
    }

    #[test]
    fn a_step_is_told_when_it_ends() {
        let mut board = Board::default();
        assert_eq!(board.take(run(1), at(0), &started(None)), None);
        assert_eq!(board.take(run(1), at(0), &step("health", StepTarget::Action("exec".into()), None)), None);
        board.printed(run(1), "health", "50 %\n");
        assert_eq!(board.active().map(|(_, a)| a.said.as_str()).collect::<Vec<_>>(), ["50 %"]);
        let failed = Event::AttemptFailed {
            op: HEALTH,
            attempt: 1,
            error: Failure::new("exec", "no\nmore"),
            retry_at: Some(at(2_500)),
            decision: None,
        };
        let line = board.take(run(1), at(500), &failed).expect("a line");
        assert_eq!((line.mark, line.text.as_str()), (Mark::Again, "attempt 1 failed: no; again in 2.0s"));
        let line = board.take(run(1), at(3_300), &Event::StepSucceeded { op: HEALTH, result: Value::Unit });
        let took = Some(Length::from_ms(3_300));
        assert_eq!(line, Some(Line { mark: Mark::Ok, step: "health".into(), text: String::new(), took }));
        assert_eq!(board.active().count(), 0);
    }

    #[test]
    fn steps_of_a_child_stand_within_the_step_that_called_it() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        board.take(run(1), at(0), &step("saved", StepTarget::Call("save".into()), Some(run(2))));
        assert_eq!(board.open_children(run(1)), [run(2)]);
        board.take(run(2), at(1), &started(Some((run(1), HEALTH))));
        board.take(run(2), at(1), &step("packed", StepTarget::Action("exec".into()), None));
        let error = Failure::new("exec", "no");
        let line = board.take(run(2), at(9), &Event::StepFailed { op: HEALTH, error }).expect("a line");
        assert_eq!((line.mark, line.step.as_str(), line.text.as_str()), (Mark::Failed, "saved › packed", "no"));
    }

    #[test]
    fn lengths_are_short() {
        let shown = |ms| seconds(Length::from_ms(ms));
        assert_eq!([0, 99, 300, 9_999].map(shown), ["0ms", "99ms", "0.3s", "9.9s"]);
        assert_eq!([12_000, 185_000, 7_800_000, 273_600_000].map(shown), ["12s", "3m05s", "2h10m", "3d4h"]);
    }
}
