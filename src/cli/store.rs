//! Opening the store, which other processes may have at the same time: who waits for one of them says for whom, and
//! who only looks makes nothing.

use std::path::Path;
use std::sync::Arc;

use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::driver::doorway::process;
use crate::journal::{Error, Exchange, Holder, Journal, Settings};
use crate::link::Shared;

use super::console::Console;
use super::stop::Stop;

/// How much of the command line is told to those who wait, in characters.
const MAX_COMMAND_CHARS: usize = 200;

/// An opened store: this process's, or reached through the one that has it. Whoever is waited for is told of once.
pub struct Store {
    shared: Arc<Shared>,
}

impl Store {
    pub fn journal(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    pub fn exchange(&self) -> Arc<dyn Exchange> {
        self.shared.clone()
    }
}

/// The store, made where there is none.
pub fn open(data: &Path, console: &Console) -> Result<Store, Stop> {
    let opened = Shared::open(data, &Settings::default(), &me(), wait_note(console, data));
    let shared = opened.map_err(|error| match error {
        // Where no store came to be, there is none to go on from.
        Error::Io { .. } if !data.join("journal.redb").exists() => {
            Stop { help: Some("name another folder with `--data DIR`".into()), ..Stop::from(error) }
        }
        error => Stop::from(error),
    })?;
    Ok(Store { shared: Arc::new(shared) })
}

/// The store, none where there is no store.
pub fn find(data: &Path, console: &Console) -> Result<Option<Store>, Stop> {
    let found = Shared::look(data, &Settings::default(), &me(), wait_note(console, data))?;
    Ok(found.map(|shared| Store { shared: Arc::new(shared) }))
}

/// Its journal, for those who only read: also where nothing may be written.
pub fn look(data: &Path, console: &Console) -> Result<Option<Arc<dyn Journal>>, Stop> {
    let found = Shared::read(data, &Settings::default(), &me(), wait_note(console, data))?;
    Ok(found.map(|shared| Arc::new(shared) as Arc<dyn Journal>))
}

fn wait_note(console: &Console, data: &Path) -> impl Fn(&Holder) + Send + Sync + 'static {
    let (console, data) = (console.clone(), data.to_path_buf());
    move |holder| {
        let text = format!("the store `{}` is in use by {holder}", data.display());
        console.note(&format!("waiting: {}", visible(&text)));
    }
}

/// This process, as others see it.
fn me() -> Holder {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    Holder { pid: process::pid(), started: SystemClock.now(), command: command_line(arguments) }
}

/// The command line without what it gives as inputs: that may be nobody else's business.
fn command_line(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut command = vec!["wf".to_string()];
    let mut room = MAX_COMMAND_CHARS;
    let mut is_value = false;
    for argument in arguments.skip(1) {
        let hidden = is_value || argument.starts_with("-i") || argument.starts_with("--input=");
        is_value = argument == "-i" || argument == "--input";
        let shown = if hidden && !is_value { "…".to_string() } else { argument };
        let shown: String = shown.chars().take(room).collect();
        room -= shown.chars().count();
        if room == 0 {
            command.push("…".into());
            break;
        }
        command.push(shown);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::command_line;

    fn shown(command: &str) -> String {
        command_line(command.split(' ').map(str::to_string)).join(" ")
    }

    #[test]
    fn inputs_are_not_told() {
        assert_eq!(shown("/usr/bin/wf run a.wf -i token=5 --id x"), "wf run a.wf -i … --id x");
        assert_eq!(shown("wf run a.wf -itoken=5"), "wf run a.wf …");
        assert_eq!(shown("wf run a.wf --input {} --quiet"), "wf run a.wf --input … --quiet");
        assert!(shown(&format!("wf run {}", "x".repeat(1_000))).chars().count() < 250);
    }
}
