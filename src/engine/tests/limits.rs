//! What never ends is ended.

use crate::engine::limits::{KEPT_DECISIONS, MAX_STRETCH, SLICE_OPERATIONS};
use crate::engine::{Input, Outcome, advance};
use crate::model::{Event, Length, OpId, Value, written};

use super::builder::{attempt, branch, each, flow, give, log, parallel, repeat, set, sleep, step, when};
use super::world::World;

/// Much work, and a small value.
const LONG: &str = "\"x\".repeat(8000000).len()";

const TEXT: &str = "\"x\".repeat(8000000)";

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
fn long_expressions_end_a_slice_as_many_statements_do() {
    let mut w = World::of(flow(vec![step("a").s(), repeat("true", vec![set("n", LONG)])]));
    w.gives("a", "()");
    assert!(w.more);
    let made = |w: &World| match w.events.last() {
        Some((_, Event::Advanced { statements, operations, .. })) => (*statements, *operations),
        other => panic!("no stretch: {other:?}"),
    };
    for _ in 0..3 {
        let (statements, operations) = made(&w);
        assert!((2..40).contains(&statements), "{statements} statements");
        assert!((SLICE_OPERATIONS..SLICE_OPERATIONS + 400_000).contains(&operations), "{operations} operations");
        w.tell(Input::Continue);
    }
}

#[test]
fn a_loop_of_long_expressions_is_ended() {
    let mut w = World::of(flow(vec![repeat("true", vec![set("n", LONG)])]));
    let error = "limit: 100000000 operations were made without a step (limit `stretch operations`)";
    w.happened(&[&format!("the run is aborted: {error}"), "the body is cancelled", &format!("the run fails: {error}")]);
    assert!(matches!(w.run.outcome(), Some(Outcome::Failed(failure)) if failure.at.is_some()), "it has a place");
}

#[test]
fn a_finally_has_a_stretch_of_its_own() {
    let end = vec![set("n", "0"), repeat("n < 3000", vec![set("n", "n + 1")]), log("\"left\"")];
    let mut w = World::of(flow(vec![attempt(vec![repeat("true", vec![])]).finally(end)]));
    let happened = w.sentences();
    assert!(happened.contains(&"logs \"left\"".to_string()), "{happened:?}");
}

#[test]
fn the_time_of_a_run_ends_its_stretch() {
    let mut w = World::of(flow(vec![step("a").s(), repeat("true", vec![])]).timeout("2s"));
    w.gives("a", "()");
    w.tell(Input::Continue);
    assert!(w.more);
    w.now = w.now.plus(Length::from_ms(2_000));
    w.skip().tell(Input::Continue);
    let error = "timeout: the run was not done within its timeout of 2s";
    w.happened(&[&format!("the run is aborted: {error}"), "the body is cancelled", &format!("the run fails: {error}")]);
    assert!(matches!(w.run.outcome(), Some(Outcome::Failed(failure)) if failure.at.is_some()), "it has a place");
}

#[test]
fn a_timer_does_not_wait_for_the_end_of_a_stretch_beside_it() {
    let endless = branch("x", vec![repeat("true", vec![])]);
    let sleeps = branch("y", vec![sleep("1s"), step("a").s()]);
    let mut w = World::begun("main", World::program(flow(vec![parallel(vec![sleeps, endless])])));
    w.tell(Input::Continue);
    assert!(w.more);
    w.now = w.now.plus(Length::from_ms(1_000));
    w.skip().tell(Input::Due);
    w.happened(&["the sleep until +1s ends", "y.a begins"]);
}

#[test]
fn a_pause_takes_effect_within_a_stretch() {
    let mut w = World::of(flow(vec![step("a").s(), repeat("true", vec![])]));
    w.gives("a", "()");
    w.tell(Input::Pause);
    assert!(!w.more);
    w.tell(Input::Unpause);
    assert!(w.more);
}

#[test]
fn what_a_turn_stores_is_bounded() {
    let big = "\"x\".repeat(3000000)";
    let said = repeat("n < 4", vec![set("n", "n + 1"), log(big)]);
    let gathered = repeat("n < 99", vec![set("n", "n + 1"), give(big)]).bound("all");
    let caught = attempt(vec![gathered]).catch("err", vec![give("err.message")]).bound("why");
    let flow = flow(vec![set("n", "0"), said, set("n", "0"), caught]).output("why", "why").output("n", "n");
    let (mut run, program) = World::bare(flow);
    let mut more = true;
    while more {
        let turn = advance(&program, &mut run, Input::Continue, World::began()).expect("a run that fits its plan");
        let size = written(&turn.events);
        assert!(size < 10 << 20, "a record of {size} bytes");
        more = turn.more;
    }
    let Some(Outcome::Succeeded(output)) = run.outcome() else { panic!("{:?}", run.outcome()) };
    let why = output.get("why").and_then(Value::as_str).expect("a text");
    assert!(why.contains("limit `run size`"), "{why}");
    assert_eq!(output.get("n"), Some(&Value::Int(12)));
}

#[test]
fn a_name_that_is_assigned_again_and_again_holds_but_its_last_value() {
    let body = vec![set("n", "0"), set("s", "1"), repeat("n < 5", vec![set("n", "n + 1"), set("s", TEXT)])];
    let (mut run, program) = World::bare(flow(body).output("n", "n"));
    while advance(&program, &mut run, Input::Continue, World::began()).expect("it fits").more {}
    assert!(matches!(run.outcome(), Some(Outcome::Succeeded(_))), "{:?}", run.outcome());
}

#[test]
fn a_gathered_list_has_no_more_items_than_any() {
    let body = vec![set("n", "0"), repeat("n < 100001", vec![set("n", "n + 1"), give("1")]).bound("all")];
    let (mut run, program) = World::bare(flow(body));
    while advance(&program, &mut run, Input::Continue, World::began()).expect("it fits").more {}
    assert!(
        matches!(run.outcome(), Some(Outcome::Failed(f)) if f.message.contains("`list size`")),
        "{:?}",
        run.outcome()
    );
}

#[test]
fn results_and_messages_that_the_run_can_not_hold_are_refused() {
    let fill = vec![set("a", TEXT), set("b", TEXT), set("c", TEXT), set("d", TEXT), set("e", "\"x\".repeat(1200000)")];
    let mut body = fill;
    body.push(step("s").s());
    let (mut run, program) = World::bare(flow(body).signal("go"));
    let mut tell = |input| advance(&program, &mut run, input, World::began()).expect("it fits");
    while tell(Input::Continue).more {}
    let result = Value::text("x".repeat(1_000_000));
    let signal = Input::Signal { name: "go".into(), source: "test".into(), delivery: None, parameters: result.clone() };
    let turn = tell(Input::AttemptEnded { op: OpId(0), attempt: 1, outcome: Ok(result) });
    let failed = turn.events.iter().find_map(|event| match event {
        Event::StepFailed { error, .. } => Some(error.message.clone()),
        _ => None,
    });
    assert!(failed.is_some_and(|message| message.contains("`run size`")));
    let turn = tell(signal);
    assert!(turn.events.is_empty(), "the run has ended");
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
