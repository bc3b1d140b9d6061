//! The command line as data: one definition that parsing, help, completions and the man page come from.
//!
//! It says what may be written, and does nothing. Only what is there is listed.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use crate::journal::{FOLDER_FORMAT, RECORD_VERSION, TABLES_FORMAT};
use crate::model::RunStatus;
use crate::program::plan::PLAN_FORMAT;

const VERSION: &str = env!("CARGO_PKG_VERSION");

static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{VERSION}\nrecord format {RECORD_VERSION}\nplan format {PLAN_FORMAT}\nfolder format {FOLDER_FORMAT}\ntables format {TABLES_FORMAT}"
    )
});

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    a run failed, was stopped, was paused or needs attention
  2    the command line or a file is wrong
  3    the store can't be used
  101  a bug in wf
  130  interrupted; the run can be resumed";

/// Runs workflows, remembers each step, and goes on after a crash.
#[derive(Parser, Debug)]
#[command(name = "wf", version = VERSION, long_version = LONG_VERSION.as_str(), after_help = EXIT_CODES)]
#[command(subcommand_required = true, arg_required_else_help = true, infer_long_args = false, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The folder of the store; else that of `WF_DATA`, else `.wayfare` in the root, which is the nearest folder upward
    /// with a `wayfare.toml`, else the file's own
    #[arg(long, value_name = "DIR", global = true)]
    #[arg(value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,
    /// Print facts as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Leave out progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colours; `auto` is on a terminal, and not where `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a folder with a first workflow, its test and a README
    New(New),
    /// Start a run and stay until it ends
    Run(Run),
    /// Go on with runs that no process drives
    Resume(Resume),
    /// Send a signal to a run
    Signal(Signal),
    /// Let a run begin nothing more until it is unpaused
    Pause(Named),
    /// Let a paused run go on
    Unpause(Named),
    /// Stop a run: what it waits for ends, and nothing more is begun but what a `finally` asks for
    Stop(Named),
    /// Do again what a run did, as a new run, and stay until it ends
    Rerun(Rerun),
    /// Find what is wrong with files
    Check(Check),
    /// Tell more about a code of `wf check`
    Explain(Explain),
    /// List runs, newest first
    Runs(Runs),
    /// Show one run: its inputs, steps and end
    Show(Named),
    /// Print what a run has logged
    Logs(Logs),
    /// Tell what happened in a run, event by event
    History(Named),
    /// Keep secrets in the store, encrypted
    Secrets(Secrets),
    /// Remove runs that have ended and are past their retention, with their folders
    Gc(Gc),
    /// Print a script that completes `wf` commands in a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of `wf` or of one of its commands
    Man {
        /// The command, as in `wf man run`
        command: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct New {
    /// A folder that isn't there yet, or an empty one; its name becomes that of the workflow
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

#[derive(Args, Debug)]
pub struct Run {
    /// A file and, where it has several, the workflow's name; `-` reads standard input
    #[arg(value_name = "FILE[:WORKFLOW]", value_hint = ValueHint::FilePath)]
    pub target: String,
    /// An input. Text stands as it is; other types are JSON, durations and datetimes as in the language
    #[arg(short = 'i', value_name = "NAME=VALUE")]
    pub inputs: Vec<String>,
    /// All inputs as one JSON object, from a file or from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub input: Option<String>,
    /// An idempotency key: a second run under it is the first one
    #[arg(long, value_name = "KEY")]
    pub id: Option<String>,
    /// Leave when the run only waits, and print its id
    #[arg(long)]
    pub detach: bool,
    /// A host or network beyond public addresses that the run may reach; stored with it
    #[arg(long, value_name = "HOST|CIDR[:PORT]", action = clap::ArgAction::Append)]
    pub allow_net: Vec<String>,
    #[command(flatten)]
    pub watched: Watched,
}

#[derive(Args, Debug)]
pub struct Resume {
    /// An id, an unambiguous ending of it, or `last`; without it all that can go on
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Leave when the runs only wait
    #[arg(long)]
    pub until_idle: bool,
    #[command(flatten)]
    pub watched: Watched,
}

/// How the driving of runs is looked on at from outside.
#[derive(Args, Debug, Default)]
pub struct Watched {
    /// Print each event as soon as it is on disk, as a line of JSON on standard error
    #[arg(long)]
    pub events: bool,
    /// A test instrument: this process kills itself right after so many commits
    #[arg(long, hide = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub die_after_commits: Option<u64>,
}

#[derive(Args, Debug)]
pub struct Signal {
    /// An id, an unambiguous ending of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The signal, as the workflow declares it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A parameter. Text stands as it is; other types are JSON, durations and datetimes as in the language
    #[arg(short = 'i', value_name = "NAME=VALUE")]
    pub inputs: Vec<String>,
    /// All parameters as one JSON object, from a file or from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
    pub input: Option<String>,
    /// Who sends it, for the run's history; else the name of the user, else `cli`
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
}

#[derive(Args, Debug)]
pub struct Rerun {
    /// An id, an unambiguous ending of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Take over what was before this step, by its path, and perform from there on
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    /// Leave when the run only waits, and print its id
    #[arg(long)]
    pub detach: bool,
    #[command(flatten)]
    pub watched: Watched,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Files, folders (all `.wf` files below), or `-` for standard input
    #[arg(value_name = "FILE|DIR", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// A code such as `E0201`; without it all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

#[derive(Args, Debug)]
pub struct Runs {
    /// Only runs of this workflow
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// Only runs in this status
    #[arg(long, value_name = "STATUS", value_parser = statuses())]
    pub status: Option<String>,
    /// Only runs since then: a time (`2026-11-22T08:00:00Z`), a day (`2026-11-22`), or a duration back (`2h`)
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// The most runs that are listed
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Go on after a list that was cut: its last run
    #[arg(long, value_name = "RUN")]
    pub cursor: Option<String>,
}

#[derive(Args, Debug)]
pub struct Secrets {
    #[command(subcommand)]
    pub command: SecretsCommand,
}

#[derive(Subcommand, Debug)]
pub enum SecretsCommand {
    /// Keep a secret; its value is read from standard input, or typed unseen
    Set {
        /// Letters, digits, `_`, `-` and `.`, as in `secret("NAME")`
        name: String,
        /// Lock a store that has no secrets yet by a passphrase, rather than by a key file
        #[arg(long)]
        passphrase: bool,
    },
    /// List the names of the secrets that are kept, and when they were set
    List,
    /// Take a secret away
    Delete { name: String },
}

#[derive(Args, Debug)]
pub struct Named {
    /// An id, an unambiguous ending of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
}

#[derive(Args, Debug)]
pub struct Gc {
    /// Remove what ended longer ago than this (`30d`, `0s`), whatever its retention
    #[arg(long, value_name = "DURATION")]
    pub older: Option<String>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Logs {
    /// An id, an unambiguous ending of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Go on until the run ends, whoever drives it
    #[arg(long, short)]
    pub follow: bool,
}

fn statuses() -> PossibleValuesParser {
    PossibleValuesParser::new(RunStatus::ALL.iter().map(|status| status.word()))
}

/// The definition itself.
pub fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        definition().debug_assert();
    }

    #[test]
    fn the_version_names_the_formats() {
        let version = definition().render_long_version();
        for part in ["wf ", "record format 2", "plan format 2", "folder format 1", "tables format 2"] {
            assert!(version.contains(part), "{version}");
        }
    }
}
