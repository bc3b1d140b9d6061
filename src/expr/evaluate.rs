//! Evaluation: a compiled text and the values of its names give a value or a fault.
//!
//! It is deterministic: no clock, no randomness but what [`Ambient`] gives, limits that count. Invariant: the same
//! text, values and ambient give the same, on every machine.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, Position};

use super::compiled::{Code, Compiled, Plan, UrlPart};
use super::convert::{check, to_dynamic, to_value};
use super::engine::engine;
use super::fault::{Fault, Stop, said};
use super::meter::{charge, metered};
use super::place::offset_of;
use super::session::{Ambient, Session, read, within};
use super::url::Url;
use crate::model::Value;

/// The values of the outer names.
pub trait Scope {
    /// The value bound to a name; none if there is no such name.
    fn get(&self, name: &str) -> Option<Value>;
}

/// A value with the paths that were read for it, each once, in the order of reading.
#[derive(Clone, PartialEq, Debug)]
pub struct Evaluated {
    pub value: Value,
    pub reads: Vec<(Arc<str>, Value)>,
}

/// The value of the text. The calling thread needs [`STACK_BYTES`](super::STACK_BYTES) of stack.
///
/// # Errors
/// The fault, at its place in the file.
pub fn evaluate(compiled: &Compiled, scope: &dyn Scope, ambient: &mut Ambient) -> Result<Value, Fault> {
    run(compiled, scope, ambient, None).map(|evaluated| evaluated.value)
}

/// As [`evaluate`], with what was read.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_traced(compiled: &Compiled, scope: &dyn Scope, ambient: &mut Ambient) -> Result<Evaluated, Fault> {
    run(compiled, scope, ambient, Some(Vec::new()))
}

type Reads = Option<Vec<(Arc<str>, Value)>>;

fn run(compiled: &Compiled, scope: &dyn Scope, ambient: &mut Ambient, reads: Reads) -> Result<Evaluated, Fault> {
    if let Plan::Constant(value) = &compiled.plan {
        return Ok(Evaluated { value: value.clone(), reads: Vec::new() });
    }
    let library = &compiled.library;
    let constant = |name: &str| library.constant(name).map(|index| library.constants[index].1.clone());
    let roots = compiled.roots().iter().map(|root| scope.get(&root.name).or_else(|| constant(&root.name))).collect();
    let session = Session { slots: compiled.slots.clone(), roots, library: library.clone(), ambient: *ambient, reads };
    let target = compiled.target.as_deref().map(|name| (name, scope.get(name).unwrap_or_default()));
    let whole = || {
        let value = value_of(&compiled.plan, compiled, target)?;
        // What is put together of parts may be larger than each of them.
        let put_together = matches!(compiled.plan, Plan::List(_) | Plan::Map(_) | Plan::Url(_));
        let checked = if put_together { check(&value) } else { Ok(()) };
        checked.map(|()| value).map_err(|stop| placed(compiled, stop, None))
    };
    let caught = catch_unwind(AssertUnwindSafe(|| within(session, || metered(whole))));
    let (result, session) = caught.map_err(|panic| broken(compiled, &*panic))?;
    let session = session.unwrap_or_else(|| unreachable!("the session of an evaluation lasts as long as it"));
    *ambient = session.ambient;
    let value = result?;
    Ok(Evaluated { value, reads: session.reads.unwrap_or_default() })
}

/// A panic within rhai or here is a bug; it fails this evaluation and nothing else.
fn broken(compiled: &Compiled, panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let stop = Stop::new("failed", format!("{BROKEN}: {}", text.unwrap_or("no message")));
    placed(compiled, stop, None)
}

/// What the message of a fault that is a bug begins with.
pub(super) const BROKEN: &str = "a bug of Wayfare's own ended this evaluation";

fn value_of(plan: &Plan, compiled: &Compiled, target: Option<(&str, Value)>) -> Result<Value, Fault> {
    match plan {
        Plan::Constant(value) => Ok(value.clone()),
        Plan::Path(slot) => read(*slot, &[]).map_err(|stop| placed(compiled, stop, None)),
        Plan::List(items) => {
            let items = items.iter().map(|item| value_of(item, compiled, None));
            items.collect::<Result<Vec<Value>, Fault>>().map(Value::list)
        }
        Plan::Map(fields) => {
            let fields = fields.iter().map(|(key, plan)| Ok((key.clone(), value_of(plan, compiled, None)?)));
            fields.collect::<Result<Vec<_>, Fault>>().map(Value::map)
        }
        Plan::Url(parts) => url_value(parts, compiled),
        Plan::Code(code) => code_value(code, compiled, target),
    }
}

fn url_value(parts: &[UrlPart], compiled: &Compiled) -> Result<Value, Fault> {
    let mut url = Url::default();
    for part in parts {
        match part {
            UrlPart::Text(text) => url.text(text),
            UrlPart::Value { plan, raw, at } => {
                let value = value_of(plan, compiled, None)?;
                url.value(&value, *raw).map_err(|stop| placed(compiled, stop, Some(*at)))?;
            }
        }
    }
    url.finish().map_err(|(stop, part)| {
        let values = parts.iter().filter_map(|part| match part {
            UrlPart::Value { at, .. } => Some(*at),
            UrlPart::Text(_) => None,
        });
        placed(compiled, stop, values.clone().nth(part))
    })
}

fn code_value(code: &Code, compiled: &Compiled, target: Option<(&str, Value)>) -> Result<Value, Fault> {
    let mut scope = rhai::Scope::new();
    if let Some((name, value)) = &target {
        scope.push_dynamic(*name, to_dynamic(value));
    }
    let result: Result<Dynamic, Box<EvalAltResult>> = engine().eval_ast_with_scope(&mut scope, &code.ast);
    let result = result.map_err(|error| failed(compiled, code, &error))?;
    let value = match &target {
        Some((name, _)) => scope.get(name).cloned().unwrap_or(Dynamic::UNIT),
        None => result,
    };
    let value = charge(0).and_then(|()| to_value(&value.flatten()));
    value.map_err(|stop| placed(compiled, stop, Some(code.made.original(0))))
}

/// What rhai's error says, at the innermost place that it knows.
fn failed(compiled: &Compiled, code: &Code, error: &EvalAltResult) -> Fault {
    let said = said(error);
    if said.stop.place.is_some() {
        return placed(compiled, said.stop, None);
    }
    let owner = said.function.as_deref().and_then(|name| compiled.library.owner(name));
    let function = owner.map(|index| &compiled.library.functions[index]);
    let made = function.map_or(&code.made, |function| &function.made);
    let at = byte_of(&made.text, said.position).map(|at| made.original(at));
    let stop = match at {
        Some(at) => said.stop.at(at, owner),
        None => said.stop,
    };
    placed(compiled, stop, Some(0))
}

fn byte_of(text: &str, position: Position) -> Option<usize> {
    offset_of(text, position)
}

/// The fault of a stop, at its own place, or else at the byte `or` of the text.
fn placed(compiled: &Compiled, stop: Stop, or: Option<usize>) -> Fault {
    let (at, function) = stop.place.unwrap_or((or.unwrap_or(0), None));
    let place = match function.and_then(|index| compiled.library.functions.get(index)) {
        Some(function) => function.origin.of(&function.text, at),
        None => compiled.origin.of(&compiled.text, at),
    };
    Fault { kind: stop.kind, message: stop.message, line: place.line, column: place.column }
}
