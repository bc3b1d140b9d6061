//! Child runs: how a call begins one, and how its end comes back.

use std::sync::Arc;

use crate::engine::limits::MAX_CALL_DEPTH;
use crate::engine::{self, Input, Outcome, Request};
use crate::expr::Ambient;
use crate::model::{Failure, MAX_VALUE_DEPTH, OpId, RunId, RunStatus, RunSummary, Trigger, Value};
use crate::program::InputProblem;

use super::error::Error;
use super::handle::Ended;
use super::live::{Live, Waiter};
use super::run_loop::{Beginning, Beyond, RunLoop};

/// What began a run that a step waits for, and one that it doesn't wait for.
pub(super) const CALL: &str = "call";
const START: &str = "start";

/// A child run that a step asks for.
pub(super) struct Wanted {
    pub op: OpId,
    pub attempt: u32,
    pub child: RunId,
    pub workflow: Arc<str>,
    pub input: Value,
    pub seed: u64,
    /// Whether the step waits for the child's end.
    pub wait: bool,
    /// Whether it is wanted no more already: one that an earlier process began is taken up only to be stopped.
    pub stopped: bool,
}

impl RunLoop {
    /// Begins the child, or goes on with the one that an earlier process began.
    pub fn start_child(&mut self, parent: RunId, wanted: Wanted) {
        let (op, attempt, child) = (wanted.op, wanted.attempt, wanted.child);
        match self.try_start_child(parent, wanted) {
            Ok(None) => {}
            Ok(Some(outcome)) => self.tell_caller(Waiter { run: parent, op, attempt }, child, outcome),
            Err(Error::Store(error)) if !error.is_of_one_run() => self.fail(Error::Store(error)),
            Err(error) => {
                let outcome = Err(Failure::new("storage", error.to_string()));
                self.give(parent, Input::ChildEnded { op, attempt, outcome });
            }
        }
    }

    /// The answer where there is one at once.
    fn try_start_child(&mut self, parent: RunId, wanted: Wanted) -> Result<Option<Result<Value, Failure>>, Error> {
        let waiter = Waiter { run: parent, op: wanted.op, attempt: wanted.attempt };
        let (child, wait) = (wanted.child, wanted.wait);
        if !self.runs.contains_key(&child) {
            self.is_all_written(child)?;
            let Some(row) = self.ground.journal.summary(child)? else { return self.begin_child(waiter, wanted) };
            if wait && !wanted.stopped && self.is_left_alone(&row) {
                return Ok(None);
            }
            let folded = match self.claim(child) {
                // Its end comes by way of the exchange, unless that process is killed first.
                Err(Error::Elsewhere { .. }) if wait => {
                    self.watch_elsewhere(child);
                    return Ok(None);
                }
                Err(Error::Elsewhere { .. }) => return Ok(Some(Ok(started(child)))),
                claimed => claimed?,
            };
            match folded.run.outcome() {
                Some(outcome) if wait => return Ok(Some(answer(child, outcome))),
                Some(_) => {}
                None => self.take_up(folded, wanted.stopped)?,
            }
        }
        if !wait {
            return Ok(Some(Ok(started(child))));
        }
        self.wait_for(child, waiter);
        Ok(None)
    }

    /// Whether a run that waits on disk stays there though its caller comes back: whoever drives all runs takes it up
    /// when it can go on.
    fn is_left_alone(&self, row: &RunSummary) -> bool {
        let rests = matches!(row.status, RunStatus::Waiting | RunStatus::Paused);
        rests && self.interest.all.is_some() && !self.waits.is_refused(row.id)
    }

    fn begin_child(&mut self, waiter: Waiter, wanted: Wanted) -> Result<Option<Result<Value, Failure>>, Error> {
        let Some(parent) = self.runs.get(&waiter.run) else { return Ok(None) };
        let now = self.ground.clock.now();
        let program = parent.program.clone();
        let started_by = &parent.run.started;
        let depth = started_by.depth + 1;
        if depth > MAX_CALL_DEPTH {
            let message = format!("runs call runs {MAX_CALL_DEPTH} deep already (limit `run depth`)");
            return Ok(Some(Err(Failure::new("limit", message))));
        }
        let given = match &wanted.input {
            Value::Map(fields) => (**fields).clone(),
            _ => Default::default(),
        };
        let ambient = Ambient { now, seed: wanted.seed ^ 0x1d, draws: 0 };
        let input = match program.admit(&wanted.workflow, &given, ambient) {
            Ok(input) => input,
            Err(problems) => {
                let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let kind = problems.first().map_or("type", InputProblem::failure_kind);
                return Ok(Some(Err(Failure::new(kind, all.join("; ")))));
            }
        };
        let kind = if wanted.wait { CALL } else { START };
        let request = Request {
            id: wanted.child,
            workflow: wanted.workflow,
            version: started_by.version,
            input,
            trigger: Trigger { kind: kind.into(), name: kind.into(), delivery: None },
            parent: Some((waiter.run, waiter.op)),
            depth,
            seed: wanted.seed,
            allow_net: started_by.allow_net.clone(),
            allow_files: started_by.allow_files.clone(),
            dir: self.ground.data.join("runs").join(wanted.child.to_string()).to_string_lossy().into_owned(),
            url: super::run_url(wanted.child),
        };
        let (run, turn) = match engine::start(&program, request, now) {
            Ok(begun) => begun,
            Err(error) => return Ok(Some(Err(Failure::new("type", error.to_string())))),
        };
        self.beginnings.insert(wanted.child, Beginning { answer: None, input: None });
        self.adopt(run, turn, program, now, Beyond::default())?;
        if let Some(live) = self.runs.get_mut(&wanted.child) {
            live.parent = Some(waiter);
            live.detached = !wanted.wait;
        }
        Ok(None)
    }

