//! A run's story read from the journal, for whatever shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::journal::Journal;
use crate::model::{Event, RunId, RunSummary, Time};
use crate::program::plan::{Param, Plan};
use crate::story::{RunShape, Story};

use super::stop::Stop;

/// How many records of a history are read at a time.
const PAGE: usize = 1_000;

/// Gives every event of the run's history to `take`, in order. Stops where `take` does.
pub fn each(
    journal: &dyn Journal,
    run: RunId,
    mut take: impl FnMut(Time, &Event) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut seq = 0;
    loop {
        let page = journal.history(run, seq, PAGE)?;
        if page.is_empty() {
            return Ok(());
        }
        seq += page.len() as u64;
        for record in &page {
            record.events.iter().try_for_each(|event| take(record.at, event))?;
        }
    }
}

/// What the whole history tells.
pub fn story(journal: &dyn Journal, run: RunId) -> Result<Story, Stop> {
    let mut story = Story::default();
    each(journal, run, |at, event| {
        story.take(at, event);
        Ok(())
    })?;
    Ok(story)
}

/// What the beginning and the end of the history tell: for lists, which show no steps.
pub fn outline(journal: &dyn Journal, run: &RunSummary) -> Result<Story, Stop> {
    if !run.status.is_ended() {
        return story(journal, run.id);
    }
    let length = journal.length(run.id)?;
    let first = journal.history(run.id, 0, 1)?;
    let last = if length > 1 { journal.history(run.id, length - 1, 1)? } else { Vec::new() };
    let events = first.iter().chain(&last).flat_map(|record| record.events.iter().map(|event| (record.at, event)));
    Ok(Story::of(events))
}

/// The signals that the run's workflow declares, as its plan says; none where the plan is missing.
pub fn signals(journal: &dyn Journal, run: &RunSummary) -> Result<BTreeMap<Arc<str>, Vec<Param>>, Stop> {
    let plan = journal.text(run.plan)?.and_then(|text| serde_json::from_str::<Plan>(&text).ok());
    let workflow = plan.and_then(|mut plan| plan.workflows.remove(&run.workflow));
    Ok(workflow.map_or_else(BTreeMap::new, |workflow| workflow.signals))
}

/// The run as it is now.
pub fn shape(journal: &dyn Journal, run: RunId) -> Result<RunShape, Stop> {
    let row = journal.summary(run)?.ok_or_else(|| Stop::wrong(format!("there is no {run:?}")))?;
    let mut shape = RunShape::new(&row, &story(journal, run)?, true);
    if !shape.waiting.is_empty() {
        shape.describe(&signals(journal, &row)?);
    }
    Ok(shape)
}
