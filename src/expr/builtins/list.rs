//! Lists: looking into them, making others of them, changing them.
//!
//! Invariant: a closure's fault ends the call at once, with its own place and kind; limits are no exception.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, EvalAltResult};

use super::super::convert::{range_of, type_name};
use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;
use super::super::operators::{binary, compare, contains, equal};
use super::super::slot::position;
use super::call::Function;
use super::text::positive;
use super::{Builtin, Call, Kind};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::method("len", &[Kind::List], Kind::Int, |call| {
        call.with_items(0, |items| Ok((items.len() as i64).into())).map_err(Into::into)
    }),
    Builtin::method("is_empty", &[Kind::List], Kind::Bool, |call| {
        call.with_items(0, |items| Ok(items.is_empty().into())).map_err(Into::into)
    }),
    Builtin::method("contains", &[Kind::Any, Kind::Any], Kind::Bool, |call| {
        Ok(contains(call.arg(0), call.arg(1))?.into())
    }),
    Builtin::method("get", &[Kind::List, Kind::Int], Kind::Any, get),
    Builtin::method("first", &[Kind::List], Kind::Any, |call| item(call, 0)),
    Builtin::method("last", &[Kind::List], Kind::Any, |call| item(call, -1)),
    Builtin::method("index_of", &[Kind::List, Kind::Any], Kind::Int, index_of),
    Builtin::method("extract", &[Kind::List, Kind::Place, Kind::Int], Kind::List, extract).least(2),
    Builtin::method("filter", &[Kind::Items, Kind::Function], Kind::List, |call| {
        let items = call.items(0)?;
        Ok(Dynamic::from_array(kept(items, &mut call.function(1), true)?))
    }),
    Builtin::method("map", &[Kind::Items, Kind::Function], Kind::List, map),
    Builtin::method("flat_map", &[Kind::Items, Kind::Function], Kind::List, flat_map),
    Builtin::method("for_each", &[Kind::Items, Kind::Function], Kind::Unit, for_each),
    Builtin::method("reduce", &[Kind::Items, Kind::Function, Kind::Any], Kind::Any, reduce).least(2),
    Builtin::method("find", &[Kind::Items, Kind::Function], Kind::Any, |call| found(call, |item, _| item)),
    Builtin::method("find_index", &[Kind::Items, Kind::Function], Kind::Any, |call| {
        found(call, |_, at| Dynamic::from_int(at as i64))
    }),
    Builtin::method("all", &[Kind::Items, Kind::Function], Kind::Bool, |call| Ok((!any_is(call, false)?).into())),
    Builtin::method("some", &[Kind::Items, Kind::Function], Kind::Bool, |call| Ok(any_is(call, true)?.into())),
    Builtin::method("any", &[Kind::Items, Kind::Function], Kind::Bool, |call| Ok(any_is(call, true)?.into())),
    Builtin::method("count", &[Kind::Items, Kind::Function], Kind::Int, |call| {
        let items = call.items(0)?;
        Ok((kept(items, &mut call.function(1), true)?.len() as i64).into())
    }),
    Builtin::method("zip", &[Kind::List, Kind::List], Kind::List, zip),
    Builtin::method("sort_by", &[Kind::List, Kind::Function], Kind::List, sort_by),
    Builtin::method("group_by", &[Kind::List, Kind::Function], Kind::Map, group_by),
    Builtin::method("unique", &[Kind::List], Kind::List, |call| {
        let items = call.items(0)?;
        Ok(Dynamic::from_array(unique(items)?))
    }),
    Builtin::method("chunk", &[Kind::List, Kind::Int], Kind::List, chunk),
    Builtin::method("flatten", &[Kind::List], Kind::List, flatten),
    Builtin::method("join", &[Kind::List, Kind::Text], Kind::Text, join).least(1),
    Builtin::method("sum", &[Kind::Items], Kind::Any, sum),
    Builtin::method("min", &[Kind::Items], Kind::Any, |call| extreme(call, "min", Ordering::Less)),
    Builtin::method("max", &[Kind::Items], Kind::Any, |call| extreme(call, "max", Ordering::Greater)),
    Builtin::method("to_list", &[Kind::Items], Kind::List, |call| Ok(Dynamic::from_array(call.items(0)?))),
    Builtin::function("range", &[Kind::Int, Kind::Int, Kind::Int], Kind::List, range).least(2),
];

fn item(call: &mut Call, index: i64) -> Outcome {
    let found = call.with_items(0, |items| Ok(position(items.len(), index).map(|at| items[at].clone())))?;
    Ok(found.unwrap_or(Dynamic::UNIT))
}

