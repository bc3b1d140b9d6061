//! What must hold of every history, whatever the program and the world: looked at event by event as they are
//! committed, and wish by wish as they are performed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wayfare::engine::Perform;
use wayfare::model::{Event, FiberId, OpId, RunId, StepTarget, Time, Value};

use super::plan::Plan;

#[derive(Default)]
pub struct Audit {
    runs: BTreeMap<RunId, RunAudit>,
    /// How often each attempt was performed, and how many crashes there had been at its first time.
    performed: BTreeMap<(RunId, OpId, u32), (u32, u32)>,
    /// The steps of the plan that have an undo.
    undoable: BTreeSet<u32>,
}

#[derive(Default)]
struct RunAudit {
    began: Time,
    deadline: Option<Time>,
    ops: BTreeMap<OpId, OpAudit>,
    signals: BTreeMap<String, VecDeque<Value>>,
    taken: Option<(OpId, Value)>,
    paused: bool,
    ended: bool,
    held: u32,
    undone: u32,
    fibers: BTreeMap<FiberId, bool>,
    /// The step whose undo must be held now: nobody knows what an attempt of it did.
    owed: Option<String>,
}

struct OpAudit {
    path: String,
    fiber: FiberId,
    state: State,
    /// When it was begun, or the attempt under way was.
    since: Time,
    attempt: u32,
    retries: u32,
    timeout: Option<Time>,
    within: Option<Time>,
    target: Option<StepTarget>,
    /// Whether it is an effect with an undo.
    is_undoable: bool,
    /// Whether a death cut an attempt off.
    is_unknown: bool,
}

#[derive(PartialEq, Debug)]
enum State {
    UnderWay,
    TimedOut,
    Again(Time),
    Over,
    /// A sleep, until then.
    Until(Time),
    Forked,
}

/// What doesn't hold.
pub type Wrong = String;

macro_rules! hold {
    ($holds:expr, $($why:tt)*) => {
        if !$holds {
            return Err(format!($($why)*));
        }
    };
}

impl Audit {
    pub fn of(plan: &Plan) -> Audit {
        let undoable = plan.steps.iter().zip(0..).filter(|(step, _)| step.undo.is_some()).map(|(_, i)| i).collect();
        Audit { undoable, ..Audit::default() }
    }

    /// Whether the operation is an effect with an undo.
    pub fn is_undoable(&self, run: RunId, op: OpId) -> bool {
        self.runs.get(&run).and_then(|run| run.ops.get(&op)).is_some_and(|op| op.is_undoable)
    }

    /// An event that is on disk now.
    pub fn committed(&mut self, run: RunId, at: Time, event: &Event) -> Result<(), Wrong> {
        let audit = self.runs.entry(run).or_default();
        audit.committed(at, event)?;
        if let Event::StepStarted(start) = event {
            let is_effect = matches!(start.target, StepTarget::Action(_));
            audit.op(start.op)?.is_undoable = is_effect && self.undoable.contains(&start.step);
        }
        audit.owes(event)
    }

    /// An effect that is performed now; `crashes` is how many there have been.
    pub fn performs(&mut self, run: RunId, perform: &Perform, crashes: u32) -> Result<(), Wrong> {
        let path = &perform.path;
        let ops = self.runs.get(&run).map(|run| &run.ops);
        let op = ops.and_then(|ops| ops.get(&perform.op));
        let op = op.ok_or_else(|| format!("{path} is performed before its beginning is on disk"))?;
        hold!(op.state == State::UnderWay, "{path} is performed, but it is {:?}", op.state);
        hold!(op.attempt == perform.attempt, "attempt {} of {path} is performed, not {}", perform.attempt, op.attempt);
        hold!(op.path == **path, "{path} is performed for {}", op.path);
        let key = (run, perform.op, perform.attempt);
        let (times, first) = self.performed.entry(key).or_insert((0, crashes));
        *times += 1;
        hold!(*times <= 1 + crashes - *first, "{path} is performed {times} times over {} crashes", crashes - *first);
        hold!(*times == 1 || perform.resumed, "{path} is performed again and doesn't know it");
        Ok(())
    }

    /// What must hold once nothing happens any more.
    pub fn finish(&self) -> Result<(), Wrong> {
        for (id, run) in &self.runs {
            hold!(run.ended, "run {id} never ends");
        }
        Ok(())
    }
}

