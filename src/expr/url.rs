//! URLs in backtick texts: what becomes of each `${…}`.
//!
//! | where it stands | what becomes of it |
//! | --- | --- |
//! | at the very start, as the first of all, and `raw(x)` | nothing: it stands as it is |
//! | within the host, or before it | it must be letters, digits, `.` and `-`, and may end in `:port` |
//! | behind the host | it is percent-encoded, so that it is one segment, or one part of the query |
//!
//! Where the host ends is seen by the text so far: a base URL that is a value may hold it. Invariant: no value but one
//! that stands as it is adds a `/`, `?`, `#` or `@`, or makes a segment `.` or `..`.

use std::ops::Range;
use std::sync::Arc;

use percent_encoding::utf8_percent_encode;

use super::builtins::RESERVED;
use super::fault::Stop;
use super::meter;
use super::sealing::bounded;
use crate::model::{Sealed, Value};

/// What a secret is taken for where it begins a URL: a whole base.
const SECRET_BASE: &str = "https://secret";

/// A URL as far as it is put together.
#[derive(Default)]
pub(super) struct Url {
    /// With other words where there are secrets.
    so_far: String,
    /// The same as it is.
    parts: Vec<Sealed>,
    /// Where each value stands that is to be one segment.
    values: Vec<Option<Range<usize>>>,
    secret: bool,
    /// Where the secrets end that stand as they are: what follows may begin a segment.
    secret_ends: Vec<usize>,
}

impl Url {
    pub fn text(&mut self, text: &str) {
        self.put(text);
    }

    pub fn value(&mut self, value: &Value, raw: bool) -> Result<(), Stop> {
        let start = self.so_far.len();
        let as_it_is = raw || (start == 0 && self.values.is_empty());
        if let Some(sealed) = sealed(value) {
            self.sealed(sealed, as_it_is)?;
        } else {
            let text = text_of(value)?;
            meter::text(start + text.len() * 3)?;
            if as_it_is {
                self.put(&text);
            } else if is_past_host(&self.so_far) {
                self.put(&utf8_percent_encode(&text, RESERVED).to_string());
            } else {
                of_host(&text)?;
                self.put(&text);
            }
        }
        self.values.push(Some(start..self.so_far.len()).filter(|_| !as_it_is));
        Ok(())
    }

    /// A secret, which is filled in as the request is sent: what it would do to a host can't be seen before.
    fn sealed(&mut self, sealed: Sealed, as_it_is: bool) -> Result<(), Stop> {
        self.secret = true;
        match (as_it_is, is_past_host(&self.so_far)) {
            (true, _) => self.parts.push(sealed),
            (false, true) => self.parts.push(Sealed::Url(Arc::new(sealed))),
            (false, false) => {
                let name = sealed.secret().cloned().unwrap_or_default();
                return Err(Stop::new("secret", format!("the secret `{name}` can't be part of a host")));
            }
        }
        self.so_far.push_str(if self.so_far.is_empty() { SECRET_BASE } else { "secret" });
        if as_it_is {
            self.secret_ends.push(self.so_far.len());
        }
        Ok(())
    }

    fn put(&mut self, text: &str) {
        self.so_far.push_str(text);
        self.parts.push(Sealed::Text(text.into()));
    }

    /// The whole URL; else what is wrong with it, and with which of its values.
    pub fn finish(self) -> Result<Value, (Stop, usize)> {
        let behind = |range: &Range<usize>| self.secret_ends.iter().rev().find(|end| **end <= range.start).copied();
        let climbing = |range: &Range<usize>| {
            let whole = segment(&self.so_far, range);
            let rest =
                behind(range).map_or(whole, |end| segment(&self.so_far[end..], &(range.start - end..range.end - end)));
            [whole, rest].into_iter().find(|segment| is_climbing(segment))
        };
        let found = self.values.iter().enumerate().find_map(|(i, range)| Some((i, climbing(range.as_ref()?)?)));
        if let Some((value, named)) = found {
            let message = format!("`{named}` can't be one segment of a URL: it would lead to another one");
            return Err((Stop::new("type", message), value));
        }
        if !self.secret {
            return Ok(Value::text(self.so_far));
        }
        match bounded(Sealed::join(self.parts)) {
            Ok(Sealed::Secret(name)) => Ok(Value::Secret(name)),
            Ok(sealed) => Ok(Value::Sealed(Arc::new(sealed))),
            Err(stop) => Err((stop, 0)),
        }
    }
}

