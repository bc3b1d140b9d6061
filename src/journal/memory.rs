//! The journal in memory: the same promises as on disk, as far as a process lives.
//!
//! For tests and simulations. A handle can be cut off by [`MemoryJournal::crash`], as a process that was killed, and
//! commits can be made to fail.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Digest, RunId, RunSummary, Time};

use super::apart::Apart;
use super::kv::{Decide, Keys, Verdict};
use super::record::decode_stored;
use super::{
    Claim, Error, Filter, Freed, Journal, MAX_FORGET_RECORDS, MAX_PAGE_BYTES, MAX_RECORD_BYTES, Outcome, Owed, Place,
    Record, Refusal, Snapshot, Standing, Write,
};
use super::{ending, ends_with};

/// A handle on a journal in memory; clones share it.
#[derive(Clone, Default)]
pub struct MemoryJournal {
    /// Which life of the process the handle belongs to.
    life: u64,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    life: u64,
    /// Whether an error has ended this life's writing.
    stopped: bool,
    commits: u64,
    failing: Option<Failing>,
    rows: Rows,
}

/// A commit that shall fail.
#[derive(Clone, Copy)]
struct Failing {
    at: u64,
    stored: bool,
}

#[derive(Default)]
struct Rows {
    histories: BTreeMap<RunId, Vec<Vec<u8>>>,
    runs: BTreeMap<RunId, RunSummary>,
    awake: BTreeSet<RunId>,
    due: BTreeSet<(Time, RunId)>,
    owed: BTreeSet<Owed>,
    snapshots: HashMap<RunId, Vec<u8>>,
    texts: HashMap<Digest, Arc<str>>,
    keys: HashMap<(Arc<str>, Arc<str>), (RunId, Digest)>,
    /// (workflow, key) to the encoded value.
    kv: BTreeMap<Key, Vec<u8>>,
    children: BTreeSet<(RunId, RunId)>,
    secrets: BTreeMap<String, Vec<u8>>,
    values: HashMap<Digest, Box<str>>,
    /// Which runs refer to which values.
    holds: BTreeSet<(RunId, Digest)>,
    /// The texts that came with each plan.
    parts: HashMap<Digest, Vec<Digest>>,
}

impl MemoryJournal {
    pub fn new() -> MemoryJournal {
        MemoryJournal::default()
    }

    /// Kills the process that all present handles belong to: they give errors from now on. What was committed is
    /// seen by the new handle, as by a process that opens the store next.
    pub fn crash(&self) -> MemoryJournal {
        let mut shared = self.lock();
        shared.life += 1;
        shared.stopped = false;
        MemoryJournal { life: shared.life, shared: self.shared.clone() }
    }

    /// Makes the `nth` next commit (from 0) fail, as by an I/O error, and all later ones until a [`Self::crash`].
    /// Whether that commit is stored nevertheless, `stored` says: both happen on disks.
    pub fn fail_commit(&self, nth: u64, stored: bool) {
        let mut shared = self.lock();
        shared.failing = Some(Failing { at: shared.commits + nth, stored });
    }

    /// How many commits were attempted so far.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> Result<MutexGuard<'_, Shared>, Error> {
        let shared = self.lock();
        if shared.life == self.life { Ok(shared) } else { Err(Error::Stopped) }
    }
}

/// What a transaction is about to store, with what it has to be compared to.
#[derive(Default)]
struct Staged {
    next: HashMap<RunId, u64>,
    keys: HashMap<(Arc<str>, Arc<str>), (RunId, Digest)>,
    outcomes: Vec<Outcome>,
    /// The places of the writes that are new.
    new: Vec<usize>,
    /// The records of those that were decided, by place.
    made: HashMap<usize, Vec<u8>>,
    /// Keys of workflows that are set, or removed.
    kv: BTreeMap<Key, Option<Vec<u8>>>,
}

impl Staged {
    /// The write is new, at the next position of its run.
    fn take(&mut self, place: usize, write: &Write, next: u64) {
        self.next.insert(write.run, next + 1);
        self.new.push(place);
        if let Some(Claim { workflow, key, input }) = write.claim.clone() {
            self.keys.insert((workflow, key), (write.run, input));
        }
    }
}

