//! Folding: what each event makes of a run. The only place where a run changes, live and in recovery alike.

use crate::model::{
    Branch, Change, Completion, Event, Failure, FiberId, ForkKind, Frame, FrameKind, OpId, RunId, Started, StepStart,
    Time, Value,
};

use super::fault::Fault;
use super::limits::MAX_KNOWN_DELIVERIES;
use super::run::{
    Ended, Ending, Fiber, FiberState, Fork, Held, Op, OpKind, Outcome, Run, StepOp, StepState, is_decisive,
};

impl Run {
    /// The run that a `RunStarted` begins. The workflow's body is block `body` of its plan.
    fn begin(id: RunId, at: Time, started: &Started) -> Run {
        let root = Fiber {
            parent: None,
            name: None,
            index: 0,
            path: "".into(),
            pending: "".into(),
            frames: vec![Frame { block: started.body, at: 0, kind: FrameKind::Plain }],
            locals: Default::default(),
            undos: Vec::new(),
            state: FiberState::Ready,
            cancelled: false,
            then: Completion::Normal,
        };
        Run {
            id,
            started: Box::new(started.clone()),
            started_at: at,
            fibers: [(FiberId(0), root)].into(),
            ready: [FiberId(0)].into(),
            ops: Default::default(),
            next_fiber: 1,
            next_op: 0,
            draws: 0,
            stretch: 0,
            stretch_operations: 0,
            size: Default::default(),
            held: 0,
            signals: Default::default(),
            deliveries: Default::default(),
            secrets: Default::default(),
            paused: false,
            ending: None,
            undo_failed: None,
            outcome: None,
        }
    }

