//! What is read: each question is one read transaction, ended before the answer is given.

use std::ops::Bound;
use std::sync::Arc;

use ::redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition};

use crate::model::{Digest, RunId, RunSummary, Time};

use super::super::record::{decode_stored, decode_summary};
use super::super::{Filter, MAX_PAGE_BYTES, Owed, Record};
use super::super::{ending, ends_with};
use super::Stop;
use super::tables::{self, CHILDREN, DUE, HISTORY, KEYS, LIVE, OWED, RESTING, RUNS, SNAPSHOTS, TEXTS, VALUES};

pub(super) fn history(db: &Database, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Stop> {
    let txn = db.begin_read()?;
    let table = txn.open_table(HISTORY)?;
    let rows = table.range::<&[u8; 24]>(&tables::place(run, from)..=&tables::place(run, u64::MAX))?;
    let mut records = Vec::new();
    let mut bytes = 0;
    for row in rows.take(most) {
        let row = row?.1;
        let (record, size) = decode_stored(run, row.value(), &mut |digest| value(&txn, digest))?;
        records.push(record);
        bytes += size;
        if bytes >= MAX_PAGE_BYTES {
            break;
        }
    }
    Ok(records)
}

fn value(txn: &ReadTransaction, digest: Digest) -> Result<Option<Box<str>>, Stop> {
    Ok(txn.open_table(VALUES)?.get(&digest.0)?.map(|row| row.value().into()))
}

pub(super) fn length(db: &Database, run: RunId) -> Result<u64, Stop> {
    let table = db.begin_read()?.open_table(HISTORY)?;
    tables::length(&table, run)
}

pub(super) fn summary(db: &Database, run: RunId) -> Result<Option<RunSummary>, Stop> {
    row(&db.begin_read()?, &run.bytes())
}

fn row(txn: &ReadTransaction, id: &[u8; 16]) -> Result<Option<RunSummary>, Stop> {
    let run = RunId::from_bytes(*id);
    let row = txn.open_table(RUNS)?.get(id)?;
    Ok(row.map(|row| decode_summary(run, row.value())).transpose()?)
}

pub(super) fn runs(db: &Database, filter: &Filter) -> Result<Vec<RunSummary>, Stop> {
    let table = db.begin_read()?.open_table(RUNS)?;
    let lowest = filter.lowest().bytes();
    // A list that is to begin before its end is an empty one; redb would panic.
    let before = filter.before.map_or([0xff; 16], |run| run.bytes());
    let mut found = Vec::new();
    if lowest > before {
        return Ok(found);
    }
    let mut rows = table.range::<&[u8; 16]>(&lowest..=&before)?;
    while found.len() < filter.most
        && let Some(row) = rows.next_back()
    {
        let (id, row) = row?;
        let run = RunId::from_bytes(*id.value());
        let summary = decode_summary(run, row.value())?;
        if filter.before != Some(run) && filter.admits(&summary) {
            found.push(summary);
        }
    }
    Ok(found)
}

pub(super) fn live(db: &Database, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Stop> {
    let txn = db.begin_read()?;
    let mut ids = ids(&txn, LIVE, after, most)?;
    ids.extend(self::ids(&txn, RESTING, after, most)?);
    ids.sort_unstable();
    ids.truncate(most);
    rows(&txn, &ids)
}

pub(super) fn awake(db: &Database, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Stop> {
    let ids = ids(&db.begin_read()?, LIVE, after, most)?;
    Ok(ids.into_iter().map(RunId::from_bytes).collect())
}

/// A page of an index of runs.
fn ids(
    txn: &ReadTransaction,
    index: TableDefinition<&'static [u8; 16], ()>,
    after: Option<RunId>,
    most: usize,
) -> Result<Vec<[u8; 16]>, Stop> {
    let table = txn.open_table(index)?;
    let after = after.map(|run| run.bytes());
    let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let page = table.range::<&[u8; 16]>((from, Bound::Unbounded))?.take(most);
    page.map(|row| Ok(*row?.0.value())).collect()
}

fn rows(txn: &ReadTransaction, ids: &[[u8; 16]]) -> Result<Vec<RunSummary>, Stop> {
    let runs = txn.open_table(RUNS)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = runs.get(id)? {
            found.push(decode_summary(RunId::from_bytes(*id), row.value())?);
        }
    }
    Ok(found)
}

pub(super) fn due(
    db: &Database,
    until: Time,
    after: Option<(Time, RunId)>,
    most: usize,
) -> Result<Vec<(Time, RunId)>, Stop> {
    let table = db.begin_read()?.open_table(DUE)?;
    let after = after.map(|(due, run)| tables::timer(due, run));
    let last = tables::timer(until, RunId::from_bytes([0xff; 16]));
    if after.is_some_and(|after| after >= last) {
        return Ok(Vec::new());
    }
    let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let page = table.range::<&[u8; 24]>((from, Bound::Included(&last)))?.take(most);
    page.map(|row| Ok(tables::timed(row?.0.value()))).collect()
}

pub(super) fn owed(db: &Database, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Stop> {
    let table = db.begin_read()?.open_table(OWED)?;
    let after = after.map(|(caller, child)| tables::relation(caller, child));
    let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let page = table.range::<&[u8; 32]>((from, Bound::Unbounded))?.take(most);
    page.map(|row| Ok(tables::related(row?.0.value()))).collect()
}

pub(super) fn snapshot(db: &Database, run: RunId) -> Result<Option<Vec<u8>>, Stop> {
    let table = db.begin_read()?.open_table(SNAPSHOTS)?;
    Ok(table.get(&run.bytes())?.map(|row| row.value().to_vec()))
}

pub(super) fn children(
    db: &Database,
    parent: RunId,
    after: Option<RunId>,
    most: usize,
) -> Result<Vec<RunSummary>, Stop> {
    let txn = db.begin_read()?;
    let table = txn.open_table(CHILDREN)?;
    let lowest = tables::relation(parent, after.unwrap_or(RunId::from_bytes([0; 16])));
    let highest = tables::relation(parent, RunId::from_bytes([0xff; 16]));
    let mut found = Vec::new();
    for key in table.range::<&[u8; 32]>(&lowest..=&highest)? {
        let id = tables::child(key?.0.value());
        if found.len() == most {
            break;
        }
        if after.is_none_or(|after| after.bytes() != id) {
            found.extend(row(&txn, &id)?);
        }
    }
    Ok(found)
}

pub(super) fn ending_with(db: &Database, suffix: &str, most: usize) -> Result<Vec<RunId>, Stop> {
    let Some(digits) = ending(suffix) else { return Ok(Vec::new()) };
    let table = db.begin_read()?.open_table(RUNS)?;
    let mut found = Vec::new();
    let mut rows = table.iter()?;
    while found.len() < most
        && let Some(row) = rows.next_back()
    {
        let id = row?.0;
        if ends_with(id.value(), &digits) {
            found.push(RunId::from_bytes(*id.value()));
        }
    }
    Ok(found)
}

pub(super) fn text(db: &Database, digest: Digest) -> Result<Option<Arc<str>>, Stop> {
    let table = db.begin_read()?.open_table(TEXTS)?;
    Ok(table.get(&digest.0)?.map(|row| Arc::from(row.value())))
}

pub(super) fn known(db: &Database, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Stop> {
    let txn = db.begin_read()?;
    let owner = txn.open_table(KEYS)?.get((workflow, key))?.map(|row| tables::owned(row.value()));
    let Some(owner) = owner else { return Ok(None) };
    let is_there = txn.open_table(HISTORY)?.get(&tables::place(owner.0, 0))?.is_some();
    Ok(Some(owner).filter(|_| is_there))
}
