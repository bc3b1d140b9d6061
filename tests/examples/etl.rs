//! `etl.wf`: pages that fail, shops that stay down, and a kill between two pages.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::Stage;
use crate::server::Answer;

fn stage() -> Stage {
    let stage = Stage::new("etl.wf:report", |_, server| {
        let shops = json!([server.url("/north"), server.url("/south")]);
        vec!["day=2026-11-22".into(), format!("shops={shops}"), "patience=200ms".into()]
    });
    stage.server.route("/north/orders", |asked| {
        assert_eq!(asked.parameter("day").as_deref(), Some("2026-11-22"));
        match asked.parameter("page").as_deref() {
            Some("1") => page(&[("fr", 1_205, "paid"), (" de", 99_900, "paid"), ("fr", 5, "cancelled")], Some("2")),
            _ => page(&[("FR", 101, "sent")], None),
        }
    });
    stage.server.route("/south/orders", |_| south());
    stage
}

fn south() -> Answer {
    page(&[("es", 1_000, "paid")], None)
}

fn page(orders: &[(&str, u32, &str)], next: Option<&str>) -> Answer {
    let order =
        |(country, cents, state): &(&str, u32, &str)| json!({ "country": country, "cents": cents, "state": state });
    let orders: Vec<_> = orders.iter().map(order).collect();
    Answer::json(&next.map_or_else(|| json!({ "orders": orders }), |next| json!({ "orders": orders, "next": next })))
}

const WHOLE: &str = "country,orders,euros\nDE,1,999.00\nFR,2,13.06\nES,1,10.00\n";

fn report(run: &serde_json::Value) -> String {
    std::fs::read_to_string(run["output"]["file"].as_str().expect("a file")).expect("the report is there")
}

#[test]
fn the_report_sums_up_all_shops() {
    let stage = stage();
    let (said, run) = stage.shown(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(report(&run), WHOLE);
    assert_eq!((&run["output"]["orders"], &run["output"]["cents"]), (&json!(4), &json!(102_206)));
    assert_eq!((stage.server.count("/north/orders"), stage.server.count("/south/orders")), (2, 1));
}

#[test]
fn a_page_that_fails_twice_is_asked_for_again() {
    let stage = stage();
    let asked = AtomicUsize::new(0);
    stage.server.route("/south/orders", move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::text("busy").status(503),
        1 => Answer::Bytes(vec![]),
        _ => south(),
    });
    let (said, run) = stage.shown(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(report(&run), WHOLE);
    assert_eq!(stage.last("gather")["steps"][0]["attempts"], 3);
}

#[test]
fn a_shop_that_stays_down_is_named_and_spoils_nothing() {
    let stage = stage();
    stage.server.route("/south/orders", |_| Answer::text("down").status(503));
    let (said, run) = stage.shown(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(run["output"]["missing"], json!([stage.server.url("/south")]));
    let without = format!("# without {}\n", stage.server.url("/south"));
    assert_eq!(report(&run), format!("country,orders,euros\nDE,1,999.00\nFR,2,13.06\n{without}"));
    assert!(said.err.contains("is left out: "), "{}", said.err);
    assert_eq!(stage.server.count("/south/orders"), 5, "once, and four times more");
}

#[test]
fn without_any_shop_there_is_no_report() {
    let stage = stage();
    for shop in ["/north/orders", "/south/orders"] {
        stage.server.route(shop, |_| Answer::empty(404));
    }
    let (said, run) = stage.shown(&[]);
    assert_eq!((said.code, &run["error"]["kind"]), (Some(1), &json!("shops")), "{said:?}");
    assert_eq!(stage.server.count("/south/orders"), 1, "what isn't found won't be found by asking again");
}

#[test]
fn killed_between_two_shops_it_asks_none_again_that_has_answered() {
    let stage = stage();
    let asked = AtomicUsize::new(0);
    stage.server.route("/south/orders", move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::Stuck(vec![]),
        _ => south(),
    });
    stage.killed(|| stage.server.wait_for("/south/orders", 1));
    let resumed = stage.wf(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(report(&stage.last("report")), WHOLE);
    assert_eq!((stage.server.count("/north/orders"), stage.server.count("/south/orders")), (2, 2));
}
