//! `wf secrets`: what a store keeps of secrets is set, listed by name and taken away. A value is read from standard
//! input or typed unseen; it is never an argument, and never printed.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::diag::visible;
use crate::driver::doorway::clock::SystemClock;
use crate::driver::doorway::random::SystemEntropy;
use crate::driver::doorway::{environment, terminal};
use crate::driver::secrets::{Error, PASSPHRASE, Passphrase, StoreVault, Vault, lookup, value_from};
use crate::journal::Journal;
use crate::model::Value;

use super::args;
use super::console::Console;
use super::stop::{Exit, Stop};
use super::table::{self, Cell};
use super::{place, store};

pub fn secrets(console: &Console, data: Option<&Path>, args: &args::Secrets) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    match &args.command {
        args::SecretsCommand::Set { name, passphrase } => set(console, &data, name, *passphrase),
        args::SecretsCommand::List => list(console, &data),
        args::SecretsCommand::Delete { name } => delete(console, &data, name),
    }
}

fn set(console: &Console, data: &Path, name: &str, locks: bool) -> Result<Exit, Stop> {
    let value = value_of(name)?;
    let folder = store::open(data, console)?;
    let vault = opened(folder.journal(), data, locks)?;
    let entropy = SystemEntropy::new()
        .map_err(|error| Stop::new(Exit::Store, format!("the system gives no random numbers: {error}")))?;
    let replaced = vault.set(name, &value, &SystemClock, &entropy)?;
    if console.json {
        console.print_json(&Set { name, replaced })?;
    } else {
        console.note(&format!("the secret `{name}` {}", if replaced { "has another value now" } else { "is set" }));
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Set<'n> {
    name: &'n str,
    replaced: bool,
}

/// The value: from standard input, or typed where that is a terminal.
fn value_of(name: &str) -> Result<Zeroizing<String>, Stop> {
    if !io::stdin().is_terminal() {
        return Ok(value_from(name, io::stdin().lock())?);
    }
    let typed = terminal::hidden(&format!("value of {name}: ")).map_err(untyped)?;
    let typed = typed.ok_or_else(|| Stop::wrong("there is no terminal to type the value at"))?;
    Ok(value_from(name, typed.as_bytes())?)
}

fn untyped(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::Interrupted => Stop::new(Exit::Interrupted, "given up: nothing was changed"),
        _ => Stop::wrong(format!("what is typed can't be read: {error}")),
    }
}

/// The store's secrets, with the passphrase where one is needed: a new store is locked by one where that is asked for or
/// one is in the environment.
fn opened(journal: Arc<dyn Journal>, data: &Path, locks: bool) -> Result<StoreVault, Stop> {
    let given = given()?;
    let vault = StoreVault::new(journal.clone(), data, given.clone());
    let is_new = vault.is_new()?;
    if locks && !is_new && !vault.wants_passphrase()? && given.is_none() {
        return Err(Stop::wrong("the store's secrets are encrypted with a key file already"));
    }
    let asks = if is_new { locks && given.is_none() } else { vault.wants_passphrase()? };
    if !asks {
        return Ok(vault);
    }
    let passphrase = asked("passphrase of the store's secrets: ")?.ok_or(Error::NoPassphrase)?;
    if is_new {
        let again = asked("the same once more: ")?.unwrap_or_default();
        if !bool::from(passphrase.as_bytes().ct_eq(again.as_bytes())) {
            return Err(Stop::wrong("these were two passphrases: nothing was changed"));
        }
    }
    Ok(StoreVault::new(journal, data, Some(passphrase)))
}

/// The store's secrets as the environment opens them.
pub fn vault(journal: Arc<dyn Journal>, data: &Path) -> Result<StoreVault, Stop> {
    Ok(StoreVault::new(journal, data, given()?))
}

