//! Two processes on one store: each run is gone on with by one of them, whoever is interested.

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use super::{Message, Until, World, done, start};
use crate::driver::Ended;
use crate::driver::doorway::clock::VirtualClock;
use crate::engine::Outcome;
use crate::journal::{Claimed, Error, Exchange, Holder, Journal, Listener, MemoryJournal, Told};
use crate::model::{Event, Order, RunId, RunStatus, Time};

type Owners = Arc<Mutex<HashMap<RunId, u32>>>;

/// One process's place at an exchange that two share. It carries no word: whoever waits has to look.
struct Place {
    me: u32,
    owners: Owners,
}

impl Exchange for Place {
    fn claim(&self, run: RunId) -> Result<Claimed, Error> {
        let owner = *self.owners.lock().expect("no test broke off").entry(run).or_insert(self.me);
        let holder = Holder { pid: owner, started: Time::default(), command: vec!["wf".into()] };
        Ok(if owner == self.me { Claimed::Mine } else { Claimed::Other(holder) })
    }

    fn release(&self, run: RunId) {
        let mut owners = self.owners.lock().expect("no test broke off");
        owners.retain(|of, owner| *of != run || *owner != self.me);
    }

    fn tell(&self, _run: RunId, _order: Order) -> Result<Told, Error> {
        Ok(Told::Nobody)
    }

    fn changed(&self, _run: RunId) {}

    fn attend(&self, _listener: Option<Arc<dyn Listener>>) {}
}

fn two() -> (World, World) {
    let (journal, clock, owners) =
        (Arc::new(MemoryJournal::new()), Arc::new(VirtualClock::at(start())), Owners::default());
    let world = |me| World::sharing(journal.clone(), Arc::new(Place { me, owners: owners.clone() }), clock.clone());
    (world(1), world(2))
}

#[test]
fn a_run_that_both_want_is_woken_by_one() {
    let (mut one, mut two) = two();
    let run = one.begin("workflow w {\n  sleep 1h\n  step a = exec(\"x\")\n}\n");
    one.until(|world| world.looped.runs.is_empty());
    one.looped.ground.exchange.release(run);
    let (tell, told) = channel();
    two.looped.take_all(Until::End, tell);
    let ended = {
        let (answer, later) = channel();
        one.tell(Message::Wait { run, until: Until::End, answer });
        later
    };
    one.later("1h");
    two.until(|world| world.performing() == 1);
    // The other one tries, and looks again later.
    one.looped.take_timers();
    assert!(one.looped.runs.is_empty() && one.looped.interest.has(run));
    two.end(0, done());
    two.until(|world| world.looped.interest.all.is_none());
    assert_eq!(told.iter().count(), 1);
    two.looped.ground.exchange.release(run);
    one.later("2s");
    one.until(|world| !world.looped.interest.has(run));
    assert!(matches!(ended.try_recv(), Ok(Ok(Ended::Outcome(Outcome::Succeeded(_))))));
    let wakes = one.events(run).iter().filter(|event| matches!(event, Event::SleepEnded { .. })).count();
    assert_eq!(wakes, 1);
}

#[test]
fn a_caller_hears_of_a_child_that_another_process_ended() {
    let (mut one, mut two) = two();
    let run = one.begin("workflow w {\n  step a = call child()\n}\nworkflow child {\n  sleep 1h\n}\n");
    one.until(|world| world.looped.runs.is_empty());
    let child = one.others(run)[0];
    one.looped.ground.exchange.release(run);
    one.looped.ground.exchange.release(child);
    two.ask(|answer| Message::Resume(child, answer)).expect("taken up");
    one.later("1h");
    two.until(|world| world.journal.summary(child).is_ok_and(|row| row.is_some_and(|row| row.status.is_ended())));
    two.until(|world| world.looped.runs.is_empty());
    two.looped.ground.exchange.release(child);
    one.tell(Message::Changed(run));
    one.until(|world| world.journal.summary(run).is_ok_and(|row| row.is_some_and(|row| row.status.is_ended())));
    let row = one.journal.summary(run).expect("a store").expect("a row");
    assert_eq!(row.status, RunStatus::Succeeded);
}

