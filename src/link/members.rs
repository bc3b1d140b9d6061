//! Who shares the store and may have runs, besides the owner: a file for each such process, which it keeps locked.
//!
//! ```text
//! DATA/members/NAME      who it is, as in the file `lock`
//! ```
//!
//! The lock ends with its process, however that ends. So a new owner, which knows nobody yet, sees who lives and may
//! have runs that it hasn't heard of.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::journal::{Error, Holder};

use super::words::Name;

const FOLDER: &str = "members";

/// The longest text that names a process, in bytes.
const MAX_HOLDER_BYTES: u64 = 64 * 1024;

/// This process's own file. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Membership {
    path: PathBuf,
    _file: File,
}

impl Membership {
    pub fn enter(dir: &Path, name: &str, me: &Holder) -> Result<Membership, Error> {
        let folder = dir.join(FOLDER);
        let path = folder.join(name);
        let trouble = |error| Error::io(format!("making `{}`", path.display()), error);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(trouble)?;
        loop {
            let mut options = OpenOptions::new();
            let file = options.create(true).write(true).truncate(true).mode(0o600).open(&path).map_err(trouble)?;
            file.lock().map_err(trouble)?;
            // A new owner may have taken it for a dead one's, in the moment before it was locked.
            if is_same(&file, &path) {
                serde_json::to_writer(&file, me).map_err(|error| trouble(error.into()))?;
                (&file).flush().map_err(trouble)?;
                return Ok(Membership { path, _file: file });
            }
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // One that stays is not locked any more, and removed by the next owner.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    let ids = |found: io::Result<fs::Metadata>| found.ok().map(|found| (found.dev(), found.ino()));
    let open = ids(file.metadata());
    open.is_some() && open == ids(fs::metadata(path))
}

/// Those who live, but for `me`. What the dead left is removed.
pub(super) fn living(dir: &Path, me: &str) -> Vec<(Name, Holder)> {
    let Ok(entries) = fs::read_dir(dir.join(FOLDER)) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let others = names.filter(|name| name != me);
    others.filter_map(|name| Some((Arc::from(&*name), look(dir, &name)?))).collect()
}

/// Whether the process of that name lives.
pub(super) fn is_alive(dir: &Path, name: &str) -> bool {
    look(dir, name).is_some()
}

/// Who it is, if it lives.
fn look(dir: &Path, name: &str) -> Option<Holder> {
    let path = dir.join(FOLDER).join(name);
    let file = File::open(&path).ok()?;
    match file.try_lock() {
        Ok(()) => {
            let _ = fs::remove_file(&path);
            None
        }
        // What can't be asked is taken as alive: nobody takes its runs then.
        Err(_) => {
            let mut text = Vec::new();
            let read = (&file).take(MAX_HOLDER_BYTES).read_to_end(&mut text);
            Some(read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_else(Holder::unknown))
        }
    }
}
