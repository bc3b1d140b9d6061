//! A turn: one input, the events that follow from it (applied as they are made), and the commands.

use std::sync::Arc;

use crate::model::{Completion, Event, Failure, FiberId, Length, OpId, RunId, Started, Time, Trigger, Value};
use crate::program::Program;
use crate::program::plan::{ExprId, Statement};

use super::command::Command;
use super::fault::Fault;
use super::input::Input;
use super::limits::{MAX_STRETCH, MAX_STRETCH_OPERATIONS};
use super::run::{Ending, Fiber, OpKind, Run, StepState};
use super::tally::Pace;
use super::walk::{Stop, Walk};

/// What came of one input.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Turn {
    /// The facts, applied already; to be stored as one record.
    pub events: Vec<Event>,
    /// To be performed when the facts are on disk.
    pub commands: Vec<Command>,
    /// Whether the run could go on at once: it wants an [`Input::Continue`].
    pub more: bool,
}

/// A run to be started.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    pub id: RunId,
    pub workflow: Arc<str>,
    /// Hash over all texts of the program.
    pub version: crate::model::Digest,
    /// The inputs, admitted.
    pub input: Value,
    pub trigger: Trigger,
    pub parent: Option<(RunId, OpId)>,
    /// How deep below the first run of its chain of calls.
    pub depth: u32,
    pub seed: u64,
    pub allow_net: Vec<String>,
    pub allow_files: Vec<String>,
    pub dir: String,
    pub url: String,
}

/// Begins a run. The turn holds nothing but its beginning, so that the run is known before it does anything.
pub fn start(program: &Program, request: Request, now: Time) -> Result<(Run, Turn), StartError> {
    let plan = program.plan();
    let workflow = plan.workflows.get(&request.workflow).ok_or_else(|| Fault::NoWorkflow(request.workflow.clone()))?;
    let length = |id: Option<ExprId>, clause| id.map(|id| length(program, &request, id, clause, now)).transpose();
    let timeout = length(workflow.timeout, "timeout")?;
    let retention = length(workflow.retention, "retention")?;
    let started = Started {
        workflow: request.workflow,
        plan: program.digest(),
        version: request.version,
        input: request.input,
        trigger: request.trigger,
        parent: request.parent,
        again: None,
        depth: request.depth,
        seed: request.seed,
        deadline: timeout.map(|timeout| now.plus(timeout)),
        retention,
        allow_net: request.allow_net,
        allow_files: request.allow_files,
        body: workflow.body.0,
        dir: request.dir,
        url: request.url,
    };
    let event = Event::RunStarted(Box::new(started));
    let run = Run::fold(request.id, [(now, &event)])?;
    Ok((run, Turn { events: vec![event], commands: Vec::new(), more: true }))
}

/// Why a run can't begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The workflow's `timeout` or `retention` can't be computed from its inputs.
    #[error("{0}")]
    Length(Failure),
}

/// The names that a workflow's `timeout` and `retention` see.
struct Inputs<'a> {
    program: &'a Program,
    input: &'a Value,
}

impl crate::expr::Scope for Inputs<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            "input" => Some(self.input.clone()),
            constant => self.program.plan().constants.get(constant).cloned(),
        }
    }
}

fn length(program: &Program, request: &Request, id: ExprId, clause: &str, now: Time) -> Result<Length, StartError> {
    let mut ambient = crate::expr::Ambient { now, seed: request.seed, draws: 0 };
    let scope = Inputs { program, input: &request.input };
    match program.evaluate(id, &scope, &mut ambient).map_err(StartError::Length)? {
        Value::Length(length) => Ok(length),
        other => {
            let message = format!("the workflow's `{clause}` must be a duration, not {}", other.type_name());
            let at = Some(program.expr(id).place.clone());
            Err(StartError::Length(Failure { at, ..Failure::new("type", message) }))
        }
    }
}

/// Tells `run`, which follows `program`, what the world said at `now`, and gives what comes of it.
///
/// A [`Fault`] means that the run's history and its plan don't belong together; the run must not go on.
pub fn advance(program: &Program, run: &mut Run, input: Input, now: Time) -> Result<Turn, Fault> {
    advance_at(&Pace::default(), program, run, input, now)
}

/// The same, at a pace of the host's own.
pub fn advance_at(pace: &Pace, program: &Program, run: &mut Run, input: Input, now: Time) -> Result<Turn, Fault> {
    let mut turning = Turning::new(program, run, now, *pace);
    if turning.run.outcome.is_none() {
        turning.take(input)?;
        turning.settle()?;
    }
    let turn = turning.turn;
    debug_assert_eq!(run.unsoundness(), None, "a run is sound after each turn");
    Ok(turn)
}

