//! One transaction: the writes compared with what is stored, and stored, with as few calls of redb as will do.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ::redb::{Database, ReadableTable, StorageError, Table, WriteTransaction};

use crate::model::{Digest, RunId, RunSummary};

use super::super::apart::Apart;
use super::super::kv::{Decide, Keys, Verdict};
use super::super::record::{decode_stored, decode_summary, encode_summary};
use super::super::{Claim, Error, MAX_RECORD_BYTES, Outcome, Place, Refusal, Snapshot, Standing, Write};
use super::Stop;
use super::tables::{
    self, CHILDREN, DUE, HISTORY, HOLDERS, HOLDS, KEYS, KV, LIVE, OWED, PARTS, RESTING, RUNS, SNAPSHOTS, TEXTS, VALUES,
};

/// How many runs' ends, and how many texts, are remembered; beyond that the store is asked again.
const MAX_REMEMBERED: usize = 65_536;

/// What is known of the store without asking it. Changed only by a commit that was stored.
#[derive(Default)]
pub(super) struct Memory {
    /// The next position of runs that were written lately.
    next: HashMap<RunId, u64>,
    /// Texts that are stored for sure.
    texts: HashSet<Digest>,
    /// The plans of runs that have begun since a sweep looked, while there is one.
    begun: Option<HashSet<Digest>>,
}

impl Memory {
    /// A sweep begins to look: from now on it is noticed which plans are taken up.
    pub(super) fn watch(&mut self) {
        self.begun = Some(HashSet::new());
    }

    pub(super) fn unwatch(&mut self) {
        self.begun = None;
    }

    /// Whether a run of the plan has begun since the sweep looked.
    pub(super) fn has_begun(&self, plan: Digest) -> bool {
        self.begun.as_ref().is_none_or(|begun| begun.contains(&plan))
    }

    pub(super) fn forget_runs(&mut self, runs: &[RunId]) {
        for run in runs {
            self.next.remove(run);
        }
    }

    pub(super) fn forget_texts(&mut self, texts: &[Digest]) {
        for text in texts {
            self.texts.remove(text);
        }
    }

    pub(super) fn forget(&mut self) {
        self.next.clear();
        self.texts.clear();
    }

    fn learn(&mut self, staged: Staged) {
        if self.next.len() + self.texts.len() > MAX_REMEMBERED {
            self.forget();
        }
        self.next.extend(staged.next);
        self.texts.extend(staged.texts);
        if let Some(begun) = &mut self.begun {
            begun.extend(staged.begun);
        }
        self.next.retain(|run, _| !staged.over.contains(run));
    }
}

/// What a commit will have changed of the [`Memory`].
#[derive(Default)]
struct Staged {
    next: HashMap<RunId, u64>,
    texts: HashSet<Digest>,
    /// Runs that aren't written to soon.
    over: HashSet<RunId>,
    /// The plans of runs that began.
    begun: Vec<Digest>,
}

/// Stores the writes durably. With `quick` the file needs no repair if the process dies after this.
pub(super) fn commit(db: &Database, memory: &mut Memory, writes: &[Write], quick: bool) -> Result<Vec<Outcome>, Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(quick);
    let (outcomes, staged) = {
        let mut change = Change::of(&txn, memory)?;
        let outcomes: Result<Vec<_>, Stop> = writes.iter().enumerate().map(|(i, w)| change.take(i, w)).collect();
        (outcomes, change.staged)
    };
    match outcomes {
        Ok(outcomes) => {
            txn.commit()?;
            memory.learn(staged);
            Ok(outcomes)
        }
        Err(stop) => {
            txn.abort()?;
            Err(stop)
        }
    }
}

type KeyTable<'t> = Table<'t, (&'static str, &'static str), &'static [u8; 48]>;

/// The tables of runs' rows, which change together.
struct RunTables<'t> {
    rows: Table<'t, &'static [u8; 16], &'static [u8]>,
    live: Table<'t, &'static [u8; 16], ()>,
}

/// An open transaction. What most commits don't touch is opened when it is needed.
struct Change<'t> {
    txn: &'t WriteTransaction,
    memory: &'t Memory,
    history: Table<'t, &'static [u8; 24], &'static [u8]>,
    runs: Option<RunTables<'t>>,
    keys: Option<KeyTable<'t>>,
    staged: Staged,
}

