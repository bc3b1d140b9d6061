//! What came of a request, in the words of the language: `#{ status, headers, body }`, or a failure that has as much of
//! it as data.
//!
//! A body that says it is JSON is read as such; any other is a text if it is UTF-8, else `#{ base64: "…" }`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};

use super::asked::Asked;
use super::exchange::SoFar;
use super::texts::short;
use super::told::Told;
use super::{headers, trouble};
use crate::model::{Failure, MAX_VALUE_DEPTH, Value};

/// The largest body of an answer, in bytes (the limit `answer size`).
pub const MAX_ANSWER: usize = 1 << 20;

/// The largest headers of an answer together, in bytes (the limit `answer headers`).
pub const MAX_HEADERS: usize = 64 << 10;

/// The longest body that a message shows, in bytes. A longer one isn't shown in part: half of a secret that it holds
/// would not be known for one.
const SHOWN: usize = 200;

/// Status and headers of an answer, and the request that it answers.
struct Head<'a> {
    label: &'a str,
    status: u16,
    reason: &'static str,
    headers: HeaderMap,
    told: &'a Told,
}

pub(super) async fn read(response: Response, asked: &Asked, label: &str, so_far: &SoFar) -> Result<Value, Failure> {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or("");
    let head = Head { label, status: status.as_u16(), reason, headers: response.headers().clone(), told: &asked.told };
    if headers::size(&head.headers) > MAX_HEADERS {
        return Err(trouble::headers_too_long(label));
    }
    let bytes = body(response, &head, so_far).await;
    if !asked.accept.takes(head.status) {
        // What it says counts more than whether all of it could be read.
        return Err(head.refused(bytes.ok().map(|bytes| head.value(&bytes).unwrap_or_else(|_| plain(&bytes)))));
    }
    let bytes = bytes?;
    if asked.method == Method::HEAD {
        return Ok(head.result(Value::text("")));
    }
    let value = head.value(&bytes).map_err(|(kind, why)| head.failure(kind, &why, plain(&bytes)))?;
    Ok(head.result(value))
}

/// All of the body, within its bound.
async fn body(mut response: Response, head: &Head<'_>, so_far: &SoFar) -> Result<Vec<u8>, Failure> {
    let said = response.content_length();
    if let Some(length) = said.filter(|length| *length > MAX_ANSWER as u64) {
        return Err(head.too_long(&format!("{length} bytes")));
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(said.unwrap_or(0) as usize);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_ANSWER => {
                return Err(head.too_long(&format!("more than {MAX_ANSWER} bytes")));
            }
            Ok(Some(chunk)) => {
                bytes.extend_from_slice(&chunk);
                so_far.read(bytes.len());
            }
            Ok(None) => return Ok(bytes),
            Err(error) => {
                let of = said.map_or(String::new(), |said| format!(" of {said}"));
                let error = error.without_url();
                let why =
                    format!("the answer broke off after {}{of} bytes: {}", bytes.len(), trouble::innermost(&error));
                return Err(head.failure("http", &why, Value::Unit));
            }
        }
    }
}

impl Head<'_> {
    fn result(&self, body: Value) -> Value {
        Value::map([
            ("status", Value::Int(self.status.into())),
            ("headers", headers::told(&self.headers)),
            ("body", body),
        ])
    }

    fn failure(&self, kind: &str, why: &str, body: Value) -> Failure {
        Failure { data: self.result(body), ..Failure::new(kind, format!("`{}`: {why}", self.label)) }
    }

    fn too_long(&self, length: &str) -> Failure {
        let bound = format!("the limit `answer size` is {MAX_ANSWER} bytes");
        self.failure("limit", &format!("the answer has {length}; {bound}"), Value::Unit)
    }

    /// The failure of an answer whose status is none to succeed with.
    fn refused(&self, body: Option<Value>) -> Failure {
        let said = match &body {
            None => "; its body could not be read".to_string(),
            Some(Value::Text(text)) => shown(text.trim()),
            Some(Value::Unit) => String::new(),
            Some(other) => shown(&other.to_string()),
        };
        let status = [self.status.to_string().as_str(), self.reason].join(" ");
        let message = format!("`{}` was answered by {}{said}", self.label, status.trim_end());
        Failure { data: self.result(body.unwrap_or_default()), ..Failure::new("status", message) }
    }

    /// The value of a body; else of which kind the failure is, and why.
    fn value(&self, bytes: &[u8]) -> Result<Value, (&'static str, String)> {
        if !self.is_json() {
            return Ok(plain(bytes));
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if text.trim_ascii().is_empty() {
            return Ok(Value::Unit);
        }
        let too_deep = || {
            let bound = format!("the limit `value depth` is {MAX_VALUE_DEPTH}");
            ("limit", format!("the JSON of the answer is nested too deeply; {bound}"))
        };
        match serde_json::from_slice(&self.told.json(text)) {
            Ok(json) => {
                let value = Value::from_json(&json);
                if value.depth() > MAX_VALUE_DEPTH { Err(too_deep()) } else { Ok(value) }
            }
            Err(error) if error.to_string().starts_with("recursion limit") => Err(too_deep()),
            Err(error) => {
                Err(("type", format!("the answer says that it is JSON, and isn't{}: {error}", self.coding())))
            }
        }
    }

    /// How the body is encoded, though nothing but the plain one was asked for.
    fn coding(&self) -> String {
        match self.headers.get(CONTENT_ENCODING).map(|coding| String::from_utf8_lossy(coding.as_bytes())) {
            Some(coding) if !coding.eq_ignore_ascii_case("identity") => {
                format!(" (it is encoded as `{}`)", short(&coding, 60))
            }
            _ => String::new(),
        }
    }

    /// `application/json`, `text/json`, and what ends in `+json`.
    fn is_json(&self) -> bool {
        let Some(said) = self.headers.get(CONTENT_TYPE) else { return false };
        let said = String::from_utf8_lossy(said.as_bytes()).to_ascii_lowercase();
        let media = said.split(';').next().unwrap_or_default().trim();
        matches!(media, "application/json" | "text/json") || media.ends_with("+json")
    }
}

fn shown(body: &str) -> String {
    if body.is_empty() || body.len() > SHOWN { String::new() } else { format!(": {}", short(body, SHOWN)) }
}

/// A text, or bytes.
fn plain(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::text(text),
        Err(_) => Value::map([("base64", Value::text(STANDARD.encode(bytes)))]),
    }
}
