//! The tables of the file and how their keys are written (drawn in `docs/format.md`). A change here is a change of
//! the stored format.

use std::path::Path;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError};

use crate::model::{Digest, RunId, Time};

use super::super::Error;
use super::Stop;

/// What the file is: the number of its format, and when it was made.
pub(super) const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// (run, position) to the record.
pub(super) const HISTORY: TableDefinition<&[u8; 24], &[u8]> = TableDefinition::new("history");
/// Run to its row.
pub(super) const RUNS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("runs");
/// The runs that have not ended.
pub(super) const LIVE: TableDefinition<&[u8; 16], ()> = TableDefinition::new("live");
/// Hash to plan or source text.
pub(super) const TEXTS: TableDefinition<&[u8; 32], &str> = TableDefinition::new("texts");
/// (workflow, idempotency key) to the run and the hash of its input.
pub(super) const KEYS: TableDefinition<(&str, &str), &[u8; 48]> = TableDefinition::new("keys");
/// (parent, child).
pub(super) const CHILDREN: TableDefinition<&[u8; 32], ()> = TableDefinition::new("children");

/// The number of the tables' format, in `meta` under this name.
pub(super) const FORMAT: u64 = 1;
pub(super) const FORMAT_KEY: &str = "format";
pub(super) const CREATED_KEY: &str = "created_ms";

pub(super) fn place(run: RunId, seq: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&run.bytes());
    key[16..].copy_from_slice(&seq.to_be_bytes());
    key
}

/// How many records `history` has of the run.
pub(super) fn length(history: &impl ReadableTable<&'static [u8; 24], &'static [u8]>, run: RunId) -> Result<u64, Stop> {
    let (first, end) = (place(run, 0), place(run, u64::MAX));
    let last = history.range::<&[u8; 24]>(&first..=&end)?.next_back().transpose()?;
    let mut position = [0; 8];
    let Some((key, _)) = last else { return Ok(0) };
    position.copy_from_slice(&key.value()[16..]);
    Ok(u64::from_be_bytes(position) + 1)
}

pub(super) fn relation(parent: RunId, child: RunId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&parent.bytes());
    key[16..].copy_from_slice(&child.bytes());
    key
}

/// The child that a key of `children` holds.
pub(super) fn child(key: &[u8; 32]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&key[16..]);
    bytes
}

pub(super) fn owner(run: RunId, input: Digest) -> [u8; 48] {
    let mut row = [0; 48];
    row[..16].copy_from_slice(&run.bytes());
    row[16..].copy_from_slice(&input.0);
    row
}

/// The run and the hash of its input that a row of `keys` holds.
pub(super) fn owned(row: &[u8; 48]) -> (RunId, Digest) {
    let (mut run, mut input) = ([0; 16], [0; 32]);
    run.copy_from_slice(&row[..16]);
    input.copy_from_slice(&row[16..]);
    (RunId::from_bytes(run), Digest(input))
}

/// Makes all tables of a new journal.
pub(super) fn create(db: &Database, now: Time) -> Result<(), Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(true);
    {
        let mut meta = txn.open_table(META)?;
        meta.insert(FORMAT_KEY, FORMAT)?;
        meta.insert(CREATED_KEY, u64::try_from(now.unix_ms()).unwrap_or(0))?;
        txn.open_table(HISTORY)?;
        txn.open_table(RUNS)?;
        txn.open_table(LIVE)?;
        txn.open_table(TEXTS)?;
        txn.open_table(KEYS)?;
        txn.open_table(CHILDREN)?;
    }
    Ok(txn.commit()?)
}

/// Sees that the database is a journal, of a format that is known here.
pub(super) fn verify(db: &Database, place: &Path) -> Result<(), Stop> {
    let txn = db.begin_read()?;
    let path = || place.to_path_buf();
    let meta = txn.open_table(META).map_err(|error| match error {
        TableError::Storage(error) => Stop::from(error),
        _ => Stop::Said(Error::Foreign { path: path(), what: "it is a database of another program".into() }),
    })?;
    let format = meta.get(FORMAT_KEY)?.map(|row| row.value());
    match format {
        Some(FORMAT) => {}
        Some(found) if found > FORMAT => return Err(Error::Newer { path: path(), found, known: FORMAT }.into()),
        found => {
            let why = format!("its format number is {}", found.map_or_else(|| "missing".into(), |n| n.to_string()));
            return Err(Error::Damaged { path: path(), why }.into());
        }
    }
    txn.open_table(HISTORY)?;
    txn.open_table(RUNS)?;
    txn.open_table(LIVE)?;
    txn.open_table(TEXTS)?;
    txn.open_table(KEYS)?;
    txn.open_table(CHILDREN)?;
    Ok(())
}
