//! Each operation of the disk fails in turn, in each way, and again while the store recovers: what was acknowledged
//! stays, the store opens again, and what is in it is whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use crate::journal::faults::{Disk, Fault};
use crate::journal::kv::{Ask, Verdict};
use crate::journal::{Error, Journal, Outcome, Record, RedbJournal, Settings, Snapshot, Write};
use crate::model::{Digest, Event, OpId, RunId, RunStatus, Time, Value};

use super::{asking, claiming, me, record, run, with_status, write};

const RUNS: u64 = 4;
const LENGTH: u64 = 6;

/// What the process does, one after the other.
enum Step {
    Commit(Vec<Write>),
    Settle,
    /// Leaves in order and opens again.
    Reopen,
}

/// Two dozen commits of several runs that begin, wait, call each other and end.
fn script() -> Vec<Step> {
    let mut steps = Vec::new();
    for round in 0..RUNS + LENGTH {
        let due = |n: &u64| round.checked_sub(*n).filter(|seq| *seq < LENGTH);
        let writes: Vec<Write> = (0..RUNS).filter_map(|n| due(&n).map(|seq| turn(n, seq))).collect();
        // One by one, and now and then together.
        if round % 3 != 2 {
            steps.extend(writes.into_iter().map(|write| Step::Commit(vec![write])));
        } else {
            steps.push(Step::Commit(writes));
        }
        match round {
            2 => steps.push(Step::Settle),
            5 => steps.push(Step::Reopen),
            _ => {}
        }
    }
    steps
}

/// Record `seq` of run `n`.
fn told(n: u64, seq: u64) -> Record {
    let result = match seq {
        1 => Value::Unit,
        // The first run is the first to add it.
        2 => Value::Bool(n == 0),
        _ => return record(1_000 * n + seq),
    };
    Record { at: Time::from_unix_ms(seq as i64), events: vec![Event::StepSucceeded { op: OpId(n as u32), result }] }
}

/// Write `seq` of run `n`.
fn turn(n: u64, seq: u64) -> Write {
    let mut write = write(n, seq);
    match seq {
        1 => return asking(n, seq, Ask::Put { key: format!("k{n}").into(), value: Value::Int(n as i64) }),
        2 => return asking(n, seq, Ask::Add { key: "shared".into(), value: Value::Int(n as i64) }),
        0 => {
            write = claiming(with_status(write, n, RunStatus::Running), &format!("key {n}"), n as u8);
            write.texts.push((Digest([n as u8 / 2; 32]), format!("text {}", n / 2).into()));
            write.summary.as_mut().expect("a row").parent = (n % 2 == 1).then(|| run(n - 1));
        }
        3 => {
            write = with_status(write, n, RunStatus::Waiting);
            write.summary.as_mut().expect("a row").due = (n != 1).then(|| Time::from_unix_ms(n as i64));
            write.snapshot = Some(Snapshot::Store(vec![n as u8; 100]));
        }
        // Of several pages.
        4 => write.record.extend([b' '; 6_000]),
        5 => {
            write = with_status(write, n, if n == 2 { RunStatus::Failed } else { RunStatus::Succeeded });
            write.snapshot = (n != 3).then_some(Snapshot::Drop);
            write.owes = vec![(run(n + 1), run(n))];
            write.settles = n.checked_sub(1).map(|child| (run(n), run(child))).into_iter().collect();
        }
        _ => {}
    }
    write
}

/// Opens the journal, with hardly any cache, so that it reads from the disk while it commits.
fn on(disk: &Disk) -> Result<RedbJournal, Error> {
    let settings = Settings { cache_bytes: 16 << 10, ..Settings::default() };
    RedbJournal::with_backend(disk.backend(), Path::new("j.redb"), &settings, me().started)
}

/// How far the script was acknowledged.
#[derive(Default)]
struct Progress {
    next: usize,
    /// How many records of each run.
    acknowledged: BTreeMap<RunId, u64>,
}

