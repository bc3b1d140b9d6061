//! Orders: to a run that this process drives, and to one that nobody has.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use super::{World, done};
use crate::driver::handle::Message;
use crate::driver::{Desk, Ended, Error};
use crate::engine::Outcome;
use crate::journal::{Alone, Journal, Told};
use crate::model::{Event, Order, RunId, RunStatus, Value};

const WAITS: &str = "workflow w {\n  signal go(n: int)\n  step w = wait signal(go)\n  output { n: int = w.n }\n}\n";
const BUSY: &str = "workflow w {\n  signal go(n: int)\n  step x = exec(\"x\")\n  step w = wait signal(go)\n  output { n: int = w.n }\n}\n";
const TWO: &str = "workflow w {\n  step a = exec(\"x\")\n  step b = exec(\"x\")\n}\n";

fn go(n: i64) -> Order {
    let parameters = Value::map([("n", Value::Int(n))]);
    Order::Signal { name: "go".into(), source: "ops".into(), delivery: None, parameters }
}

impl World {
    /// One who has nothing but the store.
    pub fn desk(&self) -> Desk {
        Desk { journal: self.journal.clone(), exchange: Arc::new(Alone::new()), clock: self.clock.clone() }
    }

    /// Says something to a run that nobody has, and that something was said.
    pub fn leave_word(&mut self, run: RunId, order: Order) {
        self.desk().tell(run, order).expect("it is stored");
        self.tell(Message::Changed(run));
    }

    fn order(&mut self, run: RunId, order: Order) -> Receiver<Told> {
        let (answer, told) = channel();
        let answer = Box::new(move |said| drop(answer.send(said)));
        self.tell(Message::Order { run, order, answer });
        told
    }

    fn told(&mut self, run: RunId, order: Order) -> Told {
        let later = self.order(run, order);
        loop {
            match later.try_recv() {
                Ok(told) => return told,
                Err(_) => self.looped.round(&self.messages),
            }
        }
    }

    pub fn status(&self, run: RunId) -> RunStatus {
        self.journal.summary(run).expect("a store").expect("a row").status
    }
}

fn succeeded(n: i64) -> Ended {
    Ended::Outcome(Outcome::Succeeded(Value::map([("n", Value::Int(n))])))
}

#[test]
fn a_driven_run_is_told_and_goes_on() {
    let mut world = World::new();
    let run = world.begin(BUSY);
    world.until(|world| world.performing() == 1);
    assert_eq!(world.told(run, go(5)), Told::Done);
    let received = |event: &Event| matches!(event, Event::SignalReceived { source, .. } if source == "ops");
    assert!(world.events(run).iter().any(received), "what was acknowledged is on disk");
    world.end(0, done());
    assert_eq!(world.rest(run).expect("it ends"), succeeded(5));
}

#[test]
fn a_run_that_waits_in_nobodys_memory_is_woken_by_a_signal() {
    let mut world = World::new();
    let run = world.begin(WAITS);
    world.until(|world| world.looped.runs.is_empty());
    assert_eq!(world.told(run, go(5)), Told::Nobody);
    world.leave_word(run, go(5));
    assert_eq!(world.status(run), RunStatus::Running, "whoever comes next sees that it can go on");
    world.until(|world| world.status(run) == RunStatus::Succeeded);
    assert_eq!(world.rest(run).expect("it ends"), succeeded(5));
}

#[test]
fn a_message_that_is_sent_again_for_want_of_an_answer_comes_once() {
    let mut world = World::new();
    let run = world.begin(BUSY);
    world.until(|world| world.performing() == 1);
    let parameters = Value::map([("n", Value::Int(5))]);
    let once = Order::Signal { name: "go".into(), source: "ops".into(), delivery: Some("d".into()), parameters };
    assert_eq!(world.told(run, once.clone()), Told::Done);
    assert_eq!(world.told(run, once.clone()), Told::Done, "by the process that has the run");
    let world = world.killed("1s");
    world.desk().tell(run, once.clone()).expect("by the disk");
    world.desk().tell(run, once).expect("and again");
    let received = |event: &&Event| matches!(event, Event::SignalReceived { .. });
    assert_eq!(world.events(run).iter().filter(received).count(), 1);
}

