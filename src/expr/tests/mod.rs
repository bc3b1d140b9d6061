//! This room's tests: tables of texts with what they give, and the helpers by which they read.

mod bombs;
mod faults;
mod figures;
mod functions;
mod plain;
mod problems;
mod scripts;
mod soup;
mod trees;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Ambient, Compiled, Fault, Form, Library, Origin, Problem, Scope, compile, evaluate, on_stack};
use crate::model::{Time, Value};

/// Names and their values.
#[derive(Default, Clone)]
pub(super) struct World(BTreeMap<String, Value>);

impl World {
    /// The fields of a JSON map.
    pub fn json(text: &str) -> World {
        let json: serde_json::Value = serde_json::from_str(text).expect("a test's JSON");
        let Value::Map(fields) = Value::from_json(&json) else { panic!("a map is wanted") };
        World(fields.iter().map(|(k, v)| (k.to_string(), v.clone())).collect())
    }

    pub fn with(mut self, name: &str, value: Value) -> World {
        self.0.insert(name.into(), value);
        self
    }
}

impl Scope for World {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

pub(super) fn ambient() -> Ambient {
    Ambient { now: Time::from_unix_ms(1_767_225_600_000), seed: 7, draws: 0 }
}

pub(super) fn library() -> Arc<Library> {
    Arc::new(Library::new())
}

pub(super) fn compiled(text: &str) -> Result<Compiled, Vec<Problem>> {
    compile(text, Origin::default(), Form::Expression, &library())
}

/// The value of an expression.
pub(super) fn value(text: &str, world: &World) -> Result<Value, Fault> {
    on_stack(|| {
        let compiled = compiled(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        evaluate(&compiled, world, &mut ambient())
    })
}

/// The value of a script.
pub(super) fn script(text: &str, world: &World) -> Result<Value, Fault> {
    on_stack(|| {
        let compiled = compile(text, Origin::default(), Form::Script, &library());
        let compiled = compiled.unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        evaluate(&compiled, world, &mut ambient())
    })
}

/// The value of an assignment to `root`.
pub(super) fn assignment(text: &str, root: &str, world: &World) -> Result<Value, Fault> {
    on_stack(|| {
        let compiled = compile(text, Origin::default(), Form::Assignment { root: root.into() }, &library());
        let compiled = compiled.unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
        evaluate(&compiled, world, &mut ambient())
    })
}

/// Checks a table of expressions with what they give, as JSON.
pub(super) fn table(world: &World, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let given = match value(text, world) {
            Ok(value) => value.to_string(),
            Err(fault) => format!("{}: {}", fault.kind, fault.message),
        };
        if given != *expected {
            wrong.push(format!("{text}\n    gives    {given}\n    expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
