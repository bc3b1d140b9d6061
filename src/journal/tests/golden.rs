//! Old histories stay readable: each record under `tests/journals/` is read as what it meant, and written again to
//! the same bytes.
//!
//! Version 2 is version 1 with large values apart, so what `large.rs` keeps of it is one such record.
//!
//! `WF_BLESS=1` writes the file of the present version from the samples here. Read what it changes: a change means
//! a new version of the record format, and the old file stays, with a test that reads it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::journal::{RECORD_VERSION, Record};
use crate::model::{
    Again, Branch, Change, Completion, Decision, Digest, Event, Failure, FiberId, ForkKind, Frame, FrameKind, Length,
    OpId, Place, RetryPolicy, RunId, Slot, Started, StepStart, StepTarget, Time, Trigger, TryPhase, UndoInput,
    UndoPlan, Value,
};

/// A function that names each kind of a type, without a wildcard, and the list of all names: a new kind doesn't
/// compile until it has a name here, and then lacks in the golden file.
macro_rules! kinds {
    ($function:ident, $all:ident, $type:ty { $($pattern:pat => $name:literal),* $(,)? }) => {
        fn $function(it: &$type) -> &'static str {
            match it { $($pattern => $name),* }
        }
        const $all: &[&str] = &[$($name),*];
    };
}

kinds!(event, EVENTS, Event {
    Event::RunStarted(_) => "run_started",
    Event::Advanced { .. } => "advanced",
    Event::Logged { .. } => "logged",
    Event::Emitted { .. } => "emitted",
    Event::StepStarted(_) => "step_started",
    Event::AttemptStarted { .. } => "attempt_started",
    Event::AttemptResumed { .. } => "attempt_resumed",
    Event::AttemptTimedOut { .. } => "attempt_timed_out",
    Event::AttemptFailed { .. } => "attempt_failed",
    Event::StepSucceeded { .. } => "step_succeeded",
    Event::StepFellBack { .. } => "step_fell_back",
    Event::StepFailed { .. } => "step_failed",
    Event::StepStopped { .. } => "step_stopped",
    Event::SleepStarted { .. } => "sleep_started",
    Event::SleepEnded { .. } => "sleep_ended",
    Event::SleepStopped { .. } => "sleep_stopped",
    Event::Forked { .. } => "forked",
    Event::BranchStarted { .. } => "branch_started",
    Event::BranchEnded { .. } => "branch_ended",
    Event::Joined { .. } => "joined",
    Event::FiberCancelled { .. } => "fiber_cancelled",
    Event::UndoHeld { .. } => "undo_held",
    Event::SignalReceived { .. } => "signal_received",
    Event::SignalTaken { .. } => "signal_taken",
    Event::RunPaused => "run_paused",
    Event::RunUnpaused => "run_unpaused",
    Event::StopRequested => "stop_requested",
    Event::RunAborted { .. } => "run_aborted",
    Event::RunSucceeded { .. } => "run_succeeded",
    Event::RunFailed { .. } => "run_failed",
    Event::RunStopped => "run_stopped",
    Event::AttentionNeeded { .. } => "attention_needed",
});

kinds!(target, TARGETS, StepTarget {
    StepTarget::Action(_) => "action",
    StepTarget::Call(_) => "call",
    StepTarget::Start(_) => "start",
    StepTarget::Signal(_) => "signal",
});

kinds!(fork, FORKS, ForkKind {
    ForkKind::Parallel => "parallel",
    ForkKind::Race => "race",
    ForkKind::Each => "each",
});

kinds!(completion, COMPLETIONS, Completion {
    Completion::Normal => "normal",
    Completion::Break => "break",
    Completion::Continue => "continue",
    Completion::Yield(_) => "yield",
    Completion::Return(_) => "return",
    Completion::Fail(_) => "fail",
    Completion::Cancel => "cancel",
});

