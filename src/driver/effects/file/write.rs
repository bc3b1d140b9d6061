//! Writing a file whole or not at all: beside its place, synced, renamed, and the folder synced.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, Stat, accessat, fchmod, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::beneath::{self, Folders, Spot};
use super::closed::Closed;
use super::consent::Consent;
use super::refusal::{Refusal, Why};

/// The mode of a new file, of which the umask takes away.
const NEW: Mode = Mode::from_raw_mode(0o666);

/// Writes `text`. A file that is there keeps its mode; a new one gets what the process's umask leaves.
pub(super) fn write(
    root: OwnedFd,
    below: &Path,
    closed: &Closed,
    (part, text): (&str, &str),
    consent: &Consent,
) -> Result<(), Refusal> {
    let Spot { folder, name } = beneath::find(root, below, closed, Folders::Made)?;
    let mode = match statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => {
            plain(&found)?;
            // Renaming would replace even a file that may not be written to.
            accessat(&folder, &name, Access::WRITE_OK, AtFlags::empty())
                .map_err(|error| Refusal::system("writing to it", error))?;
            Some(Mode::from_raw_mode(found.st_mode & 0o777))
        }
        Err(Errno::NOENT) => None,
        Err(error) => return Err(Refusal::system("looking at it", error)),
    };
    let beside = Beside { folder: &folder, part };
    beside.fill(text, mode)?;
    if !consent.take() {
        return Err(Refusal::new(Why::Withdrawn, "it was not written, since its time was over"));
    }
    renameat(&folder, part, &folder, &name).map_err(|error| Refusal::system("renaming it into place", error))?;
    beneath::sync(&folder)
}

/// The unfinished file. When it is dropped there is none any more: it was renamed, or it is removed.
struct Beside<'a> {
    folder: &'a OwnedFd,
    part: &'a str,
}

impl Beside<'_> {
    fn fill(&self, text: &str, mode: Option<Mode>) -> Result<(), Refusal> {
        // What a killed process left of this very attempt; whatever it is, it isn't written into.
        let _ = unlinkat(self.folder, self.part, AtFlags::empty());
        let file = self.make(mode.map_or(NEW, |_| Mode::RUSR | Mode::WUSR))?;
        let mut file = File::from(file);
        file.write_all(text.as_bytes()).map_err(|error| Refusal::io("writing it", &error))?;
        if let Some(mode) = mode {
            fchmod(file.as_fd(), mode).map_err(|error| Refusal::system("giving it its mode", error))?;
        }
        file.sync_all().map_err(|error| Refusal::io("syncing it", &error))
    }

    /// The file, empty. One that takes the place of another is nobody else's until it has that one's mode: who opened it
    /// before could read it ever after.
    fn make(&self, mode: Mode) -> Result<OwnedFd, Refusal> {
        let how = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(self.folder, self.part, how, mode).map_err(|error| Refusal::system("making a file beside it", error))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        // After the renaming there is nothing of that name.
        let _ = unlinkat(self.folder, self.part, AtFlags::empty());
    }
}

/// Sees that it is a plain file. Any other might block, be endless, or do something when it is opened.
pub(super) fn plain(stat: &Stat) -> Result<(), Refusal> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Symlink => return Err(Refusal::new(Why::Outside, "a symbolic link has taken its place")),
        FileType::Unknown => "a thing of an unknown kind",
    };
    Err(Refusal::new(Why::Special, format!("it is {what} and not a plain file")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_replaces_a_file_is_never_more_open_than_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = File::open(dir.path()).expect("it opens").into();
        let beside = Beside { folder: &folder, part: ".part" };
        let mode = || std::fs::metadata(dir.path().join(".part")).expect("it is there").permissions().mode() & 0o777;
        let made = beside.make(Mode::RUSR | Mode::WUSR).expect("made");
        assert_eq!(mode(), 0o600);
        drop(made);
        for raw in [0o400, 0o600, 0o640, 0o666] {
            beside.fill("text", Some(Mode::from_raw_mode(raw))).expect("written");
            assert_eq!(mode(), raw);
        }
    }
}
