//! What the names of an expression mean at one point of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Scope;
use crate::model::{FiberId, Slot, Value};
use crate::program::plan::Plan;

use super::run::Run;

/// A slot as a stretch that isn't applied yet leaves it.
pub(super) enum Cell {
    Set(Value),
    /// What was appended to the list that the run holds.
    Pushed(Vec<Value>),
    Unset,
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
        Some(Cell::Pushed(more)) => match held() {
            Some(Value::List(list)) => Some(Value::list(list.iter().chain(more).cloned().collect())),
            _ => Some(Value::list(more.clone())),
        },
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
