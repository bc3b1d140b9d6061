//! The built-in functions as the checker sees them: names, types of parameters and of the result.
//!
//! Types here are what holds for every call. A function that gives an item of a list, or what a closure gives,
//! gives `any` here; the checker may know more. Invariant: made of the same table as what runs.

use std::sync::OnceLock;

use super::{Kind, TABLES};
use crate::model::Type;

/// A built-in function.
#[derive(Clone, PartialEq, Debug)]
pub struct Signature {
    pub name: &'static str,
    /// A method's receiver is the first.
    pub params: Vec<Parameter>,
    /// How many parameters must be given, the receiver counted.
    pub least: usize,
    pub result: Type,
    /// Whether it is written as `receiver.name(…)`; any function may be, a method is meant to be.
    pub method: bool,
    /// Whether it changes its receiver in scripts; in an expression its result is the changed receiver.
    pub changes: bool,
}

/// What a parameter takes.
#[derive(Clone, PartialEq, Debug)]
pub enum Parameter {
    Any,
    /// One of these types.
    OneOf(Vec<Type>),
    /// A closure or a function's name.
    Function,
    /// A range of ints, or one of these types.
    RangeOr(Vec<Type>),
}

/// All built-in functions.
pub fn builtins() -> &'static [Signature] {
    static ALL: OnceLock<Vec<Signature>> = OnceLock::new();
    ALL.get_or_init(|| {
        let signature = |builtin: &super::Builtin| Signature {
            name: builtin.name,
            params: builtin.takes.iter().map(|kind| kind.parameter()).collect(),
            least: builtin.least,
            result: builtin.gives.result(),
            method: builtin.method,
            changes: builtin.changes,
        };
        let special = Signature {
            name: "type_of",
            params: vec![Parameter::Any],
            least: 1,
            result: Type::String,
            method: false,
            changes: false,
        };
        TABLES.into_iter().flatten().map(signature).chain([special]).collect()
    })
}

impl Kind {
    fn parameter(self) -> Parameter {
        let any_list = || Type::list(Type::Any);
        let types = match self {
            Kind::Any => return Parameter::Any,
            Kind::Function => return Parameter::Function,
            Kind::Items => return Parameter::RangeOr(vec![any_list()]),
            Kind::Place => return Parameter::RangeOr(vec![Type::Int]),
            Kind::Number => vec![Type::Int, Type::Float],
            Kind::TextOrSecret => vec![Type::String, Type::Secret],
            Kind::Scalar => vec![Type::String, Type::Int, Type::Float, Type::Bool],
            Kind::Signed => vec![Type::Int, Type::Float, Type::Duration],
            other => vec![other.result()],
        };
        Parameter::OneOf(types)
    }

    fn result(self) -> Type {
        match self {
            Kind::Unit => Type::Unit,
            Kind::Bool => Type::Bool,
            Kind::Int => Type::Int,
            Kind::Float => Type::Float,
            Kind::Text => Type::String,
            Kind::Texts => Type::list(Type::String),
            Kind::List => Type::list(Type::Any),
            Kind::Map => Type::map(Type::Any),
            Kind::Time => Type::Datetime,
            Kind::Length => Type::Duration,
            Kind::Secret => Type::Secret,
            _ => Type::Any,
        }
    }
}