#[test]
fn a_driven_run_refuses_what_it_does_not_take() {
    let mut world = World::new();
    let run = world.begin(BUSY);
    world.until(|world| world.performing() == 1);
    let refused = |told| match told {
        Told::Refused(why) => why,
        other => panic!("{other:?}"),
    };
    let unknown = Order::Signal { name: "stay".into(), source: "ops".into(), delivery: None, parameters: Value::Unit };
    assert!(refused(world.told(run, unknown)).contains("declares no signal `stay`"));
    assert_eq!(refused(world.told(run, Order::Unpause)), "it is not paused");
    assert_eq!(world.told(RunId::from_parts(1, [1; 10]), Order::Stop), Told::Nobody);
}

#[test]
fn what_is_said_to_a_run_that_nobody_has_is_stored_and_taken_up() {
    let mut world = World::new();
    let run = world.begin(WAITS);
    assert!(matches!(world.rest(run), Ok(Ended::Left)));
    let mut world = world.killed("1s");
    world.desk().tell(run, go(7)).expect("it is stored");
    assert_eq!(world.status(run), RunStatus::Running);
    // And over another crash.
    let mut later = world.killed("2s");
    later.resume(run);
    assert_eq!(later.rest(run).expect("it ends"), succeeded(7));
    world = later;
    let error = world.desk().tell(run, go(8)).expect_err("it has ended");
    assert!(matches!(&error, Error::Refused { why, .. } if why == "it has ended: succeeded"), "{error}");
}

#[test]
fn early_messages_are_kept_in_order_over_a_crash() {
    let text = "workflow w {\n  signal go(n: int)\n  step x = exec(\"x\")\n  step a = wait signal(go)\n  step b = wait signal(go)\n  output { n: int = a.n * 10 + b.n }\n}\n";
    let mut world = World::new();
    let run = world.begin(text);
    world.until(|world| world.performing() == 1);
    assert_eq!(world.told(run, go(1)), Told::Done);
    let mut world = world.killed("1s");
    world.desk().tell(run, go(2)).expect("it is stored");
    world.resume(run);
    world.until(|world| !world.effects.asked().cleared.is_empty());
    let cleared = world.effects.asked().cleared[0].1.take().expect("once");
    cleared(Ok(()));
    world.until(|world| world.performing() == 1);
    world.end(0, done());
    assert_eq!(world.rest(run).expect("it ends"), succeeded(12));
}

#[test]
fn a_paused_run_lets_end_what_is_in_flight_and_begins_nothing() {
    let mut world = World::new();
    let run = world.begin(TWO);
    world.until(|world| world.performing() == 1);
    assert_eq!(world.told(run, Order::Pause), Told::Done);
    let (answer, later) = channel();
    world.tell(Message::Wait { run, until: crate::driver::Until::End, answer });
    assert_eq!(world.told(run, Order::Pause), Told::Refused("it is paused already".into()));
    assert!(later.try_recv().is_err(), "something is in flight still");
    world.end(0, done());
    world.until(|world| world.events(run).iter().any(|event| matches!(event, Event::StepSucceeded { .. })));
    let ended = loop {
        match later.try_recv() {
            Ok(ended) => break ended,
            Err(_) => world.looped.round(&world.messages),
        }
    };
    assert_eq!(ended.expect("it rests"), Ended::Paused);
    assert_eq!(world.performing(), 1);
    world.leave_word(run, Order::Unpause);
    world.until(|world| world.performing() == 2);
}

#[test]
fn a_stop_that_was_stored_ends_the_run_when_it_is_taken_up() {
    let mut world = World::new();
    let run = world.begin(WAITS);
    assert!(matches!(world.rest(run), Ok(Ended::Left)));
    let mut world = world.killed("1s");
    world.desk().tell(run, Order::Pause).expect("it is stored");
    assert_eq!(world.status(run), RunStatus::Paused);
    world.desk().tell(run, Order::Stop).expect("it is stored");
    world.resume(run);
    assert_eq!(world.rest(run).expect("it ends"), Ended::Outcome(Outcome::Stopped));
}

#[test]
fn what_a_leaving_process_stored_is_acknowledged() {
    for fails in [None, Some(false), Some(true)] {
        let mut world = World::new();
        let run = world.begin(BUSY);
        world.until(|world| world.performing() == 1);
        let told = world.order(run, go(5));
        if let Some(stored) = fails {
            world.journal.fail_commit(0, stored);
        }
        // It is on its way to the disk, and nobody hears of it any more.
        world.looped.round(&world.messages);
        let closed = world.looped.close(&world.messages);
        match told.try_recv() {
            Ok(Told::Done) => assert!(closed.is_ok() && fails.is_none()),
            Ok(Told::Refused(why)) => {
                assert!(closed.is_err() && fails.is_some() && why.contains("before it was known"), "{why}")
            }
            other => panic!("{other:?}"),
        }
    }
}
