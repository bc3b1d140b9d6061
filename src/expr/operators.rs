//! The operators: what they mean for each pair of types, and what they refuse.
//!
//! Nothing compares silently, nothing overflows silently, nothing becomes infinite. Invariant: an operator that
//! has no meaning for its operands is a fault of kind `type` that names both their types.

use std::any::TypeId;
use std::cmp::Ordering;

use rhai::{Array, Dynamic, FLOAT, INT, ImmutableString, Map, Module};

use super::convert::{bare_type, finite, range_of, type_name};
use super::fault::Stop;
use super::meter;
use super::native::{Outcome, any, register as put};
use super::sealing;
use crate::model::{Length, Time};

pub(super) fn register(module: &mut Module) {
    let ints = [TypeId::of::<INT>(), TypeId::of::<INT>()];
    let texts = [TypeId::of::<ImmutableString>(), TypeId::of::<ImmutableString>()];
    for (op, holds) in COMPARISONS {
        let compared = move |args: &mut [&mut Dynamic]| Ok(Dynamic::from_bool(holds(compare(op, args[0], args[1])?)));
        put(module, op, &ints, false, move |_, args| compared(args));
        put(module, op, &texts, false, move |_, args| compared(args));
        put(module, op, &any(2), false, move |_, args| compared(args));
    }
    for (op, negated) in [("==", false), ("!=", true)] {
        let compared = move |args: &mut [&mut Dynamic]| Ok(Dynamic::from_bool(equal(args[0], args[1])? != negated));
        put(module, op, &ints, false, move |_, args| compared(args));
        put(module, op, &texts, false, move |_, args| compared(args));
        put(module, op, &any(2), false, move |_, args| compared(args));
    }
    for op in ["+", "-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^"] {
        put(module, op, &ints, false, move |_, args| binary(op, args));
        put(module, op, &any(2), false, move |_, args| binary(op, args));
        let assigning = format!("{op}=");
        put(module, &assigning, &any(2), true, move |_, args| assign(op, args));
    }
    for op in ["-", "!", "+"] {
        put(module, op, &any(1), false, move |_, args| unary(op, args[0]));
    }
    put(module, "contains", &any(2), false, |_, args| Ok(Dynamic::from_bool(contains(args[0], args[1])?)));
}

type Holds = fn(Ordering) -> bool;
const COMPARISONS: [(&str, Holds); 4] =
    [("<", Ordering::is_lt), ("<=", Ordering::is_le), (">", Ordering::is_gt), (">=", Ordering::is_ge)];

fn refuse(op: &str, left: &Dynamic, right: &Dynamic) -> Stop {
    let why = || Stop::new("type", format!("`{op}` doesn't go with {} and {}", type_name(left), type_name(right)));
    sealing::either_unread(left, right, op).unwrap_or_else(why)
}

/// Orders two numbers, texts, datetimes or durations.
pub(super) fn compare(op: &str, left: &Dynamic, right: &Dynamic) -> Result<Ordering, Stop> {
    if let (Ok(a), Ok(b)) = (left.as_int(), right.as_int()) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Ok(order_numbers(left, right, a, b));
    }
    if let (Some(a), Some(b)) = (text(left), text(right)) {
        meter::charge(a.len().min(b.len()) as u64 / 256)?;
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (left.read_lock::<Time>(), right.read_lock::<Time>()) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (left.read_lock::<Length>(), right.read_lock::<Length>()) {
        return Ok(a.cmp(&b));
    }
    sealing::compared(op, left, right)?;
    Err(Stop::new("type", format!("`{op}` compares {} with {}", type_name(left), type_name(right))))
}

fn number(value: &Dynamic) -> Option<FLOAT> {
    value.as_float().ok().or_else(|| value.as_int().ok().map(|n| n as FLOAT))
}

/// Two numbers, at least one of them a float: exact also where an int has more digits than a float.
fn order_numbers(left: &Dynamic, right: &Dynamic, a: FLOAT, b: FLOAT) -> Ordering {
    let order = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    match (order, left.as_int(), right.as_int()) {
        (Ordering::Equal, Ok(n), _) => i128::from(n).cmp(&(b as i128)),
        (Ordering::Equal, _, Ok(n)) => (a as i128).cmp(&i128::from(n)),
        _ => order,
    }
}

