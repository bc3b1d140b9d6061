//! Runs that have ended are removed as wholes, and with them what nobody else refers to.

use std::path::Path;

use crate::journal::faults::{Disk, Fault};
use crate::journal::{
    Error, Freed, Journal, LARGE_VALUE_BYTES, MemoryJournal, Record, RedbJournal, Settings, Snapshot, Write,
};
use crate::model::{Digest, Event, OpId, RunId, RunStatus, Time, Value};

use super::{claiming, fresh_redb, me, run, with_status, write};

fn each(check: impl Fn(&dyn Journal)) {
    check(&MemoryJournal::new());
    check(&*fresh_redb());
}

/// A run that has ended: two records, the second of which holds a large value; a key, a snapshot, a plan and a text.
fn ended(n: u64, plan: u8, letter: &str) -> [Write; 2] {
    let mut first = claiming(with_status(write(n, 0), n, RunStatus::Running), &format!("key {n}"), n as u8);
    first.summary.as_mut().expect("a row").plan = Digest([plan; 32]);
    first.texts = vec![(Digest([plan; 32]), "a plan".into()), (Digest([99; 32]), "a text of them all".into())];
    first.snapshot = Some(Snapshot::Store(vec![1]));
    let mut last = with_status(write(n, 1), n, RunStatus::Succeeded);
    last.summary.as_mut().expect("a row").plan = Digest([plan; 32]);
    last.record = large(letter).encode();
    [first, last]
}

fn large(letter: &str) -> Record {
    let result = Value::text(letter.repeat(LARGE_VALUE_BYTES));
    Record { at: Time::from_unix_ms(5), events: vec![Event::StepSucceeded { op: OpId(0), result }] }
}

fn child_of(parent: u64, mut writes: [Write; 2]) -> [Write; 2] {
    for write in &mut writes {
        write.summary.as_mut().expect("a row").parent = Some(run(parent));
    }
    writes
}

fn is_gone(journal: &dyn Journal, n: u64) -> bool {
    let gone = journal.summary(run(n)).expect("reads").is_none();
    assert_eq!(journal.length(run(n)).expect("reads") == 0, gone, "run {n} is there by half");
    assert_eq!(journal.history(run(n), 0, 9).expect("reads").is_empty(), gone, "run {n} is there by half");
    assert_eq!(journal.known("w", &format!("key {n}")).expect("reads").is_none(), gone, "the key of run {n}");
    assert_eq!(journal.snapshot(run(n)).expect("reads").is_none(), gone, "the snapshot of run {n}");
    gone
}

#[test]
fn a_run_goes_with_all_that_is_its_own() {
    each(|journal| {
        journal.commit(&ended(1, 7, "a")).expect("stored");
        journal.commit(&ended(2, 7, "a")).expect("stored");
        let freed = journal.forget(&[run(1), run(9)]).expect("removed");
        assert_eq!((freed.seen, freed.runs, freed.records, freed.values), (2, 1, 2, 0));
        assert!(is_gone(journal, 1) && !is_gone(journal, 2));
        assert_eq!(journal.history(run(2), 1, 9).expect("reads"), [large("a")]);
        assert_eq!(journal.forget(&[run(1)]).expect("again"), Freed { seen: 1, ..Freed::default() });
        let freed = journal.forget(&[run(2)]).expect("removed");
        assert_eq!((freed.runs, freed.values), (1, 1), "nobody holds the value any more");
        assert!(freed.bytes > LARGE_VALUE_BYTES as u64);
        // The key is free, and the value comes back with the next who needs it.
        journal.commit(&ended(3, 7, "a")).expect("stored");
        let [first, last] = ended(4, 7, "a");
        journal.commit(&[claiming(first, "key 1", 4), last]).expect("stored");
        assert_eq!(journal.known("w", "key 1").expect("reads").map(|known| known.0), Some(run(4)));
        assert_eq!(journal.history(run(3), 1, 9).expect("reads"), [large("a")]);
    });
}