    /// A child that is wanted no more. One that isn't driven here (it was given up, or its parent came back alone) is
    /// taken up to be stopped; where even that can't be, its caller is told. A parent that has parked meanwhile asks for it
    /// again as it comes back.
    pub fn stop_child(&mut self, parent: RunId, child: RunId) {
        if self.runs.contains_key(&child) {
            return self.give(child, Input::Stop);
        }
        if !self.runs.contains_key(&parent) && self.interest.has(parent) {
            return self.wake(parent);
        }
        let Some((op, attempt)) = self.runs.get(&parent).and_then(|live| live.run.caller_of(child)) else { return };
        let outcome = match self.claim(child) {
            Ok(folded) => match folded.run.outcome() {
                Some(outcome) => answer(child, outcome),
                None => match self.take_up(folded, true) {
                    Ok(()) => return self.wait_for(child, Waiter { run: parent, op, attempt }),
                    Err(error) => Err(Failure::new("storage", error.to_string())),
                },
            },
            Err(Error::Elsewhere { .. }) => {
                self.watch_elsewhere(child);
                return self.stop_elsewhere(parent, child);
            }
            Err(Error::Store(error)) if !error.is_of_one_run() => return self.fail(Error::Store(error)),
            Err(error) => Err(Failure::new("storage", error.to_string())),
        };
        self.tell_caller(Waiter { run: parent, op, attempt }, child, outcome);
    }

    fn wait_for(&mut self, child: RunId, waiter: Waiter) {
        if let Some(live) = self.runs.get_mut(&child) {
            live.parent = Some(waiter);
        }
    }

    /// A child that nobody waits for is on disk: its step has what it wanted.
    pub fn tell_started(&mut self, child: RunId) {
        let Some(live) = self.runs.get_mut(&child) else { return };
        if live.detached
            && let Some(Waiter { run, op, attempt }) = live.parent.take()
        {
            self.give(run, Input::ChildEnded { op, attempt, outcome: Ok(started(child)) });
        }
    }

    /// A run that is over is its caller's matter, if it has one that waits for it; else that of whoever drives all.
    pub fn run_is_over(&mut self, over: Live, outcome: Outcome) {
        let child = over.run.id;
        if let Some(waiter) = over.parent {
            return self.tell_caller(waiter, child, answer(child, &outcome));
        }
        let caller = over.run.started.parent.map(|(caller, _)| caller);
        if let Some(caller) = caller {
            match self.runs.get(&caller).map(|live| live.run.caller_of(child)) {
                Some(Some((op, attempt))) => {
                    self.tell_caller(Waiter { run: caller, op, attempt }, child, answer(child, &outcome));
                }
                Some(None) => {}
                // It asks for the end as it comes back.
                None if self.interest.has(caller) => self.wake(caller),
                None => self.ground.exchange.changed(caller),
            }
            if over.is_called() {
                return;
            }
        }
        self.interest.tell(child, Ok(Ended::Outcome(outcome)));
    }

    /// Tells the end of a child, of which the caller's next record shows that it was heard.
    pub fn tell_caller(&mut self, waiter: Waiter, child: RunId, outcome: Result<Value, Failure>) {
        let Waiter { run, op, attempt } = waiter;
        if let Some(live) = self.runs.get_mut(&run) {
            live.taken.push(child);
        }
        self.give(run, Input::ChildEnded { op, attempt, outcome });
    }
}

fn started(child: RunId) -> Value {
    Value::map([("run", Value::text(child.to_string()))])
}

/// The child's end as its caller's step sees it: a failure keeps its kind and tells the run and its error.
pub(super) fn answer(child: RunId, outcome: &Outcome) -> Result<Value, Failure> {
    let error = match outcome {
        Outcome::Succeeded(output) => return Ok(output.clone()),
        Outcome::Failed(error) | Outcome::NeedsAttention(error) => error.clone(),
        Outcome::Stopped => Failure::new("stopped", "the child run was stopped"),
    };
    let told = Failure { data: bounded(&error.data), ..error };
    let data = Value::map([("run", Value::text(child.to_string())), ("error", told.to_value())]);
    Err(Failure { data, at: told.at, ..Failure::new(&told.kind, told.message) })
}

/// The data of a child's error, which holds that of its child's and so on, while the whole is no deeper than a value
/// may be: the map of an `err`, its data, and the error within. What is deeper is found at the run it names.
fn bounded(data: &Value) -> Value {
    if data.depth() + 3 <= MAX_VALUE_DEPTH {
        return data.clone();
    }
    data.get("run").map_or(Value::Unit, |run| Value::map([("run", run.clone())]))
}
