//! Leaving: what is cut off is no end of an attempt, and nothing begins once it was said that all only waits.

use std::sync::{Arc, Mutex};

use super::{Message, Noting, Until, World, done, start};
use crate::driver::doorway::clock::VirtualClock;
use crate::driver::run_loop::MAX_SLEEP;
use crate::driver::{Ended, Error};
use crate::journal::{Claimed, Exchange, Listener, MemoryJournal, Told};
use crate::model::{Event, Failure, Order, RunId};

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

/// Notes what runs were released, and whether the attempts had been ended by then.
#[derive(Default)]
struct Releases {
    effects: Mutex<Option<Arc<Noting>>>,
    released: Mutex<Vec<(RunId, bool)>>,
    told: Mutex<Vec<RunId>>,
}

impl Exchange for Releases {
    fn claim(&self, _: RunId) -> Result<Claimed, crate::journal::Error> {
        Ok(Claimed::Mine)
    }

    fn release(&self, run: RunId) {
        let effects = self.effects.lock().expect("no test broke off");
        let stopped = effects.as_ref().is_some_and(|effects| effects.asked().stopped);
        self.released.lock().expect("no test broke off").push((run, stopped));
    }

    fn tell(&self, _: RunId, _: Order) -> Result<Told, crate::journal::Error> {
        Ok(Told::Nobody)
    }

    fn changed(&self, run: RunId) {
        self.told.lock().expect("no test broke off").push(run);
    }

    fn attend(&self, _: Option<Arc<dyn Listener>>) {}
}

fn noting_releases() -> (World, Arc<Releases>) {
    let releases = Arc::new(Releases::default());
    let clock = Arc::new(VirtualClock::at(start()));
    let world = World::sharing(Arc::new(MemoryJournal::new()), releases.clone(), clock);
    *releases.effects.lock().expect("no test broke off") = Some(world.effects.clone());
    (world, releases)
}

impl Releases {
    fn released(&self) -> Vec<(RunId, bool)> {
        self.released.lock().expect("no test broke off").clone()
    }
}

#[test]
fn runs_are_left_to_others_after_their_attempts_were_ended_and_others_are_told() {
    let (mut world, releases) = noting_releases();
    let run = world.begin(STEP);
    world.until(|world| world.performing() == 1);
    world.looped.close(&world.messages).expect("it leaves");
    assert_eq!(releases.released(), [(run, true)]);
    assert_eq!(*releases.told.lock().expect("no test broke off"), [run]);
}

#[test]
fn a_store_that_failed_is_asked_nothing_more() {
    let (mut world, releases) = noting_releases();
    world.begin(STEP);
    world.until(|world| world.performing() == 1);
    world.journal.fail_commit(0, false);
    world.end(0, done());
    world.until(|world| world.looped.failed.is_some());
    world.looped.close(&world.messages).expect_err("the store failed");
    assert_eq!(releases.released(), []);
}

#[test]
fn a_run_that_is_given_up_is_kept_from_others_until_all_that_it_wrote_is_there() {
    let (mut world, releases) = noting_releases();
    let run = world.begin("workflow w {\n  sleep 500ms\n  step a = exec(\"x\")\n}\n");
    world.rest(run).expect("it sleeps");
    world.later("500ms");
    world.looped.take_timers();
    // The beginning of the step is on its way to the disk.
    world.looped.give_up(run, "it is broken".into());
    assert_eq!(releases.released(), []);
    let again = world.ask(|answer| Message::Resume(run, answer)).map_err(|error| error.to_string());
    assert!(releases.released().len() == 1 || again.is_err_and(|why| why.contains("is being stored")));
    world.until(|world| world.looped.under_way() == 0);
    assert_eq!(releases.released(), [(run, false)]);
    assert!(matches!(world.events(run).last(), Some(Event::StepStarted(_))));
}
