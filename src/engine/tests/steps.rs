//! Clauses of steps: `timeout`, `within`, `retry … every … when`, `else`.

use crate::engine::{Command, Input};
use crate::model::{Event, Failure, Length, Value};

use super::builder::{S, attempt, flow, log, set, step};
use super::world::World;

fn one(text: super::builder::StepText) -> World {
    let mut w = World::of(flow(vec![text.s()]).output("a", "a"));
    w.skip();
    w
}

#[test]
fn without_retry_nothing_is_retried() {
    let mut w = one(step("a"));
    w.fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no", "the run fails: exec: no"]);
}

#[test]
fn retry_is_that_many_attempts_after_the_first() {
    let mut w = one(step("a").retry("2").every("4s", "4s"));
    w.fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no; again at +4s"]);
    w.passes("3999ms");
    w.happened(&[]);
    w.passes("1ms");
    w.happened(&["a begins attempt 2"]);
    w.asked(&["perform a, attempt 2"]);
    w.fails("a", "exec");
    w.passes("4s");
    w.fails("a", "exec");
    w.happened(&[
        "a's attempt 2 fails: exec: no; again at +8s",
        "a begins attempt 3",
        "a's attempt 3 fails: exec: no",
        "a fails: exec: no",
        "the run fails: exec: no",
    ]);
}

#[test]
fn a_retry_that_succeeds_is_as_if_it_had_at_once() {
    let mut w = one(step("a").retry("2").every("1s", "1s"));
    w.fails("a", "exec");
    w.passes("1s");
    w.gives("a", "3");
    w.succeeded("{\"a\":3}");
}

#[test]
fn the_delays_lie_between_their_bounds_and_differ() {
    let mut w = one(step("a").retry("9").every("1s", "8s"));
    let mut delays = Vec::new();
    for _ in 0..9 {
        w.fails("a", "exec");
        let due = w.run.due().expect("another attempt");
        delays.push(due.since(w.now).ms());
        w.passes("8s");
    }
    assert!(delays.iter().all(|ms| (1_000..=8_000).contains(ms)), "{delays:?}");
    delays.dedup();
    assert!(delays.len() > 5, "{delays:?}");
}

/// How long after the failure the next attempt of a step is made whose pause would be 2 s.
fn pause(headers: &[(&str, &str)]) -> i64 {
    let mut w = one(step("a").retry("1").every("2s", "2s"));
    let headers = Value::map(headers.iter().map(|(name, text)| (*name, Value::text(*text))));
    let data = Value::map([("status", Value::Int(503)), ("headers", headers)]);
    w.ends("a", Err(Failure { data, ..Failure::new("status", "no") }));
    w.run.due().expect("another attempt").since(w.now).ms()
}

#[test]
fn an_answer_may_ask_for_a_longer_pause() {
    assert_eq!(pause(&[]), 2_000);
    for (said, ms) in [
        ("30", 30_000),
        (" 30 ", 30_000),
        ("0", 2_000),
        ("1", 2_000),
        ("3600", 3_600_000),
        ("3601", 3_600_000),
        ("99999999999999999999999", 3_600_000),
        ("-5", 2_000),
        ("1.5", 2_000),
        ("", 2_000),
        ("soon", 2_000),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 2_000),
        ("Tue, 01 Jan 2999 00:00:00 GMT", 3_600_000),
    ] {
        assert_eq!(pause(&[("retry-after", said)]), ms, "{said}");
    }
    let at = World::of(flow(vec![])).now.plus(Length::from_ms(90_000));
    let stamp = format_http(at);
    assert!((88_000..=90_000).contains(&pause(&[("retry-after", &stamp)])), "{stamp}");
}

/// A time of this century as HTTP writes it, to the second.
fn format_http(time: crate::model::Time) -> String {
    let text = time.to_string();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[text[5..7].parse::<usize>().expect("a month") - 1];
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let day = days[(time.unix_ms() / 86_400_000 % 7) as usize];
    format!("{day}, {} {month} {} {} GMT", &text[8..10], &text[..4], &text[11..19])
}

#[test]
fn a_pause_that_is_asked_for_ends_within_within() {
    let mut w = one(step("a").retry("1").within("10s"));
    let data = Value::map([("status", Value::Int(429)), ("headers", Value::map([("retry-after", Value::text("11"))]))]);
    w.ends("a", Err(Failure { data, ..Failure::new("status", "no") }));
    assert!(w.run.outcome().is_some());
}

