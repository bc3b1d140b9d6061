//! Fields of values that are no maps: `.year` of a datetime, `.ms` of a duration.
//!
//! What is a function is called with parentheses; what is here is read without. Invariant: the same whether the
//! value is read by a path or within rhai.

use super::convert::with_article;
use super::fault::Stop;
use crate::model::{Length, Time, Value};

/// The fields of a datetime and of a duration, with their types, for the checker and for suggestions.
pub fn fields_of(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "datetime" => &["year", "month", "day", "hour", "minute", "second", "weekday", "unix_ms"],
        "duration" => &["ms", "seconds", "minutes", "hours", "days"],
        "error" => &["kind", "message"],
        _ => &[],
    }
}

/// The field of a value that is no map; none if values of its type have no fields.
pub(super) fn of_value(value: &Value, name: &str) -> Option<Result<Value, Stop>> {
    let found = match value {
        Value::Time(time) => of_time(*time, name),
        Value::Length(length) => of_length(*length, name),
        _ => return None,
    };
    Some(found.map(Value::Int).ok_or_else(|| missing(value.type_name(), name, None)))
}

pub(super) fn of_time(time: Time, name: &str) -> Option<i64> {
    if name == "unix_ms" {
        return Some(time.unix_ms());
    }
    let date = super::time::civil(time)?;
    Some(match name {
        "year" => date.year().into(),
        "month" => date.month().into(),
        "day" => date.day().into(),
        "hour" => date.hour().into(),
        "minute" => date.minute().into(),
        "second" => date.second().into(),
        "weekday" => date.weekday().to_monday_one_offset().into(),
        _ => return None,
    })
}

pub(super) fn of_length(length: Length, name: &str) -> Option<i64> {
    let size = match name {
        "ms" => 1,
        "seconds" => 1_000,
        "minutes" => 60_000,
        "hours" => 3_600_000,
        "days" => 86_400_000,
        _ => return None,
    };
    Some(length.ms() / size)
}

/// Says that values of a type have no such field; `base` is the path to the value, where it is known.
pub(super) fn missing(type_name: &str, name: &str, base: Option<&str>) -> Stop {
    let what = match base {
        Some(base) => format!("`{base}` is {}, which", with_article(type_name)),
        None => with_article(type_name),
    };
    let known = fields_of(type_name);
    if type_name == "secret" {
        return Stop::new("secret", format!("{what} is read by nobody, so there is no `.{name}`"));
    }
    let message = if type_name == "()" {
        format!("`()` has no field `{name}`; use `?.{name}` if it may be absent")
    } else if super::builtins::is_method(name) {
        format!("{what} has no field `{name}`; a function is called: `.{name}()`")
    } else if known.is_empty() {
        format!("{what} has no fields, so `.{name}` can't be read")
    } else {
        format!("{what} has no field `{name}`, only {}", known.join(", "))
    };
    Stop::new("type", message)
}
