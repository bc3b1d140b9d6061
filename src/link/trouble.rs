//! An error of the store as it crosses from one process to another: nothing of it is lost that people read, or that
//! decides how the process ends.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::journal::{Error, Holder, Refusal};
use crate::model::RunId;

/// [`Error`] as data.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    Io { doing: String, why: String },
    Full { doing: String, why: String },
    Denied { doing: String, why: String },
    Foreign { path: PathBuf, what: String },
    Newer { path: PathBuf, found: u64, known: u64 },
    Damaged { path: PathBuf, why: String },
    Busy { path: PathBuf, holder: Holder },
    Unreached { path: PathBuf, holder: Holder, why: String },
    UnknownVersion { run: RunId, found: u8, known: u8 },
    Unreadable { run: RunId, why: String },
    Stopped,
    Refused { write: usize, run: RunId, seq: u64, why: Refusal },
}

impl Trouble {
    pub fn of(error: &Error) -> Trouble {
        let path = |path: &Path| path.to_path_buf();
        match error {
            Error::Io { doing, source } => Trouble::Io { doing: doing.clone(), why: source.to_string() },
            Error::Full { doing, source } => Trouble::Full { doing: doing.clone(), why: source.to_string() },
            Error::Denied { doing, source } => Trouble::Denied { doing: doing.clone(), why: source.to_string() },
            Error::Foreign { path: at, what } => Trouble::Foreign { path: path(at), what: what.clone() },
            Error::Newer { path: at, found, known } => Trouble::Newer { path: path(at), found: *found, known: *known },
            Error::Damaged { path: at, why } => Trouble::Damaged { path: path(at), why: why.clone() },
            Error::Busy { path: at, holder } => Trouble::Busy { path: path(at), holder: holder.clone() },
            Error::Unreached { path: at, holder, why } => {
                Trouble::Unreached { path: path(at), holder: holder.clone(), why: why.clone() }
            }
            Error::UnknownVersion { run, found, known } => {
                Trouble::UnknownVersion { run: *run, found: *found, known: *known }
            }
            Error::Unreadable { run, why } => Trouble::Unreadable { run: *run, why: why.clone() },
            Error::Stopped => Trouble::Stopped,
            Error::Refused { write, run, seq, why } => {
                Trouble::Refused { write: *write, run: *run, seq: *seq, why: *why }
            }
        }
    }

    /// The error again, for whoever it has come to.
    pub fn error(self) -> Error {
        let told = |kind, why: String| io::Error::new(kind, why);
        match self {
            Trouble::Io { doing, why } => Error::Io { doing, source: told(io::ErrorKind::Other, why) },
            Trouble::Full { doing, why } => Error::Full { doing, source: told(io::ErrorKind::StorageFull, why) },
            Trouble::Denied { doing, why } => {
                Error::Denied { doing, source: told(io::ErrorKind::PermissionDenied, why) }
            }
            Trouble::Foreign { path, what } => Error::Foreign { path, what },
            Trouble::Newer { path, found, known } => Error::Newer { path, found, known },
            Trouble::Damaged { path, why } => Error::Damaged { path, why },
            Trouble::Busy { path, holder } => Error::Busy { path, holder },
            Trouble::Unreached { path, holder, why } => Error::Unreached { path, holder, why },
            Trouble::UnknownVersion { run, found, known } => Error::UnknownVersion { run, found, known },
            Trouble::Unreadable { run, why } => Error::Unreadable { run, why },
            Trouble::Stopped => Error::Stopped,
            Trouble::Refused { write, run, seq, why } => Error::Refused { write, run, seq, why },
        }
    }
}

/// The same error once more.
pub(super) fn again(error: &Error) -> Error {
    Trouble::of(error).error()
}
