//! Paths of fields and indexes from a name that is bound outside: `health.body.hosts[0]`, `table[x.id]?.name`.
//!
//! They are read on the [`Value`] itself, so only what an expression reads is ever turned into rhai's values, and
//! only when it is reached. Invariant: the result is what rhai's own evaluation on the whole value would give.

use std::sync::Arc;

use rhai::Dynamic;

use super::convert::to_dynamic;
use super::fault::Stop;
use super::property;
use crate::model::Value;

/// One step of a path; `at` is the byte of the text where it is written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Step {
    pub key: Key,
    pub optional: bool,
    pub at: usize,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Key {
    Field(Arc<str>),
    /// A literal in brackets.
    Item(i64),
    Name(Arc<str>),
    /// A value in brackets that is known as the path is read.
    Computed,
    /// `.len()` or `.is_empty()`, for which a large value needn't be turned over.
    Measure(&'static str),
}

/// A path that a text reads.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Slot {
    /// Which of the text's roots it begins at.
    pub root: usize,
    pub name: Arc<str>,
    pub steps: Vec<Step>,
    /// The path as it is shown, if nothing of it is computed.
    pub shown: Option<Arc<str>>,
    /// Where the name stands.
    pub at: usize,
    /// The function of the library in whose text it stands.
    pub function: Option<usize>,
}

impl Slot {
    pub fn new(root: usize, name: Arc<str>, at: usize, steps: Vec<Step>, function: Option<usize>) -> Slot {
        let is_static = steps.iter().all(|step| step.key != Key::Computed);
        let mut slot = Slot { root, name, steps, shown: None, at, function };
        slot.shown = is_static.then(|| slot.show(slot.steps.len(), &[]).into());
        slot
    }

    /// The first `count` steps as text, with the computed keys.
    pub fn show(&self, count: usize, keys: &[Dynamic]) -> String {
        let mut keys = keys.iter();
        let mut text = self.name.to_string();
        for step in &self.steps[..count] {
            match &step.key {
                Key::Field(name) => text.extend([".", name]),
                Key::Item(index) => text += &format!("[{index}]"),
                Key::Name(name) => text += &format!("[{:?}]", &**name),
                Key::Measure(name) => text += &format!(".{name}()"),
                Key::Computed => match keys.next().map(|key| (key.as_int(), key.clone().into_immutable_string())) {
                    Some((Ok(index), _)) => text += &format!("[{index}]"),
                    Some((_, Ok(name))) => text += &format!("[{:?}]", name.as_str()),
                    _ => text += "[…]",
                },
            }
        }
        text
    }

    /// The value at the path's end.
    pub fn read(&self, root: &Value, keys: &[Dynamic]) -> Result<Value, Stop> {
        let mut value = root.clone();
        let mut computed = keys.iter();
        for (index, step) in self.steps.iter().enumerate() {
            if step.optional && value == Value::Unit {
                return Ok(Value::Unit);
            }
            let next = match &step.key {
                Key::Field(name) => self.field(&value, name, index, keys),
                Key::Item(item) => self.item(&value, *item, index, keys),
                Key::Name(name) => self.named(&value, name, index, keys),
                Key::Computed => self.computed(&value, computed.next(), index, keys),
                Key::Measure(name) => measure(&value, name),
            };
            value = next.map_err(|stop| stop.at(step.at, self.function))?;
        }
        Ok(value)
    }

    fn field(&self, value: &Value, name: &str, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        match value {
            Value::Map(fields) => Ok(fields.get(name).cloned().unwrap_or_default()),
            Value::Unit => Err(self.nothing(&format!(".{name}"), &format!("?.{name}"), index, keys)),
            other => property::of_value(other, name).unwrap_or_else(|| {
                let base = self.show(index, keys);
                Err(property::missing(other.type_name(), name, Some(&base)))
            }),
        }
    }

    /// A step on `()`: says what was missing, and how to say that it may be.
    fn nothing(&self, what: &str, instead: &str, index: usize, keys: &[Dynamic]) -> Stop {
        let Some(before) = index.checked_sub(1) else {
            return Stop::new(
                "type",
                format!("`{}` is `()`, so `{what}` can't be read; use `{instead}` if it may be absent", self.name),
            );
        };
        let base = self.show(before, keys);
        let message = match &self.steps[before].key {
            Key::Field(name) | Key::Name(name) => format!("`{base}` has no field `{name}`"),
            _ => format!("`{}` is `()`", self.show(index, keys)),
        };
        Stop::new("type", format!("{message}, so `{what}` can't be read; use `{instead}` if it may be absent"))
    }

