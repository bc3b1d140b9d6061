//! What `http.*` was asked: its arguments read and checked, before anything is sent.

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use super::texts::{given, not_a, short, text, wrong};
use super::told::Told;
use super::{body, headers, url};
use crate::driver::effects::Attempt;
use crate::model::{Failure, Value};

/// A request.
#[derive(Clone)]
pub(super) struct Asked {
    pub method: Method,
    pub url: Url,
    pub told: Told,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    pub accept: Accept,
}

/// Which statuses of 400 and up are answers like others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Accept {
    These(Vec<u16>),
    Any,
}

impl Asked {
    pub fn read(attempt: &Attempt, told: Told) -> Result<Asked, Failure> {
        let input = &attempt.perform.input;
        let method = method(&attempt.perform.action, input)?;
        let url = url::of(input, told.sealed.as_deref())?;
        let body = body::of(input)?;
        let headers = headers::of(attempt, &method, body.as_ref().map(|body| body.content_type))?;
        Ok(Asked { method, url, told, headers, body: body.map(|body| body.bytes), accept: Accept::of(input)? })
    }

    pub fn label(&self) -> String {
        url::label(&self.method, &self.url, self.told.sealed.as_deref())
    }

    /// The host, where messages may name it: of a URL that holds secrets where it was written out.
    pub fn host(&self) -> Option<&str> {
        let host = self.url.host_str()?;
        let sealed = self.told.sealed.as_deref();
        sealed.is_none_or(|sealed| sealed.to_ascii_lowercase().contains(host)).then_some(host)
    }

    pub fn is_write(&self) -> bool {
        headers::is_write(&self.method)
    }
}

fn method(action: &str, input: &Value) -> Result<Method, Failure> {
    let name = match action.strip_prefix("http.") {
        Some("request") => text("method", input.get("method").unwrap_or(&Value::Unit))?,
        Some(name @ ("get" | "post" | "put" | "patch" | "delete")) => name.to_ascii_uppercase(),
        _ => return Err(wrong(format!("`{action}` is no effect that this `wf` can perform"))),
    };
    let upper = name.to_ascii_uppercase();
    // Names of methods differ by case; who writes a known one in another means the known one.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&upper.as_str());
    let method = if known { &upper } else { &name };
    match Method::from_bytes(method.as_bytes()) {
        Ok(_) if ["CONNECT", "TRACE"].contains(&upper.as_str()) => {
            Err(wrong(format!("`method` is `{upper}`, which can't be asked for")))
        }
        Ok(method) => Ok(method),
        Err(_) => Err(wrong(format!("`method` is `{}`, which is no method of HTTP", short(&name, 60)))),
    }
}

impl Accept {
    fn of(input: &Value) -> Result<Accept, Failure> {
        let wanted = "a list of statuses such as `[404]`, or `\"any\"`,";
        match given(input, "accept") {
            None => Ok(Accept::These(Vec::new())),
            Some(Value::Text(text)) if **text == *"any" => Ok(Accept::Any),
            Some(Value::List(items)) => {
                let status = |(i, item): (usize, &Value)| match item.as_int() {
                    Some(status @ 100..=599) => Ok(status as u16),
                    Some(other) => Err(wrong(format!("`accept[{i}]` is {other}, which is no status"))),
                    None => Err(not_a(&format!("accept[{i}]"), "a status", item)),
                };
                items.iter().enumerate().map(status).collect::<Result<_, _>>().map(Accept::These)
            }
            Some(Value::Text(text)) => {
                Err(wrong(format!("`accept` is `{}`, where {wanted} is needed", short(text, 60))))
            }
            Some(other) => Err(not_a("accept", wanted, other)),
        }
    }

    /// Whether an answer of that status is one that the step succeeds with.
    pub fn takes(&self, status: u16) -> bool {
        status < 400 || *self == Accept::Any || self.names(status)
    }

    /// Whether that very status is asked for.
    pub fn names(&self, status: u16) -> bool {
        matches!(self, Accept::These(these) if these.contains(&status))
    }
}