/// The same, but nothing follows from it yet: what happened is recorded, and the run goes on with a later
/// [`Input::Continue`] or [`Input::Recovered`].
pub fn record(program: &Program, run: &mut Run, input: Input, now: Time) -> Result<Turn, Fault> {
    let mut turning = Turning::new(program, run, now, Pace::NONE);
    if turning.run.outcome.is_none() {
        turning.take(input)?;
    }
    Ok(turning.turn)
}

/// A turn in the making.
pub(super) struct Turning<'a> {
    pub program: &'a Program,
    pub run: &'a mut Run,
    pub now: Time,
    pub turn: Turn,
    /// The steps that an earlier process may have performed already, in its own last turn.
    pub recovered: Vec<OpId>,
    pace: Pace,
    /// Where this thread's count of operations stood.
    began: u64,
    /// What was made of the pace: its statements (a timer is one), operations that no expression counts, bytes.
    made: Pace,
}

impl<'a> Turning<'a> {
    fn new(program: &'a Program, run: &'a mut Run, now: Time, pace: Pace) -> Turning<'a> {
        let (turn, recovered) = (Turn::default(), Vec::new());
        Turning { program, run, now, turn, recovered, pace, began: crate::expr::operations(), made: Pace::NONE }
    }
}

impl Turning<'_> {
    /// Whether it is the turn of others.
    fn is_spent(&self) -> bool {
        let operations = crate::expr::operations().wrapping_sub(self.began) + self.made.operations;
        let Pace { statements, bytes, .. } = self.made;
        statements >= self.pace.statements || operations >= self.pace.operations || bytes >= self.pace.bytes
    }

    /// Makes a fact part of the run's past, and of the turn.
    pub(super) fn emit(&mut self, event: Event) -> Result<(), Fault> {
        let before = self.run.brought();
        self.run.apply(self.now, &event)?;
        self.made.bytes += (self.run.brought() - before) as u64;
        self.turn.events.push(event);
        Ok(())
    }

    pub(super) fn command(&mut self, command: Command) {
        self.turn.commands.push(command);
    }

    pub(super) fn statement_of(&self, fiber: &Fiber) -> Option<&Statement> {
        let frame = fiber.frames.last()?;
        self.program.plan().blocks.get(frame.block as usize)?.statements.get(frame.at as usize)
    }

    fn take(&mut self, input: Input) -> Result<(), Fault> {
        match input {
            Input::Due | Input::Continue => self.overdue(),
            Input::Recovered => {
                self.recover()?;
                self.overdue()
            }
            Input::AttemptEnded { op, attempt, outcome } | Input::ChildEnded { op, attempt, outcome } => {
                self.attempt_ended(op, attempt, outcome)
            }
            Input::Signal { name, source, delivery, parameters } => self.signal(name, source, delivery, parameters),
            Input::Pause if !self.run.paused => self.emit(Event::RunPaused),
            Input::Unpause if self.run.paused => self.emit(Event::RunUnpaused),
            Input::Pause | Input::Unpause => Ok(()),
            Input::Stop => self.stop(),
        }
    }

    /// What came due while a stretch was going on: that doesn't wait for its end. Other timers are taken by `settle`.
    fn overdue(&mut self) -> Result<(), Fault> {
        while !self.run.ready.is_empty() && self.run.due().is_some_and(|due| due <= self.now) && !self.is_spent() {
            self.take_timer()?;
        }
        Ok(())
    }

    /// Goes on, one fiber after the other and timer by timer, until nothing can without the world.
    fn settle(&mut self) -> Result<(), Fault> {
        loop {
            if self.run.outcome.is_some() || self.run.paused {
                return Ok(());
            }
            let ready = self.run.ready.first().copied();
            let due = self.run.due().is_some_and(|due| due <= self.now);
            if ready.is_none() && !due {
                return Ok(());
            }
            if self.is_spent() {
                self.turn.more = true;
                return Ok(());
            }
            match ready {
                Some(fiber) => self.walk(fiber)?,
                None => self.take_timer()?,
            }
        }
    }

    fn walk(&mut self, id: FiberId) -> Result<(), Fault> {
        let fiber = self.run.fibers.get(&id).ok_or(Fault::NoFiber(id))?;
        if !fiber.frames.iter().all(|frame| self.program.plan().blocks.len() > frame.block as usize) {
            return Err(Fault::Astray("the plan lacks a block of the history"));
        }
        let mut walk = Walk::new(self.program, self.run, fiber, id, self.now);
        let stop = walk.go(&self.pace);
        self.made.statements += walk.tally.statements.max(1);
        self.made.operations += walk.tally.uncounted();
        self.made.bytes += walk.tally.told;
        let events = walk.into_events();
        events.into_iter().try_for_each(|event| self.emit(event))?;
        match stop {
            Stop::Step(draft) => self.start_step(id, draft),
            Stop::Sleep(until) => {
                let op = OpId(self.run.next_op);
                self.emit(Event::SleepStarted { op, fiber: id, until })
            }
            Stop::Fork(draft) => self.fork(id, draft),
            Stop::Undo => self.start_undo(id),
            Stop::Ended(completion) => self.fiber_ended(id, completion),
            Stop::Slice => self.bound_stretch(id),
        }
    }

    /// A run that goes on for ever without doing anything is ended by a limit.
    fn bound_stretch(&mut self, id: FiberId) -> Result<(), Fault> {
        let message = if self.run.stretch >= MAX_STRETCH {
            format!("{MAX_STRETCH} statements were made without a step (limit `stretch length`)")
        } else if self.run.stretch_operations >= MAX_STRETCH_OPERATIONS {
            format!("{MAX_STRETCH_OPERATIONS} operations were made without a step (limit `stretch operations`)")
        } else {
            return Ok(());
        };
        let at = self.run.fibers.get(&id).and_then(|fiber| self.whereabouts(fiber));
        let error = Failure { at, ..Failure::new("limit", message) };
        if !self.run.is_ending() {
            return self.abort(error);
        }
        // It is a `finally` that does not end: nothing else can be waited for.
        self.drop_steps()?;
        self.emit(Event::RunFailed { error })
    }

    fn fiber_ended(&mut self, id: FiberId, completion: Completion) -> Result<(), Fault> {
        let parent = self.run.fibers.get(&id).ok_or(Fault::NoFiber(id))?.parent;
        match parent {
            Some(op) => self.branch_ended(id, op, completion),
            None => self.run_ended(completion),
        }
    }

    fn run_ended(&mut self, completion: Completion) -> Result<(), Fault> {
        if let Some(error) = self.run.undo_failed.clone() {
            return self.emit(Event::AttentionNeeded { error });
        }
        match (completion, self.run.ending.clone()) {
            (Completion::Fail(error), _) => self.emit(Event::RunFailed { error }),
            (Completion::Cancel, Some(Ending::Aborted(error))) => self.emit(Event::RunFailed { error }),
            (Completion::Cancel, _) => self.emit(Event::RunStopped),
            (Completion::Return(output), _) => self.emit(Event::RunSucceeded { output }),
            (Completion::Normal | Completion::Break | Completion::Continue | Completion::Yield(_), _) => {
                self.emit(Event::RunSucceeded { output: Value::map::<&str>([]) })
            }
        }
    }

    fn take_timer(&mut self) -> Result<(), Fault> {
        self.made.statements += 1;
        let ops = self.run.ops.iter().filter_map(|(id, op)| Some((op.due()?, *id)));
        let earliest = ops.min();
        let deadline = self.run.started.deadline.filter(|_| !self.run.is_ending());
        match (earliest, deadline) {
            (earliest, Some(deadline)) if earliest.is_none_or(|(due, _)| deadline <= due) => {
                let length = deadline.since(self.run.started_at);
                let message = format!("the run was not done within its timeout of {length}");
                self.abort(Failure { at: self.place_of_timeout(), ..Failure::new("timeout", message) })
            }
            (Some((_, op)), _) => self.op_due(op),
            (None, _) => Ok(()),
        }
    }

    fn op_due(&mut self, id: OpId) -> Result<(), Fault> {
        match &self.run.ops.get(&id).ok_or(Fault::NoOp(id))?.kind {
            OpKind::Sleep { .. } => self.emit(Event::SleepEnded { op: id }),
            OpKind::Fork(_) => Ok(()),
            OpKind::Step(step) => match step.state {
                StepState::Retrying(_) => self.start_attempt(id),
                StepState::InFlight => self.attempt_timed_out(id),
                StepState::TimedOut | StepState::Failing => Ok(()),
            },
        }
    }

    /// The latest undo of the fiber, as a step.
    fn start_undo(&mut self, id: FiberId) -> Result<(), Fault> {
        let fiber = self.run.fibers.get(&id).ok_or(Fault::NoFiber(id))?;
        let undo = fiber.undos.last().ok_or(Fault::Astray("there is nothing to undo"))?.undo.clone();
        self.start_undo_step(id, undo)
    }
}
