//! What the names of an expression mean at one point of a run.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::expr::Scope;
use crate::model::{FiberId, Slot, Value};
use crate::program::plan::Plan;

use super::run::Run;

/// A slot as a stretch that isn't applied yet leaves it.
pub(super) enum Cell {
    Set(Value),
    /// What was appended to the list that the run holds.
    Pushed(Pushed),
    Unset,
}

/// What was appended, and the whole list once it was read: it is put together once, not with every look.
pub(super) struct Pushed {
    values: Vec<Value>,
    whole: OnceLock<Value>,
}

impl Pushed {
    pub fn of(value: Value) -> Pushed {
        Pushed { values: vec![value], whole: OnceLock::new() }
    }

    pub fn add(&mut self, value: Value) {
        self.whole.take();
        self.values.push(value);
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    fn after(&self, held: Option<&Value>) -> Value {
        let whole = || match held {
            Some(Value::List(list)) => Value::list(list.iter().chain(&self.values).cloned().collect()),
            _ => Value::list(self.values.clone()),
        };
        self.whole.get_or_init(whole).clone()
    }
}

/// The names that one expression of a fiber sees.
pub(super) struct View<'a> {
    pub plan: &'a Plan,
    pub run: &'a Run,
    pub fiber: FiberId,
    /// The expression's own names.
    pub names: &'a [(Arc<str>, Slot)],
    pub overlay: &'a BTreeMap<Slot, Cell>,
    /// `err`, where the expression is a clause over it.
    pub err: Option<&'a Value>,
    /// A step's result that isn't bound yet, for its undo.
    pub bound: Option<(Slot, &'a Value)>,
}

impl View<'_> {
    fn slot(&self, slot: Slot) -> Option<Value> {
        if let Some((bound, value)) = self.bound
            && bound == slot
        {
            return Some(value.clone());
        }
        resolve(self.run, self.fiber, self.overlay, slot)
    }
}

/// What a slot holds for a fiber, with what a stretch has changed since.
pub(super) fn resolve(run: &Run, fiber: FiberId, overlay: &BTreeMap<Slot, Cell>, slot: Slot) -> Option<Value> {
    let held = || run.local(fiber, slot);
    match overlay.get(&slot) {
        Some(Cell::Set(value)) => Some(value.clone()),
        Some(Cell::Unset) => None,
        Some(Cell::Pushed(pushed)) => Some(pushed.after(held())),
        None => held().cloned(),
    }
}

impl Scope for View<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some((_, slot)) = self.names.iter().find(|(known, _)| &**known == name) {
            return self.slot(*slot);
        }
        match name {
            "err" if self.err.is_some() => self.err.cloned(),
            "input" => Some(self.run.started.input.clone()),
            "run" => Some(self.run.facts()),
            constant => self.plan.constants.get(constant).cloned(),
        }
    }
}