/// A text, also one of a single character.
fn text(value: &Dynamic) -> Option<ImmutableString> {
    if let Ok(c) = value.as_char() {
        return Some(c.to_string().into());
    }
    value.as_immutable_string_ref().ok().map(|text| text.clone())
}

/// Whether two values are the same; unlike types never are, but an int and a float may be.
pub(super) fn equal(left: &Dynamic, right: &Dynamic) -> Result<bool, Stop> {
    meter::charge(1)?;
    if let (Ok(a), Ok(b)) = (left.as_array_ref(), right.as_array_ref()) {
        return Ok(a.len() == b.len() && all_equal(a.iter().zip(b.iter()))?);
    }
    if let (Ok(a), Ok(b)) = (left.as_map_ref(), right.as_map_ref()) {
        return Ok(a.len() == b.len() && a.keys().eq(b.keys()) && all_equal(a.values().zip(b.values()))?);
    }
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Ok(order_numbers(left, right, a, b).is_eq());
    }
    if let (Some(a), Some(b)) = (text(left), text(right)) {
        meter::charge(a.len() as u64 / 256)?;
        return Ok(a == b);
    }
    sealing::compared("==", left, right)?;
    Ok(same_scalar(left, right))
}

fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Dynamic, &'a Dynamic)>) -> Result<bool, Stop> {
    pairs.try_fold(true, |same, (a, b)| Ok(same && equal(a, b)?))
}

fn same_scalar(left: &Dynamic, right: &Dynamic) -> bool {
    fn same<T: PartialEq + Clone + 'static>(left: &Dynamic, right: &Dynamic) -> bool {
        matches!((left.read_lock::<T>(), right.read_lock::<T>()), (Some(a), Some(b)) if *a == *b)
    }
    let units = left.is_unit() && right.is_unit();
    let ranges = range_of(left).is_some() && range_of(left) == range_of(right);
    units || ranges || same::<bool>(left, right) || same::<Time>(left, right) || same::<Length>(left, right)
}

