//! Expressions: rhai and nothing but. Text goes in, a [`Compiled`] comes out; it is evaluated to a
//! [`Value`](crate::model::Value) in a sandbox that bounds operations, depth, sizes and memory.
//!
//! This room knows no statements and no files: it gets texts with the places where they stand.
use crate::model::{Time, Value};
use std::sync::Arc;
pub struct Origin {
    pub line: u32,
    pub column: u32,
}
pub enum Form {
    Expression,
    Script,
    Assignment { root: String },
}
pub struct FnText<'a> {
    pub name: &'a str,
    pub params: Vec<&'a str>,
    pub body: &'a str,
    pub origin: Origin,
}
pub struct Library;
impl Library {
    pub fn compile(_f: &[FnText], _c: Vec<(String, Value)>) -> (Library, Vec<(usize, Problem)>) {
        (Library, vec![])
    }
}
pub struct Problem {
    pub message: String,
}
pub struct Compiled;
pub fn compile(_t: &str, _o: Origin, _f: Form, _l: &Arc<Library>) -> Result<Compiled, Vec<Problem>> {
    todo!()
}
pub trait Scope {
    fn get(&self, name: &str) -> Option<Value>;
}
#[derive(Clone, Copy)]
pub struct Ambient {
    pub now: Time,
    pub seed: u64,
    pub draws: u64,
}
pub struct Evaluated {
    pub value: Value,
    pub reads: Vec<(Arc<str>, Value)>,
}
pub struct Fault {
    pub kind: &'static str,
    pub message: String,
    pub line: u32,
    pub column: u32,
}
pub fn evaluate(_c: &Compiled, _s: &dyn Scope, _a: &mut Ambient) -> Result<Value, Fault> {
    todo!()
}
pub fn evaluate_traced(_c: &Compiled, _s: &dyn Scope, _a: &mut Ambient) -> Result<Evaluated, Fault> {
    todo!()
}
pub const STACK_BYTES: usize = 16 << 20;
