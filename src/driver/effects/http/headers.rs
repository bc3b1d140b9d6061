//! The headers of a request: what the arguments say, the type of the body, the idempotency key.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::auth;
use super::texts::{given, pairs, short, wrong};
use crate::driver::effects::Attempt;
use crate::model::{Failure, Value};

/// Headers that say how a message is framed: those are this client's own.
const FRAMING: [&str; 9] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// All headers of a request; `content_type` is that of its body.
pub(super) fn of(attempt: &Attempt, method: &Method, content_type: Option<&str>) -> Result<HeaderMap, Failure> {
    let input = &attempt.perform.input;
    let mut headers = HeaderMap::new();
    if let Some(own) = given(input, "headers") {
        for (name, text) in pairs("headers", own)? {
            let value = value("headers", &name, &text)?;
            headers.append(self::name(&name)?, value);
        }
    }
    if let Some(auth) = given(input, "auth") {
        if headers.contains_key(AUTHORIZATION) {
            return Err(wrong("`auth` and `headers.Authorization` are both given: leave one of them out"));
        }
        headers.insert(AUTHORIZATION, sensitive(value("auth", "Authorization", &auth::header(auth)?)?));
    }
    if let Some(of_body) = content_type
        && !headers.contains_key(CONTENT_TYPE)
    {
        headers.insert(CONTENT_TYPE, value("headers", "Content-Type", of_body)?);
    }
    if is_write(method) && !headers.contains_key(IDEMPOTENCY_KEY) {
        let key = format!("{}/{}", attempt.run, attempt.perform.path);
        headers.insert(IDEMPOTENCY_KEY, value("headers", "Idempotency-Key", &key)?);
    }
    Ok(headers)
}

/// Whether the request may change something: then what became of it matters also where its answer doesn't.
pub(super) fn is_write(method: &Method) -> bool {
    *method != Method::GET && *method != Method::HEAD
}

fn name(name: &str) -> Result<HeaderName, Failure> {
    let shown = short(name, 60);
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| wrong(format!("`{shown}` of `headers` can't be the name of a header")))?;
    match FRAMING.contains(&parsed.as_str()) {
        true => Err(wrong(format!("`{shown}` of `headers` can't be given: it follows from the request"))),
        false => Ok(parsed),
    }
}

fn value(argument: &str, name: &str, text: &str) -> Result<HeaderValue, Failure> {
    let odd = text.chars().find(|c| c.is_control() && *c != '\t');
    if let Some(odd) = odd {
        let odd = odd.escape_default();
        let name = short(name, 60);
        // The value itself may be a secret.
        return Err(wrong(format!("the value of `{name}` in `{argument}` holds {odd}, which no header may hold")));
    }
    let refused = |_| wrong(format!("the value of `{}` in `{argument}` can't be that of a header", short(name, 60)));
    HeaderValue::from_bytes(text.as_bytes()).map_err(refused)
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// The headers of an answer by their names in lower case; of several of one name the values in a row.
pub(super) fn told(headers: &HeaderMap) -> Value {
    let value = |name: &HeaderName| {
        // The parts of a cookie hold commas themselves.
        let between = if name == "set-cookie" { "\n" } else { ", " };
        let all = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Value::text(all.collect::<Vec<_>>().join(between))
    };
    Value::map(headers.keys().map(|name| (name.as_str(), value(name))))
}

/// How many bytes they take.
pub(super) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}
