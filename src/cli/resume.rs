//! `wf resume`: goes on with what no process drives; one run, or all that can.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use serde::Serialize;

use crate::driver::{self, Ended, Error, Later, Until};
use crate::engine::Outcome;
use crate::journal::Journal;
use crate::model::{RunId, RunStatus, RunSummary};
use crate::story::RunShape;

use super::args;
use super::compose::Works;
use super::console::Console;
use super::interrupt::Interrupts;
use super::place;
use super::progress::{Board, Progress};
use super::run::{follow_again, listen, no_thread, wait};
use super::stop::{Exit, Stop, safe_lines};
use super::store::Store;
use super::{elsewhere, ending, names, store, told};

/// How often it is looked whether a run has ended that nobody told of.
const LOOK: Duration = Duration::from_millis(100);

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
    let progress = Progress::start(console, Board::default(), None).map_err(no_thread)?;
    let works = Works::start(store, data, console, &progress, &args.watched, interrupts)?;
    let until = if args.until_idle { Until::Rest } else { Until::End };
    let ended = go_on(&works, &progress, run.id, until);
    progress.finish();
    let journal = works.journal.clone();
    let closed = works.close(interrupts, args.until_idle);
    match ended {
        Ok(ended) => {
            closed?;
            ending::tell(console, &*journal, run.id, &ended, interrupts.came())
        }
        Err(stop) => closed.and(Err(stop)),
    }
}

fn go_on(works: &Works, progress: &Progress, run: RunId, until: Until) -> Result<Ended, Stop> {
    if let Some(holder) = elsewhere::driver_of(works, run)? {
        return Err(elsewhere::refusal(run, &holder));
    }
    follow_again(works, progress, run)?;
    wait(works.driver(), run, until)
}

/// The runs that are driven on by themselves, and those that are left to a person.
struct Unfinished {
    driven: Vec<RunSummary>,
    left: Vec<RunSummary>,
}

/// Callers stand before those they called: a run that is waited for goes on with the one that waits.
fn unfinished(journal: &dyn Journal) -> Result<Unfinished, Stop> {
    let mut live = journal.unfinished()?;
    let parents: HashMap<RunId, RunId> = live.iter().filter_map(|run| Some((run.id, run.parent?))).collect();
    live.sort_by_cached_key(|run| std::iter::successors(parents.get(&run.id), |id| parents.get(id)).count());
    let (driven, left) = live.into_iter().partition(|run| can_go_on(run.status));
    Ok(Unfinished { driven, left })
}

fn can_go_on(status: RunStatus) -> bool {
    match status {
        RunStatus::Queued | RunStatus::Running | RunStatus::Waiting => true,
        RunStatus::Paused
        | RunStatus::NeedsAttention
        | RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Stopped => false,
    }
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
    let journal = store.journal();
    let Unfinished { driven, left } = unfinished(&*journal)?;
    let (ring, bell) = sync_channel(1);
    let mut board = Board::default();
    if driven.len() > 1 {
        driven.iter().for_each(|run| board.name(run.id, format!("{} ", names::short(run.id))));
    }
    let progress = Progress::start(console, board, Some(ring)).map_err(no_thread)?;
    let works = Works::start(store, data, console, &progress, &args.watched, interrupts)?;
    let mut lines = Lines { console, progress: &progress, journal: &*journal, exit: Exit::Done, told: HashSet::new() };
    left.iter().try_for_each(|run| lines.tell(run, run.status.word(), false))?;
    let waited = drive_all(&works, &progress, &driven, args.until_idle, &bell, &mut lines);
    let Lines { exit, told: said, .. } = lines;
    progress.finish();
    let closed = works.close(interrupts, args.until_idle);
    waited.and(closed)?;
    if console.json {
        let ids = left.iter().chain(&driven).map(|run| run.id).filter(|id| said.contains(id));
        console.print_json(&Resumed { runs: ids.map(|id| told::shape(&*journal, id)).collect::<Result<_, _>>()? })?;
    }
    if interrupts.came() {
        console.note("interrupted: what is unfinished can be resumed: wf resume");
        return Ok(Exit::Interrupted);
    }
    Ok(exit)
}

