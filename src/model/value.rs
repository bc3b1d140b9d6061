//! A value of the language, as it is bound, journaled and shown.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Length, Sealed, Time};

/// The deepest nesting of lists and maps that a value may have (the limit `value depth`).
pub const MAX_VALUE_DEPTH: usize = 64;

/// A value. Cloning is cheap: what may be large is shared.
///
/// On disk it is JSON; what JSON lacks is a map of one key: `{"$time": ms}`, `{"$length": ms}`,
/// `{"$secret": "NAME"}`, `{"$sealed": {…}}`, and `{"$map": {…}}` for a map of the user's that looks like one of these.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value {
    /// `()`, JSON's `null`.
    #[default]
    Unit,
    Bool(bool),
    Int(i64),
    /// Always finite.
    Float(f64),
    Text(Arc<str>),
    List(Arc<Vec<Value>>),
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    Time(Time),
    Length(Length),
    /// A handle on a secret: its name, never its value.
    Secret(Arc<str>),
    /// A text with secrets in it: what it is computed of.
    Sealed(Arc<Sealed>),
}

impl Value {
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(items))
    }

    /// A map of the given pairs; of equal keys the last one holds.
    pub fn map<K: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(Arc::new(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect()))
    }

    /// The field `name` of a map; none of anything else.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(fields) => fields.get(name),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The name of its type in the language's words.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Unit => "()",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Time(_) => "datetime",
            Value::Length(_) => "duration",
            Value::Secret(_) | Value::Sealed(_) => "secret",
        }
    }

    /// About how many bytes it takes when written.
    pub fn weight(&self) -> usize {
        match self {
            Value::Unit | Value::Bool(_) => 4,
            Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Length(_) => 16,
            Value::Text(text) | Value::Secret(text) => text.len() + 2,
            Value::Sealed(sealed) => sealed.weight() + 12,
            Value::List(items) => 2 + items.iter().map(|v| v.weight() + 1).sum::<usize>(),
            Value::Map(fields) => 2 + fields.iter().map(|(k, v)| k.len() + 4 + v.weight()).sum::<usize>(),
        }
    }

    /// How many lists and maps stand within one another at most, itself counted.
    pub fn depth(&self) -> usize {
        match self {
            Value::List(items) => 1 + items.iter().map(Value::depth).max().unwrap_or(0),
            Value::Map(fields) => 1 + fields.values().map(Value::depth).max().unwrap_or(0),
            Value::Unit
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Length(_)
            | Value::Secret(_)
            | Value::Sealed(_) => 0,
        }
    }

    /// The name of the first secret in it, however deep.
    pub fn secret(&self) -> Option<&Arc<str>> {
        match self {
            Value::Secret(name) => Some(name),
            Value::Sealed(sealed) => sealed.secret(),
            Value::List(items) => items.iter().find_map(Value::secret),
            Value::Map(fields) => fields.values().find_map(Value::secret),
            Value::Unit
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Length(_) => None,
        }
    }

    /// Goes through the names of all secrets in it, however deep.
    pub fn each_secret(&self, each: &mut dyn FnMut(&Arc<str>)) {
        match self {
            Value::Secret(name) => each(name),
            Value::Sealed(sealed) => sealed.each_secret(each),
            Value::List(items) => items.iter().for_each(|item| item.each_secret(each)),
            Value::Map(fields) => fields.values().for_each(|field| field.each_secret(each)),
            Value::Unit
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Length(_) => {}
        }
    }

    /// As people and other programs see it: times and durations as text, a secret as `secret(NAME)`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Unit => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) => Json::from(*n),
            Value::Float(x) => Json::from(*x),
            Value::Text(text) => Json::from(&**text),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(fields) => fields.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect(),
            Value::Time(time) => Json::from(time.to_string()),
            Value::Length(length) => Json::from(length.to_string()),
            Value::Secret(name) => Json::from(format!("secret({name})")),
            Value::Sealed(sealed) => Json::from(sealed.to_string()),
        }
    }

    /// The value that plain JSON says. Whole numbers beyond 64 bits become floats.
    pub fn from_json(json: &serde_json::Value) -> Value {
        use serde_json::Value as Json;
        match json {
            Json::Null => Value::Unit,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or(0.0)), Value::Int),
            Json::String(text) => Value::text(text.as_str()),
            Json::Array(items) => Value::list(items.iter().map(Value::from_json).collect()),
            Json::Object(fields) => Value::map(fields.iter().map(|(k, v)| (k.as_str(), Value::from_json(v)))),
        }
    }
}

