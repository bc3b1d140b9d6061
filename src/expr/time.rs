//! Points in time as dates of the calendar, in UTC.
//!
//! The calendar is jiff's; nothing here reads a clock. Invariant: a time within the years 0 to 9999 has a date.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::model::Time;

/// The date and time of day in UTC.
pub(super) fn civil(time: Time) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_millisecond(time.unix_ms()).ok()?;
    Some(stamp.to_zoned(TimeZone::UTC).datetime())
}

/// The time of a date and time of day in UTC.
pub(super) fn from_civil(date: DateTime) -> Option<Time> {
    let stamp = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Time::from_unix_ms(stamp.as_millisecond()))
}
