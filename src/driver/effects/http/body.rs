//! The body of a request, and which type it says it has: `json`, `form` or `body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use super::texts::{given, no_value, not_a, pairs, wrong};
use crate::model::{Failure, Value};

pub(super) struct Body {
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
}

/// The body that the arguments say; none where none of them is given.
pub(super) fn of(input: &Value) -> Result<Option<Body>, Failure> {
    let given: Vec<(&str, &Value)> =
        ["json", "form", "body"].into_iter().filter_map(|name| Some((name, given(input, name)?))).collect();
    match given.as_slice() {
        [] => Ok(None),
        [("json", value)] => json(value).map(Some),
        [("form", value)] => form(value).map(Some),
        [(_, value)] => plain(value).map(Some),
        [(first, _), (second, _), ..] => Err(wrong(format!("`{first}` and `{second}` are both given: leave one out"))),
    }
}

fn json(value: &Value) -> Result<Body, Failure> {
    match value.secret() {
        Some(_) => Err(no_value("json", value)),
        None => Ok(Body { bytes: value.to_string().into_bytes(), content_type: "application/json" }),
    }
}

fn form(value: &Value) -> Result<Body, Failure> {
    // What encodes a query encodes a form.
    let mut url = Url::parse("form:").expect("a URL");
    url.query_pairs_mut().extend_pairs(pairs("form", value)?);
    let bytes = url.query().unwrap_or_default().as_bytes().to_vec();
    Ok(Body { bytes, content_type: "application/x-www-form-urlencoded" })
}

/// A text, or bytes as the body of an answer gives them.
fn plain(value: &Value) -> Result<Body, Failure> {
    if let Value::Text(text) = value {
        return Ok(Body { bytes: text.as_bytes().to_vec(), content_type: "text/plain; charset=utf-8" });
    }
    let encoded = match value {
        Value::Map(fields) if fields.len() == 1 => value.get("base64").and_then(Value::as_str),
        _ => None,
    };
    match encoded.map(|text| STANDARD.decode(text)) {
        Some(Ok(bytes)) => Ok(Body { bytes, content_type: "application/octet-stream" }),
        Some(Err(error)) => Err(wrong(format!("`body.base64` is no base64: {error}"))),
        None => match value.secret() {
            Some(_) => Err(no_value("body", value)),
            None => Err(not_a("body", "a string, or bytes as `#{ base64: … }`,", value)),
        },
    }
}
