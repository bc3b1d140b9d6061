//! Large values are stored once, and read as if they stood in their records.

use std::path::PathBuf;

use ::redb::{Builder, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use crate::journal::faults::Disk;
use crate::journal::{
    Error, Journal, LARGE_VALUE_BYTES, MAX_PAGE_BYTES, MemoryJournal, Outcome, Record, Refusal, Write,
};
use crate::model::{Event, OpId, Time, Value};

use super::{fresh_redb, on, run, write};

const VALUES: TableDefinition<&[u8; 32], &str> = TableDefinition::new("values");
const HISTORY: TableDefinition<&[u8; 24], &[u8]> = TableDefinition::new("history");

fn each(check: impl Fn(&dyn Journal)) {
    check(&MemoryJournal::new());
    check(&*fresh_redb());
}

/// A record whose step gave a large text, and beside it something of its own.
fn large(letter: &str, own: i64) -> Record {
    let result = Value::map([("text", Value::text(letter.repeat(LARGE_VALUE_BYTES))), ("own", Value::Int(own))]);
    Record { at: Time::from_unix_ms(own), events: vec![Event::StepSucceeded { op: OpId(0), result }] }
}

fn holding(n: u64, seq: u64, letter: &str) -> Write {
    Write { record: large(letter, seq as i64).encode(), ..write(n, seq) }
}

#[test]
fn a_history_has_its_large_values() {
    each(|journal| {
        journal.commit(&[holding(1, 0, "a"), holding(2, 0, "a"), holding(1, 1, "a"), write(1, 2)]).expect("stored");
        journal.commit(&[holding(1, 3, "b")]).expect("stored");
        let read = journal.history(run(1), 0, 9).expect("reads");
        assert_eq!((read.len(), &read[0], &read[1]), (4, &large("a", 0), &large("a", 1)));
        assert_eq!(read[3], large("b", 3));
        assert_eq!(journal.history(run(2), 0, 9).expect("reads"), [large("a", 0)]);
    });
}

#[test]
fn what_is_sent_again_is_known_and_what_differs_is_refused() {
    each(|journal| {
        for _ in 0..2 {
            let outcomes = journal.commit(&[holding(1, 0, "a"), holding(1, 1, "b")]).expect("stored");
            assert_eq!(outcomes, [Outcome::Stored, Outcome::Stored]);
        }
        for (seq, letter) in [(0, "b"), (1, "a")] {
            let error = journal.commit(&[holding(1, seq, letter)]).expect_err("another record");
            assert!(matches!(error, Error::Refused { why: Refusal::Rewritten, .. }), "{error}");
        }
        assert_eq!(journal.length(run(1)).expect("reads"), 2);
    });
}

#[test]
fn a_page_is_bounded_by_what_is_read_and_not_by_what_is_stored() {
    each(|journal| {
        let writes: Vec<Write> = (0..100).map(|seq| holding(1, seq, "a")).collect();
        journal.commit(&writes).expect("stored");
        let page = journal.history(run(1), 0, 1_000).expect("reads").len();
        assert_eq!(page, MAX_PAGE_BYTES.div_ceil(large("a", 10).encode().len()));
    });
}

#[test]
fn each_value_is_on_disk_once() {
    let disk = Disk::new();
    let journal = on(&disk).expect("a new journal");
    journal.commit(&[holding(1, 0, "a"), holding(2, 0, "a"), holding(1, 1, "a"), holding(1, 2, "b")]).expect("stored");
    drop(journal);
    let db = Builder::new().create_with_backend(disk.backend()).expect("opens");
    let txn = db.begin_read().expect("reads");
    assert_eq!(txn.open_table(VALUES).expect("a table").len().expect("reads"), 2);
    for row in txn.open_table(HISTORY).expect("a table").iter().expect("reads") {
        assert!(row.expect("a row").1.value().len() < 300, "a record holds its value itself");
    }
}

#[test]
fn a_missing_or_damaged_value_concerns_its_run_alone() {
    for (damage, said) in [(None, "is missing"), (Some("\"b\""), "is damaged")] {
        let disk = Disk::new();
        let journal = on(&disk).expect("a new journal");
        journal.commit(&[holding(1, 0, "a"), holding(2, 0, "b"), write(3, 0)]).expect("stored");
        drop(journal);
        let db = Builder::new().create_with_backend(disk.backend()).expect("opens");
        let txn = db.begin_write().expect("writes");
        {
            let mut values = txn.open_table(VALUES).expect("a table");
            let first = |row: ::redb::AccessGuard<'_, &str>| row.value().starts_with("\"a");
            let all: Vec<[u8; 32]> = values.iter().expect("reads").map(|row| *row.expect("a row").0.value()).collect();
            let of = |hash: &[u8; 32]| values.get(hash).expect("reads").is_some_and(first);
            let hash = *all.iter().find(|hash| of(hash)).expect("the value is there");
            match damage {
                None => drop(values.remove(&hash).expect("removed")),
                Some(other) => drop(values.insert(&hash, other).expect("changed")),
            }
        }
        txn.commit().expect("stored");
        drop(db);
        let journal = on(&disk).expect("opens");
        let error = journal.history(run(1), 0, 9).expect_err("a damaged history");
        assert!(error.is_of_one_run() && error.to_string().contains(said), "{error}");
        assert_eq!(journal.history(run(2), 0, 9).expect("reads"), [large("b", 0)]);
        assert_eq!(journal.length(run(3)).expect("reads"), 1);
        journal.commit(&[write(3, 1)]).expect("the store goes on");
    }
}

/// A record of version 2 as it was stored, and its values, a line each.
#[test]
fn version_2_is_read_as_it_was_meant_and_written_alike() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v2/large_values.txt");
    let list = Value::list((0..12_000).map(Value::Int).collect());
    let result = Value::map([("text", Value::text("@\"".repeat(40_000))), ("ids", list), ("few", Value::Int(1))]);
    let events =
        vec![Event::StepSucceeded { op: OpId(7), result: result.clone() }, Event::RunSucceeded { output: result }];
    let record = Record { at: Time::from_unix_ms(1_790_000_000_000), events };
    let apart = crate::journal::apart::Apart::of(&record.encode()).expect("it holds large values");
    let values = apart.values.iter().map(|(digest, text)| format!("{digest} {text}\n"));
    let text = String::from_utf8(apart.record[1..].to_vec()).expect("text") + "\n" + &*values.collect::<String>();
    if std::env::var_os("WF_BLESS").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden record is there");
    assert!(golden == text, "it would be written as another");
    let mut lines = golden.lines();
    let stored = [&[2], lines.next().expect("a record").as_bytes()].concat();
    let values: Vec<(&str, &str)> = lines.map(|line| line.split_once(' ').expect("a hash and a value")).collect();
    let find = &mut |digest: crate::model::Digest| {
        let found = values.iter().find(|(hash, _)| *hash == digest.to_string());
        Ok::<_, Error>(found.map(|(_, text)| (*text).into()))
    };
    let (read, _) = crate::journal::record::decode_stored(run(1), &stored, find).expect("reads");
    assert_eq!(read, record);
}
