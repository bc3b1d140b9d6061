//! Every event has its sentence and its line of JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Change, Completion, Decision, Digest, Event, Failure, FiberId, Length, OpId, RunId, RunStatus, RunSummary, Slot,
    Started, Time, Trigger, Value,
};

use super::{Ops, RunShape, Story, line, sentence};

fn id(n: u64) -> RunId {
    RunId::from_parts(n, [0; 10])
}

fn started() -> Event {
    Event::RunStarted(Box::new(Started {
        workflow: "w".into(),
        plan: Digest([1; 32]),
        version: Digest([2; 32]),
        input: Value::map([("window", Value::Length(Length::from_ms(90_000)))]),
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        parent: None,
        depth: 0,
        seed: 7,
        deadline: Some(Time::from_unix_ms(1)),
        retention: None,
        allow_net: vec![],
        allow_files: vec![],
        again: None,
        body: 0,
        dir: "/d".into(),
        url: "u".into(),
    }))
}

/// One of each kind of event, as they are stored.
const EVENTS: &str = r#"
{"event":"run_started","workflow":"w","plan":"DIGEST","version":"DIGEST","input":{"at":{"$time":5}},"trigger":{"kind":"manual","name":"manual"},"seed":7,"body":0}
{"event":"step_started","op":0,"fiber":0,"path":"a.b","step":0,"target":{"action":"exec"},"input":{"t":{"$secret":"T"}},"retry":{"retries":3,"from":1000,"to":60000},"timeout":5000,"within":9000}
{"event":"attempt_failed","op":0,"attempt":1,"error":{"kind":"exec","message":"no"},"retry_at":5,"decision":{"line":3,"what":"retry","value":true}}
{"event":"attempt_started","op":0,"attempt":2}
{"event":"attempt_timed_out","op":0,"attempt":2}
{"event":"attempt_resumed","op":0,"attempt":2}
{"event":"step_succeeded","op":0,"result":{"$length":5}}
{"event":"step_fell_back","op":0,"result":null}
{"event":"step_failed","op":0,"error":{"kind":"exec","message":"no"}}
{"event":"step_stopped","op":0}
{"event":"advanced","fiber":0,"keep":0,"changes":[{"set":[1,{"$time":5}]},{"push":[2,[1]]},{"unset":3}],"statements":3,"draws":0,"then":{"yield":{"$time":1}}}
{"event":"logged","fiber":0,"text":"hello","line":4}
{"event":"sleep_started","op":1,"fiber":0,"until":5}
{"event":"sleep_ended","op":1}
{"event":"sleep_stopped","op":1}
{"event":"forked","op":2,"fiber":0,"kind":"race","total":2,"branches":[{"fiber":1,"name":"a","index":0,"frames":[]}]}
{"event":"branch_started","op":2,"branch":{"fiber":2,"index":1,"frames":[]}}
{"event":"branch_ended","fiber":1,"completion":{"fail":{"kind":"failed","message":"no"}}}
{"event":"joined","op":2,"completion":{"return":{"$length":5}}}
{"event":"fiber_cancelled","fiber":1}
{"event":"undo_held","fiber":0,"undo":{"path":"a.undo","step":1,"input":{"given":{"x":{"$time":5}}}}}
{"event":"signal_received","name":"go","source":"me","parameters":{}}
{"event":"signal_taken","op":0,"name":"go"}
{"event":"run_paused"}
{"event":"run_unpaused"}
{"event":"stop_requested"}
{"event":"run_aborted","error":{"kind":"timeout","message":"late"}}
{"event":"run_succeeded","output":{"at":{"$time":5}}}
{"event":"run_failed","error":{"kind":"exec","message":"no","data":{"code":1}}}
{"event":"run_stopped"}
{"event":"attention_needed","error":{"kind":"exec","message":"no"}}
"#;

