//! Why an evaluation failed, in the user's words and at the file's place.
//!
//! Functions of this room stop with a [`Stop`]; rhai's own errors are put into words here. Invariant: every
//! error of rhai's becomes a fault with a documented kind, and the place is the innermost that is known.

use rhai::{Dynamic, EvalAltResult, Position};

use super::limits::{MAX_CALL_DEPTH, MAX_VARIABLES};

/// A failed evaluation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// `type` (a value doesn't go with what is done with it), `limit`, `secret` (a secret where none may be), or
    /// `failed` (what a script threw).
    pub kind: &'static str,
    pub message: String,
    /// The place in the file, both from 1; the column counts characters.
    pub line: u32,
    pub column: u32,
}

/// Why one of this room's functions stopped. It travels through rhai as an error's value.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stop {
    pub kind: &'static str,
    pub message: String,
    /// The byte of the text where it happened, with the function of the library whose text it is, if it is known
    /// better than by rhai's position.
    pub place: Option<(usize, Option<usize>)>,
}

impl Stop {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Stop {
        Stop { kind, message: message.into(), place: None }
    }

    pub fn limit(name: &str, most: impl std::fmt::Display, unit: &str) -> Stop {
        Stop::new("limit", format!("over the limit `{name}` of {most}{unit}"))
    }

    pub fn at(mut self, at: usize, function: Option<usize>) -> Stop {
        self.place.get_or_insert((at, function));
        self
    }

    /// As an error of rhai's. A limit can't be caught by a script.
    pub fn into_rhai(self) -> Box<EvalAltResult> {
        let uncatchable = self.kind == "limit";
        let value = Dynamic::from(self);
        Box::new(match uncatchable {
            true => EvalAltResult::ErrorTerminated(value, Position::NONE),
            false => EvalAltResult::ErrorRuntime(value, Position::NONE),
        })
    }
}

/// An error of rhai's as what it says, and where: the innermost function that it came out of, and the position.
pub(super) struct Said {
    pub stop: Stop,
    pub function: Option<String>,
    pub position: Position,
}

pub(super) fn said(error: &EvalAltResult) -> Said {
    let mut function = None;
    let mut inner = error;
    let mut position = inner.position();
    while let EvalAltResult::ErrorInFunctionCall(name, _, within, _) | EvalAltResult::ErrorInModule(name, within, _) =
        inner
    {
        // What passes through has the place of the call; what has none of its own keeps that of the call.
        if !within.position().is_none() {
            (function, position) = (Some(name.clone()), within.position());
        }
        inner = within;
    }
    Said { stop: in_words(inner), function, position }
}

fn in_words(error: &EvalAltResult) -> Stop {
    use EvalAltResult as E;
    let wrong = |message: String| Stop::new("type", message);
    match error {
        E::ErrorRuntime(value, _) | E::ErrorTerminated(value, _) => thrown(value),
        E::ErrorVariableNotFound(name, _) => wrong(format!("`{name}` is not known here")),
        E::ErrorFunctionNotFound(signature, _) => super::builtins::no_function(signature),
        E::ErrorMismatchDataType(wanted, given, _) | E::ErrorMismatchOutputType(wanted, given, _) => {
            wrong(format!("expected {}, found {}", rhai_type(wanted), rhai_type(given)))
        }
        E::ErrorIndexingType(what, _) => wrong(unindexed(what)),
        E::ErrorArrayBounds(len, index, _) => wrong(format!("the list has {len} items, so there is no [{index}]")),
        E::ErrorStringBounds(len, index, _) => {
            wrong(format!("the text has {len} characters, so there is no [{index}]"))
        }
        E::ErrorBitFieldBounds(_, index, _) => wrong(format!("an int has no bit [{index}]")),
        E::ErrorFor(_) => wrong("`for` goes through a list, a range, a text or a map".into()),
        E::ErrorDataRace(..) => wrong(
            "a closure reads a variable that the call it was given to is changing; give it a copy: `let copy = x`"
                .into(),
        ),
        E::ErrorNonPureMethodCallOnConstant(name, _) => {
            wrong(format!("`{name}` would change a constant; copy it first: `let copy = …`"))
        }
        E::ErrorAssignmentToConstant(name, _) => wrong(format!("`{name}` is a constant and can't be assigned to")),
        E::ErrorDotExpr(what, _) => wrong(fieldless(what)),
        E::ErrorArithmetic(..) => wrong("this is larger than a number can be".into()),
        E::ErrorUnboundThis(_) => wrong("`this` is bound only in a function called as a method".into()),
        E::ErrorStackOverflow(_) => Stop::limit("call depth", MAX_CALL_DEPTH, " calls"),
        E::ErrorTooManyVariables(_) => Stop::limit("variables", MAX_VARIABLES, ""),
        E::ErrorTooManyOperations(_) => Stop::limit("operations", super::limits::MAX_OPERATIONS, ""),
        E::ErrorDataTooLarge(..) => Stop::limit("value size", super::limits::MAX_VALUE_BYTES, " bytes"),
        E::ErrorForbiddenVariable(name, _) | E::ErrorVariableExists(name, _) => {
            wrong(format!("`{name}` can't be bound here"))
        }
        _ => wrong("this can't be computed".into()),
    }
}

/// rhai's `No writable property 'z' - a setter is not registered for type 'unit' …`.
fn fieldless(what: &str) -> String {
    let mut quoted = what.split('\'').skip(1).step_by(2);
    let (name, base) = (quoted.next().unwrap_or("?"), rhai_type(quoted.next().unwrap_or_default()));
    match what.contains("writable") {
        true => format!("{base} has no fields, so `.{name}` can't be set"),
        false => format!("{base} has no fields, so `.{name}` can't be read"),
    }
}

/// rhai's `TYPE [INDEX]` or `TYPE [INDEX] = VALUE`.
fn unindexed(what: &str) -> String {
    let (base, rest) = what.split_once(" [").unwrap_or((what, ""));
    let index = rest.split_once(']').map_or("", |(index, _)| index);
    format!("{} can't be indexed by {}", rhai_type(base), rhai_type(index))
}

/// What a script threw: a stop of this room's, a text, or a map with a message.
fn thrown(value: &Dynamic) -> Stop {
    if let Some(stop) = value.read_lock::<Stop>() {
        return stop.clone();
    }
    if let Ok(map) = value.as_map_ref()
        && let Some(message) = map.get("message")
    {
        return Stop::new("failed", message.to_string());
    }
    Stop::new("failed", value.to_string())
}

/// rhai's name of a type in the language's words.
pub(super) fn rhai_type(name: &str) -> &str {
    match name {
        "i64" => "an int",
        "f64" => "a float",
        "bool" => "a bool",
        "string" | "&str | ImmutableString | String" | "char" | "rhai::types::immutable_string::ImmutableString" => {
            "a string"
        }
        "array" | "rhai::Array" => "a list",
        "map" | "rhai::Map" => "a map",
        "datetime" => "a datetime",
        "duration" => "a duration",
        "secret" => "a secret",
        "Fn" => "a function",
        "()" | "unit" => "`()`",
        "range" | "core::ops::range::Range<i64>" | "core::ops::range::RangeInclusive<i64>" => "a range",
        _ => "another value",
    }
}