impl<'t> Change<'t> {
    fn of(txn: &'t WriteTransaction, memory: &'t Memory) -> Result<Change<'t>, Stop> {
        let history = txn.open_table(HISTORY)?;
        Ok(Change { txn, memory, history, runs: None, keys: None, staged: Staged::default() })
    }

    fn take(&mut self, index: usize, write: &Write) -> Result<Outcome, Stop> {
        if let Some(claim) = &write.claim
            && let Some(known) = self.claimed(write.run, claim)?
        {
            return Ok(known);
        }
        let refuse = |why| Stop::Said(Error::Refused { write: index, run: write.run, seq: write.seq, why });
        let bytes = write.record.len();
        if bytes > MAX_RECORD_BYTES {
            return Err(refuse(Refusal::TooLarge { bytes, limit: MAX_RECORD_BYTES }));
        }
        // A first record needs no look at where its history ends.
        let next = if write.seq == 0 { self.remembered(write.run).unwrap_or(0) } else { self.next(write.run)? };
        if write.seq > next {
            return Err(refuse(Refusal::Gap { next }));
        }
        let place = tables::place(write.run, write.seq);
        if let Some(decide) = &write.decide {
            return match self.decided(write, decide, next) {
                Ok(Some(verdict)) => Ok(Outcome::Decided(verdict)),
                Ok(None) => Err(refuse(Refusal::Rewritten)),
                Err(Stop::Said(error)) if error.is_of_one_run() => Err(refuse(Refusal::Unreadable)),
                Err(stop) => Err(stop),
            };
        }
        let apart = Apart::of(&write.record);
        let record = apart.as_ref().map_or(write.record.as_slice(), |apart| &apart.record);
        let is_this = |stored: &[u8]| stored == record || stored == write.record;
        if write.seq < next {
            let stored = self.history.get(&place)?;
            let same = stored.is_some_and(|row| is_this(row.value()));
            return if same { Ok(Outcome::Stored) } else { Err(refuse(Refusal::Rewritten)) };
        }
        if let Some(earlier) = self.history.insert(&place, record)? {
            // The first record again, of a run that isn't remembered: the transaction stands if nothing changes.
            return if is_this(earlier.value()) { Ok(Outcome::Stored) } else { Err(refuse(Refusal::Rewritten)) };
        }
        self.staged.next.insert(write.run, next + 1);
        if let Some(apart) = &apart {
            self.store_values(write.run, &apart.values)?;
        }
        self.store_beside(write)?;
        Ok(Outcome::Stored)
    }

    /// What becomes of a write whose record is decided; none where its place holds another record.
    fn decided(&mut self, write: &Write, decide: &Decide, next: u64) -> Result<Option<Verdict>, Stop> {
        let place = tables::place(write.run, write.seq);
        if let Some(row) = self.history.get(&place)? {
            let values = self.txn.open_table(VALUES)?;
            let find = &mut |digest: Digest| Ok::<_, Stop>(values.get(&digest.0)?.map(|row| row.value().into()));
            let (stored, _) = decode_stored(write.run, row.value(), find)?;
            return Ok(decide.decided(stored).map(Verdict::Gives));
        }
        let mut rows = KeysOf { workflow: &decide.workflow, table: self.txn.open_table(KV)? };
        let verdict = decide.carry_out(write.run, &mut rows)?;
        if let Verdict::Gives(result) = &verdict {
            let whole = decide.record(result.clone()).encode();
            let apart = Apart::of(&whole);
            self.history.insert(&place, apart.as_ref().map_or(whole.as_slice(), |apart| &apart.record))?;
            if let Some(apart) = &apart {
                self.store_values(write.run, &apart.values)?;
            }
            self.staged.next.insert(write.run, next + 1);
            self.store_beside(write)?;
        }
        Ok(Some(verdict))
    }

    /// Where the run's history ends, as far as that is known without asking the store.
    fn remembered(&self, run: RunId) -> Option<u64> {
        self.staged.next.get(&run).or_else(|| self.memory.next.get(&run)).copied()
    }

    fn next(&mut self, run: RunId) -> Result<u64, Stop> {
        if let Some(next) = self.remembered(run) {
            return Ok(next);
        }
        tables::length(&self.history, run)
    }

    /// Stores what comes with the record: row, texts, key.
    fn store_beside(&mut self, write: &Write) -> Result<(), Stop> {
        if let Some(summary) = write.summary.as_ref().filter(|_| write.seq == 0) {
            self.staged.begun.extend(self.memory.begun.is_some().then_some(summary.plan));
            self.store_parts(summary.plan, &write.texts)?;
        }
        for (digest, text) in &write.texts {
            self.store_text(*digest, text)?;
        }
        if let Some(summary) = &write.summary {
            let earlier = {
                let row = self.runs()?.rows.insert(&write.run.bytes(), encode_summary(summary).as_slice())?;
                row.map(|row| decode_summary(write.run, row.value()))
            };
            self.stand(write.run, earlier, Standing::of(summary))?;
            // One that rests may do so for long: where it ends, the store knows.
            if Standing::of(summary).place != Place::Awake {
                self.staged.over.insert(write.run);
            } else {
                self.staged.over.remove(&write.run);
            }
            if let Some(parent) = summary.parent.filter(|_| write.seq == 0) {
                self.txn.open_table(CHILDREN)?.insert(&tables::relation(parent, write.run), ())?;
            }
        }
        if let Some(Claim { workflow, key, input }) = &write.claim {
            let owner = tables::owner(write.run, *input);
            self.keys()?.insert((&**workflow, &**key), &owner)?;
        }
        self.owe(write)?;
        match &write.snapshot {
            Some(Snapshot::Store(bytes)) => {
                self.txn.open_table(SNAPSHOTS)?.insert(&write.run.bytes(), bytes.as_slice())?;
            }
            Some(Snapshot::Drop) => {
                self.txn.open_table(SNAPSHOTS)?.remove(&write.run.bytes())?;
            }
            None => {}
        }
        Ok(())
    }

    /// What is owed between runs that call and those that they called.
    fn owe(&mut self, write: &Write) -> Result<(), Stop> {
        let over = write.summary.as_ref().is_some_and(|row| Standing::of(row).place == Place::Nowhere);
        if write.settles.is_empty() && write.owes.is_empty() && !over {
            return Ok(());
        }
        let mut owed = self.txn.open_table(OWED)?;
        for (caller, child) in &write.settles {
            owed.remove(&tables::relation(*caller, *child))?;
        }
        for (caller, child) in &write.owes {
            let row = self.runs()?.rows.get(&caller.bytes())?;
            let row = row.map(|row| decode_summary(*caller, row.value()));
            // A row that can't be read tells of no end.
            if row.is_some_and(|row| row.map_or(true, |row| Standing::of(&row).place != Place::Nowhere)) {
                owed.insert(&tables::relation(*caller, *child), ())?;
            }
        }
        // Nothing is to be done any more for a caller that has ended.
        if over {
            let all = [0, 0xff].map(|byte| tables::relation(write.run, RunId::from_bytes([byte; 16])));
            let left: Result<Vec<[u8; 32]>, StorageError> =
                owed.range::<&[u8; 32]>(&all[0]..=&all[1])?.map(|row| Ok(*row?.0.value())).collect();
            for key in left? {
                owed.remove(&key)?;
            }
        }
        Ok(())
    }

    /// Moves the run in the indexes from where its row stood to where it stands now.
    fn stand(&mut self, run: RunId, earlier: Option<Result<RunSummary, Error>>, now: Standing) -> Result<(), Stop> {
        let before = match earlier {
            None => Standing::NONE,
            Some(Ok(row)) => Standing::of(&row),
            Some(Err(_)) => self.scrape(run)?,
        };
        let id = &run.bytes();
        if before.place != now.place {
            match before.place {
                Place::Awake => drop(self.runs()?.live.remove(id)?),
                Place::Resting => drop(self.txn.open_table(RESTING)?.remove(id)?),
                Place::Nowhere => {}
            }
            match now.place {
                Place::Awake => drop(self.runs()?.live.insert(id, ())?),
                Place::Resting => drop(self.txn.open_table(RESTING)?.insert(id, ())?),
                Place::Nowhere => {}
            }
        }
        if before.due != now.due {
            let mut due = self.txn.open_table(DUE)?;
            if let Some(before) = before.due {
                due.remove(&tables::timer(before, run))?;
            }
            if let Some(now) = now.due {
                due.insert(&tables::timer(now, run), ())?;
            }
        }
        Ok(())
    }

    /// Takes a run whose row can't be read out of all indexes, wherever it stands in them.
    fn scrape(&mut self, run: RunId) -> Result<Standing, Stop> {
        self.runs()?.live.remove(&run.bytes())?;
        self.txn.open_table(RESTING)?.remove(&run.bytes())?;
        self.txn.open_table(DUE)?.retain(|key, ()| tables::timed(key).1 != run)?;
        Ok(Standing::NONE)
    }

    /// Keeps which texts came with a plan, so that they can go with it.
    fn store_parts(&mut self, plan: Digest, texts: &[(Digest, Arc<str>)]) -> Result<(), Stop> {
        if texts.is_empty() || self.memory.texts.contains(&plan) || self.staged.texts.contains(&plan) {
            return Ok(());
        }
        let parts = texts.iter().map(|(digest, _)| *digest).filter(|digest| *digest != plan);
        let row: Vec<u8> = parts.flat_map(|digest| digest.0).collect();
        self.txn.open_table(PARTS)?.insert(&plan.0, row.as_slice())?;
        Ok(())
    }

    /// Stores large values, each once, and that the run refers to them.
    fn store_values(&mut self, run: RunId, values: &[(Digest, Box<str>)]) -> Result<(), Stop> {
        let (mut stored, mut holds) = (self.txn.open_table(VALUES)?, self.txn.open_table(HOLDS)?);
        let mut holders = self.txn.open_table(HOLDERS)?;
        for (digest, text) in values {
            if holds.insert(&tables::hold(run, *digest), ())?.is_some() {
                continue;
            }
            let before = holders.get(&digest.0)?.map_or(0, |row| row.value());
            holders.insert(&digest.0, before + 1)?;
            if before == 0 {
                stored.insert(&digest.0, &**text)?;
            }
        }
        Ok(())
    }

    fn store_text(&mut self, digest: Digest, text: &str) -> Result<(), Stop> {
        if self.memory.texts.contains(&digest) || !self.staged.texts.insert(digest) {
            return Ok(());
        }
        let mut texts = self.txn.open_table(TEXTS)?;
        if texts.get(&digest.0)?.is_none() {
            texts.insert(&digest.0, text)?;
        }
        Ok(())
    }

    /// That the key belongs to another run than this one.
    fn claimed(&mut self, run: RunId, claim: &Claim) -> Result<Option<Outcome>, Stop> {
        let row = self.keys()?.get((&*claim.workflow, &*claim.key))?;
        let owner = row.map(|row| tables::owned(row.value())).filter(|owner| owner.0 != run);
        let Some((owner, input)) = owner else { return Ok(None) };
        // A run that was removed has left its key free.
        let is_there = self.history.get(&tables::place(owner, 0))?.is_some();
        Ok(is_there.then_some(Outcome::Known { run: owner, input }))
    }

    fn runs(&mut self) -> Result<&mut RunTables<'t>, Stop> {
        if self.runs.is_none() {
            self.runs = Some(RunTables { rows: self.txn.open_table(RUNS)?, live: self.txn.open_table(LIVE)? });
        }
        Ok(self.runs.as_mut().expect("the tables were opened just now"))
    }

    fn keys(&mut self) -> Result<&mut KeyTable<'t>, Stop> {
        if self.keys.is_none() {
            self.keys = Some(self.txn.open_table(KEYS)?);
        }
        Ok(self.keys.as_mut().expect("the table was opened just now"))
    }
}

/// The keys of a workflow, as the transaction sees them.
struct KeysOf<'t> {
    workflow: &'t str,
    table: Table<'t, (&'static str, &'static str), &'static [u8]>,
}

impl Keys for KeysOf<'_> {
    type Error = Stop;

    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, Stop> {
        Ok(self.table.get((self.workflow, key))?.map(|row| row.value().to_vec()))
    }

    fn set(&mut self, key: &str, bytes: &[u8]) -> Result<(), Stop> {
        self.table.insert((self.workflow, key), bytes)?;
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), Stop> {
        self.table.remove((self.workflow, key))?;
        Ok(())
    }

    fn each_from(&mut self, from: &str, take: &mut dyn FnMut(&str) -> bool) -> Result<(), Stop> {
        for row in self.table.range((self.workflow, from)..)? {
            let (place, _) = row?;
            let (workflow, key) = place.value();
            if workflow != self.workflow || !take(key) {
                return Ok(());
            }
        }
        Ok(())
    }
}
