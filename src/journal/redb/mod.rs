//! The journal in a file, by redb: opened so that a foreign or damaged file stays untouched, written by one
//! transaction at a time, read beside it.
//!
//! No error of redb and no panic of it leaves this folder: both become [`Error`]s that name the file. After any error
//! of a commit the handle refuses all further ones, since the failed one may or may not have become durable.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redb::{Builder, Database, StorageBackend};

use crate::model::{Digest, RunId, RunSummary, Time};

use super::lock::Lock;
use super::panics::caught;
use super::{Error, Filter, Freed, Holder, Journal, Outcome, Owed, Record, Write};

mod commit;
mod held;
mod read;
mod remove;
mod secrets;
mod tables;
mod view;

use commit::Memory;
use held::Held;
pub(in crate::journal) use held::Syncs;
pub use tables::FORMAT as TABLES_FORMAT;
pub(in crate::journal) use view::View;

/// How the journal's file is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How much of the file is kept in memory, in bytes.
    pub cache_bytes: usize,
    pub quick_repair: QuickRepair,
    /// Up to this length, in bytes, the whole file is checked whenever it is opened; a longer one only where the last
    /// process did not leave in order and quick repair doesn't cover it.
    pub checked_bytes: u64,
}

/// When a commit also stores what makes the file ready at once after a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuickRepair {
    /// When nothing has come for a while, and before leaving: only a crash under load needs a repair.
    Hybrid,
    /// With each commit, which then takes two syncs.
    Always,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { cache_bytes: 64 << 20, quick_repair: QuickRepair::Hybrid, checked_bytes: 16 << 20 }
    }
}

/// The journal in a file.
pub struct RedbJournal {
    /// None only while it is dropped.
    db: Option<Database>,
    backend: Held,
    memory: Mutex<Memory>,
    quick_repair: QuickRepair,
    /// Whether something was committed since the last quick-repair commit.
    unsettled: AtomicBool,
    broken: AtomicBool,
    /// What the file is called in messages.
    place: PathBuf,
    /// Freed after the file is closed.
    _lock: Option<Lock>,
}

/// Why a transaction was given up.
enum Stop {
    Store(::redb::Error),
    Said(Error),
}

macro_rules! stops {
    ($($error:ident),*) => {
        $(impl From<::redb::$error> for Stop {
            fn from(error: ::redb::$error) -> Stop {
                Stop::Store(error.into())
            }
        })*
    };
}

stops!(StorageError, TableError, TransactionError, CommitError, DatabaseError);

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Said(error)
    }
}

impl RedbJournal {
    /// Opens the journal that `backend` holds; an empty one becomes a new journal, made at `now`. `place` names it in
    /// messages.
    ///
    /// A backend that holds something else, or a damaged journal, is refused and not written to.
    pub fn with_backend(
        backend: impl StorageBackend,
        place: &Path,
        settings: &Settings,
        now: Time,
    ) -> Result<RedbJournal, Error> {
        RedbJournal::open(backend, place, settings, now, Syncs::All)
    }

    pub(super) fn open(
        backend: impl StorageBackend,
        place: &Path,
        settings: &Settings,
        now: Time,
        syncs: Syncs,
    ) -> Result<RedbJournal, Error> {
        let opened = caught(|| open_held(backend, place, settings, now, syncs));
        let (db, backend) = told(opened, place, "opening")?;
        Ok(RedbJournal {
            db: Some(db),
            backend,
            memory: Mutex::default(),
            quick_repair: settings.quick_repair,
            unsettled: AtomicBool::new(true),
            broken: AtomicBool::new(syncs == Syncs::Never),
            place: place.to_path_buf(),
            _lock: None,
        })
    }

    /// The same journal, that keeps the lock of its folder.
    pub(super) fn locked(self, lock: Lock) -> RedbJournal {
        let mut journal = self;
        journal._lock = Some(lock);
        journal
    }

    fn db(&self) -> &Database {
        self.db.as_ref().expect("the file is open until the journal is dropped")
    }

    fn read<T>(&self, read: impl FnOnce(&Database) -> Result<T, Stop>) -> Result<T, Error> {
        told(caught(|| read(self.db())), &self.place, "reading")
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, unless an earlier writing failed.
    fn write<T>(&self, quick: bool, write: impl FnOnce(&Database, &mut Memory) -> Result<T, Stop>) -> Result<T, Error> {
        let mut memory = self.memory();
        if self.broken.load(Ordering::Acquire) {
            return Err(Error::Stopped);
        }
        let written = told(caught(|| write(self.db(), &mut memory)), &self.place, "writing");
        match &written {
            Ok(_) => self.unsettled.store(!quick, Ordering::Release),
            Err(error) if error.is_of_one_run() => {}
            Err(_) => self.broken.store(true, Ordering::Release),
        }
        written.map_err(|error| match (error, self.backend.failure()) {
            (Error::Stopped, Some(cause)) => Error::io(format!("writing `{}`", self.place.display()), cause),
            (error, _) => error,
        })
    }
}

/// Opens or makes the database in memory, looks whether it is ours, and only then lets it reach the backend.
fn open_held(
    backend: impl StorageBackend,
    place: &Path,
    settings: &Settings,
    now: Time,
    syncs: Syncs,
) -> Result<(Database, Held), Stop> {
    let trouble = |error| Stop::Said(Error::io(format!("opening `{}`", place.display()), error));
    let held = Held::new(backend).map_err(trouble)?;
    let len = held.len().map_err(trouble)?;
    let mut builder = Builder::new();
    builder.set_cache_size(settings.cache_bytes);
    builder.set_check_integrity_on_open(0 < len && len <= settings.checked_bytes);
    let db = builder.create_with_backend(held.clone())?;
    if len == 0 {
        tables::create(&db, now)?
    } else {
        tables::verify(&db, place)?
    }
    if syncs != Syncs::Never {
        held.release(syncs).map_err(trouble)?;
    }
    Ok((db, held))
}

/// The result, with what went wrong told as an error of the file `place`.
fn told<T>(result: Result<Result<T, Stop>, String>, place: &Path, doing: &str) -> Result<T, Error> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Stop::Said(error))) => Err(error),
        Ok(Err(Stop::Store(error))) => Err(translate(error, place, doing)),
        Err(panic) => Err(Error::Damaged { path: place.to_path_buf(), why: panic }),
    }
}

