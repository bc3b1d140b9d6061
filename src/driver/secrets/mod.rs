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

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use fill::MAX_FILLED;
pub use forms::MIN_SECRET;
pub use known::{MASKED_EVERYWHERE, MAX_KNOWN};
pub use mask::{Mask, Stream};
pub use source::{MAX_SECRET, NoVault, Vault};
pub use vault::{Error, KEY_FILE, Listed, MAX_SECRETS, PASSPHRASE, Passphrase, StoreVault, key_file};

use crate::model::{Failure, Value};
use fill::Filling;
use known::{Filled, Known, Named};

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
    known: Known,
    expected: Mutex<Expected>,
}

/// Names whose values may come back though nobody was given them here: an earlier process may have filled them in.
#[derive(Default)]
struct Expected {
    /// Those that are still to be looked up.
    new: BTreeSet<Arc<str>>,
    /// Those that were, whatever was found: each is looked up once.
    met: BTreeSet<Arc<str>>,
}

impl Secrets {
    pub fn new(vault: Arc<dyn Vault>) -> Secrets {
        Secrets { vault, known: Known::default(), expected: Mutex::default() }
    }

    /// The arguments of `action` with their secrets' values, and what masks these. It may read files and the store.
    pub fn unseal(&self, action: &str, input: &Value) -> Result<(Value, Mask), Failure> {
        if let Some(refusal) = refused(action, input) {
            return Err(refusal);
        }
        let mut filling = Filling::new(&*self.vault);
        let filled = filling.value(input)?;
        Ok((filled, self.known.learn(filling.filled())))
    }

    /// Values of these names may come back from now on.
    pub fn expect(&self, names: impl IntoIterator<Item = Arc<str>>) {
        let mut expected = self.expected();
        for name in names {
            if expected.new.len() + expected.met.len() < MAX_SECRETS && !expected.met.contains(&name) {
                expected.new.insert(name);
            }
        }
    }

    /// Whether there are names to be looked up before anything goes on.
    pub fn expects(&self) -> bool {
        !self.expected().new.is_empty()
    }

    /// Learns the values of the names that are expected. Those that can't be had are passed over: what can't be looked up
    /// is told to the step that needs it. It may read files and the store.
    pub fn meet(&self) {
        let names = self.expected().new.clone();
        let found = names.iter().filter_map(|name| {
            let value = source::value_of(&*self.vault, name).ok()?;
            Some(Named { name: name.clone(), value: Arc::new(value) })
        });
        self.known.learn(Filled { values: found.collect(), made: Vec::new() });
        // Only now: until then others have to look them up as well.
        let mut expected = self.expected();
        for name in names {
            expected.new.remove(&name);
            expected.met.insert(name);
        }
    }

    /// What masks all that was filled in so far.
    pub fn mask(&self) -> Mask {
        self.known.mask()
    }

    fn expected(&self) -> MutexGuard<'_, Expected> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
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
