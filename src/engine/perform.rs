//! Statements: what each one does to a stretch, or why it ends there.

use crate::model::{Completion, Decision, Failure, Frame, FrameKind, Slot, StepTarget, TryPhase, Value};
use crate::program::plan::{Bind, BlockId, ExprId, For, Statement, StepId};

use super::scope::resolve;
use super::walk::{StepDraft, Stop, Walk};

impl<'a> Walk<'a> {
    pub(super) fn forward(&mut self) -> Option<Stop> {
        let Some(frame) = self.frames.last() else { return self.ended(Completion::Normal) };
        if let FrameKind::Undo { undos, .. } = frame.kind {
            return self.undo(undos);
        }
        self.tally.statements += 1;
        match self.statement() {
            None => {
                self.end_block();
                None
            }
            Some(statement) => self.perform(statement).unwrap_or_else(|failure| {
                self.then = Completion::Fail(failure);
                None
            }),
        }
    }

    /// The undo at the top: performs the latest one, or goes on with what it was done for.
    pub(super) fn undo(&mut self, undos: u32) -> Option<Stop> {
        if self.fiber.undos.len() > undos as usize {
            return Some(Stop::Undo);
        }
        if let Some(Frame { kind: FrameKind::Undo { then, .. }, .. }) = self.pop() {
            // At the end of a fiber nothing is left to be cancelled: it ends as it was to.
            self.then = if self.frames.is_empty() { then } else { self.after_protection(then) };
        }
        None
    }

    pub(super) fn perform(&mut self, statement: &'a Statement) -> Result<Option<Stop>, Failure> {
        match statement {
            Statement::Let { slot, value } => {
                let value = self.evaluate(*value)?;
                self.set(*slot, value);
                self.next();
            }
            Statement::If { arms, otherwise } => self.branch(arms, *otherwise)?,
            Statement::While { condition, body, bind } => {
                self.begin_gathering(bind.as_ref());
                self.while_turn(*condition, *body, 0)?;
            }
            Statement::For(each) => return self.begin_for(each),
            Statement::Try { body, bind, .. } => {
                self.set_bound(bind.as_ref(), Value::Unit);
                let undos = self.fiber.undos.len() as u32;
                self.push(*body, FrameKind::Try { phase: TryPhase::Body, then: Completion::Normal, undos });
            }
            Statement::Fork { kind, branches, .. } => {
                return Ok(Some(Stop::Fork(self.draft_fork(*kind, branches))));
            }
            Statement::Step(id) => return self.begin_step(*id),
            Statement::Sleep(length) => {
                let length = self.length(*length, "the length of `sleep`")?;
                return Ok(Some(Stop::Sleep(self.now.plus(length))));
            }
            Statement::SleepUntil(until) => match self.evaluate(*until)? {
                Value::Time(until) => return Ok(Some(Stop::Sleep(until))),
                other => return Err(self.unfit(*until, "what `sleep until` waits for", "a datetime", &other)),
            },
            Statement::Log(text) => {
                self.log(*text)?;
                self.next();
            }
            Statement::Emit { name, data } => {
                self.emit(*name, *data)?;
                self.next();
            }
            Statement::Fail(what) => {
                let value = self.evaluate(*what).and_then(|value| self.unsealed(*what, value, "a failure"))?;
                let failure = Failure::from_value(&value).unwrap_or_else(|why| Failure::new("type", why));
                return Err(Failure { at: Some(self.place(*what)), ..failure });
            }
            Statement::Return(value) => {
                self.then = Completion::Return(match value {
                    Some(value) => self.evaluate(*value)?,
                    None => Value::Unit,
                });
            }
            Statement::Yield(value) => self.then = Completion::Yield(self.evaluate(*value)?),
            Statement::Break => self.then = Completion::Break,
            Statement::Continue => self.then = Completion::Continue,
        }
        Ok(None)
    }

    pub(super) fn branch(&mut self, arms: &[(ExprId, BlockId)], otherwise: Option<BlockId>) -> Result<(), Failure> {
        for (condition, block) in arms {
            if self.condition(*condition, "if")? {
                self.push(*block, FrameKind::Plain);
                return Ok(());
            }
        }
        match otherwise {
            Some(block) => self.push(block, FrameKind::Plain),
            None => self.next(),
        }
        Ok(())
    }

