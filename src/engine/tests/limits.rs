//! What never ends is ended.

use crate::engine::limits::{KEPT_DECISIONS, MAX_STRETCH};
use crate::engine::{Input, Outcome};
use crate::model::Event;

use super::builder::{attempt, branch, each, flow, log, parallel, repeat, set, sleep, step, when};
use super::world::World;

const STRETCH: &str = "limit: 500000 statements were made without a step (limit `stretch length`)";

#[test]
fn a_loop_that_does_nothing_is_ended() {
    let mut w = World::of(flow(vec![attempt(vec![repeat("true", vec![])]).catch("err", vec![log("\"no\"")])]));
    w.happened(&[
        &format!("the run is aborted: {STRETCH}"),
        "the body is cancelled",
        &format!("the run fails: {STRETCH}"),
    ]);
    let json = serde_json::to_string(&w.events).expect("it is written");
    assert!(json.len() < 200_000, "{} events in {} bytes", w.events.len(), json.len());
}

#[test]
fn others_get_their_turn_before_it_ends() {
    let mut w = World::of(flow(vec![step("a").s(), repeat("true", vec![])]));
    w.gives("a", "()");
    assert!(w.more);
    w.skip().tell(Input::Stop);
    w.happened(&["a stop is asked for", "the body is cancelled", "the run is stopped"]);
}

#[test]
fn a_finally_that_does_nothing_for_ever_is_ended_too() {
    let body = vec![step("s").undo(step("u")).s(), attempt(vec![sleep("1h")]).finally(vec![repeat("true", vec![])])];
    let mut w = World::of(flow(body));
    w.gives("s", "()");
    w.skip().tell(Input::Stop);
    w.go_on();
    w.happened(&[
        "a stop is asked for",
        "the body is cancelled",
        "the sleep until +1h is stopped",
        &format!("the run fails: {STRETCH}"),
    ]);
}

#[test]
fn what_is_in_flight_beside_it_is_called_off() {
    let endless = vec![attempt(vec![sleep("1s")]).finally(vec![repeat("true", vec![])])];
    let mut w = World::of(flow(vec![parallel(vec![branch("x", endless), branch("y", vec![step("a").s()])])]));
    w.passes("1s");
    w.tell(Input::Stop);
    w.skip().go_on();
    assert!(matches!(w.run.outcome(), Some(Outcome::Failed(_))));
    w.asked(&["cancel y.a, attempt 1"]);
}

#[test]
fn a_loop_with_a_step_may_go_on_for_ever() {
    let items: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    let pure = each("x", &format!("[{}]", items.join(",")), vec![]);
    let mut w = World::of(flow(vec![repeat("true", vec![pure, step("a").s()])]));
    for n in 0..=MAX_STRETCH / 1_000 {
        w.gives(&format!("a[{n}]"), "()");
        w.skip().forget();
    }
    assert!(w.run.outcome().is_none());
}

#[test]
fn of_the_decisions_of_a_stretch_the_first_and_the_last_are_kept() {
    let body = vec![set("n", "0"), repeat("n < 500", vec![set("n", "n + 1")]), when("n == 500", vec![])];
    let w = World::of(flow(body));
    let kept = w.events.iter().find_map(|(_, event)| match event {
        Event::Advanced { decisions, .. } => Some(decisions.clone()),
        _ => None,
    });
    let kept = kept.expect("a stretch");
    let whiles: Vec<_> = kept.iter().filter(|d| &*d.what == "while").collect();
    assert_eq!(whiles.len() as u64, KEPT_DECISIONS + 1);
    let last = whiles.last().expect("the last");
    assert_eq!((last.value.to_string(), last.skipped), ("false".into(), 501 - KEPT_DECISIONS - 1));
    assert_eq!(last.from.get("n").map(ToString::to_string), Some("500".into()));
    assert_eq!(kept.len() as u64, KEPT_DECISIONS + 2);
}
