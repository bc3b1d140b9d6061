//! Whose a run is, and what is told from process to process.

use std::time::Duration;

use crate::journal::tests::{me, run, with_status, write};
use crate::journal::{Claimed, Error, Exchange, Journal, Told};
use crate::link::members::Membership;
use crate::model::{Order, RunId, RunStatus};

use super::{Pair, listen, open, other, store};

const PATIENCE: Duration = Duration::from_secs(20);

fn claim(process: &impl Exchange, n: u64) -> Claimed {
    process.claim(run(n)).expect("it is decided")
}

#[test]
fn a_run_belongs_to_one_process() {
    let pair = Pair::new();
    let third = open(&pair.data());
    assert_eq!(claim(&pair.client, 1), Claimed::Mine);
    assert_eq!(claim(&pair.client, 1), Claimed::Mine);
    assert_eq!(claim(&pair.owner, 1), Claimed::Other(me()));
    assert_eq!(claim(&third, 1), Claimed::Other(me()));
    pair.client.release(run(1));
    assert_eq!(claim(&pair.owner, 1), Claimed::Mine);
    assert_eq!(claim(&third, 1), Claimed::Other(me()));
    third.release(run(1));
    assert_eq!(claim(&third, 1), Claimed::Other(me()), "only who has it gives it up");
}

#[test]
fn a_run_that_begins_is_taken_and_one_that_ends_is_free() {
    let pair = Pair::new();
    store(&pair.client, 1, 0).expect("stored");
    assert_eq!(claim(&pair.owner, 1), Claimed::Other(me()));
    pair.client.commit(&[with_status(write(1, 1), 1, RunStatus::Succeeded)]).expect("stored");
    assert_eq!(claim(&pair.owner, 1), Claimed::Mine);
    store(&pair.owner, 2, 0).expect("stored");
    assert_eq!(claim(&pair.client, 2), Claimed::Other(me()));
    pair.client.commit(&[write(3, 5)]).expect_err("a gap");
    assert_eq!(claim(&pair.owner, 3), Claimed::Mine, "what wasn't stored began nothing");
}

#[test]
fn a_process_that_ends_frees_its_runs_and_all_are_told() {
    let pair = Pair::new();
    let heard = listen(&pair.owner, || Some(Told::Done));
    assert_eq!(claim(&pair.client, 1), Claimed::Mine);
    assert_eq!(claim(&pair.owner, 1), Claimed::Other(me()));
    drop(pair.client);
    assert_eq!(heard.recv_timeout(PATIENCE).expect("told"), (run(1), None));
    assert_eq!(claim(&pair.owner, 1), Claimed::Mine);
}

#[test]
fn an_order_goes_to_the_process_that_has_the_run() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let at_owner = listen(&pair.owner, || Some(Told::Done));
    let at_client = listen(&pair.client, || Some(Told::Refused("it is late".into())));
    assert_eq!(pair.owner.tell(run(1), Order::Pause).expect("told"), Told::Nobody);
    assert_eq!(third.tell(run(1), Order::Pause).expect("told"), Told::Nobody);
    claim(&pair.client, 1);
    claim(&pair.owner, 2);
    for teller in [&pair.owner, &third] {
        assert_eq!(teller.tell(run(1), Order::Stop).expect("told"), Told::Refused("it is late".into()));
        assert_eq!(at_client.recv_timeout(PATIENCE).expect("heard"), (run(1), Some(Order::Stop)));
    }
    for teller in [&pair.client, &third] {
        assert_eq!(teller.tell(run(2), Order::Pause).expect("told"), Told::Done);
        assert_eq!(at_owner.recv_timeout(PATIENCE).expect("heard"), (run(2), Some(Order::Pause)));
    }
    assert_eq!(pair.client.tell(run(1), Order::Pause).expect("told"), Told::Refused("it is late".into()));
}

#[test]
fn a_message_crosses_as_it_is() {
    let pair = Pair::new();
    let heard = listen(&pair.client, || Some(Told::Done));
    claim(&pair.client, 1);
    let deep = (0..60).fold(crate::model::Value::Int(1), |inner, _| crate::model::Value::map([("$map", inner)]));
    let order = Order::Signal { name: "approve".into(), source: "me".into(), delivery: None, parameters: deep };
    assert_eq!(pair.owner.tell(run(1), order.clone()).expect("told"), Told::Done);
    assert_eq!(heard.recv_timeout(PATIENCE).expect("heard"), (run(1), Some(order)));
}

