//! The command `wf`: arguments in, facts on standard output, everything else on standard error, an exit code.
//!
//! It puts the other rooms together and holds no rule of the language or of runs itself; nobody names it. Whatever
//! happens, a person reads a sentence and never a panic.

mod args;
mod bug;
mod check;
mod compile;
mod compose;
mod config;
mod console;
mod dying;
mod elsewhere;
mod ending;
mod events;
mod explain;
mod failure;
mod gc;
mod given;
mod history;
mod interrupt;
mod logs;
mod manual;
mod names;
mod new;
mod order;
mod place;
mod progress;
mod rerun;
mod resume;
mod run;
mod runs;
mod secrets;
mod show;
mod stop;
mod store;
mod table;
mod told;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use console::Console;
use stop::{Exit, Stop};

/// Does what the command line asks for, and says how that ended.
pub fn main() -> ExitCode {
    bug::install();
    let exit = match Cli::try_parse_from(std::env::args_os().map(place::unhyphened)) {
        Ok(cli) => bug::caught(|| perform(&cli)),
        Err(refusal) => refuse(&refusal),
    };
    ExitCode::from(exit.code())
}

/// Help and version are facts, too; everything else that clap says is a refusal.
fn refuse(refusal: &clap::Error) -> Exit {
    // A stream that nobody reads any more has nobody to be told.
    let _ = refusal.print();
    if refusal.use_stderr() { Exit::Wrong } else { Exit::Done }
}

fn perform(cli: &Cli) -> Exit {
    let console = Console::new(&cli.global);
    match command(&console, cli) {
        Ok(exit) => exit,
        Err(stop) => {
            stop.tell(&console);
            stop.exit
        }
    }
}

fn command(console: &Console, cli: &Cli) -> Result<Exit, Stop> {
    let data = cli.global.data.as_deref();
    match &cli.command {
        Command::New(args) => new::new(console, args),
        Command::Run(args) => run::run(console, data, args),
        Command::Resume(args) => resume::resume(console, data, args),
        Command::Signal(args) => order::signal(console, data, args),
        Command::Pause(args) => order::pause(console, data, args),
        Command::Unpause(args) => order::unpause(console, data, args),
        Command::Stop(args) => order::stop(console, data, args),
        Command::Rerun(args) => rerun::rerun(console, data, args),
        Command::Check(args) => check::check(console, args),
        Command::Explain(args) => explain::explain(console, args),
        Command::Runs(args) => runs::runs(console, data, args),
        Command::Show(args) => show::show(console, data, args),
        Command::Logs(args) => logs::logs(console, data, args),
        Command::Gc(args) => gc::gc(console, data, args),
        Command::History(args) => history::history(console, data, args),
        Command::Secrets(args) => secrets::secrets(console, data, args),
        Command::Completions { shell } => manual::completions(console, *shell),
        Command::Man { command } => manual::man(console, command.as_deref()),
    }
}
