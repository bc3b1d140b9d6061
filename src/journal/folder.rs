//! The data folder: a number that says its format, the journal, and the lock that gives both to one process.
//!
//! Nothing here is written before it is known to be ours: a folder or file of somebody else, of a newer version, or a
//! damaged one is named and left as it was.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::Lock;
use super::redb::{Syncs, View};
use super::{Error, Holder, RedbJournal, Settings};

/// The folder's format: what stands in its file `format`.
pub const FOLDER_FORMAT: u64 = 1;

const FORMAT: &str = "format";
const JOURNAL: &str = "journal.redb";
const LOCK: &str = "lock";
/// What a file is called until it is whole.
const NEW: &str = ".new";

/// The first word of the file `format`.
const WORD: &str = "wayfare";

/// The longest file `format` that is read, in bytes.
const MAX_FORMAT_BYTES: u64 = 256;

/// redb's files begin with this.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// An opened data folder. The folder is this process's until the last handle on the journal is dropped.
pub struct Folder {
    path: PathBuf,
    journal: Arc<RedbJournal>,
}

/// What stands where the folder is looked for.
#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    /// A folder in which a store may be made, or was about to be.
    Room,
    Store,
}

/// What came of trying to open a folder.
pub enum Tried {
    Opened(Folder),
    /// Another process has it.
    Taken(Holder),
    /// There is no store, and none was to be made.
    Nothing,
}

impl Folder {
    /// Opens the folder for the process `me`, unless another process has it. With `make` it is made anew where there
    /// is none.
    pub fn try_open(dir: &Path, settings: &Settings, me: &Holder, make: bool) -> Result<Tried, Error> {
        let made = match look_at(dir)? {
            Found::Nothing | Found::Room if !make => return Ok(Tried::Nothing),
            Found::Nothing => {
                make_folder(dir)?;
                true
            }
            Found::Room | Found::Store => false,
        };
        let opened = Lock::try_take(&dir.join(LOCK), me).and_then(|lock| match lock {
            Ok(lock) => open_with(dir, settings, me, lock, made).map(Tried::Opened),
            Err(holder) => Ok(Tried::Taken(holder)),
        });
        if opened.is_err() && made {
            // Only if nothing is in it.
            let _ = fs::remove_dir(dir);
        }
        opened
    }

    /// The folder as it stands, for one that may read it and not write: nothing is locked, made, repaired or stored. A
    /// store that another process has can't be looked at like this.
    pub fn view(dir: &Path, settings: &Settings, me: &Holder) -> Result<Folder, Error> {
        let path = dir.join(JOURNAL);
        let lock = Lock::share(&dir.join(LOCK))?;
        let file = File::open(&path).map_err(doing("opening", &path))?;
        let journal = RedbJournal::open(View(file), &path, settings, me.started, Syncs::Never)?;
        let journal = Arc::new(journal.locked(lock));
        Ok(Folder { path: dir.to_path_buf(), journal })
    }

    /// Opens the folder, made anew where there is none, for the process `me`. Where another process has it, waits
    /// until that has ended, and tells `waiting` each holder once. A process that has it already waits for itself.
    pub fn open(
        dir: &Path,
        settings: &Settings,
        me: &Holder,
        waiting: &mut dyn FnMut(&Holder),
    ) -> Result<Folder, Error> {
        let made = match look_at(dir)? {
            Found::Nothing => {
                make_folder(dir)?;
                true
            }
            Found::Room | Found::Store => false,
        };
        let opened = open_locked(dir, settings, me, waiting, made);
        if opened.is_err() && made {
            // Only if nothing is in it.
            let _ = fs::remove_dir(dir);
        }
        opened
    }

