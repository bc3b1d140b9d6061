//! Maps. Their fields are in the order of their names, always.
//!
//! Invariant: what goes through a map goes through it in that order.

use rhai::{Dynamic, Map};

use super::super::fault::Stop;
use super::super::limits::MAX_MAP_FIELDS;
use super::super::meter;
use super::super::native::Outcome;
use super::{Builtin, Call, Kind};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::method("len", &[Kind::Map], Kind::Int, |call| with(call, |map| Ok((map.len() as i64).into()))),
    Builtin::method("is_empty", &[Kind::Map], Kind::Bool, |call| with(call, |map| Ok(map.is_empty().into()))),
    Builtin::method("keys", &[Kind::Map], Kind::Texts, |call| {
        with(call, |map| listed(map, |key, _| key.as_str().into()))
    }),
    Builtin::method("values", &[Kind::Map], Kind::List, |call| with(call, |map| listed(map, |_, value| value.clone()))),
    Builtin::method("entries", &[Kind::Map], Kind::List, |call| with(call, |map| listed(map, entry))),
    Builtin::method("get", &[Kind::Map, Kind::Text, Kind::Any], Kind::Any, get).least(2),
    Builtin::method("map_values", &[Kind::Map, Kind::Function], Kind::Map, map_values),
    Builtin::method("filter", &[Kind::Map, Kind::Function], Kind::Map, |call| {
        let (kept, _) = parted(call)?;
        Ok(Dynamic::from_map(kept))
    }),
    Builtin::function("from_entries", &[Kind::List], Kind::Map, from_entries),
    Builtin::changing("set", &[Kind::Map, Kind::Text, Kind::Any], Kind::Unit, set),
    Builtin::changing("remove", &[Kind::Map, Kind::Text], Kind::Any, remove),
    Builtin::changing("clear", &[Kind::Map], Kind::Unit, |call| call.set(Map::new())),
    Builtin::changing("mixin", &[Kind::Map, Kind::Map], Kind::Unit, |call| merge(call, true)),
    Builtin::changing("fill_with", &[Kind::Map, Kind::Map], Kind::Unit, |call| merge(call, false)),
    Builtin::changing("retain", &[Kind::Map, Kind::Function], Kind::Map, |call| {
        let (kept, gone) = parted(call)?;
        call.set(kept).map(drop)?;
        Ok(Dynamic::from_map(gone))
    }),
    Builtin::changing("drain", &[Kind::Map, Kind::Function], Kind::Map, |call| {
        let (gone, kept) = parted(call)?;
        call.set(kept).map(drop)?;
        Ok(Dynamic::from_map(gone))
    }),
];

fn with(call: &mut Call, f: impl FnOnce(&Map) -> Outcome) -> Outcome {
    match call.arg(0).as_map_ref() {
        Ok(map) => f(&map),
        Err(_) => f(&Map::new()),
    }
}

fn listed(map: &Map, item: fn(&rhai::Identifier, &Dynamic) -> Dynamic) -> Outcome {
    meter::list(map.len())?;
    Ok(Dynamic::from_array(map.iter().map(|(key, value)| item(key, value)).collect()))
}

fn entry(key: &rhai::Identifier, value: &Dynamic) -> Dynamic {
    let pair = [("key", Dynamic::from(key.to_string())), ("value", value.clone())];
    Dynamic::from_map(pair.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// The field of that name, or else what is given (`()` if nothing is).
fn get(call: &mut Call) -> Outcome {
    let key = call.text(1)?;
    let found = call.arg(0).as_map_ref().ok().and_then(|map| map.get(key.as_str()).cloned());
    Ok(found.unwrap_or_else(|| if call.given(2) { call.take(2) } else { Dynamic::UNIT }))
}

/// A copy of the receiver.
fn copied(call: &Call) -> Result<Map, Stop> {
    let map = call.arg(0).as_map_ref().map(|map| map.clone()).unwrap_or_default();
    meter::charge(map.len() as u64)?;
    Ok(map)
}

/// The same fields with what a function gives for each value; it may take the key as second.
fn map_values(call: &mut Call) -> Outcome {
    let (map, function) = (copied(call)?, call.function(1));
    let mut made = Map::new();
    for (key, value) in map {
        made.insert(key.clone(), function.with_key(value, &key)?);
    }
    Ok(Dynamic::from_map(made))
}

/// The fields for which a function gives true, and the others; it gets the value, or key and value.
fn parted(call: &mut Call) -> Result<(Map, Map), Box<rhai::EvalAltResult>> {
    let (map, function) = (copied(call)?, call.function(1));
    let (mut kept, mut gone) = (Map::new(), Map::new());
    for (key, value) in map {
        let holds = function.with_key(value.clone(), &key)?;
        let holds = holds.as_bool().map_err(|_| {
            Stop::new(
                "type",
                format!("the function must give a bool, and gave {}", super::super::convert::type_name(&holds)),
            )
        })?;
        if holds {
            kept.insert(key, value)
        } else {
            gone.insert(key, value)
        };
    }
    Ok((kept, gone))
}

/// The map of pairs `[key, value]`, or of maps with `key` and `value`.
fn from_entries(call: &mut Call) -> Outcome {
    let mut map = Map::new();
    for item in call.items(0)? {
        let pair = item.as_array_ref().ok().and_then(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())));
        let pair = pair.or_else(|| {
            item.as_map_ref().ok().and_then(|map| Some((map.get("key")?.clone(), map.get("value")?.clone())))
        });
        let Some((key, value)) = pair else {
            let given = super::super::convert::type_name(&item);
            return Err(Stop::new(
                "type",
                format!("an entry is `[key, value]` or `#{{ key: …, value: … }}`, not {given}"),
            )
            .into());
        };
        map.insert(super::own::text_of(&key)?.as_str().into(), value);
    }
    fits(map.len())?;
    Ok(Dynamic::from_map(map))
}

fn fits(fields: usize) -> Result<(), Stop> {
    if fields > MAX_MAP_FIELDS { Err(Stop::limit("map size", MAX_MAP_FIELDS, " fields")) } else { Ok(()) }
}

fn change(call: &mut Call, f: impl FnOnce(&mut Map) -> Outcome) -> Outcome {
    match call.args[0].as_map_mut() {
        Ok(mut map) => {
            let result = f(&mut map)?;
            fits(map.len())?;
            Ok(result)
        }
        Err(_) => Ok(Dynamic::UNIT),
    }
}

fn set(call: &mut Call) -> Outcome {
    let (key, value) = (call.text(1)?, call.take(2));
    change(call, |map| {
        map.insert(key.as_str().into(), value);
        Ok(Dynamic::UNIT)
    })
}

fn remove(call: &mut Call) -> Outcome {
    let key = call.text(1)?;
    change(call, |map| Ok(map.remove(key.as_str()).unwrap_or(Dynamic::UNIT)))
}

/// Adds another map's fields: over one's own, or only those that are missing.
fn merge(call: &mut Call, over: bool) -> Outcome {
    let other = call.take(1);
    let other = other.try_cast::<Map>().unwrap_or_default();
    meter::charge(other.len() as u64)?;
    change(call, |map| {
        for (key, value) in other {
            if over || !map.contains_key(&key) {
                map.insert(key, value);
            }
        }
        Ok(Dynamic::UNIT)
    })
}
