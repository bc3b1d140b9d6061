//! Doing again what a run did, from one of its steps on: what the new run takes over is the other one's history up to
//! there. It has the same operations under the same numbers, so that nothing is begun twice, and all that is done from
//! there on is its own.

use std::fmt;
use std::sync::Arc;

use crate::model::{Again, Event, RunId, Time};
use crate::program::Program;

use super::fault::Fault;
use super::run::{OpKind, Run};
use super::turn::{Request, StartError, Turn, start};

/// Why a run can't be done again from a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotAgain {
    /// The run has not ended.
    GoesOn,
    /// The plan has no such step; `known` are those that the run reached.
    NoStep { step: Arc<str>, known: Vec<Arc<str>> },
    /// The plan has it, and the run never came there.
    NotReached { step: Arc<str> },
    /// It undoes another step.
    Undo { step: Arc<str> },
    /// It was performed while the run was being ended.
    Ending { step: Arc<str> },
    /// Something else was under way then, which the new run would not have begun.
    Beside { step: Arc<str>, other: Arc<str> },
}

impl fmt::Display for NotAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAgain::GoesOn => f.write_str("it has not ended"),
            NotAgain::NoStep { step, known } if known.is_empty() => {
                write!(f, "there is no step `{step}` in its workflow, and it reached none")
            }
            NotAgain::NoStep { step, .. } => write!(f, "there is no step `{step}` in its workflow"),
            NotAgain::NotReached { step } => write!(f, "it did not reach step `{step}`"),
            NotAgain::Undo { step } => write!(f, "`{step}` undoes another step"),
            NotAgain::Ending { step } => write!(f, "step `{step}` was performed while the run was being ended"),
            NotAgain::Beside { step, other } => {
                write!(f, "when step `{step}` began, {other} was under way in another branch")
            }
        }
    }
}

/// All that happened to the run before `step`, named by its path, began for the last time, but for its beginning.
///
/// # Errors
/// A [`Fault`] where the history is corrupt; within, why nobody could go on from there.
pub fn before(
    program: &Program,
    id: RunId,
    history: &[(Time, Event)],
    step: &Arc<str>,
) -> Result<Result<Vec<Event>, NotAgain>, Fault> {
    let begins = |event: &Event| matches!(event, Event::StepStarted(start) if start.path == *step);
    let Some(cut) = history.iter().rposition(|(_, event)| begins(event)) else {
        return Ok(Err(missing(program, history, step)));
    };
    if matches!(&history[cut].1, Event::StepStarted(start) if start.undo) {
        return Ok(Err(NotAgain::Undo { step: step.clone() }));
    }
    let run = Run::fold(id, history[..cut].iter().map(|(at, event)| (*at, event)))?;
    if run.is_ending() || run.outcome().is_some() {
        return Ok(Err(NotAgain::Ending { step: step.clone() }));
    }
    if let Some(other) = under_way(&run) {
        return Ok(Err(NotAgain::Beside { step: step.clone(), other }));
    }
    Ok(Ok(history[1..cut].iter().map(|(_, event)| event.clone()).collect()))
}

/// A step or sleep that has begun and not ended, in words.
fn under_way(run: &Run) -> Option<Arc<str>> {
    run.ops.values().find_map(|op| match &op.kind {
        OpKind::Step(step) => Some(format!("step `{}`", step.start.path).into()),
        OpKind::Sleep { .. } => Some("a sleep".into()),
        OpKind::Fork(_) => None,
    })
}

fn missing(program: &Program, history: &[(Time, Event)], step: &Arc<str>) -> NotAgain {
    let last = step.rsplit('.').next().unwrap_or_default();
    let name = last.split('[').next().unwrap_or_default();
    if program.plan().steps.iter().any(|planned| *planned.name == *name) {
        return NotAgain::NotReached { step: step.clone() };
    }
    let reached = |(_, event): &(Time, Event)| {
        let Event::StepStarted(start) = event else { return None };
        Some(start.path.clone())
    };
    NotAgain::NoStep { step: step.clone(), known: history.iter().filter_map(reached).collect() }
}

/// Begins a run that does again what another one did. The turn holds its beginning and what it takes over.
pub fn start_again(
    program: &Program,
    request: Request,
    again: Again,
    taken: Vec<Event>,
    now: Time,
) -> Result<(Run, Turn), StartError> {
    let id = request.id;
    let (_, mut turn) = start(program, request, now)?;
    if let Some(Event::RunStarted(started)) = turn.events.first_mut() {
        started.again = Some(Again { taken: taken.len() as u64, ..again });
    }
    turn.events.extend(taken);
    let run = Run::fold(id, turn.events.iter().map(|event| (now, event)))?;
    Ok((run, turn))
}
