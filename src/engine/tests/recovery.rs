//! A death of the process in every state: what was in flight is asked for again, and nothing else changes.

use crate::engine::{Command, Fault, Input, Run, advance, record};
use crate::model::{Event, Failure, FiberId, OpId};

use super::builder::{branch, each_parallel, flow, log, parallel, race, sleep, step, wait};
use super::world::World;

#[test]
fn an_attempt_in_flight_is_performed_again_under_its_number() {
    let mut w = World::of(flow(vec![step("a").retry("1").every("1s", "1s").s()]).output("a", "a"));
    w.fails("a", "exec");
    w.passes("1s");
    w.skip().crashes();
    w.happened(&["a goes on with attempt 2"]);
    w.asked(&["perform a again, attempt 2"]);
    w.crashes();
    w.asked(&["perform a again, attempt 2"]);
    w.gives("a", "1");
    w.succeeded("{\"a\":1}");
}

#[test]
fn a_finished_step_is_never_performed_again() {
    let mut w = World::of(flow(vec![step("a").s(), step("b").s()]));
    w.gives("a", "1");
    w.skip().crashes();
    w.asked(&["perform b again, attempt 1"]);
}

#[test]
fn a_retry_that_waits_goes_on_waiting() {
    let mut w = World::of(flow(vec![step("a").retry("1").every("5s", "5s").s()]));
    w.fails("a", "exec");
    w.passes("2s");
    w.skip().crashes();
    w.happened(&[]);
    w.asked(&[]);
    w.passes("3s");
    w.happened(&["a begins attempt 2"]);
}

#[test]
fn sleeps_and_waits_need_nothing() {
    let branches = vec![branch("x", vec![sleep("5s")]), branch("y", vec![wait("w", "go").s()])];
    let mut w = World::of(flow(vec![parallel(branches)]));
    w.skip().crashes();
    w.happened(&[]);
    w.passes("5s");
    w.signal("go", "()");
    w.succeeded("{}");
}

#[test]
fn timers_that_came_due_meanwhile_are_taken() {
    let mut w = World::of(flow(vec![sleep("5s"), log("\"up\"")]));
    w.now = w.now.plus(crate::model::Length::from_ms(60_000));
    w.skip().crashes();
    w.happened(&["the sleep until +5s ends", "logs \"up\"", "the run succeeds: {}"]);
}

#[test]
fn a_run_that_had_only_begun_goes_on() {
    let plan = super::lower::plan(vec![("main", flow(vec![step("a").s()]))]);
    let program = crate::program::Program::new(plan, crate::model::Digest([0; 32])).expect("a plan");
    let mut w = World::begun("main", program);
    w.crashes();
    w.asked(&["perform a, attempt 1"]);
}

#[test]
fn what_begins_as_a_run_comes_back_was_not_performed_before() {
    let child = super::builder::call("c", "main").s();
    let plan = super::lower::plan(vec![(
        "main",
        flow(vec![race(vec![branch("x", vec![child]), branch("y", vec![sleep("0s")])])]),
    )]);
    let program = crate::program::Program::new(plan, crate::model::Digest([0; 32])).expect("a plan");
    let mut w = World::begun("main", program);
    w.crashes();
    w.asked(&[]);
    w.succeeded("{}");
}

#[test]
fn a_cancelled_effect_is_not_performed_again() {
    let branches = vec![branch("x", vec![step("a").undo(step("u")).s()]), branch("y", vec![sleep("1s")])];
    let mut w = World::of(flow(vec![race(branches)]));
    w.passes("1s");
    w.skip().crashes();
    w.happened(&["x.a is stopped", "x.a.undo is held", "x.a.undo begins"]);
    w.asked(&["perform x.a.undo, attempt 1"]);
}

#[test]
fn every_branch_is_taken_up_where_it_was() {
    let inner = vec![step("a").s(), step("b").s()];
    let mut w = World::of(flow(vec![each_parallel("x", "[1, 2, 3]", "2", inner)]));
    w.gives("a[0]", "()");
    w.skip().crashes();
    w.asked(&["perform a[1] again, attempt 1", "perform b[0] again, attempt 1"]);
}

