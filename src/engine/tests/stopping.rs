//! Pause, unpause, stop, and the run's own deadline.

use crate::engine::{Input, Request, StartError, start};
use crate::model::{Length, RunStatus};

use super::builder::{S, attempt, each, fail, flow, give_back, log, sleep, step, wait};
use super::world::World;

#[test]
fn a_paused_run_records_and_begins_nothing() {
    let mut w = World::of(flow(vec![step("a").s(), log("a"), step("b").s()]));
    w.skip().tell(Input::Pause);
    w.tell(Input::Pause);
    w.gives("a", "1");
    assert_eq!(w.run.status(), RunStatus::Paused);
    w.happened(&["the run is paused", "a gives 1"]);
    w.crashes();
    w.happened(&[]);
    w.tell(Input::Unpause);
    w.tell(Input::Unpause);
    w.happened(&["the run is unpaused", "logs \"1\"", "b begins"]);
    w.asked(&["perform b, attempt 1"]);
}

#[test]
fn timers_that_are_due_while_paused_are_taken_afterwards() {
    let mut w = World::of(flow(vec![sleep("5s")]));
    w.skip().tell(Input::Pause);
    assert_eq!(w.run.due(), None);
    w.now = w.now.plus(Length::from_ms(9_000));
    w.tell(Input::Due);
    w.happened(&["the run is paused"]);
    w.tell(Input::Unpause);
    w.happened(&["the run is unpaused", "the sleep until +5s ends", "the run succeeds: {}"]);
}

#[test]
fn a_message_that_comes_while_paused_is_taken() {
    let mut w = World::of(flow(vec![wait("w", "go").s()]).output("w", "w"));
    w.tell(Input::Pause);
    w.skip().signal("go", "1");
    w.happened(&["signal go comes: 1", "w takes go", "w gives 1"]);
    w.tell(Input::Unpause);
    w.succeeded("{\"w\":1}");
}

#[test]
fn a_stop_ends_waits_at_once() {
    for waiting in [sleep("1h"), wait("w", "go").s(), S::SleepUntil("run.started_at".into())] {
        let mut w = World::of(flow(vec![waiting]));
        w.tell(Input::Stop);
        assert!(w.run.outcome().is_some());
    }
}

#[test]
fn a_stop_waits_for_what_is_in_flight() {
    let mut w = World::of(flow(vec![step("a").s(), step("b").s()]));
    w.skip().tell(Input::Stop);
    w.asked(&["cancel a, attempt 1"]);
    assert_eq!(w.run.status(), RunStatus::Running);
    w.tell(Input::Stop);
    w.gives("a", "1");
    w.happened(&["a stop is asked for", "the body is cancelled", "a gives 1", "the run is stopped"]);
}

#[test]
fn catch_never_sees_a_stop() {
    let block = attempt(vec![step("a").otherwise("0").s()]).catch("err", vec![log("\"no\"")]);
    let mut w = World::of(flow(vec![block, log("\"no\"")]));
    w.skip().tell(Input::Stop);
    w.fails("a", "stopped");
    w.happened(&["a stop is asked for", "the body is cancelled", "a is stopped", "the run is stopped"]);
}

#[test]
fn finally_runs_to_its_end_and_nothing_after_it() {
    for after in [fail("\"x\""), give_back("()"), S::Break, log("\"in\"")] {
        let inner = attempt(vec![sleep("1h")]).finally(vec![step("f").s(), sleep("5s"), after]);
        let outer = attempt(vec![inner]).catch("err", vec![log("\"no\"")]).finally(vec![step("g").s()]);
        let mut w = World::of(flow(vec![each("x", "[1, 2]", vec![outer, log("\"no\"")])]));
        w.tell(Input::Stop);
        w.tell(Input::Stop);
        w.crashes();
        w.gives("f[0]", "1");
        w.passes("5s");
        w.gives("g[0]", "()");
        let happened = w.sentences();
        assert!(!happened.contains(&"logs \"no\"".to_string()), "{happened:?}");
        assert_eq!(happened.last().map(String::as_str), Some("the run is stopped"));
    }
}

