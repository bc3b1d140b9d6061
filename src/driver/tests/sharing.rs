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