/// (workflow, key)
type Key = (Arc<str>, Arc<str>);

/// The keys of a workflow, as the transaction sees them so far.
struct KeysOf<'a> {
    workflow: &'a Arc<str>,
    stored: &'a BTreeMap<Key, Vec<u8>>,
    staged: &'a mut BTreeMap<Key, Option<Vec<u8>>>,
}

impl Keys for KeysOf<'_> {
    type Error = Error;

    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let place = (self.workflow.clone(), key.into());
        Ok(self.staged.get(&place).cloned().unwrap_or_else(|| self.stored.get(&place).cloned()))
    }

    fn set(&mut self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        self.staged.insert((self.workflow.clone(), key.into()), Some(bytes.to_vec()));
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), Error> {
        self.staged.insert((self.workflow.clone(), key.into()), None);
        Ok(())
    }

    fn each_from(&mut self, from: &str, take: &mut dyn FnMut(&str) -> bool) -> Result<(), Error> {
        let first = (self.workflow.clone(), Arc::from(from));
        let mut keys: BTreeSet<Arc<str>> = BTreeSet::new();
        let own = |place: &Key| place.0 == *self.workflow;
        keys.extend(self.stored.range(first.clone()..).take_while(|(k, _)| own(k)).map(|(k, _)| k.1.clone()));
        for (place, value) in self.staged.range(first..).take_while(|(k, _)| own(k)) {
            match value {
                Some(_) => keys.insert(place.1.clone()),
                None => keys.remove(&place.1),
            };
        }
        let _ = keys.iter().all(|key| take(key));
        Ok(())
    }
}

impl Rows {
    fn next(&self, run: RunId) -> u64 {
        self.histories.get(&run).map_or(0, |records| records.len() as u64)
    }

    /// Decides what becomes of each write, and changes nothing.
    fn decide(&self, writes: &[Write]) -> Result<Staged, Error> {
        let mut staged = Staged::default();
        for (i, write) in writes.iter().enumerate() {
            let refuse = |why| Error::Refused { write: i, run: write.run, seq: write.seq, why };
            if let Some(outcome) = self.claimed(&staged, write) {
                staged.outcomes.push(outcome);
                continue;
            }
            let next = staged.next.get(&write.run).copied().unwrap_or_else(|| self.next(write.run));
            if write.seq > next {
                return Err(refuse(Refusal::Gap { next }));
            }
            if let Some(decide) = &write.decide {
                match self.decided(&mut staged, writes, i, decide, next) {
                    Ok(Some(verdict)) => staged.outcomes.push(Outcome::Decided(verdict)),
                    Ok(None) => return Err(refuse(Refusal::Rewritten)),
                    Err(_) => return Err(refuse(Refusal::Unreadable)),
                }
                continue;
            }
            if write.seq < next {
                let earlier = self.earlier(&staged, writes, write);
                if *earlier != write.record && Apart::of(&write.record).is_none_or(|it| it.record != *earlier) {
                    return Err(refuse(Refusal::Rewritten));
                }
            } else if write.record.len() > MAX_RECORD_BYTES {
                let bytes = write.record.len();
                return Err(refuse(Refusal::TooLarge { bytes, limit: MAX_RECORD_BYTES }));
            } else {
                staged.take(i, write, next);
            }
            staged.outcomes.push(Outcome::Stored);
        }
        Ok(staged)
    }

    /// What becomes of a write whose record is decided; none where its place holds another record.
    fn decided(
        &self,
        staged: &mut Staged,
        writes: &[Write],
        place: usize,
        decide: &Decide,
        next: u64,
    ) -> Result<Option<Verdict>, Error> {
        let write = &writes[place];
        if write.seq < next {
            let find = &mut |digest| Ok::<_, Error>(self.values.get(&digest).cloned());
            let (stored, _) = decode_stored(write.run, self.earlier(staged, writes, write), find)?;
            return Ok(decide.decided(stored).map(Verdict::Gives));
        }
        let mut keys = KeysOf { workflow: &decide.workflow, stored: &self.kv, staged: &mut staged.kv };
        let verdict = decide.carry_out(write.run, &mut keys)?;
        if let Verdict::Gives(result) = &verdict {
            staged.made.insert(place, decide.record(result.clone()).encode());
            staged.take(place, write, next);
        }
        Ok(Some(verdict))
    }

