//! A request and its answer, through all redirects: each hop is looked at by the guard, and named in what goes wrong.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::asked::Asked;
use super::client::Clients;
use super::guard::Guard;
use super::{answer, redirect, trouble};
use crate::model::{Failure, Value};

/// How far an attempt has come, for the words that it ends with where it is cut off.
pub(super) struct SoFar(Mutex<State>);

struct State {
    label: String,
    status: Option<u16>,
    bytes: usize,
}

impl SoFar {
    pub fn new(label: String) -> SoFar {
        SoFar(Mutex::new(State { label, status: None, bytes: 0 }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asks(&self, label: &str) {
        *self.state() = State { label: label.into(), status: None, bytes: 0 };
    }

    pub fn answered(&self, status: u16) {
        self.state().status = Some(status);
    }

    pub fn read(&self, bytes: usize) {
        self.state().bytes = bytes;
    }

    fn words(&self) -> (String, String) {
        let state = self.state();
        let came = match state.status {
            None => "no answer had begun".to_string(),
            Some(status) => format!("status {status} and {} bytes of the body had come", state.bytes),
        };
        (state.label.clone(), came)
    }

    pub fn timed_out(&self, why: &str) -> Failure {
        let (label, came) = self.words();
        Failure::new("timeout", format!("`{label}` was given up, since {why}: {came}"))
    }

    pub fn stopped(&self) -> Failure {
        let (label, came) = self.words();
        Failure::new("stopped", format!("`{label}` was dropped, since it was needed no more: {came}"))
    }
}

pub(super) async fn exchange(
    clients: &Clients,
    allow_net: &[String],
    asked: Asked,
    so_far: &SoFar,
) -> Result<Value, Failure> {
    let mut hop = asked;
    for _ in 0..=redirect::MAX_REDIRECTS {
        let label = hop.label();
        so_far.asks(&label);
        let response = send(clients, allow_net, &hop, &label).await?;
        so_far.answered(response.status().as_u16());
        match redirect::next(&hop, &response) {
            None => return answer::read(response, &hop, &label, so_far).await,
            Some(next) => hop = next?,
        }
    }
    Err(redirect::endless(&hop))
}

async fn send(clients: &Clients, allow_net: &[String], hop: &Asked, label: &str) -> Result<reqwest::Response, Failure> {
    let guard = Guard::of(allow_net, &hop.url);
    guard.literal(&hop.url).map_err(|refused| trouble::forbidden(&refused, hop))?;
    let client = clients
        .of(&guard, hop.url.scheme() == "https")
        .map_err(|error| Failure::new("http", format!("`{label}` can't be sent: {}", trouble::innermost(&error))))?;
    let mut request = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
    if let Some(body) = &hop.body {
        request = request.body(body.clone());
    }
    request.send().await.map_err(|error| trouble::unanswered(label, hop, &error.without_url()))
}
