//! What can be wrong with a store, in people's words: which file, what it is, what to do about it.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::RunId;

use super::Holder;

/// Why the store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was attempted begins with the verb: "opening `x`".
    #[error("{doing} failed: {source}")]
    Io { doing: String, source: io::Error },
    #[error("the disk is full: {doing} failed")]
    Full { doing: String, source: io::Error },
    #[error("{doing} is not permitted: {source}")]
    Denied { doing: String, source: io::Error },
    /// Something else stands where a store was looked for.
    #[error("`{}` is not a Wayfare store: {what}", path.display())]
    Foreign { path: PathBuf, what: String },
    #[error("the store `{}` has format {found}; this version reads formats up to {known}", path.display())]
    Newer { path: PathBuf, found: u64, known: u64 },
    #[error("the store `{}` is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("the store `{}` is in use by {holder}", path.display())]
    Busy { path: PathBuf, holder: Holder },
    /// The process that has the store serves the others, but not this one.
    #[error("the store `{}` is in use by {holder}, which {why}", path.display())]
    Unreached { path: PathBuf, holder: Holder, why: String },
    /// A record or row of a newer version.
    #[error("a record of {run:?} has version {found}; this version reads versions up to {known}")]
    UnknownVersion { run: RunId, found: u8, known: u8 },
    /// A record or row that can't be read: the history of this run is corrupt, the others aren't concerned.
    #[error("the stored history of {run:?} can't be read: {why}")]
    Unreadable { run: RunId, why: String },
    /// An earlier error; the store must be opened anew.
    #[error("the store takes nothing more after an earlier failure")]
    Stopped,
    /// One write of a transaction contradicts the history; nothing of the transaction is stored.
    #[error("{run:?}, record {seq}: {why}")]
    Refused {
        /// The write's place in the transaction.
        write: usize,
        run: RunId,
        seq: u64,
        why: Refusal,
    },
}

/// How a write contradicts what is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("the history has {next} records, so this one would leave a gap")]
    Gap { next: u64 },
    #[error("the history holds another record at this place")]
    Rewritten,
    #[error("what is stored at its place, or under its key, can't be read")]
    Unreadable,
    #[error("the record has {bytes} bytes, more than the limit of {limit} (`record size`)")]
    TooLarge { bytes: usize, limit: usize },
}

impl Error {
    /// The error of an attempt at a file: `doing` says which, beginning with the verb.
    pub(crate) fn io(doing: impl Into<String>, source: io::Error) -> Error {
        let doing = doing.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Error::Full { doing, source }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Error::Denied { doing, source },
            _ => Error::Io { doing, source },
        }
    }

    /// What a person can do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Error::Io { .. } => {
                Some("nothing that was unacknowledged is lost for good: `wf resume` goes on from the store")
            }
            Error::Full { .. } => Some("make room, then `wf resume`: what was acknowledged is stored"),
            Error::Denied { .. } => Some("name a folder that you may write to with `--data DIR`"),
            Error::Foreign { .. } => Some("name another folder with `--data DIR`; nothing was changed here"),
            Error::Newer { .. } => Some("use the version that wrote it, or a later one; nothing was changed"),
            Error::Damaged { .. } => {
                Some("restore it from a backup, or name another folder with `--data DIR`; nothing was changed")
            }
            Error::Busy { .. } => Some("wait until that process has ended"),
            Error::Unreached { .. } => {
                Some("end that process, or let it go on; what this one has acknowledged is stored, and can be resumed")
            }
            Error::UnknownVersion { .. } => Some("use the version that wrote it, or a later one"),
            Error::Unreadable { .. } | Error::Stopped | Error::Refused { .. } => None,
        }
    }

    /// Whether it concerns one run alone, the store being well.
    pub fn is_of_one_run(&self) -> bool {
        match self {
            Error::UnknownVersion { .. } | Error::Unreadable { .. } | Error::Refused { .. } => true,
            Error::Io { .. }
            | Error::Full { .. }
            | Error::Denied { .. }
            | Error::Foreign { .. }
            | Error::Newer { .. }
            | Error::Damaged { .. }
            | Error::Busy { .. }
            | Error::Unreached { .. }
            | Error::Stopped => false,
        }
    }
}