#[test]
fn an_order_that_is_dropped_was_for_nobody() {
    let pair = Pair::new();
    let _heard = listen(&pair.client, || None);
    claim(&pair.client, 1);
    assert_eq!(pair.owner.tell(run(1), Order::Pause).expect("told"), Told::Nobody);
}

#[test]
fn a_change_is_told_to_all_who_attend() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let ears = [&pair.owner, &pair.client, &third].map(|process| listen(process, || None));
    pair.client.changed(run(5));
    pair.owner.changed(run(6));
    for ear in ears {
        assert_eq!(ear.recv_timeout(PATIENCE).expect("told"), (run(5), None));
        assert_eq!(ear.recv_timeout(PATIENCE).expect("told"), (run(6), None));
    }
}

#[test]
fn the_next_owner_knows_whose_the_runs_are() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let _at_client = listen(&pair.client, || Some(Told::Done));
    let _at_third = listen(&third, || Some(Told::Done));
    for (process, n) in [(&pair.client, 1), (&third, 2), (&pair.owner, 3)] {
        assert_eq!(claim(process, n), Claimed::Mine);
    }
    pair.owner.die();
    assert_eq!(claim(&third, 1), Claimed::Other(me()));
    assert_eq!(claim(&pair.client, 2), Claimed::Other(me()));
    assert_eq!(pair.client.tell(run(2), Order::Pause).expect("told"), Told::Done);
    assert_eq!(third.tell(run(1), Order::Pause).expect("told"), Told::Done);
    assert_eq!(claim(&third, 3), Claimed::Mine, "the dead one's are free");
    assert!(third.is_owner() != pair.client.is_owner());
}

#[test]
fn a_change_that_was_told_while_the_owner_died_is_heard() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let heard = listen(&pair.client, || None);
    pair.owner.die();
    third.changed(run(5));
    assert_eq!(heard.recv_timeout(PATIENCE).expect("told"), (run(5), None));
}

#[test]
fn a_run_of_a_living_process_that_has_not_come_yet_is_given_to_nobody() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    drop(open(&data));
    let silent = Membership::enter(&data, "99-0-0", &other()).expect("entered");
    let owner = open(&data);
    assert_eq!(claim(&owner, 1), Claimed::Other(other()));
    let error = owner.tell(run(1), Order::Pause).expect_err("nobody knows");
    assert!(matches!(error, Error::Unreached { .. }) && error.to_string().contains("process 99"), "{error}");
    store(&owner, 2, 0).expect("new runs begin all the same");
    drop(silent);
    assert_eq!(claim(&owner, 1), Claimed::Mine, "it has ended");
}

#[test]
fn an_order_that_is_sent_again_is_told_once() {
    use crate::link::orders::Orders;
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    type Answers = Vec<Box<dyn FnOnce(Told) + Send>>;
    struct Later(std::sync::Mutex<Answers>);
    impl crate::journal::Listener for Later {
        fn order(&self, _: RunId, _: Order, answer: Box<dyn FnOnce(Told) + Send>) {
            self.0.lock().expect("no panic").push(answer);
        }
        fn changed(&self, _: RunId) {}
    }

    let listener = Arc::new(Later(Default::default()));
    let orders = Arc::new(Orders::default());
    orders.attend(Some(listener.clone()));
    let (said, answers) = channel();
    let take = |id: &str| {
        let said = said.clone();
        orders.take(run(1), Order::Pause, id.into(), Box::new(move |told| said.send(told).expect("heard")));
    };
    take("a/1");
    take("a/1");
    take("a/2");
    let mut asked = std::mem::take(&mut *listener.0.lock().expect("no panic"));
    assert_eq!(asked.len(), 2);
    asked.remove(0)(Told::Done);
    take("a/1");
    assert_eq!(answers.try_iter().collect::<Vec<_>>(), [Told::Done, Told::Done, Told::Done]);
    assert_eq!(listener.0.lock().expect("no panic").len(), 0);
}