#[test]
fn what_goes_on_stays_and_so_do_its_relatives() {
    each(|journal| {
        let [parent, end] = ended(1, 7, "a");
        journal.commit(&[parent]).expect("stored");
        journal.commit(&child_of(1, ended(2, 7, "a"))).expect("stored");
        let [child, end_of_child] = child_of(4, ended(5, 7, "a"));
        journal.commit(&ended(4, 7, "a")).expect("stored");
        journal.commit(&[child]).expect("stored");
        let all = [run(1), run(2), run(4), run(5)];
        let freed = journal.forget(&all).expect("removed");
        assert_eq!((freed.seen, freed.runs), (4, 0));
        assert_eq!(journal.unfinished().expect("reads").len(), 2);
        journal.commit(&[end, end_of_child]).expect("stored");
        assert_eq!(journal.forget(&all).expect("removed").runs, 4);
        assert_eq!(journal.children(run(1), None, 9).expect("reads"), []);
        let mut waits = with_status(write(6, 0), 6, RunStatus::NeedsAttention);
        waits.summary.as_mut().expect("a row").due = None;
        journal.commit(&[waits]).expect("stored");
        assert_eq!(journal.forget(&[run(6)]).expect("removed").runs, 0);
    });
}

#[test]
fn plans_and_texts_go_when_no_run_follows_them() {
    each(|journal| {
        journal.commit(&ended(1, 7, "a")).expect("stored");
        journal.commit(&ended(2, 8, "a")).expect("stored");
        let texts = |journal: &dyn Journal| [7, 8, 99].map(|n| journal.text(Digest([n; 32])).expect("reads").is_some());
        assert_eq!(journal.sweep().expect("swept"), Freed::default());
        journal.forget(&[run(1)]).expect("removed");
        let freed = journal.sweep().expect("swept");
        assert_eq!((freed.texts, freed.keys, texts(journal)), (1, 1, [false, true, true]));
        // A plan that comes again is stored again.
        journal.commit(&ended(3, 7, "a")).expect("stored");
        assert_eq!((journal.sweep().expect("swept").texts, texts(journal)), (0, [true; 3]));
        journal.forget(&[run(2), run(3)]).expect("removed");
        assert_eq!((journal.sweep().expect("swept").texts, texts(journal)), (3, [false; 3]));
    });
}

fn opened(disk: &Disk) -> Result<RedbJournal, Error> {
    RedbJournal::with_backend(disk.backend(), Path::new("j.redb"), &Settings::default(), me().started)
}

/// Four ended runs; two of them are removed, then what is loose.
fn remove(disk: &Disk) -> Result<(), Error> {
    let journal = opened(disk)?;
    journal.forget(&[run(1)])?;
    journal.forget(&[run(2)])?;
    journal.sweep().map(drop)
}

#[test]
fn whatever_fails_meanwhile_each_run_is_there_or_gone() {
    let filled = {
        let disk = Disk::new();
        let journal = opened(&disk).expect("a new journal");
        for n in 1..=4 {
            journal.commit(&ended(n, n as u8 % 2, "a")).expect("stored");
        }
        drop(journal);
        disk.bytes()
    };
    let disk = Disk::holding(&filled);
    remove(&disk).expect("nothing fails");
    let operations = disk.operations();
    let mut failed = 0;
    for fault in Fault::ALL {
        for k in 0..operations {
            let what = format!("{fault:?} at operation {k}");
            let disk = Disk::holding(&filled);
            disk.fail(k, fault, false);
            // A failure here or there: what came of it is looked at below.
            let _ = remove(&disk);
            failed += disk.failed();
            disk.heal();
            disk.restart([0, u64::MAX, k, k + 1][(k % 4) as usize]);
            let journal = opened(&disk).unwrap_or_else(|error| panic!("{what}: {error}"));
            let gone: Vec<bool> = (1..=4).map(|n| is_gone(&journal, n)).collect();
            let in_order = gone[0] || !gone[1];
            assert!(in_order && !gone[2] && !gone[3], "{what}: {gone:?}");
            for n in 3..=4 {
                let history = journal.history(run(n), 1, 9).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(history, [large("a")], "{what}");
                let plan = journal.text(Digest([n as u8 % 2; 32])).expect("reads");
                assert_eq!(plan.as_deref(), Some("a plan"), "{what}");
            }
            let all: Vec<RunId> = (1..=4).map(run).collect();
            journal.forget(&all).expect("removed");
            journal.sweep().expect("swept");
            assert_eq!(journal.text(Digest([99; 32])).expect("reads"), None, "{what}: something was left");
        }
    }
    assert!(failed > 20, "only {failed} operations failed");
}