/// The store's secrets for those who drive runs: where a passphrase is wanted and a person is there, it is asked for
/// before anything goes on.
pub fn vault_for_runs(journal: Arc<dyn Journal>, data: &Path) -> Result<StoreVault, Stop> {
    let vault = vault(journal.clone(), data)?;
    // What is wrong with the store's secrets is told by the steps that need one.
    if !io::stderr().is_terminal() || !vault.wants_passphrase().unwrap_or(false) {
        return Ok(vault);
    }
    Ok(match asked("passphrase of the store's secrets: ")? {
        Some(passphrase) => StoreVault::new(journal, data, Some(passphrase)),
        None => vault,
    })
}

/// What is of type `secret` names one: somebody who gives the value instead is told so before that is stored as a name.
pub fn given_by_name(vault: &dyn Vault, word: &str, input: &str, value: &Value) -> Result<(), Stop> {
    match value {
        Value::Secret(name) => lookup(vault, name).map_err(|failure| {
            let stop = Stop::wrong(format!("{word} `{input}`: {}", failure.message));
            stop.help(format!("write `-i {input}=NAME`: what is of type `secret` takes a secret's name, not its value"))
        }),
        Value::List(items) => items.iter().try_for_each(|item| given_by_name(vault, word, input, item)),
        Value::Map(fields) => fields.values().try_for_each(|field| given_by_name(vault, word, input, field)),
        _ => Ok(()),
    }
}

/// The passphrase in the environment. One that is no text would count as none, and a store be made without it.
fn given() -> Result<Option<Passphrase>, Stop> {
    passphrase(environment::variable_os(PASSPHRASE))
}

fn passphrase(variable: Option<OsString>) -> Result<Option<Passphrase>, Stop> {
    let text = variable.map(OsString::into_string).transpose();
    let text = text.map_err(|_| Stop::wrong(format!("the variable `{PASSPHRASE}` is no UTF-8 text")))?;
    Ok(text.map(Zeroizing::new))
}

fn asked(prompt: &str) -> Result<Option<Passphrase>, Stop> {
    terminal::hidden(prompt).map_err(untyped)
}

#[derive(Serialize)]
struct List {
    secrets: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    set_at: Option<String>,
}

fn list(console: &Console, data: &Path) -> Result<Exit, Stop> {
    let listed = match store::look(data, console)? {
        Some(journal) => vault(journal, data)?.list()?,
        None => Vec::new(),
    };
    let rows = listed.into_iter().map(|one| Row { name: one.name, set_at: one.set_at.map(|time| time.to_string()) });
    let secrets: Vec<Row> = rows.collect();
    if console.json {
        console.print_json(&List { secrets })?;
    } else if secrets.is_empty() {
        console.note("there are no secrets in the store");
    } else {
        let rows = secrets.into_iter().map(|row| {
            let set_at = row.set_at.unwrap_or_else(|| "damaged".into());
            vec![Cell::new(visible(&row.name)), Cell::new(set_at)]
        });
        console.print(&table::lines(&rows.collect::<Vec<_>>()))?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Deleted<'n> {
    name: &'n str,
}

fn delete(console: &Console, data: &Path, name: &str) -> Result<Exit, Stop> {
    let deleted = match store::find(data, console)? {
        Some(folder) => vault(folder.journal(), data)?.delete(name)?,
        None => false,
    };
    if !deleted {
        return Err(Stop::wrong(format!("there is no secret `{}` in the store", visible(name))));
    }
    if console.json {
        console.print_json(&Deleted { name })?;
    } else {
        console.note(&format!("the secret `{name}` is deleted"));
    }
    Ok(Exit::Done)
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        let exit = if error.is_of_the_asking() { Exit::Wrong } else { Exit::Store };
        match error {
            Error::Store(error) => Stop::from(error),
            error => Stop::new(exit, error.to_string()).maybe_help(error.help()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn a_passphrase_that_is_no_text_is_refused() {
        assert!(passphrase(None).is_ok_and(|given| given.is_none()));
        assert_eq!(passphrase(Some("ä b".into())).ok().flatten().as_deref().map(String::as_str), Some("ä b"));
        let stop = passphrase(Some(OsString::from_vec(vec![0xff, 0xfe]))).expect_err("refused");
        assert_eq!(stop.exit, Exit::Wrong);
    }
}
