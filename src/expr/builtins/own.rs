//! Functions about the evaluation itself: types, time, randomness, secrets; and those that only a made text calls.
//!
//! Invariant: what is not the same at every evaluation comes from the session alone.

use rhai::{Dynamic, FnPtr, Module};

use super::super::convert::{Handle, bare_type, to_value, type_name};
use super::super::fault::Stop;
use super::super::native::{Outcome, any, register as put};
use super::super::words::OWN_MARK;
use super::super::{meter, sealing, session};
use super::{Builtin, Call, Kind};
use crate::model::{Length, Sealed, Time, wrong_secret_name};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::function("now", &[], Kind::Time, |_| Ok(Dynamic::from(session::now()?))),
    Builtin::function("uuid", &[], Kind::Text, uuid),
    Builtin::function("random", &[], Kind::Float, random),
    Builtin::function("secret", &[Kind::Text], Kind::Secret, secret),
    Builtin::function("bearer", &[Kind::TextOrSecret], Kind::Map, bearer),
    Builtin::function("basic", &[Kind::TextOrSecret, Kind::TextOrSecret], Kind::Map, basic),
    Builtin::method("to_string", &[Kind::Any], Kind::Text, |call| Ok(text_of(call.arg(0))?.into())),
];

fn uuid(_: &mut Call) -> Outcome {
    let bits = session::draw()?;
    Ok(uuid::Builder::from_random_bytes(bits).into_uuid().to_string().into())
}

/// At least 0.0, less than 1.0.
fn random(_: &mut Call) -> Outcome {
    let bits = session::draw()?;
    let whole = bits[..8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) >> 11;
    Ok(Dynamic::from_float(whole as f64 / (1_u64 << 53) as f64))
}

fn secret(call: &mut Call) -> Outcome {
    let name = call.text(0)?;
    match wrong_secret_name(&name) {
        Some(why) => Err(Stop::new("secret", why).into()),
        None => Ok(Dynamic::from(Handle(Sealed::Secret(name.as_str().into())))),
    }
}

/// What `auth` of a request takes: a plain map, of which whoever sends it makes a header.
fn bearer(call: &mut Call) -> Outcome {
    Ok(credentials("bearer", [("token", call.arg(0).flatten_clone())]))
}

fn basic(call: &mut Call) -> Outcome {
    let fields = [("user", call.arg(0).flatten_clone()), ("password", call.arg(1).flatten_clone())];
    Ok(credentials("basic", fields))
}

fn credentials<const N: usize>(scheme: &str, fields: [(&str, Dynamic); N]) -> Dynamic {
    let mut map = rhai::Map::new();
    map.insert("scheme".into(), scheme.into());
    fields.into_iter().for_each(|(name, value)| drop(map.insert(name.into(), value)));
    Dynamic::from_map(map)
}

/// A value as a text shows it: texts as they are, lists and maps as JSON, `()` as nothing.
pub(in super::super) fn text_of(value: &Dynamic) -> Result<String, Stop> {
    match bare_type(value) {
        "()" => Ok(String::new()),
        "string" | "int" | "bool" => Ok(value.to_string()),
        "datetime" => Ok(value.read_lock::<Time>().map(|time| time.to_string()).unwrap_or_default()),
        "duration" => Ok(value.read_lock::<Length>().map(|length| length.to_string()).unwrap_or_default()),
        "secret" => Err(sealing::unread(value, "this").unwrap_or_else(|| Stop::new("secret", "a secret is no text"))),
        "function" => Err(Stop::new("type", "a function can't become part of a text")),
        _ => {
            let value = to_value(value)?;
            meter::text(value.weight())?;
            match value.secret() {
                Some(name) => Err(holds(name, "become part of a text")),
                None => Ok(value.to_string()),
            }
        }
    }
}

/// Why a value that holds that secret can't be made a text.
pub(super) fn holds(name: &str, what: &str) -> Stop {
    Stop::new("secret", format!("a value that holds the secret `{name}` can't {what}"))
}

/// What only a made text calls, and what rhai itself asks for.
pub(super) fn register(module: &mut Module) {
    put(module, &format!("{OWN_MARK}text"), &any(1), false, |_, args| {
        if args[0].is_string() || args[0].is::<Handle>() {
            return Ok(args[0].flatten_clone());
        }
        let text = text_of(args[0])?;
        meter::text(text.len())?;
        Ok(text.into())
    });
    put(module, &format!("{OWN_MARK}join"), &any(1), false, |_, args| match args[0].as_array_ref() {
        Ok(parts) => sealing::template(&parts),
        Err(_) => Ok(Dynamic::UNIT),
    });
    put(module, &format!("{OWN_MARK}plain"), &any(1), false, |_, args| Ok(text_of(args[0])?.into()));
    put(module, &format!("{OWN_MARK}copy"), &any(1), false, |_, args| Ok(args[0].flatten_clone()));
    put(module, &format!("{OWN_MARK}type_of"), &any(1), false, |_, args| Ok(bare_type(args[0]).into()));
    put(module, &format!("{OWN_MARK}f"), &any(1), false, |_, args| FnPtr::new(args[0].to_string()).map(Dynamic::from));
    put(module, "index$get$", &any(2), false, |_, args| field(args[0], args[1]));
    module.set_iterable::<rhai::Array>();
    module.set_iterator::<std::ops::Range<i64>>();
    module.set_iterator::<std::ops::RangeInclusive<i64>>();
    module.set_iter(std::any::TypeId::of::<rhai::ImmutableString>(), |text| {
        let text: Vec<char> = text.into_immutable_string().unwrap_or_default().chars().collect();
        Box::new(text.into_iter().map(|c| Dynamic::from(c.to_string())))
    });
}

/// A field or an item of what rhai itself has none for.
fn field(value: &Dynamic, key: &Dynamic) -> Outcome {
    use super::super::property::{missing, of_length, of_time};
    // A single character is a text.
    if let (Ok(c), Ok(0 | -1)) = (value.as_char(), key.as_int()) {
        return Ok(c.to_string().into());
    }
    let Ok(name) = key.as_immutable_string_ref().map(|name| name.clone()) else {
        return Err(Stop::new("type", format!("{} has no items, so there is no [{key}]", type_name(value))).into());
    };
    if let Some(stop) = value.read_lock::<Stop>() {
        match name.as_str() {
            "kind" => return Ok(stop.kind.into()),
            "message" => return Ok(stop.message.clone().into()),
            _ => {}
        }
    }
    let time = value.read_lock::<Time>().and_then(|time| of_time(*time, &name));
    let found = time.or_else(|| value.read_lock::<Length>().and_then(|length| of_length(*length, &name)));
    match found {
        Some(n) => Ok(Dynamic::from_int(n)),
        None => Err(missing(bare_type(value), &name, None).into()),
    }
}