kinds!(frame, FRAMES, FrameKind {
    FrameKind::Plain => "plain",
    FrameKind::Loop { .. } => "loop",
    FrameKind::Try { phase: TryPhase::Body, .. } => "try body",
    FrameKind::Try { phase: TryPhase::Catch, .. } => "try catch",
    FrameKind::Try { phase: TryPhase::Finally, .. } => "try finally",
    FrameKind::Undo { .. } => "undo",
});

kinds!(change, CHANGES, Change {
    Change::Set(..) => "set",
    Change::Push(..) => "push",
    Change::Unset(_) => "unset",
});

kinds!(value, VALUES, Value {
    Value::Unit => "unit",
    Value::Bool(_) => "bool",
    Value::Int(_) => "int",
    Value::Float(_) => "float",
    Value::Text(_) => "text",
    Value::List(_) => "list",
    Value::Map(_) => "map",
    Value::Time(_) => "time",
    Value::Length(_) => "length",
    Value::Secret(_) | Value::Sealed(_) => "secret",
});

fn time(seconds: i64) -> Time {
    Time::from_unix_ms(1_790_000_000_000 + 1_000 * seconds)
}

fn id(n: u8) -> RunId {
    RunId::from_parts(1_790_000_000_000, [n; 10])
}

fn plain(block: u32, at: u32) -> Frame {
    Frame { block, at, kind: FrameKind::Plain }
}

/// A failure with all there is to it.
fn ill() -> Failure {
    Failure {
        kind: "exec".into(),
        message: "`pg_dump` ended with code 1".into(),
        step: Some("dumps[2].dump".into()),
        attempt: 3,
        data: Value::map([("code", Value::Int(1)), ("stderr", Value::text("no such table\n"))]),
        at: Some(Place { file: "backup.wf".into(), line: 12, column: 5 }),
    }
}

/// A value where it doesn't matter which.
fn some_value() -> Value {
    Value::map([("n", Value::Int(1))])
}

/// A value of each type, and the maps that look like what JSON lacks.
fn all_values() -> Value {
    Value::map([
        ("unit", Value::Unit),
        ("yes", Value::Bool(true)),
        ("least", Value::Int(i64::MIN)),
        ("most", Value::Int(i64::MAX)),
        ("whole_float", Value::Float(2.0)),
        ("tenth", Value::Float(0.1)),
        ("tiny", Value::Float(5e-324)),
        ("text", Value::text("\u{1F980} \"quoted\" \\ \n\u{0}\u{e9}")),
        ("list", Value::list(vec![Value::Int(1), Value::list(vec![]), Value::text("")])),
        ("empty", Value::map::<&str>([])),
        ("time", Value::Time(time(0))),
        ("length", Value::Length(Length::from_ms(-1_500))),
        ("secret", Value::Secret("DB_PASSWORD".into())),
        ("like_a_time", Value::map([("$time", Value::Int(5))])),
        ("like_a_map", Value::map([("$map", Value::map([("$secret", Value::text("x"))])), ("b", Value::Unit)])),
    ])
}

fn started() -> Started {
    Started {
        workflow: "backup".into(),
        plan: Digest([0xab; 32]),
        version: Digest([0xcd; 32]),
        input: some_value(),
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        parent: None,
        body: 3,
        depth: 0,
        seed: u64::MAX,
        deadline: None,
        retention: None,
        allow_net: Vec::new(),
        allow_files: Vec::new(),
        again: None,
        dir: "/srv/.wayfare/runs/1".into(),
        url: String::new(),
    }
}

fn step(op: u32, target: StepTarget) -> StepStart {
    StepStart {
        op: OpId(op),
        fiber: FiberId(0),
        path: "dumps[2].dump".into(),
        step: 4,
        target,
        input: Value::map([("program", Value::text("pg_dump"))]),
        slot: None,
        retry: None,
        timeout: None,
        within: None,
        child: None,
        undo: false,
    }
}

