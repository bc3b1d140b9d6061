//! The types of the language, and whether a value is of one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Value, wrong_secret_name};

/// A type as it is written in a declaration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Any,
    String,
    Int,
    Float,
    Bool,
    Datetime,
    Duration,
    Secret,
    /// `()` alone.
    Unit,
    List(Box<Type>),
    Map(Box<Type>),
    /// `{ field: T, … }`
    Object(BTreeMap<Arc<str>, Type>),
    /// `"a" | "b"`
    OneOf(Vec<Arc<str>>),
    /// `T?`
    Optional(Box<Type>),
}

/// Where and how a value is not of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// The place within the value: empty, `.field`, `[2].field`.
    pub path: String,
    pub expected: String,
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, " at `{}`", self.path) }
    }
}

impl Type {
    pub fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    pub fn map(of: Type) -> Type {
        Type::Map(Box::new(of))
    }

    pub fn object<const N: usize>(fields: [(&str, Type); N]) -> Type {
        Type::Object(fields.into_iter().map(|(k, t)| (Arc::from(k), t)).collect())
    }

    pub fn optional(of: Type) -> Type {
        match of {
            Type::Any | Type::Unit | Type::Optional(_) => of,
            other => Type::Optional(Box::new(other)),
        }
    }

    /// The name of the first secret in the value that stands where the type names no secret: `any` names none.
    pub fn misplaced_secret<'v>(&self, value: &'v Value) -> Option<&'v Arc<str>> {
        match (self, value) {
            (Type::Secret, Value::Secret(_) | Value::Sealed(_)) => None,
            (Type::Optional(of), _) => of.misplaced_secret(value),
            (Type::List(of), Value::List(items)) => items.iter().find_map(|item| of.misplaced_secret(item)),
            (Type::Map(of), Value::Map(fields)) => fields.values().find_map(|field| of.misplaced_secret(field)),
            (Type::Object(types), Value::Map(fields)) => {
                let field = |(name, field)| types.get(name).unwrap_or(&Type::Any).misplaced_secret(field);
                fields.iter().find_map(field)
            }
            _ => value.secret(),
        }
    }

    /// The value as one of this type, or where it isn't. An int becomes a float, and the text of a time or of a
    /// duration (as JSON writes them) becomes one. Fields of an object that may be `()` may be absent; fields that
    /// the type doesn't name are refused.
    pub fn admit(&self, value: &Value) -> Result<Value, Mismatch> {
        let refuse = || Mismatch { path: String::new(), expected: self.to_string(), found: describe(value) };
        match (self, value) {
            (Type::Any, _)
            | (Type::String, Value::Text(_))
            | (Type::Int, Value::Int(_))
            | (Type::Float, Value::Float(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Datetime, Value::Time(_))
            | (Type::Duration, Value::Length(_))
            | (Type::Secret, Value::Sealed(_))
            | (Type::Unit | Type::Optional(_), Value::Unit) => Ok(value.clone()),
            // A text that can't be a name may well be the value itself: it isn't repeated.
            (Type::Secret, Value::Secret(name)) => match wrong_secret_name(name) {
                None => Ok(value.clone()),
                Some(_) => Err(Mismatch {
                    path: String::new(),
                    expected: "a secret's name".into(),
                    found: "another text".into(),
                }),
            },
            (Type::Float, Value::Int(n)) => Ok(Value::Float(*n as f64)),
            (Type::Datetime, Value::Text(text)) => text.parse().map(Value::Time).map_err(|_| refuse()),
            (Type::Duration, Value::Text(text)) => text.parse().map(Value::Length).map_err(|_| refuse()),
            (Type::OneOf(words), Value::Text(text)) if words.contains(text) => Ok(value.clone()),
            (Type::Optional(inner), _) => inner.admit(value),
            (Type::List(inner), Value::List(items)) => items
                .iter()
                .enumerate()
                .map(|(i, item)| inner.admit(item).map_err(|m| m.within(&format!("[{i}]"))))
                .collect::<Result<_, _>>()
                .map(Value::list),
            (Type::Map(inner), Value::Map(fields)) => fields
                .iter()
                .map(|(k, v)| inner.admit(v).map(|v| (k.clone(), v)).map_err(|m| m.within(&format!(".{k}"))))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::map),
            (Type::Object(types), Value::Map(fields)) => admit_fields(types, fields),
            _ => Err(refuse()),
        }
    }
}

fn admit_fields(types: &BTreeMap<Arc<str>, Type>, fields: &BTreeMap<Arc<str>, Value>) -> Result<Value, Mismatch> {
    let strange = fields.keys().find(|k| !types.contains_key(*k));
    if let Some(name) = strange {
        let known: Vec<&str> = types.keys().map(|k| &**k).collect();
        let expected = format!("only the fields {}", known.join(", "));
        return Err(Mismatch { path: format!(".{name}"), expected, found: "another field".into() });
    }
    let mut admitted = Vec::new();
    for (name, ty) in types {
        let value = fields.get(name).cloned().unwrap_or_default();
        admitted.push((name.clone(), ty.admit(&value).map_err(|m| m.within(&format!(".{name}")))?));
    }
    Ok(Value::map(admitted))
}

impl Mismatch {
    fn within(mut self, outer: &str) -> Mismatch {
        self.path.insert_str(0, outer);
        self
    }
}

/// The value in short, with its type.
fn describe(value: &Value) -> String {
    let text = match value {
        Value::Unit => return "nothing (`()`)".into(),
        Value::List(_) | Value::Map(_) => return format!("a {}", value.type_name()),
        other => other.to_string(),
    };
    let short: String = text.chars().take(60).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{} `{short}{dots}`", value.type_name())
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any"),
            Type::String => f.write_str("string"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::Bool => f.write_str("bool"),
            Type::Datetime => f.write_str("datetime"),
            Type::Duration => f.write_str("duration"),
            Type::Secret => f.write_str("secret"),
            Type::Unit => f.write_str("()"),
            Type::List(of) => write!(f, "list<{of}>"),
            Type::Map(of) => write!(f, "map<{of}>"),
            Type::Object(fields) => {
                f.write_str("{ ")?;
                for (i, (name, ty)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {ty}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str(" }")
            }
            Type::OneOf(words) => {
                for (i, word) in words.iter().enumerate() {
                    write!(f, "{}\"{word}\"", if i > 0 { " | " } else { "" })?;
                }
                Ok(())
            }
            Type::Optional(of) => write!(f, "{of}?"),
        }
    }
}