#[test]
fn a_try_within_a_finally_is_not_cut_short() {
    let within = attempt(vec![step("a").s()]).finally(vec![step("b").s()]);
    let mut w = World::of(flow(vec![attempt(vec![]).finally(vec![within, step("c").s()])]));
    w.skip().tell(Input::Stop);
    w.gives("a", "()");
    w.gives("b", "()");
    w.gives("c", "()");
    w.happened(&[
        "a stop is asked for",
        "the body is cancelled",
        "a gives null",
        "b begins",
        "b gives null",
        "c begins",
        "c gives null",
        "the run is stopped",
    ]);
}

#[test]
fn a_stop_unpauses() {
    let mut w = World::of(flow(vec![sleep("1h")]));
    w.tell(Input::Pause);
    w.tell(Input::Stop);
    assert_eq!(w.run.status(), RunStatus::Stopped);
}

#[test]
fn a_second_stop_changes_nothing_also_where_the_run_was_paused_since() {
    let mut w = World::of(flow(vec![attempt(vec![sleep("1h")]).finally(vec![step("a").s(), step("b").s()])]));
    w.tell(Input::Stop);
    w.tell(Input::Pause);
    w.gives("a", "()");
    w.skip().tell(Input::Stop);
    w.happened(&[]);
    assert_eq!(w.run.status(), RunStatus::Paused);
    w.tell(Input::Unpause);
    w.gives("b", "()");
    assert_eq!(w.run.status(), RunStatus::Stopped);
}

#[test]
fn the_runs_timeout_fails_it_and_no_catch_sees_that() {
    let block = attempt(vec![sleep("1h")]).catch("err", vec![log("\"no\"")]).finally(vec![log("\"finally\"")]);
    let mut w = World::of(flow(vec![block]).timeout("10s"));
    assert_eq!(w.run.due(), Some(w.now.plus(Length::from_ms(10_000))));
    w.crashes();
    w.skip().passes("10s");
    w.happened(&[
        "the run is aborted: timeout: the run was not done within its timeout of 10s",
        "the body is cancelled",
        "the sleep until +1h is stopped",
        "logs \"finally\"",
        "the run fails: timeout: the run was not done within its timeout of 10s",
    ]);
}

#[test]
fn the_deadline_comes_before_a_timer_of_the_same_time() {
    let mut w = World::of(flow(vec![sleep("10s"), log("\"no\"")]).timeout("10s"));
    w.passes("10s");
    assert_eq!(w.run.status(), RunStatus::Failed);
}

#[test]
fn a_stop_after_the_deadline_changes_nothing() {
    let mut w = World::of(flow(vec![step("a").s()]).timeout("10s"));
    w.passes("10s");
    w.skip().tell(Input::Stop);
    w.happened(&[]);
    w.fails("a", "stopped");
    w.happened(&["a is stopped", "the run fails: timeout: the run was not done within its timeout of 10s"]);
}

#[test]
fn a_stopping_run_has_no_deadline() {
    let mut w = World::of(flow(vec![attempt(vec![sleep("1h")]).finally(vec![sleep("1m")])]).timeout("10s"));
    w.tell(Input::Stop);
    w.passes("1m");
    assert_eq!(w.run.status(), RunStatus::Stopped);
}

#[test]
fn an_ended_run_takes_nothing() {
    let mut w = World::of(flow(vec![]));
    w.skip();
    for input in [Input::Stop, Input::Pause, Input::Unpause, Input::Due, Input::Continue, Input::Recovered] {
        w.tell(input);
    }
    w.signal("go", "1");
    w.happened(&[]);
}

#[test]
fn a_timeout_that_is_none_keeps_the_run_from_beginning() {
    let plan = super::lower::plan(vec![("main", flow(vec![]).timeout("5"))]);
    let program = crate::program::Program::new(plan, crate::model::Digest([0; 32])).expect("a plan");
    let request = Request { workflow: "main".into(), ..World::request() };
    let refused = start(&program, request, World::began());
    let Err(StartError::Length(failure)) = refused else { panic!("it began") };
    assert_eq!(failure.to_string(), "type: the workflow's `timeout` must be a duration, not int");
    let refused = start(&program, Request { workflow: "other".into(), ..World::request() }, World::began());
    assert_eq!(refused.expect_err("no such workflow").to_string(), "the plan has no workflow `other`");
}