/// Each frame kind.
fn frames() -> Vec<Frame> {
    let of = |block, kind| Frame { block, at: 1, kind };
    vec![
        plain(0, 3),
        of(1, FrameKind::Loop { turn: 41 }),
        of(2, FrameKind::Try { phase: TryPhase::Body, then: Completion::Normal, undos: 0 }),
        of(3, FrameKind::Try { phase: TryPhase::Catch, then: Completion::Normal, undos: 1 }),
        of(4, FrameKind::Try { phase: TryPhase::Finally, then: Completion::Fail(ill()), undos: 0 }),
        of(5, FrameKind::Undo { undos: 2, then: Completion::Cancel }),
    ]
}

fn of_a_run() -> Vec<Event> {
    let mut whole = started();
    whole.trigger = Trigger { kind: "webhook".into(), name: "push".into(), delivery: Some("d-17".into()) };
    whole.parent = Some((id(9), OpId(3)));
    whole.depth = 2;
    whole.url = "https://wf.example.org/runs/1".into();
    whole.deadline = Some(time(7_200));
    whole.allow_net = vec!["10.0.0.0/8:443".into()];
    whole.again = Some(Again { run: id(8), from: Some("dumps[2].dump".into()), taken: 7 });
    whole.retention = Some(Length::from_ms(2_592_000_000));
    whole.allow_files = vec!["/srv/reports".into()];
    vec![
        Event::RunStarted(Box::new(started())),
        Event::RunStarted(Box::new(whole)),
        Event::RunPaused,
        Event::RunUnpaused,
        Event::StopRequested,
        Event::RunAborted { error: ill() },
        Event::RunSucceeded { output: all_values() },
        Event::RunFailed { error: ill() },
        Event::RunFailed { error: Failure::new("failed", "refused") },
        Event::RunStopped,
        Event::AttentionNeeded { error: ill() },
    ]
}

fn of_a_fiber() -> Vec<Event> {
    let decision = Decision {
        line: 7,
        what: "while".into(),
        value: Value::Bool(true),
        from: [("health.status".into(), Value::Int(503))].into(),
        skipped: 900,
    };
    let bare = Decision { from: [].into(), skipped: 0, what: "if".into(), ..decision.clone() };
    vec![
        Event::Advanced {
            fiber: FiberId(0),
            keep: 0,
            frames: frames(),
            changes: vec![
                Change::Set(Slot(1), some_value()),
                Change::Push(Slot(2), vec![Value::Int(1), Value::Unit]),
                Change::Unset(Slot(3)),
            ],
            decisions: vec![decision, bare],
            statements: 12_345,
            operations: 0,
            draws: 2,
            then: Completion::Yield(Value::Int(1)),
        },
        Event::Advanced {
            fiber: FiberId(3),
            keep: 1,
            frames: vec![],
            changes: vec![],
            decisions: vec![],
            statements: 1,
            operations: 0,
            draws: 0,
            then: Completion::Normal,
        },
        Event::Logged { fiber: FiberId(0), text: "3 hosts left".into(), line: 9 },
        Event::Emitted {
            fiber: FiberId(0),
            name: "deployed".into(),
            data: Value::map([("n", Value::Int(3))]),
            line: 10,
        },
        Event::Emitted { fiber: FiberId(0), name: "done".into(), data: Value::Unit, line: 11 },
        Event::SleepStarted { op: OpId(1), fiber: FiberId(0), until: time(60) },
        Event::AttemptTimedOut { op: OpId(3), attempt: 2 },
        Event::SleepEnded { op: OpId(1) },
        Event::SleepStopped { op: OpId(1) },
        Event::FiberCancelled { fiber: FiberId(2) },
        Event::UndoHeld {
            fiber: FiberId(0),
            undo: UndoPlan {
                path: "restarted.undo".into(),
                step: 6,
                input: UndoInput::Given(some_value()),
                retry: Some(RetryPolicy { retries: 2, from: Length::from_ms(500), to: Length::from_ms(30_000) }),
                timeout: Some(Length::from_ms(5_000)),
                within: Some(Length::from_ms(60_000)),
            },
        },
        Event::UndoHeld {
            fiber: FiberId(0),
            undo: UndoPlan {
                path: "restarted.undo".into(),
                step: 6,
                input: UndoInput::Failed(ill()),
                retry: None,
                timeout: None,
                within: None,
            },
        },
    ]
}

