//! That the server itself does as it says.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{Answer, Server};

fn ask(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.host()).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut said = String::new();
    let _ = stream.read_to_string(&mut said);
    said
}

#[test]
fn it_counts_what_it_is_asked() {
    let server = Server::start();
    server.route("/own", |asked| Answer::text(format!("own {}", asked.text())));
    let mut stream = TcpStream::connect(server.host()).expect("it listens");
    let post = "POST /own?x=a%20b HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\nhi";
    stream.write_all(format!("{post}{post}").as_bytes()).expect("it reads");
    server.wait_for("/own", 2);
    assert_eq!((server.connections(), server.count("/own")), (1, 2));
    assert_eq!(server.keys()["k"], 2);
    let asked = &server.requests()[0];
    assert_eq!((asked.method.as_str(), asked.parameter("x").as_deref()), ("POST", Some("a b")));
    drop(server);
    let mut said = String::new();
    let _ = stream.read_to_string(&mut said);
    assert!(said.contains("own hi"), "{said}");
}

#[test]
fn it_misbehaves_as_told() {
    let server = Server::start();
    assert_eq!(ask(&server, "GET /close HTTP/1.1\r\n\r\n"), "");
    assert!(ask(&server, "GET /truncated HTTP/1.1\r\n\r\n").ends_with("\r\n\r\nten bytes."));
    assert!(ask(&server, "GET /garbage HTTP/1.1\r\n\r\n").starts_with("this is no HTTP"));
}