/// `item in container`.
pub(super) fn contains(container: &Dynamic, item: &Dynamic) -> Result<bool, Stop> {
    if let Ok(items) = container.as_array_ref() {
        for each in items.iter() {
            if equal(each, item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let (Some(range), Ok(n)) = (range_of(container), item.as_int()) {
        return Ok(range.contains(&n));
    }
    match (text(container), container.as_map_ref(), text(item)) {
        (Some(whole), _, Some(part)) => {
            meter::charge(whole.len() as u64 / 64)?;
            Ok(whole.contains(part.as_str()))
        }
        (_, Ok(fields), Some(key)) => Ok(fields.contains_key(key.as_str())),
        _ => {
            let why = format!("{} can't be looked for in {}", type_name(item), type_name(container));
            Err(sealing::either_unread(container, item, "in").unwrap_or_else(|| Stop::new("type", why)))
        }
    }
}

/// An operator of two operands that is no comparison.
pub(super) fn binary(op: &str, args: &mut [&mut Dynamic]) -> Outcome {
    let (left, right) = (&*args[0], &*args[1]);
    if let (Ok(a), Ok(b)) = (left.as_int(), right.as_int()) {
        return ints(op, a, b).map(Dynamic::from_int).map_err(Into::into);
    }
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return floats(op, a, b, left, right).map(Dynamic::from_float).map_err(Into::into);
    }
    if let (Ok(a), Ok(b)) = (left.as_bool(), right.as_bool()) {
        return bools(op, a, b).map(Dynamic::from_bool).ok_or_else(|| refuse(op, left, right).into());
    }
    if let ("+", Some(joined)) = (op, sealing::joined(left, right)) {
        return joined;
    }
    let made = match op {
        "+" => add(left, right)?,
        "-" => subtract(left, right)?,
        "*" | "/" | "%" => scale(op, left, right)?,
        _ => None,
    };
    made.ok_or_else(|| refuse(op, left, right).into())
}

fn ints(op: &str, a: INT, b: INT) -> Result<INT, Stop> {
    let overflow = || Stop::new("type", format!("{a} {op} {b} is more than an int can hold"));
    let zero = || Stop::new("type", format!("{a} {op} 0: a division by zero"));
    let shift = || Stop::new("type", format!("{a} {op} {b}: an int is shifted by 0 to 63 bits"));
    match op {
        "+" => a.checked_add(b).ok_or_else(overflow),
        "-" => a.checked_sub(b).ok_or_else(overflow),
        "*" => a.checked_mul(b).ok_or_else(overflow),
        "/" | "%" if b == 0 => Err(zero()),
        "/" => a.checked_div(b).ok_or_else(overflow),
        "%" => a.checked_rem(b).ok_or_else(overflow),
        "**" => match u32::try_from(b) {
            Ok(power) => a.checked_pow(power).ok_or_else(overflow),
            Err(_) if b < 0 => {
                Err(Stop::new("type", format!("{a} ** {b}: the power of an int is not negative; write {a}.0")))
            }
            Err(_) => Err(overflow()),
        },
        "<<" | ">>" if !(0..64).contains(&b) => Err(shift()),
        "<<" => Ok(a << b),
        ">>" => Ok(a >> b),
        "&" => Ok(a & b),
        "|" => Ok(a | b),
        _ => Ok(a ^ b),
    }
}

fn floats(op: &str, a: FLOAT, b: FLOAT, left: &Dynamic, right: &Dynamic) -> Result<FLOAT, Stop> {
    let result = match op {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" if b == 0.0 => return Err(Stop::new("type", format!("{a} / 0: a division by zero"))),
        "/" => a / b,
        "%" if b == 0.0 => return Err(Stop::new("type", format!("{a} % 0: a division by zero"))),
        "%" => a % b,
        "**" => a.powf(b),
        _ => return Err(refuse(op, left, right)),
    };
    finite(result)
}

fn bools(op: &str, a: bool, b: bool) -> Option<bool> {
    match op {
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        _ => None,
    }
}

fn add(left: &Dynamic, right: &Dynamic) -> Result<Option<Dynamic>, Stop> {
    if let (Some(a), Some(b)) = (joinable(left), joinable(right))
        && (text(left).is_some() || text(right).is_some())
    {
        meter::text(a.len() + b.len())?;
        return Ok(Some(format!("{a}{b}").into()));
    }
    if let (Ok(a), Ok(b)) = (left.as_array_ref(), right.as_array_ref()) {
        meter::list(a.len() + b.len())?;
        return Ok(Some(Dynamic::from_array(a.iter().chain(b.iter()).cloned().collect::<Array>())));
    }
    if let (Ok(a), Ok(b)) = (left.as_map_ref(), right.as_map_ref()) {
        meter::charge((a.len() + b.len()) as u64)?;
        let pairs = a.iter().chain(b.iter()).map(|(key, value)| (key.clone(), value.clone()));
        return Ok(Some(Dynamic::from_map(pairs.collect::<Map>())));
    }
    let time = left.read_lock::<Time>().map(|time| *time).or_else(|| right.read_lock::<Time>().map(|time| *time));
    let length = left.read_lock::<Length>().map(|length| *length);
    let other = right.read_lock::<Length>().map(|length| *length);
    Ok(match (time, length, other) {
        (Some(time), Some(length), None) | (Some(time), None, Some(length)) => Some(Dynamic::from(time.plus(length))),
        (None, Some(a), Some(b)) => Some(Dynamic::from(lasting(a.ms().checked_add(b.ms()))?)),
        _ => None,
    })
}

/// What a text may be joined with: a text, a number, a bool, a datetime, a duration.
pub(super) fn joinable(value: &Dynamic) -> Option<ImmutableString> {
    if let Some(text) = text(value) {
        return Some(text);
    }
    let scalar = value.is_int() || value.is_float() || value.is_bool();
    if scalar {
        return Some(value.to_string().into());
    }
    let time = value.read_lock::<Time>().map(|time| time.to_string().into());
    time.or_else(|| value.read_lock::<Length>().map(|length| length.to_string().into()))
}

fn subtract(left: &Dynamic, right: &Dynamic) -> Result<Option<Dynamic>, Stop> {
    let (time, other) = (left.read_lock::<Time>(), right.read_lock::<Time>());
    let (length, less) = (left.read_lock::<Length>(), right.read_lock::<Length>());
    Ok(match (time, length, other, less) {
        (Some(time), _, Some(earlier), _) => Some(Dynamic::from(time.since(*earlier))),
        (Some(time), _, _, Some(less)) => {
            let back = lasting(less.ms().checked_neg())?;
            Some(Dynamic::from(time.plus(back)))
        }
        (_, Some(length), _, Some(less)) => Some(Dynamic::from(lasting(length.ms().checked_sub(less.ms()))?)),
        _ => None,
    })
}

fn scale(op: &str, left: &Dynamic, right: &Dynamic) -> Result<Option<Dynamic>, Stop> {
    let zero = || Stop::new("type", format!("{left} {op} 0: a division by zero", left = type_name(left)));
    let made = match (left.read_lock::<Length>(), right.read_lock::<Length>(), op) {
        (Some(length), None, "*") => right.as_int().ok().map(|n| lasting(length.ms().checked_mul(n))),
        (None, Some(length), "*") => left.as_int().ok().map(|n| lasting(length.ms().checked_mul(n))),
        (Some(_), None, "/") if right.as_int() == Ok(0) => Some(Err(zero())),
        (Some(length), None, "/") => right.as_int().ok().map(|n| lasting(length.ms().checked_div(n))),
        (Some(_), Some(other), "/" | "%") if other.ms() == 0 => Some(Err(zero())),
        (Some(length), Some(other), "/") => {
            return Ok(Some(Dynamic::from_float(length.ms() as FLOAT / other.ms() as FLOAT)));
        }
        (Some(length), Some(other), "%") => Some(lasting(length.ms().checked_rem(other.ms()))),
        _ => None,
    };
    made.map(|length| length.map(Dynamic::from)).transpose()
}

fn lasting(ms: Option<i64>) -> Result<Length, Stop> {
    ms.map(Length::from_ms).ok_or_else(|| Stop::new("type", "the result is longer than a duration can be"))
}

fn assign(op: &str, args: &mut [&mut Dynamic]) -> Outcome {
    if op == "+" && append(args)? {
        return Ok(Dynamic::UNIT);
    }
    let result = binary(op, args)?;
    *args[0] = result;
    Ok(Dynamic::UNIT)
}

/// `+=` in place where that saves a copy: onto a text or a list.
fn append(args: &mut [&mut Dynamic]) -> Result<bool, Stop> {
    let (first, rest) = args.split_at_mut(1);
    let added = &mut *rest[0];
    if let (Ok(mut whole), Some(more)) = (first[0].as_immutable_string_mut(), joinable(added)) {
        meter::text_length(whole.len() + more.len())?;
        meter::charge(1 + more.len() as u64 / 64)?;
        *whole += more.as_str();
        return Ok(true);
    }
    let Ok(mut list) = first[0].as_array_mut() else { return Ok(false) };
    match added.as_array_ref().map(|more| more.len()) {
        Ok(count) => {
            meter::charge(1 + count as u64)?;
            meter::list_length(list.len() + count)?;
            list.append(&mut added.take().into_array().unwrap_or_default());
        }
        Err(_) => {
            meter::list_length(list.len() + 1)?;
            list.push(added.take());
        }
    }
    Ok(true)
}

fn unary(op: &str, value: &Dynamic) -> Outcome {
    let wrong = || Stop::new("type", format!("`{op}` doesn't go with {}", type_name(value)));
    let made = match (op, bare_type(value)) {
        ("!", "bool") => Dynamic::from_bool(!value.as_bool().unwrap_or_default()),
        ("+", "int" | "float" | "duration") => value.clone(),
        ("-", "int") => {
            let n = value.as_int().unwrap_or_default();
            Dynamic::from_int(
                n.checked_neg().ok_or_else(|| Stop::new("type", format!("-({n}) is more than an int can hold")))?,
            )
        }
        ("-", "float") => Dynamic::from_float(-value.as_float().unwrap_or_default()),
        ("-", "duration") => {
            let length = value.read_lock::<Length>().map(|length| *length).unwrap_or_default();
            Dynamic::from(lasting(length.ms().checked_neg())?)
        }
        _ => return Err(wrong().into()),
    };
    Ok(made)
}
