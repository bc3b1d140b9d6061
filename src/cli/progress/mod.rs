//! What is shown on standard error while runs go: on a terminal a live view, else one line for each thing that ended.
//!
//! The driver's threads only update the [`Board`] and hand lines over; a thread of its own writes them. Progress
//! decides nothing, and losing it changes no run.

mod board;
mod live;
mod plain;
mod tree;

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use indicatif::MultiProgress;

use crate::driver::Observer;
use crate::driver::effects::OutputLine;
use crate::journal::{Error, Journal};
use crate::model::{Again, Event, RunId, Started, Time};

pub use board::{Board, seconds};
use board::{Line, Mark};

use super::console::Console;
use super::names::short;
use super::stop::Stop;

/// How many lines wait to be written before those who bring more are held up.
const MAX_WAITING_LINES: usize = 1_024;

/// How many records of a history are read at a time.
const PAGE: usize = 1_000;

/// The progress of the runs that a command drives.
pub struct Progress {
    board: Arc<Mutex<Board>>,
    lines: Mutex<Option<SyncSender<Line>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    quiet: bool,
    /// What is drawn, where something is.
    drawn: Option<MultiProgress>,
    /// Where runs are recalled from as they are taken up, of which nothing is kept while they wait.
    recalled: OnceLock<Arc<dyn Journal>>,
}

impl Progress {
    /// Begins to show.
    pub fn start(console: &Console) -> std::io::Result<Arc<Progress>> {
        let (lines, received) = sync_channel(MAX_WAITING_LINES);
        let board = Arc::new(Mutex::new(Board::default()));
        let (shown, console_of_thread) = (board.clone(), console.clone());
        let drawn = (console.live && !console.quiet).then(live::target);
        let drawn_of_thread = drawn.clone();
        let writer = std::thread::Builder::new().name("progress".into()).spawn(move || match drawn_of_thread {
            Some(drawn) => live::show(&console_of_thread, drawn, &shown, &received),
            None => plain::show(&console_of_thread, &received),
        })?;
        Ok(Arc::new(Progress {
            board,
            lines: Mutex::new(Some(lines)),
            writer: Mutex::new(Some(writer)),
            quiet: console.quiet,
            drawn,
            recalled: OnceLock::new(),
        }))
    }

    /// Shows the runs that the driver takes up by itself, each under its own name, and keeps nothing of those that wait.
    pub fn show_all(&self, journal: Arc<dyn Journal>) {
        // Said once; a second time changes nothing.
        let _ = self.recalled.set(journal);
    }

    /// Says something between the lines.
    pub fn note(&self, text: &str) {
        self.say(Line::note(text));
    }

    /// Does something that writes to the terminal without the view in its way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.drawn {
            Some(drawn) => drawn.suspend(write),
            None => write(),
        }
    }

    /// Lets the board take what happened before.
    pub fn remember(&self, take: impl FnOnce(&mut Board) -> Result<(), Stop>) -> Result<(), Stop> {
        take(&mut lock(&self.board))
    }

    /// Writes what there is still to be written, and shows nothing any more.
    pub fn finish(&self) {
        drop(lock(&self.lines).take());
        if let Some(writer) = lock(&self.writer).take() {
            // A view that failed has no more to show.
            let _ = writer.join();
        }
    }

    /// Says that a run has begun that no other called. Gives how many events behind its beginning are those of another
    /// run, which are no news.
    fn begin(&self, run: RunId, events: &[Event]) -> usize {
        let Some(Event::RunStarted(started)) = events.first() else { return 0 };
        if started.parent.is_none() && !self.quiet {
            self.note(&begun(run, started));
        }
        started.again.as_ref().map_or(0, |again| usize::try_from(again.taken).unwrap_or(usize::MAX))
    }

    fn say(&self, line: Line) {
        // What the workflow itself says is no progress.
        if self.quiet && !matches!(line.mark, Mark::Log | Mark::Note) {
            return;
        }
        let lines = lock(&self.lines).clone();
        if let Some(lines) = lines {
            let _ = lines.send(line);
        }
    }
}

impl Observer for Progress {
    fn committed(&self, run: RunId, at: Time, events: &[Event]) {
        let taken_over = self.begin(run, events);
        for (place, event) in events.iter().enumerate() {
            let line = lock(&self.board).take(run, at, event);
            if let Some(line) = line.filter(|_| place > taken_over || taken_over == 0) {
                self.say(line);
            }
        }
    }

    fn taken_up(&self, run: RunId) {
        if let Some(journal) = self.recalled.get().filter(|_| !self.quiet) {
            let mut board = lock(&self.board);
            board.name(run, format!("{} ", short(run)));
            // What can't be read isn't shown.
            let _ = recall_latest(&mut board, &**journal, run);
        }
    }

    fn parked(&self, run: RunId) {
        if self.recalled.get().is_some() {
            lock(&self.board).forget(run);
        }
    }

    fn printed(&self, run: RunId, path: &str, line: &OutputLine) {
        if !self.quiet {
            lock(&self.board).printed(run, path, &line.text);
        }
    }
}

fn begun(run: RunId, started: &Started) -> String {
    let (new, workflow) = (short(run), &started.workflow);
    match &started.again {
        None => format!("run {new} of {workflow}"),
        Some(Again { run: old, from: None, .. }) => {
            format!("run {new} of {workflow} does again what run {} did", short(*old))
        }
        Some(Again { run: old, from: Some(step), .. }) => {
            format!(
                "run {new} of {workflow} takes over what run {} did, and does it again from step {step} on",
                short(*old)
            )
        }
    }
}

/// Takes what has happened so far in a run and in the runs that it called, without showing it.
pub fn recall(board: &mut Board, journal: &dyn Journal, run: RunId) -> Result<(), Stop> {
    let mut seq = 0;
    loop {
        let page = journal.history(run, seq, PAGE)?;
        if page.is_empty() {
            break;
        }
        seq += page.len() as u64;
        for record in page {
            for event in &record.events {
                let _ = board.take(run, record.at, event);
            }
        }
    }
    for child in board.open_children(run) {
        recall(board, journal, child)?;
    }
    Ok(())
}

/// Takes the last page of what has happened in a run: enough for what is under way, but of a very long history.
fn recall_latest(board: &mut Board, journal: &dyn Journal, run: RunId) -> Result<(), Error> {
    let from = journal.length(run)?.saturating_sub(PAGE as u64);
    for record in journal.history(run, from, PAGE)? {
        for event in &record.events {
            let _ = board.take(run, record.at, event);
        }
    }
    Ok(())
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
