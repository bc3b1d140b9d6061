//! JSON, CSV and YAML, in and out.
//!
//! What is read is bounded by depth and size as every value. Invariant: a number that would change is refused:
//! a whole number beyond an int is a fault that says so, not a rounded float.

use rhai::{Array, Dynamic, Map};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::super::convert::{finite, to_value};
use super::super::fault::Stop;
use super::super::limits::{MAX_LIST_ITEMS, MAX_MAP_FIELDS};
use super::super::meter;
use super::super::native::Outcome;
use super::{Builtin, Call, Kind};
use crate::model::MAX_VALUE_DEPTH;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::function("parse_json", &[Kind::Text], Kind::Any, parse_json),
    Builtin::function("to_json", &[Kind::Any], Kind::Text, to_json),
    Builtin::function("parse_csv", &[Kind::Text], Kind::List, parse_csv),
    Builtin::function("parse_yaml", &[Kind::Text], Kind::Any, parse_yaml),
    Builtin::function("parse_xml", &[Kind::Text], Kind::Map, super::xml::parse_xml),
];

fn parse_json(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    meter::charge(text.len() as u64 / 16)?;
    let mut from = serde_json::Deserializer::from_str(&text);
    let read = from.deserialize_any(Reader { depth: 0 }).and_then(|value| from.end().map(|()| value));
    Ok(read.map_err(|error| refused("JSON", &error.to_string()))?)
}

fn parse_yaml(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    meter::charge(text.len() as u64 / 8)?;
    let mut documents = serde_yaml_ng::Deserializer::from_str(&text);
    let Some(first) = documents.next() else { return Ok(Dynamic::UNIT) };
    let value = first.deserialize_any(Reader { depth: 0 }).map_err(|error| refused("YAML", &error.to_string()))?;
    match documents.next() {
        Some(_) => Err(Stop::new("type", "this YAML holds several documents; one is wanted").into()),
        None => Ok(value),
    }
}

/// A limit keeps its kind on its way through a reader's errors.
const LIMIT: &str = "over the limit";

pub(super) fn refused(what: &str, why: &str) -> Stop {
    match why.find(LIMIT) {
        Some(at) => Stop::new("limit", why[at..].split(" at line ").next().unwrap_or_default().trim_end()),
        None => Stop::new("type", format!("this is no {what}: {why}")),
    }
}

fn to_json(call: &mut Call) -> Outcome {
    let value = to_value(call.arg(0))?;
    meter::text(value.weight())?;
    if let Some(name) = value.secret() {
        return Err(super::own::holds(name, "become a text").into());
    }
    let text = value.to_string();
    meter::text(text.len())?;
    Ok(text.into())
}

/// A list of maps by the names of the header, all texts.
fn parse_csv(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    meter::charge(text.len() as u64 / 8)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let wrong = |error: csv::Error| refused("CSV", &error.to_string());
    let header = reader.headers().map_err(wrong)?.clone();
    let mut rows = Array::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        meter::list_length(rows.len() + 1)?;
        meter::charge(record.len() as u64)?;
        let fields =
            header.iter().zip(record.iter()).map(|(name, value)| (name.into(), Dynamic::from(value.to_string())));
        rows.push(Dynamic::from_map(fields.collect()));
    }
    Ok(Dynamic::from_array(rows))
}

/// Reads any value that a format can say.
struct Reader {
    depth: usize,
}

impl Reader {
    fn inner<E: Error>(&self) -> Result<Reader, E> {
        meter::charge(1).map_err(|stop| E::custom(stop.message))?;
        if self.depth >= MAX_VALUE_DEPTH {
            let stop = Stop::limit("value depth", MAX_VALUE_DEPTH, " lists and maps within one another");
            return Err(E::custom(stop.message));
        }
        Ok(Reader { depth: self.depth + 1 })
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Reader {
    type Value = Dynamic;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Dynamic, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Dynamic;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_none<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Dynamic, E> {
        Ok(Dynamic::from_bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Dynamic, E> {
        Ok(Dynamic::from_int(n))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Dynamic, E> {
        let n = i64::try_from(n).map_err(|_| E::custom(format!("the number {n} is more than an int can hold")))?;
        Ok(Dynamic::from_int(n))
    }

    fn visit_i128<E: Error>(self, n: i128) -> Result<Dynamic, E> {
        Err(E::custom(format!("the number {n} is more than an int can hold")))
    }

    fn visit_u128<E: Error>(self, n: u128) -> Result<Dynamic, E> {
        Err(E::custom(format!("the number {n} is more than an int can hold")))
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<Dynamic, E> {
        // A whole number of so many digits that the reader has rounded it.
        if x.fract() == 0.0 && x.abs() >= 9_223_372_036_854_775_807.0 && x.abs() < 1e40 {
            return Err(E::custom(format!("the number {x} is more than an int can hold")));
        }
        finite(x).map(Dynamic::from_float).map_err(|stop| E::custom(stop.message))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Dynamic, E> {
        meter::text_length(text.len()).map_err(|stop| E::custom(stop.message))?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Dynamic, A::Error> {
        let mut items = Array::new();
        while let Some(item) = seq.next_element_seed(self.inner()?)? {
            items.push(item);
            if items.len() > MAX_LIST_ITEMS {
                return Err(A::Error::custom(Stop::limit("list size", MAX_LIST_ITEMS, " items").message));
            }
        }
        Ok(Dynamic::from_array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dynamic, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key_seed(self.inner()?)? {
            let value = map.next_value_seed(self.inner()?)?;
            let key = if key.is_unit() { "null".to_string() } else { key.to_string() };
            fields.insert(key.as_str().into(), value);
            if fields.len() > MAX_MAP_FIELDS {
                return Err(A::Error::custom(Stop::limit("map size", MAX_MAP_FIELDS, " fields").message));
            }
        }
        Ok(Dynamic::from_map(fields))
    }
}
