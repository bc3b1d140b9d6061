//! A backend that keeps everything to itself until it is told to let go: what redb does while it opens a file is
//! carried out only after the file has been found sound, so that a foreign or damaged one stays as it was.
//!
//! It is no cache: once released it passes each call on. Invariant: what reaches the backend below, reaches it in
//! the order in which redb asked for it, syncs included, so a crash in between leaves what it would have left.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redb::{BackendError, StorageBackend};

/// The grain of what is kept.
const BLOCK: u64 = 4096;

/// A handle on the backend; redb has another one.
#[derive(Clone, Debug)]
pub(super) struct Held(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    below: Box<dyn StorageBackend>,
    released: AtomicBool,
    kept: Mutex<Kept>,
    /// The latest error of the backend below: redb tells of some only that there was one.
    failure: Mutex<Option<Failure>>,
}

#[derive(Clone, Debug)]
struct Failure {
    kind: io::ErrorKind,
    text: String,
}

#[derive(Debug)]
struct Kept {
    /// Blocks that were written, as they are now.
    blocks: BTreeMap<u64, Vec<u8>>,
    len: u64,
    /// Bytes of the backend below from here on were cut off.
    visible: u64,
    /// What was asked for, in order.
    log: Vec<Ask>,
    /// Whether letting go failed half-way.
    broken: bool,
}

#[derive(Debug)]
enum Ask {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Sync,
}

/// What [`Held::release`] does about the syncs that redb asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::journal) enum Syncs {
    /// Each in its place.
    All,
    /// One at the end: for a file that nobody sees before it is whole.
    Once,
    /// Nothing is carried out at all: for a file that may only be read.
    Never,
}

impl Held {
    pub(super) fn new(below: impl StorageBackend) -> io::Result<Held> {
        let len = below.len()?;
        let kept = Kept { blocks: BTreeMap::new(), len, visible: len, log: Vec::new(), broken: false };
        let (released, failure) = (AtomicBool::new(false), Mutex::default());
        Ok(Held(Arc::new(Inner { below: Box::new(below), released, kept: Mutex::new(kept), failure })))
    }

    /// Carries out what was asked for so far, and passes on all that follows.
    pub(super) fn release(&self, syncs: Syncs) -> io::Result<()> {
        let mut kept = self.kept()?;
        let done = self.carry_out(&mut kept, syncs);
        kept.broken = done.is_err();
        kept.blocks.clear();
        self.0.released.store(done.is_ok(), Ordering::Release);
        done
    }

    fn carry_out(&self, kept: &mut Kept, syncs: Syncs) -> io::Result<()> {
        for ask in kept.log.drain(..) {
            match ask {
                Ask::Write(offset, bytes) => self.0.below.write(offset, &bytes)?,
                Ask::SetLen(len) => self.0.below.set_len(len)?,
                Ask::Sync if syncs == Syncs::All => self.0.below.sync_data()?,
                Ask::Sync => {}
            }
        }
        if syncs == Syncs::Once { self.0.below.sync_data() } else { Ok(()) }
    }

    /// The latest error that the backend below gave, if it gave any: after one that counts there is no other.
    pub(super) fn failure(&self) -> Option<io::Error> {
        let failure = self.0.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map(|failure| io::Error::new(failure.kind, failure.text.clone()))
    }

    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            let mut failure = self.0.failure.lock().unwrap_or_else(PoisonError::into_inner);
            *failure = Some(Failure { kind: error.kind(), text: error.to_string() });
        }
        result
    }

    /// The backend below, once released.
    fn below(&self) -> Option<&dyn StorageBackend> {
        self.0.released.load(Ordering::Acquire).then_some(&*self.0.below)
    }

    /// What is kept, before that.
    fn kept(&self) -> io::Result<MutexGuard<'_, Kept>> {
        let kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.broken { Err(io::Error::other("the store could not be opened")) } else { Ok(kept) }
    }
}

impl Kept {
    fn read(&self, below: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset + out.len() as u64 > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for piece in pieces(offset, out.len()) {
            let part = &mut out[piece.in_buffer.clone()];
            match self.blocks.get(&piece.block) {
                Some(block) => part.copy_from_slice(&block[piece.in_block]),
                None => self.read_below(below, offset + piece.in_buffer.start as u64, part)?,
            }
        }
        Ok(())
    }

    /// What the backend below has there; zeros where it ends, or was cut.
    fn read_below(&self, below: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(self.visible.saturating_sub(offset)).unwrap_or(usize::MAX).min(out.len());
        out[there..].fill(0);
        if there == 0 { Ok(()) } else { below.read(offset, &mut out[..there]) }
    }

    fn write(&mut self, below: &dyn StorageBackend, offset: u64, bytes: &[u8]) -> io::Result<()> {
        for piece in pieces(offset, bytes.len()) {
            let block = self.own(below, piece.block)?;
            block[piece.in_block].copy_from_slice(&bytes[piece.in_buffer]);
        }
        self.len = self.len.max(offset + bytes.len() as u64);
        self.log.push(Ask::Write(offset, bytes.to_vec()));
        Ok(())
    }

    fn set_len(&mut self, below: &dyn StorageBackend, len: u64) -> io::Result<()> {
        if !len.is_multiple_of(BLOCK) && len < self.len {
            self.own(below, len / BLOCK)?[(len % BLOCK) as usize..].fill(0);
        }
        self.visible = self.visible.min(len);
        self.blocks.retain(|block, _| block * BLOCK < len);
        self.len = len;
        self.log.push(Ask::SetLen(len));
        Ok(())
    }

    /// The block, from now on kept here.
    fn own(&mut self, below: &dyn StorageBackend, block: u64) -> io::Result<&mut Vec<u8>> {
        if !self.blocks.contains_key(&block) {
            let mut bytes = vec![0; BLOCK as usize];
            self.read_below(below, block * BLOCK, &mut bytes)?;
            self.blocks.insert(block, bytes);
        }
        Ok(self.blocks.get_mut(&block).expect("the block was put there"))
    }
}

/// The part of a range that lies in one block.
struct Piece {
    block: u64,
    in_block: std::ops::Range<usize>,
    in_buffer: std::ops::Range<usize>,
}

fn pieces(offset: u64, len: usize) -> impl Iterator<Item = Piece> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let start = (at % BLOCK) as usize;
        let size = (BLOCK as usize - start).min(len - done);
        let in_buffer = done..done + size;
        done += size;
        (size > 0).then_some(Piece { block: at / BLOCK, in_block: start..start + size, in_buffer })
    })
}

impl StorageBackend for Held {
    fn len(&self) -> io::Result<u64> {
        self.below().map_or_else(|| Ok(self.kept()?.len), |below| self.noted(below.len()))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match self.below() {
            Some(below) => self.noted(below.read(offset, out)),
            None => self.kept()?.read(&*self.0.below, offset, out),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match self.below() {
            Some(below) => self.noted(below.set_len(len)),
            None => self.kept()?.set_len(&*self.0.below, len),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.below() {
            Some(below) => self.noted(below.sync_data()),
            None => {
                self.kept()?.log.push(Ask::Sync);
                Ok(())
            }
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        match self.below() {
            Some(below) => self.noted(below.write(offset, bytes)),
            None => self.kept()?.write(&*self.0.below, offset, bytes),
        }
    }

    fn close(&self) -> io::Result<()> {
        self.0.below.close()
    }

    // Locks are never held back: without them two processes would write one file.
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.below.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.below.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.below.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.below.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.below.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.below.query_lock_range(start, end)
    }
}
