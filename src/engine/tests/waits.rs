//! Sleeps and signals.

use crate::model::{Length, RunStatus};

use super::builder::{S, attempt, bare, each, flow, log, parallel, set, sleep, step, wait};
use super::world::World;

#[test]
fn a_sleep_ends_when_its_time_has_come_and_not_before() {
    let mut w = World::of(flow(vec![sleep("5s"), log("\"up\"")]));
    assert_eq!(w.run.status(), RunStatus::Waiting);
    assert_eq!(w.run.due(), Some(w.now.plus(Length::from_ms(5_000))));
    w.passes("4999ms");
    w.tell(crate::engine::Input::Due);
    w.happened(&["sleeps until +5s"]);
    w.passes("1ms");
    w.happened(&["the sleep until +5s ends", "logs \"up\"", "the run succeeds: {}"]);
}

#[test]
fn a_sleep_of_nothing_ends_at_once() {
    let mut w = World::of(flow(vec![sleep("0s")]));
    w.happened(&["sleeps until +0s", "the sleep until +0s ends", "the run succeeds: {}"]);
}

#[test]
fn a_sleep_until_a_time_that_is_over_ends_at_once() {
    let mut w = World::of(flow(vec![sleep("5s"), S::SleepUntil("run.started_at".into())]));
    w.passes("5s");
    w.succeeded("{}");
    let mut w = World::of(flow(vec![S::SleepUntil("5".into())]));
    w.happened(&["the run fails: type: what `sleep until` waits for must be a datetime, not int `5`"]);
}

#[test]
fn a_length_must_be_one() {
    let mut w = World::of(flow(vec![sleep("5")]));
    w.happened(&["the run fails: type: the length of `sleep` must be a duration, not int `5`"]);
}

#[test]
fn timers_are_taken_the_earliest_first() {
    let slept = |length: &str| vec![sleep(length), log(&format!("\"{length}\""))];
    let branches = ["9s", "3s", "6s"].map(|length| super::builder::branch(&format!("b{length}"), slept(length)));
    let mut w = World::of(flow(vec![parallel(branches.to_vec())]));
    w.now = w.now.plus(Length::from_ms(60_000));
    w.skip().tell(crate::engine::Input::Due);
    let logs: Vec<String> = w.sentences().into_iter().filter(|s| s.starts_with("logs")).collect();
    assert_eq!(logs, ["logs \"3s\"", "logs \"6s\"", "logs \"9s\""]);
}

#[test]
fn a_message_that_came_before_its_wait_is_taken() {
    let mut w = World::of(flow(vec![step("a").s(), wait("w", "go").s()]).output("w", "w"));
    w.signal("go", "1");
    w.signal("go", "2");
    w.crashes();
    w.skip().gives("a", "()");
    w.happened(&["a gives null", "w begins waiting for go", "w takes go", "w gives 1", "the run succeeds: {\"w\":1}"]);
}

#[test]
fn a_wait_takes_a_message_that_comes_later() {
    let mut w = World::of(flow(vec![wait("w", "go").s()]).output("w", "w"));
    assert_eq!((w.run.status(), w.run.due()), (RunStatus::Waiting, None));
    w.crashes();
    w.signal("other", "0");
    w.signal("go", "1");
    w.happened(&[
        "w begins waiting for go",
        "signal other comes: 0",
        "signal go comes: 1",
        "w takes go",
        "w gives 1",
        "the run succeeds: {\"w\":1}",
    ]);
}

#[test]
fn a_message_is_taken_by_exactly_one_wait_the_oldest() {
    let waits = vec![bare(wait("x", "go")), bare(wait("y", "go"))];
    let mut w = World::of(flow(vec![parallel(waits), wait("z", "go").s()]).output("all", "[x, y, z]"));
    for n in ["1", "2", "3"] {
        w.signal("go", n);
    }
    w.succeeded("{\"all\":[1,2,3]}");
}

#[test]
fn messages_keep_their_order() {
    let mut w = World::of(flow(vec![sleep("1s"), each("i", "[1, 2, 3]", vec![wait("w", "go").s(), log("w")])]));
    for n in ["1", "2", "3"] {
        w.signal("go", n);
    }
    w.passes("1s");
    let logs: Vec<String> = w.sentences().into_iter().filter(|s| s.starts_with("logs")).collect();
    assert_eq!(logs, ["logs \"1\"", "logs \"2\"", "logs \"3\""]);
}

#[test]
fn a_wait_ends_with_its_timeout() {
    let block =
        attempt(vec![wait("w", "go").timeout("5s").s()]).catch("err", vec![log("err.kind"), log("err.message")]);
    let mut w = World::of(flow(vec![block]));
    w.crashes();
    w.passes("5s");
    w.happened(&[
        "w begins waiting for go",
        "w's attempt 1 fails: timeout: it was not done within its timeout of 5s",
        "w fails: timeout: it was not done within its timeout of 5s",
        "logs \"timeout\"",
        "logs \"it was not done within its timeout of 5s\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn a_timeout_of_nothing_takes_what_has_come_or_ends_at_once() {
    let body = vec![wait("w", "go").timeout("0s").otherwise("0").s(), sleep("1s"), wait("v", "go").timeout("0s").s()];
    let mut w = World::of(flow(body).output("both", "[w, v]"));
    w.signal("go", "7");
    w.passes("1s");
    w.succeeded("{\"both\":[0,7]}");
}

#[test]
fn a_wait_may_be_tried_again() {
    let mut w = World::of(flow(vec![wait("w", "go").timeout("5s").retry("1").every("1s", "1s").s()]).output("w", "w"));
    w.passes("5s");
    w.signal("go", "3");
    w.happened(&[
        "w begins waiting for go",
        "w's attempt 1 fails: timeout: it was not done within its timeout of 5s; again at +6s",
        "signal go comes: 3",
    ]);
    w.passes("1s");
    w.succeeded("{\"w\":3}");
}

#[test]
fn what_was_never_taken_is_kept() {
    let mut w = World::of(flow(vec![set("a", "1"), step("b").s()]));
    w.signal("go", "1");
    w.gives("b", "()");
    assert_eq!(w.run.untaken().map(|(name, count)| (name.to_string(), count)).collect::<Vec<_>>(), [("go".into(), 1)]);
}