fn of_a_step() -> Vec<Event> {
    let targets = [
        StepTarget::Action("exec".into()),
        StepTarget::Call("drain".into()),
        StepTarget::Start("report".into()),
        StepTarget::Signal("approved".into()),
    ];
    let mut events: Vec<Event> =
        (0..).zip(targets).map(|(op, target)| Event::StepStarted(Box::new(step(op, target)))).collect();
    let retry = RetryPolicy { retries: 4, from: Length::from_ms(500), to: Length::from_ms(30_000) };
    events.push(Event::StepStarted(Box::new(StepStart {
        slot: Some(Slot(5)),
        retry: Some(retry),
        timeout: Some(Length::from_ms(5_000)),
        within: Some(time(90)),
        child: Some(id(8)),
        undo: true,
        ..step(4, StepTarget::Call("drain".into()))
    })));
    let asked = Decision {
        line: 3,
        what: "retry".into(),
        value: Value::Bool(true),
        from: [("err.kind".into(), Value::text("exec"))].into(),
        skipped: 0,
    };
    let failed =
        |retry_at, decision| Event::AttemptFailed { op: OpId(4), attempt: 1, error: ill(), retry_at, decision };
    events.extend([
        failed(Some(time(1)), Some(asked)),
        failed(None, None),
        Event::AttemptStarted { op: OpId(4), attempt: 2, child: Some(id(7)) },
        Event::AttemptStarted { op: OpId(4), attempt: 3, child: None },
        Event::AttemptResumed { op: OpId(4), attempt: 3 },
        Event::StepSucceeded { op: OpId(4), result: some_value() },
        Event::StepFellBack { op: OpId(4), result: Value::Unit },
        Event::StepFailed { op: OpId(4), error: ill() },
        Event::StepStopped { op: OpId(4) },
        Event::SignalReceived {
            name: "approved".into(),
            source: "ops".into(),
            delivery: None,
            parameters: some_value(),
        },
        Event::SignalTaken { op: OpId(5), name: "approved".into() },
    ]);
    events
}

fn of_branches() -> Vec<Event> {
    let branch = |index: u32, name: Option<&str>, changes| Branch {
        fiber: FiberId(index + 1),
        name: name.map(Into::into),
        index,
        path: if name.is_some() { "left".into() } else { "".into() },
        pending: if name.is_some() { "".into() } else { "[2]".into() },
        frames: vec![plain(7, 0)],
        changes,
    };
    let fork = |kind, branches| Event::Forked { op: OpId(6), fiber: FiberId(0), kind, total: 2, branches };
    let ended = |completion| Event::BranchEnded { fiber: FiberId(1), completion };
    vec![
        fork(ForkKind::Parallel, vec![branch(0, Some("left"), vec![]), branch(1, Some("right"), vec![])]),
        fork(ForkKind::Race, vec![]),
        fork(ForkKind::Each, vec![branch(0, None, vec![Change::Set(Slot(4), Value::text("db1"))])]),
        Event::BranchStarted { op: OpId(6), branch: branch(1, None, vec![]) },
        ended(Completion::Normal),
        ended(Completion::Break),
        ended(Completion::Continue),
        ended(Completion::Yield(some_value())),
        ended(Completion::Return(some_value())),
        ended(Completion::Fail(ill())),
        ended(Completion::Cancel),
        Event::Joined { op: OpId(6), completion: Completion::Normal, changes: vec![Change::Set(Slot(1), Value::Unit)] },
        Event::Joined { op: OpId(6), completion: Completion::Normal, changes: vec![] },
    ]
}

