//! Removing: runs that have ended with all that is stored of them, and what nobody refers to any more.
//!
//! Whether a run may go is decided inside the transaction that removes it, so nothing that goes on loses its history,
//! its caller or those it called. A transaction is bounded; what one leaves is whole.

use std::collections::{BTreeMap, HashSet};

use ::redb::{Database, ReadableDatabase, ReadableTable, Table, WriteTransaction};

use crate::model::{Digest, RunId, RunSummary};

use super::super::record::decode_summary;
use super::super::{Freed, MAX_FORGET_RECORDS, MAX_SWEEP};
use super::Stop;
use super::commit::Memory;
use super::tables::{self, CHILDREN, HISTORY, HOLDERS, HOLDS, KEYS, OWED, PARTS, RUNS, SNAPSHOTS, TEXTS, VALUES};

/// Removes those of the runs that may go, in one transaction, until it is large enough.
pub(super) fn forget(db: &Database, memory: &mut Memory, runs: &[RunId], quick: bool) -> Result<Freed, Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(quick);
    let mut freed = Freed::default();
    {
        let mut removal = Removal::of(&txn)?;
        for run in runs {
            if freed.records >= MAX_FORGET_RECORDS {
                break;
            }
            freed.seen += 1;
            if let Some(row) = removal.removable(*run)? {
                removal.remove(&row, &mut freed)?;
            }
        }
    }
    txn.commit()?;
    memory.forget_runs(runs);
    Ok(freed)
}

struct Removal<'t> {
    rows: Table<'t, &'static [u8; 16], &'static [u8]>,
    history: Table<'t, &'static [u8; 24], &'static [u8]>,
    children: Table<'t, &'static [u8; 32], ()>,
    owed: Table<'t, &'static [u8; 32], ()>,
    snapshots: Table<'t, &'static [u8; 16], &'static [u8]>,
    holds: Table<'t, &'static [u8; 48], ()>,
    holders: Table<'t, &'static [u8; 32], u64>,
    values: Table<'t, &'static [u8; 32], &'static str>,
}