#[test]
fn an_address_that_may_not_be_reached_is_not_tried_again() {
    let mut w = one(step("a").retry("3"));
    let data = Value::map([("refused", Value::text("127.0.0.1"))]);
    w.ends("a", Err(Failure { data, ..Failure::new("http", "no") }));
    assert!(w.run.outcome().is_some());
}

#[test]
fn retry_0_is_one_attempt() {
    let mut w = one(step("a").retry("0"));
    w.fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no", "the run fails: exec: no"]);
}

#[test]
fn what_cannot_get_better_is_not_retried() {
    for kind in ["type", "limit", "secret", "failed", "stopped"] {
        let mut w = one(step("a").retry("3"));
        w.fails("a", kind);
        assert!(w.run.outcome().is_some(), "{kind}");
    }
    for kind in ["exec", "http", "timeout", "anything"] {
        let mut w = one(step("a").retry("3"));
        w.fails("a", kind);
        assert!(w.run.due().is_some(), "{kind}");
    }
    for (status, again) in [(400, false), (404, false), (408, true), (425, true), (429, true), (500, true), (302, true)]
    {
        let mut w = one(step("a").retry("3"));
        let data = Value::map([("status", Value::Int(status))]);
        w.ends("a", Err(Failure { data, ..Failure::new("status", "no") }));
        assert_eq!(w.run.due().is_some(), again, "{status}");
    }
}

#[test]
fn when_decides_over_err() {
    let mut w = one(step("a").retry("3").every("1s", "1s").when("err.kind == \"limit\" && err.attempt < 2"));
    w.fails("a", "limit");
    w.happened(&["a's attempt 1 fails: limit: no; again at +1s"]);
    w.passes("1s");
    w.fails("a", "limit");
    w.happened(&[
        "a begins attempt 2",
        "a's attempt 2 fails: limit: no",
        "a fails: limit: no",
        "the run fails: limit: no",
    ]);
    let decided = w.events.iter().filter(|(_, e)| matches!(e, Event::AttemptFailed { decision: Some(_), .. })).count();
    assert_eq!(decided, 2, "each decision is kept with its attempt");
}

#[test]
fn a_when_that_cannot_be_computed_asks_for_no_other_attempt() {
    let mut w = one(step("a").retry("3").when("1 / 0 == 1"));
    w.fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no", "the run fails: exec: no"]);
}

#[test]
fn else_gives_the_result_after_all_retries() {
    let mut w = one(step("a").retry("1").every("1s", "1s").otherwise("err.attempt"));
    w.fails("a", "exec");
    w.passes("1s");
    w.fails("a", "exec");
    w.happened(&[
        "a's attempt 1 fails: exec: no; again at +1s",
        "a begins attempt 2",
        "a's attempt 2 fails: exec: no",
        "a falls back to 2",
        "the run succeeds: {\"a\":2}",
    ]);
}

#[test]
fn an_else_that_fails_fails_the_step() {
    let mut w = one(step("a").otherwise("1 / 0"));
    w.fails("a", "exec");
    let happened = w.sentences();
    assert!(happened[1].starts_with("a fails: ") && !happened[1].contains("exec"), "{happened:?}");
}

#[test]
fn an_argument_that_fails_fails_the_step_before_it_begins() {
    let block = attempt(vec![step("a").arg("x", "1 / 0").retry("5").s()])
        .catch("err", vec![log("err.step"), log("err.attempt")]);
    World::of(flow(vec![block])).happened(&["logs \"a\"", "logs \"0\"", "the run succeeds: {}"]);
    World::of(flow(vec![step("a").arg("x", "1 / 0").otherwise("7").s()]).output("a", "a")).succeeded("{\"a\":7}");
}

#[test]
fn clauses_must_be_what_they_are() {
    let fails = |text: super::builder::StepText| {
        let mut w = World::of(flow(vec![text.s()]));
        w.sentences().remove(0)
    };
    assert_eq!(fails(step("a").timeout("5")), "the run fails: type: `timeout` must be a duration, not int `5`");
    assert_eq!(
        fails(step("a").retry("true")),
        "the run fails: type: the number of retries must be a whole number of at least 0, not bool `true`"
    );
    assert_eq!(
        fails(step("a").retry("2000000")),
        "the run fails: limit: the number of retries is 2000000; the limit `retries` is 1000000"
    );
}

