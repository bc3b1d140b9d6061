//! The expressions of a stretch: evaluated over what the fiber sees, and held to what their place asks for.

use crate::model::{Decision, Failure, Length, Place, Value};
use crate::program::plan::ExprId;

use super::decisions::decision;
use super::scope::View;
use super::walk::Walk;

impl<'a> Walk<'a> {
    pub(super) fn view<'v>(&'v self, id: ExprId, err: Option<&'v Value>) -> View<'v> {
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

    pub(super) fn evaluate_over(&mut self, id: ExprId, err: Option<&Value>) -> Result<Value, Failure> {
        let mut ambient = self.ambient;
        let result = self.program.evaluate(id, &self.view(id, err), &mut ambient);
        self.ambient = ambient;
        self.weighed(id, result?)
    }

    /// The value of an expression that decides the way, kept with what it was computed from.
    pub(super) fn decide(&mut self, id: ExprId, what: &'static str) -> Result<Value, Failure> {
        let mut ambient = self.ambient;
        let traced = self.program.trace(id, &self.view(id, None), &mut ambient);
        self.ambient = ambient;
        let traced = traced?;
        let value = traced.value.clone();
        self.keep(id, decision(self.program, id, what, traced));
        Ok(value)
    }

    pub(super) fn keep(&mut self, id: ExprId, decision: Decision) {
        self.tally.tell(decision.from.iter().map(|(name, value)| name.len() + value.weight()).sum::<usize>() + 64);
        self.decisions.keep(id, decision);
    }

    pub(super) fn condition(&mut self, id: ExprId, what: &'static str) -> Result<bool, Failure> {
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

    /// A whole number from `least` up to the limit of that name.
    pub(super) fn whole_number(
        &mut self,
        id: ExprId,
        what: &str,
        least: i64,
        (limit, most): (&str, i64),
    ) -> Result<i64, Failure> {
        match self.evaluate(id)? {
            Value::Int(n) if n > most => {
                let message = format!("{what} is {n}; the limit `{limit}` is {most}");
                Err(Failure { at: Some(self.place(id)), ..Failure::new("limit", message) })
            }
            Value::Int(n) if n >= least => Ok(n),
            other => Err(self.unfit(id, what, &format!("a whole number of at least {least}"), &other)),
        }
    }

    pub(super) fn unfit(&self, id: ExprId, what: &str, expected: &str, found: &Value) -> Failure {
        let message = format!("{what} must be {expected}, not {} `{}`", found.type_name(), short(found));
        let kind = if matches!(found, Value::Secret(_) | Value::Sealed(_)) { "secret" } else { "type" };
        Failure { at: Some(self.place(id)), ..Failure::new(kind, message) }
    }

    /// A value for a place that people read, or that is kept: none with a secret in it.
    pub(super) fn unsealed(&self, id: ExprId, value: Value, place: &str) -> Result<Value, Failure> {
        match value.secret() {
            None => Ok(value),
            Some(name) => Err(Failure { at: Some(self.place(id)), ..reached(name, place) }),
        }
    }

    pub(super) fn place(&self, id: ExprId) -> Place {
        self.program.expr(id).place.clone()
    }
}

/// The failure of a secret that would reach such a place.
pub(super) fn reached(name: &str, place: &str) -> Failure {
    Failure::new("secret", format!("the secret `{name}` would reach {place}"))
}

/// A value in short, for a message.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
