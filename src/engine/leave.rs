//! The ends of blocks: by their last statement, or by a completion that leaves them.

use crate::model::{Completion, Failure, ForkKind, Frame, FrameKind, Slot, TryPhase, Value};
use crate::program::plan::{Plan, Statement};

use super::limits::MAX_GATHERED;
use super::run::{OpKind, is_protected};
use super::values::reached;
use super::walk::{Stop, Walk};

impl<'a> Walk<'a> {
    pub(super) fn end_block(&mut self) {
        let Some(frame) = self.pop() else { return };
        match frame.kind {
            FrameKind::Plain => self.next(),
            FrameKind::Loop { turn } => self.next_turn(turn + 1),
            FrameKind::Try { phase, then, .. } => self.end_try_part(phase, then, Completion::Normal),
            FrameKind::Undo { then, .. } => self.then = then,
        }
    }

    pub(super) fn next_turn(&mut self, turn: u64) {
        let result = match self.statement() {
            Some(Statement::While { condition, body, .. }) => self.while_turn(*condition, *body, turn),
            Some(Statement::For(each)) => self.for_turn(each, turn),
            _ => Ok(()),
        };
        if let Err(failure) = result {
            self.then = Completion::Fail(failure);
        }
    }

    /// The uppermost block ends otherwise than by its last statement.
    pub(super) fn unwind(&mut self, completion: Completion) -> Option<Stop> {
        let Some(frame) = self.frames.last() else { return self.ended(completion) };
        if let FrameKind::Undo { .. } = frame.kind {
            // Undoing is never interrupted: what was to come afterwards is.
            return None;
        }
        if let FrameKind::Try { phase: TryPhase::Body, undos, .. } = frame.kind
            && matches!(completion, Completion::Fail(_))
            && self.fiber.undos.len() > undos as usize
        {
            self.push_undo(undos, completion);
            return None;
        }
        let frame = self.pop()?;
        match frame.kind {
            FrameKind::Plain | FrameKind::Undo { .. } => self.then = completion,
            FrameKind::Loop { turn } => self.leave_turn(turn, completion),
            FrameKind::Try { phase, then, undos } => self.leave_try(phase, then, undos, completion),
        }
        None
    }

    pub(super) fn push_undo(&mut self, undos: u32, then: Completion) {
        // An undo frame performs no statement; it stands on the block below it, whose slots stay bound.
        self.frames.push(Frame { block: Plan::EMPTY_BLOCK.0, at: 0, kind: FrameKind::Undo { undos, then } });
    }

    pub(super) fn leave_turn(&mut self, turn: u64, completion: Completion) {
        let (bind, list) = match self.statement() {
            Some(Statement::While { bind, .. }) => (bind.as_ref(), None),
            Some(Statement::For(each)) => (each.bind.as_ref(), Some(each.list)),
            _ => (None, None),
        };
        match (completion, bind) {
            (Completion::Continue, _) => return self.next_turn(turn + 1),
            (Completion::Yield(value), Some(bind)) => match self.gather_one(bind.slot, value) {
                Ok(()) => return self.next_turn(turn + 1),
                Err(failure) => self.then = Completion::Fail(failure),
            },
            (Completion::Break, _) => self.next(),
            (other, _) => self.then = other,
        }
        if let Some(list) = list {
            self.unset(list);
        }
    }

    /// Appends what a turn of a loop yields, where the list may have one more.
    fn gather_one(&mut self, slot: Slot, value: Value) -> Result<(), Failure> {
        if self.gathered(slot) >= MAX_GATHERED {
            let at = self.place_of_statement();
            let message = format!("the list that is gathered has {MAX_GATHERED} items (limit `list size`)");
            return Err(Failure { at, ..Failure::new("limit", message) });
        }
        self.gather(slot, value);
        Ok(())
    }

    pub(super) fn leave_try(&mut self, phase: TryPhase, then: Completion, undos: u32, completion: Completion) {
        if let (TryPhase::Body, Completion::Fail(failure), Some(Statement::Try { catch: Some((slot, block)), .. })) =
            (phase, &completion, self.statement())
        {
            let err = failure.to_value();
            self.push(*block, FrameKind::Try { phase: TryPhase::Catch, then: Completion::Normal, undos });
            if let Some(slot) = slot {
                self.set(*slot, err);
            }
            return;
        }
        self.end_try_part(phase, then, completion);
    }

