//! Owners that end while others commit: nothing acknowledged is lost, nothing is stored twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::journal::tests::{claiming, record, run, write};
use crate::journal::{Error, Journal, Outcome, Refusal};
use crate::link::Shared;
use crate::model::Digest;

use super::{Pair, length, open, store};

#[test]
fn who_was_a_client_is_the_owner_once_the_owner_leaves() {
    let pair = Pair::new();
    store(&pair.owner, 1, 0).expect("stored");
    drop(pair.owner);
    assert_eq!(length(&pair.client, 1), 1);
    store(&pair.client, 1, 1).expect("stored");
    assert!(pair.client.is_owner());
    let next = open(&pair.dir.path().join("data"));
    assert!(!next.is_owner());
    assert_eq!(length(&next, 1), 2);
}

#[test]
fn what_is_sent_again_after_a_death_is_stored_once() {
    let pair = Pair::new();
    let begun = claiming(write(1, 0), "k", 1);
    assert_eq!(pair.client.commit(std::slice::from_ref(&begun)).expect("stored"), [Outcome::Stored]);
    pair.owner.die();
    // As if the answer had been lost.
    assert_eq!(pair.client.commit(std::slice::from_ref(&begun)).expect("stored"), [Outcome::Stored]);
    let rival = claiming(write(2, 0), "k", 2);
    let known = Outcome::Known { run: run(1), input: Digest([1; 32]) };
    assert_eq!(pair.client.commit(&[rival]).expect("decided"), [known]);
    assert_eq!(length(&pair.client, 1), 1);
    let mut other = write(1, 0);
    other.record = record(7).encode();
    let refused = pair.client.commit(&[write(3, 0), other]).expect_err("refused");
    assert!(matches!(refused, Error::Refused { write: 1, why: Refusal::Rewritten, .. }), "{refused}");
}

/// Commits record after record of one run until told to stop; gives how many were acknowledged.
fn commit_on(shared: &Shared, n: u64, stop: &AtomicBool, all: &AtomicU64) -> u64 {
    let mut seq = 0;
    while !stop.load(Ordering::Relaxed) {
        match shared.commit(&[write(n, seq)]) {
            Ok(outcomes) => assert_eq!(outcomes, [Outcome::Stored]),
            // This process itself has ended.
            Err(Error::Stopped) => break,
            Err(error) => panic!("run {n}, record {seq}: {error}"),
        }
        seq += 1;
        all.fetch_add(1, Ordering::Relaxed);
    }
    seq
}

/// Several processes commit; again and again the owner ends, in order or not, and another process comes.
fn stress(rounds: u64) {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let stop = Arc::new(AtomicBool::new(false));
    let all = Arc::new(AtomicU64::new(0));
    let mut processes = Vec::new();
    let start = |n: u64| {
        let shared = Arc::new(open(&data));
        let (stop, all, journal) = (stop.clone(), all.clone(), shared.clone());
        let committing = std::thread::spawn(move || commit_on(&journal, n, &stop, &all));
        (n, shared, committing)
    };
    for n in 0..3 {
        processes.push(start(n));
    }
    let mut acknowledged = Vec::new();
    for round in 0..rounds {
        // Until the present ones have got on, however busy the computer is.
        let before = all.load(Ordering::Relaxed);
        while all.load(Ordering::Relaxed) < before + 10 + round % 7 {
            std::thread::yield_now();
        }
        let owner = processes.iter().position(|(_, shared, _)| shared.is_owner());
        let Some(owner) = owner else { continue };
        let (n, shared, committing) = processes.remove(owner);
        if round % 2 == 0 {
            shared.core.die()
        } else {
            shared.core.close()
        }
        acknowledged.push((n, committing.join().expect("no panic")));
        processes.push(start(3 + round));
    }
    stop.store(true, Ordering::Relaxed);
    acknowledged.extend(processes.into_iter().map(|(n, _, committing)| (n, committing.join().expect("no panic"))));
    let last = open(&data);
    for (n, count) in acknowledged {
        let stored = length(&last, n);
        assert!(stored == count || stored == count + 1, "run {n}: {count} acknowledged, {stored} stored");
        let records = last.history(run(n), 0, 1_000_000).expect("reads");
        let expected: Vec<_> = (0..stored).map(|seq| record(1_000 * n + seq)).collect();
        assert_eq!(records, expected, "run {n}");
    }
}

#[test]
fn owners_end_while_others_commit_and_nothing_is_lost_or_said_twice() {
    stress(12);
}

/// The long form, run by name.
#[test]
#[ignore = "takes a while"]
fn owners_end_while_others_commit_many_times() {
    stress(500);
}

#[test]
fn writes_of_several_processes_share_commits() {
    use crate::journal::MemoryJournal;
    use crate::link::group::Group;

    let journal = MemoryJournal::new();
    let group = Arc::new(Group::new(Arc::new(journal.clone())));
    let threads: Vec<_> = (0..8)
        .map(|n| {
            let group = group.clone();
            std::thread::spawn(move || {
                for seq in 0..200 {
                    assert_eq!(group.commit(&[write(n, seq)]).expect("stored"), [Outcome::Stored]);
                    // A gap of one is no matter of the others.
                    let refused = group.commit(&[write(100 + n, 0), write(n, seq + 9)]).expect_err("a gap");
                    assert!(matches!(refused, Error::Refused { write: 1, run: of, .. } if of == run(n)), "{refused}");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    for n in 0..8 {
        assert_eq!(length(&journal, n), 200);
        assert_eq!(length(&journal, 100 + n), 0);
    }
}

#[test]
fn a_store_that_fails_is_told_to_all() {
    use crate::journal::MemoryJournal;
    use crate::link::group::Group;

    let journal = MemoryJournal::new();
    journal.fail_commit(3, false);
    let group = Arc::new(Group::new(Arc::new(journal)));
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let group = group.clone();
            std::thread::spawn(move || (0..100).find_map(|seq| group.commit(&[write(n, seq)]).err()))
        })
        .collect();
    for thread in threads {
        let error = thread.join().expect("no panic").expect("nobody is acknowledged any more");
        assert!(matches!(error, Error::Io { .. } | Error::Stopped), "{error}");
    }
}
