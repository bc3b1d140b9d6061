//! The store of all histories: what was committed here has happened, and nothing else has.
//!
//! A [`Journal`] takes the facts of runs in transactions and gives them back; [`RedbJournal`] keeps them in a file,
//! [`MemoryJournal`] in memory. [`Writer`] is the one thread that commits, for all runs together; [`Folder`] is
//! the place on disk, which belongs to one process at a time. The room knows records, not what they mean: a history
//! can be read without its script. Invariant: the records of a run are dense from 0, are never changed, and once
//! [`Journal::commit`] has returned they survive the loss of the process and of the power.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Digest, RunId, RunStatus, RunSummary, Time};

mod apart;
mod batch;
mod error;
mod exchange;
pub mod faults;
mod folder;
pub mod kv;
mod lock;
mod memory;
mod panics;
mod record;
mod redb;
mod writer;

#[cfg(test)]
pub mod tests;

pub use apart::LARGE_VALUE_BYTES;
pub use batch::{Ack, commit_batch};
pub use error::{Error, Refusal};
pub use exchange::{Alone, Claimed, Exchange, Listener, Told};
pub use folder::{FOLDER_FORMAT, Folder, Tried};
pub use lock::Holder;
pub use memory::MemoryJournal;
pub use record::{MAX_RECORD_BYTES, RECORD_VERSION, Record, read_json};
pub use redb::{QuickRepair, RedbJournal, Settings, TABLES_FORMAT};
pub use writer::{MAX_BATCH_BYTES, MAX_BATCH_WRITES, Notice, Writer};

/// A page of a history ends after so many encoded bytes, if it has a record at all.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// So many records one [`Journal::forget`] removes, and then those of the run that it has begun with.
pub const MAX_FORGET_RECORDS: u64 = 20_000;

/// How many plans, and how many keys, [`Journal::sweep`] removes in one transaction.
const MAX_SWEEP: usize = 1_000;

/// How many rows [`Journal::unfinished`] reads at a time.
const LIVE_PAGE: usize = 1_000;

/// How much earlier than its id's time a run may claim to have been created, in ms: lists that begin at a time look
/// for runs from there on only.
const CLOCK_SLACK_MS: i64 = 86_400_000;

/// One run's part of a transaction: a record, and what is stored beside it.
#[derive(Clone, PartialEq, Debug)]
pub struct Write {
    pub run: RunId,
    /// The record's position in the run's history, from 0, without gaps.
    pub seq: u64,
    /// The record, as [`Record::encode`] made it.
    pub record: Vec<u8>,
    /// The run's row, where it is new or changed.
    pub summary: Option<RunSummary>,
    /// Plans and source texts, each stored once under its hash.
    pub texts: Vec<(Digest, Arc<str>)>,
    /// The idempotency key that the run is started with.
    pub claim: Option<Claim>,
    /// That the transaction decides what the record says: then `record` is empty.
    pub decide: Option<kv::Decide>,
    /// What becomes of the run's snapshot, where it isn't left as it is.
    pub snapshot: Option<Snapshot>,
    /// What is owed from now on between callers that haven't ended and the runs that they call: what is to happen next is
    /// not on disk yet.
    pub owes: Vec<Owed>,
    /// What was owed, and happened with this record.
    pub settles: Vec<Owed>,
}

/// A run, and one that it called: the caller has something to do about it, or to hear of it.
pub type Owed = (RunId, RunId);

/// What a write does to the run's snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Snapshot {
    /// It is this from now on: bytes that mean something to those who drive runs, and to nobody here.
    Store(Vec<u8>),
    Drop,
}

impl Write {
    /// A write of a record alone.
    pub fn new(run: RunId, seq: u64, record: Vec<u8>) -> Write {
        Write {
            run,
            seq,
            record,
            summary: None,
            texts: Vec::new(),
            claim: None,
            decide: None,
            snapshot: None,
            owes: Vec::new(),
            settles: Vec::new(),
        }
    }

