//! `wf resume`: goes on with what no process drives; one run, or all that can.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use serde::Serialize;

use crate::driver::{Ended, Error, Until};
use crate::engine::Outcome;
use crate::journal::Journal;
use crate::model::{Event, RunId, RunStatus, RunSummary};
use crate::story::RunShape;

use super::args;
use super::compose::Works;
use super::console::Console;
use super::interrupt::Interrupts;
use super::place;
use super::progress::Progress;
use super::run::{follow_again, listen, no_thread, wait};
use super::stop::{Exit, Stop, safe_lines};
use super::store::Store;
use super::{elsewhere, ending, names, store, told};

/// How many rows of unfinished runs are read at a time.
const PAGE: usize = 1_000;

pub fn resume(console: &Console, data: Option<&Path>, args: &args::Resume) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    let interrupts = listen()?;
    let found = store::find(&data, console)?;
    match (&args.run, &found) {
        (Some(name), None) => names::find(None, name).map(|_| Exit::Wrong),
        (Some(name), Some(store)) => {
            let run = names::find(Some(&*store.journal()), name)?;
            one(console, store, &data, &interrupts, &run, args)
        }
        (None, None) => nothing(console),
        (None, Some(store)) => all(console, store, &data, &interrupts, args),
    }
}

fn nothing(console: &Console) -> Result<Exit, Stop> {
    if console.json {
        console.print_json(&Resumed { runs: Vec::new() })?;
    }
    Ok(Exit::Done)
}

fn one(
    console: &Console,
    store: &Store,
    data: &Path,
    interrupts: &Interrupts,
    run: &RunSummary,
    args: &args::Resume,
) -> Result<Exit, Stop> {
    let progress = Progress::start(console).map_err(no_thread)?;
    let works = Works::start(store, data, console, &progress, &args.watched, interrupts)?;
    let until = if args.until_idle { Until::Rest } else { Until::End };
    let followed = go_on(&works, &progress, run.id, until).map(|ended| (run.id, ended));
    ending::leave(console, works, &progress, interrupts, args.until_idle, followed)
}

fn go_on(works: &Works, progress: &Progress, run: RunId, until: Until) -> Result<Ended, Stop> {
    if let Some(holder) = elsewhere::settled_driver_of(works, run)? {
        return Err(elsewhere::refusal(run, &holder));
    }
    follow_again(works, progress, run)?;
    wait(works.driver(), run, until)
}

#[derive(Serialize)]
struct Resumed {
    runs: Vec<RunShape>,
}

fn all(
    console: &Console,
    store: &Store,
    data: &Path,
    interrupts: &Interrupts,
    args: &args::Resume,
) -> Result<Exit, Stop> {
    let journal: Arc<dyn Journal> = store.journal();
    let progress = Progress::start(console).map_err(no_thread)?;
    progress.show_all(journal.clone());
    let works = Works::start(store, data, console, &progress, &args.watched, interrupts)?;
    let until = if args.until_idle { Until::Idle } else { Until::End };
    let ends = works.driver().resume_all(until);
    let mut lines = Lines { console, progress: &progress, journal: &*journal, exit: Exit::Done, told: Vec::new() };
    let told = tell_all(&mut lines, &ends, until, interrupts);
    let Lines { exit, told: runs, .. } = lines;
    progress.finish();
    let closed = works.close(interrupts, args.until_idle);
    told.and(closed)?;
    if console.json {
        let runs = runs.into_iter().map(|id| told::shape(&*journal, id)).collect::<Result<_, _>>()?;
        console.print_json(&Resumed { runs })?;
    }
    if interrupts.came() {
        console.note("interrupted: what is unfinished can be resumed: wf resume");
        return Ok(Exit::Interrupted);
    }
    Ok(exit)
}

/// Those that are left to a person, then each as it ends, and at last, where nobody waits for them, those that wait.
fn tell_all(
    lines: &mut Lines<'_>,
    ends: &Receiver<(RunId, Result<Ended, Error>)>,
    until: Until,
    interrupts: &Interrupts,
) -> Result<(), Stop> {
    lines.tell_each(|row| is_left(row.status), false)?;
    for (run, ended) in ends {
        lines.end(run, ended)?;
    }
    if until == Until::End || interrupts.came() {
        return Ok(());
    }
    lines.tell_each(|row| row.status == RunStatus::Waiting, true)
}

/// Whether a person is asked for before the run can go on.
fn is_left(status: RunStatus) -> bool {
    match status {
        RunStatus::Paused | RunStatus::NeedsAttention => true,
        RunStatus::Queued
        | RunStatus::Running
        | RunStatus::Waiting
        | RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Stopped => false,
    }
}

/// One line for each run, as it ends.
struct Lines<'a> {
    console: &'a Console,
    progress: &'a Progress,
    journal: &'a dyn Journal,
    exit: Exit,
    /// The runs that have had their line, where they are told as JSON.
    told: Vec<RunId>,
}

impl Lines<'_> {
    /// Tells how unfinished runs stand, but those that another one waits for: that one's line is theirs.
    fn tell_each(&mut self, which: impl Fn(&RunSummary) -> bool, is_good: bool) -> Result<(), Stop> {
        let mut after = None;
        loop {
            let page = self.journal.live(after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for row in page.iter().filter(|row| which(row)) {
                if is_left(row.status) || !self.is_called(row)? {
                    self.line(row, row.status.word(), is_good, "")?;
                }
            }
        }
    }

    fn is_called(&self, row: &RunSummary) -> Result<bool, Stop> {
        if row.parent.is_none() {
            return Ok(false);
        }
        let first = self.journal.history(row.id, 0, 1)?;
        let event = first.first().and_then(|record| record.events.first());
        Ok(matches!(event, Some(Event::RunStarted(started)) if &*started.trigger.kind == "call"))
    }

    fn end(&mut self, run: RunId, answer: Result<Ended, Error>) -> Result<(), Stop> {
        let Some(row) = self.journal.summary(run)? else { return Ok(()) };
        match answer {
            Ok(Ended::Outcome(Outcome::Succeeded(_))) => self.line(&row, RunStatus::Succeeded.word(), true, ""),
            Ok(Ended::Outcome(Outcome::Failed(error))) => self.fails(&row, RunStatus::Failed.word(), &error.message),
            Ok(Ended::Outcome(Outcome::NeedsAttention(error))) => {
                self.fails(&row, RunStatus::NeedsAttention.word(), &error.message)
            }
            Ok(Ended::Outcome(Outcome::Stopped)) => self.fails(&row, RunStatus::Stopped.word(), ""),
            Ok(Ended::Paused) => self.fails(&row, RunStatus::Paused.word(), ""),
            Ok(Ended::Left) => self.line(&row, row.status.word(), true, ""),
            // A run that can't be driven at all; a store that can't be used concerns them all.
            Err(error) => {
                let stop = Stop::from(error);
                self.fails(&row, "can't go on", stop.errors.first().map_or("", String::as_str))
            }
        }
    }

    fn fails(&mut self, run: &RunSummary, word: &str, why: &str) -> Result<(), Stop> {
        self.line(run, word, false, why)
    }

    fn line(&mut self, run: &RunSummary, word: &str, is_good: bool, why: &str) -> Result<(), Stop> {
        if !is_good {
            self.exit = Exit::Failed;
        }
        if self.console.json {
            self.told.push(run.id);
            return Ok(());
        }
        let why = safe_lines(why).next().map_or_else(String::new, |why| format!(": {why}"));
        let text = format!("{}  {}  {word}{why}\n", names::short(run.id), run.workflow);
        self.progress.aside(|| self.console.print(&text))
    }
}