/// Goes on with the script from where it was acknowledged. The error is the first one that came.
fn play(disk: &Disk, script: &[Step], progress: &mut Progress) -> Result<(), Error> {
    let mut journal = on(disk)?;
    while let Some(step) = script.get(progress.next) {
        match step {
            Step::Commit(writes) => {
                let outcomes = journal.commit(writes)?;
                let is_stored = |outcome| matches!(outcome, &Outcome::Stored | &Outcome::Decided(Verdict::Gives(_)));
                assert!(outcomes.iter().all(is_stored), "{outcomes:?}");
                for write in writes {
                    progress.acknowledged.insert(write.run, write.seq + 1);
                }
            }
            Step::Settle => journal.settle()?,
            Step::Reopen => {
                drop(journal);
                journal = on(disk)?;
            }
        }
        progress.next += 1;
    }
    Ok(())
}

/// That everything acknowledged is there, and what is there is whole.
fn verify(journal: &RedbJournal, acknowledged: &BTreeMap<RunId, u64>, what: &str) {
    let (mut live, mut awake, mut due, mut lengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in 0..RUNS {
        let history = journal.history(run(n), 0, 100).expect(what);
        let stored = history.len() as u64;
        assert!(stored >= acknowledged.get(&run(n)).copied().unwrap_or(0), "{what}: run {n} lost records");
        assert!(history.into_iter().eq((0..stored).map(|seq| told(n, seq))), "{what}: run {n} differs");
        let row = journal.summary(run(n)).expect(what);
        let last_told = (0..stored).rev().find_map(|seq| turn(n, seq).summary);
        assert_eq!(row.as_ref().map(|row| row.status), last_told.map(|row| row.status), "{what}: run {n}");
        live.extend(row.iter().filter(|row| !row.status.is_ended()).map(|row| row.id));
        awake.extend(row.iter().filter(|row| row.status == RunStatus::Running).map(|row| row.id));
        due.extend(row.filter(|row| row.status == RunStatus::Waiting).and_then(|row| Some((row.due?, row.id))));
        let snapshot = journal.snapshot(run(n)).expect(what);
        let kept = if n == 3 { 4..=LENGTH } else { 4..=LENGTH - 1 };
        assert_eq!(snapshot, kept.contains(&stored).then(|| vec![n as u8; 100]), "{what}: run {n}");
        lengths.push(stored);
        let owner = journal.known("w", &format!("key {n}")).expect(what);
        assert_eq!(owner, (stored > 0).then_some((run(n), Digest([n as u8; 32]))), "{what}: run {n}");
        if stored > 0 {
            let text = journal.text(Digest([n as u8 / 2; 32])).expect(what);
            assert_eq!(text.as_deref(), Some(&*format!("text {}", n / 2)), "{what}");
        }
        let is_child = n % 2 == 1 && stored > 0;
        let parent = run(n - n % 2);
        let listed = journal.children(parent, None, 9).expect(what).iter().any(|row| row.id == run(n));
        assert_eq!(listed, is_child, "{what}: run {n} as a child");
    }
    // Each ends one round before the one that is to hear of it.
    let answered = (1..RUNS as usize).filter(|n| lengths[n - 1] == LENGTH && lengths[*n] < LENGTH);
    let owed: Vec<_> = answered.map(|n| (run(n as u64), run(n as u64 - 1))).collect();
    assert_eq!(journal.owed(None, 9).expect(what), owed, "{what}");
    let unfinished = journal.unfinished().expect(what).into_iter().map(|row| row.id);
    assert!(unfinished.eq(live), "{what}: the index of live runs is wrong");
    assert_eq!(journal.awake(None, 9).expect(what), awake, "{what}: the index of runs that go on is wrong");
    assert_eq!(journal.due(Time::from_unix_ms(i64::MAX), None, 9).expect(what), due, "{what}: the timers");
}

/// A journal that was just made, as the folder makes it: in one go.
fn made() -> Disk {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = MADE.get_or_init(|| {
        let disk = Disk::new();
        drop(on(&disk).expect("a new journal"));
        disk.bytes()
    });
    Disk::holding(bytes)
}

/// What a case does once the store has failed: start the process again, or the machine.
fn recover(disk: &Disk, fault: Fault, seed: u64) {
    disk.heal();
    if fault == Fault::PowerLoss || seed.is_multiple_of(2) {
        // All of what was not durable is lost, or none, or some.
        disk.restart([0, u64::MAX, seed, seed + 1][(seed / 2 % 4) as usize]);
    }
}

/// Plays the script with operation `k` failing, and another one during the recovery. True if there was a failure.
fn case(script: &[Step], fault: Fault, k: u64) -> bool {
    let what = format!("{fault:?} at operation {k}");
    let disk = made();
    let mut progress = Progress::default();
    disk.fail(k, fault, k % 3 == 1);
    for attempt in 0.. {
        match play(&disk, script, &mut progress) {
            Ok(()) => break,
            Err(Error::Io { .. } | Error::Full { .. } | Error::Stopped) => {}
            Err(other) => panic!("{what}: {other}"),
        }
        assert!(attempt < 3, "{what}: the store doesn't open again");
        recover(&disk, fault, k + attempt);
        if attempt == 0 {
            disk.fail(k * 7 % 29, fault, false);
        } else {
            verify(&on(&disk).unwrap_or_else(|e| panic!("{what}: {e}")), &progress.acknowledged, &what);
        }
    }
    let failed = disk.failed() > 0;
    // At any time the power may fail.
    disk.restart(k % 2 * u64::MAX);
    verify(&on(&disk).unwrap_or_else(|e| panic!("{what}: {e}")), &progress.acknowledged, &what);
    assert!(progress.acknowledged.values().all(|stored| *stored == LENGTH));
    let journal = on(&disk).unwrap_or_else(|e| panic!("{what}: {e}"));
    let keys = journal.commit(&[asking(RUNS, 0, Ask::List { prefix: "".into() })]).expect(&what);
    let all: Vec<Value> = ["k0", "k1", "k2", "k3", "shared"].into_iter().map(Value::text).collect();
    assert_eq!(keys, [Outcome::Decided(Verdict::Gives(Value::list(all)))], "{what}: the keys");
    failed
}

fn sweep(fault: Fault) {
    let script = script();
    let disk = made();
    play(&disk, &script, &mut Progress::default()).expect("nothing fails");

    let failed = (0..disk.operations()).filter(|k| case(&script, fault, *k)).count();
    assert!(failed > 20, "only {failed} operations failed");
}

#[test]
fn every_operation_may_fail_with_eio() {
    sweep(Fault::Io);
}

#[test]
fn the_disk_may_be_full_at_every_operation() {
    sweep(Fault::NoSpace);
}

#[test]
fn every_write_may_be_short() {
    sweep(Fault::ShortWrite);
}

#[test]
fn every_sync_may_fail() {
    sweep(Fault::FailedSync);
}

#[test]
fn the_power_may_fail_at_every_operation() {
    sweep(Fault::PowerLoss);
}

#[test]
fn a_journal_refuses_all_after_a_failure_and_goes_on_when_opened_again() {
    let disk = made();
    let journal = super::on(&disk).expect("opens");
    journal.commit(&[turn(0, 0)]).expect("stored");
    disk.fail(0, Fault::NoSpace, false);
    let error = journal.commit(&[turn(0, 1)]).expect_err("fails");
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(matches!(journal.commit(&[turn(0, 1)]), Err(Error::Stopped)), "though there would be room again");
    assert!(matches!(journal.settle(), Err(Error::Stopped)));
    drop(journal);
    let journal = on(&disk).expect("opens again");
    journal.commit(&[turn(0, 1)]).expect("stored");
    assert_eq!(journal.length(run(0)).expect("reads"), 2);
}

#[test]
fn the_disk_loses_what_was_not_synced() {
    use ::redb::StorageBackend;
    let disk = Disk::new();
    let file = disk.backend();
    file.write(0, &[1; 1_024]).expect("writes");
    file.sync_data().expect("syncs");
    file.write(0, &[2; 1_024]).expect("writes");
    let mut seen = [0; 1_024];
    file.read(0, &mut seen).expect("reads");
    assert_eq!(seen, [2; 1_024], "a reader sees what was written");
    disk.restart(0);
    assert_eq!(disk.bytes(), [1; 1_024]);
    let torn = (1..100_u8).any(|seed| {
        file.write(0, &[seed; 1_024]).expect("writes");
        disk.restart(seed.into());
        let bytes = disk.bytes();
        bytes[..512] != bytes[512..]
    });
    assert!(torn, "a write may be there in part");
}