/// A run that calls one which performs something, in a process that is killed with the called one in its hands, and
/// another process that goes on with the caller.
fn called_elsewhere(call: &str) -> (World, World, RunId, RunId) {
    let (mut one, mut two) = two();
    let run =
        one.begin(&format!("workflow w {{\n  step a = {call}\n}}\nworkflow child {{\n  step s = exec(\"x\")\n}}\n"));
    one.until(|world| world.performing() == 1);
    let child = one.others(run)[0];
    one.looped.ground.exchange.claim(child).expect("no store is asked");
    two.resume(run);
    two.until(|world| world.looped.runs.is_empty() && world.looped.interest.has(child));
    (one, two, run, child)
}

fn clear(world: &mut World) {
    world.until(|world| world.effects.asked().cleared.iter().any(|(_, cleared)| cleared.is_some()));
    let cleared = world.effects.asked().cleared.iter_mut().find_map(|(_, cleared)| cleared.take());
    cleared.into_iter().for_each(|cleared| cleared(Ok(())));
}

#[test]
fn what_a_killed_process_had_is_taken_up_without_a_word() {
    for told in [false, true] {
        let (mut one, mut two) = two();
        let run = one.begin("workflow w {\n  step a = exec(\"x\")\n}\n");
        one.until(|world| world.performing() == 1);
        one.looped.ground.exchange.claim(run).expect("no store is asked");
        one.begin("workflow w {\n  sleep 1h\n}\n");
        let (tell, _told) = channel();
        two.looped.take_all(Until::End, tell);
        two.until(|world| world.looped.interest.all.as_ref().is_some_and(|all| all.goes_on));
        // Nobody says that it is gone, or that it isn't known who is.
        one.looped.ground.exchange.release(run);
        match told {
            true => two.tell(Message::LookAnew),
            false => two.later("25s"),
        }
        clear(&mut two);
        two.until(|world| world.performing() == 1);
        two.end(0, done());
        two.until(|world| world.status(run) == RunStatus::Succeeded);
    }
}

#[test]
fn a_caller_goes_on_with_a_child_whose_process_was_killed() {
    let (one, mut two, run, child) = called_elsewhere("call child()");
    two.later("1s");
    two.until(|world| world.looped.timers.first().is_some_and(|(due, _)| *due > world.looped.ground.clock.now()));
    assert!(two.looped.runs.is_empty(), "the other process lives");
    one.looped.ground.exchange.release(child);
    two.later("1s");
    clear(&mut two);
    two.until(|world| world.performing() == 1);
    two.end(0, done());
    two.until(|world| world.status(run) == RunStatus::Succeeded);
}

#[test]
fn a_child_elsewhere_is_told_to_stop_until_it_has_heard() {
    let (one, mut two, run, child) = called_elsewhere("call child() timeout 1m else ()");
    two.later("1m");
    // That process is told in vain, and the caller, which has parked, asks again.
    two.until(|world| world.events(run).iter().any(|event| matches!(event, Event::AttemptTimedOut { .. })));
    two.until(|world| world.looped.runs.is_empty() && world.looped.under_way() == 0);
    one.looped.ground.exchange.release(child);
    clear(&mut two);
    two.until(|world| world.status(run) == RunStatus::Succeeded);
    assert_eq!((two.status(child), two.performing()), (RunStatus::Stopped, 0));
}

#[test]
fn a_caller_on_disk_hears_of_an_end_of_which_nobody_told() {
    let (mut one, mut two) = two();
    let run = one.begin("workflow w {\n  step a = call child()\n}\nworkflow child {\n  sleep 1h\n}\n");
    one.until(|world| world.looped.runs.is_empty());
    let child = one.others(run)[0];
    one.looped.ground.exchange.release(run);
    one.looped.ground.exchange.release(child);
    one.looped.interest.forget(child);
    two.ask(|answer| Message::Resume(child, answer)).expect("taken up");
    one.later("1h");
    two.until(|world| world.status(child).is_ended() && world.looped.runs.is_empty());
    two.looped.ground.exchange.release(child);
    one.looped.look();
    one.later("5s");
    one.until(|world| world.status(run) == RunStatus::Succeeded);
}
