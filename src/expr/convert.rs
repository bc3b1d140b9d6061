//! Values of the language and rhai's, one into the other.
//!
//! Nothing is lost silently: what the language has no value for (a function, an infinite number) is refused in
//! words. Invariant: `to_value(to_dynamic(v)) == v` for every value within the limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Dynamic, FnPtr, ImmutableString};

use super::fault::Stop;
use super::limits::{MAX_LIST_ITEMS, MAX_MAP_FIELDS, MAX_TEXT_BYTES, MAX_VALUE_BYTES};
use super::meter;
use crate::model::{Length, MAX_VALUE_DEPTH, Sealed, Time, Value};

/// A secret, or a text with secrets in it, within rhai.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Handle(pub Sealed);

pub(super) fn to_dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Unit => Dynamic::UNIT,
        Value::Bool(b) => Dynamic::from_bool(*b),
        Value::Int(n) => Dynamic::from_int(*n),
        Value::Float(x) => Dynamic::from_float(*x),
        Value::Text(text) => ImmutableString::from(&**text).into(),
        Value::List(items) => Dynamic::from_array(items.iter().map(to_dynamic).collect()),
        Value::Map(fields) => {
            Dynamic::from_map(fields.iter().map(|(key, value)| ((&**key).into(), to_dynamic(value))).collect())
        }
        Value::Time(time) => Dynamic::from(*time),
        Value::Length(length) => Dynamic::from(*length),
        Value::Secret(name) => Dynamic::from(Handle(Sealed::Secret(name.clone()))),
        Value::Sealed(sealed) => Dynamic::from(Handle((**sealed).clone())),
    }
}

/// The name of the first secret in a value of rhai's that is one itself.
pub(super) fn secret_of(value: &Dynamic) -> Option<String> {
    value.read_lock::<Handle>().and_then(|handle| handle.0.secret().map(|name| name.to_string()))
}

/// The value of the language; a range of ints becomes a list.
pub(super) fn to_value(value: &Dynamic) -> Result<Value, Stop> {
    Size::default().value(value, 0)
}

/// Refuses a value that is deeper or larger than a value may be. Parts that it shares count as often as they
/// occur, since they are written as often.
pub(super) fn check(value: &Value) -> Result<(), Stop> {
    Size::default().check(value, 0)
}

/// The size of a value so far.
#[derive(Default)]
struct Size {
    bytes: usize,
}

impl Size {
    /// Counts a part, and the work of looking at it.
    fn add(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes += bytes;
        if self.bytes > MAX_VALUE_BYTES {
            return Err(Stop::limit("value size", MAX_VALUE_BYTES, " bytes"));
        }
        meter::charge(1 + bytes as u64 / 64)
    }

    fn nests(&self, depth: usize) -> Result<(), Stop> {
        match depth > MAX_VALUE_DEPTH {
            true => Err(Stop::limit("value depth", MAX_VALUE_DEPTH, " lists and maps within one another")),
            false => Ok(()),
        }
    }

    fn check(&mut self, value: &Value, depth: usize) -> Result<(), Stop> {
        self.nests(depth)?;
        match value {
            Value::Text(text) | Value::Secret(text) => self.add(text.len() + 2),
            Value::Sealed(sealed) => self.add(sealed.weight()),
            Value::List(items) => {
                self.add(2 + items.len())?;
                items.iter().try_for_each(|item| self.check(item, depth + 1))
            }
            Value::Map(fields) => fields.iter().try_for_each(|(key, value)| {
                self.add(key.len() + 4)?;
                self.check(value, depth + 1)
            }),
            _ => self.add(8),
        }
    }