/// One record an event, then one of several and one of none.
fn samples() -> Vec<Record> {
    let events: Vec<Event> = [of_a_run(), of_a_fiber(), of_a_step(), of_branches()].into_iter().flatten().collect();
    let singly = (0..).zip(events).map(|(n, event)| Record { at: time(n), events: vec![event] });
    let several = vec![Event::RunPaused, Event::SleepEnded { op: OpId(1) }, Event::RunUnpaused];
    let more = [Record { at: time(100), events: several }, Record { at: Time::from_unix_ms(-1), events: vec![] }];
    // What came later stands at the end: the lines before are as they were written once.
    let counted = Event::Advanced {
        fiber: FiberId(0),
        keep: 0,
        frames: vec![],
        changes: vec![],
        decisions: vec![],
        statements: 2,
        operations: 1_000_000,
        draws: 0,
        then: Completion::Normal,
    };
    let delivery = Some("d1".into());
    let known =
        Event::SignalReceived { name: "approved".into(), source: "ops".into(), delivery, parameters: Value::Unit };
    let later = [(101, counted), (102, known)].map(|(ms, event)| Record { at: time(ms), events: vec![event] });
    singly.chain(more).chain(later).collect()
}

fn golden(version: u8) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join(format!("tests/journals/v{version}/every_event.jsonl"))
}

/// The record that a line of version 1 holds: the bytes after the first.
fn stored(line: &str) -> Vec<u8> {
    [&[1], line.as_bytes()].concat()
}

#[test]
fn version_1_is_read_as_it_was_meant_and_written_alike() {
    let path = golden(1);
    if std::env::var_os("WF_BLESS").is_some() && RECORD_VERSION == 2 {
        let lines = samples().into_iter().map(|r| String::from_utf8(r.encode().split_off(1)).expect("JSON") + "\n");
        std::fs::write(&path, lines.collect::<String>()).expect("written");
    }
    let text = std::fs::read_to_string(&path).expect("the golden history is there");
    assert_eq!(text.lines().count(), samples().len());
    for (number, (line, sample)) in (1..).zip(text.lines().zip(samples())) {
        let record = Record::decode(id(0), &stored(line)).unwrap_or_else(|e| panic!("line {number}: {e}"));
        assert_eq!(record, sample, "line {number}");
        assert!(record.encode() == stored(line), "line {number} would be written as another");
    }
}

#[test]
fn the_samples_hold_every_kind_of_everything() {
    let mut seen = Seen::default();
    for record in samples() {
        record.events.iter().for_each(|e| seen.event(e));
    }
    let all = |kinds: &[&'static str]| kinds.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(seen.events, all(EVENTS));
    assert_eq!(seen.targets, all(TARGETS));
    assert_eq!(seen.forks, all(FORKS));
    assert_eq!(seen.completions, all(COMPLETIONS));
    assert_eq!(seen.frames, all(FRAMES));
    assert_eq!(seen.changes, all(CHANGES));
    assert_eq!(seen.values, all(VALUES));
}

#[test]
fn an_event_is_stored_under_its_name() {
    for e in samples().into_iter().flat_map(|record| record.events) {
        let json = serde_json::to_value(&e).expect("JSON");
        assert_eq!(json["event"], event(&e));
    }
}

#[derive(Default)]
struct Seen {
    events: BTreeSet<&'static str>,
    targets: BTreeSet<&'static str>,
    forks: BTreeSet<&'static str>,
    completions: BTreeSet<&'static str>,
    frames: BTreeSet<&'static str>,
    changes: BTreeSet<&'static str>,
    values: BTreeSet<&'static str>,
}

impl Seen {
    fn event(&mut self, it: &Event) {
        self.events.insert(event(it));
        match it {
            Event::StepStarted(step) => {
                self.targets.insert(target(&step.target));
            }
            Event::Forked { kind, .. } => {
                self.forks.insert(fork(kind));
            }
            Event::BranchEnded { completion: it, .. } => {
                self.completions.insert(completion(it));
            }
            Event::Advanced { frames, changes, .. } => {
                self.frames.extend(frames.iter().map(|it| frame(&it.kind)));
                self.changes.extend(changes.iter().map(change));
            }
            Event::RunSucceeded { output: Value::Map(fields) } => self.values.extend(fields.values().map(value)),
            _ => {}
        }
    }
}
