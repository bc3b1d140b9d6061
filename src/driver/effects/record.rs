//! The record of a program that is being performed: a small file outside the history, from before the program runs
//! until its whole group is gone. So whoever finds one knows that the program, or the `wf` that started it, was
//! killed or is still there.
//!
//! ```text
//! DATA/programs/RUN-OP      first line: the boot it belongs to
//!                           then: what the process said of itself before it became the program
//! ```
//!
//! The file is locked from before the fork until the program has begun: the lock belongs to the open file, which the
//! new process shares and which `exec` closes. Who has the lock therefore knows that nobody is between the two any
//! more, even if `wf` was killed there. Nothing is synced: a crash of the machine ends the programs too, and a record
//! of another boot counts for nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::driver::doorway::clock;
use crate::driver::doorway::process::{self, Group};
use crate::model::{OpId, RunId};

/// How long the lock of a record is waited for: from fork to exec takes a moment, however busy the computer is.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The longest record that is read, in bytes.
const MAX_RECORD: u64 = 8 << 10;

const FOLDER: &str = "programs";

/// Why a program's record can't be kept, or a program that it names can't be ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not {doing} `{path}`", path = .path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("the program that `{path}` tells of is being started by another process", path = .path.display())]
    Busy { path: PathBuf },
    #[error("the program of an earlier attempt (process group {group}) is still running and could not be ended")]
    Outlives { group: i32, source: Option<io::Error> },
}

/// The record of a program that this process is about to start, locked.
pub(super) struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    /// There must be no record of that operation yet.
    pub fn create(data: &Path, run: RunId, op: OpId) -> Result<Record, Error> {
        let path = path_of(data, run, op);
        let failed = |doing| {
            let path = path.clone();
            move |source| Error::File { doing, path, source }
        };
        let folder = data.join(FOLDER);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed("create the folder of"))?;
        let mut how = OpenOptions::new();
        let file = how.create_new(true).read(true).append(true).mode(0o600).open(&path).map_err(failed("create"))?;
        let mut record = Record { path: path.clone(), file };
        let written = lock(&record.file, &path)
            .and_then(|()| writeln!(record.file, "{}", process::boot()).map_err(failed("write")));
        match written {
            Ok(()) => Ok(record),
            // Half a record tells nothing; if it can't be removed either, it does no harm.
            Err(error) => record.remove().and(Err(error)),
        }
    }

    /// The file, for the new process to write to.
    pub fn shared(&self) -> Result<OwnedFd, Error> {
        let failed = |source| Error::File { doing: "share", path: self.path.clone(), source };
        self.file.try_clone().map(OwnedFd::from).map_err(failed)
    }

    /// The program's group, when it has been started; from here on the lock is no more held by this process.
    pub fn started(self) -> (Kept, Option<Group>) {
        let group = read(&self.path).ok().and_then(|text| group_in(&text));
        (Kept { path: self.path }, group)
    }

    #[cfg(test)]
    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn remove(self) -> Result<(), Error> {
        remove(&self.path)
    }
}

/// The record of a program that runs.
pub(super) struct Kept {
    path: PathBuf,
}

impl Kept {
    /// To be called when the group is gone. A record that can't be removed is found again before the operation is
    /// performed again, and tells of a group that is gone.
    pub fn remove(self) -> Result<(), Error> {
        remove(&self.path)
    }
}

/// The group that a record of this boot tells of, once nobody is starting it any more; none where nothing was started.
/// With it comes the lock, to be kept while the record is dealt with.
pub(super) fn find(path: &Path) -> Result<Option<(Option<Group>, File)>, Error> {
    let file = match OpenOptions::new().read(true).open(path) {
        Ok(file) => file,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::File { doing: "open", path: path.into(), source }),
    };
    lock(&file, path)?;
    let text = read(path)?;
    Ok(Some((group_in(&text), file)))
}

pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { doing: "remove", path: path.into(), source })
        }
        _ => Ok(()),
    }
}

pub(super) fn path_of(data: &Path, run: RunId, op: OpId) -> PathBuf {
    data.join(FOLDER).join(format!("{run}-{}", op.0))
}

/// The records of a run.
pub(super) fn all_of(data: &Path, run: RunId) -> Result<Vec<PathBuf>, Error> {
    let start = format!("{run}-");
    let of_run = |path: &PathBuf| name(path).is_some_and(|name| name.starts_with(&start));
    Ok(all(data)?.into_iter().filter(of_run).collect())
}

/// The run of each record.
pub(super) fn runs(data: &Path) -> Result<Vec<RunId>, Error> {
    let run = |path: &PathBuf| name(path)?.rsplit_once('-')?.0.parse().ok();
    Ok(all(data)?.iter().filter_map(run).collect())
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn all(data: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = data.join(FOLDER);
    match fs::read_dir(&folder) {
        Ok(entries) => Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).collect()),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(Error::File { doing: "list", path: folder, source }),
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Error> {
    let since = clock::monotonic();
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::WOULDBLOCK) if since.elapsed() > LOCK_WAIT => {
                return Err(Error::Busy { path: path.into() });
            }
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => clock::pause(Duration::from_millis(2)),
            Err(source) => return Err(Error::File { doing: "lock", path: path.into(), source: source.into() }),
        }
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_RECORD).read_to_end(&mut bytes));
    read.map_err(|source| Error::File { doing: "read", path: path.into(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A process that didn't get to say all of itself didn't become a program either.
fn group_in(record: &str) -> Option<Group> {
    let (boot, announcement) = record.split_once('\n')?;
    if boot != process::boot() {
        return None;
    }
    Group::led_by(process::parse_announcement(announcement)?)
}
