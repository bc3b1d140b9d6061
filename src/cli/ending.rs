//! How a run that was waited for is told when it has ended or is left: facts on standard output, the rest on
//! standard error, and the code that the process ends with.

use crate::driver::Ended;
use crate::engine::Outcome;
use crate::journal::Journal;
use crate::model::{RunId, RunSummary};

use super::console::Console;
use super::stop::{Exit, Stop};
use super::{failure, names, told};

/// Tells how the run ended. `interrupted`: a signal came, so that what is left was cut off.
pub fn tell(
    console: &Console,
    journal: &dyn Journal,
    run: RunId,
    ended: &Ended,
    interrupted: bool,
) -> Result<Exit, Stop> {
    if console.json && !(interrupted && *ended == Ended::Left) {
        console.print_json(&told::shape(journal, run)?)?;
    }
    let short = names::short(run);
    match ended {
        Ended::Outcome(Outcome::Succeeded(output)) => {
            if !console.json {
                let output = output.to_json();
                let output = if output.is_null() { serde_json::json!({}) } else { output };
                console.print_json(&output)?;
            }
            Ok(Exit::Done)
        }
        Ended::Outcome(Outcome::Failed(error)) => {
            console.note(&failure::text(journal, &row(journal, run)?, error, console.palette()));
            help(console, &format!("`wf show {short}` tells all of the run"));
            Ok(Exit::Failed)
        }
        Ended::Outcome(Outcome::NeedsAttention(error)) => {
            console.note(&failure::text(journal, &row(journal, run)?, error, console.palette()));
            help(console, &format!("run {short} needs attention; `wf show {short}` tells all of it"));
            Ok(Exit::Failed)
        }
        Ended::Outcome(Outcome::Stopped) => {
            console.labelled(console.palette().error, "error", &format!("run {short} was stopped"));
            Ok(Exit::Failed)
        }
        Ended::Paused => {
            console.labelled(console.palette().error, "error", &format!("run {short} is paused"));
            help(console, &format!("`wf unpause {short}`, then `wf resume {short}` go on with it"));
            Ok(Exit::Failed)
        }
        Ended::Left if interrupted => {
            console.note(&format!("interrupted: run {short} can be resumed: wf resume {short}"));
            Ok(Exit::Interrupted)
        }
        Ended::Left => {
            if !console.json {
                console.print(&format!("{run}\n"))?;
            }
            help(console, &format!("the run waits; `wf resume {short}` goes on with it"));
            Ok(Exit::Done)
        }
    }
}

fn row(journal: &dyn Journal, run: RunId) -> Result<RunSummary, Stop> {
    journal.summary(run)?.ok_or_else(|| Stop::wrong(format!("there is no {run:?}")))
}

fn help(console: &Console, text: &str) {
    if !console.quiet {
        console.labelled(console.palette().help, "help", text);
    }
}
