//! `wf man` and `wf completions`: made from the same definition as the command line itself.

use clap_complete::Shell;

use crate::diag::{did_you_mean, near};

use super::args::definition;
use super::console::Console;
use super::stop::{Exit, Stop};

pub fn completions(console: &Console, shell: Shell) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "wf", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub fn man(console: &Console, command: Option<&str>) -> Result<Exit, Stop> {
    let mut whole = definition();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => named(&whole, name)?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| Stop::new(Exit::Bug, format!("the manual page can't be made: {error}")))?;
    console.print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

fn named(whole: &clap::Command, name: &str) -> Result<clap::Command, Stop> {
    let commands = || whole.get_subcommands().map(clap::Command::get_name);
    let found = whole.get_subcommands().find(|command| command.get_name() == name);
    found.cloned().map(|command| command.display_name(format!("wf-{name}"))).ok_or_else(|| {
        let stop = Stop::wrong(format!("there is no command `{name}`"));
        match near(name, commands()) {
            Some(meant) => stop.help(did_you_mean(meant)),
            None => stop.help(format!("the commands are {}", commands().collect::<Vec<_>>().join(", "))),
        }
    })
}
