//! Datetimes and durations.
//!
//! All in UTC, to the millisecond. Invariant: nothing here reads a clock; `now()` is the evaluation's.

use rhai::Dynamic;

use super::super::fault::Stop;
use super::super::native::Outcome;
use super::super::time::{civil, from_civil};
use super::number::shown;
use super::{Builtin, Call, Kind};
use crate::model::{Length, Time};

/// The longest format of a datetime.
const MAX_FORMAT_BYTES: usize = 1_000;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::function("datetime", &[Kind::Text], Kind::Time, datetime),
    Builtin::function("from_unix", &[Kind::Number], Kind::Time, from_unix),
    Builtin::function("duration", &[Kind::Text], Kind::Length, duration),
    Builtin::method("format", &[Kind::Time, Kind::Text], Kind::Text, format),
    Builtin::method("plus_days", &[Kind::Time, Kind::Int], Kind::Time, |call| {
        moved(call, |n| jiff::Span::new().try_days(n))
    }),
    Builtin::method("plus_months", &[Kind::Time, Kind::Int], Kind::Time, |call| {
        moved(call, |n| jiff::Span::new().try_months(n))
    }),
    Builtin::method("plus_years", &[Kind::Time, Kind::Int], Kind::Time, |call| {
        moved(call, |n| jiff::Span::new().try_years(n))
    }),
    Builtin::method("start_of_day", &[Kind::Time], Kind::Time, start_of_day),
];

fn time(call: &Call) -> Time {
    call.arg(0).read_lock::<Time>().map(|time| *time).unwrap_or_default()
}

fn datetime(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let short = shown(&text);
    let wrong = |_| Stop::new("type", format!("{short} is no datetime; write it as \"2026-11-22T08:00:00Z\""));
    Ok(Dynamic::from(text.parse::<Time>().map_err(wrong)?))
}

/// Of seconds since 1970.
fn from_unix(call: &mut Call) -> Outcome {
    let ms = call.number(0) * 1_000.0;
    if !(-62_167_219_200_000.0..=253_402_300_799_999.0).contains(&ms) {
        return Err(Stop::new("type", "a datetime lies in the years 0 to 9999").into());
    }
    Ok(Dynamic::from(Time::from_unix_ms(ms as i64)))
}

fn duration(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let short = shown(&text);
    let wrong =
        |_| Stop::new("type", format!("{short} is no duration; write it as \"500ms\", \"5s\", \"1h30m\" or \"7d\""));
    Ok(Dynamic::from(text.parse::<Length>().map_err(wrong)?))
}

/// By the directives of `strftime`.
fn format(call: &mut Call) -> Outcome {
    let format = call.text(1)?;
    if format.len() > MAX_FORMAT_BYTES {
        return Err(Stop::limit("format size", MAX_FORMAT_BYTES, " bytes").into());
    }
    let wrong = |why: String| Stop::new("type", format!("{} is no format of a datetime: {why}", shown(&format)));
    let stamp = jiff::Timestamp::from_millisecond(time(call).unix_ms()).map_err(|why| wrong(why.to_string()))?;
    let zoned = stamp.to_zoned(jiff::tz::TimeZone::UTC);
    Ok(jiff::fmt::strtime::format(format.as_str(), &zoned).map_err(|why| wrong(why.to_string()))?.into())
}

/// So many days, months or years later; the last day of a shorter month stands for one that it lacks.
fn moved(call: &mut Call, span: fn(i64) -> Result<jiff::Span, jiff::Error>) -> Outcome {
    let wrong = || Stop::new("type", "a datetime lies in the years 0 to 9999");
    let date = civil(time(call)).ok_or_else(wrong)?;
    let later =
        span(call.int(1)).and_then(|span| date.checked_add(span)).ok().filter(|date| (0..=9999).contains(&date.year()));
    Ok(Dynamic::from(later.and_then(from_civil).ok_or_else(wrong)?))
}

fn start_of_day(call: &mut Call) -> Outcome {
    let wrong = || Stop::new("type", "a datetime lies in the years 0 to 9999");
    let date = civil(time(call)).ok_or_else(wrong)?.date().to_datetime(jiff::civil::Time::midnight());
    Ok(Dynamic::from(from_civil(date).ok_or_else(wrong)?))
}
