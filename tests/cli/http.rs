//! Requests of runs that are killed, interrupted, resumed; and what of the environment has no say in them.

use std::io::{Read, Write};

use serde_json::json;

use super::Folder;
use crate::server::{Answer, Server};

const POSTS: &str = "\
workflow w {
  input { base: string }
  step first = http.post(`${input.base}/first`)
  step second = http.post(`${input.base}/second`)
  output { first: any = first.body; second: any = second.body }
}
";

fn given(server: &Server) -> [String; 2] {
    [format!("base={}", server.url("")), server.host()]
}

/// A server that holds back its first answer to `/second` until somebody has been killed for it.
fn holding() -> Server {
    let server = Server::start();
    server.route("/first", |_| Answer::json(&json!(1)));
    server.route("/second", |_| Answer::Stuck(vec![]));
    server
}

#[test]
fn a_killed_run_asks_again_under_the_same_key_and_keeps_its_permission() {
    let folder = Folder::with(POSTS);
    let server = holding();
    let [base, host] = given(&server);
    let going = folder.start(&["run", "a.wf", "-i", &base, "--allow-net", &host]);
    server.wait_for("/second", 1);
    going.signal("KILL");
    going.end();
    server.route("/second", |_| Answer::json(&json!(2)));
    let run = folder.json(&["resume", "last", "--json"]);
    assert_eq!(run["output"], json!({ "first": 1, "second": 2 }));
    let id = run["id"].as_str().expect("an id");
    let keys: Vec<(String, usize)> = server.keys().into_iter().collect();
    assert_eq!(keys, [(format!("{id}/first"), 1), (format!("{id}/second"), 2)]);
}

#[test]
fn a_signal_lets_a_request_end_and_records_it() {
    let folder = Folder::with(POSTS);
    let server = Server::start();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    server.route("/first", move |_| {
        let _ = held.lock().expect("no panic").recv();
        Answer::json(&json!(1))
    });
    let [base, host] = given(&server);
    let mut going = folder.start(&["run", "a.wf", "-i", &base, "--allow-net", &host]);
    server.wait_for("/first", 1);
    going.signal("INT");
    going.until("interrupted");
    let_go.send(()).expect("the server waits");
    going.end().ended(130);
    assert_eq!((server.count("/first"), server.count("/second")), (1, 0));
    let steps = folder.json(&["show", "last", "--json"])["steps"].clone();
    assert_eq!((&steps[0]["status"], &steps[0]["result"]["body"]), (&json!("succeeded"), &json!(1)));
}

/// Of a run whose own time is over: what its one request, which the server holds, is shown as.
fn over(method: &str, released: bool) -> serde_json::Value {
    let text = "workflow w {\n  input { base: string; method: string }\n  timeout 300ms\n  \
                step a = http.request(`${input.base}/held`, method: input.method)\n}\n";
    let folder = Folder::with(text);
    let server = Server::start();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    server.route("/held", move |_| {
        let _ = held.lock().expect("no panic").recv();
        Answer::json(&json!("done"))
    });
    let [base, host] = given(&server);
    let method = format!("method={method}");
    let mut going = folder.start(&["run", "a.wf", "-i", &base, "-i", &method, "--allow-net", &host, "--events"]);
    going.until("run_aborted");
    if released {
        let_go.send(()).expect("the server waits");
    }
    going.end().ended(1);
    drop(let_go);
    folder.json(&["show", "last", "--json"])
}

#[test]
fn a_run_that_is_to_end_drops_a_read_and_lets_a_write_end() {
    let run = over("GET", false);
    assert_eq!((&run["error"]["kind"], &run["steps"][0]["status"]), (&json!("timeout"), &json!("stopped")));
    let run = over("POST", true);
    assert_eq!((&run["error"]["kind"], &run["steps"][0]["status"]), (&json!("timeout"), &json!("succeeded")));
    assert_eq!(run["steps"][0]["result"]["body"], "done");
}

/// A server behind TLS that answers one request, and its certificate as a file.
fn secure(folder: &Folder) -> u16 {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_string()]).expect("a certificate");
    folder.file("root.pem", key.cert.pem());
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth();
    let config = config.with_single_cert(vec![key.cert.der().clone()], private).expect("a certificate");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let session = rustls::ServerConnection::new(std::sync::Arc::new(config)).expect("a session");
        let mut stream = rustls::StreamOwned::new(session, stream);
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    port
}

