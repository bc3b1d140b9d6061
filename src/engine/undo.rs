//! Undos: held as a step ends, with everything they need evaluated while it can be, and performed as steps.

use std::sync::Arc;

use crate::expr::Ambient;
use crate::model::{Event, Failure, FiberId, Length, OpId, RetryPolicy, Slot, StepStart, UndoInput, UndoPlan, Value};
use crate::program::plan::{ExprId, Retry, StepId};

use super::fault::Fault;
use super::limits::MAX_RETRIES;
use super::turn::Turning;

impl Turning<'_> {
    pub(super) fn start_undo_step(&mut self, fiber: FiberId, undo: UndoPlan) -> Result<(), Fault> {
        let op = OpId(self.run.next_op);
        let step = self.plan_step(undo.step)?;
        let (input, unknown) = match undo.input {
            UndoInput::Given(input) => (input, None),
            UndoInput::Failed(failure) => (Value::Unit, Some(failure)),
        };
        let start = StepStart {
            op,
            fiber,
            path: undo.path.clone(),
            step: undo.step,
            target: step.target.clone(),
            input,
            slot: None,
            retry: undo.retry,
            timeout: undo.timeout,
            within: undo.within.map(|length| self.now.plus(length)),
            child: self.child_of(&step.target, op, 1),
            undo: true,
        };
        self.emit(Event::StepStarted(Box::new(start)))?;
        match unknown {
            Some(failure) => self.emit(Event::StepFailed { op, error: Failure { step: Some(undo.path), ..failure } }),
            None => self.ask(op, false),
        }
    }

    pub(super) fn hold(&mut self, fiber: FiberId, undo: Option<Drawn>) -> Result<(), Fault> {
        match undo {
            Some(Drawn { undo, draws }) => {
                self.emit(Event::UndoHeld { fiber, undo })?;
                self.note_draws(fiber, draws)
            }
            None => Ok(()),
        }
    }

    /// The undo of a step that gave `result`, with its arguments and clauses evaluated while they can be.
    pub(super) fn undo_of(&self, op: OpId, result: &Value) -> Result<Option<Drawn>, Fault> {
        let step = self.step_op(op)?;
        let plan = self.plan_step(step.start.step)?;
        let Some(undo) = plan.undo else { return Ok(None) };
        let bound = plan.slot.map(|slot| (slot, result));
        let mut evaluator = UndoEvaluator { turning: self, op, bound, ambient: self.ambient() };
        let undo = evaluator.plan(undo, format!("{}.undo", step.start.path).into())?;
        Ok(Some(Drawn { undo, draws: evaluator.ambient.draws }))
    }
}

/// An undo that is to be held.
pub(super) struct Drawn {
    undo: UndoPlan,
    /// How many random numbers the run has drawn once it was evaluated.
    draws: u64,
}

/// Evaluates what an undo needs as its step ends.
struct UndoEvaluator<'a> {
    turning: &'a Turning<'a>,
    op: OpId,
    bound: Option<(Slot, &'a Value)>,
    ambient: Ambient,
}

impl UndoEvaluator<'_> {
    fn plan(&mut self, id: StepId, path: Arc<str>) -> Result<UndoPlan, Fault> {
        let step = self.turning.plan_step(id.0)?;
        let mut input = Ok(Vec::new());
        for (name, value) in &step.arguments {
            let value = self.value(*value)?;
            input = input.and_then(|mut list: Vec<(Arc<str>, Value)>| {
                list.push((name.clone(), value?));
                Ok(list)
            });
        }
        let retry = match &step.retry {
            Some(retry) => Some(self.retry(retry)?),
            None => None,
        };
        let timeout = step.timeout.map(|id| self.length(id)).transpose()?.flatten();
        let within = step.within.map(|id| self.length(id)).transpose()?.flatten();
        let input =
            input.map(Value::map).and_then(|input| self.turning.fitting(&step.place, "what the undo is given", input));
        Ok(UndoPlan {
            path,
            step: id.0,
            input: input.map_or_else(UndoInput::Failed, UndoInput::Given),
            retry,
            timeout,
            within,
        })
    }

    fn value(&mut self, id: ExprId) -> Result<Result<Value, Failure>, Fault> {
        let view = self.turning.view(self.op, id, None, self.bound)?;
        let value = self.turning.program.evaluate(id, &view, &mut self.ambient);
        let place = &self.turning.program.expr(id).place;
        Ok(value.and_then(|value| self.turning.fitting(place, "the value", value)))
    }

    /// A clause that can't be computed is left out: an undo without its timeout is better than none.
    fn length(&mut self, id: ExprId) -> Result<Option<Length>, Fault> {
        Ok(match self.value(id)? {
            Ok(Value::Length(length)) => Some(length),
            _ => None,
        })
    }

    fn retry(&mut self, retry: &Retry) -> Result<RetryPolicy, Fault> {
        let retries = match self.value(retry.count)? {
            Ok(Value::Int(n)) => n.clamp(0, MAX_RETRIES) as u32,
            _ => 0,
        };
        let (from, to) = match retry.every {
            Some((from, to)) => (self.length(from)?, self.length(to)?),
            None => (None, None),
        };
        let from = from.unwrap_or(RetryPolicy::DEFAULT_FROM);
        Ok(RetryPolicy { retries, from, to: to.unwrap_or(RetryPolicy::DEFAULT_TO) })
    }
}
