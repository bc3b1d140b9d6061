//! What becomes of the runs of processes that leave or are killed, and who is told.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::journal::tests::{me, run, with_status, write};
use crate::journal::{Claimed, Exchange, Journal, Listener, RECORD_VERSION, Told};
use crate::link::core::Part;
use crate::link::frame::Frame;
use crate::link::registry::{Claim, Registry};
use crate::link::words::{Answer, Ask, GREETING, Hello, Line, Name, Welcome};
use crate::model::{Order, RunId, RunStatus, Value};

use super::{Pair, length, listen, open, other, store};

const PATIENCE: Duration = Duration::from_secs(20);

/// A process that nobody knows to live, on a connection to ask, or to be called and with a run already.
fn enter(pair: &Pair, name: &str, attends: Option<u64>) -> UnixStream {
    let mut stream = UnixStream::connect(pair.data().join("link")).expect("somebody listens");
    let hello =
        Hello { name: name.into(), holder: other(), record: RECORD_VERSION, attends: attends.is_some(), again: false };
    let runs = attends.map(|n| run(n).bytes().to_vec());
    stream.write_all(&GREETING).expect("written");
    stream.write_all(&Frame::new(&hello, runs.into_iter().collect()).bytes().expect("small")).expect("written");
    stream.read_exact(&mut [0; GREETING.len()]).expect("greeted");
    let (welcome, _) = Frame::read(&mut stream).expect("a frame").open::<Welcome>().expect("words");
    assert!(matches!(welcome, Welcome::Come(_)), "{welcome:?}");
    stream
}

fn ask(stream: &mut UnixStream, ask: &Ask, blobs: Vec<Vec<u8>>) {
    stream.write_all(&Frame::new(ask, blobs).bytes().expect("small")).expect("written");
}

fn claim(process: &impl Exchange, n: u64) -> Claimed {
    process.claim(run(n)).expect("it is decided")
}

#[test]
fn what_a_killed_process_had_sent_is_stored_before_its_run_is_given_away() {
    let pair = Pair::new();
    for n in 0..50 {
        let mut dying = enter(&pair, &format!("9-9-{n}"), None);
        ask(&mut dying, &Ask::Claim(run(n)), Vec::new());
        let (answer, _) = Frame::read(&mut dying).expect("a frame").open::<Answer>().expect("words");
        assert!(matches!(answer, Answer::Claimed(Claimed::Mine)), "{answer:?}");
        let mut blobs = Vec::new();
        let line = Line::of(&write(n, 0), &mut blobs);
        ask(&mut dying, &Ask::Commit(vec![line]), blobs);
        drop(dying);
        assert_eq!(claim(&pair.client, n), Claimed::Mine);
        assert_eq!(length(&pair.client, n), 1, "run {n}");
    }
}

#[test]
fn a_run_is_not_free_while_its_process_is_still_heard() {
    let dir = tempfile::tempdir().expect("a folder");
    let (own, dead): (Name, Name) = ("1-1-1".into(), "2-2-2".into());
    let registry = Registry::new(dir.path().to_path_buf(), own.clone(), me(), HashSet::new());
    registry.arrive(&dead);
    registry.arrive(&dead);
    assert!(matches!(registry.claim(run(1), &dead, &other()), Claim::Mine));
    assert!(registry.depart(&dead).is_empty());
    let silent = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let claiming = scope.spawn(|| {
            let claimed = registry.claim(run(1), &own, &me());
            assert!(matches!(claimed, Claim::Mine) && silent.load(Ordering::Acquire));
        });
        std::thread::yield_now();
        silent.store(true, Ordering::Release);
        let mut freed = registry.depart(&dead);
        claiming.join().expect("no panic");
        freed.extend(registry.freed());
        assert_eq!(freed, [run(1)], "to be told");
    });
}

#[test]
fn the_runs_of_one_that_ends_without_a_door_are_told() {
    let pair = Pair::new();
    let heard = listen(&pair.owner, || None);
    let mut dying = enter(&pair, "9-9-9", None);
    ask(&mut dying, &Ask::Claim(run(1)), Vec::new());
    Frame::read(&mut dying).expect("an answer");
    drop(dying);
    assert_eq!(heard.recv_timeout(PATIENCE).expect("told"), (run(1), None));
}

#[test]
fn who_is_welcome_is_known_to_have_its_runs() {
    let pair = Pair::new();
    for n in 0..20 {
        let _called = enter(&pair, &format!("9-9-{n}"), Some(n));
        assert_eq!(claim(&pair.client, n), Claimed::Other(other()));
    }
}