#[test]
fn certificates_are_those_of_the_system() {
    let folder = Folder::with(
        "workflow w {\n  input { port: int }\n  step a = http.get(`https://localhost:${input.port}/`)\n  \
         output { said: string = a.body }\n}\n",
    );
    let ask = |port: u16, with: Option<&str>| {
        let port = format!("port={port}");
        let mut command = folder.command(&["run", "a.wf", "-i", &port, "--allow-net", "localhost"]);
        if let Some(with) = with {
            command.env("SSL_CERT_FILE", folder.path().join(with));
        }
        let output = command.output().expect("wf runs");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let said = ask(secure(&folder), None);
    assert!(said.contains("no secure connection to `localhost`: invalid peer certificate"), "{said}");
    let said = ask(secure(&folder), Some("root.pem"));
    assert!(said.contains("\"said\": \"ok\""), "{said}");
}

#[test]
fn no_proxy_of_the_environment_is_asked() {
    let folder = Folder::with(
        "workflow w {\n  input { base: string }\n  step a = http.get(`${input.base}/json`)\n  \
         output { hello: string = a.body.hello }\n}\n",
    );
    let (server, proxy) = (Server::start(), Server::start());
    let [base, host] = given(&server);
    let mut command = folder.command(&["run", "a.wf", "-i", &base, "--allow-net", &host]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.url(""));
    }
    let said = command.output().expect("wf runs");
    assert!(said.status.success(), "{said:?}");
    assert_eq!((server.connections(), proxy.connections()), (1, 0));
}

/// What is on disk before the next step begins is there also after a crash right behind each commit.
#[test]
fn a_finished_request_is_never_made_again() {
    let folder = Folder::with(POSTS);
    for commits in 1..=5 {
        let server = Server::start();
        ["/first", "/second"].iter().for_each(|path| server.route(path, |_| Answer::json(&json!(1))));
        let [base, host] = given(&server);
        let commits = commits.to_string();
        folder.wf(&["run", "a.wf", "-i", &base, "--allow-net", &host, "--die-after-commits", &commits]);
        folder.wf(&["resume", "last"]);
        let keys = server.keys();
        assert!(keys.len() == 2 && keys.values().all(|count| *count <= 2), "{commits}: {keys:?}");
        assert_eq!(folder.json(&["show", "last", "--json"])["status"], "succeeded", "{commits}");
    }
}

#[test]
fn secrets_reach_the_server_and_nothing_else() {
    const CANARY: &str = "c4nary/of-a+test";
    let folder = Folder::with(
        "workflow w {\n  input { base: string }\n  step a = http.post(`${input.base}/echo/${secret(\"TOKEN\")}`,\n    \
         auth: basic(\"anna\", secret(\"TOKEN\")), query: #{ k: secret(\"TOKEN\") }, json: #{ t: secret(\"TOKEN\") })\n  \
         step b = http.get(`${input.base}/status/500/${secret(\"TOKEN\")}`, auth: bearer(secret(\"TOKEN\"))) \
         else #{ body: err.message }\n  output { a: any = a.body; b: any = b.body }\n}\n",
    );
    let server = Server::start();
    let [base, host] = given(&server);
    let mut command = folder.command(&["run", "a.wf", "-i", &base, "--allow-net", &host, "--json", "--events"]);
    let output = command.env("WF_SECRET_TOKEN", CANARY).output().expect("wf runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    let asked = server.requests();
    assert_eq!(
        (asked[0].path.as_str(), asked[0].query.as_str()),
        ("/echo/c4nary%2Fof-a%2Btest", "k=c4nary%2Fof-a%2Btest")
    );
    assert_eq!(asked[0].header("authorization"), Some("Basic YW5uYTpjNG5hcnkvb2YtYSt0ZXN0"));
    assert_eq!(asked[0].text(), "{\"t\":\"c4nary/of-a+test\"}");
    assert_eq!(asked[1].header("authorization"), Some("Bearer c4nary/of-a+test"));
    let traces = [CANARY, "c4nary%2Fof-a%2Btest", "YW5uYTpjNG5hcnkvb2YtYSt0ZXN0"];
    let told = [said, format!("{:?}", folder.wf(&["history", "last", "--json"])), folder.wf(&["show", "last"]).out];
    for text in &told {
        traces.iter().for_each(|trace| assert!(!text.contains(trace), "{trace}: {text}"));
    }
    let mut folders = vec![folder.path().to_path_buf()];
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            folders.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        let holds = |trace: &&str| bytes.windows(trace.len()).any(|part| part == trace.as_bytes());
        assert!(!traces.iter().any(holds), "{}", path.display());
    }
}