#[test]
fn what_is_only_recorded_begins_nothing() {
    let mut w = World::of(flow(vec![step("a").s(), step("b").s()]));
    let input = Input::AttemptEnded { op: OpId(0), attempt: 1, outcome: Err(Failure::new("exec", "no")) };
    let turn = record(&w.program, &mut w.run, input, w.now).expect("it is recorded");
    assert!(turn.commands.is_empty() && !turn.more);
    w.skip().took(turn);
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no"]);
    w.crashes();
    w.happened(&["the run fails: exec: no"]);
}

#[test]
fn any_prefix_of_a_history_gives_the_run_of_that_time() {
    let inner = vec![step("a").undo(step("u")).retry("1").every("1s", "1s").s(), sleep("2s")];
    let mut w = World::of(flow(vec![each_parallel("x", "[1, 2, 3]", "2", inner), super::builder::fail("\"x\"")]));
    w.fails("a[0]", "exec");
    w.gives("a[1]", "()");
    w.passes("9s");
    w.gives("a[0]", "()");
    w.gives("a[2]", "()");
    w.passes("9s");
    for path in ["a[2].undo", "a[0].undo", "a[1].undo"] {
        w.gives(path, "()");
    }
    // Each step of the live run was compared as it happened; here every prefix is folded anew.
    let mut live: Option<Run> = None;
    for n in 1..=w.events.len() {
        let folded = Run::fold(w.run.id, w.events[..n].iter().map(|(at, e)| (*at, e))).expect("it fits");
        if let Some(live) = &mut live {
            live.apply(w.events[n - 1].0, &w.events[n - 1].1).expect("it fits");
            assert_eq!(*live, folded);
        }
        live = Some(folded);
    }
    assert_eq!(live.as_ref(), Some(&w.run));
}

#[test]
fn a_history_that_cannot_be_is_a_fault_that_says_why() {
    let w = World::of(flow(vec![step("a").s()]));
    let at = w.now;
    let mut run = w.run.clone();
    let faults = [
        (Event::RunStarted(run.started.clone()), Fault::SecondBeginning),
        (Event::StepSucceeded { op: OpId(7), result: Default::default() }, Fault::NoStep(OpId(7))),
        (Event::SleepEnded { op: OpId(7) }, Fault::NoOp(OpId(7))),
        (Event::SleepStarted { op: OpId(0), fiber: FiberId(0), until: at }, Fault::OpOutOfOrder(OpId(0))),
        (Event::FiberCancelled { fiber: FiberId(9) }, Fault::NoFiber(FiberId(9))),
        (Event::SignalTaken { op: OpId(0), name: "go".into() }, Fault::NoSignal("go".into())),
    ];
    for (event, fault) in faults {
        assert_eq!(run.apply(at, &event), Err(fault));
    }
    assert_eq!(Run::fold(run.id, []), Err(Fault::NoBeginning));
}

#[test]
fn a_history_of_another_plan_is_a_fault_and_no_panic() {
    let w = World::of(flow(vec![step("a").s(), parallel(vec![branch("x", vec![step("b").s()])])]));
    let other = super::lower::plan(vec![("main", flow(vec![]))]);
    let program = crate::program::Program::new(other, crate::model::Digest([0; 32])).expect("a plan");
    let mut run = w.run.clone();
    let input = Input::AttemptEnded { op: OpId(0), attempt: 1, outcome: Ok(Default::default()) };
    let fault = advance(&program, &mut run, input, w.now).expect_err("they don't belong together");
    assert!(matches!(fault, Fault::Astray(_)), "{fault}");
    let mut astray = w.events[0].1.clone();
    if let Event::RunStarted(started) = &mut astray {
        started.body = 900;
    }
    let mut run = Run::fold(run.id, [(w.now, &astray)]).expect("it fits");
    let fault = advance(&program, &mut run, Input::Continue, w.now).expect_err("there is no such block");
    assert!(matches!(fault, Fault::Astray(_)), "{fault}");
}

#[test]
fn commands_of_a_recovery_are_those_of_the_state() {
    let mut w = World::of(flow(vec![step("a").arg("x", "1").s()]));
    let before = w.commands();
    w.crashes();
    let after = w.commands();
    let (Some(Command::Perform(before)), Some(Command::Perform(after))) = (before.first(), after.first()) else {
        panic!("an effect each: {before:?} {after:?}");
    };
    assert!(!before.resumed && after.resumed);
    assert_eq!((before.op, before.attempt, &before.input), (after.op, after.attempt, &after.input));
}
