//! Child runs: `call` waits for the child's end, `start` only for its beginning.

use crate::engine::{Command, Input};
use crate::model::{Event, Failure, RunId, RunStatus, Value};

use super::builder::{attempt, call, flow, log, start, step};
use super::world::World;

fn caller(text: super::builder::StepText) -> World {
    World::among(vec![("main", flow(vec![text.s()]).output("c", "c")), ("child", flow(vec![]))])
}

fn child_of(w: &World) -> RunId {
    let started = w.events.iter().rev().find_map(|(_, event)| match event {
        Event::StepStarted(start) => start.child,
        Event::AttemptStarted { child, .. } => *child,
        _ => None,
    });
    started.expect("a child")
}

#[test]
fn a_call_gives_the_outputs_of_the_child() {
    let mut w = caller(call("c", "child").arg("x", "1"));
    w.asked(&["run child for c, attempt 1 {\"x\":1}"]);
    assert_eq!(w.run.status(), RunStatus::Waiting);
    assert_eq!(w.run.children().collect::<Vec<_>>(), [child_of(&w)]);
    w.gives("c", "5");
    w.happened(&["c begins calling child", "c gives 5", "the run succeeds: {\"c\":5}"]);
}

#[test]
fn a_start_goes_on_at_once() {
    let mut w = caller(start("c", "child"));
    w.asked(&["run child for c, attempt 1 and leave it {}"]);
    w.ends("c", Ok(Value::map([("run", Value::text("id"))])));
    w.succeeded("{\"c\":{\"run\":\"id\"}}");
}

#[test]
fn a_failed_child_gives_its_own_kind() {
    let block = attempt(vec![call("c", "child").s()]).catch("err", vec![log("err.kind"), log("err.data.run")]);
    let mut w = World::among(vec![("main", flow(vec![block])), ("child", flow(vec![]))]);
    let data = Value::map([("run", Value::text("r")), ("error", Value::Unit)]);
    w.skip().ends("c", Err(Failure { data, ..Failure::new("disk", "full") }));
    w.happened(&[
        "c's attempt 1 fails: disk: full",
        "c fails: disk: full",
        "logs \"disk\"",
        "logs \"r\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn each_attempt_is_a_child_of_its_own() {
    let mut w = caller(call("c", "child").retry("1").every("1s", "1s"));
    let first = child_of(&w);
    w.fails("c", "disk");
    assert_eq!(w.run.children().count(), 0, "nobody waits for a child that has ended");
    w.passes("1s");
    let second = child_of(&w);
    assert_ne!(first, second);
    w.asked(&["run child for c, attempt 1 {}", "run child for c, attempt 2 {}"]);
    w.tell(Input::ChildEnded { op: crate::model::OpId(0), attempt: 1, outcome: Ok(Value::Int(1)) });
    assert!(w.run.outcome().is_none(), "the first attempt's child says nothing any more");
    w.gives("c", "2");
    w.succeeded("{\"c\":2}");
}

#[test]
fn after_a_crash_the_same_child_is_asked_for() {
    let mut w = caller(call("c", "child"));
    let child = child_of(&w);
    let before = w.commands();
    w.crashes();
    let after = w.commands();
    assert_eq!(before, after);
    assert!(matches!(&after[..], [Command::StartChild { child: c, .. }] if *c == child));
    w.happened(&["c begins calling child"]);
}

#[test]
fn a_child_whose_time_is_over_is_stopped_first() {
    let mut w = caller(call("c", "child").timeout("5s").retry("1").every("1s", "1s"));
    w.skip().passes("5s");
    w.happened(&["c's attempt 1 has had its time"]);
    w.asked(&["stop the child of c"]);
    assert_eq!(w.run.due(), None);
    w.crashes();
    w.asked(&["run child for c, attempt 1 {}", "stop the child of c"]);
    w.ends("c", Err(Failure::new("stopped", "the child run was stopped")));
    w.happened(&["c's attempt 1 fails: timeout: it was not done within its timeout of 5s; again at +6s"]);
    w.passes("1s");
    w.happened(&["c begins attempt 2"]);
    w.asked(&["run child for c, attempt 2 {}"]);
}

#[test]
fn a_child_that_was_done_as_its_time_was_over_has_done_it() {
    let mut w = caller(call("c", "child").timeout("5s").undo(step("u")));
    w.passes("5s");
    w.skip().gives("c", "5");
    w.happened(&["c gives 5", "c.undo is held", "the run succeeds: {\"c\":5}"]);
}

#[test]
fn all_attempts_together_have_their_time() {
    let mut w = caller(call("c", "child").within("5s").retry("9").every("1s", "1s"));
    w.skip().passes("5s");
    w.ends("c", Err(Failure::new("stopped", "the child run was stopped")));
    w.happened(&[
        "c's attempt 1 has had its time",
        "c's attempt 1 fails: timeout: all attempts together were not done in the time of `within`",
        "c fails: timeout: all attempts together were not done in the time of `within`",
        "the run fails: timeout: all attempts together were not done in the time of `within`",
    ]);
}

#[test]
fn a_stopped_run_stops_its_children_and_waits_for_them() {
    let mut w = caller(call("c", "child").undo(step("u")));
    w.skip().tell(Input::Stop);
    w.happened(&["a stop is asked for", "the body is cancelled"]);
    w.asked(&["stop the child of c"]);
    w.crashes();
    w.asked(&["run child for c, attempt 1 {}", "stop the child of c"]);
    w.ends("c", Err(Failure::new("stopped", "the child run was stopped")));
    w.happened(&["c is stopped", "the run is stopped"]);
}

#[test]
fn a_run_that_is_only_started_lives_on() {
    let mut w = caller(start("c", "child"));
    w.skip().tell(Input::Stop);
    w.asked(&[]);
    w.crashes();
    w.asked(&["run child for c, attempt 1 and leave it {}"]);
    w.ends("c", Ok(Value::Unit));
    w.happened(&["a stop is asked for", "the body is cancelled", "c gives null", "the run is stopped"]);
}
