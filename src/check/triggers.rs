//! The kinds of triggers and their arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::arguments::Callee;
use crate::check::checker::Checker;
use crate::check::globals::Declared;
use crate::check::signature::{Signature, Takes};
use crate::check::ty::Ty;
use crate::syntax::ast::{Code, Name, On};

/// The names of all kinds.
pub const KINDS: [&str; 16] = [
    "manual",
    "api",
    "schedule",
    "webhook",
    "github",
    "slack",
    "stripe",
    "monitor",
    "incident",
    "security",
    "catalog",
    "dashboard",
    "subscription",
    "poll",
    "event",
    "failure",
];

/// What a trigger of that kind takes; none for a kind that there isn't.
pub fn signature(kind: &str) -> Option<Signature> {
    let none = Signature::default();
    let own = match kind {
        "manual" | "api" => none,
        "schedule" => none
            .required("expression", Ty::String)
            .by_place(1)
            .optional("timezone", Ty::String)
            .optional("memo", Ty::String)
            .optional("catchup", words(&["none", "last", "all"]))
            .optional("jitter", Ty::Duration),
        "webhook" => webhook(none),
        "github" | "slack" | "stripe" => {
            none.optional("events", Ty::list(Ty::String)).optional("secret", Ty::Secret).optional("command", Ty::String)
        }
        "monitor" | "incident" | "security" | "catalog" | "dashboard" => none.optional("renotify", Ty::Duration),
        "subscription" => none
            .with("subscribe", action(&["callback_url"]), true)
            .with("unsubscribe", action(&["callback_url", "subscribed"]), false)
            .optional("renew", Ty::Duration),
        "poll" => none
            .required("every", Ty::Duration)
            .with("fetch", action(&["last"]), true)
            .with("items", Takes::Over(names(&["fetched"])), false)
            .with("key", Takes::Over(names(&["fetched", "item"])), false)
            .optional("first", words(&["none", "all"]))
            .optional("keep", Ty::Duration),
        "event" => none.required("name", Ty::String).by_place(1),
        "failure" => none.optional("of", Ty::String),
        _ => return None,
    };
    Some(own.optional("automatic", Ty::Bool).optional("rate_limit", Ty::String).optional("stop_after", Ty::Int))
}

fn webhook(none: Signature) -> Signature {
    none.optional("path", Ty::String)
        .optional("secret", Ty::Secret)
        .optional("scheme", words(&["hmac", "standard", "none"]))
        .optional("process", Ty::Duration)
        .optional("max_cycles", Ty::Int)
        .optional("respond", words(&["ack", "output"]))
        .optional("max_body", Ty::Any)
        .optional("expires", Ty::Duration)
}

fn words(words: &[&str]) -> Ty {
    Ty::OneOf(words.iter().map(|w| Arc::from(*w)).collect())
}

fn names(names: &[&str]) -> Vec<(Arc<str>, Ty)> {
    names.iter().map(|n| (Arc::from(*n), Ty::Any)).collect()
}

fn action(in_scope: &[&str]) -> Takes {
    Takes::Action(names(in_scope))
}

/// What `event` holds.
pub fn event() -> Ty {
    Ty::fields([
        ("kind", Ty::String),
        ("id", Ty::String),
        ("time", Ty::Datetime),
        ("source", Ty::String),
        ("headers", Ty::map(Ty::Any)),
        ("query", Ty::map(Ty::Any)),
        ("body", Ty::Any),
    ])
}

impl<'a> Checker<'a> {
    /// `on KIND(args) as NAME when EXPR with MAP`. A well-formed one is accepted, though nothing fires it yet.
    pub fn trigger(&mut self, on: &'a On) {
        let before = std::mem::replace(&mut self.body.workflow, false);
        self.trigger_arguments(on);
        self.scoped(|c| {
            c.scopes.give("event", event());
            on.when.iter().for_each(|when| c.condition(*when));
            if let Some((name, key)) = &on.signal {
                c.code(*key);
                c.trigger_signal(name, on);
            } else if let Some(with) = on.with {
                let found = c.code(with);
                c.given(&found, with, "the inputs", c.inputs.clone().unwrap_or_default());
            }
        });
        self.body.workflow = before;
    }

    fn trigger_arguments(&mut self, on: &'a On) {
        let kind = &*on.kind.text;
        let Some(asked) = signature(kind) else {
            let help = self.suggestion(kind, KINDS).unwrap_or_else(|| format!("there are {}", listed_all()));
            self.unknown("E0212", on.kind.span, "trigger", kind, Some(help));
            return on.arguments.iter().for_each(|given| self.arguments_alone(given));
        };
        let callee = Callee { what: &format!("`on {kind}`"), span: on.kind.span };
        match &on.arguments {
            Some(given) => drop(self.arguments(callee, &asked, given)),
            None => self.missing(callee, &asked, &BTreeMap::new()),
        }
    }

    fn trigger_signal(&mut self, name: &'a Name, on: &'a On) {
        let Some(params) = self.signals.get(&*name.text).cloned() else {
            let known: Vec<&str> = self.signals.keys().copied().collect();
            let help = self.suggestion(&name.text, known);
            self.unknown("E0206", name.span, "signal", &name.text, help);
            return on.with.iter().for_each(|with| drop(self.code(*with)));
        };
        if let Some(with) = on.with {
            let found = self.code(with);
            self.given(&found, with, "the signal's parameters", params);
        }
    }

    /// `with` gives a map of parameters.
    fn given(&mut self, found: &Ty, with: Code, what: &str, params: Vec<Declared<'a>>) {
        let wanted = params.iter().map(|p| {
            let free = p.param.default.is_some() || p.param.ty.optional;
            let ty = Ty::from(&p.ty);
            (p.param.name.text.clone(), if free { Ty::optional(ty) } else { ty })
        });
        let wanted = Ty::object(wanted.collect::<Vec<_>>());
        self.fits(&wanted, found, with.span, &format!("`with` gives {what}"));
    }
}

fn listed_all() -> String {
    KINDS.map(|kind| format!("`{kind}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_arguments() {
        assert!(KINDS.iter().all(|kind| signature(kind).is_some()));
        assert!(signature("cron").is_none());
    }
}
