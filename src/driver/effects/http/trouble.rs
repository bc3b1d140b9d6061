//! Why no answer came, in words: what reqwest says, looked through for its cause.

use std::error::Error;

use reqwest::Url;

use super::answer::MAX_HEADERS;
use super::client::CONNECT;
use super::guard::Refused;
use crate::model::{Failure, Value};

/// The failure of a request that got no answer.
pub(super) fn unanswered(label: &str, url: &Url, error: &reqwest::Error) -> Failure {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return forbidden(refused, url);
    }
    let host = url.host_str().unwrap_or_default();
    let cause = innermost(error);
    if error.is_timeout() {
        return Failure::new("timeout", format!("`{label}`: no connection to `{host}` within {} s", CONNECT.as_secs()));
    }
    if error.is_dns() {
        return Failure::new("http", format!("`{label}`: the host `{host}` was not found: {cause}"));
    }
    if error.is_connect() {
        let secure = if url.scheme() == "https" { "secure " } else { "" };
        return Failure::new("http", format!("`{label}`: no {secure}connection to `{host}`: {cause}"));
    }
    if cause.contains("head is too large") {
        return headers_too_long(label);
    }
    Failure::new("http", format!("`{label}` got no answer: {cause}"))
}

pub(super) fn headers_too_long(label: &str) -> Failure {
    let bound = format!("{MAX_HEADERS} bytes, or 100 headers");
    Failure::new("limit", format!("`{label}`: the answer's headers are over the limit `answer headers` of {bound}"))
}

/// The failure of a request that was not sent, since the run may not reach what it is to. Another attempt would end the
/// same, which its data say.
pub(super) fn forbidden(refused: &Refused, url: &Url) -> Failure {
    let port = url.port_or_known_default().unwrap_or(0);
    let help = format!("to allow it: `--allow-net {}:{port}`, or `allow_net` in wayfare.toml", refused.host);
    let data = Value::map([("refused", Value::text(refused.address.to_string()))]);
    Failure { data, ..Failure::new("http", format!("{refused}; {help}")) }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// What the innermost cause says.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).filter(|said| !said.is_empty()).last().unwrap_or_default()
}
