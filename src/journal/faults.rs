//! A disk in memory that fails when told to: an instrument for tests and simulations, not for use.
//!
//! It keeps what was written apart from what is durable. A sync makes durable what was written before it; when the
//! power fails, each write since the last sync is there, or isn't, or is there in part. `kill -9` alone never tests
//! a missing sync, since the operating system keeps the pages; this does.

use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redb::{BackendError, StorageBackend};

/// The grain in which a write may be torn.
const SECTOR: usize = 512;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// Any operation fails with EIO and does nothing.
    Io,
    /// A write, or a growing of the file, fails with ENOSPC and does nothing.
    NoSpace,
    /// A write stores its first half and fails.
    ShortWrite,
    /// A sync fails. What was written stays readable, and may or may not become durable.
    FailedSync,
    /// The power fails: that operation and all later ones do nothing, until [`Disk::restart`].
    PowerLoss,
}

impl Fault {
    pub const ALL: [Fault; 5] = [Fault::Io, Fault::NoSpace, Fault::ShortWrite, Fault::FailedSync, Fault::PowerLoss];

    fn concerns(self, operation: &Operation) -> bool {
        match self {
            Fault::Io | Fault::PowerLoss => true,
            Fault::NoSpace => matches!(operation, Operation::Write | Operation::SetLen),
            Fault::ShortWrite => matches!(operation, Operation::Write),
            Fault::FailedSync => matches!(operation, Operation::Sync),
        }
    }

    fn error(self) -> io::Error {
        match self {
            Fault::NoSpace => io::ErrorKind::StorageFull.into(),
            Fault::Io => io::Error::other("injected: input/output error"),
            Fault::ShortWrite => io::Error::new(io::ErrorKind::WriteZero, "injected: short write"),
            Fault::FailedSync => io::Error::other("injected: the sync failed"),
            Fault::PowerLoss => io::Error::other("injected: no power"),
        }
    }
}

/// The kinds of operations that can fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operation {
    Read,
    Write,
    SetLen,
    Sync,
    Len,
}

/// A handle on the disk; clones share it. Each [`Disk::backend`] is one opening of the file.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    /// What a reader sees.
    live: Vec<u8>,
    /// What is there for certain after a loss of power.
    durable: Vec<u8>,
    /// What was done to `live` since.
    unsynced: Vec<Change>,
    operations: u64,
    plan: Option<Plan>,
    failed: u64,
    off: bool,
    /// Which opening holds the lock of the file.
    locked_by: Option<u64>,
    openings: u64,
}

#[derive(Debug)]
enum Change {
    Write(u64, Vec<u8>),
    SetLen(u64),
}

/// Which operation fails.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// The first operation that the fault concerns from this number on.
    at: u64,
    fault: Fault,
    /// Whether all such later ones fail, too.
    lasting: bool,
}

impl Disk {
    pub fn new() -> Disk {
        Disk::default()
    }

    /// A disk that holds these bytes durably.
    pub fn holding(bytes: &[u8]) -> Disk {
        let disk = Disk::new();
        disk.platter().live = bytes.to_vec();
        disk.platter().durable = bytes.to_vec();
        disk
    }

    /// Opens the file.
    pub fn backend(&self) -> Backend {
        let mut platter = self.platter();
        platter.openings += 1;
        Backend { disk: self.clone(), opening: platter.openings }
    }

    /// Plans a fault for the `nth` operation from now, from 0, or the first later one that it concerns; with
    /// `lasting` for all such later ones as well.
    pub fn fail(&self, nth: u64, fault: Fault, lasting: bool) {
        let mut platter = self.platter();
        platter.plan = Some(Plan { at: platter.operations + nth, fault, lasting });
    }

    /// Plans no more faults.
    pub fn heal(&self) {
        self.platter().plan = None;
    }

    /// The machine is started again: what was durable is there, and of what wasn't, what `seed` says: with 0
    /// nothing, with `u64::MAX` all, else each sector of each write by a throw. Locks are gone, and so are faults.
    pub fn restart(&self, seed: u64) {
        let mut platter = self.platter();
        let mut throws = Throws(seed);
        for change in std::mem::take(&mut platter.unsynced) {
            match change {
                Change::Write(offset, bytes) => land(&mut platter.durable, offset, &bytes, &mut throws),
                Change::SetLen(len) if throws.keep() => set_len(&mut platter.durable, len),
                Change::SetLen(_) => {}
            }
        }
        platter.live = platter.durable.clone();
        platter.plan = None;
        platter.off = false;
        platter.locked_by = None;
    }