fn translate(error: ::redb::Error, place: &Path, doing: &str) -> Error {
    let path = place.to_path_buf();
    match error {
        ::redb::Error::Io(e) if e.kind() == std::io::ErrorKind::InvalidData => {
            Error::Foreign { path, what: "it is no database of redb".into() }
        }
        ::redb::Error::Io(e) => Error::io(format!("{doing} `{}`", place.display()), e),
        ::redb::Error::PreviousIo | ::redb::Error::DatabaseClosed => Error::Stopped,
        ::redb::Error::DatabaseAlreadyOpen => Error::Busy { path, holder: Holder::unknown() },
        ::redb::Error::UpgradeRequired(version) => {
            Error::Foreign { path, what: format!("it is a database of redb of file format {version}") }
        }
        ::redb::Error::Corrupted(why) => Error::Damaged { path, why },
        other => Error::Damaged { path, why: other.to_string() },
    }
}

impl Journal for RedbJournal {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>, Error> {
        let quick = self.quick_repair == QuickRepair::Always;
        self.write(quick, |db, memory| commit::commit(db, memory, writes, quick))
    }

    fn settle(&self) -> Result<(), Error> {
        if !self.unsettled.load(Ordering::Acquire) {
            return Ok(());
        }
        self.write(true, |db, memory| commit::commit(db, memory, &[], true).map(drop))
    }

    fn history(&self, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Error> {
        self.read(|db| read::history(db, run, from, most))
    }

    fn length(&self, run: RunId) -> Result<u64, Error> {
        self.read(|db| read::length(db, run))
    }

    fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Error> {
        self.read(|db| read::summary(db, run))
    }

    fn runs(&self, filter: &Filter) -> Result<Vec<RunSummary>, Error> {
        self.read(|db| read::runs(db, filter))
    }

    fn live(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        self.read(|db| read::live(db, after, most))
    }

    fn awake(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Error> {
        self.read(|db| read::awake(db, after, most))
    }

    fn due(&self, until: Time, after: Option<(Time, RunId)>, most: usize) -> Result<Vec<(Time, RunId)>, Error> {
        self.read(|db| read::due(db, until, after, most))
    }

    fn owed(&self, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Error> {
        self.read(|db| read::owed(db, after, most))
    }

    fn snapshot(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        self.read(|db| read::snapshot(db, run))
    }

    fn children(&self, parent: RunId, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        self.read(|db| read::children(db, parent, after, most))
    }

    fn ending_with(&self, suffix: &str, most: usize) -> Result<Vec<RunId>, Error> {
        self.read(|db| read::ending_with(db, suffix, most))
    }

    fn text(&self, digest: Digest) -> Result<Option<Arc<str>>, Error> {
        self.read(|db| read::text(db, digest))
    }

    fn forget(&self, runs: &[RunId]) -> Result<Freed, Error> {
        let quick = self.quick_repair == QuickRepair::Always;
        self.write(quick, |db, memory| remove::forget(db, memory, runs, quick))
    }

    fn sweep(&self) -> Result<Freed, Error> {
        let quick = self.quick_repair == QuickRepair::Always;
        self.memory().watch();
        let mut freed = Freed::default();
        let swept = self.read(remove::loose).and_then(|mut loose| {
            while !loose.is_empty() {
                freed.add(self.write(quick, |db, memory| remove::sweep(db, memory, &mut loose, quick))?);
            }
            Ok(freed)
        });
        self.memory().unwatch();
        swept
    }

    fn known(&self, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Error> {
        self.read(|db| read::known(db, workflow, key))
    }

    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read(|db| secrets::one(db, name))
    }

    fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.read(secrets::all)
    }

    fn keep_secret(&self, name: &str, kept: Option<&[u8]>) -> Result<bool, Error> {
        self.write(true, |db, _| secrets::keep(db, name, kept))
    }

    fn keep_secret_if_absent(&self, name: &str, kept: &[u8]) -> Result<bool, Error> {
        self.write(true, |db, _| secrets::keep_if_absent(db, name, kept))
    }
}

impl Drop for RedbJournal {
    /// Closes the file in order. What can't be written any more is repaired by the next opening.
    fn drop(&mut self) {
        let db = self.db.take();
        // A panic says no more than that the file isn't closed in order.
        let _ = caught(|| drop(db));
    }
}
