//! The tables of the file and how their keys are written (drawn in `docs/format.md`). A change here is a change of
//! the stored format.

use std::path::Path;

use ::redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use crate::model::{Digest, RunId, Time};

use super::super::record::decode_summary;
use super::super::{Error, Place, Standing};
use super::Stop;

/// What the file is: the number of its format, and when it was made.
pub(super) const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// (run, position) to the record.
pub(super) const HISTORY: TableDefinition<&[u8; 24], &[u8]> = TableDefinition::new("history");
/// Run to its row.
pub(super) const RUNS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("runs");
/// The runs that have not ended and don't rest.
pub(super) const LIVE: TableDefinition<&[u8; 16], ()> = TableDefinition::new("live");
/// Hash to plan or source text.
pub(super) const TEXTS: TableDefinition<&[u8; 32], &str> = TableDefinition::new("texts");
/// (workflow, idempotency key) to the run and the hash of its input.
pub(super) const KEYS: TableDefinition<(&str, &str), &[u8; 48]> = TableDefinition::new("keys");
/// (parent, child).
pub(super) const CHILDREN: TableDefinition<&[u8; 32], ()> = TableDefinition::new("children");

/// The runs that have not ended and rest: they wait, or a person is asked for.
pub(super) const RESTING: TableDefinition<&[u8; 16], ()> = TableDefinition::new("resting");
/// (when, run): the runs that wait for a time.
pub(super) const DUE: TableDefinition<&[u8; 24], ()> = TableDefinition::new("due");
/// (caller, child): what is owed between them.
pub(super) const OWED: TableDefinition<&[u8; 32], ()> = TableDefinition::new("owed");
/// Run to its snapshot.
pub(super) const SNAPSHOTS: TableDefinition<&[u8; 16], &[u8]> = TableDefinition::new("snapshots");
/// (workflow, key) to the value that its runs share.
pub(super) const KV: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("kv");
/// Name of a secret to what is kept for it, encrypted.
pub(super) const SECRETS: TableDefinition<&str, &[u8]> = TableDefinition::new("secrets");

/// Hash to a large value.
pub(super) const VALUES: TableDefinition<&[u8; 32], &str> = TableDefinition::new("values");
/// (run, hash): the large values that a run's history refers to.
pub(super) const HOLDS: TableDefinition<&[u8; 48], ()> = TableDefinition::new("holds");
/// Hash to how many runs refer to that value.
pub(super) const HOLDERS: TableDefinition<&[u8; 32], u64> = TableDefinition::new("holders");
/// Plan to the hashes of the texts that came with it.
pub(super) const PARTS: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("parts");

/// The number of the tables' format, in `meta` under this name.
pub const FORMAT: u64 = 2;
/// The oldest format that is brought to the present one.
const OLDEST_FORMAT: u64 = 1;
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

/// The caller and the child that a key of `owed` holds.
pub(super) fn related(key: &[u8; 32]) -> (RunId, RunId) {
    let mut caller = [0; 16];
    caller.copy_from_slice(&key[..16]);
    (RunId::from_bytes(caller), RunId::from_bytes(child(key)))
}

/// The child that a key of `children` holds.
pub(super) fn child(key: &[u8; 32]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&key[16..]);
    bytes
}

/// The key of `due`. What is due before 1970 is due at once.
pub(super) fn timer(due: Time, run: RunId) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&due.unix_ms().max(0).to_be_bytes());
    key[8..].copy_from_slice(&run.bytes());
    key
}

/// When, and the run, that a key of `due` holds.
pub(super) fn timed(key: &[u8; 24]) -> (Time, RunId) {
    let (mut ms, mut run) = ([0; 8], [0; 16]);
    ms.copy_from_slice(&key[..8]);
    run.copy_from_slice(&key[8..]);
    (Time::from_unix_ms(i64::from_be_bytes(ms)), RunId::from_bytes(run))
}

/// The key of `holds`.
pub(super) fn hold(run: RunId, value: Digest) -> [u8; 48] {
    owner(run, value)
}

/// The hash of the value that a key of `holds` names.
pub(super) fn held(key: &[u8; 48]) -> Digest {
    owned(key).1
}

