//! `order.wf`: three services that keep their books by the idempotency key, and fail in their own ways.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use super::Stage;
use crate::server::{Answer, Asked, Server};

/// What a service has done, by kind, and the keys under which it was asked to.
#[derive(Default)]
struct Books {
    /// What is there now: `/stock/reservations` of order 4711, for instance.
    there: BTreeSet<String>,
    /// What was ever done, in order.
    done: Vec<String>,
    keys: BTreeMap<String, usize>,
}

type Shared = Arc<Mutex<Books>>;

fn stage() -> (Stage, Shared) {
    let stage = Stage::new("order.wf", |_, server| {
        let at = |name: &str, path: &str| format!("{name}={}", server.url(path));
        let fixed = ["number=4711", "customer=ada@example.com", "cents=4200", r#"goods={"lamp": 1}"#, "patience=200ms"];
        let addresses = ["stock", "payment", "shipping", "service"].map(|name| at(name, &format!("/{name}")));
        fixed.map(String::from).into_iter().chain(addresses).collect()
    });
    let books = Shared::default();
    for path in ["/stock/reservations", "/payment/charges", "/shipping/parcels", "/service/cases"] {
        let own = books.clone();
        stage.server.route(path, move |asked| make(&own, asked));
        let own = books.clone();
        stage.server.route(&format!("{path}/4711"), move |asked| take_back(&own, asked));
    }
    (stage, books)
}

/// Does what is asked, once for each key.
fn make(books: &Shared, asked: &Asked) -> Answer {
    let mut books = books.lock().expect("no panic");
    let key = asked.header("idempotency-key").expect("a write has a key").to_string();
    let times = books.keys.entry(key).or_default();
    *times += 1;
    if *times == 1 {
        let body: Json = serde_json::from_slice(&asked.body).expect("JSON");
        books.there.insert(format!("{}/{}", asked.path, body["order"].as_str().expect("an order")));
        books.done.push(format!("{} {}", asked.method, asked.path));
    }
    Answer::json(&json!({ "parcel": "P-1" })).status(201)
}

fn take_back(books: &Shared, asked: &Asked) -> Answer {
    let mut books = books.lock().expect("no panic");
    books.done.push(format!("{} {}", asked.method, asked.path));
    Answer::empty(if books.there.remove(&asked.path) { 204 } else { 404 })
}

fn there(books: &Shared) -> Vec<String> {
    books.lock().expect("no panic").there.iter().cloned().collect()
}

/// What the customer service was told.
fn told(server: &Server) -> Vec<Json> {
    let cases = server.requests().into_iter().filter(|asked| asked.path == "/service/cases");
    cases.map(|asked| serde_json::from_slice(&asked.body).expect("JSON")).collect()
}

const SENT: [&str; 3] = ["/payment/charges/4711", "/shipping/parcels/4711", "/stock/reservations/4711"];

#[test]
fn an_order_goes_through_three_services() {
    let (stage, books) = stage();
    let (said, run) = stage.shown(&[]);
    assert_eq!((said.code, &run["output"]), (Some(0), &json!({ "parcel": "P-1" })), "{said:?}");
    assert_eq!(there(&books), SENT);
    assert_eq!(told(&stage.server), [json!(null); 0]);
}

#[test]
fn a_refused_payment_gives_the_goods_back() {
    let (stage, books) = stage();
    stage.server.route("/payment/charges", |_| Answer::json(&json!({ "reason": "no money" })).status(402));
    let (said, run) = stage.shown(&[]);
    assert_eq!((said.code, &run["error"]["kind"]), (Some(1), &json!("order")), "{said:?}");
    assert_eq!(there(&books), ["/service/cases/4711"], "nothing is left but the word of it");
    assert_eq!(stage.server.count("/payment/charges"), 1, "a no is a no");
    assert_eq!(stage.server.count("/shipping/parcels"), 0);
    assert_eq!((&told(&stage.server)[0]["customer"]), &json!("ada@example.com"));
}

#[test]
fn without_shipping_the_payment_is_given_back() {
    let (stage, books) = stage();
    stage.server.route("/shipping/parcels", |_| Answer::text("closed").status(503));
    let (said, run) = stage.shown(&[]);
    assert_eq!((said.code, &run["error"]["data"]["step"]), (Some(1), &json!("sent")), "{said:?}");
    assert_eq!(there(&books), ["/service/cases/4711"]);
    let done = books.lock().expect("no panic").done.clone();
    let expected = [
        "POST /stock/reservations",
        "POST /payment/charges",
        "DELETE /shipping/parcels/4711",
        "DELETE /payment/charges/4711",
        "DELETE /stock/reservations/4711",
        "POST /service/cases",
    ];
    assert_eq!(done, expected, "latest first");
    assert!(told(&stage.server)[0]["reason"].as_str().is_some_and(|reason| reason.contains("503")));
}

#[test]
fn an_answer_that_is_lost_charges_nobody_twice() {
    let (stage, books) = stage();
    let own = books.clone();
    stage.server.route("/payment/charges", move |asked| {
        let answer = make(&own, asked);
        let is_first = own.lock().expect("no panic").keys.values().max() == Some(&1);
        if is_first { Answer::Bytes(vec![]) } else { answer }
    });
    let (said, _) = stage.shown(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(there(&books), SENT);
    let charges = books.lock().expect("no panic").done.iter().filter(|done| *done == "POST /payment/charges").count();
    assert_eq!((stage.server.count("/payment/charges"), charges), (2, 1));
}

#[test]
fn killed_while_it_pays_it_pays_once() {
    let (stage, books) = stage();
    let own = books.clone();
    stage.server.route("/payment/charges", move |asked| {
        let answer = make(&own, asked);
        let is_first = own.lock().expect("no panic").keys.values().max() == Some(&1);
        if is_first { Answer::Stuck(vec![]) } else { answer }
    });
    stage.killed(|| stage.server.wait_for("/payment/charges", 1));
    let resumed = stage.wf(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(there(&books), SENT);
    let done = books.lock().expect("no panic").done.clone();
    assert_eq!(done, ["POST /stock/reservations", "POST /payment/charges", "POST /shipping/parcels"]);
    assert_eq!(stage.last("order")["output"], json!({ "parcel": "P-1" }));
}
