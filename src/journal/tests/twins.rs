//! The two journals do the same, whatever is asked of them; and a journal that was settled opens at once.

use std::sync::Arc;

use proptest::prelude::*;

use crate::journal::faults::Disk;
use crate::journal::kv::Ask;
use crate::journal::{Filter, Journal, MemoryJournal, RedbJournal, Settings, Snapshot, Write, Writer};
use crate::model::{Digest, RunStatus, Time, Value};

use super::{asking, claiming, fresh_redb, me, record, run, with_status, write};

const RUNS: u64 = 4;

/// A write of few runs, positions and keys, so that they often collide.
fn any_write() -> impl Strategy<Value = Write> {
    let status = prop::option::of((prop::sample::select(RunStatus::ALL), prop::option::of(0..3_i64)));
    let ask = prop::option::weighted(
        0.4,
        prop::sample::select(vec![
            Ask::Get { key: "a".into() },
            Ask::Put { key: "a".into(), value: Value::Int(1) },
            Ask::Put { key: "ab".into(), value: Value::text("x") },
            Ask::Add { key: "a".into(), value: Value::Int(2) },
            Ask::Add { key: "b".into(), value: Value::Int(3) },
            Ask::Delete { key: "a".into() },
            Ask::List { prefix: "a".into() },
            Ask::List { prefix: "".into() },
        ]),
    );
    let snapshot = prop::sample::select(vec![None, Some(Snapshot::Drop), Some(Snapshot::Store(vec![1, 2]))]);
    let owed = (prop::option::of((0..RUNS, 0..RUNS)), prop::option::of((0..RUNS, 0..RUNS)));
    (0..RUNS, 0..4_u64, status, prop::option::of(0..3_u8), prop::bool::weighted(0.1), snapshot, ask, owed).prop_map(
        |(n, seq, status, key, other, snapshot, ask, (owes, settles))| {
            let mut made = write(n, seq);
            if other {
                made.record = record(99).encode();
            }
            if let Some(ask) = ask {
                made = asking(n, seq, ask);
            }
            made.snapshot = snapshot;
            made.owes = owes.map(|(caller, child)| (run(caller), run(child))).into_iter().collect();
            made.settles = settles.map(|(caller, child)| (run(caller), run(child))).into_iter().collect();
            if let Some((status, due)) = status {
                made = with_status(made, n, status);
                let row = made.summary.as_mut().expect("a row");
                row.parent = (n % 2 == 1).then(|| run(n - 1));
                row.due = due.map(Time::from_unix_ms);
            }
            if let Some(key) = key {
                made = claiming(made, &format!("k{key}"), n as u8);
                made.texts.push((Digest([key; 32]), format!("text {key}").into()));
            }
            made
        },
    )
}

/// All that can be seen of a journal.
fn seen(journal: &dyn Journal) -> String {
    let mut all = format!("{:?}\n", journal.runs(&Filter::newest(9)).expect("reads"));
    all += &format!("{:?}\n", journal.unfinished().expect("reads"));
    all += &format!("{:?}\n", journal.awake(None, 9).expect("reads"));
    all += &format!("{:?}\n", journal.due(Time::from_unix_ms(1), None, 9).expect("reads"));
    all += &format!("{:?}\n", journal.due(Time::from_unix_ms(i64::MAX), None, 9).expect("reads"));
    all += &format!("{:?}\n", journal.owed(None, 99).expect("reads"));
    for n in 0..RUNS {
        all += &format!("{:?}\n", journal.snapshot(run(n)).expect("reads"));
        all += &format!("{n}: {:?}\n", journal.history(run(n), 0, 9).expect("reads"));
        all += &format!("{:?}\n", journal.children(run(n), None, 9).expect("reads"));
    }
    for key in 0..3 {
        all += &format!("{key}: {:?}\n", journal.known("w", &format!("k{key}")).expect("reads"));
        all += &format!("{:?}\n", journal.text(Digest([key; 32])).expect("reads"));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_redb_agree(commits in prop::collection::vec(prop::collection::vec(any_write(), 0..5), 1..12)) {
        let (memory, redb) = (MemoryJournal::new(), fresh_redb());
        for writes in commits {
            let (here, there) = (memory.commit(&writes), redb.commit(&writes));
            prop_assert_eq!(format!("{here:?}"), format!("{there:?}"));
        }
        prop_assert_eq!(seen(&memory), seen(&*redb));
    }
}

fn unchecked(disk: &Disk) -> RedbJournal {
    let settings = Settings { checked_bytes: 0, ..Settings::default() };
    RedbJournal::with_backend(disk.backend(), std::path::Path::new("j.redb"), &settings, me().started).expect("opens")
}

/// How many operations it takes to open what the disk holds at this moment.
fn opening(disk: &Disk) -> u64 {
    let copy = Disk::holding(&disk.bytes());
    let journal = unchecked(&copy);
    let operations = copy.operations();
    assert_eq!(journal.length(run(7)).expect("reads"), 50);
    operations
}

#[test]
fn a_settled_journal_opens_without_a_repair() {
    let disk = Disk::new();
    let journal = Arc::new(unchecked(&disk));
    let writer = Writer::start(journal.clone(), Box::new(|_| {})).expect("starts");
    writer.submit_all((0..50).flat_map(|seq| (0..40).map(move |n| (0, write(n, seq)))));
    writer.close().expect("closes");
    let settled = opening(&disk);
    journal.commit(&[write(0, 50)]).expect("stored");
    let busy = opening(&disk);
    journal.settle().expect("settles");
    assert_eq!(opening(&disk), settled);
    // Not by much: without optimization redb reads all of it either way, but only a repair writes and syncs.
    assert!(busy > settled, "{busy} operations with a repair, {settled} without");
}