#[test]
fn an_order_that_a_process_took_to_its_end_may_come_again_where_it_is_known_again() {
    let pair = Pair::new();
    let signal = |delivery: Option<&str>| Order::Signal {
        name: "go".into(),
        source: "ops".into(),
        delivery: delivery.map(Into::into),
        parameters: Value::Unit,
    };
    let told = |n: u64, order: Order| {
        let mut dying = enter(&pair, &format!("9-9-{n}"), Some(n));
        std::thread::scope(|scope| {
            let telling = scope.spawn(|| pair.client.tell(run(n), order).expect("told"));
            Frame::read(&mut dying).expect("the order");
            drop(dying);
            telling.join().expect("no panic")
        })
    };
    assert_eq!(told(1, signal(Some("d"))), Told::Nobody, "the history says whether it was taken");
    for (n, order) in [(2, signal(None)), (3, Order::Stop)] {
        let Told::Refused(why) = told(n, order) else { panic!("nobody knows") };
        assert!(why.contains("whether it took this isn't known"), "{why}");
    }
}

/// Hears only that it has to look anew.
struct Anew(Mutex<Sender<()>>);

impl Listener for Anew {
    fn order(&self, _: RunId, _: Order, answer: Box<dyn FnOnce(Told) + Send>) {
        answer(Told::Done);
    }

    fn changed(&self, _: RunId) {}

    fn look_anew(&self) {
        let _ = self.0.lock().expect("no panic").send(());
    }
}

fn hears_anew(process: &impl Exchange) -> Receiver<()> {
    let (said, heard) = channel();
    process.attend(Some(Arc::new(Anew(Mutex::new(said)))));
    heard
}

#[test]
fn all_look_anew_once_the_owner_is_another_one() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let heard = [hears_anew(&pair.client), hears_anew(&third)];
    assert!(heard.iter().all(|heard| heard.try_recv().is_err()), "nothing has changed yet");
    pair.owner.die();
    heard.iter().for_each(|heard| heard.recv_timeout(PATIENCE).expect("told"));
}

#[test]
fn a_run_that_goes_on_is_told_of_as_its_process_leaves_it() {
    let pair = Pair::new();
    for (n, status) in [(1, RunStatus::Running), (2, RunStatus::Running), (3, RunStatus::Waiting)] {
        pair.client.commit(&[with_status(write(n, 0), n, status)]).expect("stored");
    }
    let heard = listen(&pair.owner, || None);
    let _at_client = listen(&pair.client, || None);
    // As one that parks, or can't be gone on with.
    pair.client.release(run(1));
    pair.client.attend(None);
    pair.client.release(run(3));
    pair.client.release(run(2));
    pair.client.changed(run(9));
    assert_eq!(heard.recv_timeout(PATIENCE).expect("told"), (run(2), None));
    assert_eq!(heard.recv_timeout(PATIENCE).expect("told"), (run(9), None), "and of no other");
}

#[test]
fn a_caller_is_told_of_by_the_record_that_ends_its_child() {
    let pair = Pair::new();
    let third = open(&pair.data());
    let [at_owner, at_client, at_third] = [&pair.owner, &pair.client, &third].map(|process| listen(process, || None));
    let ends = |n: u64, caller: u64| {
        let mut last = with_status(write(n, 0), n, RunStatus::Succeeded);
        last.owes = vec![(run(caller), run(n)), (run(n), run(50))];
        last
    };
    store(&pair.client, 8, 0).expect("stored");
    pair.client.commit(&[ends(1, 7), ends(2, 8)]).expect("stored");
    pair.owner.commit(&[ends(3, 8)]).expect("stored");
    pair.owner.changed(run(9));
    for (ear, expected) in [(at_owner, [7, 9].as_slice()), (at_client, &[8, 9]), (at_third, &[7, 8, 9])] {
        for n in expected {
            assert_eq!(ear.recv_timeout(PATIENCE).expect("told"), (run(*n), None));
        }
    }
}

#[test]
fn one_that_the_owner_can_not_call_comes_anew_before_it_stores() {
    let pair = Pair::new();
    assert_eq!(claim(&pair.client, 1), Claimed::Mine);
    let before = pair.client.core.part();
    let Part::Client(client) = &before else { panic!("it is a client") };
    client.was_left();
    assert_eq!(claim(&pair.client, 2), Claimed::Mine);
    assert!(!pair.client.core.is_part(&before));
    for n in [1, 2] {
        assert_eq!(claim(&pair.owner, n), Claimed::Other(me()), "run {n}");
    }
}
