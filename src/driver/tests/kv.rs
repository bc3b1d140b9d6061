//! Keys: asked of the journal, which decides in the commit of the step's end; also over a death in between.

use super::{World, done};
use crate::driver::Ended;
use crate::driver::handle::{Message, Until};
use crate::engine::{Input, Outcome, Perform};
use crate::journal::Journal;
use crate::model::{Event, OpId, RunId, Value};

const COUNTS: &str = "workflow w {\n  step n = kv.get(\"n\")\n  step p = kv.put(\"n\", (n ?? 0) + 1)\n  step m = kv.get(\"n\")\n  output { m: int = m }\n}\n";

fn succeeded(m: i64) -> Ended {
    Ended::Outcome(Outcome::Succeeded(Value::map([("m", Value::Int(m))])))
}

/// How often each step of the run has ended.
fn ends(world: &World, run: RunId) -> usize {
    world.events(run).iter().filter(|event| matches!(event, Event::StepSucceeded { .. })).count()
}

#[test]
fn a_run_counts_what_earlier_ones_counted() {
    let mut world = World::new();
    for n in 1..4 {
        let run = world.begin(COUNTS);
        assert_eq!(world.rest(run).expect("it ends"), succeeded(n));
        assert_eq!(ends(&world, run), 3);
    }
}

#[test]
fn a_death_at_any_commit_neither_loses_a_key_nor_counts_twice() {
    for nth in 0.. {
        for stored in [false, true] {
            let mut world = World::new();
            let before = world.begin(COUNTS);
            assert_eq!(world.rest(before).expect("it ends"), succeeded(1));
            let run = world.begin(COUNTS);
            world.journal.fail_commit(nth, stored);
            let (answer, later) = std::sync::mpsc::channel();
            world.tell(Message::Wait { run, until: Until::End, answer });
            while later.try_recv().is_err() && !world.looped.is_done() {
                world.looped.round(&world.messages);
            }
            if !world.looped.is_done() {
                assert!(nth >= 5, "a run has more commits than {nth}");
                return;
            }
            let mut world = world.killed("1s");
            world.resume(run);
            assert_eq!(world.rest(run).expect("it ends"), succeeded(2), "commit {nth}, stored: {stored}");
            assert_eq!(ends(&world, run), 3, "commit {nth}, stored: {stored}");
            let next = world.begin(COUNTS);
            assert_eq!(world.rest(next).expect("it ends"), succeeded(3), "commit {nth}, stored: {stored}");
        }
    }
}

#[test]
fn what_comes_while_a_key_is_decided_waits_for_it() {
    let text = "workflow w {\n  signal go()\n  step p = kv.put(\"n\", 1)\n  step w = wait signal(go)\n  step x = exec(\"x\")\n}\n";
    let mut world = World::new();
    let run = world.begin(text);
    // Whatever the moment: it is held, and nothing is lost.
    let go =
        Input::Signal { name: "go".into(), source: "ops".into(), delivery: None, parameters: Value::map::<&str>([]) };
    world.tell(Message::Tell(run, Input::Pause));
    world.tell(Message::Tell(run, go));
    world.tell(Message::Tell(run, Input::Unpause));
    world.until(|world| world.performing() == 1);
    world.end(0, done());
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
}

#[test]
fn a_limit_of_keys_is_a_failure_of_the_step_and_the_run_goes_on() {
    let text = "workflow w {\n  for i in 0..10001 {\n    step p = kv.add(`k${i}`, ())\n      else err.kind\n    if p == \"limit\" { step out = kv.delete(\"k5\") }\n  }\n  step all = kv.list()\n  output { m: int = all.len() }\n}\n";
    let mut world = World::new();
    let run = world.begin(text);
    assert_eq!(world.rest(run).expect("it ends"), succeeded(9_999));
    assert!(world.journal.length(run).expect("a history") > 20_000);
}

#[test]
fn a_key_is_left_alone_where_the_step_has_ended_before_it_was_asked_for() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  sleep 500ms\n  step p = kv.put(\"n\", 1)\n}\n");
    world.rest(run).expect("it sleeps");
    let input = Value::map([("key", Value::text("n")), ("value", Value::Int(1))]);
    let asked = |op, attempt| Perform {
        op: OpId(op),
        attempt,
        path: "p".into(),
        action: "kv.put".into(),
        input: input.clone(),
        timeout: None,
        within: None,
        resumed: false,
    };
    // One that was never begun, and one that is over as the answer to its record comes.
    world.looped.ask_journal(run, asked(1, 1));
    world.later("500ms");
    world.until(|world| ends(world, run) == 1);
    for (op, attempt) in [(1, 1), (1, 2), (9, 1)] {
        world.looped.ask_journal(run, asked(op, attempt));
    }
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
    assert!(matches!(world.events(run).last(), Some(Event::RunSucceeded { .. })));
    assert_eq!(ends(&world, run), 1);
}