    /// About how many bytes it takes in memory and in a transaction.
    pub fn weight(&self) -> usize {
        let snapshot = match &self.snapshot {
            Some(Snapshot::Store(bytes)) => bytes.len(),
            Some(Snapshot::Drop) | None => 0,
        };
        let decide = self.decide.as_ref().map_or(0, kv::Decide::weight);
        64 + self.record.len() + decide + snapshot + self.texts.iter().map(|(_, text)| text.len()).sum::<usize>()
    }
}

/// What a removal has freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Freed {
    /// How many of the named runs were looked at; the rest is for the next call.
    pub seen: u64,
    pub runs: u64,
    pub records: u64,
    /// Large values that no run holds any more.
    pub values: u64,
    /// Plans and source texts that no run follows any more.
    pub texts: u64,
    /// Idempotency keys of runs that are gone.
    pub keys: u64,
    /// How many bytes all of these had.
    pub bytes: u64,
}

impl Freed {
    pub fn add(&mut self, more: Freed) {
        let Freed { seen, runs, records, values, texts, keys, bytes } = more;
        self.seen += seen;
        self.runs += runs;
        self.records += records;
        self.values += values;
        self.texts += texts;
        self.keys += keys;
        self.bytes += bytes;
    }
}

/// An idempotency key, taken by the first run that claims it. Decided inside of the transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claim {
    pub workflow: Arc<str>,
    pub key: Arc<str>,
    /// Hash of the run's input, to tell a repetition from another wish under the same key.
    pub input: Digest,
}

/// What became of a write whose transaction is durable.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is stored, now or by an earlier sending of the same write.
    Stored,
    /// Its claim's key belongs to another run; nothing of the write is stored.
    Known { run: RunId, input: Digest },
    /// What was decided, now or at an earlier sending of the same write. Where it gives a result it is stored, and
    /// else nothing of the write is.
    Decided(kv::Verdict),
}

/// Which runs a list is about.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Filter {
    pub workflow: Option<Arc<str>>,
    pub status: Option<RunStatus>,
    /// Created then or later.
    pub since: Option<Time>,
    /// Older than this run: the last one of the page before.
    pub before: Option<RunId>,
    /// The most rows that are given.
    pub most: usize,
}

impl Filter {
    /// The newest `most` runs, whatever they are.
    pub fn newest(most: usize) -> Filter {
        Filter { workflow: None, status: None, since: None, before: None, most }
    }

    /// The lowest id that a run created at `since` or later can have.
    fn lowest(&self) -> RunId {
        let since = self.since.map_or(0, Time::unix_ms).saturating_sub(CLOCK_SLACK_MS);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&u64::try_from(since).unwrap_or(0).to_be_bytes()[2..]);
        RunId::from_bytes(bytes)
    }

    fn admits(&self, run: &RunSummary) -> bool {
        self.workflow.as_ref().is_none_or(|name| *name == run.workflow)
            && self.status.is_none_or(|status| status == run.status)
            && self.since.is_none_or(|since| run.created_at >= since)
    }
}

/// The store of all histories. Reading never waits for a commit, and sees what was committed when it began.
pub trait Journal: Send + Sync {
    /// Stores all `writes` in one transaction and gives each one's outcome, in their order. Durable on return.
    ///
    /// A write whose `seq` isn't the next of its run is [`Error::Refused`], and then none of them is stored; but
    /// one that was stored before, to the byte, is [`Outcome::Stored`] and not stored again. After any other error
    /// it isn't known whether the writes are stored: acknowledge none, and open the store anew.
    fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>, Error>;

    /// Called when nothing has come for a while, and before leaving: the time for work that makes the next opening
    /// quick. Changes nothing that can be read.
    fn settle(&self) -> Result<(), Error>;

