//! The secrets of a store: each in a row of its own, encrypted with the store's key, under a name that it is bound to.
//!
//! Names and times are readable without the key, values are not. The row without a name says what the key is: that of
//! a file, or one that derives from a passphrase. Invariant: what is put into the store can be read by who has the key,
//! at its own name, and by nobody else.

mod error;
mod head;
mod key_file;
mod row;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

pub use error::Error;
pub use key_file::{KEY_FILE, place as key_file};

use super::source::{self, Vault};
use crate::driver::doorway::clock::Clock;
use crate::driver::doorway::random::Entropy;
use crate::journal::Journal;
use crate::model::{Failure, Time, wrong_secret_name};
use head::Head;
use row::Key;

/// The variable that holds the passphrase of a store whose secrets are locked by one.
pub const PASSPHRASE: &str = "WF_PASSPHRASE";

/// The most secrets of a store (the limit `secrets`).
pub const MAX_SECRETS: usize = 10_000;

/// The name of the row that says what the key is. No secret has it.
const HEAD: &str = "";

/// A passphrase, as it was given.
pub type Passphrase = Zeroizing<String>;

/// A secret as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub name: String,
    /// When its value was given; none where the row can't be read.
    pub set_at: Option<Time>,
}

/// The secrets of one store.
pub struct StoreVault {
    journal: Arc<dyn Journal>,
    key_file: PathBuf,
    passphrase: Option<Passphrase>,
    /// Derived or read once.
    key: Mutex<Option<Arc<Key>>>,
}

impl StoreVault {
    /// Of the store that lies in the folder `data`. The passphrase is needed where the store is locked by one, and locks
    /// a store that has no secrets yet.
    pub fn new(journal: Arc<dyn Journal>, data: &Path, passphrase: Option<Passphrase>) -> StoreVault {
        StoreVault { journal, key_file: key_file::place(data), passphrase, key: Mutex::default() }
    }

    /// Whether only a passphrase opens it that isn't given.
    pub fn wants_passphrase(&self) -> Result<bool, Error> {
        Ok(self.passphrase.is_none() && self.head()?.is_some_and(|head| head.is_locked()))
    }

    /// Whether no key was chosen for it yet.
    pub fn is_new(&self) -> Result<bool, Error> {
        Ok(self.head()?.is_none())
    }

    /// Keeps the value; whether there was one of that name before.
    pub fn set(&self, name: &str, value: &str, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<bool, Error> {
        named(name)?;
        source::fits(value).map_err(|trouble| Error::Value(name.into(), trouble.why))?;
        let key = match self.head()? {
            Some(head) => self.key(&head)?,
            None => self.begin(entropy)?,
        };
        let known = self.journal.secret(name)?.is_some();
        if !known && self.journal.secrets()?.len() > MAX_SECRETS {
            return Err(Error::Full);
        }
        Ok(self.journal.keep_secret(name, Some(&row::seal(&key, name, value, clock.now(), entropy)))?)
    }

    /// Chooses the key of a store that has no secrets yet. Of two that do so at once one has chosen, and its key is that of
    /// both: a row under the other's could never be read.
    fn begin(&self, entropy: &dyn Entropy) -> Result<Arc<Key>, Error> {
        let (head, key) = match &self.passphrase {
            Some(passphrase) => Head::locked(passphrase, entropy)?,
            None => Head::of_file(key_file::read_or_make(&self.key_file, entropy)?, entropy),
        };
        if self.journal.keep_secret_if_absent(HEAD, &head.encode())? {
            let key = Arc::new(key);
            *self.kept() = Some(key.clone());
            return Ok(key);
        }
        let head = self.head()?.ok_or(Error::Headless)?;
        self.key(&head)
    }

    /// All secrets by name, without their values.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let rows = self.journal.secrets()?;
        let named = rows.into_iter().filter(|(name, _)| name != HEAD);
        Ok(named.map(|(name, row)| Listed { name, set_at: row::set_at(&row) }).collect())
    }

    /// Takes a secret away; whether there was one.
    pub fn delete(&self, name: &str) -> Result<bool, Error> {
        named(name)?;
        Ok(self.journal.keep_secret(name, None)?)
    }

    fn value(&self, name: &str) -> Result<Option<Zeroizing<String>>, Error> {
        let Some(row) = self.journal.secret(name)? else { return Ok(None) };
        let head = self.head()?.ok_or(Error::Headless)?;
        row::open(&*self.key(&head)?, name, &row).map(Some)
    }

    fn head(&self) -> Result<Option<Head>, Error> {
        self.journal.secret(HEAD)?.map(|row| Head::decode(&row)).transpose()
    }

    fn key(&self, head: &Head) -> Result<Arc<Key>, Error> {
        let mut kept = self.kept();
        if let Some(key) = &*kept {
            return Ok(key.clone());
        }
        let key = match (head.is_locked(), &self.passphrase) {
            (true, Some(passphrase)) => head.derived(passphrase)?,
            (true, None) => return Err(Error::NoPassphrase),
            (false, _) => key_file::read(&self.key_file)?,
        };
        if !head.is_opened_by(&key) {
            return Err(match head.is_locked() {
                true => Error::WrongPassphrase,
                false => Error::WrongKeyFile(self.key_file.clone()),
            });
        }
        let key = Arc::new(key);
        *kept = Some(key.clone());
        Ok(key)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Key>>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(name: &str) -> Result<(), Error> {
    wrong_secret_name(name).map_or(Ok(()), |why| Err(Error::Name(why)))
}

impl Vault for StoreVault {
    fn open(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        self.value(name)
            .map_err(|error| Failure::new("secret", format!("the secret `{name}` of the store can't be read: {error}")))
    }
}

#[cfg(test)]
mod tests;
