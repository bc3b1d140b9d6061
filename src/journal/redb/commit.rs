//! One transaction: the writes compared with what is stored, and stored, with as few calls of redb as will do.

use std::collections::{HashMap, HashSet};

use ::redb::{Database, ReadableTable, Table, WriteTransaction};

use crate::model::{Digest, RunId, RunSummary};

use super::super::kv::{Decide, Keys, Verdict};
use super::super::record::{decode_summary, encode_summary};
use super::super::{Claim, Error, MAX_RECORD_BYTES, Outcome, Place, Record, Refusal, Snapshot, Standing, Write};
use super::Stop;
use super::tables::{self, CHILDREN, DUE, HISTORY, KEYS, KV, LIVE, OWED, RESTING, RUNS, SNAPSHOTS, TEXTS};

/// How many runs' ends, and how many texts, are remembered; beyond that the store is asked again.
const MAX_REMEMBERED: usize = 65_536;

/// What is known of the store without asking it. Changed only by a commit that was stored.
#[derive(Default)]
pub(super) struct Memory {
    /// The next position of runs that were written lately.
    next: HashMap<RunId, u64>,
    /// Texts that are stored for sure.
    texts: HashSet<Digest>,
}

impl Memory {
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
        if write.seq < next {
            let stored = self.history.get(&place)?;
            let same = stored.is_some_and(|row| row.value() == write.record);
            return if same { Ok(Outcome::Stored) } else { Err(refuse(Refusal::Rewritten)) };
        }
        if let Some(earlier) = self.history.insert(&place, write.record.as_slice())? {
            // The first record again, of a run that isn't remembered: the transaction stands if nothing changes.
            return if earlier.value() == write.record { Ok(Outcome::Stored) } else { Err(refuse(Refusal::Rewritten)) };
        }
        self.staged.next.insert(write.run, next + 1);
        self.store_beside(write)?;
        Ok(Outcome::Stored)
    }

    /// What becomes of a write whose record is decided; none where its place holds another record.
    fn decided(&mut self, write: &Write, decide: &Decide, next: u64) -> Result<Option<Verdict>, Stop> {
        let place = tables::place(write.run, write.seq);
        if let Some(row) = self.history.get(&place)? {
            return Ok(decide.decided(Record::decode(write.run, row.value())?).map(Verdict::Gives));
        }
        let mut rows = KeysOf { workflow: &decide.workflow, table: self.txn.open_table(KV)? };
        let verdict = decide.carry_out(write.run, &mut rows)?;
        if let Verdict::Gives(result) = &verdict {
            self.history.insert(&place, decide.record(result.clone()).encode().as_slice())?;
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
        if write.settles.is_empty() && write.owes.is_empty() {
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
        let owner = row.map(|row| tables::owned(row.value()));
        Ok(owner.filter(|owner| owner.0 != run).map(|(run, input)| Outcome::Known { run, input }))
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
