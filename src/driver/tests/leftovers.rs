//! Programs that outlived a killed process are gone before their run goes on, whatever becomes of it then.

use super::{Failure, World};
use crate::driver::{Ended, Error};
use crate::engine::Outcome;
use crate::model::Event;

const LATE: &str = "workflow w {\n  timeout 3s\n  step a = exec(\"x\")\n}\n";

#[test]
fn a_run_whose_time_is_over_ends_when_its_program_is_gone() {
    let mut world = World::new();
    let run = world.begin(LATE);
    world.until(|world| world.performing() == 1);
    let mut world = world.killed("1h");
    world.resume(run);
    let cleared = world.effects.asked().cleared[0].1.take().expect("asked once");
    assert!(matches!(world.events(run).last(), Some(Event::StepStarted(_))), "nothing goes on before");
    cleared(Ok(()));
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Failed(_)))));
    assert_eq!(world.performing(), 0);
}

#[test]
fn a_run_whose_program_cannot_be_ended_is_left_alone() {
    let mut world = World::new();
    let run = world.begin(LATE);
    world.until(|world| world.performing() == 1);
    let mut world = world.killed("1s");
    world.resume(run);
    let cleared = world.effects.asked().cleared[0].1.take().expect("asked once");
    let length = world.events(run).len();
    let waiting = std::thread::spawn(move || cleared(Err(Failure::new("exec", "it is still running"))));
    waiting.join().expect("told");
    let error = match world.rest(run) {
        Err(error) => error,
        Ok(other) => panic!("{other:?}"),
    };
    assert!(matches!(&error, Error::Corrupt { why, .. } if why == "it is still running"), "{error}");
    assert_eq!(world.events(run).len(), length);
}

#[test]
fn what_ended_runs_left_is_swept() {
    let mut world = World::new();
    let ended = world.begin("workflow w {\n  log(\"done\")\n}\n");
    world.rest(ended).expect("it ends");
    let going = world.begin(LATE);
    world.until(|world| world.performing() == 1);
    let mut world = world.killed("1s");
    world.effects.asked().left_over = vec![ended, going];
    world.looped.sweep();
    let asked: Vec<_> = world.effects.asked().cleared.iter().map(|(run, _)| *run).collect();
    assert_eq!(asked, [ended]);
}