    /// How many operations there were so far.
    pub fn operations(&self) -> u64 {
        self.platter().operations
    }

    /// How many operations were made to fail so far.
    pub fn failed(&self) -> u64 {
        self.platter().failed
    }

    /// What a reader would see.
    pub fn bytes(&self) -> Vec<u8> {
        self.platter().live.clone()
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes those sectors of the bytes that are kept.
fn land(durable: &mut Vec<u8>, offset: u64, bytes: &[u8], throws: &mut Throws) {
    for (i, sector) in bytes.chunks(SECTOR).enumerate() {
        let at = offset as usize + i * SECTOR;
        if throws.keep() {
            put(durable, at, sector);
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    if bytes.len() < at + part.len() {
        set_len(bytes, (at + part.len()) as u64);
    }
    bytes[at..at + part.len()].copy_from_slice(part);
}

/// Cuts the bytes, or adds zeros, in one piece: byte by byte is slow without optimization.
fn set_len(bytes: &mut Vec<u8>, len: u64) {
    let more = (len as usize).saturating_sub(bytes.len());
    bytes.extend_from_slice(&vec![0; more]);
    bytes.truncate(len as usize);
}

/// A row of throws that a number determines (splitmix64).
struct Throws(u64);

impl Throws {
    fn keep(&mut self) -> bool {
        if self.0 == 0 || self.0 == u64::MAX {
            return self.0 != 0;
        }
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15).clamp(1, u64::MAX - 1);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 63 == 1
    }
}

impl Platter {
    /// Counts the operation, and says what goes wrong with it.
    fn begin(&mut self, operation: Operation) -> Option<Fault> {
        let number = self.operations;
        self.operations += 1;
        if self.off {
            return Some(Fault::PowerLoss);
        }
        let plan = self.plan.filter(|plan| plan.at <= number && plan.fault.concerns(&operation))?;
        self.failed += 1;
        self.off = plan.fault == Fault::PowerLoss;
        if !plan.lasting {
            self.plan = None;
        }
        Some(plan.fault)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        put(&mut self.live, offset as usize, bytes);
        self.unsynced.push(Change::Write(offset, bytes.to_vec()));
    }

    fn sync(&mut self) {
        let mut all = Throws(u64::MAX);
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Write(offset, bytes) => land(&mut self.durable, offset, &bytes, &mut all),
                Change::SetLen(len) => set_len(&mut self.durable, len),
            }
        }
    }
}

/// One opening of the disk's file, as redb sees it.
#[derive(Debug)]
pub struct Backend {
    disk: Disk,
    opening: u64,
}

impl Backend {
    /// Does the operation, unless it is to fail.
    fn run<T>(&self, operation: Operation, done: impl FnOnce(&mut Platter) -> io::Result<T>) -> io::Result<T> {
        let mut platter = self.disk.platter();
        match platter.begin(operation) {
            None => done(&mut platter),
            Some(fault) => Err(fault.error()),
        }
    }

    fn is_whole(start: Bound<u64>, end: Bound<u64>) -> bool {
        matches!(start, Bound::Unbounded | Bound::Included(0)) && end == Bound::Unbounded
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.run(Operation::Len, |platter| Ok(platter.live.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.run(Operation::Read, |platter| {
            let at = offset as usize;
            let there = platter.live.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(there);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.run(Operation::SetLen, |platter| {
            set_len(&mut platter.live, len);
            platter.unsynced.push(Change::SetLen(len));
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.run(Operation::Sync, |platter| {
            platter.sync();
            Ok(())
        })
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.disk.platter();
        match platter.begin(Operation::Write) {
            None => platter.write(offset, bytes),
            Some(Fault::ShortWrite) => {
                platter.write(offset, &bytes[..bytes.len() / 2]);
                return Err(Fault::ShortWrite.error());
            }
            Some(fault) => return Err(fault.error()),
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        let mut platter = self.disk.platter();
        if platter.locked_by == Some(self.opening) {
            platter.locked_by = None;
        }
        Ok(())
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if !Backend::is_whole(start, end) {
            return Err(BackendError::Unsupported);
        }
        let mut platter = self.disk.platter();
        let free = platter.locked_by.is_none();
        if free {
            platter.locked_by = Some(self.opening);
        }
        Ok(free)
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(self.close()?)
    }
}
