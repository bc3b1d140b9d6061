//! `--events`: each event, as soon as it is on disk, as one line of JSON on standard error, for programs that look on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::driver::Observer;
use crate::driver::effects::OutputLine;
use crate::model::{Event, RunId, Time};
use crate::story::{Line, Ops, line};

use super::console::{Console, json_line};
use super::progress::Progress;

/// Hands everything on to the progress, and tells of events where that was asked for.
pub struct Events {
    console: Console,
    progress: Arc<Progress>,
    /// The steps of the runs that were seen so far; none where nobody asked for events.
    told: Option<Mutex<HashMap<RunId, Ops>>>,
    records: AtomicU64,
}

/// An event with its run, and with the number of its record: how many were committed before it in this process.
#[derive(Serialize)]
struct Told {
    run: String,
    record: u64,
    #[serde(flatten)]
    line: Line,
}

impl Events {
    pub fn new(console: &Console, progress: Arc<Progress>, asked: bool) -> Events {
        let told = asked.then(Mutex::default);
        Events { console: console.clone(), progress, told, records: AtomicU64::new(0) }
    }
}

impl Observer for Events {
    fn committed(&self, run: RunId, at: Time, events: &[Event]) {
        if let Some(told) = &self.told {
            let record = self.records.fetch_add(1, Ordering::Relaxed);
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let ops = told.entry(run).or_default();
            for event in events {
                ops.note(event);
                let line = Told { run: run.to_string(), record, line: line(None, at, event, ops) };
                if let Ok(text) = json_line(&line) {
                    self.console.note(&text);
                }
            }
        }
        self.progress.committed(run, at, events);
    }

    fn taken_up(&self, run: RunId) {
        self.progress.taken_up(run);
    }

    fn parked(&self, run: RunId) {
        self.progress.parked(run);
    }

    fn printed(&self, run: RunId, path: &str, line: &OutputLine) {
        self.progress.printed(run, path, line);
    }
}
