//! Children and those who called them, over deaths and faults.

use super::{World, done};
use crate::driver::Ended;
use crate::engine::Outcome;
use crate::model::Event;

#[test]
fn a_child_that_can_not_go_on_fails_its_call() {
    let mut world = World::new();
    let run = world.begin(
        "workflow w {\n  step a = call child() timeout 5s else #{ c: 7 }\n  output { c: int = a.c }\n}\n\
         workflow child {\n  step s = exec(\"x\")\n  output { c: int = 1 }\n}\n",
    );
    world.until(|world| world.performing() == 1);
    let child = world.others(run)[0];
    world.looped.give_up(child, "its record is too large".into());
    match world.rest(run) {
        Ok(Ended::Outcome(Outcome::Succeeded(output))) => {
            assert_eq!(output.get("c").map(ToString::to_string), Some("7".into()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_started_child_is_driven_by_itself_and_a_called_one_with_its_caller() {
    let mut world = World::new();
    let run = world.begin(
        "workflow w {\n  step a = start child()\n  step b = call child()\n}\nworkflow child {\n  step s = exec(\"x\")\n}\n",
    );
    world.until(|world| world.performing() == 2);
    let (started, called) = (world.others(run)[0], world.others(run)[1]);
    let mut world = world.killed("1s");
    world.resume(run);
    world.resume(started);
    world.resume(called);
    world.until(|world| world.effects.asked().cleared.len() == 2);
    for nth in 0..2 {
        let cleared = world.effects.asked().cleared[nth].1.take().expect("asked once");
        cleared(Ok(()));
    }
    world.until(|world| world.performing() == 2);
    (0..2).for_each(|nth| world.end(nth, done()));
    for id in [run, started, called] {
        assert!(matches!(world.rest(id), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
    }
}

#[test]
fn a_child_whose_time_is_over_does_nothing_more_when_it_comes_back() {
    let mut world = World::new();
    let run = world.begin(
        "workflow w {\n  step a = call child() timeout 2s else ()\n}\n\
         workflow child {\n  sleep 3s\n  log(\"late\")\n  step s = exec(\"x\")\n}\n",
    );
    world.until(|world| !world.others(run).is_empty());
    let child = world.others(run)[0];
    world.rest(child).expect("it sleeps");
    let mut world = world.killed("4s");
    world.resume(run);
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
    let events = world.events(child);
    assert!(matches!(events.last(), Some(Event::RunStopped)), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::Logged { .. } | Event::StepStarted(_))), "{events:?}");
}

#[test]
fn a_called_child_that_has_ended_meanwhile_is_its_callers_matter() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  step a = call child()\n}\nworkflow child {\n  sleep 1s\n}\n");
    world.until(|world| !world.others(run).is_empty());
    let child = world.others(run)[0];
    world.rest(child).expect("it sleeps");
    let mut world = world.killed("1h");
    world.resume(run);
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
    world.resume(child);
}
