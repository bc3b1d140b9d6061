//! Steps: how an attempt begins, how it ends, and what follows from that.

use std::sync::Arc;

use crate::expr::Ambient;
use crate::model::{Event, Failure, FiberId, OpId, RunId, StepStart, StepTarget, Value, written_value};
use crate::program::plan::{ExprId, Step};

use super::command::{Command, Perform};
use super::fault::Fault;
use super::random::{Purpose, number};
use super::retry::Again;
use super::room::{bounded, no_room, shortened};
use super::run::{OpKind, StepOp, StepState};
use super::scope::View;
use super::turn::Turning;
use super::walk::StepDraft;

impl Turning<'_> {
    pub(super) fn step_op(&self, op: OpId) -> Result<&StepOp, Fault> {
        match self.run.ops.get(&op).map(|op| &op.kind) {
            Some(OpKind::Step(step)) => Ok(step),
            _ => Err(Fault::NoStep(op)),
        }
    }

    pub(super) fn plan_step(&self, step: u32) -> Result<&Step, Fault> {
        self.program.plan().steps.get(step as usize).ok_or(Fault::Astray("the plan lacks a step of the history"))
    }

    pub(super) fn start_step(&mut self, fiber: FiberId, draft: StepDraft) -> Result<(), Fault> {
        let op = OpId(self.run.next_op);
        let step = self.plan_step(draft.step.0)?;
        let start = StepStart {
            op,
            fiber,
            path: draft.path.into(),
            step: draft.step.0,
            target: step.target.clone(),
            input: draft.input,
            slot: step.slot,
            retry: draft.retry,
            timeout: draft.timeout,
            within: draft.within.map(|length| self.now.plus(length)),
            child: self.child_of(&step.target, op, 1),
            undo: false,
        };
        self.emit(Event::StepStarted(Box::new(start)))?;
        self.ask(op, false)
    }

    /// The id of the run that an attempt of a `call` or `start` begins.
    pub(super) fn child_of(&self, target: &StepTarget, op: OpId, attempt: u32) -> Option<RunId> {
        match target {
            StepTarget::Action(_) | StepTarget::Signal(_) => None,
            StepTarget::Call(_) | StepTarget::Start(_) => {
                let seed = self.run.started.seed;
                let drawn = number(seed, Purpose::ChildId, op.0, attempt).to_be_bytes();
                let more = number(seed, Purpose::ChildId, op.0, !attempt).to_be_bytes();
                let mut random = [0; 10];
                random[..8].copy_from_slice(&drawn);
                random[8..].copy_from_slice(&more[..2]);
                Some(RunId::from_parts(self.now.unix_ms().max(0).unsigned_abs(), random))
            }
        }
    }

    /// Asks for the attempt that is in flight.
    pub(super) fn ask(&mut self, op: OpId, resumed: bool) -> Result<(), Fault> {
        let step = self.step_op(op)?;
        let start = &step.start;
        let attempt = step.attempt;
        let command = match (&start.target, step.child) {
            (StepTarget::Action(action), _) => Command::Perform(Box::new(Perform {
                op,
                attempt,
                path: start.path.clone(),
                action: action.clone(),
                input: start.input.clone(),
                timeout: start.timeout,
                within: start.within,
                resumed,
            })),
            (StepTarget::Call(workflow) | StepTarget::Start(workflow), Some(child)) => Command::StartChild {
                op,
                attempt,
                child,
                workflow: workflow.clone(),
                input: start.input.clone(),
                seed: number(self.run.started.seed, Purpose::ChildSeed, op.0, attempt),
                wait: matches!(start.target, StepTarget::Call(_)),
            },
            (StepTarget::Call(_) | StepTarget::Start(_), None) => return Err(Fault::NoOp(op)),
            (StepTarget::Signal(name), _) => {
                let name = name.clone();
                return self.take_message(op, &name);
            }
        };
        self.command(command);
        Ok(())
    }

    /// Gives a waiting step the oldest message of its signal, where there is one.
    fn take_message(&mut self, op: OpId, name: &Arc<str>) -> Result<(), Fault> {
        let Some(message) = self.run.signals.get(name).and_then(|queue| queue.front()).cloned() else {
            return Ok(());
        };
        self.emit(Event::SignalTaken { op, name: name.clone() })?;
        self.succeed(op, message)
    }

    pub(super) fn signal(
        &mut self,
        name: Arc<str>,
        source: String,
        delivery: Option<Arc<str>>,
        parameters: Value,
    ) -> Result<(), Fault> {
        let has_room = self.run.has_room(written_value(&parameters));
        self.emit(Event::SignalReceived { name: name.clone(), source, delivery, parameters })?;
        if !has_room && !self.run.is_ending() {
            return self.abort(no_room());
        }
        let waiting = self.run.ops.iter().find(|(_, op)| match &op.kind {
            OpKind::Step(step) => {
                step.start.target == StepTarget::Signal(name.clone()) && step.state == StepState::InFlight
            }
            OpKind::Sleep { .. } | OpKind::Fork(_) => false,
        });
        match waiting.map(|(op, _)| *op) {
            Some(op) => self.take_message(op, &name),
            None => Ok(()),
        }
    }

    pub(super) fn start_attempt(&mut self, op: OpId) -> Result<(), Fault> {
        let step = self.step_op(op)?;
        // A run that was paused, or whose process was away, may come too late for it.
        if step.start.within.is_some_and(|end| end <= self.now) {
            let error = self.located(step, within_over())?;
            return self.fail_step(op, error);
        }
        let attempt = step.attempt + 1;
        let child = self.child_of(&step.start.target, op, attempt);
        self.emit(Event::AttemptStarted { op, attempt, child })?;
        self.ask(op, false)
    }

    /// After a death of the process: asks again for what was in flight.
    pub(super) fn recover(&mut self) -> Result<(), Fault> {
        let under_way: Vec<OpId> =
            self.run.ops.iter().filter(|(_, op)| is_under_way(&op.kind)).map(|(id, _)| *id).collect();
        self.recovered = under_way.clone();
        under_way.into_iter().try_for_each(|op| self.recover_step(op))
    }

    fn recover_step(&mut self, op: OpId) -> Result<(), Fault> {
        let cancelled = self.run.ops.get(&op).is_some_and(|op| op.cancelled);
        let step = self.step_op(op)?;
        let (attempt, child, timed_out) = (step.attempt, step.child, step.state == StepState::TimedOut);
        match (&step.start.target, child) {
            // What it did before it was cut off nobody knows, and it is wanted no more.
            (StepTarget::Action(_), _) if cancelled => self.stop_step(op, true),
            (StepTarget::Action(_), _) => {
                self.emit(Event::AttemptResumed { op, attempt })?;
                self.ask(op, true)
            }
            (StepTarget::Start(_), Some(_)) => self.ask(op, true),
            (StepTarget::Call(_), Some(child)) => {
                self.ask(op, true)?;
                if cancelled || timed_out {
                    self.command(Command::StopChild { child });
                }
                Ok(())
            }
            (StepTarget::Call(_) | StepTarget::Start(_), None) | (StepTarget::Signal(_), _) => Ok(()),
        }
    }

    /// What a host says of an attempt. What it says of one that isn't under way any more changes nothing.
    pub(super) fn attempt_ended(
        &mut self,
        op: OpId,
        attempt: u32,
        outcome: Result<Value, Failure>,
    ) -> Result<(), Fault> {
        let timed_out = match self.step_op(op) {
            Ok(step) if step.attempt == attempt && step.is_under_way() => step.state == StepState::TimedOut,
            _ => return Ok(()),
        };
        match outcome.and_then(bounded).and_then(|result| self.kept(result)).map_err(shortened) {
            // Also of a child that was done before its stop reached it: what it did stands.
            Ok(result) => self.succeed(op, result),
            Err(_) if timed_out => self.fail_attempt(op, time_over(self.step_op(op)?)),
            Err(error) => self.fail_attempt(op, error),
        }
    }

    /// The result, where the run may hold it.
    fn kept(&self, result: Value) -> Result<Value, Failure> {
        if self.run.has_room(written_value(&result)) { Ok(result) } else { Err(no_room()) }
    }

    /// The time of an attempt that the engine times itself is over. A child is given the time to stop, so that
    /// nothing of it goes on beside what follows here.
    pub(super) fn attempt_timed_out(&mut self, op: OpId) -> Result<(), Fault> {
        let step = self.step_op(op)?;
        let (attempt, error) = (step.attempt, time_over(step));
        match step.child {
            None => self.fail_attempt(op, error),
            Some(child) => {
                self.emit(Event::AttemptTimedOut { op, attempt })?;
                self.command(Command::StopChild { child });
                Ok(())
            }
        }
    }

    fn succeed(&mut self, op: OpId, result: Value) -> Result<(), Fault> {
        let undo = self.undo_of(op, &result)?;
        let fiber = self.step_op(op)?.start.fiber;
        self.emit(Event::StepSucceeded { op, result })?;
        self.hold(fiber, undo)
    }

    fn fail_attempt(&mut self, op: OpId, error: Failure) -> Result<(), Fault> {
        let cancelled = self.run.ops.get(&op).is_some_and(|op| op.cancelled);
        if cancelled {
            let unknown = self.step_op(op)?.leaves_open(&error);
            return self.stop_step(op, unknown);
        }
        let step = self.step_op(op)?;
        let (attempt, fiber) = (step.attempt, step.start.fiber);
        let error = self.located(step, error)?;
        let Again { at: retry_at, decision, draws } = self.next_attempt(op, &error)?;
        self.emit(Event::AttemptFailed { op, attempt, error: error.clone(), retry_at, decision })?;
        self.note_draws(fiber, draws)?;
        if retry_at.is_some() { Ok(()) } else { self.fail_step(op, error) }
    }

    /// The error as one of that step and its latest attempt.
    fn located(&self, step: &StepOp, error: Failure) -> Result<Failure, Fault> {
        let place = self.plan_step(step.start.step)?.place.clone();
        let at = error.at.clone().or(Some(place));
        Ok(Failure { step: Some(step.start.path.clone()), attempt: step.attempt, at, ..error })
    }

    pub(super) fn ambient(&self) -> Ambient {
        Ambient { now: self.now, seed: self.run.started.seed, draws: self.run.draws }
    }

    pub(super) fn view<'v>(
        &'v self,
        op: OpId,
        expr: ExprId,
        err: Option<&'v Value>,
        bound: Option<(crate::model::Slot, &'v Value)>,
    ) -> Result<View<'v>, Fault> {
        let fiber = self.run.ops.get(&op).ok_or(Fault::NoOp(op))?.fiber;
        let names = &self.program.expr(expr).names;
        Ok(View { plan: self.program.plan(), run: self.run, fiber, names, overlay: &NO_CHANGES, err, bound })
    }

    /// All attempts failed: `else` gives the result, or the step fails. Where nobody knows what came of an attempt,
    /// the undo is held.
    fn fail_step(&mut self, op: OpId, error: Failure) -> Result<(), Fault> {
        let step = self.step_op(op)?;
        let (fiber, unknown) = (step.start.fiber, step.unknown);
        let result = match self.plan_step(step.start.step)?.otherwise {
            None => Err(error),
            Some(otherwise) => self.fall_back(op, otherwise, error)?,
        };
        let undo = if unknown { self.undo_of(op, &Value::Unit)? } else { None };
        match result {
            Ok(result) => self.emit(Event::StepFellBack { op, result })?,
            Err(error) => self.emit(Event::StepFailed { op, error })?,
        }
        self.hold(fiber, undo)
    }

    /// What `else` gives for the error.
    fn fall_back(&mut self, op: OpId, otherwise: ExprId, error: Failure) -> Result<Result<Value, Failure>, Fault> {
        let err = error.to_value();
        let mut ambient = self.ambient();
        let result = self.program.evaluate(otherwise, &self.view(op, otherwise, Some(&err), None)?, &mut ambient);
        let result = result.and_then(|value| self.fitting(&self.program.expr(otherwise).place, "the value", value));
        let start = &self.step_op(op)?.start;
        let (fiber, undo) = (start.fiber, start.undo);
        self.note_draws(fiber, ambient.draws)?;
        Ok(result.map_err(|failure| match undo {
            // The names that an undo's `else` speaks of may be gone by now; then its own failure says more.
            true => error,
            false => Failure { step: error.step, attempt: error.attempt, ..failure },
        }))
    }

    /// An expression outside of a stretch drew random numbers: they are not drawn again.
    pub(super) fn note_draws(&mut self, fiber: FiberId, draws: u64) -> Result<(), Fault> {
        if draws == self.run.draws {
            return Ok(());
        }
        let state = self.run.fibers.get(&fiber).ok_or(Fault::NoFiber(fiber))?;
        let (keep, then) = (state.frames.len() as u32, state.then.clone());
        self.emit(Event::Advanced {
            fiber,
            keep,
            frames: Vec::new(),
            changes: Vec::new(),
            decisions: Vec::new(),
            statements: 0,
            operations: 0,
            draws,
            then,
        })
    }
}

static NO_CHANGES: std::collections::BTreeMap<crate::model::Slot, super::scope::Cell> =
    std::collections::BTreeMap::new();

fn is_under_way(kind: &OpKind) -> bool {
    match kind {
        OpKind::Step(step) => step.is_under_way(),
        OpKind::Sleep { .. } | OpKind::Fork(_) => false,
    }
}

/// How an attempt fails whose time is over.
fn time_over(step: &StepOp) -> Failure {
    match (step.start.timeout, step.deadline) {
        (Some(length), Some(deadline)) if step.start.within != Some(deadline) => {
            Failure::new("timeout", format!("it was not done within its timeout of {length}"))
        }
        _ => within_over(),
    }
}

fn within_over() -> Failure {
    Failure::new("timeout", "all attempts together were not done in the time of `within`")
}