impl RunAudit {
    fn committed(&mut self, at: Time, event: &Event) -> Result<(), Wrong> {
        hold!(!self.ended, "something happens after the end: {event:?}");
        let begins = match event {
            Event::StepStarted(_)
            | Event::AttemptStarted { .. }
            | Event::AttemptTimedOut { .. }
            | Event::SleepStarted { .. }
            | Event::SleepEnded { .. }
            | Event::Forked { .. }
            | Event::BranchStarted { .. }
            | Event::BranchEnded { .. }
            | Event::Joined { .. }
            | Event::Logged { .. }
            | Event::Emitted { .. }
            | Event::RunAborted { .. }
            | Event::RunSucceeded { .. }
            | Event::RunFailed { .. }
            | Event::RunStopped
            | Event::AttentionNeeded { .. } => true,
            // A number drawn as an attempt ends is noted also while the run is paused.
            Event::Advanced { statements, .. } => *statements > 0,
            Event::RunStarted(_)
            | Event::AttemptResumed { .. }
            | Event::AttemptFailed { .. }
            | Event::StepSucceeded { .. }
            | Event::StepFellBack { .. }
            | Event::StepFailed { .. }
            | Event::StepStopped { .. }
            | Event::SleepStopped { .. }
            | Event::FiberCancelled { .. }
            | Event::UndoHeld { .. }
            | Event::SignalReceived { .. }
            | Event::SignalTaken { .. }
            | Event::RunPaused
            | Event::RunUnpaused
            | Event::StopRequested => false,
        };
        hold!(!(begins && self.paused), "a paused run goes on: {event:?}");
        self.steps(at, event)?;
        self.others(at, event)
    }

    fn op(&mut self, op: OpId) -> Result<&mut OpAudit, Wrong> {
        self.ops.get_mut(&op).ok_or_else(|| format!("operation {} was never begun", op.0))
    }

    fn begin(&mut self, at: Time, op: OpId, fiber: FiberId, path: &str, state: State) -> Result<&mut OpAudit, Wrong> {
        hold!(op.0 as usize == self.ops.len(), "operation {} is not the next", op.0);
        hold!(
            self.fibers.get(&fiber) == Some(&false),
            "{path} begins in a branch that is {:?}",
            self.fibers.get(&fiber)
        );
        let (timeout, within, target) = (None, None, None);
        let begun = OpAudit {
            path: path.into(),
            fiber,
            state,
            since: at,
            attempt: 1,
            retries: 0,
            timeout,
            within,
            target,
            is_undoable: false,
            is_unknown: false,
        };
        Ok(self.ops.entry(op).or_insert(begun))
    }

    fn steps(&mut self, at: Time, event: &Event) -> Result<(), Wrong> {
        match event {
            Event::StepStarted(start) => {
                self.undone += u32::from(start.undo);
                let op = self.begin(at, start.op, start.fiber, &start.path, State::UnderWay)?;
                op.retries = start.retry.map_or(0, |retry| retry.retries);
                op.timeout = start.timeout.map(|length| at.plus(length));
                op.within = start.within;
                op.target = Some(start.target.clone());
            }
            Event::AttemptStarted { op, attempt, .. } => {
                let op = self.op(*op)?;
                let State::Again(due) = op.state else { return Err(format!("{} had no attempt due", op.path)) };
                hold!(at >= due, "{} is tried again at {at}, before {due}", op.path);
                hold!(*attempt == op.attempt + 1, "attempt {attempt} of {} follows {}", op.path, op.attempt);
                hold!(*attempt <= op.retries + 1, "attempt {attempt} of {} with {} retries", op.path, op.retries);
                hold!(op.within.is_none_or(|end| at < end), "{} is tried again after its `within`", op.path);
                let timeout = op.timeout.map(|end| at.plus(end.since(op.since)));
                (op.state, op.attempt, op.since, op.timeout) = (State::UnderWay, *attempt, at, timeout);
            }
            Event::AttemptResumed { op, attempt } => {
                let op = self.op(*op)?;
                hold!(op.state == State::UnderWay && op.attempt == *attempt, "{} is resumed, but not so", op.path);
                op.is_unknown = true;
            }
            Event::AttemptTimedOut { op, .. } => {
                let op = self.op(*op)?;
                let due = op.timeout.into_iter().chain(op.within).min();
                hold!(due.is_some_and(|due| at >= due), "{} has had its time at {at}, before {due:?}", op.path);
                op.state = State::TimedOut;
            }
            Event::AttemptFailed { op, attempt, retry_at, error, .. } => {
                let op = self.op(*op)?;
                hold!(
                    op.is_under_way() && op.attempt == *attempt,
                    "attempt {attempt} of {} fails: {:?}",
                    op.path,
                    op.state
                );
                let due = op.timeout.into_iter().chain(op.within).min();
                let is_wait = matches!(op.target, Some(StepTarget::Signal(_)));
                hold!(
                    !is_wait || due.is_some_and(|due| at >= due),
                    "{} times out at {at}, before {due:?}: {error}",
                    op.path
                );
                hold!(
                    retry_at.is_none() || op.attempt <= op.retries,
                    "{} is to be tried again beyond its policy",
                    op.path
                );
                op.state = retry_at.map_or(State::UnderWay, State::Again);
            }
            Event::StepSucceeded { op, result } => {
                let taken = self.taken.take();
                let id = *op;
                let op = self.op(id)?;
                hold!(op.is_under_way(), "{} succeeds, but it is {:?}", op.path, op.state);
                op.state = State::Over;
                let is_wait = matches!(op.target, Some(StepTarget::Signal(_)));
                let expected = taken.filter(|(by, _)| *by == id).map(|(_, value)| value);
                hold!(!is_wait || expected.as_ref() == Some(result), "{} gives {result}, took {expected:?}", op.path);
            }
            Event::StepFellBack { op, .. } | Event::StepFailed { op, .. } => {
                let op = self.op(*op)?;
                let too_late = matches!(op.state, State::Again(_)) && op.within.is_some_and(|end| at >= end);
                hold!(op.is_under_way() || too_late, "{} ends, but it is {:?}", op.path, op.state);
                op.state = State::Over;
            }
            Event::StepStopped { op } => {
                let op = self.op(*op)?;
                let live = op.is_under_way() || matches!(op.state, State::Again(_));
                hold!(live, "{} is stopped, but it is {:?}", op.path, op.state);
                op.state = State::Over;
            }
            _ => {}
        }
        Ok(())
    }

