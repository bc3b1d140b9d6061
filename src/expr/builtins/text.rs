//! Texts. Positions and lengths count characters, as everywhere in the language.
//!
//! Invariant: a text is refused by its size before it is made.

use rhai::{Array, Dynamic, ImmutableString};

use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;
use super::super::slot::slice;
use super::{Builtin, Call, Kind};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::method("len", &[Kind::Text], Kind::Int, |call| Ok(count(&call.text(0)?).into())),
    Builtin::method("bytes", &[Kind::Text], Kind::Int, |call| Ok((call.text(0)?.len() as i64).into())),
    Builtin::method("is_empty", &[Kind::Text], Kind::Bool, |call| Ok(call.text(0)?.is_empty().into())),
    Builtin::method("to_upper", &[Kind::Text], Kind::Text, |call| made(call, |text| text.to_uppercase())),
    Builtin::method("to_lower", &[Kind::Text], Kind::Text, |call| made(call, |text| text.to_lowercase())),
    Builtin::method("starts_with", &[Kind::Text, Kind::Text], Kind::Bool, |call| {
        Ok(call.text(0)?.starts_with(call.text(1)?.as_str()).into())
    }),
    Builtin::method("ends_with", &[Kind::Text, Kind::Text], Kind::Bool, |call| {
        Ok(call.text(0)?.ends_with(call.text(1)?.as_str()).into())
    }),
    Builtin::method("index_of", &[Kind::Text, Kind::Text], Kind::Int, index_of),
    Builtin::method("sub_string", &[Kind::Text, Kind::Place, Kind::Int], Kind::Text, sub_string).least(2),
    Builtin::method("split", &[Kind::Text, Kind::Text, Kind::Int], Kind::Texts, split).least(1),
    Builtin::method("lines", &[Kind::Text], Kind::Texts, lines),
    Builtin::method("chars", &[Kind::Text], Kind::Texts, chars),
    Builtin::method("repeat", &[Kind::Text, Kind::Int], Kind::Text, repeat),
    Builtin::method("get", &[Kind::Text, Kind::Int], Kind::Any, get),
    Builtin::changing("trim", &[Kind::Text], Kind::Unit, |call| changed(call, |text| text.trim().to_string())),
    Builtin::changing("trim_start", &[Kind::Text], Kind::Unit, |call| {
        changed(call, |text| text.trim_start().to_string())
    }),
    Builtin::changing("trim_end", &[Kind::Text], Kind::Unit, |call| changed(call, |text| text.trim_end().to_string())),
    Builtin::changing("make_upper", &[Kind::Text], Kind::Unit, |call| changed(call, |text| text.to_uppercase())),
    Builtin::changing("make_lower", &[Kind::Text], Kind::Unit, |call| changed(call, |text| text.to_lowercase())),
    Builtin::changing("replace", &[Kind::Text, Kind::Text, Kind::Text], Kind::Unit, replace),
    Builtin::changing("remove", &[Kind::Text, Kind::Text], Kind::Unit, remove),
    Builtin::changing("crop", &[Kind::Text, Kind::Place, Kind::Int], Kind::Unit, crop).least(2),
    Builtin::changing("truncate", &[Kind::Text, Kind::Int], Kind::Unit, truncate),
    Builtin::changing("pad", &[Kind::Text, Kind::Int, Kind::Text], Kind::Unit, pad),
    Builtin::changing("pad_start", &[Kind::Text, Kind::Int, Kind::Text], Kind::Unit, pad_start),
    Builtin::changing("append", &[Kind::Text, Kind::Scalar], Kind::Unit, append),
    Builtin::changing("clear", &[Kind::Text], Kind::Unit, |call| call.set("")),
    Builtin::changing("pop", &[Kind::Text], Kind::Text, pop),
];

fn count(text: &str) -> i64 {
    text.chars().count() as i64
}

fn made(call: &mut Call, f: fn(&str) -> String) -> Outcome {
    let text = call.text(0)?;
    meter::text(text.len() * 2)?;
    Ok(f(&text).into())
}

fn changed(call: &mut Call, f: fn(&str) -> String) -> Outcome {
    let new = made(call, f)?;
    call.set(new)
}

/// The position of the first occurrence, -1 without one.
fn index_of(call: &mut Call) -> Outcome {
    let (text, part) = (call.text(0)?, call.text(1)?);
    Ok(text.find(part.as_str()).map_or(-1, |at| count(&text[..at])).into())
}

