//! Leaving: what is cut off is no end of an attempt, and nothing begins once it was said that all only waits.

use super::{Message, Until, World, done};
use crate::driver::run_loop::MAX_SLEEP;
use crate::driver::{Ended, Error};
use crate::model::{Event, Failure};

const STEP: &str = "workflow w {\n  step a = exec(\"x\")\n  output { c: int = a.code }\n}\n";

#[test]
fn what_is_cut_off_is_not_recorded() {
    let mut world = World::new();
    let run = world.begin(STEP);
    world.until(|world| world.performing() == 1);
    world.tell(Message::Drain);
    world.tell(Message::Leave);
    world.end(0, Err(Failure::new("stopped", "it was cut off")));
    world.until(|world| world.looped.is_done());
    let world = world.killed("1s");
    assert!(matches!(world.events(run).last(), Some(Event::StepStarted(_))), "{:?}", world.events(run));
}

#[test]
fn nothing_begins_once_it_is_at_rest() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  sleep 1s\n  step a = exec(\"x\")\n}\n");
    let ended = world.ask(|answer| Message::Wait { run, until: Until::Rest, answer });
    assert!(matches!(ended, Ok(Ended::Left)));
    world.later("2s");
    while !world.looped.is_done() {
        world.looped.round(&world.messages);
    }
    assert_eq!(world.performing(), 0);
    assert!(matches!(world.events(run).last(), Some(Event::SleepStarted { .. })));
}

#[test]
fn nobody_turns_round_and_round_while_an_attempt_ends() {
    let mut world = World::new();
    world.begin("workflow w {\n  timeout 1s\n  step a = exec(\"x\")\n}\n");
    world.until(|world| world.performing() == 1);
    world.later("5s");
    world.looped.draining = true;
    assert_eq!(world.looped.sleep(), MAX_SLEEP);
}

#[test]
fn what_this_process_cannot_keep_is_no_failure_of_the_step() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  step a = exec(\"x\") retry 5 else #{ code: 1 }\n}\n");
    world.until(|world| world.performing() == 1);
    world.end(0, Err(Failure::new("storage", "could not write `x`: no space left on device")));
    world.until(|world| world.looped.failed.is_some());
    assert!(matches!(world.looped.failed, Some(Error::Unkept(_))));
    let mut world = world.killed("1s");
    assert!(matches!(world.events(run).last(), Some(Event::StepStarted(_))));
    world.resume(run);
    world.until(|world| world.effects.asked().cleared.len() == 1);
    let cleared = world.effects.asked().cleared[0].1.take().expect("asked once");
    cleared(Ok(()));
    world.until(|world| world.performing() == 1);
    world.end(0, done());
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(_))));
}
