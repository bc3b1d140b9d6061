//! Where redirects lead, and what goes along.

use super::server::{Answer, Server};
use super::{World, body, fails, map, status};
use crate::model::Value;

#[test]
fn redirects_are_followed_and_bounded() {
    let server = Server::start();
    let world = World::of(&server);
    let arrived = world.get(&server.url("/chain/10")).expect("ten redirects");
    assert_eq!(body(&arrived).to_string(), "{\"arrived\":true}");
    fails(world.get(&server.url("/chain/11")), "http", &["one redirect too many (the limit `redirects` is 10)"]);
    fails(world.get(&server.url("/circle")), "http", &["/circle` is one redirect too many"]);
    server.route("/nowhere", |_| Answer::empty(302));
    assert_eq!(status(&world.get(&server.url("/nowhere")).expect("an answer")), 302);
    let url = server.url("/redirect/302?to=/json");
    let kept = world.ask("http.get", &url, &[("accept", Value::list(vec![Value::Int(302)]))]).expect("an answer");
    assert_eq!(status(&kept), 302);
    for (to, said) in [
        ("ftp://x/", "begins with neither `http://` nor `https://`"),
        ("http://[/", "no URL"),
        ("http://u:p@127.0.0.1/", "holds credentials"),
    ] {
        fails(world.get(&server.url(&format!("/redirect/302?to={to}"))), "http", &["redirects to `", said]);
    }
}

#[test]
fn the_method_is_that_of_rfc_9110() {
    let server = Server::start();
    let world = World::of(&server);
    for (action, redirect, method, with_body) in [
        ("http.post", 301, "GET", false),
        ("http.post", 302, "GET", false),
        ("http.post", 303, "GET", false),
        ("http.put", 303, "GET", false),
        ("http.put", 302, "PUT", true),
        ("http.delete", 301, "DELETE", true),
        ("http.post", 307, "POST", true),
        ("http.patch", 308, "PATCH", true),
    ] {
        let url = server.url(&format!("/redirect/{redirect}?to=/echo"));
        let echo = world.ask(action, &url, &[("body", Value::text("x"))]).expect("an answer");
        let asked = server.requests().pop().expect("a request");
        assert_eq!(asked.method, method, "{action} {redirect}");
        assert_eq!(asked.text(), if with_body { "x" } else { "" }, "{action} {redirect}");
        let kept = (asked.header("content-type").is_some(), asked.header("idempotency-key").is_some());
        assert_eq!(kept, (with_body, with_body), "{action} {redirect}");
        assert_eq!(status(&echo), 200);
    }
}

#[test]
fn credentials_stay_with_their_origin() {
    let (server, other) = (Server::start(), Server::start());
    let world = World::new(&[&server.host(), &other.host()]);
    let headers = map(&[("Cookie", "c=1"), ("X-Api-Key", "k"), ("Accept-Language", "de")]);
    let more = [("headers", headers), ("auth", map(&[("scheme", "bearer"), ("token", "t")]))];
    world.ask("http.get", &server.url("/redirect/302?to=/echo"), &more).expect("an answer");
    let same = server.requests().pop().expect("a request");
    assert_eq!((same.header("authorization"), same.header("x-api-key")), (Some("Bearer t"), Some("k")));
    let url = server.url(&format!("/redirect/307?to={}", other.url("/redirect/302?to=/echo")));
    world.ask("http.get", &url, &more).expect("an answer");
    for asked in other.requests() {
        assert_eq!(
            (asked.header("authorization"), asked.header("cookie"), asked.header("x-api-key")),
            (None, None, None)
        );
        assert_eq!(asked.header("accept-language"), Some("de"));
    }
    assert_eq!(other.requests().len(), 2);
}
