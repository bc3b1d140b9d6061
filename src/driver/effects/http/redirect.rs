//! Redirects: where an answer leads, and what of the request goes there.
//!
//! As RFC 9110, 15.4 and the fetch standard have it: a 303 is asked for by GET, and so is a 301 or 302 to a POST; 307 and
//! 308 keep method and body. Across origins only headers go along that can't be credentials.

use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, USER_AGENT,
};
use reqwest::{Method, Response};

use super::asked::Asked;
use super::told::Told;
use super::url::{meant, shown};
use crate::model::Failure;

/// The most redirects that are followed (the limit `redirects`).
pub const MAX_REDIRECTS: usize = 10;

/// What goes along to another origin; everything else could be a credential.
const HARMLESS: [HeaderName; 6] =
    [ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, USER_AGENT, HeaderName::from_static("idempotency-key")];

const REDIRECTED: &str = " (redirected)";

/// The request that the answer leads to; none where it is an answer itself.
pub(super) fn next(asked: &Asked, response: &Response) -> Option<Result<Asked, Failure>> {
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION)?;
    if !matches!(status, 301 | 302 | 303 | 307 | 308) || asked.accept.names(status) {
        return None;
    }
    Some(followed(asked, status, &String::from_utf8_lossy(location.as_bytes())))
}

fn followed(asked: &Asked, status: u16, location: &str) -> Result<Asked, Failure> {
    let from = asked.label();
    // Where a secret is led to may well hold it, in whatever part and writing.
    let sealed = asked.told.sealed.as_deref().map(redirected);
    let to = sealed.clone().unwrap_or_else(|| shown(location));
    let refused = |why: &str| Failure::new("http", format!("`{from}` redirects to `{to}`: {why}"));
    let joined = asked.url.join(location).map_err(|error| refused(&format!("no URL: {error}")))?;
    let url = meant(joined, sealed.as_deref()).map_err(|why| refused(&why.message))?;
    if asked.url.scheme() == "https" && url.scheme() == "http" {
        return Err(refused("the way there is not secure, and the way here was"));
    }
    let mut next = Asked { url, told: Told { sealed, ..asked.told.clone() }, ..asked.clone() };
    let becomes_get = match status {
        303 => asked.method != Method::HEAD,
        301 | 302 => asked.method == Method::POST,
        _ => false,
    };
    if becomes_get && next.method != Method::GET {
        next.method = Method::GET;
        next.body = None;
        next.headers.remove(CONTENT_TYPE);
        next.headers.remove("idempotency-key");
    }
    if next.url.origin() != asked.url.origin() {
        next.headers = harmless(next.headers);
    }
    Ok(next)
}

/// What stands for a URL to which one that is not shown leads.
fn redirected(sealed: &str) -> String {
    match sealed.ends_with(REDIRECTED) {
        true => sealed.into(),
        false => format!("{sealed}{REDIRECTED}"),
    }
}

fn harmless(headers: HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in &headers {
        if HARMLESS.contains(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// The failure of a request that leads on and on.
pub(super) fn endless(asked: &Asked) -> Failure {
    let label = asked.label();
    let message = format!("`{label}` is one redirect too many (the limit `redirects` is {MAX_REDIRECTS})");
    Failure::new("http", message)
}
