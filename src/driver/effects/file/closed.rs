//! What no allowed folder opens: the data folder, where the store and the folders of other runs lie, and the file with
//! the store's key. Both are known by what they are on disk, whatever path or hard link leads to them.
//!
//! The run's own folder lies in the data folder, and is a root of its own: nothing leads up from it.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, Stat, fstat, statat};

use super::refusal::{Refusal, Why};

/// The device and the number of a file there.
type Id = (u64, u64);

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Closed {
    data: Option<Id>,
    key: Option<Id>,
    /// Where the key file lies, or would: the folder, and its name there.
    key_place: Option<(Id, OsString)>,
}

impl Closed {
    /// What is closed as it is now. A folder or file that isn't there can't be entered either.
    pub fn of(data: &Path, key_file: &Path) -> Closed {
        let id = |path: &Path| path.metadata().ok().map(|found: Metadata| (found.dev(), found.ino()));
        let folder = match key_file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let key_place = id(folder).zip(key_file.file_name().map(OsStr::to_os_string));
        Closed { data: id(data), key: id(key_file), key_place }
    }

    /// Sees that a folder may be entered.
    pub fn folder(&self, folder: &OwnedFd) -> Result<(), Refusal> {
        let Some(data) = self.data else { return Ok(()) };
        let stat = fstat(folder).map_err(|error| Refusal::system("looking at its folder", error))?;
        match id(&stat) == data {
            true => Err(Refusal::new(Why::Outside, "it lies in the data folder, which `allow_files` doesn't open")),
            false => Ok(()),
        }
    }

    /// Sees that the file of that name in `folder` may be read and replaced, whether it is there or not.
    pub fn file(&self, folder: &OwnedFd, name: &OsStr) -> Result<(), Refusal> {
        let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok().map(|stat| id(&stat));
        let is_key = found.is_some() && found == self.key;
        let is_its_place = self
            .key_place
            .as_ref()
            .is_some_and(|(place, key)| key == name && fstat(folder.as_fd()).is_ok_and(|stat| id(&stat) == *place));
        match is_key || is_its_place {
            true => Err(key()),
            false => Ok(()),
        }
    }

    /// Sees that a file which was opened is not the key, whatever was there when its name was looked at.
    pub fn opened(&self, stat: &Stat) -> Result<(), Refusal> {
        match Some(id(stat)) == self.key {
            true => Err(key()),
            false => Ok(()),
        }
    }
}

fn key() -> Refusal {
    Refusal::new(Why::Outside, "it is the file with the store's key, which no step may read or write")
}

#[allow(clippy::unnecessary_cast, reason = "of other types on other systems")]
fn id(stat: &Stat) -> Id {
    (stat.st_dev as u64, stat.st_ino as u64)
}
