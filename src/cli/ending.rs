//! How a run that was waited for is told when it has ended or is left: facts on standard output, the rest on
//! standard error, and the code that the process ends with.

use crate::driver::Ended;
use crate::engine::Outcome;
use crate::journal::Journal;
use crate::model::{RunId, RunSummary};

use super::compose::Works;
use super::console::Console;
use super::interrupt::Interrupts;
use super::progress::Progress;
use super::stop::{Exit, Stop};
use super::{failure, names, told};

/// Leaves what drove the run, `gently` as in [`Works::close`], and tells how the run ended, or why it couldn't be followed.
pub fn leave(
    console: &Console,
    works: Works,
    progress: &Progress,
    interrupts: &Interrupts,
    gently: bool,
    followed: Result<(RunId, Ended), Stop>,
) -> Result<Exit, Stop> {
    progress.finish();
    let journal = works.journal.clone();
    let closed = works.close(interrupts, gently);
    match followed {
        Ok((run, ended)) => {
            closed?;
            tell(console, &*journal, run, &ended, interrupts.came())
        }
        // Where the driver ended by itself, its own end says why.
        Err(stop) => closed.and(Err(stop)),
    }
}

/// Tells how the run ended. `interrupted`: a signal came, so that what is left was cut off.
fn tell(console: &Console, journal: &dyn Journal, run: RunId, ended: &Ended, interrupted: bool) -> Result<Exit, Stop> {
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
