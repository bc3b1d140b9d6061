//! Runs of ten requests, many at once, beside a bare loop of reqwest against the same server on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use wayfare::driver::doorway::clock::SystemClock;
use wayfare::driver::doorway::random::SystemEntropy;
use wayfare::driver::effects::LocalEffects;
use wayfare::driver::{Driver, Ground, Wish};
use wayfare::journal::{Alone, Folder, Holder, Journal};
use wayfare::model::{Time, Trigger, Value};
use wayfare::program::{self, Program};

use super::runs::{Ends, processor};
use super::table::{Table, short};

const STEPS: usize = 10;
const AT_ONCE: [usize; 3] = [1, 16, 128];
const TAKEN: Duration = Duration::from_secs(3);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"ok\": true }";

/// A server on a thread of its own that answers every request alike.
fn serve() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let address = listener.local_addr().expect("its address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let serve = move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(answer(stream));
            }
        });
    };
    std::thread::Builder::new().name("server".into()).spawn(serve).expect("a thread");
    address
}

async fn answer(mut stream: tokio::net::TcpStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let _ = stream.set_nodelay(true);
    let mut request = vec![0; 8 << 10];
    // None of these requests has a body, and each comes whole.
    while let Ok(length) = stream.read(&mut request).await
        && length > 0
        && stream.write_all(ANSWER).await.is_ok()
    {}
}

/// Requests a second of reqwest alone, on one thread as `wf` has one for them.
fn bare(url: &str, at_once: usize) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(at_once).build().expect("a client");
    let done = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let ask = |client: reqwest::Client, url: String, done: Arc<AtomicU64>| async move {
        while begin.elapsed() < TAKEN {
            let answer = client.get(&url).send().await.expect("an answer");
            let body = answer.bytes().await.expect("a body");
            let json: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(json["ok"], true);
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    runtime.block_on(async {
        let asking: Vec<_> =
            (0..at_once).map(|_| tokio::spawn(ask(client.clone(), url.to_string(), done.clone()))).collect();
        for one in asking {
            one.await.expect("no panic");
        }
    });
    done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64()
}

fn program() -> Program {
    let mut text = String::from("workflow bench {\n  input { base: string }\n");
    (0..STEPS).for_each(|i| text.push_str(&format!("  step s{i} = http.get(`${{input.base}}/x/{i}`)\n")));
    text.push_str("  output { ok: bool = s9.body.ok }\n}\n");
    let compiled = program::compile("bench.wf", &text);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let stored = serde_json::to_string(&plan).expect("a plan writes");
    Program::new(plan, program::digest(&stored)).expect("a program")
}

/// Steps a second of runs, so many at once; and the processor that a step takes on each of the threads, in µs.
fn runs(url: &str, at_once: usize) -> (f64, [f64; 3]) {
    let dir = tempfile::tempdir().expect("a folder");
    let me = Holder { pid: std::process::id(), started: Time::from_unix_ms(0), command: vec!["bench".into()] };
    let folder = Folder::open(&dir.path().join("data"), &Default::default(), &me, &mut |_| {}).expect("a store");
    let journal: Arc<dyn Journal> = folder.journal();
    let clock = Arc::new(SystemClock);
    let (tell, ended) = channel();
    let ground = Ground {
        journal,
        exchange: Arc::new(Alone::new()),
        effects: Arc::new(LocalEffects::new(dir.path().join("data"), clock.clone())),
        clock,
        entropy: Arc::new(SystemEntropy::new().expect("entropy")),
        observer: Arc::new(Ends(tell)),
        data: dir.path().join("data"),
    };
    let program = Arc::new(program());
    let stored = serde_json::to_string(program.plan()).expect("a plan writes");
    let wish = Wish {
        texts: vec![(program.digest(), stored.into())],
        version: program.digest(),
        program,
        workflow: "bench".into(),
        given: [("base".into(), Value::text(url))].into(),
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        key: None,
        allow_net: vec!["127.0.0.0/8".into()],
        allow_files: Vec::new(),
    };
    let driver = Driver::start(ground).expect("a driver");
    (0..at_once).for_each(|_| drop(driver.begin(wish.clone())));
    // The first of each connects.
    (0..at_once).for_each(|_| {
        ended.recv().expect("the driver lives");
        drop(driver.begin(wish.clone()));
    });
    const THREADS: [&str; 3] = ["wf-effects", "driver", "journal"];
    let (begin, before, mut done) = (Instant::now(), THREADS.map(processor), 0_u64);
    while begin.elapsed() < TAKEN {
        ended.recv().expect("the driver lives");
        done += 1;
        drop(driver.begin(wish.clone()));
    }
    let (taken, after) = (begin.elapsed().as_secs_f64(), THREADS.map(processor));
    // Those that are under way still tell of their ends.
    for _ in 0..at_once {
        let _ = ended.recv();
    }
    driver.leave();
    let steps = done as f64 * STEPS as f64;
    (steps / taken, [0, 1, 2].map(|i| (after[i] - before[i]) * 1e6 / steps))
}

pub fn figures() -> Table {
    let head = [
        "at once",
        "steps/s, each on disk before the next",
        "bare reqwest, requests/s",
        "of bare reqwest",
        "µs of processor a step: requests, driver, journal",
    ];
    let mut table = Table::new("HTTP steps", &head);
    let url = format!("http://{}", serve());
    for at_once in AT_ONCE {
        let reference = bare(&url, at_once);
        let (rate, spent) = runs(&url, at_once);
        table.row(&[
            at_once.to_string(),
            short(rate),
            short(reference),
            format!("{:.2}", rate / reference),
            spent.map(|us| format!("{us:.0}")).join(", "),
        ]);
    }
    table
}
