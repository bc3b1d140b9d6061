//! Cancelling: a fiber is told to leave all its blocks, and what it waits for to end. Nothing is begun or tried again
//! for it, what is in flight is called off and waited for, and what is protected (a `finally`, an undo) runs to its end.

use crate::model::{Event, Failure, FiberId, OpId, StepTarget, Value};

use super::command::Command;
use super::fault::Fault;
use super::run::{FiberState, OpKind, StepState};
use super::turn::Turning;

impl Turning<'_> {
    pub(super) fn stop(&mut self) -> Result<(), Fault> {
        // A parent that comes back says it again: that must not undo a pause that came meanwhile.
        if self.run.is_ending() {
            return Ok(());
        }
        self.emit(Event::StopRequested)?;
        self.cancel(FiberId(0))
    }

    pub(super) fn abort(&mut self, error: Failure) -> Result<(), Fault> {
        self.emit(Event::RunAborted { error })?;
        self.cancel(FiberId(0))
    }

    /// Tells a fiber to leave all its blocks, and what it waits for to end.
    pub(super) fn cancel(&mut self, id: FiberId) -> Result<(), Fault> {
        let fiber = self.run.fibers.get(&id).ok_or(Fault::NoFiber(id))?;
        let (protected, state) = (fiber.is_protected(), fiber.state.clone());
        if fiber.cancelled {
            return Ok(());
        }
        self.emit(Event::FiberCancelled { fiber: id })?;
        match state {
            FiberState::Blocked(op) if !protected => self.cancel_op(op),
            FiberState::Blocked(_) | FiberState::Ready => Ok(()),
        }
    }

    fn cancel_op(&mut self, id: OpId) -> Result<(), Fault> {
        match &self.run.ops.get(&id).ok_or(Fault::NoOp(id))?.kind {
            OpKind::Sleep { .. } => self.emit(Event::SleepStopped { op: id }),
            OpKind::Fork(fork) => {
                let branches: Vec<FiberId> = fork.live.iter().copied().collect();
                branches.into_iter().try_for_each(|branch| self.cancel(branch))
            }
            OpKind::Step(_) => self.cancel_step(id),
        }
    }

    /// Calls off what is under way, for a run that ends without waiting for it.
    pub(super) fn drop_steps(&mut self) -> Result<(), Fault> {
        let steps = self.run.ops.iter().filter(|(_, op)| matches!(op.kind, OpKind::Step(_)));
        let steps: Vec<OpId> = steps.map(|(id, _)| *id).collect();
        steps.into_iter().try_for_each(|op| self.cancel_step(op))
    }

    fn cancel_step(&mut self, op: OpId) -> Result<(), Fault> {
        if let Some(performed) = self.unsend(op) {
            return self.stop_step(op, performed);
        }
        let step = self.step_op(op)?;
        let attempt = step.attempt;
        match (step.state, &step.start.target, step.child) {
            (StepState::Retrying(_), ..) | (StepState::InFlight, StepTarget::Signal(_), _) => self.stop_step(op, false),
            (StepState::InFlight, StepTarget::Call(_), Some(child)) => {
                self.command(Command::StopChild { child });
                Ok(())
            }
            (StepState::InFlight, StepTarget::Action(_), _) => {
                self.command(Command::Cancel { op, attempt });
                Ok(())
            }
            // A run that is only started is soon on disk, and lives on; a child whose time is over was told already.
            (StepState::InFlight, StepTarget::Start(_) | StepTarget::Call(_), _)
            | (StepState::TimedOut | StepState::Failing, ..) => Ok(()),
        }
    }

    /// Takes back the wish for an attempt that was made in this very turn; says whether an earlier process may have
    /// performed it. A child that an earlier process may have begun has to be stopped instead.
    fn unsend(&mut self, op: OpId) -> Option<bool> {
        let at = self.turn.commands.iter().position(|command| match command {
            Command::Perform(perform) => perform.op == op,
            Command::StartChild { op: of, .. } => *of == op && !self.recovered.contains(&op),
            Command::Cancel { .. } | Command::StopChild { .. } => false,
        })?;
        match self.turn.commands.remove(at) {
            Command::Perform(perform) => Some(perform.resumed),
            Command::StartChild { .. } | Command::Cancel { .. } | Command::StopChild { .. } => Some(false),
        }
    }

    /// A cancelled step ends; `unknown` says that its last attempt left open what it did.
    pub(super) fn stop_step(&mut self, op: OpId, unknown: bool) -> Result<(), Fault> {
        let step = self.step_op(op)?;
        let (fiber, unknown) = (step.start.fiber, unknown || step.unknown);
        let undo = if unknown { self.undo_of(op, &Value::Unit)? } else { None };
        self.emit(Event::StepStopped { op })?;
        self.hold(fiber, undo)
    }
}
