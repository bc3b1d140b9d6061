//! Doing again what a run did: what is taken over, and what can't be.

use std::sync::Arc;

use crate::engine::{NotAgain, Request, before, start_again};
use crate::model::{Again, Event, RunId, Time};

use super::builder::{bare, each, flow, log, parallel, set, sleep, step};
use super::world::World;

fn cut(world: &World, step: &str) -> Result<Vec<Event>, NotAgain> {
    before(&world.program, world.run.id, &world.events, &Arc::from(step)).expect("a sound history")
}

/// The run that does again what this one did, from that step on, up to where it waits; and what happened to this one.
fn again(world: World, step: &str) -> (World, Vec<(Time, Event)>) {
    let taken = cut(&world, step).expect("it can be");
    let id = RunId::from_parts(1_800_000_000_000, [9; 10]);
    let request = Request { id, seed: 7, ..World::request() };
    let again = Again { run: world.run.id, from: Some(step.into()), taken: 0 };
    let now = World::began().plus("1h".parse().expect("a length"));
    let (run, turn) = start_again(&world.program, request, again, taken, now).expect("it begins");
    let before = world.events.clone();
    (world.another(run, turn, now), before)
}

#[test]
fn results_and_values_are_taken_over_and_the_step_is_performed() {
    let body = vec![set("id", "uuid()"), step("a").s(), log("a"), step("b").s()];
    let mut world = World::of(flow(body).output("a", "a"));
    world.gives("a", "5");
    world.fails("b", "exec");
    let old = world.run.id;
    let (mut new, before) = again(world, "b");
    new.happened(&["b begins"]);
    new.gives("b", "()");
    new.succeeded("{\"a\":5}");
    let started = match &new.events[0].1 {
        Event::RunStarted(started) => started.again.clone().expect("it does again"),
        other => panic!("{other:?}"),
    };
    assert_eq!((started.run, started.from.as_deref()), (old, Some("b")));
    let taken = started.taken as usize;
    assert!(new.events[1..=taken].iter().zip(&before[1..]).all(|((_, new), (_, old))| new == old));
}

#[test]
fn turns_of_a_loop_are_taken_over() {
    let all = each("i", "[1, 2, 3]", vec![step("s").s()]).bound("all");
    let mut world = World::of(flow(vec![all]));
    world.gives("all[0].s", "()");
    world.fails("all[1].s", "exec");
    let (mut new, _) = again(world, "all[1].s");
    new.happened(&["all[1].s begins"]);
    new.gives("all[1].s", "()");
    new.happened(&["all[1].s gives null", "all[2].s begins"]);
}

#[test]
fn what_can_not_be_is_refused() {
    let block = parallel(vec![bare(step("x")), bare(step("y"))]);
    let mut world = World::of(flow(vec![step("a").s(), block, sleep("1s"), step("late").s()]));
    world.gives("a", "()");
    world.gives("x", "()");
    world.fails("y", "exec");
    assert!(matches!(cut(&world, "late"), Err(NotAgain::NotReached { .. })));
    assert!(matches!(cut(&world, "z"), Err(NotAgain::NoStep { known, .. }) if known.len() == 3));
    let beside = cut(&world, "y");
    assert!(matches!(&beside, Err(NotAgain::Beside { other, .. }) if &**other == "step `x`"), "{beside:?}");
    assert!(cut(&world, "x").is_ok());
}
