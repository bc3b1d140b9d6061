//! What comes of an answer: results, failures with their kinds and data, and every way in which an answer goes wrong.

use super::server::{Answer, Server};
use super::{World, body, fails, map, status};
use crate::model::Value;

#[test]
fn a_body_is_json_a_text_or_bytes() {
    let server = Server::start();
    let world = World::of(&server);
    let got = |path: &str| world.get(&server.url(path)).expect(path);
    assert_eq!(body(&got("/json")).to_string(), "{\"hello\":\"world\",\"list\":[1,2]}");
    assert_eq!(*body(&got("/text")), Value::text("hello"));
    assert_eq!(*body(&got("/bytes")), map(&[("base64", "/wD+Cg==")]));
    assert_eq!((status(&got("/empty")), body(&got("/empty"))), (204, &Value::text("")));
    let said = got("/text");
    assert_eq!(
        said.get("headers").and_then(|all| all.get("content-type")),
        Some(&Value::text("text/plain; charset=utf-8"))
    );
    let cookies = got("/cookies");
    assert_eq!(cookies.get("headers").and_then(|all| all.get("set-cookie")), Some(&Value::text("a=1\nb=2")));
    for (content_type, sent, value) in [
        ("application/problem+json; charset=utf-8", "{}", map(&[])),
        ("Application/JSON", "\u{feff}[]", Value::list(vec![])),
        ("application/json", "", Value::Unit),
        ("text/html", "{}", Value::text("{}")),
    ] {
        server.route("/own", move |_| Answer::bytes(content_type, sent));
        assert_eq!(*body(&got("/own")), value, "{content_type}");
    }
}

#[test]
fn a_status_of_400_and_up_fails_unless_it_is_accepted() {
    let server = Server::start();
    let world = World::of(&server);
    let failure = fails(
        world.get(&server.url("/status/404?token=x")),
        "status",
        &["was answered by 404 Not Found: {\"status\":404}"],
    );
    assert!(!failure.message.contains("token"), "{failure}");
    assert_eq!((status(&failure.data), body(&failure.data).to_string().as_str()), (404, "{\"status\":404}"));
    let accepting = |accept: Value| world.ask("http.get", &server.url("/status/404"), &[("accept", accept)]);
    assert_eq!(status(&accepting(Value::list(vec![Value::Int(404)])).expect("accepted")), 404);
    assert_eq!(status(&accepting(Value::text("any")).expect("accepted")), 404);
    fails(accepting(Value::list(vec![Value::Int(409)])), "status", &["404"]);
    assert_eq!(status(&world.get(&server.url("/status/304")).expect("no failure")), 304);
}

#[test]
fn what_says_that_it_is_json_must_be() {
    let server = Server::start();
    let world = World::of(&server);
    let failure = fails(
        world.get(&server.url("/no-json")),
        "type",
        &["the answer says that it is JSON, and isn't", "line 2 column 3"],
    );
    assert_eq!((status(&failure.data), body(&failure.data)), (200, &Value::text("{\"a\": 1,\n  oops}")));
    for path in ["/deep", "/deeper"] {
        fails(world.get(&server.url(path)), "limit", &["nested too deeply; the limit `value depth` is 64"]);
    }
    server.route("/zip", |_| Answer::bytes("application/json", [0x1f, 0x8b, 0xff]).with("content-encoding", "gzip"));
    fails(world.get(&server.url("/zip")), "type", &["(it is encoded as `gzip`)"]);
    server.route("/broken", |_| Answer::bytes("application/json", "{").status(500));
    let failure = fails(world.get(&server.url("/broken")), "status", &["500 Internal Server Error: {"]);
    assert_eq!(*body(&failure.data), Value::text("{"));
}

#[test]
fn an_answer_has_at_most_a_mebibyte() {
    let server = Server::start();
    let world = World::of(&server);
    assert!(world.get(&server.url("/exact")).is_ok());
    for path in ["/long", "/huge", "/endless"] {
        let failure = fails(world.get(&server.url(path)), "limit", &["the limit `answer size` is 1048576 bytes"]);
        assert_eq!(status(&failure.data), 200, "{path}");
    }
    fails(world.get(&server.url("/headers/80/1000")), "limit", &["the limit `answer headers` of 65536 bytes"]);
    fails(world.get(&server.url("/headers/200/1")), "limit", &["or 100 headers"]);
    fails(world.get(&server.url("/headers/90/9000")), "limit", &["the limit `answer headers`"]);
    assert!(world.get(&server.url("/headers/50/1000")).is_ok());
}

#[test]
fn an_answer_that_breaks_off_is_none() {
    let server = Server::start();
    let world = World::of(&server);
    let failure = fails(world.get(&server.url("/truncated")), "http", &["the answer broke off after 10 of 100 bytes"]);
    assert_eq!(status(&failure.data), 200);
    fails(world.get(&server.url("/close")), "http", &["/close` got no answer: "]);
    fails(world.get(&server.url("/garbage")), "http", &["got no answer: "]);
    let address = server.host();
    drop(server);
    fails(world.get(&format!("http://{address}/gone")), "http", &["no connection to `127.0.0.1`: "]);
    fails(world.get("http://nowhere.example/"), "http", &["the host `nowhere.example` was not found: no such name"]);
}

#[test]
fn time_is_bounded_in_whatever_is_waited_for() {
    let server = Server::start();
    let world = World::of(&server);
    for (path, said) in [
        ("/slow", "was given up, since the `timeout` of 150ms was over: no answer had begun"),
        ("/slow-body", "status 200 and 6 bytes of the body had come"),
    ] {
        let failure = world.get_within(&server.url(path), 150);
        assert_eq!(&*failure.kind, "timeout");
        assert!(failure.message.contains(said), "{failure}");
    }
    // Nobody takes what this listener's queue holds, so an answer never begins.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    assert_eq!(&*World::new(&["127.0.0.0/8"]).get_within(&url, 100).kind, "timeout");
}

#[test]
fn connections_are_used_again() {
    let server = Server::start();
    let world = World::of(&server);
    (0..5).for_each(|_| assert!(world.get(&server.url("/json")).is_ok()));
    assert_eq!(server.connections(), 1);
}
