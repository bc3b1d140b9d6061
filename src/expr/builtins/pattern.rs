//! Regular expressions, in the syntax of the crate `regex`: linear in the text's length, without look-around.
//!
//! Compiled ones are kept by thread. Invariant: what a pattern costs is bounded by its size and the text's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use rhai::{Array, Dynamic};

use super::super::fault::Stop;
use super::super::limits::MAX_PATTERN_BYTES;
use super::super::meter;
use super::super::native::Outcome;
use super::number::shown;
use super::{Builtin, Call, Kind};

/// How many compiled patterns a thread keeps.
const MAX_KEPT: usize = 64;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::method("matches", &[Kind::Text, Kind::Text], Kind::Bool, |call| {
        let (text, pattern) = text_and_pattern(call)?;
        Ok(pattern.is_match(&text).into())
    }),
    Builtin::method("find", &[Kind::Text, Kind::Text], Kind::Any, find),
    Builtin::method("find_all", &[Kind::Text, Kind::Text], Kind::Texts, find_all),
    Builtin::method("captures", &[Kind::Text, Kind::Text], Kind::Any, captures),
    Builtin::method("replace_regex", &[Kind::Text, Kind::Text, Kind::Text], Kind::Text, replace),
    Builtin::method("split_regex", &[Kind::Text, Kind::Text], Kind::Texts, |call| {
        let (text, pattern) = text_and_pattern(call)?;
        super::text::texts(pattern.split(&text))
    }),
];

thread_local! {
    static KEPT: RefCell<HashMap<String, Rc<Regex>>> = RefCell::new(HashMap::new());
}

fn compiled(pattern: &str) -> Result<Rc<Regex>, Stop> {
    if let Some(regex) = KEPT.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(regex);
    }
    let built = RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES).build();
    let regex = Rc::new(built.map_err(|error| refused(pattern, &error))?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_string(), regex.clone());
    });
    Ok(regex)
}

fn refused(pattern: &str, error: &regex::Error) -> Stop {
    match error {
        regex::Error::CompiledTooBig(_) => Stop::limit("pattern size", MAX_PATTERN_BYTES, " bytes when compiled"),
        other => {
            let text = other.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Stop::new("type", format!("{} is no regular expression: {why}", shown(pattern)))
        }
    }
}

fn text_and_pattern(call: &Call) -> Result<(rhai::ImmutableString, Rc<Regex>), Stop> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    // Compiling and matching cost more than reading.
    meter::charge(50 + pattern.len() as u64 * 4 + text.len() as u64 / 8)?;
    Ok((text, compiled(&pattern)?))
}

/// The first match as text, `()` without one.
fn find(call: &mut Call) -> Outcome {
    let (text, pattern) = text_and_pattern(call)?;
    Ok(pattern.find(&text).map_or(Dynamic::UNIT, |found| found.as_str().into()))
}

fn find_all(call: &mut Call) -> Outcome {
    let (text, pattern) = text_and_pattern(call)?;
    super::text::texts(pattern.find_iter(&text).map(|found| found.as_str()))
}

/// The groups of the first match: the whole match and each group in a list, or a map if groups have names. `()`
/// without a match.
fn captures(call: &mut Call) -> Outcome {
    let (text, pattern) = text_and_pattern(call)?;
    let Some(found) = pattern.captures(&text) else { return Ok(Dynamic::UNIT) };
    let value = |group: Option<regex::Match>| group.map_or(Dynamic::UNIT, |group| group.as_str().into());
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if names.is_empty() {
        return Ok(Dynamic::from_array(found.iter().map(value).collect::<Array>()));
    }
    Ok(Dynamic::from_map(names.into_iter().map(|name| (name.into(), value(found.name(name)))).collect()))
}

/// Every match replaced; `$1` and `${name}` stand for its groups.
fn replace(call: &mut Call) -> Outcome {
    let (text, pattern) = text_and_pattern(call)?;
    let with = call.text(2)?;
    let mut made = String::new();
    let mut at = 0;
    for found in pattern.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        made += &text[at..whole.start()];
        found.expand(&with, &mut made);
        at = whole.end();
        meter::text_length(made.len())?;
        meter::charge(1)?;
    }
    made += &text[at..];
    meter::text(made.len())?;
    Ok(made.into())
}
