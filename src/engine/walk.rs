//! A stretch of pure statements of one fiber. It is walked on the side: the run is only read, and what comes of it
//! is an `Advanced` event that the turn applies.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::{Ambient, Evaluated};
use crate::model::{
    Change, Completion, Decision, Event, Failure, FiberId, ForkKind, Frame, FrameKind, Length, Place, RetryPolicy,
    Slot, Time, TryPhase, Value,
};
use crate::program::Program;
use crate::program::plan::{Bind, BlockId, ExprId, For, Plan, Statement, StepId};

use super::fork::ForkDraft;
use super::limits::{KEPT_DECISIONS, MAX_DECISION_VALUE_BYTES, SLICE_STATEMENTS};
use super::path::PathSoFar;
use super::run::{Fiber, OpKind, Run};
use super::scope::{Cell, View, resolve};

/// Where a stretch ends.
pub(super) enum Stop {
    Step(StepDraft),
    Sleep(Time),
    Fork(ForkDraft),
    /// The latest undo of the fiber is to be performed.
    Undo,
    /// The fiber has left its last block.
    Ended(Completion),
    /// Others want their turn.
    Slice,
}

/// A step whose arguments and clauses are evaluated.
pub(super) struct StepDraft {
    pub step: StepId,
    pub path: String,
    pub input: Value,
    pub retry: Option<RetryPolicy>,
    pub timeout: Option<Length>,
    pub within: Option<Length>,
}

pub(super) struct Walk<'a> {
    pub program: &'a Program,
    pub run: &'a Run,
    pub now: Time,
    pub id: FiberId,
    fiber: &'a Fiber,
    frames: Vec<Frame>,
    /// How many frames from the bottom are as they were.
    kept: usize,
    then: Completion,
    overlay: BTreeMap<Slot, Cell>,
    ambient: Ambient,
    decisions: Decisions,
    logs: Vec<(Arc<str>, u32)>,
    statements: u64,
}

impl<'a> Walk<'a> {
    pub fn new(program: &'a Program, run: &'a Run, fiber: &'a Fiber, id: FiberId, now: Time) -> Walk<'a> {
        Walk {
            program,
            run,
            now,
            id,
            fiber,
            frames: fiber.frames.clone(),
            kept: fiber.frames.len(),
            then: fiber.then.clone(),
            overlay: BTreeMap::new(),
            ambient: Ambient { now, seed: run.started.seed, draws: run.draws },
            decisions: Decisions::default(),
            logs: Vec::new(),
            statements: 0,
        }
    }

    pub(super) fn plan(&self) -> &'a Plan {
        self.program.plan()
    }

    /// Goes on until something has to happen outside.
    pub fn go(&mut self) -> Stop {
        loop {
            let stop = match std::mem::take(&mut self.then) {
                Completion::Normal => self.forward(),
                other => self.unwind(other),
            };
            if let Some(stop) = stop {
                return stop;
            }
            if self.statements >= SLICE_STATEMENTS {
                return Stop::Slice;
            }
        }
    }

    /// How many statements were made.
    pub fn made(&self) -> u64 {
        self.statements
    }

    /// The events of the stretch: what was logged, then where the fiber stands now. None where nothing changed.
    pub fn into_events(self) -> Vec<Event> {
        let fiber = self.id;
        let logged = self.logs.into_iter().map(|(text, line)| Event::Logged { fiber, text, line });
        let mut events: Vec<Event> = logged.collect();
        let frames = self.frames[self.kept.min(self.frames.len())..].to_vec();
        let still = frames.is_empty() && self.kept == self.fiber.frames.len() && self.then == self.fiber.then;
        let changes = changes(self.overlay);
        let decisions = self.decisions.list;
        if still && changes.is_empty() && decisions.is_empty() && self.ambient.draws == self.run.draws {
            return events;
        }
        events.push(Event::Advanced {
            fiber,
            keep: self.kept as u32,
            frames,
            changes,
            decisions,
            statements: self.statements,
            draws: self.ambient.draws,
            then: self.then,
        });
        events
    }

    // ---- frames

    fn push(&mut self, block: BlockId, kind: FrameKind) {
        self.frames.push(Frame { block: block.0, at: 0, kind });
    }