fn sealed(value: &Value) -> Option<Sealed> {
    match value {
        Value::Secret(name) => Some(Sealed::Secret(name.clone())),
        Value::Sealed(sealed) => Some((**sealed).clone()),
        _ => None,
    }
}

fn text_of(value: &Value) -> Result<String, Stop> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_string()),
        Value::Time(time) => Ok(time.to_string()),
        Value::Length(length) => Ok(length.to_string()),
        Value::Unit => Err(Stop::new("type", "a part of the URL is `()`")),
        Value::List(_) | Value::Map(_) | Value::Secret(_) | Value::Sealed(_) => {
            Err(Stop::new("type", format!("a part of the URL is a {}, where a text is needed", value.type_name())))
        }
    }
}

/// Whether the host of a URL that begins so is at its end. As browsers read it, a `\` is a `/` there, and any number of
/// them stands before the host.
fn is_past_host(url: &str) -> bool {
    let Some((_, rest)) = url.split_once(':') else { return false };
    rest.trim_start_matches(['/', '\\']).contains(['/', '\\', '?', '#'])
}

/// What may stand within a host.
fn of_host(text: &str) -> Result<(), Stop> {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    let numbered = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    if named && numbered && !text.is_empty() {
        return Ok(());
    }
    let shown: String = text.chars().take(60).collect();
    let message =
        format!("`{shown}` can't be part of a host: it may hold letters, digits, `.` and `-`, and end in `:port`");
    Err(Stop::new("type", message))
}

/// The segment of the path, or the part of the query, in which a value stands.
fn segment<'u>(url: &'u str, value: &Range<usize>) -> &'u str {
    let ends = ['/', '\\', '?', '#'];
    let start = url[..value.start].rfind(ends).map_or(0, |at| at + 1);
    let end = url[value.end..].find(ends).map_or(url.len(), |at| value.end + at);
    &url[start..end]
}

