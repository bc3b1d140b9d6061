//! The types that a file declares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::ty::short;
use crate::diag::{Diagnostic, did_you_mean, near};
use crate::model;
use crate::syntax::ast::{Name, Type, TypeKind};

/// The words that are types by themselves.
const WORDS: [&str; 8] = ["string", "int", "float", "bool", "datetime", "duration", "secret", "any"];

/// Words of other languages for a type.
const FOREIGN: [(&str, &str); 22] = [
    ("str", "string"),
    ("text", "string"),
    ("String", "string"),
    ("integer", "int"),
    ("i64", "int"),
    ("i32", "int"),
    ("u64", "int"),
    ("long", "int"),
    ("number", "int` or `float"),
    ("double", "float"),
    ("f64", "float"),
    ("decimal", "float"),
    ("boolean", "bool"),
    ("date", "datetime"),
    ("time", "datetime"),
    ("timestamp", "datetime"),
    ("object", "map<any>"),
    ("dict", "map<any>"),
    ("map", "map<any>"),
    ("list", "list<any>"),
    ("array", "list<any>"),
    ("json", "any"),
];

/// The type as written; a word that is no type counts as `any`, and is told in `found`.
pub fn declared(ty: &Type, found: &mut Vec<Diagnostic>) -> model::Type {
    let plain = match &ty.kind {
        TypeKind::Named(name) => named(name, found),
        TypeKind::List(of) => model::Type::list(declared(of, found)),
        TypeKind::Map(of) => model::Type::map(declared(of, found)),
        TypeKind::Object(fields) => object(fields, found),
        TypeKind::OneOf(words) => {
            let mut seen = BTreeSet::new();
            for word in words.iter().filter(|word| !seen.insert(&word.text)) {
                let message = format!("`\"{}\"` stands here twice", short(&word.text));
                found.push(Diagnostic::error("E0214", word.span, message));
            }
            model::Type::OneOf(words.iter().map(|word| word.text.clone()).collect())
        }
    };
    if ty.optional { model::Type::optional(plain) } else { plain }
}

fn object(fields: &[(Name, Type)], found: &mut Vec<Diagnostic>) -> model::Type {
    let mut types: BTreeMap<Arc<str>, model::Type> = BTreeMap::new();
    for (name, ty) in fields {
        if types.insert(name.text.clone(), declared(ty, found)).is_some() {
            let message = format!("the field `{}` stands here twice", short(&name.text));
            found.push(Diagnostic::error("E0214", name.span, message));
        }
    }
    model::Type::Object(types)
}

fn named(name: &Name, found: &mut Vec<Diagnostic>) -> model::Type {
    match &*name.text {
        "string" => model::Type::String,
        "int" => model::Type::Int,
        "float" => model::Type::Float,
        "bool" => model::Type::Bool,
        "datetime" => model::Type::Datetime,
        "duration" => model::Type::Duration,
        "secret" => model::Type::Secret,
        "any" => model::Type::Any,
        word => {
            found.push(unknown(name, word));
            model::Type::Any
        }
    }
}

fn unknown(name: &Name, word: &str) -> Diagnostic {
    let foreign = FOREIGN.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| format!("write `{ours}`"));
    let help = foreign.or_else(|| near(word, WORDS).map(did_you_mean)).unwrap_or_else(|| {
        "the types are string, int, float, bool, datetime, duration, secret, any, `list<T>`, `map<T>`, \
         `{ field: T }`, `\"a\" | \"b\"` and `T?`"
            .into()
    });
    Diagnostic::error("E0211", name.span, format!("there is no type `{}`", short(word))).help(help)
}