    /// That the write's key belongs to another run.
    fn claimed(&self, staged: &Staged, write: &Write) -> Option<Outcome> {
        let claim = write.claim.as_ref()?;
        let key = (claim.workflow.clone(), claim.key.clone());
        let stored = || self.keys.get(&key).filter(|owner| self.histories.contains_key(&owner.0));
        let &(run, input) = staged.keys.get(&key).or_else(stored)?;
        (run != write.run).then_some(Outcome::Known { run, input })
    }

    /// The record that the history, or the transaction so far, has at the write's place.
    fn earlier<'a>(&'a self, staged: &'a Staged, writes: &'a [Write], write: &Write) -> &'a Vec<u8> {
        let stored = self.histories.get(&write.run).and_then(|records| records.get(write.seq as usize));
        let same = |i: &&usize| writes[**i].run == write.run && writes[**i].seq == write.seq;
        let made = |i: &'a usize| staged.made.get(i).unwrap_or(&writes[*i].record);
        let gathered = || staged.new.iter().find(same).map(made);
        stored.or_else(gathered).expect("a place below the next one is stored or about to be")
    }

    fn store(&mut self, write: &Write, record: Vec<u8>) {
        let Apart { record, values } = Apart::of(&record).unwrap_or(Apart { record, values: Vec::new() });
        self.histories.entry(write.run).or_default().push(record);
        self.holds.extend(values.iter().map(|(digest, _)| (write.run, *digest)));
        self.values.extend(values);
        if let Some(summary) = write.summary.as_ref().filter(|_| write.seq == 0 && !write.texts.is_empty()) {
            self.parts.insert(summary.plan, write.texts.iter().map(|(digest, _)| *digest).collect());
        }
        for (digest, text) in &write.texts {
            self.texts.entry(*digest).or_insert_with(|| text.clone());
        }
        if let Some(summary) = &write.summary {
            let earlier = self.runs.get(&write.run).map_or(Standing::NONE, Standing::of);
            self.stand(write.run, earlier, Standing::of(summary));
            let parent = summary.parent.filter(|_| write.seq == 0);
            self.children.extend(parent.map(|parent| (parent, write.run)));
            self.runs.insert(write.run, summary.clone());
        }
        for owed in &write.settles {
            self.owed.remove(owed);
        }
        let is_live = |caller| self.runs.get(caller).is_some_and(|row| Standing::of(row).place != Place::Nowhere);
        let owes: Vec<Owed> = write.owes.iter().filter(|(caller, _)| is_live(caller)).copied().collect();
        self.owed.extend(owes);
        // Nothing is to be done any more for a caller that has ended.
        if write.summary.as_ref().is_some_and(|row| Standing::of(row).place == Place::Nowhere) {
            let [first, last] = [0, 0xff].map(|byte| (write.run, RunId::from_bytes([byte; 16])));
            let left: Vec<Owed> = self.owed.range(first..=last).copied().collect();
            for owed in left {
                self.owed.remove(&owed);
            }
        }
        match &write.snapshot {
            Some(Snapshot::Store(bytes)) => drop(self.snapshots.insert(write.run, bytes.clone())),
            Some(Snapshot::Drop) => drop(self.snapshots.remove(&write.run)),
            None => {}
        }
    }

    /// Moves the run from one place of the indexes to another.
    fn stand(&mut self, run: RunId, before: Standing, now: Standing) {
        self.awake.remove(&run);
        before.due.map(|due| self.due.remove(&(due, run)));
        self.due.extend(now.due.map(|due| (due, run)));
        self.awake.extend((now.place == Place::Awake).then_some(run));
    }

    /// As the store on disk decides it.
    fn is_removable(&self, run: RunId) -> bool {
        let ended = |run: RunId| self.runs.get(&run).is_none_or(|row| row.status.is_ended());
        let Some(row) = self.runs.get(&run) else { return false };
        // One that it is still to begin lacks in its relations.
        let owes = self.owed.iter().any(|owed| owed.0 == run);
        ended(run) && !owes && row.parent.is_none_or(ended) && self.children_of(run).all(ended)
    }

    fn children_of(&self, run: RunId) -> impl Iterator<Item = RunId> {
        let from = (run, RunId::from_bytes([0; 16]));
        self.children.range(from..).take_while(move |row| row.0 == run).map(|row| row.1)
    }

    fn forget(&mut self, run: RunId, freed: &mut Freed) {
        let history = self.histories.remove(&run).unwrap_or_default();
        freed.records += history.len() as u64;
        freed.bytes += history.iter().map(|record| record.len() as u64).sum::<u64>();
        self.runs.remove(&run);
        self.snapshots.remove(&run);
        self.children.retain(|(parent, child)| *parent != run && *child != run);
        self.owed.retain(|(_, child)| *child != run);
        self.holds.retain(|(holder, _)| *holder != run);
        let held: HashSet<Digest> = self.holds.iter().map(|(_, digest)| *digest).collect();
        let gone = self.values.extract_if(|digest, _| !held.contains(digest));
        gone.for_each(|(_, value)| {
            freed.values += 1;
            freed.bytes += value.len() as u64;
        });
        freed.runs += 1;
    }

    fn sweep(&mut self) -> Freed {
        let mut freed = Freed::default();
        let followed: HashSet<Digest> = self.runs.values().map(|row| row.plan).collect();
        let loose = self.parts.extract_if(|plan, _| !followed.contains(plan));
        let gone: HashSet<Digest> = loose.flat_map(|(plan, texts)| texts.into_iter().chain([plan])).collect();
        let kept: HashSet<Digest> =
            self.parts.iter().flat_map(|(plan, texts)| texts.iter().chain([plan])).copied().collect();
        let texts = self.texts.extract_if(|digest, _| gone.contains(digest) && !kept.contains(digest));
        texts.for_each(|(_, text)| {
            freed.texts += 1;
            freed.bytes += text.len() as u64;
        });
        let before = self.keys.len();
        self.keys.retain(|_, (run, _)| self.histories.contains_key(run));
        freed.keys = (before - self.keys.len()) as u64;
        freed
    }

    fn apply(&mut self, mut staged: Staged, writes: &[Write]) -> Vec<Outcome> {
        for i in &staged.new {
            let record = staged.made.remove(i).unwrap_or_else(|| writes[*i].record.clone());
            self.store(&writes[*i], record);
        }
        self.keys.extend(staged.keys);
        for (place, value) in staged.kv {
            match value {
                Some(bytes) => self.kv.insert(place, bytes),
                None => self.kv.remove(&place),
            };
        }
        staged.outcomes
    }
}

