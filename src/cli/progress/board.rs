//! What is going on right now, kept from the events: which steps are under way, and the lines that are worth telling.
//!
//! Pure: no clock, no terminal. Texts in it are as they came; they are made harmless when they are written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Event, Length, OpId, RunId, StepTarget, Time};

/// The longest line of a program that is kept, in characters.
const MAX_SAID_CHARS: usize = 200;

/// The longest message that a line tells, in characters.
const MAX_MESSAGE_CHARS: usize = 300;

/// So many turns of a step that succeed are told each by itself; a view counts the rest.
pub const MAX_TOLD_TURNS: u64 = 3;

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
    /// Whether it is one of many turns of a step that succeed: counted, where there is a view that counts.
    pub folds: bool,
}

impl Line {
    pub fn note(text: &str) -> Line {
        Line { mark: Mark::Note, step: String::new(), text: text.into(), took: None, folds: false }
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
    /// When its waiting ends by itself.
    pub deadline: Option<Time>,
    /// The last line that its program printed.
    pub said: String,
    path: Arc<str>,
    child: Option<RunId>,
    kind: Kind,
}

/// What something under way is to the one who looks on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// It does something.
    Acts,
    /// It waits for a time, a signal or another run.
    Waits,
}

impl Active {
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The run that it called.
    pub fn child(&self) -> Option<RunId> {
        self.child
    }

    pub fn is_waiting(&self) -> bool {
        self.kind == Kind::Waits
    }

    /// What all turns of the same step have in common: `pings[].ping`; none outside of loops.
    pub fn folded(&self) -> Option<String> {
        folded(&self.path)
    }
}

/// How many turns of a step have ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Turns {
    pub done: u64,
    pub failed: u64,
    /// What it is called from outside.
    label: String,
}

/// A path without the numbers of its turns; none where it has none.
fn folded(path: &str) -> Option<String> {
    if !path.contains('[') {
        return None;
    }
    let mut inside = false;
    Some(
        path.chars()
            .filter(|c| {
                inside = (inside || *c == '[') && *c != ']';
                !inside || *c == '['
            })
            .collect(),
    )
}

/// All that is under way.
#[derive(Default, Debug)]
pub struct Board {
    active: BTreeMap<(RunId, OpId), Active>,
    /// What stands before the steps of each run.
    labels: HashMap<RunId, String>,
    /// What has ended of each step that turns.
    turns: BTreeMap<(RunId, String), Turns>,
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

    /// The runs that no step waits for here, the oldest first.
    pub fn roots(&self) -> Vec<RunId> {
        let called: HashSet<RunId> = self.active.values().filter_map(|active| active.child).collect();
        let mut roots: Vec<RunId> =
            self.active.keys().map(|(run, _)| *run).filter(|run| !called.contains(run)).collect();
        roots.dedup();
        roots
    }

    /// What is under way of a run, in the order in which it began.
    pub fn steps_of(&self, run: RunId) -> impl Iterator<Item = &Active> {
        self.active.range((run, OpId(0))..=(run, OpId(u32::MAX))).map(|(_, active)| active)
    }

    /// The steps whose turns are counted and no more told one by one, with what they are called.
    pub fn folded(&self) -> impl DoubleEndedIterator<Item = (&str, &Turns)> {
        self.turns.values().filter(|turns| turns.done > MAX_TOLD_TURNS).map(|turns| (turns.label.as_str(), turns))
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
                Some(Line { mark: Mark::Log, step: self.label(run), text: text.to_string(), took: None, folds: false })
            }
            Event::StepStarted(start) => {
                let action = action(&start.target);
                self.begin(run, start.op, &start.path, action, at);
                let deadline = start.timeout.map(|length| at.plus(length)).into_iter().chain(start.within).min();
                self.change(run, start.op, |active| {
                    active.child = start.child;
                    active.deadline = deadline;
                    active.kind = kind(&start.target);
                });
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
                self.change(run, *op, |active| {
                    active.until = Some(*until);
                    active.kind = Kind::Waits;
                });
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
            deadline: None,
            said: String::new(),
            path: path.clone(),
            child: None,
            kind: Kind::Acts,
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
        Some(Line { mark, step: active.step.clone(), text, took, folds: false })
    }

    /// Counts the end of a turn; true where there are too many to tell each.
    fn count(&mut self, run: RunId, turning: String, mark: Mark) -> bool {
        let label = format!("{}{turning}", self.label(run));
        let turns = self.turns.entry((run, turning)).or_insert_with(|| Turns { label, ..Turns::default() });
        turns.done += 1;
        turns.failed += u64::from(mark == Mark::Failed);
        turns.done > MAX_TOLD_TURNS
    }

    fn end(&mut self, run: RunId, op: OpId, at: Time, mark: Mark, message: &str) -> Option<Line> {
        let active = self.active.remove(&(run, op))?;
        let text = one_line(message);
        let folds = active.folded().is_some_and(|turning| self.count(run, turning, mark) && mark == Mark::Ok);
        Some(Line { mark, step: active.step, text, took: Some(at.since(active.since)), folds })
    }
}