    /// The run whose history begins with these events. `at` is the time of each event's record.
    pub fn fold<'a>(id: RunId, events: impl IntoIterator<Item = (Time, &'a Event)>) -> Result<Run, Fault> {
        let mut events = events.into_iter();
        let mut run = match events.next() {
            Some((at, event @ Event::RunStarted(started))) => {
                let mut run = Run::begin(id, at, started);
                run.grow(event);
                run.note_secrets(event);
                run
            }
            _ => return Err(Fault::NoBeginning),
        };
        events.try_for_each(|(at, event)| run.apply(at, event))?;
        Ok(run)
    }

    /// Makes `event`, which happened at `at`, part of the run's past.
    pub fn apply(&mut self, at: Time, event: &Event) -> Result<(), Fault> {
        match event {
            Event::RunStarted(_) => return Err(Fault::SecondBeginning),
            Event::Advanced { fiber, keep, frames, changes, statements, operations, draws, then, decisions: _ } => {
                self.stretch += statements;
                self.stretch_operations += operations;
                self.draws = *draws;
                self.advance_fiber(*fiber, *keep, frames, changes, then)?;
            }
            Event::Logged { .. } | Event::Emitted { .. } => {}
            Event::StepStarted(start) => self.start_step(at, start)?,
            Event::AttemptStarted { op, attempt, child } => self.start_attempt(at, *op, *attempt, *child)?,
            Event::AttemptResumed { op, .. } => self.resume_attempt(at, *op)?,
            Event::AttemptTimedOut { op, .. } => self.step(*op)?.state = StepState::TimedOut,
            Event::AttemptFailed { op, error, retry_at, .. } => {
                let step = self.step(*op)?;
                step.state = retry_at.map_or(StepState::Failing, StepState::Retrying);
                step.unknown |= step.leaves_open(error);
            }
            Event::StepSucceeded { op, result } | Event::StepFellBack { op, result } => {
                self.end_step(*op, Ok(result.clone()))?;
            }
            Event::StepFailed { op, error } => self.end_step(*op, Err(error.clone()))?,
            Event::StepStopped { op } | Event::SleepStopped { op } => self.stop_op(*op)?,
            Event::SleepStarted { op, fiber, until } => {
                self.begin_op(*op, *fiber, OpKind::Sleep { until: *until })?;
            }
            Event::SleepEnded { op } => {
                let (fiber, cancelled) = self.end_op(*op)?;
                fiber.go_on(if cancelled { Completion::Cancel } else { Completion::Normal });
            }
            Event::Forked { op, fiber, kind, total, branches } => {
                self.begin_op(*op, *fiber, OpKind::Fork(Fork::new(*kind, *total)))?;
                branches.iter().try_for_each(|branch| self.begin_branch(*op, branch))?;
            }
            Event::BranchStarted { op, branch } => self.begin_branch(*op, branch)?,
            Event::BranchEnded { fiber, completion } => self.end_branch(*fiber, completion)?,
            Event::Joined { op, completion, changes } => self.join(*op, completion, changes)?,
            Event::FiberCancelled { fiber } => self.cancel_fiber(*fiber)?,
            Event::UndoHeld { fiber, undo } => {
                self.held += 1;
                let held = Held { order: self.held, undo: undo.clone() };
                self.fiber(*fiber)?.undos.push(held);
            }
            Event::SignalReceived { name, parameters, delivery, .. } => {
                self.deliveries.extend(delivery.clone());
                if self.deliveries.len() > MAX_KNOWN_DELIVERIES {
                    self.deliveries.pop_front();
                }
                self.signals.entry(name.clone()).or_default().push_back(parameters.clone());
            }
            Event::SignalTaken { name, .. } => self.take_signal(name)?,
            Event::RunPaused => self.paused = true,
            Event::RunUnpaused => self.paused = false,
            Event::StopRequested => {
                self.paused = false;
                self.ending.get_or_insert(Ending::Stopped);
            }
            Event::RunAborted { error } => {
                // What is left to be done, a `finally`, may take as long as anything.
                self.begin_stretch();
                self.ending.get_or_insert(Ending::Aborted(error.clone()));
            }
            Event::RunSucceeded { output } => self.end(Outcome::Succeeded(output.clone())),
            Event::RunFailed { error } => self.end(Outcome::Failed(error.clone())),
            Event::RunStopped => self.end(Outcome::Stopped),
            Event::AttentionNeeded { error } => self.end(Outcome::NeedsAttention(error.clone())),
        }
        self.grow(event);
        self.note_secrets(event);
        Ok(())
    }

    fn fiber(&mut self, id: FiberId) -> Result<&mut Fiber, Fault> {
        self.fibers.get_mut(&id).ok_or(Fault::NoFiber(id))
    }

    fn step(&mut self, op: OpId) -> Result<&mut StepOp, Fault> {
        match self.ops.get_mut(&op).map(|op| &mut op.kind) {
            Some(OpKind::Step(step)) => Ok(step),
            _ => Err(Fault::NoStep(op)),
        }
    }

    fn advance_fiber(
        &mut self,
        id: FiberId,
        keep: u32,
        frames: &[Frame],
        changes: &[Change],
        then: &Completion,
    ) -> Result<(), Fault> {
        let fiber = self.fiber(id)?;
        fiber.frames.truncate(keep as usize);
        fiber.frames.extend_from_slice(frames);
        fiber.change(changes);
        fiber.then = then.clone();
        Ok(())
    }

    /// Puts a new operation under way and its fiber to waiting for it.
    fn begin_op(&mut self, op: OpId, fiber: FiberId, kind: OpKind) -> Result<(), Fault> {
        if op.0 != self.next_op {
            return Err(Fault::OpOutOfOrder(op));
        }
        self.next_op += 1;
        self.begin_stretch();
        self.fiber(fiber)?.state = FiberState::Blocked(op);
        self.ready.remove(&fiber);
        self.ops.insert(op, Op { fiber, cancelled: false, kind });
        Ok(())
    }

    /// Takes an operation away; its fiber is ready again. Also says whether it was cancelled.
    fn end_op(&mut self, id: OpId) -> Result<(&mut Fiber, bool), Fault> {
        let op = self.ops.remove(&id).ok_or(Fault::NoOp(id))?;
        let fiber = self.fibers.get_mut(&op.fiber).ok_or(Fault::NoFiber(op.fiber))?;
        fiber.state = FiberState::Ready;
        self.ready.insert(op.fiber);
        Ok((fiber, op.cancelled))
    }

    fn start_step(&mut self, at: Time, start: &StepStart) -> Result<(), Fault> {
        let step = StepOp {
            attempt: 1,
            child: start.child,
            state: StepState::InFlight,
            deadline: None,
            unknown: false,
            start: Box::new(start.clone()),
        };
        self.begin_op(start.op, start.fiber, OpKind::Step(step))?;
        self.time_attempt(at, start.op)
    }

    fn start_attempt(&mut self, at: Time, op: OpId, attempt: u32, child: Option<RunId>) -> Result<(), Fault> {
        let step = self.step(op)?;
        step.attempt = attempt;
        step.child = child;
        step.state = StepState::InFlight;
        self.time_attempt(at, op)
    }

    /// Nobody knows what the attempt did before it was cut off; what became of a child is always known.
    fn resume_attempt(&mut self, at: Time, op: OpId) -> Result<(), Fault> {
        let step = self.step(op)?;
        step.unknown |= step.is_effect();
        self.time_attempt(at, op)
    }

    fn begin_stretch(&mut self) {
        self.stretch = 0;
        self.stretch_operations = 0;
    }

    /// An attempt that begins now ends by its own timeout or by that of all attempts, whichever comes first.
    fn time_attempt(&mut self, at: Time, op: OpId) -> Result<(), Fault> {
        let step = self.step(op)?;
        let own = step.start.timeout.map(|length| at.plus(length));
        step.deadline = own.into_iter().chain(step.start.within).min();
        Ok(())
    }

    fn end_step(&mut self, op: OpId, end: Result<Value, Failure>) -> Result<(), Fault> {
        let step = self.step(op)?;
        let (slot, undo) = (step.start.slot, step.start.undo);
        let (fiber, cancelled) = self.end_op(op)?;
        if undo {
            fiber.undos.pop();
            if let Err(error) = end {
                self.undo_failed.get_or_insert(error);
            }
            return Ok(());
        }
        match end {
            Ok(result) => {
                if let Some(slot) = slot {
                    fiber.locals.insert(slot, result);
                }
                fiber.go_on(if cancelled { Completion::Cancel } else { Completion::Normal });
            }
            Err(error) => fiber.go_on(if cancelled { Completion::Cancel } else { Completion::Fail(error) }),
        }
        Ok(())
    }

    fn stop_op(&mut self, op: OpId) -> Result<(), Fault> {
        let (fiber, _) = self.end_op(op)?;
        fiber.go_on(Completion::Cancel);
        Ok(())
    }

    fn begin_branch(&mut self, op: OpId, branch: &Branch) -> Result<(), Fault> {
        if branch.fiber.0 != self.next_fiber {
            return Err(Fault::FiberOutOfOrder(branch.fiber));
        }
        self.next_fiber += 1;
        match self.ops.get_mut(&op).map(|op| &mut op.kind) {
            Some(OpKind::Fork(fork)) => {
                fork.begun += 1;
                fork.live.insert(branch.fiber);
            }
            _ => return Err(Fault::NoOp(op)),
        }
        let mut fiber = Fiber {
            parent: Some(op),
            name: branch.name.clone(),
            index: branch.index,
            path: branch.path.clone(),
            pending: branch.pending.clone(),
            frames: branch.frames.clone(),
            locals: Default::default(),
            undos: Vec::new(),
            state: FiberState::Ready,
            cancelled: false,
            then: Completion::Normal,
        };
        fiber.change(&branch.changes);
        self.fibers.insert(branch.fiber, fiber);
        self.ready.insert(branch.fiber);
        Ok(())
    }

    /// The branch is gone; what the fork needs of it stays.
    fn end_branch(&mut self, id: FiberId, completion: &Completion) -> Result<(), Fault> {
        let fiber = self.fibers.remove(&id).ok_or(Fault::NoFiber(id))?;
        self.ready.remove(&id);
        let parent = fiber.parent.ok_or(Fault::NoFiber(id))?;
        match self.ops.get_mut(&parent).map(|op| &mut op.kind) {
            Some(OpKind::Fork(fork)) => {
                fork.live.remove(&id);
                fork.keep(fiber, completion);
            }
            _ => return Err(Fault::NoOp(parent)),
        }
        Ok(())
    }

    /// All branches have ended; the undos they still held are their parent's now, in the order of all.
    fn join(&mut self, op: OpId, completion: &Completion, changes: &[Change]) -> Result<(), Fault> {
        let ended = match self.ops.get_mut(&op).map(|op| &mut op.kind) {
            Some(OpKind::Fork(fork)) => std::mem::take(&mut fork.ended),
            _ => return Err(Fault::NoOp(op)),
        };
        let mut undos: Vec<Held> = ended.into_values().flat_map(|branch| branch.undos).collect();
        undos.sort_by_key(|held| held.order);
        let (fiber, cancelled) = self.end_op(op)?;
        fiber.undos.extend(undos);
        fiber.change(changes);
        fiber.go_on(if cancelled { Completion::Cancel } else { completion.clone() });
        Ok(())
    }

    fn cancel_fiber(&mut self, id: FiberId) -> Result<(), Fault> {
        let fiber = self.fiber(id)?;
        fiber.cancelled = true;
        if fiber.is_protected() {
            return Ok(());
        }
        match fiber.state {
            FiberState::Ready => fiber.then = Completion::Cancel,
            FiberState::Blocked(op) => self.ops.get_mut(&op).ok_or(Fault::NoOp(op))?.cancelled = true,
        }
        Ok(())
    }

    fn take_signal(&mut self, name: &str) -> Result<(), Fault> {
        let queue = self.signals.get_mut(name).ok_or_else(|| Fault::NoSignal(name.into()))?;
        queue.pop_front().ok_or_else(|| Fault::NoSignal(name.into()))?;
        if queue.is_empty() {
            self.signals.remove(name);
        }
        Ok(())
    }

    /// What ended needs nothing of what it was.
    fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.fibers.clear();
        self.ready.clear();
        self.ops.clear();
    }
}

