//! Points in time and lengths of time, both in whole milliseconds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC. Written as RFC 3339 with milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Time(i64);

/// A length of time in milliseconds; negative where one time was taken from an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Length(i64);

/// Why a text is no time or no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotATime {
    #[error("`{0}` is not an RFC 3339 time such as `2026-11-22T08:00:00Z`")]
    Time(String),
    #[error("`{0}` is not a duration such as `500ms`, `5s`, `1h30m` or `7d`")]
    Length(String),
}

impl Time {
    /// Out of the years 0 to 9999 the nearest time within them is taken, so that every time can be written.
    pub fn from_unix_ms(ms: i64) -> Time {
        Time(ms.clamp(-62_167_219_200_000, 253_402_300_799_999))
    }

    /// The time that a header of HTTP says, in any of the three forms of RFC 9110, 5.6.7.
    pub fn from_http(text: &str) -> Option<Time> {
        let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
        let said = forms.into_iter().find_map(|form| jiff::civil::DateTime::strptime(form, text).ok())?;
        let stamp = jiff::tz::Offset::UTC.to_timestamp(said).ok()?;
        Some(Time::from_unix_ms(stamp.as_millisecond()))
    }

    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// This time and `length` later; at the bounds of the calendar it stays there.
    pub fn plus(self, length: Length) -> Time {
        Time::from_unix_ms(self.0.saturating_add(length.0))
    }

    /// How long after `earlier` this is.
    pub fn since(self, earlier: Time) -> Length {
        Length(self.0 - earlier.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(stamp) => write!(f, "{stamp:.3}"),
            Err(_) => write!(f, "{} ms after 1970", self.0),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Time, NotATime> {
        let stamp: jiff::Timestamp = text.parse().map_err(|_| NotATime::Time(text.to_string()))?;
        Ok(Time::from_unix_ms(stamp.as_millisecond()))
    }
}

/// On disk a time is a number of milliseconds: short, exact, and sorted as numbers.
impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        i64::deserialize(from).map(Time::from_unix_ms)
    }
}

const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Length {
    pub const fn from_ms(ms: i64) -> Length {
        Length(ms)
    }

    pub fn ms(self) -> i64 {
        self.0
    }
}

/// As in the language: `1h30m`, `500ms`, `0s`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, size) in UNITS {
            let size = size.unsigned_abs();
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl FromStr for Length {
    type Err = NotATime;

    /// One or more of a whole number and a unit (`ms s m h d`), added up.
    fn from_str(text: &str) -> Result<Length, NotATime> {
        let refuse = || NotATime::Length(text.to_string());
        let mut rest = text;
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0).ok_or_else(refuse)?;
            let number: i64 = rest[..digits].parse().map_err(|_| refuse())?;
            rest = &rest[digits..];
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let size = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters]).ok_or_else(refuse)?.1;
            total = number.checked_mul(size).and_then(|ms| total.checked_add(ms)).ok_or_else(refuse)?;
            rest = &rest[letters..];
        }
        if text.is_empty() { Err(refuse()) } else { Ok(Length(total)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_and_write_alike() {
        for text in ["500ms", "5s", "30m", "2h", "7d", "1h30m", "0s"] {
            assert_eq!(text.parse::<Length>().expect("a duration").to_string(), text);
        }
        assert_eq!("90s".parse::<Length>().expect("a duration").to_string(), "1m30s");
        for text in ["", "5", "s", "5x", "5 s", "99999999999999999d"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_of_http_have_three_forms() {
        let time: Option<Time> = "1994-11-06T08:49:37Z".parse().ok();
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(Time::from_http(text), time, "{text}");
        }
        for text in
            ["", "soon", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT"]
        {
            assert_eq!(Time::from_http(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        let time: Time = "2026-11-22T09:00:00+01:00".parse().expect("a time");
        assert_eq!(time.to_string(), "2026-11-22T08:00:00.000Z");
    }
}