/// The characters of a range, or so many from a position on (all without a number).
fn part(call: &Call) -> Result<String, Stop> {
    let text = call.text(0)?;
    if let Some(range) = super::super::convert::range_of(call.arg(1)) {
        return Ok(slice(&text, range));
    }
    let from = call.int(1);
    let from = if from < 0 { (count(&text) + from).max(0) } else { from };
    let to = from.saturating_add(call.int_or(2, i64::MAX).max(0));
    Ok(slice(&text, from..to))
}

fn sub_string(call: &mut Call) -> Outcome {
    Ok(part(call)?.into())
}

fn crop(call: &mut Call) -> Outcome {
    let part = part(call)?;
    call.set(part)
}

/// By a separator, or without one by blanks; into at most so many parts.
fn split(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    if !call.given(1) {
        return texts(text.split_whitespace());
    }
    let by = call.text(1)?;
    let most = usize::try_from(call.int_or(2, i64::MAX)).unwrap_or(0).max(1);
    if by.is_empty() {
        return Err(
            Stop::new("type", "`split` takes a separator that isn't empty; `chars()` gives the characters").into()
        );
    }
    texts(text.splitn(most, by.as_str()))
}

/// A list of texts, each counted.
pub(super) fn texts<'t>(parts: impl Iterator<Item = &'t str>) -> Outcome {
    let mut list = Array::new();
    for part in parts {
        meter::charge(1)?;
        meter::list_length(list.len() + 1)?;
        list.push(ImmutableString::from(part).into());
    }
    Ok(Dynamic::from_array(list))
}

fn lines(call: &mut Call) -> Outcome {
    texts(call.text(0)?.lines())
}

fn chars(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    texts(text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]))
}

fn repeat(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let times = positive("repeat", call.int(1))?;
    meter::text(text.len().saturating_mul(times))?;
    Ok(text.repeat(times).into())
}

pub(super) fn positive(name: &str, n: i64) -> Result<usize, Stop> {
    usize::try_from(n).map_err(|_| Stop::new("type", format!("`{name}` takes a number that isn't negative, not {n}")))
}

fn get(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let at = super::super::slot::position(text.chars().count(), call.int(1));
    let found = at.and_then(|at| text.chars().nth(at));
    Ok(found.map_or(Dynamic::UNIT, |c| c.to_string().into()))
}

fn replace(call: &mut Call) -> Outcome {
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if old.is_empty() {
        return Err(Stop::new("type", "`replace` takes a text to look for that isn't empty").into());
    }
    let hits = text.matches(old.as_str()).count();
    meter::text((text.len() - hits * old.len()).saturating_add(hits.saturating_mul(new.len())))?;
    call.set(text.replace(old.as_str(), &new))
}

fn remove(call: &mut Call) -> Outcome {
    let (text, part) = (call.text(0)?, call.text(1)?);
    call.set(if part.is_empty() { text.to_string() } else { text.replace(part.as_str(), "") })
}

fn truncate(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let kept: String = text.chars().take(positive("truncate", call.int(1))?).collect();
    call.set(kept)
}

/// What is put to a text so that it has so many characters.
fn padding(call: &Call, name: &str) -> Result<(ImmutableString, String), Stop> {
    let (text, with) = (call.text(0)?, call.text(2)?);
    if with.is_empty() {
        return Err(Stop::new("type", format!("`{name}` takes a text to pad with that isn't empty")));
    }
    let missing = positive(name, call.int(1))?.saturating_sub(text.chars().count());
    meter::text(text.len().saturating_add(missing.saturating_mul(4)))?;
    Ok((text, with.chars().cycle().take(missing).collect()))
}

fn pad(call: &mut Call) -> Outcome {
    let (text, padding) = padding(call, "pad")?;
    call.set(format!("{text}{padding}"))
}

fn pad_start(call: &mut Call) -> Outcome {
    let (text, padding) = padding(call, "pad_start")?;
    call.set(format!("{padding}{text}"))
}

fn append(call: &mut Call) -> Outcome {
    let (text, more) = (call.text(0)?, super::own::text_of(call.arg(1))?);
    meter::text(text.len() + more.len())?;
    call.set(format!("{text}{more}"))
}

fn pop(call: &mut Call) -> Outcome {
    let mut text = call.text(0)?.to_string();
    let last = text.pop();
    call.set(text).map(drop)?;
    Ok(last.map_or(Dynamic::UNIT, |c| c.to_string().into()))
}