fn get(call: &mut Call) -> Outcome {
    let index = call.int(1);
    item(call, index)
}

fn index_of(call: &mut Call) -> Outcome {
    let at = call.with_items(0, |items| {
        for (at, item) in items.iter().enumerate() {
            if equal(item, call.arg(1))? {
                return Ok(at as i64);
            }
        }
        Ok(-1)
    })?;
    Ok(at.into())
}

/// Which items a range, or a position and a number, mean; what lies outside is left out.
pub(super) fn bounds(call: &Call, len: usize) -> (usize, usize) {
    let len = len as i64;
    let from_end = |n: i64| if n < 0 { (len + n).max(0) } else { n.min(len) };
    let (from, to) = match range_of(call.arg(1)) {
        Some(range) => (from_end(range.start), from_end(range.end)),
        None => {
            let from = from_end(call.int(1));
            (from, from.saturating_add(call.int_or(2, i64::MAX).max(0)).min(len))
        }
    };
    (from as usize, to.max(from) as usize)
}

fn extract(call: &mut Call) -> Outcome {
    let part = call.with_items(0, |items| {
        let (from, to) = bounds(call, items.len());
        Ok(items[from..to].to_vec())
    })?;
    Ok(Dynamic::from_array(part))
}

pub(super) fn kept(items: Array, function: &mut Function, keep: bool) -> Result<Array, Box<EvalAltResult>> {
    let mut result = Array::new();
    for (at, item) in items.into_iter().enumerate() {
        if function.holds(item.clone(), at)? == keep {
            result.push(item);
        }
    }
    Ok(result)
}

fn map(call: &mut Call) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    let made = items.into_iter().enumerate().map(|(at, item)| function.each(item, at));
    made.collect::<Result<Array, _>>().map(Dynamic::from_array)
}

fn flat_map(call: &mut Call) -> Outcome {
    let mut made = map(call)?;
    Ok(Dynamic::from_array(flattened(made.take().into_array().unwrap_or_default())?))
}

fn for_each(call: &mut Call) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    for (at, item) in items.into_iter().enumerate() {
        function.each(item, at).map(drop)?;
    }
    Ok(Dynamic::UNIT)
}

/// `reduce(|so_far, item| …, start)`; without a start it is `()`.
fn reduce(call: &mut Call) -> Outcome {
    let mut result = if call.given(2) { call.take(2) } else { Dynamic::UNIT };
    let (items, function) = (call.items(0)?, call.function(1));
    for item in items {
        result = function.call([result, item])?;
    }
    Ok(result)
}

fn found(call: &mut Call, give: fn(Dynamic, usize) -> Dynamic) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    for (at, item) in items.into_iter().enumerate() {
        if function.holds(item.clone(), at)? {
            return Ok(give(item, at));
        }
    }
    Ok(Dynamic::UNIT)
}

/// Whether the function gives `wanted` for any item.
fn any_is(call: &mut Call, wanted: bool) -> Result<bool, Box<EvalAltResult>> {
    let (items, mut function) = (call.items(0)?, call.function(1));
    for (at, item) in items.into_iter().enumerate() {
        if function.holds(item, at)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn zip(call: &mut Call) -> Outcome {
    let pairs = call.items(0)?.into_iter().zip(call.items(1)?);
    Ok(Dynamic::from_array(pairs.map(|(a, b)| Dynamic::from_array(vec![a, b])).collect()))
}

pub(super) type Compare<'c> = dyn FnMut(&Dynamic, &Dynamic) -> Result<Ordering, Box<EvalAltResult>> + 'c;

/// A stable merge sort that ends at the comparison's first fault. The standard library's may not be given a
/// comparison that contradicts itself, and a user's may.
pub(super) fn sorted(items: Array, order: &mut Compare) -> Result<Array, Box<EvalAltResult>> {
    if items.len() < 2 {
        return Ok(items);
    }
    meter::charge(items.len() as u64)?;
    let mut left = items;
    let right = left.split_off(left.len() / 2);
    let left = sorted(left, order)?;
    let right = sorted(right, order)?;
    let mut merged = Array::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from = if order(b, a)?.is_lt() { &mut right } else { &mut left };
        merged.extend(from.next());
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

/// By what a function gives for each item.
fn sort_by(call: &mut Call) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    let mut keyed = Array::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let key = function.each(item.clone(), at)?;
        keyed.push(Dynamic::from_array(vec![key, item]));
    }
    let key = |pair: &Dynamic| pair.as_array_ref().ok().and_then(|pair| pair.first().cloned()).unwrap_or(Dynamic::UNIT);
    let sorted = sorted(keyed, &mut |a, b| Ok(compare("sort_by", &key(a), &key(b))?))?;
    let items = sorted.into_iter().filter_map(|pair| pair.into_array().ok()?.pop());
    Ok(Dynamic::from_array(items.collect()))
}

/// A map from what a function gives for each item, as text, to the items for which it gave that.
fn group_by(call: &mut Call) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    let mut groups: rhai::Map = rhai::Map::new();
    for (at, item) in items.into_iter().enumerate() {
        let key = super::own::text_of(&function.each(item.clone(), at)?)?;
        let group = groups.entry(key.as_str().into()).or_insert_with(|| Dynamic::from_array(Array::new()));
        if let Ok(mut group) = group.as_array_mut() {
            group.push(item);
        }
    }
    Ok(Dynamic::from_map(groups))
}

