//! The URL of a request: what it may be, and how it is named in messages.

use reqwest::{Method, Url};

use super::texts::{given, pairs, text, wrong};
use crate::model::{Failure, Sealed, Value};

/// The longest URL, in bytes (the limit `url size`).
pub const MAX_URL: usize = 16 << 10;

/// How much of a URL names it in a message, in characters.
const SHOWN: usize = 200;

/// What stands for the URL of the arguments in messages where there are secrets in it, as they are before they are filled
/// in. A part of what is filled in, or another way of writing it, would not be known for a secret any more.
pub(super) fn sealed(input: &Value) -> Option<String> {
    match input.get("url")? {
        Value::Secret(name) => Some(Sealed::Secret(name.clone()).to_string()),
        Value::Sealed(sealed) => Some(shown(&sealed.to_string())),
        Value::Unit
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Time(_)
        | Value::Length(_) => None,
    }
}

/// The URL of the arguments, `query` included. In messages `sealed` stands for it, if given.
pub(super) fn of(input: &Value, sealed: Option<&str>) -> Result<Url, Failure> {
    let written = text("url", input.get("url").unwrap_or(&Value::Unit))?;
    let mut url =
        checked(&written, sealed).map_err(|why| Failure { message: format!("`url`: {}", why.message), ..why })?;
    if let Some(query) = given(input, "query") {
        let pairs = pairs("query", query)?;
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
    }
    bounded(url.as_str().len())?;
    Ok(url)
}

/// The URL that a text says, where a request may be sent to it.
fn checked(text: &str, sealed: Option<&str>) -> Result<Url, Failure> {
    bounded(text.len())?;
    let named = || sealed.map_or_else(|| shown(text), str::to_string);
    if let Some(odd) = text.chars().find(|c| c.is_control()) {
        return Err(wrong(format!("`{}` holds the control character {}", named(), odd.escape_default())));
    }
    let url = Url::parse(text).map_err(|error| wrong(format!("`{}` is no URL: {error}", named())))?;
    meant(url, sealed)
}

/// The URL, where it is one of HTTP and holds no credentials.
pub(super) fn meant(mut url: Url, sealed: Option<&str>) -> Result<Url, Failure> {
    if !["http", "https"].contains(&url.scheme()) {
        let named = sealed.map_or_else(|| shown(url.as_str()), str::to_string);
        return Err(wrong(format!("`{named}` begins with neither `http://` nor `https://`")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let host = sealed.or(url.host_str()).unwrap_or_default();
        return Err(wrong(format!(
            "the URL of `{host}` holds credentials; write `auth: basic(user, password)` instead"
        )));
    }
    url.set_fragment(None);
    Ok(url)
}

fn bounded(length: usize) -> Result<(), Failure> {
    match length > MAX_URL {
        true => Err(Failure::new(
            "limit",
            format!("a URL of {length} bytes is over the limit `url size` of {MAX_URL} bytes"),
        )),
        false => Ok(()),
    }
}

/// A text that should be a URL, for a message. It is cut between segments alone: half of one could be half of a secret,
/// which nobody would know for one any more.
pub(super) fn shown(text: &str) -> String {
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    let line: String = bare.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(SHOWN) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..line[..end].rfind('/').map_or(0, |at| at + 1)]),
    }
}

/// What the request is called in messages: without the query, which may be long and is nobody else's business.
pub(super) fn label(method: &Method, url: &Url, sealed: Option<&str>) -> String {
    match sealed {
        Some(sealed) => format!("{method} {sealed}"),
        None => format!("{method} {}", shown(url.as_str())),
    }
}
