//! The writing thread: everybody is answered once, after the commit, and nobody after a failure.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::journal::{
    Ack, Error, Journal, MAX_BATCH_BYTES, MAX_BATCH_WRITES, MemoryJournal, Notice, Outcome, Refusal, Write, Writer,
    commit_batch,
};

use super::{claiming, fresh_redb, run, write};

fn started(journal: Arc<dyn Journal>) -> (Writer, Receiver<Vec<Ack>>) {
    let (send, acks) = channel();
    let notify = Box::new(move |notice| send.send(acks_of(notice)).expect("the test listens"));
    (Writer::start(journal, notify).expect("starts"), acks)
}

fn acks_of(notice: Notice) -> Vec<Ack> {
    match notice {
        Notice::Acks(acks) => acks,
        Notice::Failed(error) => panic!("{error}"),
    }
}

/// A writer whose thread, after each batch, waits for a word.
fn stepwise(journal: Arc<dyn Journal>) -> (Writer, Receiver<Vec<Ack>>, Sender<()>) {
    let (send, acks) = channel();
    let (go, going) = channel();
    let notify = Box::new(move |notice| {
        send.send(acks_of(notice)).expect("the test listens");
        // Once the test has dropped its end, the thread goes on by itself.
        let _ = going.recv();
    });
    (Writer::start(journal, notify).expect("starts"), acks, go)
}

fn answers(acks: Receiver<Vec<Ack>>) -> HashMap<u64, Result<Outcome, Arc<Error>>> {
    let mut all = HashMap::new();
    for ack in acks.into_iter().flatten() {
        assert!(all.insert(ack.ticket, ack.outcome).is_none(), "ticket {} was answered twice", ack.ticket);
    }
    all
}

#[test]
fn what_was_submitted_is_stored_and_answered() {
    for journal in [Arc::new(MemoryJournal::new()) as Arc<dyn Journal>, fresh_redb()] {
        let (writer, acks) = started(journal.clone());
        std::thread::scope(|scope| {
            for n in 0..4 {
                let writer = &writer;
                scope.spawn(move || (0..100).for_each(|seq| writer.submit(n * 1_000 + seq, write(n, seq))));
            }
        });
        writer.submit(9_001, claiming(write(8, 0), "k", 1));
        writer.submit(9_002, claiming(write(9, 0), "k", 2));
        writer.close().expect("closes");
        let mut answers = answers(acks);
        assert_eq!(answers.len(), 402);
        assert!(matches!(answers.remove(&9_002), Some(Ok(Outcome::Known { .. }))));
        assert!(answers.into_values().all(|answer| matches!(answer, Ok(Outcome::Stored))));
        for n in 0..4 {
            assert_eq!(journal.length(run(n)).expect("reads"), 100);
        }
    }
}

#[test]
fn what_gathers_during_a_commit_goes_into_the_next() {
    let journal = MemoryJournal::new();
    let (writer, acks, go) = stepwise(Arc::new(journal.clone()));
    writer.submit(0, write(1, 0));
    assert_eq!(acks.recv().expect("answered").len(), 1);
    let more = MAX_BATCH_WRITES as u64 + 10;
    writer.submit_all((1..=more).map(|seq| (seq, write(1, seq))));
    go.send(()).expect("the thread waits");
    let second = acks.recv().expect("answered");
    assert_eq!(second.len(), MAX_BATCH_WRITES);
    assert!(second.iter().map(|ack| ack.ticket).eq(1..=MAX_BATCH_WRITES as u64), "answered in order");
    drop(go);
    assert_eq!(acks.recv().expect("answered").len(), 10);
    writer.close().expect("closes");
    assert_eq!(journal.commits(), 3);
}

#[test]
fn a_batch_is_bounded_in_bytes() {
    let (writer, acks, go) = stepwise(Arc::new(MemoryJournal::new()));
    writer.submit(0, write(1, 0));
    acks.recv().expect("answered");
    let half = |seq| (seq, Write { record: vec![1; MAX_BATCH_BYTES / 2], ..write(1, seq) });
    writer.submit_all((1..=5).map(half));
    drop(go);
    let sizes: Vec<usize> = (0..3).map(|_| acks.recv().expect("answered").len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
}

#[test]
fn a_full_queue_holds_those_who_submit_until_there_is_room() {
    let journal = MemoryJournal::new();
    let (writer, acks, go) = stepwise(Arc::new(journal.clone()));
    let all = 40 * MAX_BATCH_WRITES as u64;
    std::thread::scope(|scope| {
        scope.spawn(|| writer.submit_all((0..all).map(|seq| (seq, write(1, seq)))));
        acks.recv().expect("answered");
        drop(go);
    });
    writer.close().expect("closes");
    assert_eq!(journal.length(run(1)).expect("reads"), all);
}

#[test]
fn after_a_failure_nobody_is_acknowledged() {
    for stored in [false, true] {
        let journal = MemoryJournal::new();
        journal.fail_commit(1, stored);
        let (writer, acks) = started(Arc::new(journal.clone()));
        writer.submit(0, write(1, 0));
        assert!(acks.recv().expect("answered")[0].outcome.is_ok());
        writer.submit_all([(1, write(1, 1)), (2, write(2, 0))]);
        let failed = acks.recv().expect("answered");
        assert!(failed.len() == 2 && failed.iter().all(|ack| ack.outcome.is_err()));
        writer.submit(3, write(3, 0));
        let later = acks.recv().expect("answered").remove(0);
        assert!(matches!(*later.outcome.expect_err("not acknowledged"), Error::Io { .. }), "the first error is told");
        assert_eq!(journal.commits(), 2, "nothing is tried again");
        assert!(matches!(*writer.close().expect_err("the error"), Error::Io { .. }));
        let after = journal.crash();
        assert_eq!(after.length(run(1)).expect("reads"), 1 + u64::from(stored));
        assert!(matches!(journal.length(run(1)), Err(Error::Stopped)), "the old process is gone");
    }
}

#[test]
fn a_contradiction_is_answered_alone() {
    for journal in [Arc::new(MemoryJournal::new()) as Arc<dyn Journal>, fresh_redb()] {
        let gap = [(0, write(1, 0)), (1, write(2, 5)), (2, write(2, 6)), (3, write(3, 0)), (4, write(3, 2))];
        let (acks, failure) = commit_batch(&*journal, gap.into());
        assert!(failure.is_none());
        let (sender, receiver) = channel();
        sender.send(acks).expect("sent");
        drop(sender);
        let answers = answers(receiver);
        for (ticket, next) in [(1, 0), (2, 0), (4, 1)] {
            let error = answers[&ticket].as_ref().expect_err("refused");
            assert!(matches!(**error, Error::Refused { why: Refusal::Gap { next: n }, .. } if n == next), "{error}");
        }
        assert!(answers[&0].is_ok() && answers[&3].is_ok());
        assert_eq!(journal.length(run(3)).expect("reads"), 1);
    }
}