impl Journal for MemoryJournal {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>, Error> {
        let mut shared = self.alive()?;
        if shared.stopped {
            return Err(Error::Stopped);
        }
        let number = shared.commits;
        shared.commits += 1;
        let staged = shared.rows.decide(writes)?;
        match shared.failing {
            Some(failing) if failing.at <= number => {
                shared.failing = None;
                shared.stopped = true;
                if failing.stored {
                    shared.rows.apply(staged, writes);
                }
                Err(Error::io("writing to the journal in memory", io::Error::other("told to fail")))
            }
            _ => Ok(shared.rows.apply(staged, writes)),
        }
    }

    fn settle(&self) -> Result<(), Error> {
        self.alive().map(drop)
    }

    fn history(&self, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Error> {
        let shared = self.alive()?;
        let records = shared.rows.histories.get(&run).map_or(&[][..], Vec::as_slice);
        let mut bytes = 0;
        let mut page = Vec::new();
        for record in records.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)).take(most) {
            let find = &mut |digest| Ok::<_, Error>(shared.rows.values.get(&digest).cloned());
            let (record, size) = decode_stored(run, record, find)?;
            page.push(record);
            bytes += size;
            if bytes >= MAX_PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }

    fn length(&self, run: RunId) -> Result<u64, Error> {
        Ok(self.alive()?.rows.next(run))
    }

    fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Error> {
        Ok(self.alive()?.rows.runs.get(&run).cloned())
    }

