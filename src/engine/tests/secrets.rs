//! Handles of secrets in a run: where they go as names, and where they are refused.

use crate::model::{Event, Sealed, StepTarget, Value};

use super::builder::{Flow, S, call, fail, flow, log, set, step};
use super::world::World;

#[track_caller]
fn refused(flow: Flow, place: &str) {
    let mut w = World::of(flow);
    let said = format!("secret: the secret `T` would reach {place}");
    let told = w.sentences();
    let last = told.last().map(String::as_str).unwrap_or_default();
    assert_eq!(last, format!("the run fails: {said}"), "{told:#?}");
    for (_, event) in &w.events {
        let written = serde_json::to_string(event).expect("an event is written");
        assert!(!written.contains("\"$secret\":\"T\"") || matches!(event, Event::Advanced { .. }), "{written}");
    }
}

#[test]
fn a_secret_reaches_nothing_that_people_read() {
    let within = || set("x", "#{ deep: [`Bearer ${secret(\"T\")}`] }");
    refused(flow(vec![log("secret(\"T\")")]), "the log");
    refused(flow(vec![within(), log("x")]), "the log");
    refused(flow(vec![within(), fail("#{ kind: \"k\", message: \"m\", data: x }")]), "a failure");
    refused(flow(vec![within(), S::Emit("\"e\"".into(), Some("x".into()))]), "an event");
    refused(flow(vec![within()]).output("a", "1").output("b", "x.deep"), "the output `b`");
    refused(flow(vec![S::Return(Some("#{ a: base64(secret(\"T\")) }".into()))]).output("a", "1"), "the output `a`");
}

#[test]
fn a_secret_reaches_nothing_that_is_kept() {
    let asked = |action: &str| {
        let mut step = step("a").arg("value", "[1, secret(\"T\")]");
        step.target = Some(StepTarget::Action(action.into()));
        flow(vec![step.s()])
    };
    refused(asked("kv.put"), "what `kv` keeps");
    refused(asked("kv.get"), "what `kv` keeps");
    refused(asked("file.write"), "a file");
}

#[test]
fn a_step_is_given_the_handle_and_its_result_is_its_own() {
    let mut w = World::of(flow(vec![step("a").arg("stdin", "`x ${secret(\"T\")}`").s()]).output("a", "a"));
    let sealed = Sealed::join([Sealed::Text("x ".into()), Sealed::Secret("T".into())]);
    let input = w.events.iter().find_map(|(_, event)| match event {
        Event::StepStarted(start) => start.input.get("stdin").cloned(),
        _ => None,
    });
    assert_eq!(input, Some(Value::from(sealed)));
    w.skip();
    w.gives("a", "\"y\"");
    w.succeeded("{\"a\":\"y\"}");
}

#[test]
fn a_child_is_given_the_handle() {
    let w = World::of(flow(vec![call("a", "child").arg("key", "secret(\"T\")").s()]));
    let given = w.events.iter().any(|(_, event)| {
        matches!(event, Event::StepStarted(start) if start.input.get("key") == Some(&Value::Secret("T".into())))
    });
    assert!(given, "{:#?}", w.events);
}
