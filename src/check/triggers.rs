//! The kinds of triggers and their arguments.

use std::sync::Arc;

use crate::check::signature::{Signature, Takes};
use crate::check::ty::Ty;

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
        "github" | "slack" | "stripe" => none
            .optional("events", Ty::list(Ty::String))
            .optional("secret", Ty::Secret)
            .optional("command", Ty::String),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_arguments() {
        assert!(KINDS.iter().all(|kind| signature(kind).is_some()));
        assert!(signature("cron").is_none());
    }
}