impl<'t> Removal<'t> {
    fn of(txn: &'t WriteTransaction) -> Result<Removal<'t>, Stop> {
        Ok(Removal {
            rows: txn.open_table(RUNS)?,
            history: txn.open_table(HISTORY)?,
            children: txn.open_table(CHILDREN)?,
            owed: txn.open_table(OWED)?,
            snapshots: txn.open_table(SNAPSHOTS)?,
            holds: txn.open_table(HOLDS)?,
            holders: txn.open_table(HOLDERS)?,
            values: txn.open_table(VALUES)?,
        })
    }

    /// The run's row, if it has ended and nobody who goes on may ask for it: neither its caller nor those it called.
    fn removable(&self, run: RunId) -> Result<Option<RunSummary>, Stop> {
        let Some(Ok(row)) = self.row(run)? else { return Ok(None) };
        if !row.status.is_ended() {
            return Ok(None);
        }
        // One that it is still to begin lacks in its relations.
        let (first, last) = relations(run);
        if self.owed.range::<&[u8; 32]>(&first..=&last)?.next().is_some() {
            return Ok(None);
        }
        for relative in row.parent.into_iter().chain(self.children_of(run)?) {
            // A relative whose row can't be read isn't known to have ended.
            if self.row(relative)?.is_some_and(|row| !row.is_ok_and(|row| row.status.is_ended())) {
                return Ok(None);
            }
        }
        Ok(Some(row))
    }

    fn row(&self, run: RunId) -> Result<Option<Result<RunSummary, super::super::Error>>, Stop> {
        let row = self.rows.get(&run.bytes())?;
        Ok(row.map(|row| decode_summary(run, row.value())))
    }

    fn children_of(&self, run: RunId) -> Result<Vec<RunId>, Stop> {
        let (first, last) = relations(run);
        let rows = self.children.range::<&[u8; 32]>(&first..=&last)?;
        rows.map(|row| Ok(RunId::from_bytes(tables::child(row?.0.value())))).collect()
    }

    fn remove(&mut self, row: &RunSummary, freed: &mut Freed) -> Result<(), Stop> {
        let run = row.id;
        let (first, last) = (tables::place(run, 0), tables::place(run, u64::MAX));
        self.history.retain_in::<&[u8; 24], _>(&first..=&last, |_, record| {
            freed.records += 1;
            freed.bytes += record.len() as u64;
            false
        })?;
        self.release_values(run, freed)?;
        let (first, last) = relations(run);
        self.children.retain_in::<&[u8; 32], _>(&first..=&last, |_, ()| false)?;
        if let Some(parent) = row.parent {
            self.children.remove(&tables::relation(parent, run))?;
            self.owed.remove(&tables::relation(parent, run))?;
        }
        self.snapshots.remove(&run.bytes())?;
        self.rows.remove(&run.bytes())?;
        freed.runs += 1;
        Ok(())
    }

    /// Lets go of the large values that the run holds; those that nobody holds any more are removed.
    fn release_values(&mut self, run: RunId, freed: &mut Freed) -> Result<(), Stop> {
        let (first, last) = (tables::hold(run, Digest([0; 32])), tables::hold(run, Digest([0xff; 32])));
        let mut held = Vec::new();
        self.holds.retain_in::<&[u8; 48], _>(&first..=&last, |key, ()| {
            held.push(tables::held(key));
            false
        })?;
        for digest in held {
            let left = self.holders.get(&digest.0)?.map_or(0, |row| row.value()).saturating_sub(1);
            if left > 0 {
                self.holders.insert(&digest.0, left)?;
                continue;
            }
            self.holders.remove(&digest.0)?;
            if let Some(value) = self.values.remove(&digest.0)? {
                freed.values += 1;
                freed.bytes += value.value().len() as u64;
            }
        }
        Ok(())
    }
}

/// The first and the last key that the children of a run can have.
fn relations(run: RunId) -> ([u8; 32], [u8; 32]) {
    (tables::relation(run, RunId::from_bytes([0; 16])), tables::relation(run, RunId::from_bytes([0xff; 16])))
}

/// What nobody refers to as far as reading told, to be looked at again before it is removed.
#[derive(Default)]
pub(super) struct Loose {
    plans: Vec<Digest>,
    keys: Vec<(String, String)>,
}

impl Loose {
    pub(super) fn is_empty(&self) -> bool {
        self.plans.is_empty() && self.keys.is_empty()
    }
}

/// Looks for plans that no run follows, and for keys of runs that are gone. A row that can't be read may follow any
/// plan, so then none is.
pub(super) fn loose(db: &Database) -> Result<Loose, Stop> {
    let txn = db.begin_read()?;
    let rows = txn.open_table(RUNS)?;
    let mut followed = HashSet::new();
    let mut all_read = true;
    for row in rows.iter()? {
        let (id, row) = row?;
        match decode_summary(RunId::from_bytes(*id.value()), row.value()) {
            Ok(row) => drop(followed.insert(row.plan)),
            Err(_) => all_read = false,
        }
    }
    let mut loose = Loose::default();
    for row in txn.open_table(PARTS)?.iter()? {
        let plan = Digest(*row?.0.value());
        if all_read && !followed.contains(&plan) {
            loose.plans.push(plan);
        }
    }
    let history = txn.open_table(HISTORY)?;
    for row in txn.open_table(KEYS)?.iter()? {
        let (key, owner) = row?;
        if history.get(&tables::place(tables::owned(owner.value()).0, 0))?.is_none() {
            let (workflow, key) = key.value();
            loose.keys.push((workflow.into(), key.into()));
        }
    }
    Ok(loose)
}

/// Removes some of what is loose and still is.
pub(super) fn sweep(db: &Database, memory: &mut Memory, loose: &mut Loose, quick: bool) -> Result<Freed, Stop> {
    let plans = loose.plans.split_off(loose.plans.len().saturating_sub(MAX_SWEEP));
    let plans: Vec<Digest> = plans.into_iter().filter(|plan| !memory.has_begun(*plan)).collect();
    let keys = loose.keys.split_off(loose.keys.len().saturating_sub(MAX_SWEEP));
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(quick);
    let mut freed = Freed::default();
    let gone = {
        remove_keys(&txn, &keys, &mut freed)?;
        remove_plans(&txn, &plans, &mut freed)?
    };
    txn.commit()?;
    memory.forget_texts(&gone);
    Ok(freed)
}

fn remove_keys(txn: &WriteTransaction, all: &[(String, String)], freed: &mut Freed) -> Result<(), Stop> {
    let mut keys = txn.open_table(KEYS)?;
    let history = txn.open_table(HISTORY)?;
    for (workflow, key) in all {
        let key = (workflow.as_str(), key.as_str());
        let owner = keys.get(key)?.map(|row| tables::owned(row.value()).0);
        let Some(owner) = owner else { continue };
        if history.get(&tables::place(owner, 0))?.is_none() {
            keys.remove(key)?;
            freed.keys += 1;
        }
    }
    Ok(())
}

/// Removes the plans, and of the texts that came with them those that came with no other plan. Gives what is gone.
fn remove_plans(txn: &WriteTransaction, plans: &[Digest], freed: &mut Freed) -> Result<Vec<Digest>, Stop> {
    let mut parts = txn.open_table(PARTS)?;
    let mut gone: BTreeMap<[u8; 32], Digest> = BTreeMap::new();
    for plan in plans {
        if let Some(row) = parts.remove(&plan.0)? {
            gone.extend(tables::digests(row.value()).map(|digest| (digest.0, digest)));
            gone.insert(plan.0, *plan);
        }
    }
    for row in parts.iter()? {
        let (plan, row) = row?;
        gone.remove(plan.value());
        for digest in tables::digests(row.value()) {
            gone.remove(&digest.0);
        }
    }
    let mut texts = txn.open_table(TEXTS)?;
    for digest in gone.keys() {
        if let Some(text) = texts.remove(digest)? {
            freed.texts += 1;
            freed.bytes += text.value().len() as u64;
        }
    }
    Ok(gone.into_values().collect())
}