fn each() -> Vec<(Time, Event)> {
    let digest = Digest([1; 32]).to_string();
    let lines = EVENTS.lines().filter(|line| !line.is_empty());
    let read = |text: &str| serde_json::from_str(&text.replace("DIGEST", &digest)).expect("an event as it is stored");
    lines.enumerate().map(|(i, text)| (Time::from_unix_ms(i as i64), read(text))).collect()
}

#[test]
fn each_event_has_a_sentence_and_a_line() {
    let mut ops = Ops::default();
    let mut names = std::collections::BTreeSet::new();
    for (seq, (at, event)) in each().iter().enumerate() {
        ops.note(event);
        let stored = serde_json::to_value(event).expect("writes");
        let told = serde_json::to_value(line(Some(seq as u64), *at, event, &ops)).expect("writes");
        assert_eq!(told["event"], stored["event"], "the name is the stored one");
        assert_eq!(told["at"], at.to_string());
        assert_eq!(told["seq"], seq as u64);
        assert!(!told.to_string().contains("\"$"), "values are plain: {told}");
        assert!(!sentence(event, &ops).trim().is_empty());
        names.insert(stored["event"].to_string());
    }
    assert_eq!(names.len(), 31, "{names:?}");
}

#[test]
fn sentences_say_what_decided() {
    let from: BTreeMap<Arc<str>, Value> = [("health.status".into(), Value::Int(500))].into();
    let decisions = vec![Decision { from, ..Decision::plain(12, "if", Value::Bool(true)) }];
    let event = Event::Advanced {
        fiber: FiberId(0),
        keep: 0,
        frames: vec![],
        changes: vec![Change::Set(Slot(1), Value::Secret("T".into()))],
        decisions,
        statements: 1,
        operations: 0,
        draws: 0,
        then: Completion::Normal,
    };
    let ops = Ops::default();
    assert_eq!(sentence(&event, &ops), "went on by 1 statement; line 12: if true (health.status = 500)");
    let json = serde_json::to_value(line(Some(0), Time::default(), &event, &ops)).expect("writes");
    assert_eq!(json["changes"][0], serde_json::json!({ "slot": 1, "set": "secret(T)" }));
    let gone = Event::StepStopped { op: OpId(4) };
    assert_eq!(sentence(&gone, &ops), "operation 4 was stopped");
}

#[test]
fn a_run_has_its_shape() {
    let row = RunSummary {
        id: id(1),
        workflow: "w".into(),
        version: Digest([2; 32]),
        plan: Digest([1; 32]),
        status: RunStatus::Running,
        parent: Some(id(9)),
        created_at: Time::from_unix_ms(0),
        finished_at: None,
        due: None,
        retention: None,
    };
    let error = Failure { at: None, ..Failure::new("exec", "no") };
    let end = Event::RunFailed { error };
    let begin = started();
    let story = Story::of([(Time::from_unix_ms(0), &begin), (Time::from_unix_ms(5), &end)]);
    let shape = serde_json::to_string(&RunShape::new(&row, &story, true)).expect("writes");
    let version = format!("sha256:{}", "02".repeat(32));
    let expected = format!(
        "{{\"id\":\"{}\",\"workflow\":\"w\",\"version\":\"{version}\",\"status\":\"failed\",\
         \"trigger\":{{\"kind\":\"manual\",\"name\":\"manual\",\"delivery\":null}},\"parent\":\"{}\",\
         \"input\":{{\"window\":\"1m30s\"}},\"output\":null,\
         \"error\":{{\"kind\":\"exec\",\"message\":\"no\",\"step\":null,\"attempt\":0,\"data\":null,\"at\":null}},\
         \"created_at\":\"1970-01-01T00:00:00.000Z\",\"started_at\":\"1970-01-01T00:00:00.000Z\",\
         \"finished_at\":\"1970-01-01T00:00:00.005Z\",\"steps\":[],\"waiting\":[]}}",
        id(1),
        id(9)
    );
    assert_eq!(shape, expected);
    let listed = serde_json::to_value(RunShape::new(&row, &story, false)).expect("writes");
    assert!(listed.get("steps").is_none());
}
