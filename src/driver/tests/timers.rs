//! Timers: one place a run, and a row that says when it is due.

use super::{World, done};
use crate::driver::Ended;
use crate::journal::Journal;
use crate::model::Length;

#[test]
fn the_row_of_a_waiting_run_says_when_it_is_due() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  sleep 1s\n  sleep 1h\n}\n");
    let due = |world: &World| world.journal.summary(run).expect("a store").expect("a row").due;
    assert!(matches!(world.rest(run), Ok(Ended::Left)));
    let first = due(&world).expect("it is due");
    world.later("1s");
    world.until(|world| due(world) != Some(first));
    assert!(matches!(world.rest(run), Ok(Ended::Left)));
    let length: Length = "1h".parse().expect("a length");
    assert!(due(&world).expect("it is due again") >= first.plus(length));
}

#[test]
fn a_timer_that_stays_takes_one_place() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  timeout 7d\n  for i in 0..20 {\n    step a = exec(\"x\")\n  }\n}\n");
    for nth in 0..20 {
        world.until(|world| world.performing() == nth + 1);
        assert_eq!(world.looped.timers.len(), 1);
        world.end(nth, done());
    }
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(_))));
    assert!(world.looped.timers.is_empty());
}