    fn value(&mut self, value: &Dynamic, depth: usize) -> Result<Value, Stop> {
        self.nests(depth)?;
        if let Ok(text) = value.as_immutable_string_ref() {
            fits(text.len(), MAX_TEXT_BYTES, "text size", " bytes")?;
            self.add(text.len() + 2)?;
            return Ok(Value::text(text.as_str()));
        }
        self.add(8)?;
        if let Ok(items) = value.as_array_ref() {
            fits(items.len(), MAX_LIST_ITEMS, "list size", " items")?;
            return items.iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>().map(Value::list);
        }
        let Ok(fields) = value.as_map_ref() else { return scalar(value) };
        fits(fields.len(), MAX_MAP_FIELDS, "map size", " fields")?;
        let field = |(key, value): (&rhai::Identifier, &Dynamic)| {
            self.add(key.len() + 4)?;
            Ok((Arc::from(key.as_str()), self.value(value, depth + 1)?))
        };
        let fields = fields.iter().map(field).collect::<Result<BTreeMap<Arc<str>, Value>, Stop>>()?;
        Ok(Value::Map(Arc::new(fields)))
    }
}

fn scalar(value: &Dynamic) -> Result<Value, Stop> {
    if value.is_unit() {
        return Ok(Value::Unit);
    }
    if let Ok(n) = value.as_int() {
        return Ok(Value::Int(n));
    }
    if let Ok(b) = value.as_bool() {
        return Ok(Value::Bool(b));
    }
    if let Ok(x) = value.as_float() {
        return finite(x).map(Value::Float);
    }
    if let Ok(c) = value.as_char() {
        return Ok(Value::text(c.to_string()));
    }
    if let Some(time) = value.read_lock::<Time>() {
        return Ok(Value::Time(*time));
    }
    if let Some(length) = value.read_lock::<Length>() {
        return Ok(Value::Length(*length));
    }
    if let Some(handle) = value.read_lock::<Handle>() {
        return Ok(handle.0.clone().into());
    }
    if let Some(range) = range_of(value) {
        let len = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        fits(len, MAX_LIST_ITEMS, "list size", " items")?;
        return Ok(Value::list(range.map(Value::Int).collect()));
    }
    if let Some(stop) = value.read_lock::<Stop>() {
        return Ok(Value::map([("kind", Value::text(stop.kind)), ("message", Value::text(stop.message.as_str()))]));
    }
    match value.is::<FnPtr>() {
        true => Err(Stop::new("type", "the result is a function; a function can be called here, but not kept")),
        false => Err(Stop::new("type", format!("the result is {}, which is no value", type_name(value)))),
    }
}

fn fits(len: usize, most: usize, name: &str, unit: &str) -> Result<(), Stop> {
    if len > most { Err(Stop::limit(name, most, unit)) } else { Ok(()) }
}

/// The number, if it is one that JSON can say.
pub(super) fn finite(x: f64) -> Result<f64, Stop> {
    if x.is_finite() {
        return Ok(x);
    }
    let what = if x.is_nan() { "no number (such as 0.0 / 0.0)" } else { "beyond the largest float" };
    Err(Stop::new("type", format!("the result is {what}")))
}

/// A range of ints as a half-open one.
pub(super) fn range_of(value: &Dynamic) -> Option<std::ops::Range<i64>> {
    if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
        return Some(range.clone());
    }
    let range = value.read_lock::<std::ops::RangeInclusive<i64>>()?;
    Some(*range.start()..range.end().saturating_add(1))
}

/// The name of the value's type in the language's words, with its article: `an int`.
pub(super) fn type_name(value: &Dynamic) -> String {
    with_article(bare_type(value))
}

/// The name of the value's type in the language's words.
pub(super) fn bare_type(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        "()"
    } else if value.is_int() {
        "int"
    } else if value.is_string() || value.is_char() {
        "string"
    } else if value.is_bool() {
        "bool"
    } else if value.is_float() {
        "float"
    } else if value.is_array() {
        "list"
    } else if value.is_map() {
        "map"
    } else if value.is::<Time>() {
        "datetime"
    } else if value.is::<Length>() {
        "duration"
    } else if value.is::<Handle>() {
        "secret"
    } else if value.is::<Stop>() {
        "error"
    } else if value.is::<FnPtr>() {
        "function"
    } else if range_of(value).is_some() {
        "range"
    } else {
        "value"
    }
}

/// `a map`, `an int`, `()`.
pub(super) fn with_article(type_name: &str) -> String {
    match type_name {
        "()" => "`()`".to_string(),
        name if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        name => format!("a {name}"),
    }
}