fn drive_all(
    works: &Works,
    progress: &Progress,
    runs: &[RunSummary],
    until_idle: bool,
    bell: &Receiver<()>,
    lines: &mut Lines<'_>,
) -> Result<(), Stop> {
    let until = if until_idle { Until::Idle } else { Until::End };
    let mut waiting: Vec<(&RunSummary, Later<Ended>)> = Vec::new();
    for run in runs {
        if elsewhere::driver_of(works, run.id)?.is_some() {
            continue;
        }
        match follow_again(works, progress, run.id) {
            Ok(driver::Resumed::Driven) => waiting.push((run, works.driver().wait(run.id, until))),
            // It has no line of its own: the run that called it waits for it, and tells.
            Ok(driver::Resumed::WithParent) => {}
            Err(stop) => lines.refuse(run, &stop)?,
        }
    }
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::with_capacity(before);
        for (run, later) in waiting {
            match later.try_recv() {
                Ok(answer) => lines.end(run, answer)?,
                Err(TryRecvError::Empty) => still.push((run, later)),
                Err(TryRecvError::Disconnected) => lines.end(run, Err(Error::Gone))?,
            }
        }
        waiting = still;
        if waiting.len() == before {
            // Also where nothing rang: a run can be left without a commit.
            let _ = bell.recv_timeout(LOOK);
        }
    }
    Ok(())
}

/// One line for each run, as it ends.
struct Lines<'a> {
    console: &'a Console,
    progress: &'a Progress,
    journal: &'a dyn Journal,
    exit: Exit,
    /// The runs that have had their line.
    told: HashSet<RunId>,
}

impl Lines<'_> {
    fn end(&mut self, run: &RunSummary, answer: Result<Ended, Error>) -> Result<(), Stop> {
        match answer {
            Ok(Ended::Outcome(Outcome::Succeeded(_))) => self.tell(run, RunStatus::Succeeded.word(), true),
            Ok(Ended::Outcome(Outcome::Failed(error))) => self.tell_why(run, RunStatus::Failed.word(), &error.message),
            Ok(Ended::Outcome(Outcome::NeedsAttention(error))) => {
                self.tell_why(run, RunStatus::NeedsAttention.word(), &error.message)
            }
            Ok(Ended::Outcome(Outcome::Stopped)) => self.tell(run, RunStatus::Stopped.word(), false),
            Ok(Ended::Paused) => self.tell(run, RunStatus::Paused.word(), false),
            Ok(Ended::Left) => self.tell(run, self.stored_word(run)?, true),
            Err(error) => self.refuse(run, &Stop::from(error)),
        }
    }

    /// How a run that was left stands: it waits, or it was cut off.
    fn stored_word(&self, run: &RunSummary) -> Result<&'static str, Stop> {
        Ok(self.journal.summary(run.id)?.map_or(run.status, |row| row.status).word())
    }

    /// A run that can't be driven at all; a store that can't be used concerns them all.
    fn refuse(&mut self, run: &RunSummary, stop: &Stop) -> Result<(), Stop> {
        self.tell_why(run, "can't go on", stop.errors.first().map_or("", String::as_str))
    }

    fn tell(&mut self, run: &RunSummary, word: &str, is_good: bool) -> Result<(), Stop> {
        self.line(run, word, is_good, "")
    }

    fn tell_why(&mut self, run: &RunSummary, word: &str, why: &str) -> Result<(), Stop> {
        self.line(run, word, false, why)
    }

    fn line(&mut self, run: &RunSummary, word: &str, is_good: bool, why: &str) -> Result<(), Stop> {
        self.told.insert(run.id);
        if !is_good {
            self.exit = Exit::Failed;
        }
        if self.console.json {
            return Ok(());
        }
        let why = safe_lines(why).next().map_or_else(String::new, |why| format!(": {why}"));
        let text = format!("{}  {}  {word}{why}\n", names::short(run.id), run.workflow);
        self.progress.aside(|| self.console.print(&text))
    }
}