fn kind(target: &StepTarget) -> Kind {
    match target {
        StepTarget::Action(_) | StepTarget::Start(_) => Kind::Acts,
        StepTarget::Call(_) | StepTarget::Signal(_) => Kind::Waits,
    }
}

fn action(target: &StepTarget) -> String {
    match target {
        StepTarget::Action(name) => name.to_string(),
        StepTarget::Call(workflow) => format!("call {workflow}"),
        StepTarget::Start(workflow) => format!("start {workflow}"),
        StepTarget::Signal(name) => format!("wait signal({name})"),
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

/// Events for tests.
#[cfg(test)]
pub(super) mod samples {
    use crate::model::{
        Digest, Event, FiberId, Length, OpId, RunId, Started, StepStart, StepTarget, Time, Trigger, Value,
    };

    pub fn at(ms: i64) -> Time {
        Time::from_unix_ms(ms)
    }

    pub fn run(n: u64) -> RunId {
        RunId::from_parts(n, [0; 10])
    }

    pub fn started(parent: Option<(RunId, OpId)>) -> Event {
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

    pub fn exec(op: u32, path: &str) -> Event {
        step(op, path, StepTarget::Action("exec".into()), None)
    }

    /// A wait for a signal, of so many ms.
    pub fn signal(op: u32, name: &str, ms: i64) -> Event {
        let Event::StepStarted(mut start) = step(op, name, StepTarget::Signal(name.into()), None) else {
            unreachable!("a step was made")
        };
        start.timeout = Some(Length::from_ms(ms));
        Event::StepStarted(start)
    }

    pub fn succeeded(op: u32) -> Event {
        Event::StepSucceeded { op: OpId(op), result: Value::Unit }
    }

    pub fn step(op: u32, path: &str, target: StepTarget, child: Option<RunId>) -> Event {
        Event::StepStarted(Box::new(StepStart {
            op: OpId(op),
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
}

#[cfg(test)]
mod tests {
    use super::samples::{at, exec, run, started, step, succeeded};
    use super::*;
    use crate::model::{Failure, Value};

    const HEALTH: OpId = OpId(0);

    #[test]
    fn a_step_is_told_when_it_ends() {
        let mut board = Board::default();
        assert_eq!(board.take(run(1), at(0), &started(None)), None);
        assert_eq!(board.take(run(1), at(0), &exec(0, "health")), None);
        board.printed(run(1), "health", "50 %\n");
        assert_eq!(board.steps_of(run(1)).map(|a| a.said.as_str()).collect::<Vec<_>>(), ["50 %"]);
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
        assert_eq!(line, Some(Line { mark: Mark::Ok, step: "health".into(), text: String::new(), took, folds: false }));
        assert_eq!(board.roots(), []);
    }

    #[test]
    fn steps_of_a_child_stand_within_the_step_that_called_it() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        board.take(run(1), at(0), &step(0, "saved", StepTarget::Call("save".into()), Some(run(2))));
        assert_eq!(board.open_children(run(1)), [run(2)]);
        board.take(run(2), at(1), &started(Some((run(1), HEALTH))));
        board.take(run(2), at(1), &exec(0, "packed"));
        let error = Failure::new("exec", "no");
        let line = board.take(run(2), at(9), &Event::StepFailed { op: HEALTH, error }).expect("a line");
        assert_eq!((line.mark, line.step.as_str(), line.text.as_str()), (Mark::Failed, "saved › packed", "no"));
    }

    #[test]
    fn turns_are_told_until_there_are_many() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        let told: Vec<bool> = (0..5)
            .map(|n| {
                board.take(run(1), at(0), &exec(n, &format!("page[{n}].put[2]")));
                !board.take(run(1), at(1), &succeeded(n)).expect("a line").folds
            })
            .collect();
        assert_eq!(told, [true, true, true, false, false]);
        board.take(run(1), at(0), &exec(9, "page[9].put[2]"));
        let failed = Event::StepFailed { op: OpId(9), error: Failure::new("exec", "no") };
        assert!(!board.take(run(1), at(1), &failed).expect("a line").folds, "a failure is always told");
        let counted: Vec<_> = board.folded().map(|(step, turns)| (step, turns.done, turns.failed)).collect();
        assert_eq!(counted, [("page[].put[]", 6, 1)]);
    }

    #[test]
    fn lengths_are_short() {
        let shown = |ms| seconds(Length::from_ms(ms));
        assert_eq!([0, 99, 300, 9_999].map(shown), ["0ms", "99ms", "0.3s", "9.9s"]);
        assert_eq!([12_000, 185_000, 7_800_000, 273_600_000].map(shown), ["12s", "3m05s", "2h10m", "3d4h"]);
    }
}