    fn runs(&self, filter: &Filter) -> Result<Vec<RunSummary>, Error> {
        let shared = self.alive()?;
        let runs = shared.rows.runs.values().rev();
        let older = runs.skip_while(|run| filter.before.is_some_and(|before| run.id >= before));
        let lowest = filter.lowest();
        let young = older.take_while(|run| run.id >= lowest);
        Ok(young.filter(|run| filter.admits(run)).take(filter.most).cloned().collect())
    }

    fn live(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        let shared = self.alive()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = shared.rows.runs.range((from, Bound::Unbounded)).map(|(_, row)| row);
        let live = rows.filter(|row| Standing::of(row).place != Place::Nowhere);
        Ok(live.take(most).cloned().collect())
    }

    fn awake(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Error> {
        let shared = self.alive()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(shared.rows.awake.range((from, Bound::Unbounded)).take(most).copied().collect())
    }

    fn due(&self, until: Time, after: Option<(Time, RunId)>, most: usize) -> Result<Vec<(Time, RunId)>, Error> {
        let shared = self.alive()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = shared.rows.due.range((from, Bound::Unbounded));
        Ok(rows.take_while(|(due, _)| *due <= until).take(most).copied().collect())
    }

    fn owed(&self, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Error> {
        let shared = self.alive()?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(shared.rows.owed.range((from, Bound::Unbounded)).take(most).copied().collect())
    }

    fn snapshot(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.alive()?.rows.snapshots.get(&run).cloned())
    }

    fn children(&self, parent: RunId, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        let shared = self.alive()?;
        let lowest = (parent, after.unwrap_or(RunId::from_bytes([0; 16])));
        let rows = shared.rows.children.range(lowest..).take_while(|row| row.0 == parent);
        let ids = rows.map(|row| row.1).filter(|id| after.is_none_or(|after| *id > after));
        Ok(ids.filter_map(|id| shared.rows.runs.get(&id)).take(most).cloned().collect())
    }

    fn ending_with(&self, suffix: &str, most: usize) -> Result<Vec<RunId>, Error> {
        let shared = self.alive()?;
        let Some(digits) = ending(suffix) else { return Ok(Vec::new()) };
        let ids = shared.rows.runs.keys().rev().filter(|id| ends_with(&id.bytes(), &digits));
        Ok(ids.take(most).copied().collect())
    }

    fn text(&self, digest: Digest) -> Result<Option<Arc<str>>, Error> {
        Ok(self.alive()?.rows.texts.get(&digest).cloned())
    }

    fn forget(&self, runs: &[RunId]) -> Result<Freed, Error> {
        let mut shared = self.alive()?;
        let mut freed = Freed::default();
        for run in runs {
            if freed.records >= MAX_FORGET_RECORDS {
                break;
            }
            freed.seen += 1;
            if shared.rows.is_removable(*run) {
                shared.rows.forget(*run, &mut freed);
            }
        }
        Ok(freed)
    }

    fn sweep(&self) -> Result<Freed, Error> {
        Ok(self.alive()?.rows.sweep())
    }

    fn known(&self, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Error> {
        let shared = self.alive()?;
        let owner = shared.rows.keys.get(&(workflow.into(), key.into())).copied();
        Ok(owner.filter(|(run, _)| shared.rows.histories.contains_key(run)))
    }

    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.alive()?.rows.secrets.get(name).cloned())
    }

    fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        Ok(self.alive()?.rows.secrets.clone().into_iter().collect())
    }

    fn keep_secret(&self, name: &str, kept: Option<&[u8]>) -> Result<bool, Error> {
        let secrets = &mut self.alive()?.rows.secrets;
        let before = match kept {
            Some(kept) => secrets.insert(name.to_string(), kept.to_vec()),
            None => secrets.remove(name),
        };
        Ok(before.is_some())
    }

    fn keep_secret_if_absent(&self, name: &str, kept: &[u8]) -> Result<bool, Error> {
        let secrets = &mut self.alive()?.rows.secrets;
        let is_absent = !secrets.contains_key(name);
        if is_absent {
            secrets.insert(name.to_string(), kept.to_vec());
        }
        Ok(is_absent)
    }
}