    fn item(&self, value: &Value, item: i64, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        let show = || self.show(index, keys);
        match value {
            Value::List(items) => match position(items.len(), item) {
                Some(at) => Ok(items[at].clone()),
                None => Err(outside(item, items.len(), "items", &show())),
            },
            Value::Text(text) => match position(text.chars().count(), item) {
                Some(at) => Ok(text.chars().nth(at).map_or(Value::Unit, |c| Value::text(c.to_string()))),
                None => Err(outside(item, text.chars().count(), "characters", &show())),
            },
            Value::Map(_) => Err(Stop::new("type", format!("`{}` is a map, whose keys are texts, not {item}", show()))),
            Value::Unit => Err(self.nothing(&format!("[{item}]"), &format!("?[{item}]"), index, keys)),
            other => Err(no_index(other.type_name(), &show())),
        }
    }

    fn named(&self, value: &Value, name: &str, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        match value {
            Value::Map(fields) => Ok(fields.get(name).cloned().unwrap_or_default()),
            Value::Unit => Err(self.nothing(&format!("[{name:?}]"), &format!("?[{name:?}]"), index, keys)),
            Value::List(_) | Value::Text(_) => {
                let base = self.show(index, keys);
                Err(Stop::new(
                    "type",
                    format!("`{base}` is a {}, whose items are counted, not named {name:?}", value.type_name()),
                ))
            }
            other => Err(no_index(other.type_name(), &self.show(index, keys))),
        }
    }

    fn computed(&self, value: &Value, key: Option<&Dynamic>, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        let Some(key) = key else { return Ok(Value::Unit) };
        if let Ok(item) = key.as_int() {
            return self.item(value, item, index, keys);
        }
        if key.is_string() || key.is_char() {
            return self.named(value, &key.to_string(), index, keys);
        }
        if let (Value::Text(text), Some(range)) = (value, super::convert::range_of(key)) {
            return Ok(Value::text(slice(text, range)));
        }
        if !matches!(value, Value::List(_) | Value::Text(_) | Value::Map(_) | Value::Unit) {
            return Err(no_index(value.type_name(), &self.show(index, keys)));
        }
        let given = super::convert::type_name(key);
        let message = format!("an index of `{}` is {given}; it must be an int or a text", self.show(index, keys));
        Err(Stop::new("type", message))
    }
}

/// The functions that are steps of a path.
pub(super) const MEASURES: [&str; 2] = ["len", "is_empty"];

fn measure(value: &Value, name: &str) -> Result<Value, Stop> {
    let len = match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Map(fields) => fields.len(),
        other => return Err(super::builtins::wrong_receiver(name, &mut to_dynamic(other))),
    };
    Ok(if name == "len" { Value::Int(len as i64) } else { Value::Bool(len == 0) })
}

/// The characters of a range; what lies outside of the text is left out, a negative end counts from behind.
pub(super) fn slice(text: &str, range: std::ops::Range<i64>) -> String {
    let count = text.chars().count() as i64;
    let from = if range.start < 0 { (count + range.start).max(0) } else { range.start };
    let to = if range.end < 0 { count + range.end } else { range.end };
    text.chars().skip(from as usize).take((to - from).max(0) as usize).collect()
}

/// Which item an index means; negative ones count from the end.
pub(super) fn position(len: usize, index: i64) -> Option<usize> {
    let len = len as i64;
    let at = if index < 0 { len.checked_add(index)? } else { index };
    (0..len).contains(&at).then_some(at as usize)
}

pub(super) fn outside(index: i64, len: usize, what: &str, base: &str) -> Stop {
    Stop::new("type", format!("`{base}` has {len} {what}, so there is no [{index}]"))
}

fn no_index(type_name: &str, base: &str) -> Stop {
    Stop::new("type", format!("`{base}` is {}, which has no items", super::convert::with_article(type_name)))
}
