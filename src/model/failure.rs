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
    /// where it is a caught `err`, its step and attempt).
    pub fn from_value(value: &Value) -> Failure {
        match value {
            Value::Text(text) => Failure::new("failed", &**text),
            Value::Map(_) => {
                let text = |name| value.get(name).and_then(Value::as_str);
                Failure {
                    step: text("step").map(Arc::from),
                    attempt: value.get("attempt").and_then(Value::as_int).map_or(0, |n| n as u32),
                    data: value.get("data").cloned().unwrap_or_default(),
                    ..Failure::new(text("kind").unwrap_or("failed"), text("message").unwrap_or_default())
                }
            }
            other => Failure::new("failed", other.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}
