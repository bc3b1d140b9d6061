//! What holds of every run between two inputs, whatever its history. No part of the machine: it looks at a run and
//! changes nothing.

use crate::model::{Completion, FiberId, FrameKind, OpId, StepTarget, TryPhase};

use super::run::{Fiber, FiberState, Fork, Op, OpKind, Run, StepState};

impl Run {
    /// The first thing about the run that can't be, in words; none of a run that is sound. Costs what is live.
    pub fn unsoundness(&self) -> Option<String> {
        if self.outcome.is_some() {
            let left = !self.fibers.is_empty() || !self.ops.is_empty() || !self.ready.is_empty();
            return left.then(|| "an ended run still has branches or operations".to_string());
        }
        if !self.fibers.contains_key(&FiberId(0)) {
            return Some("the body is gone, but the run goes on".to_string());
        }
        let fibers = self.fibers.iter().find_map(|(id, fiber)| {
            let what = self.unsound_fiber(*id, fiber)?;
            Some(format!("branch {}: {what}", id.0))
        });
        let ops = self.ops.iter().find_map(|(id, op)| {
            let waits = self.fibers.get(&op.fiber).map(|fiber| &fiber.state) == Some(&FiberState::Blocked(*id));
            let what = if waits { self.unsound_op(op)? } else { "nobody waits for it" };
            Some(format!("operation {}: {what}", id.0))
        });
        fibers.or(ops)
    }

    fn unsound_fiber(&self, id: FiberId, fiber: &Fiber) -> Option<&'static str> {
        let is_ready = fiber.state == FiberState::Ready;
        if is_ready != self.ready.contains(&id) {
            return Some("it isn't listed as what it is, ready or not");
        }
        if id.0 >= self.next_fiber {
            return Some("its number was never given");
        }
        let op = match fiber.state {
            FiberState::Blocked(op) => match self.ops.get(&op) {
                Some(op) => Some(op),
                None => return Some("it waits for what isn't under way"),
            },
            FiberState::Ready => None,
        };
        if let Some(parent) = fiber.parent
            && !self.forks(parent).is_some_and(|fork| fork.live.contains(&id))
        {
            return Some("its fork doesn't know it");
        }
        let must_leave = fiber.cancelled && !fiber.is_protected();
        match op {
            Some(op) if must_leave && !op.cancelled => Some("it was cancelled, but not what it waits for"),
            Some(op) if !must_leave && op.cancelled => Some("what it waits for was cancelled, but not it"),
            None if must_leave && fiber.then != Completion::Cancel => Some("it was cancelled and goes on"),
            _ => unsound_undos(fiber),
        }
    }

    fn forks(&self, op: OpId) -> Option<&Fork> {
        match &self.ops.get(&op)?.kind {
            OpKind::Fork(fork) => Some(fork),
            OpKind::Step(_) | OpKind::Sleep { .. } => None,
        }
    }

    fn unsound_op(&self, op: &Op) -> Option<&'static str> {
        match &op.kind {
            OpKind::Sleep { .. } => op.cancelled.then_some("a cancelled sleep goes on"),
            OpKind::Step(step) => {
                let retries = step.start.retry.map_or(0, |policy| policy.retries);
                match (&step.start.target, step.state) {
                    _ if step.attempt > retries.saturating_add(1) => {
                        Some("it has more attempts than its policy allows")
                    }
                    (_, StepState::Failing) => Some("its last attempt failed, but it goes on"),
                    (_, StepState::Retrying(_)) => {
                        op.cancelled.then_some("it is cancelled and waits for another attempt")
                    }
                    (StepTarget::Signal(name), StepState::InFlight) if self.signals.contains_key(name) => {
                        Some("it waits for a message that has come")
                    }
                    (_, StepState::InFlight | StepState::TimedOut) => None,
                }
            }
            OpKind::Fork(fork) if fork.live.is_empty() => Some("all branches have ended, but it goes on"),
            OpKind::Fork(fork) if fork.begun > fork.total => Some("it has more branches than it was to have"),
            OpKind::Fork(fork) => {
                let told = |id: &FiberId| self.fibers.get(id).is_some_and(|fiber| fiber.cancelled);
                let over = op.cancelled || fork.decided.is_some();
                (over && !fork.live.iter().all(told)).then_some("it is over, but not all its branches were told")
            }
        }
    }
}

/// The counts that the open blocks keep of the undos held before them only grow inwards.
fn unsound_undos(fiber: &Fiber) -> Option<&'static str> {
    let mut least = 0;
    for frame in &fiber.frames {
        let held = match &frame.kind {
            FrameKind::Try { undos, phase: TryPhase::Body, .. } | FrameKind::Undo { undos, .. } => *undos,
            FrameKind::Try { .. } | FrameKind::Plain | FrameKind::Loop { .. } => continue,
        };
        if held < least || held as usize > fiber.undos.len() {
            return Some("it holds fewer undos than its blocks know of");
        }
        least = held;
    }
    None
}