    pub(super) fn begin_gathering(&mut self, bind: Option<&Bind>) {
        self.set_bound(bind, Value::list(Vec::new()));
    }

    pub(super) fn set_bound(&mut self, bind: Option<&Bind>, value: Value) {
        if let Some(bind) = bind {
            self.set(bind.slot, value);
        }
    }

    pub(super) fn while_turn(&mut self, condition: ExprId, body: BlockId, turn: u64) -> Result<(), Failure> {
        if self.condition(condition, "while")? {
            self.push(body, FrameKind::Loop { turn });
        } else {
            self.next();
        }
        Ok(())
    }

    pub(super) fn begin_for(&mut self, each: &'a For) -> Result<Option<Stop>, Failure> {
        let items = match self.evaluate(each.items)? {
            Value::List(items) => items,
            other => return Err(self.unfit(each.items, "what `for` goes through", "a list", &other)),
        };
        let count = Value::Int(items.len() as i64);
        let place = self.place(each.items);
        self.keep(each.items, Decision::plain(place.line, "for", count));
        self.begin_gathering(each.bind.as_ref());
        if let Some(width) = each.parallel {
            return self.draft_each(each, width, items);
        }
        self.set(each.list, Value::List(items));
        self.for_turn(each, 0)?;
        Ok(None)
    }

    pub(super) fn for_turn(&mut self, each: &For, turn: u64) -> Result<(), Failure> {
        let item = match self.lookup(each.list) {
            Some(Value::List(items)) => items.get(turn as usize).cloned(),
            _ => None,
        };
        let Some(item) = item else {
            self.unset(each.list);
            self.next();
            return Ok(());
        };
        let item = self.weighed(each.items, item)?;
        self.push(each.body, FrameKind::Loop { turn });
        self.set(each.item, item);
        if let Some(index) = each.index {
            self.set(index, Value::Int(turn as i64));
        }
        Ok(())
    }

    pub(super) fn lookup(&self, slot: Slot) -> Option<Value> {
        resolve(self.run, self.id, &self.overlay, slot)
    }

    /// Evaluates a step's arguments and clauses. Where that fails, `else` may give the result instead.
    pub(super) fn begin_step(&mut self, id: StepId) -> Result<Option<Stop>, Failure> {
        let step = &self.plan().steps[id.0 as usize];
        let path = self.path().step(&step.name);
        let failure = match self.draft_step(id, path.clone()) {
            Ok(draft) => return Ok(Some(Stop::Step(draft))),
            Err(failure) => Failure { step: Some(path.into()), ..failure },
        };
        let Some(otherwise) = step.otherwise else { return Err(failure) };
        let value = self.evaluate_over(otherwise, Some(&failure.to_value()))?;
        if let Some(slot) = step.slot {
            self.set(slot, value);
        }
        self.next();
        Ok(None)
    }

    pub(super) fn draft_step(&mut self, id: StepId, path: String) -> Result<StepDraft, Failure> {
        let step = &self.plan().steps[id.0 as usize];
        let mut input = Vec::with_capacity(step.arguments.len());
        for (name, value) in &step.arguments {
            let given = self.evaluate(*value)?;
            let given = match keeps(&step.target) {
                Some(place) => self.unsealed(*value, given, place)?,
                None => given,
            };
            input.push((name.clone(), given));
        }
        let timeout = step.timeout.map(|t| self.length(t, "`timeout`")).transpose()?;
        let within = step.within.map(|t| self.length(t, "`within`")).transpose()?;
        let retry = step.retry.as_ref().map(|retry| self.retry_policy(retry)).transpose()?;
        // Each of them fits; so must all together.
        let input = self.weighed_at(Some(step.place.clone()), "what the step is given", Value::map(input))?;
        Ok(StepDraft { step: id, path, input, retry, timeout, within })
    }
}

/// Where what a step is given is kept as it is, if it is.
fn keeps(target: &StepTarget) -> Option<&'static str> {
    match target {
        StepTarget::Action(name) if name.starts_with("kv.") => Some("what `kv` keeps"),
        StepTarget::Action(name) if &**name == "file.write" => Some("a file"),
        StepTarget::Action(_) | StepTarget::Call(_) | StepTarget::Start(_) | StepTarget::Signal(_) => None,
    }
}