    /// A part of a `try` ended so. `then` is how the parts before `finally` did.
    pub(super) fn end_try_part(&mut self, phase: TryPhase, then: Completion, completion: Completion) {
        let Some(Statement::Try { finally, bind, .. }) = self.statement() else { return };
        let completion = match (phase, completion) {
            (TryPhase::Finally, Completion::Normal) => then,
            (_, Completion::Yield(value)) if bind.is_some() => {
                self.set_bound(bind.as_ref(), value);
                Completion::Normal
            }
            (_, completion) => completion,
        };
        let completion = match phase {
            TryPhase::Body | TryPhase::Catch => completion,
            TryPhase::Finally => self.after_protection(completion),
        };
        match (phase, finally) {
            (TryPhase::Body | TryPhase::Catch, Some(block)) => {
                self.push(*block, FrameKind::Try { phase: TryPhase::Finally, then: completion, undos: 0 });
            }
            _ if completion.is_normal() => self.next(),
            _ => self.then = completion,
        }
    }

    /// How a fiber goes on after a `finally` or an undo: a cancellation that came meanwhile takes effect now,
    /// whatever else was to come.
    pub(super) fn after_protection(&self, completion: Completion) -> Completion {
        let cancelled = self.fiber.cancelled && !is_protected(&self.frames);
        if cancelled { Completion::Cancel } else { completion }
    }

    /// The fiber has left its last block. A workflow computes its outputs then, and what fails is undone first.
    pub(super) fn ended(&mut self, completion: Completion) -> Option<Stop> {
        let completion = match completion {
            Completion::Normal | Completion::Return(_) if self.fiber.parent.is_none() => self.outputs(completion),
            other => other,
        };
        if !self.fiber.undos.is_empty() && self.undoes_itself(&completion) {
            self.push_undo(0, completion);
            return None;
        }
        Some(Stop::Ended(completion))
    }

    /// A workflow's body undoes what it did when it fails or is stopped, and a branch when its race was won by
    /// another. Any other branch hands its undos on: also where a race has no winner but fails as a whole, or was
    /// ended by a `return`, with which the run succeeds and keeps all effects.
    pub(super) fn undoes_itself(&self, completion: &Completion) -> bool {
        match (self.fiber.parent, completion) {
            (None, Completion::Fail(_) | Completion::Cancel) => true,
            (Some(op), Completion::Cancel) => match self.run.ops.get(&op).map(|op| &op.kind) {
                Some(OpKind::Fork(fork)) if fork.kind == ForkKind::Race => {
                    fork.decision().is_some_and(|winner| is_won_by(&winner.completion))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The outputs of the workflow, as what its body returns.
    pub(super) fn outputs(&mut self, completion: Completion) -> Completion {
        let Some(workflow) = self.plan().workflows.get(&self.run.started.workflow) else { return completion };
        let mut outputs = Vec::new();
        for output in &workflow.outputs {
            let value = match (&completion, output.value) {
                // A `return` without a value leaves out all outputs: what their values read may not be bound there.
                (Completion::Return(value), _) => Ok(value.get(&output.name).cloned().unwrap_or_default()),
                (_, Some(value)) => self.evaluate(value),
                (_, None) => Ok(Value::Unit),
            };
            let admitted = value.and_then(|value| {
                if let Some(name) = value.secret() {
                    let at = output.value.map(|id| self.place(id));
                    return Err(Failure { at, ..reached(name, &format!("the output `{}`", output.name)) });
                }
                output.ty.admit(&value).map_err(|mismatch| {
                    let at = output.value.map(|id| self.place(id));
                    Failure { at, ..Failure::new("type", format!("output `{}`: {mismatch}", output.name)) }
                })
            });
            match admitted {
                Ok(value) => outputs.push((output.name.clone(), value)),
                Err(failure) => return Completion::Fail(failure),
            }
        }
        // Each of them fits; so must all together.
        let outputs = Value::map(outputs);
        let at = workflow.outputs.iter().find_map(|output| output.value).map(|id| self.place(id));
        match self.weighed_at(at, "what the workflow gives", outputs) {
            Ok(outputs) => Completion::Return(outputs),
            Err(failure) => Completion::Fail(failure),
        }
    }
}

/// Whether a branch that ends so has won its race, so that the others have lost it.
fn is_won_by(completion: &Completion) -> bool {
    match completion {
        Completion::Normal | Completion::Yield(_) | Completion::Break | Completion::Continue => true,
        Completion::Return(_) | Completion::Fail(_) | Completion::Cancel => false,
    }
}
