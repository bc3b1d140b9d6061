//! Secrets, where they have values: as an effect is performed. Their handles are filled in before it reads its
//! arguments, and what comes out of it is masked; nobody else in the house meets a value.
//!
//! It is no matter of the engine's: a history holds handles alone. Invariant: an effect is given either all its
//! secrets or nothing, and gives back none of them.

mod automaton;
mod fill;
mod forms;
mod known;
mod mask;
mod source;
mod vault;

use std::sync::{Arc, Mutex, PoisonError};

pub use fill::MAX_FILLED;
pub use forms::MIN_SECRET;
pub use known::{MASKED_EVERYWHERE, MAX_KNOWN};
pub use mask::{Mask, Stream};
pub use source::{MAX_SECRET, NoVault, Vault};
pub use vault::{Error, KEY_FILE, Listed, MAX_SECRETS, PASSPHRASE, Passphrase, StoreVault, key_file};

use crate::model::{Failure, Value};
use fill::Filling;
use known::Known;

/// The value of a secret as it is given from outside: a text, without the line end at its end.
///
/// # Errors
/// What is wrong with it.
pub fn value_from(name: &str, from: impl std::io::Read) -> Result<zeroize::Zeroizing<String>, Error> {
    if let Some(why) = crate::model::wrong_secret_name(name) {
        return Err(Error::Name(why));
    }
    let value = source::read(from).and_then(|value| source::fits(&value).map(|()| value));
    value.map_err(|trouble| Error::Value(name.into(), trouble.why))
}

/// Whether the secret has a value, in the store or elsewhere.
///
/// # Errors
/// Why it can't be had.
pub fn lookup(vault: &dyn Vault, name: &str) -> Result<(), Failure> {
    source::value_of(vault, name).map(drop)
}

/// The secrets that this process can fill in, and those that it has.
pub struct Secrets {
    vault: Arc<dyn Vault>,
    known: Mutex<Known>,
}

impl Secrets {
    pub fn new(vault: Arc<dyn Vault>) -> Secrets {
        Secrets { vault, known: Mutex::default() }
    }

    /// The arguments of `action` with their secrets' values, and what masks these. It may read files and the store.
    pub fn unseal(&self, action: &str, input: &Value) -> Result<(Value, Mask), Failure> {
        if let Some(refusal) = refused(action, input) {
            return Err(refusal);
        }
        let mut filling = Filling::new(&*self.vault);
        let filled = filling.value(input)?;
        Ok((filled, self.known().learn(filling.filled())))
    }

    /// What masks all that was filled in so far.
    pub fn mask(&self) -> Mask {
        self.known().mask()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Secrets where they may not be, whatever they are: what is written stays, and a text that a shell reads is code.
fn refused(action: &str, input: &Value) -> Option<Failure> {
    let (what, name, help) = match action {
        "file.write" => ("write", input.secret()?, "let a program write it that is given it by `env`"),
        "shell" => ("run as a command", input.get("command")?.secret()?, "give it by `env`"),
        _ => return None,
    };
    Some(Failure::new("secret", format!("`{action}` would {what} the secret `{name}`; {help}")))
}
