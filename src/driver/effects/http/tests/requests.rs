//! What is sent for which arguments, and which arguments are refused before anything is.

use super::server::Server;
use super::{World, fails, input, map};
use crate::model::{Length, Time, Value};

#[test]
fn the_arguments_make_the_request() {
    let server = Server::start();
    let world = World::of(&server);
    let query = Value::map([
        ("q", Value::text("a b&c=ü")),
        ("n", Value::list(vec![Value::Int(1), Value::Bool(true)])),
        ("none", Value::Unit),
        ("at", Value::Time(Time::from_unix_ms(0))),
        ("for", Value::Length(Length::from_ms(90_000))),
    ]);
    let more =
        [("query", query), ("headers", map(&[("X-A", "1"), ("accept", "text/csv")])), ("json", map(&[("a", "ü")]))];
    world.ask("http.post", &server.url("/echo?x=1"), &more).expect("an answer");
    let asked = &server.requests()[0];
    assert_eq!((asked.method.as_str(), asked.text().as_str()), ("POST", "{\"a\":\"ü\"}"));
    let query = "x=1&at=1970-01-01T00%3A00%3A00.000Z&for=1m30s&n=1&n=true&q=a+b%26c%3D%C3%BC";
    assert_eq!(asked.query, query);
    let header = |name| asked.header(name).unwrap_or("none");
    assert_eq!((header("x-a"), header("accept"), header("content-type")), ("1", "text/csv", "application/json"));
    let key = format!("{}/pages[2].put", crate::model::RunId::from_bytes([7; 16]));
    assert_eq!(header("idempotency-key"), key);
    assert_eq!(header("user-agent"), format!("wayfare/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!((header("referer"), header("accept-encoding"), header("cookie")), ("none", "none", "none"));
}

#[test]
fn a_read_has_no_key_and_a_given_one_stays() {
    let server = Server::start();
    let world = World::of(&server);
    world.get(&server.url("/echo")).expect("an answer");
    world
        .ask("http.delete", &server.url("/echo"), &[("headers", map(&[("idempotency-KEY", "own")]))])
        .expect("deleted");
    world.ask("http.request", &server.url("/echo"), &[("method", Value::text("head"))]).expect("a head");
    let keys: Vec<Option<String>> =
        server.requests().iter().map(|asked| asked.header("idempotency-key").map(str::to_string)).collect();
    assert_eq!(keys, [None, Some("own".into()), None]);
    assert_eq!(server.requests()[2].method, "HEAD");
}

#[test]
fn bodies_have_three_forms() {
    let server = Server::start();
    let world = World::of(&server);
    let bytes = Value::map([("base64", Value::text("/wD+"))]);
    let cases = [
        ("form", map(&[("a", "1 2"), ("b", "&")]), "a=1+2&b=%26".as_bytes(), "application/x-www-form-urlencoded"),
        ("body", Value::text("plain"), b"plain", "text/plain; charset=utf-8"),
        ("body", bytes, b"\xff\x00\xfe", "application/octet-stream"),
        ("json", Value::list(vec![Value::Unit]), b"[null]", "application/json"),
    ];
    for (at, (name, value, sent, content_type)) in cases.into_iter().enumerate() {
        world.ask("http.put", &server.url("/echo"), &[(name, value)]).expect("an answer");
        let asked = &server.requests()[at];
        assert_eq!((asked.body.as_slice(), asked.header("content-type")), (sent, Some(content_type)));
    }
}

#[test]
fn credentials_are_a_header() {
    let server = Server::start();
    let world = World::of(&server);
    let bearer = map(&[("scheme", "bearer"), ("token", "t0ken")]);
    let basic = map(&[("scheme", "basic"), ("user", "anna"), ("password", "p:ä")]);
    world.ask("http.get", &server.url("/echo"), &[("auth", bearer.clone())]).expect("an answer");
    world.ask("http.get", &server.url("/echo"), &[("auth", basic)]).expect("an answer");
    let said: Vec<String> =
        server.requests().iter().map(|asked| asked.header("authorization").unwrap_or("").to_string()).collect();
    assert_eq!(said, ["Bearer t0ken", "Basic YW5uYTpwOsOk"]);
    let both = [("auth", bearer), ("headers", map(&[("Authorization", "x")]))];
    fails(world.ask("http.get", &server.url("/echo"), &both), "type", &["are both given"]);
}

#[test]
fn what_can_not_be_sent_is_refused_by_name() {
    let server = Server::start();
    let world = World::of(&server);
    let url = server.url("/echo");
    let header = |name: &str, value: &str| [("headers", map(&[(name, value)]))];
    let cases: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (header("X-A", "a\r\nX-B: b").into(), "the value of `X-A` in `headers` holds \\r, which no header may hold"),
        (header("X-A", "a\nb").into(), "the value of `X-A` in `headers` holds \\n"),
        (header("X-A", "a\0").into(), "the value of `X-A` in `headers` holds \\u{0}"),
        (header("X A", "a").into(), "`X A` of `headers` can't be the name of a header"),
        (header("", "a").into(), "`` of `headers` can't be the name of a header"),
        (header("Content-Length", "1").into(), "`Content-Length` of `headers` can't be given"),
        (header("transfer-encoding", "chunked").into(), "`transfer-encoding` of `headers` can't be given"),
        (vec![("headers", Value::Int(1))], "`headers` is an int, where a map is needed"),
        (vec![("headers", Value::map([("A", map(&[]))]))], "`headers.A` is a map, where"),
        (vec![("query", Value::map([("a", Value::list(vec![Value::Unit]))]))], "`query.a[0]` is `()`, where"),
        (vec![("form", Value::text("a=b"))], "`form` is a string, where a map is needed"),
        (vec![("body", Value::Int(1))], "`body` is an int, where a string, or bytes as `#{ base64: … }`, is needed"),
        (vec![("body", map(&[("base64", "?")]))], "`body.base64` is no base64"),
        (vec![("json", Value::Int(1)), ("form", map(&[]))], "`json` and `form` are both given"),
        (vec![("auth", Value::text("x"))], "`auth` is a string, where `bearer(token)` or"),
        (vec![("auth", map(&[("scheme", "digest")]))], "`auth` is a map that neither function made"),
        (
            vec![("auth", map(&[("scheme", "bearer"), ("token", "a\r\nb")]))],
            "the value of `Authorization` in `auth` holds \\r",
        ),
        (
            vec![("auth", map(&[("scheme", "basic"), ("user", "a:b"), ("password", "")]))],
            "the user of `auth` holds `:`",
        ),
        (vec![("accept", Value::Int(404))], "`accept` is an int, where a list of statuses"),
        (vec![("accept", Value::list(vec![Value::Int(4)]))], "`accept[0]` is 4, which is no status"),
        (vec![("accept", Value::text("all"))], "`accept` is `all`, where"),
    ];
    for (more, message) in cases {
        fails(world.ask("http.post", &url, &more), "type", &[message]);
    }
    for (method, message) in [
        ("", "`method` is ``, which is no method"),
        ("GET /x", "which is no method of HTTP"),
        ("G\r\nET", "`method` is `G  ET`, which is no method of HTTP"),
        ("connect", "`method` is `CONNECT`, which can't be asked for"),
    ] {
        fails(world.ask("http.request", &url, &[("method", Value::text(method))]), "type", &[message]);
    }
    fails(
        world.ask("http.get", &url, &[("headers", Value::map([("A", Value::Secret("T".into()))]))]),
        "secret",
        &["`T`"],
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_no_url_is_refused() {
    let world = World::new(&[]);
    for (url, message) in [
        ("", "`url`: `` is no URL"),
        ("/path", "`url`: `/path` is no URL: relative URL without a base"),
        ("example.com/x", "is no URL"),
        ("ftp://example.com", "begins with neither `http://` nor `https://`"),
        ("file:///etc/passwd", "begins with neither"),
        ("http://", "is no URL: empty host"),
        ("http://a b/", "is no URL"),
        ("http://x:99999/", "is no URL: invalid port number"),
        ("http://x/a\r\nX-B: c", "holds the control character \\r"),
        ("http://user:pass@example.com/", "the URL of `example.com` holds credentials"),
        ("http://[::1/", "is no URL"),
    ] {
        fails(world.get(url), "type", &[message]);
    }
    fails(world.perform(&world.attempt("http.get", Value::map([("url", Value::Int(1))]))), "type", &["is no URL"]);
    fails(
        world.perform(&world.attempt("http.get", input("http://x", &[("query", Value::text("a"))]))),
        "type",
        &["`query`"],
    );
    fails(world.get(&format!("http://x/{}", "x".repeat(17 << 10))), "limit", &["the limit `url size` of 16384 bytes"]);
}