    /// Leaves the uppermost block: the names bound in it are bound no more.
    fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        self.kept = self.kept.min(self.frames.len());
        self.forget(&frame);
        Some(frame)
    }

    fn forget(&mut self, frame: &Frame) {
        let plan = self.plan();
        for slot in &plan.blocks[frame.block as usize].slots {
            self.unset(*slot);
        }
    }

    fn top(&mut self) -> Option<&mut Frame> {
        self.kept = self.kept.min(self.frames.len().saturating_sub(1));
        self.frames.last_mut()
    }

    pub(super) fn next(&mut self) {
        if let Some(frame) = self.top() {
            frame.at += 1;
        }
    }

    fn statement(&self) -> Option<&'a Statement> {
        let frame = self.frames.last()?;
        self.plan().blocks[frame.block as usize].statements.get(frame.at as usize)
    }

    // ---- slots

    pub(super) fn set(&mut self, slot: Slot, value: Value) {
        self.overlay.insert(slot, Cell::Set(value));
    }

    fn unset(&mut self, slot: Slot) {
        if self.fiber.locals.contains_key(&slot) {
            self.overlay.insert(slot, Cell::Unset);
        } else {
            self.overlay.remove(&slot);
        }
    }

    /// Appends to a list that is being gathered.
    fn gather(&mut self, slot: Slot, value: Value) {
        match self.overlay.get_mut(&slot) {
            Some(Cell::Set(Value::List(list))) => Arc::make_mut(list).push(value),
            Some(Cell::Pushed(list)) => list.push(value),
            Some(Cell::Set(_) | Cell::Unset) | None => {
                self.overlay.insert(slot, Cell::Pushed(vec![value]));
            }
        }
    }

    // ---- expressions

    fn view<'v>(&'v self, id: ExprId, err: Option<&'v Value>) -> View<'v> {
        View {
            plan: self.plan(),
            run: self.run,
            fiber: self.id,
            names: &self.program.expr(id).names,
            overlay: &self.overlay,
            err,
            bound: None,
        }
    }

    pub(super) fn evaluate(&mut self, id: ExprId) -> Result<Value, Failure> {
        self.evaluate_over(id, None)
    }

    fn evaluate_over(&mut self, id: ExprId, err: Option<&Value>) -> Result<Value, Failure> {
        let mut ambient = self.ambient;
        let result = self.program.evaluate(id, &self.view(id, err), &mut ambient);
        self.ambient = ambient;
        result
    }

    /// The value of an expression that decides the way, kept with what it was computed from.
    fn decide(&mut self, id: ExprId, what: &'static str) -> Result<Value, Failure> {
        let mut ambient = self.ambient;
        let traced = self.program.trace(id, &self.view(id, None), &mut ambient);
        self.ambient = ambient;
        let traced = traced?;
        let value = traced.value.clone();
        self.decisions.keep(id, decision(self.program, id, what, traced));
        Ok(value)
    }

    fn condition(&mut self, id: ExprId, what: &'static str) -> Result<bool, Failure> {
        match self.decide(id, what)? {
            Value::Bool(holds) => Ok(holds),
            other => Err(self.unfit(id, &format!("the condition of `{what}`"), "true or false", &other)),
        }
    }

    pub(super) fn length(&mut self, id: ExprId, what: &str) -> Result<Length, Failure> {
        match self.evaluate(id)? {
            Value::Length(length) => Ok(length),
            other => Err(self.unfit(id, what, "a duration", &other)),
        }
    }

    pub(super) fn whole_number(&mut self, id: ExprId, what: &str, least: i64, most: i64) -> Result<i64, Failure> {
        match self.evaluate(id)? {
            Value::Int(n) if n > most => {
                let message = format!("{what} is {n}; the limit `{}` is {most}", limit_name(what));
                Err(Failure { at: Some(self.place(id)), ..Failure::new("limit", message) })
            }
            Value::Int(n) if n >= least => Ok(n),
            other => Err(self.unfit(id, what, &format!("a whole number of at least {least}"), &other)),
        }
    }

    fn unfit(&self, id: ExprId, what: &str, expected: &str, found: &Value) -> Failure {
        let message = format!("{what} must be {expected}, not {} `{}`", found.type_name(), short(found));
        Failure { at: Some(self.place(id)), ..Failure::new("type", message) }
    }

    pub(super) fn place(&self, id: ExprId) -> Place {
        self.program.expr(id).place.clone()
    }

    pub(super) fn path(&self) -> PathSoFar {
        PathSoFar::new(&self.fiber.path, &self.fiber.pending).of(self.plan(), &self.frames)
    }

    // ---- forward

    fn forward(&mut self) -> Option<Stop> {
        let Some(frame) = self.frames.last() else { return self.ended(Completion::Normal) };
        if let FrameKind::Undo { undos, .. } = frame.kind {
            return self.undo(undos);
        }
        self.statements += 1;
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
    fn undo(&mut self, undos: u32) -> Option<Stop> {
        if self.fiber.undos.len() > undos as usize {
            return Some(Stop::Undo);
        }
        if let Some(Frame { kind: FrameKind::Undo { then, .. }, .. }) = self.pop() {
            self.then = then;
        }
        None
    }

    fn perform(&mut self, statement: &'a Statement) -> Result<Option<Stop>, Failure> {
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
                let line = self.place(*text).line;
                let text = match self.evaluate(*text)? {
                    Value::Text(text) => text,
                    other => other.to_string().into(),
                };
                self.logs.push((text, line));
                self.next();
            }
            Statement::Fail(what) => {
                let value = self.evaluate(*what)?;
                let at = Some(self.place(*what));
                return Err(Failure { at, ..Failure::from_value(&value) });
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

    fn branch(&mut self, arms: &[(ExprId, BlockId)], otherwise: Option<BlockId>) -> Result<(), Failure> {
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

    fn begin_gathering(&mut self, bind: Option<&Bind>) {
        self.set_bound(bind, Value::list(Vec::new()));
    }

    fn set_bound(&mut self, bind: Option<&Bind>, value: Value) {
        if let Some(bind) = bind {
            self.set(bind.slot, value);
        }
    }

    fn while_turn(&mut self, condition: ExprId, body: BlockId, turn: u64) -> Result<(), Failure> {
        if self.condition(condition, "while")? {
            self.push(body, FrameKind::Loop { turn });
        } else {
            self.next();
        }
        Ok(())
    }

    fn begin_for(&mut self, each: &'a For) -> Result<Option<Stop>, Failure> {
        let items = match self.evaluate(each.items)? {
            Value::List(items) => items,
            other => return Err(self.unfit(each.items, "what `for` goes through", "a list", &other)),
        };
        let count = Value::Int(items.len() as i64);
        let place = self.place(each.items);
        self.decisions.keep(each.items, Decision::plain(place.line, "for", count));
        self.begin_gathering(each.bind.as_ref());
        if let Some(width) = each.parallel {
            return self.draft_each(each, width, items);
        }
        self.set(each.list, Value::List(items));
        self.for_turn(each, 0);
        Ok(None)
    }

    fn for_turn(&mut self, each: &For, turn: u64) {
        let item = match self.lookup(each.list) {
            Some(Value::List(items)) => items.get(turn as usize).cloned(),
            _ => None,
        };
        let Some(item) = item else {
            self.unset(each.list);
            self.next();
            return;
        };
        self.push(each.body, FrameKind::Loop { turn });
        self.set(each.item, item);
        if let Some(index) = each.index {
            self.set(index, Value::Int(turn as i64));
        }
    }

    pub(super) fn lookup(&self, slot: Slot) -> Option<Value> {
        resolve(self.run, self.id, &self.overlay, slot)
    }

    // ---- steps

    /// Evaluates a step's arguments and clauses. Where that fails, `else` may give the result instead.
    fn begin_step(&mut self, id: StepId) -> Result<Option<Stop>, Failure> {
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

    fn draft_step(&mut self, id: StepId, path: String) -> Result<StepDraft, Failure> {
        let step = &self.plan().steps[id.0 as usize];
        let mut input = Vec::with_capacity(step.arguments.len());
        for (name, value) in &step.arguments {
            input.push((name.clone(), self.evaluate(*value)?));
        }
        let timeout = step.timeout.map(|t| self.length(t, "`timeout`")).transpose()?;
        let within = step.within.map(|t| self.length(t, "`within`")).transpose()?;
        let retry = step.retry.as_ref().map(|retry| self.retry_policy(retry)).transpose()?;
        Ok(StepDraft { step: id, path, input: Value::map(input), retry, timeout, within })
    }

    // ---- the ends of blocks

    fn end_block(&mut self) {
        let Some(frame) = self.pop() else { return };
        match frame.kind {
            FrameKind::Plain => self.next(),
            FrameKind::Loop { turn } => self.next_turn(turn + 1),
            FrameKind::Try { phase, then, .. } => self.end_try_part(phase, then, Completion::Normal),
            FrameKind::Undo { then, .. } => self.then = then,
        }
    }

    fn next_turn(&mut self, turn: u64) {
        let result = match self.statement() {
            Some(Statement::While { condition, body, .. }) => self.while_turn(*condition, *body, turn),
            Some(Statement::For(each)) => {
                self.for_turn(each, turn);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(failure) = result {
            self.then = Completion::Fail(failure);
        }
    }

    /// The uppermost block ends otherwise than by its last statement.
    fn unwind(&mut self, completion: Completion) -> Option<Stop> {
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
        let Some(frame) = self.pop() else { return None };
        match frame.kind {
            FrameKind::Plain | FrameKind::Undo { .. } => self.then = completion,
            FrameKind::Loop { turn } => self.leave_turn(turn, completion),
            FrameKind::Try { phase, then, undos } => self.leave_try(phase, then, undos, completion),
        }
        None
    }

    fn push_undo(&mut self, undos: u32, then: Completion) {
        // An undo frame performs no statement; it stands on the block below it, whose slots stay bound.
        self.frames.push(Frame { block: Plan::EMPTY_BLOCK.0, at: 0, kind: FrameKind::Undo { undos, then } });
    }

    fn leave_turn(&mut self, turn: u64, completion: Completion) {
        let (bind, list) = match self.statement() {
            Some(Statement::While { bind, .. }) => (bind.as_ref(), None),
            Some(Statement::For(each)) => (each.bind.as_ref(), Some(each.list)),
            _ => (None, None),
        };
        match (completion, bind) {
            (Completion::Continue, _) => return self.next_turn(turn + 1),
            (Completion::Yield(value), Some(bind)) => {
                self.gather(bind.slot, value);
                return self.next_turn(turn + 1);
            }
            (Completion::Break, _) => self.next(),
            (other, _) => self.then = other,
        }
        if let Some(list) = list {
            self.unset(list);
        }
    }

    fn leave_try(&mut self, phase: TryPhase, then: Completion, undos: u32, completion: Completion) {
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
    fn end_try_part(&mut self, phase: TryPhase, then: Completion, completion: Completion) {
        let Some(Statement::Try { finally, bind, .. }) = self.statement() else { return };
        let completion = match (phase, completion) {
            (TryPhase::Finally, Completion::Normal) if self.fiber.cancelled => Completion::Cancel,
            (TryPhase::Finally, Completion::Normal) => then,
            (_, Completion::Yield(value)) if bind.is_some() => {
                self.set_bound(bind.as_ref(), value);
                Completion::Normal
            }
            (_, completion) => completion,
        };
        match (phase, finally) {
            (TryPhase::Body | TryPhase::Catch, Some(block)) => {
                self.push(*block, FrameKind::Try { phase: TryPhase::Finally, then: completion, undos: 0 });
            }
            _ if completion.is_normal() => self.next(),
            _ => self.then = completion,
        }
    }

    /// The fiber has left its last block. A workflow computes its outputs then, and what fails is undone first.
    fn ended(&mut self, completion: Completion) -> Option<Stop> {
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
    /// another. Any other branch hands its undos on.
    fn undoes_itself(&self, completion: &Completion) -> bool {
        match (self.fiber.parent, completion) {
            (None, Completion::Fail(_) | Completion::Cancel) => true,
            (Some(op), Completion::Cancel) => match self.run.ops.get(&op).map(|op| &op.kind) {
                Some(OpKind::Fork(fork)) => fork.kind == ForkKind::Race && fork.decided.is_some(),
                _ => false,
            },
            _ => false,
        }
    }

    /// The outputs of the workflow, as what its body returns.
    fn outputs(&mut self, completion: Completion) -> Completion {
        let Some(workflow) = self.plan().workflows.get(&self.run.started.workflow) else { return completion };
        let mut outputs = Vec::new();
        for output in &workflow.outputs {
            let value = match (&completion, output.value) {
                (Completion::Return(value), _) if *value != Value::Unit => {
                    Ok(value.get(&output.name).cloned().unwrap_or_default())
                }
                (_, Some(value)) => self.evaluate(value),
                (_, None) => Ok(Value::Unit),
            };
            let admitted = value.and_then(|value| {
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
        Completion::Return(Value::map(outputs))
    }
}

/// What is kept of the decisions of a stretch: of each place the first ones, and the last with a count.
#[derive(Default)]
struct Decisions {
    list: Vec<Decision>,
    counts: BTreeMap<ExprId, (u64, usize)>,
}

impl Decisions {
    fn keep(&mut self, id: ExprId, decision: Decision) {
        let (count, last) = self.counts.entry(id).or_insert((0, 0));
        *count += 1;
        if *count <= KEPT_DECISIONS + 1 {
            *last = self.list.len();
            self.list.push(decision);
        } else {
            let skipped = *count - KEPT_DECISIONS - 1;
            self.list[*last] = Decision { skipped, ..decision };
        }
    }
}

pub(super) fn decision(program: &Program, id: ExprId, what: &'static str, traced: Evaluated) -> Decision {
    let line = program.expr(id).place.line;
    let from = traced.reads.into_iter().filter(|(_, v)| v.weight() <= MAX_DECISION_VALUE_BYTES).collect();
    Decision { from, ..Decision::plain(line, what, traced.value) }
}

fn changes(overlay: BTreeMap<Slot, Cell>) -> Vec<Change> {
    overlay
        .into_iter()
        .map(|(slot, cell)| match cell {
            Cell::Set(value) => Change::Set(slot, value),
            Cell::Pushed(values) => Change::Push(slot, values),
            Cell::Unset => Change::Unset(slot),
        })
        .collect()
}

/// A value in short, for a message.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn limit_name(what: &str) -> &'static str {
    if what.contains("retry") { "retries" } else { "parallel branches" }
}