#[test]
fn the_host_is_told_of_timeout_and_within() {
    let mut w = World::of(flow(vec![step("a").timeout("5s").within("20s").retry("9").every("8s", "8s").s()]));
    let commands = w.commands();
    let Some(Command::Perform(first)) = commands.first() else { panic!("an effect: {commands:?}") };
    assert_eq!(
        (first.timeout, first.within),
        (Some(Length::from_ms(5_000)), Some(w.now.plus(Length::from_ms(20_000))))
    );
    assert_eq!(w.run.due(), None, "an effect's time is kept by the host");
    w.skip().fails("a", "timeout");
    w.passes("8s");
    w.fails("a", "timeout");
    w.happened(&[
        "a's attempt 1 fails: timeout: no; again at +8s",
        "a begins attempt 2",
        "a's attempt 2 fails: timeout: no; again at +16s",
    ]);
    w.passes("8s");
    w.skip().fails("a", "timeout");
    w.happened(&["a's attempt 3 fails: timeout: no", "a fails: timeout: no", "the run fails: timeout: no"]);
}

#[test]
fn no_attempt_begins_after_within_is_over() {
    let mut w = one(step("a").within("5s").retry("3").every("2s", "2s").otherwise("err.kind"));
    w.fails("a", "exec");
    w.tell(Input::Pause);
    w.now = w.now.plus(Length::from_ms(9_000));
    w.skip().tell(Input::Unpause);
    w.happened(&["the run is unpaused", "a falls back to \"timeout\"", "the run succeeds: {\"a\":\"timeout\"}"]);
}

#[test]
fn an_answer_counts_once_and_for_its_attempt() {
    let mut w = one(step("a").retry("3").every("1s", "1s"));
    w.fails("a", "exec");
    w.skip().gives("a", "1");
    w.happened(&[]);
    w.passes("1s");
    let op = crate::model::OpId(0);
    w.skip().tell(Input::AttemptEnded { op, attempt: 1, outcome: Ok(Value::Int(1)) });
    w.happened(&[]);
    w.tell(Input::AttemptEnded { op, attempt: 2, outcome: Ok(Value::Int(2)) });
    w.succeeded("{\"a\":2}");
    w.tell(Input::AttemptEnded { op, attempt: 2, outcome: Ok(Value::Int(3)) });
    w.succeeded("{\"a\":2}");
}

#[test]
fn a_result_that_is_too_large_fails_with_limit() {
    let mut w = one(step("a").retry("3"));
    w.ends("a", Ok(Value::text("x".repeat(1 << 20))));
    let happened = w.sentences();
    assert!(happened[1].starts_with("a fails: limit: the result has about"), "{happened:?}");
}

#[test]
fn numbers_drawn_in_clauses_are_not_drawn_again() {
    let text = step("a").retry("1").every("1s", "1s").when("random() < 2 || random() >= 0.0 || true");
    let draws = S::Let("x".into(), "random()".into());
    let plain = {
        let mut w = World::of(flow(vec![draws.clone()]).output("x", "x"));
        w.sentences()
    };
    let mut w = World::of(
        flow(vec![text.otherwise("random()").undo(step("u").arg("x", "random()")).s(), draws]).output("x", "x"),
    );
    w.skip().fails("a", "timeout");
    w.passes("1s");
    w.fails("a", "timeout");
    let happened = w.sentences();
    assert_ne!(happened.last(), plain.last(), "{happened:?}");
    let numbers: Vec<&str> = happened.iter().filter_map(|s| s.split("0.").nth(1)).collect();
    let mut different: Vec<&str> = numbers.iter().map(|n| n.trim_matches(|c: char| !c.is_ascii_digit())).collect();
    different.sort();
    different.dedup();
    assert!(numbers.len() >= 3 && different.len() == numbers.len(), "{happened:?}");
}

#[test]
fn steps_follow_each_other() {
    let mut w = World::of(flow(vec![step("a").s(), set("n", "a + 1"), step("b").arg("n", "n").s()]).output("b", "b"));
    w.gives("a", "1");
    w.asked(&["perform a, attempt 1", "perform b, attempt 1 {\"n\":2}"]);
    w.gives("b", "2");
    w.succeeded("{\"b\":2}");
}
