//! What the store says after a death.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wayfare::journal::{Holder, Journal, Settings};
use wayfare::link::Shared;
use wayfare::model::{Event, RunId, Time, Value};

use super::kind;

/// What the store says after a death.
#[derive(Default)]
pub struct Found {
    /// The kinds of event in the record that is last on disk.
    pub last: BTreeSet<&'static str>,
    /// `RUN/PATH` of the steps that have ended.
    pub ended: BTreeSet<String>,
    /// `RUN/PATH` of the attempts that are under way.
    pub under_way: BTreeSet<String>,
    /// The words that came to runs, in their order: the run, and the number of the word.
    pub words: Vec<(String, usize)>,
    /// How often each line was logged and each event said: `RUN log TEXT`, `RUN event DATA`.
    said: BTreeMap<String, usize>,
}

impl Found {
    /// What concerns that run alone.
    pub fn of(mut self, run: &str) -> Found {
        self.ended.retain(|key| key.starts_with(run));
        self.under_way.retain(|key| key.starts_with(run));
        self
    }

    /// That each turn's line was logged and its event said, each once.
    pub fn tells_each_turn_once(&self, run: &str, turns: usize) -> Result<(), String> {
        for turn in 0..turns {
            for said in [format!("{run} log turn {turn}"), format!("{run} event {{\"turn\":{turn}}}")] {
                match self.said.get(&said) {
                    Some(1) => {}
                    times => return Err(format!("`{said}`: {times:?} times")),
                }
            }
        }
        Ok(())
    }
}

/// This test, as others would see it that wait for the store.
fn holder() -> Holder {
    Holder { pid: std::process::id(), started: Time::from_unix_ms(0), command: vec!["the kill test".into()] }
}

/// Looks into the store: as its owner, or through the process that has it.
pub fn look(data: &Path) -> Found {
    let mut found = Found::default();
    let me = holder();
    let Some(journal) = Shared::look(data, &Settings::default(), &me, |_| {}).expect("the store opens") else {
        return found;
    };
    let runs = journal.runs(&wayfare::journal::Filter::newest(1_000)).expect("a list");
    // Which of two records of the same millisecond is the last one nobody can tell: then neither counts.
    let mut latest: Option<(Time, Option<BTreeSet<&'static str>>)> = None;
    for run in &runs {
        let records = journal.history(run.id, 0, 100_000).expect("a history");
        let mut names = BTreeMap::new();
        for event in records.iter().flat_map(|r| &r.events) {
            note(run.id, event, &mut names, &mut found);
        }
        if let Some(record) = records.last() {
            match &mut latest {
                Some((at, _)) if *at > record.at => {}
                Some((at, kinds)) if *at == record.at => *kinds = None,
                _ => latest = Some((record.at, Some(record.events.iter().map(kind).collect()))),
            }
        }
    }
    found.last = latest.and_then(|(_, kinds)| kinds).unwrap_or_default();
    found
}

fn note(run: RunId, event: &Event, names: &mut BTreeMap<u32, String>, found: &mut Found) {
    match event {
        Event::StepStarted(start) => {
            let key = format!("{run}/{}", start.path);
            names.insert(start.op.0, key.clone());
            found.under_way.insert(key);
        }
        Event::AttemptStarted { op, .. } | Event::AttemptResumed { op, .. } => {
            found.under_way.insert(names[&op.0].clone());
        }
        Event::AttemptFailed { op, .. } => {
            found.under_way.remove(&names[&op.0]);
        }
        Event::StepSucceeded { op, .. }
        | Event::StepFellBack { op, .. }
        | Event::StepFailed { op, .. }
        | Event::StepStopped { op } => {
            found.under_way.remove(&names[&op.0]);
            found.ended.insert(names[&op.0].clone());
        }
        Event::SignalReceived { parameters, .. } => {
            if let Value::Map(parameters) = parameters
                && let Some(Value::Int(number)) = parameters.get("n")
                && !matches!(parameters.get("last"), Some(Value::Bool(true)))
            {
                found.words.push((run.to_string(), *number as usize));
            }
        }
        Event::Logged { text, .. } => *found.said.entry(format!("{run} log {text}")).or_default() += 1,
        Event::Emitted { data, .. } => *found.said.entry(format!("{run} event {data}")).or_default() += 1,
        _ => {}
    }
}
