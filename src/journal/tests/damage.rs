//! Files that are no journal, or no longer: refused by name, without a panic, and left as they were.

use crate::journal::faults::Disk;
use crate::journal::{Error, Filter, Journal, RedbJournal};
use crate::model::RunStatus;

use super::{on, run, with_status, write};

const RUNS: u64 = 12;

/// What a journal holds, as far as anybody can see.
fn told(journal: &RedbJournal) -> Result<String, Error> {
    let mut all = format!("{:?}", journal.runs(&Filter::newest(100))?);
    for n in 0..RUNS {
        all += &format!("{:?}", journal.history(run(n), 0, 100)?);
    }
    Ok(all)
}

/// The file of a journal with some histories, closed in order, and what it holds.
fn sound() -> (Vec<u8>, String) {
    let disk = Disk::new();
    let journal = on(&disk).expect("a new journal");
    for n in 0..RUNS {
        journal.commit(&[with_status(write(n, 0), n, RunStatus::Running)]).expect("stored");
        journal.commit(&[write(n, 1), write(n, 2)]).expect("stored");
    }
    let all = told(&journal).expect("reads");
    drop(journal);
    (disk.bytes(), all)
}

/// Opens the bytes: either they are refused and untouched, or all that was stored is there. True if refused.
fn refused_or_whole(bytes: &[u8], all: &str, what: &str) -> bool {
    let disk = Disk::holding(bytes);
    match on(&disk) {
        Ok(journal) => {
            assert_eq!(told(&journal).expect(what), all, "{what}");
            false
        }
        Err(Error::Damaged { .. } | Error::Foreign { .. }) => {
            assert!(disk.bytes() == bytes, "{what} was written to");
            true
        }
        Err(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn a_flipped_bit_is_found_or_harmless() {
    let (bytes, all) = sound();
    let mut refused = 0;
    // The header bit for bit, the rest here and there.
    let places = (0..4_096).chain((4_096..bytes.len() * 8).step_by(4_099));
    for place in places {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        refused += usize::from(refused_or_whole(&flipped, &all, &format!("bit {place}")));
    }
    assert!(refused > 100, "only {refused} damages were found");
}

#[test]
fn a_truncated_file_is_found() {
    let (bytes, all) = sound();
    for len in (1..bytes.len()).step_by(1_531) {
        assert!(refused_or_whole(&bytes[..len], &all, &format!("{len} of {} bytes", bytes.len())));
    }
}

#[test]
fn pages_of_zeros_are_found_or_harmless() {
    let (bytes, all) = sound();
    let mut refused = 0;
    for page in 0..bytes.len() / 4_096 {
        let mut zeroed = bytes.clone();
        zeroed[page * 4_096..(page + 1) * 4_096].fill(0);
        refused += usize::from(refused_or_whole(&zeroed, &all, &format!("page {page}")));
    }
    assert!(refused > 3, "only {refused} damages were found");
}

#[test]
fn a_database_of_another_program_is_foreign() {
    let disk = Disk::new();
    let db = ::redb::Builder::new().create_with_backend(disk.backend()).expect("a database");
    let txn = db.begin_write().expect("begins");
    txn.open_table(::redb::TableDefinition::<u64, u64>::new("theirs")).expect("a table");
    txn.commit().expect("commits");
    drop(db);
    let before = disk.bytes();
    let error = on(&disk).err().expect("refused");
    assert_eq!(error.to_string(), "`j.redb` is not a Wayfare store: it is a database of another program");
    assert!(disk.bytes() == before, "it was written to");
}

#[test]
fn a_newer_format_is_named() {
    let (bytes, _) = sound();
    let disk = Disk::holding(&bytes);
    let db = ::redb::Builder::new().create_with_backend(disk.backend()).expect("opens");
    let txn = db.begin_write().expect("begins");
    txn.open_table(::redb::TableDefinition::<&str, u64>::new("meta")).expect("there").insert("format", 9).expect("set");
    txn.commit().expect("commits");
    drop(db);
    let before = disk.bytes();
    let error = on(&disk).err().expect("refused");
    assert_eq!(error.to_string(), "the store `j.redb` has format 9; this version reads formats up to 2");
    assert!(disk.bytes() == before, "it was written to");
}

#[test]
fn one_file_is_opened_by_one_only() {
    let disk = Disk::new();
    let first = on(&disk).expect("opens");
    assert!(matches!(on(&disk), Err(Error::Busy { .. })), "the lock methods reach the backend");
    drop(first);
    on(&disk).expect("opens again");
}