    /// As [`Folder::open`], for those who only read: none where there is no store, and nothing is made.
    pub fn look(
        dir: &Path,
        settings: &Settings,
        me: &Holder,
        waiting: &mut dyn FnMut(&Holder),
    ) -> Result<Option<Folder>, Error> {
        match look_at(dir)? {
            Found::Nothing | Found::Room => Ok(None),
            Found::Store => open_locked(dir, settings, me, waiting, false).map(Some),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn journal(&self) -> Arc<RedbJournal> {
        self.journal.clone()
    }
}

fn open_locked(
    dir: &Path,
    settings: &Settings,
    me: &Holder,
    waiting: &mut dyn FnMut(&Holder),
    made: bool,
) -> Result<Folder, Error> {
    let lock = Lock::take(&dir.join(LOCK), me, waiting)?;
    open_with(dir, settings, me, lock, made)
}

/// Opens the folder that is locked; `made` says that this process has just made it.
fn open_with(dir: &Path, settings: &Settings, me: &Holder, mut lock: Lock, made: bool) -> Result<Folder, Error> {
    // Another process may have made the store meanwhile, or a newer one.
    let opened = look_at(dir).and_then(|found| match found {
        Found::Store => open_journal(dir, settings, me),
        Found::Nothing | Found::Room => make_journal(dir, settings, me),
    });
    if opened.is_err() && made {
        // Nothing is left behind that holds nothing, and a lock alone is nothing. It goes while it is locked: whoever
        // waits for it sees that it is gone.
        let _ = fs::remove_file(dir.join(LOCK));
    }
    let journal = opened?;
    lock.use_it();
    Ok(Folder { path: dir.to_path_buf(), journal: Arc::new(journal.locked(lock)) })
}

fn doing(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let said = format!("{what} `{}`", path.display());
    |error| Error::io(said, error)
}

/// What `dir` is, found out without writing. What can't be a store is an error.
fn look_at(dir: &Path) -> Result<Found, Error> {
    let foreign = |path: &Path, what: String| Err(Error::Foreign { path: path.to_path_buf(), what });
    match fs::metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(doing("opening", dir)(error)),
        Ok(found) if !found.is_dir() => return foreign(dir, "it is a file, not a folder".into()),
        Ok(_) => {}
    }
    let journal = dir.join(JOURNAL);
    let has_format = look_at_format(&dir.join(FORMAT))?;
    let has_journal = look_at_journal(&journal)?;
    if has_format && !has_journal {
        return Err(Error::Damaged { path: dir.to_path_buf(), why: format!("its file `{JOURNAL}` is missing") });
    }
    if has_journal {
        return Ok(Found::Store);
    }
    match strange(dir)? {
        // Another process has made the store since.
        Some(_) if look_at_journal(&journal)? => Ok(Found::Store),
        Some(name) => foreign(dir, format!("it is a folder that holds other things (`{name}`)")),
        None => Ok(Found::Room),
    }
}

/// Something in the folder that an unfinished making of a store can't have left.
fn strange(dir: &Path) -> Result<Option<String>, Error> {
    let ours = [LOCK.to_string(), format!("{JOURNAL}{NEW}"), format!("{FORMAT}{NEW}")];
    for entry in fs::read_dir(dir).map_err(doing("reading", dir))? {
        let name = entry.map_err(doing("reading", dir))?.file_name().to_string_lossy().into_owned();
        if !ours.contains(&name) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether the file `format` is there; an error unless it names a format that is known here.
fn look_at_format(path: &Path) -> Result<bool, Error> {
    let Some(bytes) = beginning(path, MAX_FORMAT_BYTES)? else { return Ok(false) };
    let text = String::from_utf8_lossy(&bytes);
    let number = text.trim().strip_prefix(WORD).and_then(|rest| rest.trim().parse::<u64>().ok());
    match number {
        Some(FOLDER_FORMAT) => Ok(true),
        Some(found) if found > FOLDER_FORMAT => {
            Err(Error::Newer { path: path.to_path_buf(), found, known: FOLDER_FORMAT })
        }
        _ => Err(Error::Foreign { path: path.to_path_buf(), what: "it does not say a format of Wayfare's".into() }),
    }
}

/// Whether the journal's file is there; an error if it can't be one.
fn look_at_journal(path: &Path) -> Result<bool, Error> {
    let Some(bytes) = beginning(path, MAGIC.len() as u64)? else { return Ok(false) };
    if bytes == MAGIC {
        return Ok(true);
    }
    if bytes.is_empty() {
        return Err(Error::Damaged { path: path.to_path_buf(), why: "it is empty".into() });
    }
    let what = if MAGIC.starts_with(&bytes) { "it ends within its first bytes" } else { "it does not begin as one" };
    Err(Error::Foreign { path: path.to_path_buf(), what: what.into() })
}

/// The first bytes of a file; none where there is no such file.
fn beginning(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(doing("opening", path)(error)),
        Ok(found) => found,
    };
    if !found.is_file() {
        let what = if found.is_dir() { "it is a folder" } else { "it is no ordinary file" };
        return Err(Error::Foreign { path: path.to_path_buf(), what: what.into() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(doing("opening", path))?;
    file.take(most).read_to_end(&mut bytes).map_err(doing("reading", path))?;
    Ok(Some(bytes))
}

/// Makes the folder, for its owner alone, and those above it that are missing.
fn make_folder(dir: &Path) -> Result<(), Error> {
    let above = above(dir);
    if !above.exists() {
        make_folder(above)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => sync_folder(above),
        // By another process, just now.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(doing("making the folder", dir)(error)),
    }
}

fn above(dir: &Path) -> &Path {
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(dir: &Path) -> Result<(), Error> {
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(doing("writing the folder", dir))
}

fn open_journal(dir: &Path, settings: &Settings, me: &Holder) -> Result<RedbJournal, Error> {
    let path = dir.join(JOURNAL);
    let file = OpenOptions::new().read(true).write(true).open(&path).map_err(doing("opening", &path))?;
    let journal = journal_of(file, &path, settings, me, Syncs::All)?;
    // A process that was killed may have left the journal without its number, or parts of an older making.
    if !look_at_format(&dir.join(FORMAT))? {
        finish(dir)?;
    }
    Ok(journal)
}

/// Makes the journal under another name, so that a file of its name is always a whole one. The folder's number comes
/// last: where it is found, the rest is durable.
fn make_journal(dir: &Path, settings: &Settings, me: &Holder) -> Result<RedbJournal, Error> {
    let (path, new) = (dir.join(JOURNAL), dir.join(format!("{JOURNAL}{NEW}")));
    let made = (|| {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).mode(0o600).open(&new);
        let file = file.map_err(doing("making", &new))?;
        let journal = journal_of(file, &path, settings, me, Syncs::Once)?;
        fs::rename(&new, &path).map_err(doing("making", &path))?;
        Ok(journal)
    })();
    if made.is_err() {
        let _ = fs::remove_file(&new);
    }
    let journal = made?;
    finish(dir)?;
    Ok(journal)
}

/// Makes durable that the journal is in the folder, then says so by the folder's number.
fn finish(dir: &Path) -> Result<(), Error> {
    sync_folder(dir)?;
    sync_folder(above(dir))?;
    write_format(dir)
}

fn journal_of(file: File, path: &Path, settings: &Settings, me: &Holder, syncs: Syncs) -> Result<RedbJournal, Error> {
    let backend = ::redb::backends::FileBackend::new(file);
    let backend = backend.map_err(|e| Error::Damaged { path: path.to_path_buf(), why: e.to_string() })?;
    RedbJournal::open(backend, path, settings, me.started, syncs)
}

fn write_format(dir: &Path) -> Result<(), Error> {
    let (path, new) = (dir.join(FORMAT), dir.join(format!("{FORMAT}{NEW}")));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        writeln!(file, "{WORD} {FOLDER_FORMAT}")?;
        file.sync_all()?;
        fs::rename(&new, &path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(doing("writing", &path))
}
