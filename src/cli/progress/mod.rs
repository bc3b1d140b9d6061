//! What is shown on standard error while runs go: on a terminal a live view, else one line for each thing that ended.
//!
//! The driver's threads only update the [`Board`] and hand lines over; a thread of its own writes them. Progress
//! decides nothing, and losing it changes no run.

mod board;
mod live;
mod plain;

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use indicatif::MultiProgress;

use crate::driver::Observer;
use crate::driver::effects::OutputLine;
use crate::journal::Journal;
use crate::model::{Event, RunId, Time};

pub use board::{Board, seconds};
use board::{Line, Mark};

use super::console::Console;
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
    /// Rung after each commit.
    bell: Option<SyncSender<()>>,
}

impl Progress {
    /// Begins to show. `bell`, if given, is rung whenever something was committed.
    pub fn start(console: &Console, board: Board, bell: Option<SyncSender<()>>) -> std::io::Result<Arc<Progress>> {
        let (lines, received) = sync_channel(MAX_WAITING_LINES);
        let board = Arc::new(Mutex::new(board));
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
            bell,
        }))
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
        for event in events {
            let line = lock(&self.board).take(run, at, event);
            if let Some(line) = line {
                self.say(line);
            }
        }
        if let Some(bell) = &self.bell {
            // One ring that wasn't heard yet is enough.
            let _ = bell.try_send(());
        }
    }

    fn printed(&self, run: RunId, path: &str, line: &OutputLine) {
        if !self.quiet {
            lock(&self.board).printed(run, path, &line.text);
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

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