/// Whether a segment means the one above or itself: also with its dots encoded.
fn is_climbing(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together of texts and, at each odd place, values.
    fn url(parts: &[&str]) -> Result<String, String> {
        let mut url = Url::default();
        for (i, part) in parts.iter().enumerate() {
            match i % 2 {
                0 => url.text(part),
                _ => url.value(&Value::text(*part), false).map_err(|stop| stop.message)?,
            }
        }
        let whole = url.finish().map_err(|(stop, value)| format!("{value}: {}", stop.message))?;
        Ok(whole.to_string().trim_matches('"').to_string())
    }

    #[test]
    fn a_value_is_one_segment() {
        let cases: &[(&[&str], &str)] = &[
            (&["https://a.b/users/", "a/b c?#%", "/x"], "https://a.b/users/a%2Fb%20c%3F%23%25/x"),
            (&["https://a.b/x?q=", "1&z=ü"], "https://a.b/x?q=1%26z%3D%C3%BC"),
            (&["", "https://a.b/v1", "/users/", "../x"], "https://a.b/v1/users/..%2Fx"),
            (&["", "https://a.b", "", "c.d", "/x"], "https://a.bc.d/x"),
            (&["", "https://a.b/", "", "c/d"], "https://a.b/c%2Fd"),
            (&["https://", "api-1.b", ":", "8080", "/x"], "https://api-1.b:8080/x"),
            (&["http", "s", "://x/"], "https://x/"),
            (&["https://", "x:80", "/"], "https://x:80/"),
            (&["https://a.b/", "...", "/x"], "https://a.b/.../x"),
            (&["https://a.b/", "", "/x"], "https://a.b//x"),
        ];
        for (parts, whole) in cases {
            assert_eq!(url(parts).as_deref(), Ok(*whole));
        }
    }

    #[test]
    fn a_value_leads_nowhere_else() {
        for value in ["a/b", "a@b", "a?b", "a#b", "a\\b", "[::1]", "x:80:90", "x:", "x:a", "", "a b", "a%2fb", "ä"] {
            let refused = url(&["https://", value, "/x"]).expect_err(value);
            assert!(refused.contains("can't be part of a host"), "{value}: {refused}");
        }
        // Only the first value may be a whole base, also where it is empty.
        assert!(url(&["", "", "", "https://evil.example/x"]).expect_err("no base").contains("part of a host"));
        assert!(url(&["https:\\\\x", "/y", "/"]).is_err());
        assert!(url(&["https:///", "a/b", "/"]).is_err());
        for parts in [["https://a.b/x/", "..", "/y"], ["https://a.b/x/", ".", ""], ["https://a.b/.", ".", "?x"]] {
            assert!(url(&parts).expect_err("climbs").starts_with("0: `."), "{parts:?}");
        }
        assert_eq!(
            url(&["https://a.b/%2e", ".", ""]).expect_err("climbs"),
            "0: `%2e.` can't be one segment of a URL: it would lead to another one"
        );
    }

    #[test]
    fn what_is_no_text_is_no_part() {
        let said = |value: Value| Url::default().value(&value, true).expect_err("refused").message;
        assert_eq!(said(Value::Unit), "a part of the URL is `()`");
        assert_eq!(said(Value::list(vec![])), "a part of the URL is a list, where a text is needed");
        let mut raw = Url::default();
        raw.text("https://a.b/");
        raw.value(&Value::text("x/y?z"), true).expect("as it is");
        assert_eq!(raw.finish().ok(), Some(Value::text("https://a.b/x/y?z")));
    }

    #[test]
    fn a_secret_is_sealed_within() {
        let whole = |parts: &[&str]| {
            let mut url = Url::default();
            for part in parts {
                let plain = part.strip_prefix('=').map(|text| url.value(&Value::text(text), false));
                match part.strip_prefix('$') {
                    _ if plain.is_some() => plain.unwrap_or(Ok(())).map_err(|stop| stop.message)?,
                    Some(name) => url.value(&Value::Secret(name.into()), false).map_err(|stop| stop.message)?,
                    None => url.text(part),
                }
            }
            url.finish().map(|value| value.to_string()).map_err(|(stop, _)| stop.message)
        };
        let said = whole(&["https://a.b/x/", "$T", "?k=", "$K"]);
        assert_eq!(said.as_deref(), Ok("\"https://a.b/x/url_encode(secret(T))?k=url_encode(secret(K))\""));
        assert_eq!(whole(&["$HOOK"]).as_deref(), Ok("\"secret(HOOK)\""));
        assert_eq!(whole(&["$HOOK", "/", "$T"]).as_deref(), Ok("\"secret(HOOK)/url_encode(secret(T))\""));
        for climbing in [&["$HOOK", "=.."][..], &["$HOOK", "=..", "/x"], &["$HOOK", "=.", ".", "?x"]] {
            assert!(whole(climbing).expect_err("climbs").ends_with("it would lead to another one"), "{climbing:?}");
        }
        assert_eq!(whole(&["$HOOK", "=a.b", "/x"]).as_deref(), Ok("\"secret(HOOK)a.b/x\""));
        assert_eq!(whole(&["https://a.b/", "$T", "=.."]).as_deref(), Ok("\"https://a.b/url_encode(secret(T))..\""));
        assert_eq!(whole(&["https://", "$T", "/"]), Err("the secret `T` can't be part of a host".into()));
    }
}