    /// The run's records from position `from` on: at most `most`, fewer where they are large
    /// ([`MAX_PAGE_BYTES`]), none only at the end of the history.
    fn history(&self, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Error>;

    /// How many records the run has: the `seq` of its next one.
    fn length(&self, run: RunId) -> Result<u64, Error>;

    fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Error>;

    /// The runs that the filter admits, newest first.
    fn runs(&self, filter: &Filter) -> Result<Vec<RunSummary>, Error>;

    /// A page of the runs that have not ended, oldest first, after run `after`. Costs what is live, not what has
    /// been.
    fn live(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error>;

    /// All runs that have not ended, oldest first.
    fn unfinished(&self) -> Result<Vec<RunSummary>, Error> {
        let mut all = Vec::new();
        loop {
            let page = self.live(all.last().map(|run: &RunSummary| run.id), LIVE_PAGE)?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// A page of the runs that have not ended and don't rest, oldest first, after run `after`. Costs what goes on, not
    /// what waits: a run rests while its status is `waiting`, `paused` or `needs_attention`.
    fn awake(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Error>;

    /// The waiting runs that are due at `until` or earlier, and when, the earliest first: a page of at most `most`, after
    /// the entry `after`.
    fn due(&self, until: Time, after: Option<(Time, RunId)>, most: usize) -> Result<Vec<(Time, RunId)>, Error>;

    /// What callers and the runs they called owe each other: a page of at most `most`, after the entry `after`.
    fn owed(&self, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Error>;

    /// The snapshot that was stored last for the run, if there is one.
    fn snapshot(&self, run: RunId) -> Result<Option<Vec<u8>>, Error>;

    /// A page of the runs that were called by `parent`, oldest first, after run `after`.
    fn children(&self, parent: RunId, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error>;

    /// The runs whose id, written in hex, ends like this, newest first. Dashes and case count for nothing; what is
    /// no hex is the ending of no run.
    fn ending_with(&self, suffix: &str, most: usize) -> Result<Vec<RunId>, Error>;

    /// The plan or source text of that hash.
    fn text(&self, digest: Digest) -> Result<Option<Arc<str>>, Error>;

    /// Removes runs with all that is stored of them, in one transaction: of those named, from the first on, until
    /// [`MAX_FORGET_RECORDS`] are gone. One that has not ended, whose caller has not, or that called one that has not, stays.
    fn forget(&self, runs: &[RunId]) -> Result<Freed, Error>;

    /// Removes plans and texts that no run follows and keys of runs that are gone, in transactions of a bounded length.
    /// Reads every run's row, without keeping a commit waiting.
    fn sweep(&self) -> Result<Freed, Error>;

    /// The run that took this idempotency key, and the hash of its input. A key of a run that was removed is free.
    fn known(&self, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Error>;

    /// What is kept for the secret of that name, as whoever keeps it has encrypted it.
    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// All that is kept for secrets, by name.
    fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>, Error>;

    /// Keeps that for the secret, or nothing any more; whether something was kept before. Durable on return.
    fn keep_secret(&self, name: &str, kept: Option<&[u8]>) -> Result<bool, Error>;

    /// Keeps that for the secret if nothing is kept for it; whether it did. Of several at once, one does. Durable on
    /// return.
    fn keep_secret_if_absent(&self, name: &str, kept: &[u8]) -> Result<bool, Error>;
}

/// Where an unfinished run stands in the indexes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Standing {
    place: Place,
    /// When it is due, where it waits for a time.
    due: Option<Time>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Awake,
    Resting,
    /// It has ended: it stands in no index.
    Nowhere,
}

impl Standing {
    const NONE: Standing = Standing { place: Place::Nowhere, due: None };

    fn of(run: &RunSummary) -> Standing {
        let place = match run.status {
            RunStatus::Queued | RunStatus::Running => Place::Awake,
            RunStatus::Waiting | RunStatus::Paused | RunStatus::NeedsAttention => Place::Resting,
            RunStatus::Succeeded | RunStatus::Failed | RunStatus::Stopped => Place::Nowhere,
        };
        Standing { place, due: run.due.filter(|_| run.status == RunStatus::Waiting) }
    }
}

/// The hex digits of an id's ending, lower case and without dashes; none where it is no such thing.
fn ending(suffix: &str) -> Option<String> {
    let digits: String = suffix.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let is_hex = !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then_some(digits)
}

/// Whether the id, as 32 hex digits, ends with `digits`, as [`ending`] gives them.
fn ends_with(id: &[u8; 16], digits: &str) -> bool {
    let nibble = |i: usize| if i.is_multiple_of(2) { id[15 - i / 2] & 15 } else { id[15 - i / 2] >> 4 };
    digits.bytes().rev().enumerate().all(|(i, digit)| char::from(digit).to_digit(16) == Some(u32::from(nibble(i))))
}