impl Fork {
    fn new(kind: ForkKind, total: u32) -> Fork {
        Fork { kind, total, begun: 0, live: Default::default(), ended: Default::default(), decided: None }
    }

    /// Keeps what is needed of a branch that has ended. Of most items of a long `for … parallel` that is nothing.
    fn keep(&mut self, fiber: Fiber, completion: &Completion) {
        if self.decided.is_none() && is_decisive(self.kind, completion) {
            self.decided = Some(fiber.index);
        }
        let decides = self.decided == Some(fiber.index);
        let gives = matches!(completion, Completion::Yield(_)) || self.kind == ForkKind::Parallel;
        if decides || gives || !fiber.undos.is_empty() {
            // Only a bare step of a `parallel` is seen afterwards.
            let locals = if self.kind == ForkKind::Parallel { fiber.locals } else { Default::default() };
            let Fiber { name, undos, .. } = fiber;
            self.ended.insert(fiber.index, Ended { name, completion: completion.clone(), locals, undos });
        }
    }
}

impl Fiber {
    /// Goes past the statement that was under way, or leaves its block.
    fn go_on(&mut self, completion: Completion) {
        if completion.is_normal()
            && let Some(frame) = self.frames.last_mut()
        {
            frame.at += 1;
        }
        self.then = completion;
    }

    fn change(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Set(slot, value) => {
                    self.locals.insert(*slot, value.clone());
                }
                Change::Push(slot, values) => self.push(*slot, values),
                Change::Unset(slot) => {
                    self.locals.remove(slot);
                }
            }
        }
    }

    fn push(&mut self, slot: crate::model::Slot, values: &[Value]) {
        let mut list = match self.locals.remove(&slot) {
            Some(Value::List(list)) => list,
            _ => Default::default(),
        };
        std::sync::Arc::make_mut(&mut list).extend_from_slice(values);
        self.locals.insert(slot, Value::List(list));
    }
}
