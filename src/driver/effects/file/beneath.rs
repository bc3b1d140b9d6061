//! The way from a root to a file below it, folder by folder, each one held open: whatever is renamed meanwhile, no
//! look-up begins anywhere but in a folder that was reached from the root.
//!
//! Symbolic links are read and walked like the path itself, so one that stays below the root is followed, and one
//! that leaves it, or is absolute, is refused. This is what `openat2` with `RESOLVE_BENEATH` does on Linux; it is done by hand, since
//! macOS and older or confined kernels lack it and one way for all is tested on each.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, mkdirat, open, openat, readlinkat, statat};
use rustix::io::Errno;

use super::MAX_PATH_DEPTH;
use super::closed::Closed;
use super::refusal::{Refusal, Why};

/// How many links, and how many things that changed while they were looked at, one path may lead over.
const MAX_TURNS: usize = 40;

/// The folder that holds the file, and its name there: a plain name, and no link when it was looked at.
pub(super) struct Spot {
    pub folder: OwnedFd,
    pub name: OsString,
}

/// Whether missing folders on the way are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Folders {
    Made,
    Needed,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The root itself. The run's own folder was made as a folder and is no link; an allowed root may be reached by one.
pub(super) fn open_root(root: &Path, is_own: bool) -> Result<OwnedFd, Refusal> {
    let flags = if is_own { FOLDER | OFlags::NOFOLLOW } else { FOLDER };
    open(root, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT => Refusal::new(Why::Missing, format!("the allowed folder `{}` is not there", root.display())),
        other => Refusal::system(&format!("opening the folder `{}`", root.display()), other),
    })
}

/// Goes to the file at `below`. That it is there is not said yet.
pub(super) fn find(root: OwnedFd, below: &Path, closed: &Closed, missing: Folders) -> Result<Spot, Refusal> {
    closed.folder(&root)?;
    let ahead = below.components().map(|part| part.as_os_str().to_os_string()).collect();
    Walk { stack: vec![root], ahead, closed, turns: 0 }.go(missing)
}

struct Walk<'c> {
    /// The folders from the root to where we are.
    stack: Vec<OwnedFd>,
    /// The names that are still to be gone.
    ahead: VecDeque<OsString>,
    closed: &'c Closed,
    turns: usize,
}

impl Walk<'_> {
    fn go(mut self, missing: Folders) -> Result<Spot, Refusal> {
        while let Some(name) = self.ahead.pop_front() {
            if name == ".." {
                self.up()?;
                continue;
            }
            let here = self.here();
            let is_last = self.ahead.is_empty();
            match statat(here, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => match FileType::from_raw_mode(found.st_mode) {
                    FileType::Symlink => self.follow(&name)?,
                    _ if is_last => return self.arrive(name),
                    FileType::Directory => self.down(name)?,
                    _ => return Err(not_a_folder(&name)),
                },
                Err(Errno::NOENT) if is_last => return self.arrive(name),
                Err(Errno::NOENT) if missing == Folders::Made => {
                    make(here, &name)?;
                    self.turn()?;
                    self.ahead.push_front(name);
                }
                Err(error) => return Err(Refusal::system(&format!("looking for `{}`", name.display()), error)),
            }
        }
        Err(Refusal::new(Why::Special, "it names a folder and not a file"))
    }

    fn here(&self) -> &OwnedFd {
        self.stack.last().expect("the root is never left")
    }

    fn arrive(mut self, name: OsString) -> Result<Spot, Refusal> {
        let folder = self.stack.pop().expect("the root is never left");
        self.closed.file(&folder, &name)?;
        Ok(Spot { folder, name })
    }

    fn up(&mut self) -> Result<(), Refusal> {
        if self.stack.len() == 1 {
            return Err(leaves());
        }
        self.stack.pop();
        Ok(())
    }

    fn down(&mut self, name: OsString) -> Result<(), Refusal> {
        if self.stack.len() > MAX_PATH_DEPTH {
            let message = format!("it leads over more than {MAX_PATH_DEPTH} folders (limit `path depth`)");
            return Err(Refusal::new(Why::Depth, message));
        }
        match openat(self.here(), &name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => {
                self.closed.folder(&folder)?;
                self.stack.push(folder);
            }
            // It has been replaced since it was looked at: it is looked at again.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::NOENT) => {
                self.turn()?;
                self.ahead.push_front(name);
            }
            Err(error) => return Err(Refusal::system(&format!("opening the folder `{}`", name.display()), error)),
        }
        Ok(())
    }

    fn follow(&mut self, name: &OsStr) -> Result<(), Refusal> {
        self.turn()?;
        let target = match readlinkat(self.here(), name, Vec::new()) {
            Ok(target) => OsString::from_vec(target.into_bytes()),
            // It is no link any more.
            Err(Errno::INVAL) => name.to_os_string(),
            Err(error) => return Err(Refusal::system(&format!("reading the link `{}`", name.display()), error)),
        };
        for part in Path::new(&target).components().rev() {
            match part {
                Component::Normal(_) | Component::ParentDir => self.ahead.push_front(part.as_os_str().to_os_string()),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return Err(leaves()),
            }
        }
        Ok(())
    }

    /// One more detour; so many would be a circle, or somebody's game.
    fn turn(&mut self) -> Result<(), Refusal> {
        self.turns += 1;
        if self.turns > MAX_TURNS + MAX_PATH_DEPTH {
            return Err(Refusal::new(Why::Outside, "it leads over too many symbolic links"));
        }
        Ok(())
    }
}

/// Makes a folder, and sees that it stays. One that another made meanwhile is as good.
fn make(here: &OwnedFd, name: &OsStr) -> Result<(), Refusal> {
    match mkdirat(here, name, Mode::from_raw_mode(0o777)) {
        Ok(()) => sync(here),
        Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(Refusal::system(&format!("making the folder `{}`", name.display()), error)),
    }
}

/// Sees that what was changed in a folder is on disk.
pub(super) fn sync(folder: &OwnedFd) -> Result<(), Refusal> {
    let doing = "syncing its folder";
    let folder = folder.try_clone().map(File::from).map_err(|error| Refusal::io(doing, &error))?;
    folder.sync_all().map_err(|error| Refusal::io(doing, &error))
}

fn leaves() -> Refusal {
    Refusal::new(Why::Outside, "it leads out of its folder by a symbolic link")
}

fn not_a_folder(name: &OsStr) -> Refusal {
    Refusal::new(Why::Special, format!("`{}` is not a folder", name.display()))
}
