//! The file with the store's key. It lies beside the data folder, not in it: who copies the folder, or keeps a backup
//! of it, has not the key as well.
//!
//! Invariant: nobody but its owner may read it, from its first byte on, and it is whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Error;
use super::row::Key;
use crate::driver::doorway::environment;
use crate::driver::doorway::random::Entropy;

/// The variable that names another key file.
pub const KEY_FILE: &str = "WF_KEY_FILE";

/// What the file begins with.
const MARK: &str = "wayfare-key-1 ";

/// The most bytes of a key file that are read.
const MAX_BYTES: u64 = 256;

/// The key file of the store in `data`: `.wayfare.key` beside `.wayfare`.
pub fn place(data: &Path) -> PathBuf {
    if let Some(path) = environment::variable_os(KEY_FILE).filter(|path| !path.is_empty()) {
        return path.into();
    }
    let data = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
    let mut name = data.file_name().map(ToOwned::to_owned).unwrap_or_else(|| "wayfare".into());
    name.push(".key");
    data.with_file_name(name)
}

pub(super) fn read(path: &Path) -> Result<Key, Error> {
    let wrong = |why: String| Error::KeyFile { path: path.to_path_buf(), why };
    let unread = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::NoKeyFile(path.to_path_buf()),
        _ => wrong(format!("can't be read: {error}")),
    };
    // A pipe is not waited for, and what was opened is what is looked at.
    let unblocked = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(unblocked).open(path).map_err(unread)?;
    let found = file.metadata().map_err(unread)?;
    if !found.is_file() {
        return Err(wrong("is no file".into()));
    }
    if !belongs(found.uid(), environment::effective_user()) {
        return Err(wrong("belongs to another user, who may know the key".into()));
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(wrong(format!("may be read by others than its owner: its mode is {mode:o}, and must be 600")));
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES as usize));
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(unread)?;
    decoded(&text).ok_or_else(|| wrong("holds no key of Wayfare's".into()))
}

/// Whether a key file of that owner is the user's own.
pub(super) fn belongs(owner: u32, user: u32) -> bool {
    owner == user
}

fn decoded(text: &str) -> Option<Key> {
    let mut key: Key = Zeroizing::new([0; 32]);
    let bytes = Zeroizing::new(STANDARD.decode(text.strip_prefix(MARK)?.trim_end()).ok()?);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}

/// The key of the file, which is made where there is none.
pub(super) fn read_or_make(path: &Path, entropy: &dyn Entropy) -> Result<Key, Error> {
    match read(path) {
        Err(Error::NoKeyFile(_)) => {}
        found => return found,
    }
    make(path, entropy).map_err(|error| Error::KeyFile {
        path: path.to_path_buf(),
        why: format!("can't be made: {error}; name another one by `{KEY_FILE}`, or lock the secrets by a passphrase"),
    })?;
    // Of two that make one at once, one has made it.
    read(path)
}

fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let mut key: Key = Zeroizing::new([0; 32]);
    for half in key.chunks_mut(16) {
        half.copy_from_slice(&entropy.bytes());
    }
    let encoded = Zeroizing::new(STANDARD.encode(key.as_slice()));
    let draft = path
        .with_extension(format!("draft-{}", u64::from_be_bytes(entropy.bytes()[..8].try_into().unwrap_or_default())));
    let written = write_draft(&draft, &encoded).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    written?;
    removed?;
    // The name is kept only once its folder is.
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn write_draft(draft: &Path, encoded: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    for part in [MARK, encoded, "\n"] {
        file.write_all(part.as_bytes())?;
    }
    file.sync_all()
}
