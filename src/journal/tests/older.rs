//! A store of format 1, written by the program of that time, is brought to the present format as it is opened:
//! whatever fails meanwhile, it is one or the other, and nothing is lost.
//!
//! `tests/journals/store1/` holds it beside the workflows it was made from: `finished` ran to its end under the key
//! `first`; `napping` and `calling`, which called another `napping`, wait; the process of `asking` was killed as
//! `answering`, which it had called, had ended, and before it was told.

use std::fs;
use std::path::Path;

use crate::journal::faults::{Disk, Fault};
use crate::journal::{Filter, Folder, Journal, Settings};
use crate::model::{RunStatus, RunSummary, Time};

use super::{me, on, with_status};

const FORMAT_1: &[u8] = include_bytes!("../../../tests/journals/store1/journal.redb");

fn told(journal: &dyn Journal) -> String {
    let runs = journal.runs(&Filter::newest(9)).expect("reads");
    let histories = runs.iter().map(|run| journal.history(run.id, 0, 99).expect("reads"));
    let histories: Vec<_> = histories.collect();
    format!("{runs:?}\n{histories:?}\n{:?}", journal.known("finished", "first").expect("reads").map(|known| known.0))
}

fn verify(journal: &dyn Journal, what: &str) {
    let mut rows: Vec<RunSummary> = journal.runs(&Filter::newest(9)).expect(what);
    rows.reverse();
    let said: Vec<_> = rows.iter().map(|row| (&*row.workflow, row.status)).collect();
    use RunStatus::{Succeeded, Waiting};
    let first = [("finished", Succeeded), ("napping", Waiting), ("calling", Waiting), ("napping", Waiting)];
    let all = [&first[..], &[("answering", Succeeded), ("asking", Waiting)]].concat();
    assert_eq!(said, all, "{what}");
    let unfinished = [&rows[1..4], &rows[5..]].concat();
    assert_eq!(journal.unfinished().expect(what), unfinished, "{what}");
    let waiting = [1, 2, 3, 5].map(|n: usize| (rows[n].id, rows[n].id));
    assert_eq!(journal.owed(None, 9).expect(what), waiting, "each is woken once: {what}");
    assert_eq!(journal.awake(None, 9).expect(what), [], "{what}");
    let due = rows.iter().filter_map(|row| Some((row.due?, row.id)));
    let due: Vec<_> = due.collect();
    assert_eq!(due.len(), 2, "{what}");
    assert_eq!(journal.due(Time::from_unix_ms(i64::MAX), None, 9).expect(what), due, "{what}");
    assert_eq!(journal.known("finished", "first").expect(what).map(|known| known.0), Some(rows[0].id), "{what}");
    assert_eq!(journal.snapshot(rows[1].id).expect(what), None, "{what}");
    let records: usize = rows.iter().map(|row| journal.history(row.id, 0, 99).expect(what).len()).sum();
    assert_eq!(records, 13, "{what}");
}

#[test]
fn a_store_of_format_1_is_read_and_written_on() {
    let disk = Disk::holding(FORMAT_1);
    let journal = on(&disk).expect("opens");
    verify(&journal, "just opened");
    journal.commit(&[with_status(super::write(1, 0), 1, RunStatus::Running)]).expect("stored");
    assert_eq!(journal.awake(None, 9).expect("reads").len(), 1);
    let all = told(&journal);
    drop(journal);
    assert_eq!(told(&on(&disk).expect("opens again")), all);
}

#[test]
fn its_folder_is_opened_as_ever() {
    let temp = tempfile::TempDir::new().expect("a folder");
    let dir = temp.path().join("data");
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/store1");
    fs::create_dir(&dir).expect("made");
    for file in ["format", "journal.redb"] {
        fs::copy(old.join(file), dir.join(file)).expect("copied");
    }
    let folder = Folder::open(&dir, &Settings::default(), &me(), &mut |_| {}).expect("opens");
    verify(&*folder.journal(), "in its folder");
}

#[test]
fn whatever_fails_meanwhile_the_next_opening_has_it_all() {
    let disk = Disk::holding(FORMAT_1);
    drop(on(&disk).expect("opens"));
    let operations = disk.operations();
    let mut failed = 0;
    for fault in Fault::ALL {
        for k in 0..operations {
            let what = format!("{fault:?} at operation {k}");
            let disk = Disk::holding(FORMAT_1);
            disk.fail(k, fault, false);
            drop(on(&disk));
            failed += disk.failed();
            disk.heal();
            disk.restart([0, u64::MAX, k, k + 1][(k % 4) as usize]);
            verify(&on(&disk).unwrap_or_else(|error| panic!("{what}: {error}")), &what);
        }
    }
    assert!(failed > 20, "only {failed} operations failed");
}
