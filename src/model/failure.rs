//! Why a step, an expression or a run failed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Value;

/// A place in a source text, for people; `line` and `column` count from 1, the column counts characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A failure as `catch` sees it (`#{ kind, message, step, attempt, data }`) and as it is shown.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// One of the documented kinds (`failed timeout http status exec type limit stopped secret storage …`), or
    /// what `fail` said.
    pub kind: Arc<str>,
    pub message: String,
    /// The path of the step that failed; none for an expression outside of a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// Which attempt failed last, from 1; 0 where no attempt was made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "is_unit")]
    pub data: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn is_unit(value: &Value) -> bool {
    *value == Value::Unit
}

impl Failure {
    pub fn new(kind: &str, message: impl Into<String>) -> Failure {
        Failure { kind: kind.into(), message: message.into(), step: None, attempt: 0, data: Value::Unit, at: None }
    }

    /// What `err` is in `catch`, `when` and `else`.
    pub fn to_value(&self) -> Value {
        Value::map([
            ("kind", Value::Text(self.kind.clone())),
            ("message", Value::text(self.message.as_str())),
            ("step", self.step.clone().map_or(Value::Unit, Value::Text)),
            ("attempt", Value::Int(i64::from(self.attempt))),
            ("data", self.data.clone()),
        ])
    }

    /// The failure that `fail VALUE` makes: a text is its message, a map gives `kind`, `message` and `data` (and,
    /// where it is a caught `err`, its step and attempt). What a map leaves out, or gives as `()`, isn't said.
    ///
    /// # Errors
    /// Why the value is no failure, in words.
    pub fn from_value(value: &Value) -> Result<Failure, String> {
        match value {
            Value::Text(text) => Ok(Failure::new("failed", &**text)),
            Value::Map(_) => {
                let kind = text_field(value, "kind")?.unwrap_or("failed");
                Ok(Failure {
                    step: text_field(value, "step")?.map(Arc::from),
                    attempt: attempt_field(value)?,
                    data: value.get("data").cloned().unwrap_or_default(),
                    ..Failure::new(kind, text_field(value, "message")?.unwrap_or(Failure::UNSAID))
                })
            }
            other => Err(format!("`fail` takes a text or a map, this is {}", other.type_name())),
        }
    }

    /// The message of a `fail` that gives none.
    pub const UNSAID: &str = "`fail` gave no message";
}

fn text_field<'v>(of: &'v Value, name: &str) -> Result<Option<&'v str>, String> {
    match of.get(name) {
        None | Some(Value::Unit) => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(other) => Err(format!("the `{name}` of a failure is a text, this is {}", other.type_name())),
    }
}

fn attempt_field(of: &Value) -> Result<u32, String> {
    match of.get("attempt") {
        None | Some(Value::Unit) => Ok(0),
        Some(Value::Int(n)) => u32::try_from(*n).map_err(|_| format!("`{n}` is no number of an attempt")),
        Some(other) => Err(format!("the `attempt` of a failure is an int, this is {}", other.type_name())),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}
