//! Texts of values: what goes into a query, a form, a header; and what is wrong where a value can't.

use crate::model::{Failure, Value};

/// The argument of that name, unless it is `()`.
pub(super) fn given<'v>(input: &'v Value, name: &str) -> Option<&'v Value> {
    input.get(name).filter(|value| **value != Value::Unit)
}

pub(super) fn wrong(message: impl Into<String>) -> Failure {
    Failure::new("type", message)
}

/// The text of a plain value.
pub(super) fn text(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Time(time) => Ok(time.to_string()),
        Value::Length(length) => Ok(length.to_string()),
        Value::Secret(_) | Value::Sealed(_) => Err(no_value(name, value)),
        Value::Unit | Value::List(_) | Value::Map(_) => {
            Err(not_a(name, "a string, a number, a bool, a datetime or a duration", value))
        }
    }
}

/// What holds a secret still has no value that could be sent.
pub(super) fn no_value(name: &str, value: &Value) -> Failure {
    let secret = value.secret().cloned().unwrap_or_default();
    Failure::new("secret", format!("the secret `{secret}` of `{name}` has no value"))
}

pub(super) fn not_a(name: &str, wanted: &str, value: &Value) -> Failure {
    let article = |word: &str| if word.starts_with(['i', 'a']) { "an" } else { "a" };
    let found = match value.type_name() {
        "()" => "`()`".to_string(),
        found => format!("{} {found}", article(found)),
    };
    wrong(format!("`{name}` is {found}, where {wanted} is needed"))
}

/// The pairs that a map says: one for each plain value, one for each item of a list, none for `()`.
pub(super) fn pairs(name: &str, map: &Value) -> Result<Vec<(String, String)>, Failure> {
    let Value::Map(fields) = map else { return Err(not_a(name, "a map", map)) };
    let mut pairs = Vec::new();
    for (key, value) in fields.iter() {
        let name = format!("{name}.{key}");
        match value {
            Value::Unit => {}
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    pairs.push((key.to_string(), text(&format!("{name}[{i}]"), item)?));
                }
            }
            value => pairs.push((key.to_string(), text(&name, value)?)),
        }
    }
    Ok(pairs)
}

/// A text in short, on one line, for a message.
pub(super) fn short(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    if line.len() < text.len() { format!("{line}…") } else { line }
}