    /// The undo is held of a step that ended without a result after nobody knew what an attempt of it did.
    fn owes(&mut self, event: &Event) -> Result<(), Wrong> {
        let owed = self.owed.take().filter(|_| !matches!(event, Event::UndoHeld { .. }));
        hold!(owed.is_none(), "no undo is held of {}", owed.unwrap_or_default());
        if let Event::StepFellBack { op, .. } | Event::StepFailed { op, .. } | Event::StepStopped { op } = event {
            let op = self.op(*op)?;
            self.owed = (op.is_undoable && op.is_unknown).then(|| op.path.clone());
        }
        Ok(())
    }

    fn others(&mut self, at: Time, event: &Event) -> Result<(), Wrong> {
        match event {
            Event::RunStarted(started) => {
                self.began = at;
                self.deadline = started.deadline;
                self.fibers.insert(FiberId(0), false);
            }
            Event::SleepStarted { op, fiber, until } => {
                self.begin(at, *op, *fiber, "a sleep", State::Until(*until))?;
            }
            Event::SleepEnded { op } => {
                let op = self.op(*op)?;
                let State::Until(until) = op.state else { return Err("a sleep ends that is none".into()) };
                hold!(at >= until, "a sleep until {until} ends at {at}");
                op.state = State::Over;
            }
            Event::SleepStopped { op } => self.op(*op)?.state = State::Over,
            Event::Forked { op, fiber, branches, .. } => {
                self.begin(at, *op, *fiber, "a fork", State::Forked)?;
                self.fibers.extend(branches.iter().map(|branch| (branch.fiber, false)));
            }
            Event::BranchStarted { branch, .. } => self.fibers.extend([(branch.fiber, false)]),
            Event::BranchEnded { fiber, .. } => {
                let open = self.ops.values().find(|op| op.fiber == *fiber && op.state != State::Over);
                hold!(open.is_none(), "branch {} ends before {}", fiber.0, open.map_or("", |op| &op.path));
                self.fibers.insert(*fiber, true);
            }
            Event::Joined { op, .. } => self.op(*op)?.state = State::Over,
            Event::UndoHeld { .. } => self.held += 1,
            Event::SignalReceived { name, parameters, .. } => {
                self.signals.entry(name.to_string()).or_default().push_back(parameters.clone());
            }
            Event::SignalTaken { op, name } => {
                let message = self.signals.get_mut(&**name).and_then(VecDeque::pop_front);
                self.taken = Some((*op, message.ok_or(format!("a message of {name} is taken that isn't there"))?));
            }
            Event::RunPaused => self.paused = true,
            Event::RunUnpaused | Event::StopRequested => self.paused = false,
            Event::RunAborted { error } => {
                let due = self.deadline.is_some_and(|deadline| at >= deadline);
                hold!(due || &*error.kind == "limit", "the run is aborted at {at}, before {:?}", self.deadline);
            }
            Event::RunSucceeded { .. } => self.end(false)?,
            Event::RunFailed { .. } | Event::RunStopped => self.end(true)?,
            Event::AttentionNeeded { .. } => self.end(false)?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, undone: bool) -> Result<(), Wrong> {
        self.ended = true;
        let open = self.ops.values().find(|op| op.state != State::Over);
        hold!(open.is_none(), "the run ends before {}", open.map_or("", |op| &op.path));
        hold!(self.undone <= self.held, "{} undos for {} that were held", self.undone, self.held);
        hold!(!undone || self.undone == self.held, "{} of {} undos were performed", self.undone, self.held);
        Ok(())
    }
}

impl OpAudit {
    fn is_under_way(&self) -> bool {
        matches!(self.state, State::UnderWay | State::TimedOut)
    }
}
