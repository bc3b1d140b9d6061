//! Numbers: rounding, bounds, roots.
//!
//! Invariant: no result is silently another number: what doesn't fit is a fault.

use rhai::Dynamic;

use super::super::convert::finite;
use super::super::fault::Stop;
use super::super::native::Outcome;
use super::super::operators::compare;
use super::{Builtin, Call, Kind};
use crate::model::Length;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::method("abs", &[Kind::Signed], Kind::Any, abs),
    Builtin::method("sign", &[Kind::Number], Kind::Int, sign),
    Builtin::method("round", &[Kind::Number, Kind::Int], Kind::Any, round).least(1),
    Builtin::method("floor", &[Kind::Number], Kind::Any, |call| whole(call, f64::floor)),
    Builtin::method("ceil", &[Kind::Number], Kind::Any, |call| whole(call, f64::ceil)),
    Builtin::method("sqrt", &[Kind::Number], Kind::Float, |call| float(call, f64::sqrt)),
    Builtin::method("ln", &[Kind::Number], Kind::Float, |call| float(call, f64::ln)),
    Builtin::method("log10", &[Kind::Number], Kind::Float, |call| float(call, f64::log10)),
    Builtin::method("exp", &[Kind::Number], Kind::Float, |call| float(call, f64::exp)),
    Builtin::method("to_int", &[Kind::Scalar], Kind::Int, to_int),
    Builtin::method("to_float", &[Kind::Scalar], Kind::Float, to_float),
    Builtin::function("parse_int", &[Kind::Text, Kind::Int], Kind::Int, parse_int).least(1),
    Builtin::function("parse_float", &[Kind::Text], Kind::Float, to_float),
    Builtin::method("is_even", &[Kind::Int], Kind::Bool, |call| Ok((call.int(0) % 2 == 0).into())),
    Builtin::method("is_odd", &[Kind::Int], Kind::Bool, |call| Ok((call.int(0) % 2 != 0).into())),
    Builtin::function("min", &[Kind::Any, Kind::Any, Kind::Any, Kind::Any], Kind::Any, |call| most(call, "min"))
        .least(2),
    Builtin::function("max", &[Kind::Any, Kind::Any, Kind::Any, Kind::Any], Kind::Any, |call| most(call, "max"))
        .least(2),
    Builtin::method("clamp", &[Kind::Number, Kind::Number, Kind::Number], Kind::Any, clamp),
];

fn abs(call: &mut Call) -> Outcome {
    let value = call.arg(0);
    if let Ok(n) = value.as_int() {
        let wrong = || Stop::new("type", format!("the absolute value of {n} is more than an int can hold"));
        return Ok(Dynamic::from_int(n.checked_abs().ok_or_else(wrong)?));
    }
    if let Some(length) = value.read_lock::<Length>() {
        return Ok(Dynamic::from(Length::from_ms(length.ms().saturating_abs())));
    }
    Ok(Dynamic::from_float(call.number(0).abs()))
}

fn sign(call: &mut Call) -> Outcome {
    let x = call.number(0);
    Ok(Dynamic::from_int(i64::from(x > 0.0) - i64::from(x < 0.0)))
}

/// To so many digits behind the point, halves away from zero; an int stays one.
fn round(call: &mut Call) -> Outcome {
    if call.arg(0).is_int() && !call.given(1) {
        return Ok(call.take(0));
    }
    let digits = call.int_or(1, 0);
    if !(0..=15).contains(&digits) {
        return Err(Stop::new("type", format!("`round` takes 0 to 15 digits, not {digits}")).into());
    }
    if call.arg(0).is_int() {
        return Ok(call.take(0));
    }
    let x = call.number(0);
    if digits == 0 {
        return Ok(Dynamic::from_float(x.round()));
    }
    let written = format!("{x:.*}", digits as usize);
    let scaled = x * 10_f64.powi(digits as i32);
    let by_scale = scaled.round() / 10_f64.powi(digits as i32);
    // Scaling rounds halves away from zero as written; beyond its precision the decimal text decides.
    let rounded = if scaled.abs() < 1e15 { by_scale } else { written.parse().unwrap_or(x) };
    Ok(Dynamic::from_float(finite(rounded)?))
}

fn whole(call: &mut Call, f: fn(f64) -> f64) -> Outcome {
    if call.arg(0).is_int() {
        return Ok(call.take(0));
    }
    Ok(Dynamic::from_float(f(call.number(0))))
}

fn float(call: &mut Call, f: fn(f64) -> f64) -> Outcome {
    Ok(Dynamic::from_float(finite(f(call.number(0)))?))
}

/// A float without its fraction, a text read as an int, `true` as 1.
fn to_int(call: &mut Call) -> Outcome {
    let value = call.arg(0);
    if let Ok(x) = value.as_float() {
        let fits = x.trunc() >= -9_223_372_036_854_775_808.0 && x.trunc() < 9_223_372_036_854_775_808.0;
        let wrong = || Stop::new("type", format!("{x} is more than an int can hold"));
        return fits.then(|| Dynamic::from_int(x as i64)).ok_or_else(|| wrong().into());
    }
    if let Ok(b) = value.as_bool() {
        return Ok(Dynamic::from_int(i64::from(b)));
    }
    if value.is_int() { Ok(call.take(0)) } else { parse_int(call) }
}

fn parse_int(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let radix = call.int_or(1, 10);
    let Some(radix) = u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)) else {
        return Err(Stop::new("type", format!("the base of a number is 2 to 36, not {radix}")).into());
    };
    let wrong = || Stop::new("type", format!("{} is no int", shown(&text)));
    Ok(Dynamic::from_int(i64::from_str_radix(text.trim(), radix).map_err(|_| wrong())?))
}

fn to_float(call: &mut Call) -> Outcome {
    if !call.arg(0).is_string() && !call.arg(0).is_char() {
        let number = call.arg(0).as_bool().map_or_else(|_| call.number(0), |b| f64::from(u8::from(b)));
        return Ok(Dynamic::from_float(number));
    }
    let text = call.text(0)?;
    let read = text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let wrong = || Stop::new("type", format!("{} is no number", shown(&text)));
    Ok(Dynamic::from_float(read.ok_or_else(wrong)?))
}

/// A text in short, quoted, for a message.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{dots}")
}

fn most(call: &mut Call, name: &str) -> Outcome {
    let mut best = 0;
    for index in 1..call.args.len() {
        let order = compare(name, call.arg(index), call.arg(best))?;
        if if name == "max" { order.is_gt() } else { order.is_lt() } {
            best = index;
        }
    }
    Ok(call.take(best))
}

fn clamp(call: &mut Call) -> Outcome {
    if compare("clamp", call.arg(1), call.arg(2))?.is_gt() {
        return Err(Stop::new("type", "`clamp` takes the lower bound first").into());
    }
    let below = compare("clamp", call.arg(0), call.arg(1))?.is_lt();
    let above = compare("clamp", call.arg(0), call.arg(2))?.is_gt();
    Ok(call.take(if below {
        1
    } else if above {
        2
    } else {
        0
    }))
}
