//! Opening the store: who waits for it says for whom, and who only looks makes nothing.

use std::path::Path;
use std::sync::Arc;

use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::driver::doorway::process;
use crate::journal::{Error, Folder, Holder, Journal, Settings};

use super::console::Console;
use super::stop::Stop;

/// How much of the command line is told to those who wait, in characters.
const MAX_COMMAND_CHARS: usize = 200;

/// The store, made where there is none. Waits until nobody else has it.
pub fn open(data: &Path, console: &Console) -> Result<Folder, Stop> {
    let opened = Folder::open(data, &Settings::default(), &me(), &mut |holder| wait_note(console, data, holder));
    opened.map_err(|error| match error {
        // Where no store came to be, there is none to go on from.
        Error::Io { .. } if !data.join("journal.redb").exists() => {
            Stop { help: Some("name another folder with `--data DIR`".into()), ..Stop::from(error) }
        }
        error => Stop::from(error),
    })
}

/// The store, none where there is no store. Waits as [`open`] does.
pub fn find(data: &Path, console: &Console) -> Result<Option<Folder>, Stop> {
    Ok(Folder::look(data, &Settings::default(), &me(), &mut |holder| wait_note(console, data, holder))?)
}

/// Its journal, for those who only read.
pub fn look(data: &Path, console: &Console) -> Result<Option<Arc<dyn Journal>>, Stop> {
    Ok(find(data, console)?.map(|folder| folder.journal() as Arc<dyn Journal>))
}

fn wait_note(console: &Console, data: &Path, holder: &Holder) {
    let text = format!("the store `{}` is in use by {holder}", data.display());
    console.note(&format!("waiting: {}", visible(&text)));
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
