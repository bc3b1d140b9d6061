//! Servers behind TLS: one whose certificate is trusted, and those that are not spoken to.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Certificate;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{World, body, fails};
use crate::model::Value;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// A server with that certificate, which answers one request on each connection.
async fn serve(listener: TcpListener, config: ServerConfig) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(ANSWER).await;
        let _ = stream.shutdown().await;
    }
}

fn config(key: &CertifiedKey<rcgen::KeyPair>) -> ServerConfig {
    let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("versions").with_no_client_auth();
    builder.with_single_cert(vec![key.cert.der().clone()], private).expect("a certificate")
}

/// A world in which such a server runs for `localhost`, and is trusted or not.
fn world(trusted: bool) -> (World, SocketAddr) {
    let key = generate_simple_self_signed(vec!["localhost".to_string()]).expect("a certificate");
    let root = Certificate::from_der(key.cert.der()).expect("a root");
    let world = World::trusting(&["127.0.0.1", "localhost"], trusted.then(|| vec![root]));
    world.name("localhost", &[&["127.0.0.1"]]);
    world.name("other.example", &[&["127.0.0.1"]]);
    let listener = world.runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("its address");
    world.runtime.spawn(serve(listener, config(&key)));
    (world, address)
}

#[test]
fn a_trusted_server_is_spoken_to() {
    let (world, address) = world(true);
    let said = world.get(&format!("https://localhost:{}/", address.port())).expect("an answer");
    assert_eq!(*body(&said), Value::text("ok"));
}

#[test]
fn a_certificate_that_nobody_signed_is_refused() {
    let (world, address) = world(false);
    let url = format!("https://localhost:{}/", address.port());
    fails(world.get(&url), "http", &["no secure connection to `localhost`: invalid peer certificate"]);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (world, address) = world(true);
    let url = format!("https://other.example:{}/", address.port());
    fails(world.get(&url), "http", &["no secure connection to `other.example`: invalid peer certificate"]);
}

#[test]
fn a_server_without_tls_is_refused() {
    let server = super::server::Server::start();
    let world = World::of(&server);
    let url = server.url("/json").replace("http:", "https:");
    fails(world.get(&url), "http", &["no secure connection to `127.0.0.1`: "]);
}
