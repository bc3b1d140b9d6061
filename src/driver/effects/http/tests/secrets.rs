//! URLs that are secrets, or hold some: nothing that goes wrong says a part of them.

use std::sync::Arc;
use std::sync::mpsc;

use zeroize::Zeroizing;

use super::super::Told;
use super::server::{Answer, Server};
use super::{HANGS, World, body, input};
use crate::driver::doorway::clock::SystemClock;
use crate::driver::effects::{Effects as _, LocalEffects};
use crate::driver::secrets::Vault;
use crate::model::{Failure, Length, Value};

const CANARY: &str = "Canary-0123456789";

/// Gives one value, whatever the name.
struct One(String);

impl Vault for One {
    fn open(&self, _: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        Ok(Some(Zeroizing::new(self.0.clone())))
    }
}

/// What comes of a request to a URL that is a secret.
fn asked(server: &Server, url: &str) -> Failure {
    performed(server, Value::map([("url", Value::Secret("HOOK".into()))]), url).expect_err("it fails")
}

/// What comes of a request whose secrets have that value.
fn performed(server: &Server, input: Value, value: &str) -> Result<Value, Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    let effects =
        LocalEffects::new(folder.path().into(), Arc::new(SystemClock)).with_vault(Arc::new(One(value.into())));
    let world = World::new(&[&format!("127.0.0.1:{}", server.port()), &format!("localhost:{}", server.port())]);
    let mut attempt = world.attempt("http.post", input);
    attempt.perform.timeout = Some(Length::from_ms(2_000));
    let (send, ended) = mpsc::channel();
    effects.perform(attempt, Box::new(move |outcome| send.send(outcome).expect("somebody waits")));
    ended.recv_timeout(HANGS).expect("it ends")
}

#[test]
fn a_secret_url_is_not_shown_in_any_part_or_writing() {
    let server = Server::start();
    let path = format!("/hooks/1/{CANARY}");
    server.route(&path, |asked| Answer::bytes("text/plain", format!("no {}", asked.path)).status(404));
    server.route("/away", |_| {
        Answer::bytes("text/plain", "").status(302).with("location", &format!("ftp://a/{CANARY}?x"))
    });
    server.route("/on", move |_| {
        Answer::bytes("text/plain", "").status(307).with("location", &format!("/other/{CANARY}?x={}", "y".repeat(300)))
    });
    let own = server.url(&path);
    let port = server.port();
    for url in [
        own.clone(),
        format!("{own}?wait=true"),
        format!("{own}#part"),
        format!("HTTP://LocalHost:{port}/./hooks/1/{CANARY}?a=b"),
        format!("http://127.1:{port}/x/{}/{CANARY}", "y".repeat(250)),
        format!("{}?{CANARY}", server.url("/away")),
        format!("{}?{CANARY}", server.url("/on")),
        format!("http://{CANARY}/?x"),
        format!("http://10.0.0.1/{CANARY}?x"),
        format!("{CANARY}?no URL"),
        format!("mailto:{CANARY}?x"),
        format!("http://me:{CANARY}@a.example/"),
        format!("http://a.example/{CANARY}\u{7}?x"),
    ] {
        let failure = asked(&server, &url);
        let said = format!("{failure} {:?}", failure.data).to_lowercase();
        assert!(!said.contains("canary") && !said.contains("0123456"), "{url}: {said}");
        let named = said.contains("secret(hook)") || said.contains("`url`") || said.contains("may not reach");
        assert!(named, "{url}: {said}");
    }
}

#[test]
fn a_url_that_holds_secrets_is_named_by_them() {
    let sealed = |url: Value| Told::of(&Value::map([("url", url)])).sealed;
    assert_eq!(sealed(Value::Secret("HOOK".into())).as_deref(), Some("secret(HOOK)"));
    assert_eq!(Told::of(&input("https://a.example/x", &[])).sealed, None);
}

#[test]
fn a_secret_is_masked_before_a_number_is_read() {
    let server = Server::start();
    server.route("/say", |asked| Answer::bytes("application/json", asked.body.clone()));
    for (secret, said, masked) in [
        ("12345678901234567890", "12345678901234567890", "\"[secret N]\""),
        ("12345678901234567890", "[-12345678901234567890e1, 1]", "[\"-[secret N]e1\",1]"),
        ("12345678.10", "{\"ü\\\"12\": 12345678.10}", "{\"ü\\\"12\":\"[secret N]\"}"),
        ("12345678.10", "{\"a\": [\"12345678.10 ü\", 7, null]}", "{\"a\":[\"[secret N] ü\",7,null]}"),
    ] {
        let auth = Value::map([("x-key", Value::Secret("N".into()))]);
        let input = input(&server.url("/say"), &[("body", Value::text(said)), ("headers", auth)]);
        let answer = performed(&server, input, secret).expect("an answer");
        assert_eq!(body(&answer).to_string(), masked, "{said}");
    }
}
