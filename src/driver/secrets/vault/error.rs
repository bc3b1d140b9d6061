//! What may be wrong with the secrets of a store.

use std::path::PathBuf;

use super::super::source::MAX_SECRET;
use super::{MAX_SECRETS, PASSPHRASE};
use crate::journal;

/// Why a secret can't be kept or read. No message holds a value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] journal::Error),
    #[error("{0}")]
    Name(String),
    #[error("the value of `{0}` {1}")]
    Value(String, String),
    #[error("the store has {MAX_SECRETS} secrets already (limit `secrets`)")]
    Full,
    #[error("the key file `{}` {why}", path.display())]
    KeyFile { path: PathBuf, why: String },
    #[error("there is no key file `{}`, without which the store's secrets can't be read", .0.display())]
    NoKeyFile(PathBuf),
    #[error("the key file `{}` is not the one that the store's secrets were encrypted with", .0.display())]
    WrongKeyFile(PathBuf),
    #[error("the store's secrets are locked by a passphrase: give it by `{PASSPHRASE}`")]
    NoPassphrase,
    #[error("this is not the passphrase that the store's secrets are locked by")]
    WrongPassphrase,
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    #[error("the row of `{0}` is damaged, or was written for another name or store: set it anew")]
    Damaged(String),
    #[error("the row that says what the key is was made by a newer wf (format {0})")]
    Newer(u32),
    #[error("the row that says what the key is is damaged")]
    Head,
    #[error("the row that says what the key is is missing")]
    Headless,
    #[error("the key can't be derived from the passphrase: {0}")]
    Derive(String),
}

impl Error {
    /// Whether what was asked for is wrong, rather than the store or its key.
    pub fn is_of_the_asking(&self) -> bool {
        match self {
            Error::Name(_)
            | Error::Value(..)
            | Error::Full
            | Error::NoPassphrase
            | Error::WrongPassphrase
            | Error::EmptyPassphrase => true,
            Error::Store(_)
            | Error::KeyFile { .. }
            | Error::NoKeyFile(_)
            | Error::WrongKeyFile(_)
            | Error::Damaged(_)
            | Error::Newer(_)
            | Error::Head
            | Error::Headless
            | Error::Derive(_) => false,
        }
    }

    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::Value(..) => {
                Some(format!("a secret is a text of 4 to {MAX_SECRET} bytes, read from standard input"))
            }
            Error::KeyFile { path, .. } => Some(format!("only its owner may read it: `chmod 600 {}`", path.display())),
            Error::NoKeyFile(_) | Error::WrongKeyFile(_) => {
                Some("bring the file back, or name it by `WF_KEY_FILE`; without it the secrets must be set anew".into())
            }
            _ => None,
        }
    }
}