/// The hashes that a row of `parts` lists.
pub(super) fn digests(row: &[u8]) -> impl Iterator<Item = Digest> {
    row.as_chunks::<32>().0.iter().map(|hash| Digest(*hash))
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
        open_second(&txn)?;
    }
    Ok(txn.commit()?)
}

/// Makes the tables that format 2 added.
fn open_second(txn: &WriteTransaction) -> Result<(), Stop> {
    txn.open_table(RESTING)?;
    txn.open_table(DUE)?;
    txn.open_table(OWED)?;
    txn.open_table(SNAPSHOTS)?;
    txn.open_table(KV)?;
    txn.open_table(SECRETS)?;
    txn.open_table(VALUES)?;
    txn.open_table(HOLDS)?;
    txn.open_table(HOLDERS)?;
    txn.open_table(PARTS)?;
    Ok(())
}

/// Sees that the database is a journal, of a format that is known here, and brings an older one to the present format.
pub(super) fn verify(db: &Database, place: &Path) -> Result<(), Stop> {
    match format(db, place)? {
        FORMAT => {}
        _ => migrate(db)?,
    }
    let txn = db.begin_read()?;
    txn.open_table(HISTORY)?;
    txn.open_table(RUNS)?;
    txn.open_table(LIVE)?;
    txn.open_table(TEXTS)?;
    txn.open_table(KEYS)?;
    txn.open_table(CHILDREN)?;
    txn.open_table(RESTING)?;
    txn.open_table(DUE)?;
    txn.open_table(OWED)?;
    txn.open_table(SNAPSHOTS)?;
    txn.open_table(KV)?;
    txn.open_table(SECRETS)?;
    txn.open_table(VALUES)?;
    txn.open_table(HOLDS)?;
    txn.open_table(HOLDERS)?;
    txn.open_table(PARTS)?;
    Ok(())
}

/// The number of the journal's format, one that is known here.
fn format(db: &Database, place: &Path) -> Result<u64, Stop> {
    let txn = db.begin_read()?;
    let path = || place.to_path_buf();
    let meta = txn.open_table(META).map_err(|error| match error {
        TableError::Storage(error) => Stop::from(error),
        _ => Stop::Said(Error::Foreign { path: path(), what: "it is a database of another program".into() }),
    })?;
    let format = meta.get(FORMAT_KEY)?.map(|row| row.value());
    match format {
        Some(found) if (OLDEST_FORMAT..=FORMAT).contains(&found) => Ok(found),
        Some(found) if found > FORMAT => Err(Error::Newer { path: path(), found, known: FORMAT }.into()),
        found => {
            let why = format!("its format number is {}", found.map_or_else(|| "missing".into(), |n| n.to_string()));
            Err(Error::Damaged { path: path(), why }.into())
        }
    }
}

/// From format 1, in one transaction: the runs that rest leave `live`, where all unfinished ones stood, and those that
/// wait for a time get their entry in `due`. What they have heard of the runs that they called stands in their
/// histories alone, so each is woken once: it owes something to itself.
fn migrate(db: &Database) -> Result<(), Stop> {
    let mut txn = db.begin_write()?;
    txn.set_quick_repair(true);
    {
        open_second(&txn)?;
        let runs = txn.open_table(RUNS)?;
        let (mut live, mut resting) = (txn.open_table(LIVE)?, txn.open_table(RESTING)?);
        let (mut due, mut owed) = (txn.open_table(DUE)?, txn.open_table(OWED)?);
        let mut rest = Vec::new();
        for row in live.iter()? {
            let id = *row?.0.value();
            let row = runs.get(&id)?;
            // A row that can't be read stays among those that are looked at, and is named there.
            let Some(Ok(row)) = row.map(|row| decode_summary(RunId::from_bytes(id), row.value())) else { continue };
            let standing = Standing::of(&row);
            if standing.place == Place::Resting {
                rest.push((id, standing.due));
            }
        }
        for (id, when) in rest {
            let run = RunId::from_bytes(id);
            owed.insert(&relation(run, run), ())?;
            live.remove(&id)?;
            resting.insert(&id, ())?;
            if let Some(when) = when {
                due.insert(&timer(when, run), ())?;
            }
        }
        txn.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    }
    Ok(txn.commit()?)
}
