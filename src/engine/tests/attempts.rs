//! `try`, `catch`, `finally`: what runs when, and how each way of leaving passes through.

use super::builder::{S, attempt, each, fail, flow, give, give_back, log, set, sleep, step, when};
use super::world::World;

#[test]
fn catch_sees_the_failure() {
    let catch = vec![log("err.kind"), log("err.message"), log("err.step"), log("err.attempt")];
    let mut w = World::of(flow(vec![attempt(vec![step("a").s(), log("\"no\"")]).catch("err", catch)]));
    w.skip().fails("a", "exec");
    w.happened(&[
        "a's attempt 1 fails: exec: no",
        "a fails: exec: no",
        "logs \"exec\"",
        "logs \"no\"",
        "logs \"a\"",
        "logs \"1\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn finally_comes_after_body_and_after_catch() {
    let block = |body| attempt(body).catch("err", vec![log("\"catch\"")]).finally(vec![log("\"finally\"")]);
    World::of(flow(vec![block(vec![log("\"body\"")])])).happened(&[
        "logs \"body\"",
        "logs \"finally\"",
        "the run succeeds: {}",
    ]);
    World::of(flow(vec![block(vec![fail("\"x\"")])])).happened(&[
        "logs \"catch\"",
        "logs \"finally\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn without_catch_the_failure_goes_on_after_finally() {
    World::of(flow(vec![attempt(vec![fail("\"x\"")]).finally(vec![log("\"finally\"")])]))
        .happened(&["logs \"finally\"", "the run fails: failed: x"]);
}

#[test]
fn a_try_without_catch_and_finally_changes_nothing() {
    World::of(flow(vec![attempt(vec![fail("\"x\"")])])).happened(&["the run fails: failed: x"]);
}

#[test]
fn a_failure_in_catch_passes_through_finally() {
    let block = attempt(vec![fail("\"a\"")]).catch("err", vec![fail("\"b\"")]).finally(vec![log("\"finally\"")]);
    World::of(flow(vec![attempt(vec![block]).catch("outer", vec![log("outer.message")])])).happened(&[
        "logs \"finally\"",
        "logs \"b\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn a_failure_in_finally_takes_the_place_of_the_earlier_one() {
    let block = attempt(vec![fail("\"a\"")]).finally(vec![fail("\"b\"")]);
    World::of(flow(vec![block])).happened(&["the run fails: failed: b"]);
    let block = attempt(vec![give_back("1")]).finally(vec![fail("\"b\"")]);
    World::of(flow(vec![block])).happened(&["the run fails: failed: b"]);
}

#[test]
fn fail_err_keeps_what_the_failure_was() {
    let block = attempt(vec![step("a").s()]).catch("err", vec![fail("err")]);
    let mut w = World::of(flow(vec![attempt(vec![block]).catch("again", vec![log("again.step"), log("again.kind")])]));
    w.skip().fails("a", "exec");
    w.happened(&[
        "a's attempt 1 fails: exec: no",
        "a fails: exec: no",
        "logs \"a\"",
        "logs \"exec\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn return_break_continue_and_yield_pass_through_finally() {
    let leave = |how: S| {
        let block = attempt(vec![how]).finally(vec![step("f").s()]);
        let body = vec![each("x", "[1, 2]", vec![block, log("\"after\"")]).bound("all"), log("\"end\"")];
        let mut w = World::of(flow(body).output("all", "all"));
        w.skip().gives("all[0].f", "()");
        w
    };
    leave(S::Break).happened(&["all[0].f gives null", "logs \"end\"", "the run succeeds: {\"all\":[]}"]);
    leave(give_back("#{ all: 9 }")).happened(&["all[0].f gives null", "the run succeeds: {\"all\":9}"]);
    let mut w = leave(S::Continue);
    w.happened(&["all[0].f gives null", "all[1].f begins"]);
    let mut w = leave(give("x"));
    w.happened(&["all[0].f gives null", "all[1].f begins"]);
    w.gives("all[1].f", "()");
    w.succeeded("{\"all\":[1,2]}");
}

#[test]
fn finally_may_leave_another_way() {
    let block = attempt(vec![fail("\"x\"")]).finally(vec![S::Break]);
    World::of(flow(vec![each("x", "[1, 2]", vec![block]), log("\"end\"")]))
        .happened(&["logs \"end\"", "the run succeeds: {}"]);
    let block = attempt(vec![fail("\"x\"")]).finally(vec![give("5")]).bound("v");
    World::of(flow(vec![block]).output("v", "v")).succeeded("{\"v\":5}");
}

#[test]
fn an_outer_catch_sees_what_no_inner_one_took() {
    let inner = attempt(vec![step("a").s()]).finally(vec![log("\"inner\"")]);
    let outer = attempt(vec![inner, log("\"no\"")]).catch("err", vec![log("\"outer\"")]);
    let mut w = World::of(flow(vec![outer]));
    w.skip().fails("a", "exec");
    w.happened(&[
        "a's attempt 1 fails: exec: no",
        "a fails: exec: no",
        "logs \"inner\"",
        "logs \"outer\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn an_expression_that_fails_is_caught() {
    let block = attempt(vec![set("a", "1 / 0")]).catch("err", vec![log("\"caught\"")]);
    World::of(flow(vec![block])).happened(&["logs \"caught\"", "the run succeeds: {}"]);
}

#[test]
fn waits_in_catch_and_finally_survive_a_crash() {
    let block =
        attempt(vec![fail("\"x\"")]).catch("err", vec![sleep("5s"), log("err.message")]).finally(vec![sleep("5s")]);
    let mut w = World::of(flow(vec![block]));
    w.crashes();
    w.passes("5s");
    w.crashes();
    w.passes("5s");
    w.happened(&[
        "sleeps until +5s",
        "the sleep until +5s ends",
        "logs \"x\"",
        "sleeps until +10s",
        "the sleep until +10s ends",
        "the run succeeds: {}",
    ]);
}

#[test]
fn err_is_gone_after_catch() {
    let block = attempt(vec![fail("\"x\"")]).catch("err", vec![]);
    let mut w = World::of(flow(vec![block, when("err == ()", vec![])]));
    let happened = w.sentences();
    assert!(happened[0].starts_with("the run fails: "), "{happened:?}");
}
