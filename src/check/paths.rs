//! Unique paths: two steps of a body may not have the same path, even where their scopes don't meet, except in
//! arms of one `if`.
//!
//! A path is made outermost first: a bound loop gives `name[]`, an unbound loop gives its index to the next part
//! within it, a branch gives its name; `try`, `if` and bound `try`, `race` or `parallel` give nothing.

use std::collections::HashMap;

use crate::check::ty::short;
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{
    ArgumentValue, Arm, Block, Clause, ClauseKind, For, LetValue, Name, Statement, StatementKind, Step, StepTarget,
    Try, While,
};

/// Errors for every step of the body whose path another step has already.
pub fn check(body: &Block) -> Vec<Diagnostic> {
    let mut paths = Paths::default();
    paths.block(body);
    paths.found
}

/// A path: the path around it, its last part, and how many indexes that part has taken.
type Key<'a> = (u32, &'a str, u32);

#[derive(Default)]
struct Paths<'a> {
    /// Every path seen or gone through, by its number (0 is the body's own). Numbers stand for the texts, which
    /// could be long beyond measure.
    known: HashMap<Key<'a>, u32>,
    /// The parts around the statement that is looked at.
    around: Vec<Key<'a>>,
    parent: u32,
    /// How many indexes the next part takes: one for each unbound loop around.
    pending: u32,
    /// The steps by their paths, but for those hidden.
    steps: HashMap<Key<'a>, Span>,
    /// The paths of the steps in order, so that an arm of an `if` can be hidden from the next arm.
    log: Vec<Key<'a>>,
    found: Vec<Diagnostic>,
}

impl<'a> Paths<'a> {
    fn block(&mut self, block: &'a Block) {
        block.statements.iter().for_each(|s| self.statement(s));
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Step(step) => self.step(step),
            StatementKind::If { arms, otherwise } => {
                self.arms_of_if(arms.iter().map(|(_, block)| block).chain(otherwise));
            }
            StatementKind::While(While { body, .. }) | StatementKind::For(For { body, .. }) => self.unbound(body),
            StatementKind::Parallel(inner) => self.arms(&inner.arms),
            StatementKind::Race(inner) => self.arms(&inner.arms),
            StatementKind::Try(inner) => self.attempt(inner),
            StatementKind::Let { name, value } => self.bound(name, value),
            _ => {}
        }
    }

    fn bound(&mut self, name: &'a Name, value: &'a LetValue) {
        match value {
            LetValue::For(For { body, .. }) | LetValue::While(While { body, .. }) => {
                self.within(&name.text, self.pending + 1, |paths| paths.block(body));
            }
            LetValue::Parallel(inner) => self.arms(&inner.arms),
            LetValue::Race(inner) => self.arms(&inner.arms),
            LetValue::Try(inner) => self.attempt(inner),
            LetValue::Expr(_) | LetValue::Script(_) => {}
        }
    }

    fn attempt(&mut self, attempt: &'a Try) {
        self.block(&attempt.body);
        attempt.catch.iter().for_each(|c| self.block(&c.body));
        attempt.finally.iter().for_each(|block| self.block(block));
    }

    fn arms(&mut self, arms: &'a [Arm]) {
        for arm in arms {
            match arm {
                Arm::Statement(statement) => self.statement(statement),
                Arm::Branch { name, body, .. } => {
                    self.within(&name.text, self.pending, |paths| paths.block(body));
                }
            }
        }
    }

    fn within(&mut self, name: &'a str, indexes: u32, inside: impl FnOnce(&mut Paths<'a>)) {
        let (parent, pending) = (self.parent, std::mem::take(&mut self.pending));
        let key = (parent, name, indexes);
        self.parent = self.number(key);
        self.around.push(key);
        inside(self);
        self.around.pop();
        (self.parent, self.pending) = (parent, pending);
    }

    fn number(&mut self, key: Key<'a>) -> u32 {
        let next = self.known.len() as u32 + 1;
        *self.known.entry(key).or_insert(next)
    }

    fn unbound(&mut self, body: &'a Block) {
        self.pending += 1;
        self.block(body);
        self.pending -= 1;
    }

    /// What one arm adds is hidden while the next arms are looked at.
    fn arms_of_if(&mut self, arms: impl Iterator<Item = &'a Block>) {
        let mut hidden: Vec<(Key<'a>, Span)> = Vec::new();
        let start = self.log.len();
        for block in arms {
            self.block(block);
            for path in self.log.drain(start..) {
                if let Some(span) = self.steps.remove(&path) {
                    hidden.push((path, span));
                }
            }
        }
        for (path, span) in hidden {
            if self.steps.insert(path, span).is_none() {
                self.log.push(path);
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        let key = (self.parent, &*step.name.text, self.pending);
        self.add(key, step.name.span);
        let parts = parts(step);
        if !parts.is_empty() {
            let parent = self.number(key);
            self.around.push(key);
            parts.into_iter().for_each(|part| self.add((parent, part, 0), step.name.span));
            self.around.pop();
        }
    }

    fn add(&mut self, key: Key<'a>, span: Span) {
        if let Some(first) = self.steps.get(&key) {
            let message = format!("two steps have the path `{}`", self.text(key));
            let error = Diagnostic::error("E0210", span, message)
                .label(*first, "the first one")
                .help("give one of them another name: a path names one step in history, mocks and idempotency keys");
            if self.found.last().is_none_or(|last| last.span != span) {
                self.found.push(error);
            }
            return;
        }
        self.steps.insert(key, span);
        self.log.push(key);
    }

    fn text(&self, key: Key<'a>) -> String {
        let part = |(_, name, indexes): &Key<'a>| format!("{}{}", short(name), "[…]".repeat(*indexes as usize));
        self.around.iter().chain([&key]).map(part).collect::<Vec<_>>().join(".")
    }
}

/// The paths of actions that belong to a step: its undo, and what it is told to perform.
fn parts(step: &Step) -> Vec<&str> {
    let undo = |clause: &Clause| matches!(clause.kind, ClauseKind::Undo { .. });
    let mut parts = Vec::new();
    if step.clauses.iter().any(undo) {
        parts.push("undo");
    }
    if let StepTarget::Callback(arguments) | StepTarget::Approval(arguments) = &step.target {
        let actions = arguments.list.iter().filter(|a| matches!(a.value, ArgumentValue::Action(_)));
        parts.extend(actions.filter_map(|a| a.name.as_ref().map(|name| &*name.text)));
    }
    parts
}
