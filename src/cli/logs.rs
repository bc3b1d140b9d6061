//! `wf logs`: the lines that a run has logged, in order; with `--follow` also those that it is still to log.
//!
//! What programs printed is no part of it: a step's output is its result (`wf show`).

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::diag::visible;
use crate::driver::doorway::clock;
use crate::journal::{Journal, Record};
use crate::model::{Event, RunId, Time};

use super::args;
use super::console::{Console, json_line, styled};
use super::place;
use super::stop::{Exit, Stop};
use super::{names, store};

/// How often it is looked whether there is more.
const LOOK: Duration = Duration::from_millis(200);

/// How many records of a history are read at a time.
const PAGE: usize = 1_000;

/// Stands before further lines of one text: as wide as a time and its distance.
const INDENT: usize = 26;

/// A line of a run's log.
#[derive(Serialize)]
struct Logged<'a> {
    at: String,
    text: &'a str,
    /// Where in the file it was logged.
    line: u32,
}

pub fn logs(console: &Console, data: Option<&Path>, args: &args::Logs) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    let journal = store::look(&data, console)?;
    let run = names::find(journal.as_deref(), &args.run)?;
    let Some(journal) = journal else { return Ok(Exit::Wrong) };
    let mut log = Log { console, journal: &*journal, run: run.id, seq: 0, over: false };
    log.rest()?;
    while args.follow && !log.over {
        clock::pause(LOOK);
        log.rest()?;
    }
    Ok(Exit::Done)
}

/// A log that is read from its beginning on.
struct Log<'a> {
    console: &'a Console,
    journal: &'a dyn Journal,
    run: RunId,
    /// The position of the next record.
    seq: u64,
    /// Whether the run has ended.
    over: bool,
}

impl Log<'_> {
    /// Prints all that has come.
    fn rest(&mut self) -> Result<(), Stop> {
        loop {
            let page = self.journal.history(self.run, self.seq, PAGE)?;
            if page.is_empty() {
                // A run whose history goes no further, as its row says: it was removed, or its end told nothing.
                let row = self.journal.summary(self.run)?;
                self.over |= row.is_none_or(|row| row.status.is_ended());
                return Ok(());
            }
            self.seq += page.len() as u64;
            let mut text = String::new();
            page.iter().try_for_each(|record| self.take(record, &mut text))?;
            if !text.is_empty() {
                self.console.print(&text)?;
            }
        }
    }

    fn take(&mut self, record: &Record, to: &mut String) -> Result<(), Stop> {
        for event in &record.events {
            if let Event::Logged { text, line, .. } = event {
                to.push_str(&self.line(record.at, text, *line)?);
            }
        }
        Ok(())
    }

    fn line(&self, at: Time, text: &str, line: u32) -> Result<String, Stop> {
        let at = at.to_string();
        if self.console.json {
            return Ok(json_line(&Logged { at, text, line })? + "\n");
        }
        let time = styled(self.console.out_palette().faint, at);
        let mut lines = text.lines();
        let mut shown = format!("{time}  {}\n", visible(lines.next().unwrap_or_default()));
        lines.for_each(|more| shown.push_str(&format!("{:INDENT$}{}\n", "", visible(more))));
        Ok(shown)
    }
}
