//! Why no answer came, in words: what reqwest says, looked through for its cause.

use std::error::Error;
use std::net::IpAddr;

use super::answer::MAX_HEADERS;
use super::asked::Asked;
use super::client::CONNECT;
use super::guard::Refused;
use crate::model::{Failure, Value};

/// The failure of a request that got no answer.
pub(super) fn unanswered(label: &str, asked: &Asked, error: &reqwest::Error) -> Failure {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return forbidden(refused, asked);
    }
    let host = asked.host().map_or("its host".to_string(), |host| format!("`{host}`"));
    let cause = innermost(error);
    if error.is_timeout() {
        return Failure::new("timeout", format!("`{label}`: no connection to {host} within {} s", CONNECT.as_secs()));
    }
    if error.is_dns() {
        let host = asked.host().map_or("its host".to_string(), |host| format!("the host `{host}`"));
        return Failure::new("http", format!("`{label}`: {host} was not found: {cause}"));
    }
    if error.is_connect() {
        let secure = if asked.url.scheme() == "https" { "secure " } else { "" };
        return Failure::new("http", format!("`{label}`: no {secure}connection to {host}: {cause}"));
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
pub(super) fn forbidden(refused: &Refused, asked: &Asked) -> Failure {
    let refused = &Refused { host: asked.host().map_or(written(refused.address), str::to_string), ..refused.clone() };
    let port = asked.url.port_or_known_default().unwrap_or(0);
    let help = format!("to allow it: `--allow-net {}:{port}`, or `allow_net` in wayfare.toml", refused.host);
    let data = Value::map([("refused", Value::text(refused.address.to_string()))]);
    Failure { data, ..Failure::new("http", format!("{refused}; {help}")) }
}

/// An address as a URL has it.
fn written(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// What the innermost cause says.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).map(ToString::to_string).filter(|said| !said.is_empty()).last().unwrap_or_default()
}
