//! Requests to servers on loopback, as steps make them.

mod answers;
mod cancelling;
mod guard;
mod redirects;
mod requests;
mod secrets;
#[allow(clippy::disallowed_methods, reason = "what looks on from outside")]
#[path = "../../../../../tests/server/mod.rs"]
mod server;
mod tls;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Certificate;
use tokio::runtime::{Builder, Runtime};

use super::guard::{Found, Lookup};
use super::{Told, Web};
use crate::driver::doorway::clock::{self, SystemClock};
use crate::driver::effects::Attempt;
use crate::driver::effects::local::Orders;
use crate::engine::Perform;
use crate::model::{Failure, Length, OpId, RunId, Value};

use server::Server;

/// Far more than any of these tests takes.
const HANGS: Duration = Duration::from_secs(60);

/// Names and what each look-up of them finds; the last one again and again.
#[derive(Default)]
struct Names(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

impl Lookup for Names {
    fn lookup(&self, name: &str) -> Found {
        let mut names = self.0.lock().expect("no panic");
        let found = names.get_mut(name).map(|all| if all.len() > 1 { all.remove(0) } else { all[0].clone() });
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }
}

struct World {
    runtime: Runtime,
    web: Web,
    names: Arc<Names>,
    allow_net: Vec<String>,
}

impl World {
    /// One in which these hosts and networks may be reached.
    fn new(allow_net: &[&str]) -> World {
        World::trusting(allow_net, None)
    }

    fn trusting(allow_net: &[&str], roots: Option<Vec<Certificate>>) -> World {
        let names = Arc::new(Names::default());
        World {
            runtime: Builder::new_current_thread().enable_all().build().expect("a runtime"),
            web: Web::with(names.clone(), roots),
            names,
            allow_net: allow_net.iter().map(ToString::to_string).collect(),
        }
    }

    /// One that may reach that server.
    fn of(server: &Server) -> World {
        World::new(&[&server.host()])
    }

    fn name(&self, name: &str, found: &[&[&str]]) {
        let address = |text: &&str| text.parse().expect("an address");
        let found = found.iter().map(|all| all.iter().map(address).collect()).collect();
        self.names.0.lock().expect("no panic").insert(name.into(), found);
    }

    fn attempt(&self, action: &str, input: Value) -> Attempt {
        let perform = Perform {
            op: OpId(1),
            attempt: 1,
            path: "pages[2].put".into(),
            action: action.into(),
            input,
            timeout: None,
            within: None,
            resumed: false,
        };
        let (run, allow_net) = (RunId::from_bytes([7; 16]), self.allow_net.clone());
        Attempt { run, perform, dir: "/run".into(), allow_files: vec![], watch: None, allow_net }
    }

    fn perform(&self, attempt: &Attempt) -> Result<Value, Failure> {
        let (_orders, mut heard) = Orders::channel();
        let performed = self.web.perform(attempt, Told::default(), &SystemClock, &mut heard);
        self.runtime.block_on(async { clock::within(HANGS, performed).await.expect("it ends") })
    }

    fn ask(&self, action: &str, url: &str, more: &[(&str, Value)]) -> Result<Value, Failure> {
        self.perform(&self.attempt(action, input(url, more)))
    }

    fn get(&self, url: &str) -> Result<Value, Failure> {
        self.ask("http.get", url, &[])
    }

    /// As `get`, of a request that may take so long.
    fn get_within(&self, url: &str, ms: i64) -> Failure {
        let mut attempt = self.attempt("http.get", input(url, &[]));
        attempt.perform.timeout = Some(Length::from_ms(ms));
        self.perform(&attempt).expect_err("its time is over")
    }
}

fn input(url: &str, more: &[(&str, Value)]) -> Value {
    Value::map([("url", Value::text(url))].into_iter().chain(more.iter().cloned()))
}

fn map(pairs: &[(&str, &str)]) -> Value {
    Value::map(pairs.iter().map(|(name, text)| (*name, Value::text(*text))))
}

fn status(value: &Value) -> i64 {
    value.get("status").and_then(Value::as_int).expect("a status")
}

fn body(value: &Value) -> &Value {
    value.get("body").expect("a body")
}

#[track_caller]
fn fails(outcome: Result<Value, Failure>, kind: &str, parts: &[&str]) -> Failure {
    let failure = outcome.expect_err("it fails");
    assert_eq!(&*failure.kind, kind, "{failure}");
    parts.iter().for_each(|part| assert!(failure.message.contains(part), "`{part}` isn't said: {failure}"));
    failure
}
