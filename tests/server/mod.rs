//! A server on loopback for tests, of the standard library alone: it counts what it is asked, by connection, path and
//! idempotency key, and misbehaves as told. It listens on a port that the system gives, and ends when it is dropped.
//!
//! Paths that behave in ways of their own stand in [`script`]; a test adds its own with [`Server::route`].

#![allow(dead_code, reason = "who uses it takes of it what it needs")]

mod answer;
mod asked;
#[cfg(test)]
mod checks;
mod script;

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

pub use answer::Answer;
pub use asked::Asked;

/// What answers the requests of one path.
pub type Route = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// The server. Dropping it closes every connection.
pub struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    address: SocketAddr,
    over: AtomicBool,
    connections: AtomicU64,
    seen: Mutex<Seen>,
    /// A request came, or the end.
    news: Condvar,
    routes: Mutex<HashMap<String, Route>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Asked>,
    open: HashMap<u64, TcpStream>,
}

impl Server {
    pub fn start() -> Server {
        Server::at("127.0.0.1:0")
    }

    /// One that listens there.
    pub fn at(address: &str) -> Server {
        let listener = TcpListener::bind(address).expect("a port of loopback");
        let shared = Arc::new(Shared {
            address: listener.local_addr().expect("its address"),
            over: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            seen: Mutex::default(),
            news: Condvar::new(),
            routes: Mutex::default(),
        });
        let accepted = shared.clone();
        let accepting = std::thread::spawn(move || accepted.accept(&listener));
        Server { shared, accepting: Some(accepting) }
    }

    /// `127.0.0.1:PORT`, as `--allow-net` takes it.
    pub fn host(&self) -> String {
        self.shared.address.to_string()
    }

    pub fn port(&self) -> u16 {
        self.shared.address.port()
    }

    /// The URL of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.shared.address)
    }

    /// Answers a path by itself, whatever the query.
    pub fn route(&self, path: &str, answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        self.shared.routes.lock().expect("no panic").insert(path.into(), Arc::new(answer));
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Asked> {
        self.shared.seen().requests.clone()
    }

    /// How many requests came for that path.
    pub fn count(&self, path: &str) -> usize {
        self.shared.seen().requests.iter().filter(|asked| asked.path == path).count()
    }

    /// How many requests came under each idempotency key.
    pub fn keys(&self) -> BTreeMap<String, usize> {
        let mut keys = BTreeMap::new();
        for asked in &self.shared.seen().requests {
            if let Some(key) = asked.header("idempotency-key") {
                *keys.entry(key.to_string()).or_default() += 1;
            }
        }
        keys
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many requests for that path have come.
    pub fn wait_for(&self, path: &str, count: usize) {
        let seen = self.shared.seen();
        let fewer = |seen: &mut Seen| seen.requests.iter().filter(|asked| asked.path == path).count() < count;
        let waited = self.shared.news.wait_timeout_while(seen, Duration::from_secs(30), fewer).expect("no panic");
        assert!(!waited.1.timed_out(), "{count} requests for {path} did not come");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // The one that waits in `accept` is woken by a last connection.
        let _ = TcpStream::connect(self.shared.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        self.shared.seen().open.values().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        self.shared.news.notify_all();
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic")
    }

    fn accept(self: Arc<Shared>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            let Ok(stream) = stream else { continue };
            let id = self.connections.fetch_add(1, Ordering::SeqCst);
            let Ok(kept) = stream.try_clone() else { continue };
            self.seen().open.insert(id, kept);
            let shared = self.clone();
            std::thread::spawn(move || {
                shared.serve(id, &stream);
                let _ = stream.shutdown(Shutdown::Both);
                shared.seen().open.remove(&id);
            });
        }
    }

    /// Answers the requests of a connection until either side is done with it.
    fn serve(&self, id: u64, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut reader = BufReader::new(stream);
        while let Some(asked) = Asked::read(&mut reader, id) {
            self.seen().requests.push(asked.clone());
            self.news.notify_all();
            let route = self.routes.lock().expect("no panic").get(&asked.path).cloned();
            let answer = match route {
                Some(route) => route(&asked),
                None => script::answer(&asked, || self.nth(&asked)),
            };
            if !answer.write(stream, &asked) {
                return;
            }
        }
    }

    /// How many requests came for this path and query, with this one.
    fn nth(&self, asked: &Asked) -> usize {
        let same = |other: &&Asked| other.path == asked.path && other.query == asked.query;
        self.seen().requests.iter().filter(same).count()
    }
}
