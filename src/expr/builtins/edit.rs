//! Changing lists: in scripts the receiver itself, in expressions a copy of it.
//!
//! Invariant: a closure's fault leaves the list as it was.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, EvalAltResult};

use super::super::convert::type_name;
use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;
use super::super::operators::{compare, equal};
use super::super::slot::{outside, position};
use super::call::Function;
use super::list::{bounds, sorted};
use super::text::positive;
use super::{Builtin, Call, Kind};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::changing("push", &[Kind::List, Kind::Any], Kind::Unit, |call| put(call, None)),
    Builtin::changing("insert", &[Kind::List, Kind::Int, Kind::Any], Kind::Unit, |call| {
        let at = call.int(1);
        put(call, Some(at))
    }),
    Builtin::changing("append", &[Kind::List, Kind::List], Kind::Unit, append),
    Builtin::changing("set", &[Kind::List, Kind::Int, Kind::Any], Kind::Unit, set),
    Builtin::changing("pop", &[Kind::List], Kind::Any, |call| removed(call, -1)),
    Builtin::changing("shift", &[Kind::List], Kind::Any, |call| removed(call, 0)),
    Builtin::changing("remove", &[Kind::List, Kind::Int], Kind::Any, |call| {
        let index = call.int(1);
        removed(call, index)
    }),
    Builtin::changing("clear", &[Kind::List], Kind::Unit, |call| call.set(Array::new())),
    Builtin::changing("reverse", &[Kind::List], Kind::Unit, |call| {
        call.change_items(|items| {
            moving(items.len())?;
            items.reverse();
            Ok(Dynamic::UNIT)
        })
        .map_err(Into::into)
    }),
    Builtin::changing("truncate", &[Kind::List, Kind::Int], Kind::Unit, truncate),
    Builtin::changing("chop", &[Kind::List, Kind::Int], Kind::Unit, chop),
    Builtin::changing("pad", &[Kind::List, Kind::Int, Kind::Any], Kind::Unit, pad),
    Builtin::changing("fill", &[Kind::List, Kind::Any], Kind::Unit, fill),
    Builtin::changing("sort", &[Kind::List, Kind::Function], Kind::Unit, sort).least(1),
    Builtin::changing("dedup", &[Kind::List], Kind::Unit, dedup),
    Builtin::changing("retain", &[Kind::List, Kind::Function], Kind::List, |call| split_off(call, true)),
    Builtin::changing("drain", &[Kind::List, Kind::Function], Kind::List, |call| split_off(call, false)),
    Builtin::changing("splice", &[Kind::List, Kind::Place, Kind::Int, Kind::List], Kind::Unit, splice),
];
/// By the items themselves, or by a function of two: negative or `true` where the first comes first.
fn sort(call: &mut Call) -> Outcome {
    let items = call.items(0)?;
    let result = if call.given(1) {
        let function = call.function(1);
        sorted(items, &mut |a, b| by_function(&function, a, b))?
    } else {
        sorted(items, &mut |a, b| Ok(compare("sort", a, b)?))?
    };
    call.set(result)
}

fn by_function(function: &Function, a: &Dynamic, b: &Dynamic) -> Result<Ordering, Box<EvalAltResult>> {
    let given = function.call([a.clone(), b.clone()])?;
    match (given.as_int(), given.as_bool()) {
        (Ok(n), _) => Ok(n.cmp(&0)),
        (_, Ok(first)) => Ok(if first { Ordering::Less } else { Ordering::Greater }),
        _ => {
            let given = type_name(&given);
            Err(Stop::new("type", format!("the function given to `sort` gives an int or a bool, and gave {given}"))
                .into())
        }
    }
}

fn put(call: &mut Call, at: Option<i64>) -> Outcome {
    let last = call.args.len() - 1;
    let item = call.take(last);
    call.change_items(|items| {
        let at = at.map_or(items.len(), |at| {
            if at < 0 { items.len().saturating_sub(at.unsigned_abs() as usize) } else { at as usize }
        });
        moving(items.len() - at.min(items.len()))?;
        items.insert(at.min(items.len()), item);
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

fn append(call: &mut Call) -> Outcome {
    let more = call.items(1)?;
    call.change_items(|items| {
        meter::list_length(items.len() + more.len())?;
        items.extend(more);
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

fn set(call: &mut Call) -> Outcome {
    let (index, value) = (call.int(1), call.take(2));
    call.change_items(|items| {
        let at = position(items.len(), index).ok_or_else(|| outside(index, items.len(), "items", "the list"))?;
        items[at] = value;
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

fn removed(call: &mut Call, index: i64) -> Outcome {
    let removed = call.change_items(|items| {
        let Some(at) = position(items.len(), index) else { return Ok(Dynamic::UNIT) };
        moving(items.len() - at)?;
        Ok(items.remove(at))
    });
    removed.map_err(Into::into)
}

/// Counts that so many items change their places.
fn moving(items: usize) -> Result<(), Stop> {
    meter::charge(items as u64 / 64)
}

fn truncate(call: &mut Call) -> Outcome {
    let len = positive("truncate", call.int(1))?;
    call.change_items(|items| {
        items.truncate(len);
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

/// Keeps the last items alone.
fn chop(call: &mut Call) -> Outcome {
    let len = positive("chop", call.int(1))?;
    call.change_items(|items| {
        moving(items.len())?;
        items.drain(..items.len().saturating_sub(len));
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

fn pad(call: &mut Call) -> Outcome {
    let (len, item) = (positive("pad", call.int(1))?, call.take(2));
    meter::list(len)?;
    call.change_items(|items| {
        while items.len() < len {
            meter::charge(1)?;
            items.push(item.clone());
        }
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

fn fill(call: &mut Call) -> Outcome {
    let item = call.take(1);
    call.change_items(|items| {
        for each in items.iter_mut() {
            *each = item.clone();
            meter::charge(1)?;
        }
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}

/// Without those that are equal to the one before.
fn dedup(call: &mut Call) -> Outcome {
    let mut kept = Array::new();
    for item in call.items(0)? {
        let same = kept.last().is_some_and(|last| equal(last, &item).unwrap_or(false));
        if !same {
            kept.push(item);
        }
    }
    call.set(kept)
}

/// Keeps the items for which a function gives `keep`; gives the others.
fn split_off(call: &mut Call, keep: bool) -> Outcome {
    let (items, mut function) = (call.items(0)?, call.function(1));
    let (mut kept, mut gone) = (Array::new(), Array::new());
    for (at, item) in items.into_iter().enumerate() {
        if function.holds(item.clone(), at)? == keep { kept.push(item) } else { gone.push(item) }
    }
    call.set(kept).map(drop)?;
    Ok(Dynamic::from_array(gone))
}

/// Puts other items where a part stood.
fn splice(call: &mut Call) -> Outcome {
    let more = call.items(3)?;
    let len = call.with_items(0, |items| Ok(items.len()))?;
    let (from, to) = bounds(call, len);
    call.change_items(|items| {
        moving(items.len())?;
        items.splice(from..to, more);
        Ok(Dynamic::UNIT)
    })
    .map_err(Into::into)
}
