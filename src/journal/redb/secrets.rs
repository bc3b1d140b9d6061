//! The table of secrets: rows that only whoever wrote them can read.

use ::redb::{Database, ReadableDatabase, ReadableTable};

use super::Stop;
use super::tables::SECRETS;

pub(super) fn one(db: &Database, name: &str) -> Result<Option<Vec<u8>>, Stop> {
    let table = db.begin_read()?.open_table(SECRETS)?;
    Ok(table.get(name)?.map(|row| row.value().to_vec()))
}

pub(super) fn all(db: &Database) -> Result<Vec<(String, Vec<u8>)>, Stop> {
    let table = db.begin_read()?.open_table(SECRETS)?;
    let rows = table.iter()?.map(|row| row.map(|(name, kept)| (name.value().to_string(), kept.value().to_vec())));
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether there was a row of that name before.
pub(super) fn keep(db: &Database, name: &str, kept: Option<&[u8]>) -> Result<bool, Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(true);
    let before = {
        let mut table = txn.open_table(SECRETS)?;
        // Its rows are borrowed from the table.
        let before = match kept {
            Some(kept) => table.insert(name, kept)?.map(drop),
            None => table.remove(name)?.map(drop),
        };
        before.is_some()
    };
    txn.commit()?;
    Ok(before)
}

/// Whether there was none of that name, so that this one is kept.
pub(super) fn keep_if_absent(db: &Database, name: &str, kept: &[u8]) -> Result<bool, Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(true);
    let is_absent = {
        let mut table = txn.open_table(SECRETS)?;
        let is_absent = table.get(name)?.is_none();
        if is_absent {
            table.insert(name, kept)?;
        }
        is_absent
    };
    txn.commit()?;
    Ok(is_absent)
}