/// As [`Value::to_json`], on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_json(), f)
    }
}

const TIME: &str = "$time";
const LENGTH: &str = "$length";
const SECRET: &str = "$secret";
const SEALED: &str = "$sealed";
const MAP: &str = "$map";

/// A map that would be read as something else, were it written as it stands.
fn looks_tagged(fields: &BTreeMap<Arc<str>, Value>) -> bool {
    let is_tag = |key: &Arc<str>| [TIME, LENGTH, SECRET, SEALED].contains(&&**key);
    fields.contains_key(MAP) || fields.len() == 1 && fields.keys().all(is_tag)
}

fn tagged<S: Serializer, T: Serialize + ?Sized>(to: S, tag: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

/// The fields of a map as they stand, without a look at whether they resemble a tag.
struct Fields<'a>(&'a BTreeMap<Arc<str>, Value>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(&**key, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Unit => to.serialize_unit(),
            Value::Bool(b) => to.serialize_bool(*b),
            Value::Int(n) => to.serialize_i64(*n),
            Value::Float(x) => to.serialize_f64(*x),
            Value::Text(text) => to.serialize_str(text),
            Value::List(items) => {
                let mut seq = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Value::Map(fields) if looks_tagged(fields) => tagged(to, MAP, &Fields(fields)),
            Value::Map(fields) => Fields(fields).serialize(to),
            Value::Time(time) => tagged(to, TIME, time),
            Value::Length(length) => tagged(to, LENGTH, length),
            Value::Secret(name) => tagged(to, SECRET, &**name),
            Value::Sealed(sealed) => tagged(to, SEALED, &**sealed),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        from.deserialize_any(Reader { tags: true })
    }
}

/// A value whose outermost map is taken as it stands, even where it resembles a tag.
struct Literal(Value);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Literal, D::Error> {
        from.deserialize_any(Reader { tags: false }).map(Literal)
    }
}

struct Reader {
    /// Whether a map of one key that is a tag stands for what the tag says.
    tags: bool,
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Unit)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Value::Float(x))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = if self.tags && key == MAP { map.next_value::<Literal>()?.0 } else { map.next_value()? };
            fields.insert(Arc::from(key), value);
        }
        let tagged = self.tags && looks_tagged(&fields);
        if tagged { untagged(fields).map_err(de::Error::custom) } else { Ok(Value::Map(Arc::new(fields))) }
    }
}

fn untagged(fields: BTreeMap<Arc<str>, Value>) -> Result<Value, String> {
    let Some((tag, value)) = fields.into_iter().next() else { return Err("a tag is missing".into()) };
    match (&*tag, value) {
        (TIME, Value::Int(ms)) => Ok(Value::Time(Time::from_unix_ms(ms))),
        (LENGTH, Value::Int(ms)) => Ok(Value::Length(Length::from_ms(ms))),
        (SECRET, Value::Text(name)) => Ok(Value::Secret(name)),
        // What is none is a map of the user's, written before there were any.
        (SEALED, value) => Ok(match Sealed::from_value(&value) {
            Some(sealed) => Value::Sealed(Arc::new(sealed)),
            None => Value::map([(SEALED, value)]),
        }),
        (MAP, value @ Value::Map(_)) => Ok(value),
        (tag, value) => Err(format!("`{tag}` does not go with a {}", value.type_name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(value: &Value) -> Value {
        serde_json::from_str(&serde_json::to_string(value).expect("writes")).expect("reads")
    }

    #[test]
    fn what_json_lacks_survives() {
        let tricky = [
            Value::Time(Time::from_unix_ms(5)),
            Value::Length(Length::from_ms(-3)),
            Value::Secret("TOKEN".into()),
            Value::Float(1.0),
            Value::Int(i64::MIN),
            Value::map([("$time", Value::Int(5))]),
            Value::map([("$secret", Value::text("x"))]),
            Value::map([("$time", Value::text("no number"))]),
            Value::map([("$sealed", Value::map([("text", Value::text("x"))]))]),
            Value::map([("$map", Value::map([("$map", Value::Unit)]))]),
            Value::map([("$map", Value::Int(1))]),
            Value::map([("$map", Value::Time(Time::from_unix_ms(1))), ("x", Value::map([("$map", Value::Unit)]))]),
        ];
        for value in tricky {
            assert_eq!(round_trip(&value), value, "{value:?}");
        }
    }
}
