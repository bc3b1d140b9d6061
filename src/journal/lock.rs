//! The lock file of a data folder: who has the folder, told to those who wait for it.
//!
//! What counts is the lock of the operating system on the file, which ends with its process, however that ends; the
//! file's text says who holds it, and means nothing while it isn't locked.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Time;

use super::Error;

/// How often a taken lock is tried again.
const POLL: Duration = Duration::from_millis(20);

/// How many times the holder's name is looked for before it is told as unknown.
const LOOKS: u32 = 25;

/// The longest text that names a holder, in bytes; of more, the rest isn't read.
const MAX_HOLDER_BYTES: u64 = 64 * 1024;

/// A process that has the store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// 0 where it isn't known.
    pub pid: u32,
    /// When it started.
    pub started: Time,
    /// The command line, with the program's name first.
    pub command: Vec<String>,
}

impl Holder {
    /// One that nothing is known of.
    pub fn unknown() -> Holder {
        Holder { pid: 0, started: Time::default(), command: Vec::new() }
    }
}

/// As in "the store is in use by …".
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("another process");
        }
        write!(f, "process {} (`{}`), started {}", self.pid, self.command.join(" "), self.started)
    }
}

/// The locked lock file. Dropping it frees the folder.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// What the file said before.
    before: Vec<u8>,
    /// Whether the folder has been taken into use.
    used: bool,
}

impl Lock {
    /// Waits until the lock is free, and takes it for `me`. `waiting` is told each holder that is waited for, once.
    pub(super) fn take(path: &Path, me: &Holder, waiting: &mut dyn FnMut(&Holder)) -> Result<Lock, Error> {
        let trouble = |error| Error::io(format!("locking `{}`", path.display()), error);
        loop {
            let mut file = open(path).map_err(trouble)?;
            wait(&mut file, waiting).map_err(trouble)?;
            if is_same(&file, path) {
                return Lock::taken(path, file, me);
            }
        }
    }

    /// Takes the lock for `me` if it is free; else says who has it.
    pub(super) fn try_take(path: &Path, me: &Holder) -> Result<Result<Lock, Holder>, Error> {
        let trouble = |error| Error::io(format!("locking `{}`", path.display()), error);
        loop {
            let mut file = open(path).map_err(trouble)?;
            match file.try_lock() {
                Ok(()) if is_same(&file, path) => return Lock::taken(path, file, me).map(Ok),
                // It was removed, in the moment before it was locked, by one who couldn't make a store.
                Ok(()) => {}
                Err(TryLockError::Error(error)) => return Err(trouble(error)),
                Err(TryLockError::WouldBlock) => {
                    let text = read(&mut file).map_err(trouble)?;
                    return Ok(Err(serde_json::from_slice(&text).unwrap_or_else(|_| Holder::unknown())));
                }
            }
        }
    }

    /// Keeps others from taking the lock, by one who may read the file alone.
    pub(super) fn share(path: &Path) -> Result<Lock, Error> {
        let trouble = |error| Error::io(format!("locking `{}`", path.display()), error);
        let mut file = File::open(path).map_err(trouble)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Lock { file, before: Vec::new(), used: true }),
            Err(TryLockError::Error(error)) => Err(trouble(error)),
            Err(TryLockError::WouldBlock) => {
                let text = read(&mut file).map_err(trouble)?;
                let holder = serde_json::from_slice(&text).unwrap_or_else(|_| Holder::unknown());
                Err(Error::Busy { path: path.parent().unwrap_or(path).to_path_buf(), holder })
            }
        }
    }

    fn taken(path: &Path, mut file: File, me: &Holder) -> Result<Lock, Error> {
        let trouble = |error| Error::io(format!("locking `{}`", path.display()), error);
        let before = read(&mut file).map_err(trouble)?;
        let mut lock = Lock { file, before, used: false };
        let text = serde_json::to_vec(me).map_err(|e| trouble(e.into()))?;
        lock.say(&text).map_err(trouble)?;
        Ok(lock)
    }

    /// From here on the folder is this process's; before, leaving restores what the lock file said.
    pub(super) fn use_it(&mut self) {
        self.used = true;
    }

    fn say(&mut self, text: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let last = if self.used { Vec::new() } else { std::mem::take(&mut self.before) };
        // The text means nothing once the lock is free, so that it can't be written is no fault.
        let _ = self.say(&last);
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Whether the open file is the one that has this name.
fn is_same(file: &File, path: &Path) -> bool {
    let id = |found: io::Result<Metadata>| found.ok().map(|found| (found.dev(), found.ino()));
    let open = id(file.metadata());
    open.is_some() && open == id(fs::metadata(path))
}

fn wait(file: &mut File, waiting: &mut dyn FnMut(&Holder)) -> io::Result<()> {
    let mut told: Option<Holder> = None;
    let mut looks = 0;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        // The holder may be about to write its name.
        let holder: Option<Holder> = serde_json::from_slice(&read(file)?).ok();
        looks += 1;
        let news = holder.or_else(|| (looks == LOOKS && told.is_none()).then(Holder::unknown));
        if let Some(holder) = news.filter(|holder| told.as_ref() != Some(holder)) {
            waiting(&holder);
            told = Some(holder);
        }
        #[allow(clippy::disallowed_methods, reason = "a lock of another process tells nobody when it is free")]
        std::thread::sleep(POLL);
    }
}

fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::take(&mut *file, MAX_HOLDER_BYTES).read_to_end(&mut text)?;
    Ok(text)
}