/// The items without those that came before, in their order.
fn unique(items: Array) -> Result<Array, Stop> {
    let mut kept = Array::new();
    let mut texts = std::collections::HashSet::new();
    for item in items {
        let known = match item.as_immutable_string_ref() {
            Ok(text) => !texts.insert(text.to_string()),
            Err(_) => holds_equal(&kept, &item)?,
        };
        if !known {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn holds_equal(items: &Array, wanted: &Dynamic) -> Result<bool, Stop> {
    for item in items {
        if equal(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn chunk(call: &mut Call) -> Outcome {
    let size = positive("chunk", call.int(1))?;
    if size == 0 {
        return Err(Stop::new("type", "`chunk` takes a number above 0").into());
    }
    let items = call.items(0)?;
    Ok(Dynamic::from_array(items.chunks(size).map(|part| Dynamic::from_array(part.to_vec())).collect()))
}

fn flatten(call: &mut Call) -> Outcome {
    Ok(Dynamic::from_array(flattened(call.items(0)?)?))
}

/// One level: the items of items that are lists.
fn flattened(items: Array) -> Result<Array, Stop> {
    let mut flat = Array::new();
    for item in items {
        match item.is_array() {
            true => flat.extend(item.into_array().unwrap_or_default()),
            false => flat.push(item),
        }
        meter::list_length(flat.len())?;
    }
    meter::charge(flat.len() as u64)?;
    Ok(flat)
}

fn join(call: &mut Call) -> Outcome {
    let by = if call.given(1) { call.text(1)? } else { Default::default() };
    let text = call.with_items(0, |items| {
        let mut text = String::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                text += &by;
            }
            text += &super::own::text_of(item)?;
            meter::text_length(text.len())?;
        }
        meter::charge(text.len() as u64 / 64)?;
        Ok(text)
    })?;
    Ok(text.into())
}

fn sum(call: &mut Call) -> Outcome {
    let mut items = call.items(0)?.into_iter();
    let Some(mut total) = items.next() else { return Ok(Dynamic::from_int(0)) };
    if items.len() == 0 && (total.is_string() || total.is_array()) {
        return Err(Stop::new("type", format!("`sum` adds numbers or durations, not {}", type_name(&total))).into());
    }
    for mut item in items {
        if item.is_string() || item.is_array() || item.is_map() {
            return Err(Stop::new("type", format!("`sum` adds numbers or durations, not {}", type_name(&item))).into());
        }
        total = binary("+", &mut [&mut total, &mut item])?;
    }
    Ok(total)
}

/// The least or greatest item, `()` of none.
fn extreme(call: &mut Call, name: &str, wanted: Ordering) -> Outcome {
    let mut best: Option<Dynamic> = None;
    for item in call.items(0)? {
        let better = match &best {
            Some(best) => compare(name, &item, best)? == wanted,
            None => true,
        };
        if better {
            best = Some(item);
        }
    }
    Ok(best.unwrap_or(Dynamic::UNIT))
}

/// `range(from, to, step)`: from on, to left out.
fn range(call: &mut Call) -> Outcome {
    let (from, to, step) = (call.int(0), call.int(1), call.int_or(2, 1));
    if step == 0 {
        return Err(Stop::new("type", "the step of a range is not 0").into());
    }
    let span = (i128::from(to) - i128::from(from)) * i128::from(step.signum());
    let count = if span <= 0 { 0 } else { (span - 1) / i128::from(step.unsigned_abs()) + 1 };
    meter::list(usize::try_from(count).unwrap_or(usize::MAX))?;
    let item = |n: i128| Dynamic::from_int((i128::from(from) + n * i128::from(step)) as i64);
    Ok(Dynamic::from_array((0..count).map(item).collect()))
}
