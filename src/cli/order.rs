//! `wf signal`, `wf pause`, `wf unpause`, `wf stop`: what a person wants of a run, told to the process that has it, or
//! stored where none has. Each is acknowledged when it is on disk.

use std::path::Path;
use std::sync::Arc;

use crate::diag::{did_you_mean, near};
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::driver::doorway::environment;
use crate::driver::doorway::random::{Entropy, SystemEntropy};
use crate::driver::{Desk, Error};
use crate::journal::Journal;
use crate::model::{Order, RunId, RunStatus, RunSummary, Value};
use crate::program::plan::Param;
use crate::program::{Asker, Program};

use super::args;
use super::console::Console;
use super::given::{self, Asked};
use super::place;
use super::stop::{Exit, Stop};
use super::store::Store;
use super::{names, secrets, store, told};

pub fn signal(console: &Console, data: Option<&Path>, args: &args::Signal) -> Result<Exit, Stop> {
    let (store, run) = open(console, data, &args.run)?;
    let journal = store.journal();
    let params = declared(&*journal, &run, &args.name)?;
    let asked = Asked { params: &params, asker: &Asker::Signal(args.name.as_str().into()) };
    let given = given::given(&args.inputs, args.input.as_deref(), asked)?;
    named(journal.clone(), data, &given)?;
    let source = args.source.clone().or_else(environment::user).unwrap_or_else(|| "cli".into());
    if source.trim().is_empty() || source.len() > MAX_SOURCE_BYTES {
        return Err(Stop::wrong(format!("`--source` has 1 to {MAX_SOURCE_BYTES} bytes (limit `source name`)")));
    }
    let parameters = Value::Map(Arc::new(given));
    let delivery = Some(delivery()?);
    let order = Order::Signal { name: args.name.as_str().into(), source, delivery, parameters };
    tell(console, &store, &run, order, &format!("given signal `{}`", args.name))
}

/// Secrets are given by names that this process can look up: anything else may be a value.
fn named(journal: Arc<dyn Journal>, data: Option<&Path>, given: &given::Given) -> Result<(), Stop> {
    if given.values().all(|value| value.secret().is_none()) {
        return Ok(());
    }
    let vault = secrets::vault_for_runs(journal, &place::data_folder(data, None)?)?;
    given.iter().try_for_each(|(name, value)| secrets::given_by_name(&vault, "parameter", name, value))
}

/// What this message is known by, should it have to be sent again.
fn delivery() -> Result<Arc<str>, Stop> {
    let entropy = SystemEntropy::new()
        .map_err(|error| Stop::new(Exit::Store, format!("the system gives no random numbers: {error}")))?;
    let now = SystemClock.now().unix_ms().max(0).unsigned_abs();
    Ok(RunId::from_parts(now, entropy.id_bits()).to_string().into())
}

/// The most bytes of the name of who sends a signal.
const MAX_SOURCE_BYTES: usize = 255;

pub fn pause(console: &Console, data: Option<&Path>, args: &args::Named) -> Result<Exit, Stop> {
    plain(console, data, args, Order::Pause, "paused")
}

pub fn unpause(console: &Console, data: Option<&Path>, args: &args::Named) -> Result<Exit, Stop> {
    plain(console, data, args, Order::Unpause, "unpaused")
}

pub fn stop(console: &Console, data: Option<&Path>, args: &args::Named) -> Result<Exit, Stop> {
    plain(console, data, args, Order::Stop, "stopped")
}

fn plain(console: &Console, data: Option<&Path>, args: &args::Named, order: Order, done: &str) -> Result<Exit, Stop> {
    let (store, run) = open(console, data, &args.run)?;
    tell(console, &store, &run, order, done)
}

fn open(console: &Console, data: Option<&Path>, name: &str) -> Result<(Store, RunSummary), Stop> {
    let data = place::data_folder(data, None)?;
    match store::find(&data, console)? {
        None => names::find(None, name).and(Err(Stop::silent(Exit::Wrong))),
        Some(store) => {
            let run = names::find(Some(&*store.journal()), name)?;
            Ok((store, run))
        }
    }
}

/// The parameters of the signal, as the run's stored plan declares them.
fn declared(journal: &dyn Journal, run: &RunSummary, signal: &str) -> Result<Vec<Param>, Stop> {
    let text = journal.text(run.plan)?.ok_or(Error::NoPlan { run: run.id, plan: run.plan })?;
    let program = Program::read(&text, run.plan).map_err(|error| Error::from(Arc::new(error)))?;
    let workflow = program.plan().workflows.get(&run.workflow);
    let signals = workflow.map(|workflow| &workflow.signals);
    if let Some(params) = signals.and_then(|signals| signals.get(signal)) {
        return Ok(params.clone());
    }
    let known: Vec<&str> = signals.into_iter().flat_map(|signals| signals.keys()).map(|name| &**name).collect();
    let message = format!("workflow `{}` of run {} declares no signal `{signal}`", run.workflow, names::short(run.id));
    let listed = match known.is_empty() {
        true => "it declares none".to_string(),
        false => format!("it declares {}", known.join(", ")),
    };
    Err(Stop::wrong(message).help(near(signal, known).map_or(listed, did_you_mean)))
}

fn tell(console: &Console, store: &Store, run: &RunSummary, order: Order, done: &str) -> Result<Exit, Stop> {
    let journal: Arc<dyn Journal> = store.journal();
    let desk = Desk { journal: journal.clone(), exchange: store.exchange(), clock: Arc::new(SystemClock) };
    let stops = order == Order::Stop;
    let driven = desk.tell(run.id, order).map_err(|error| refused(run.id, done, error))?;
    if console.json {
        console.print_json(&told::shape(&*journal, run.id)?)?;
        return Ok(Exit::Done);
    }
    if !console.quiet {
        let short = names::short(run.id);
        let status = journal.summary(run.id)?.map(|row| row.status);
        let done = if stops && status != Some(RunStatus::Stopped) { "told to stop" } else { done };
        console.note(&format!("run {short} is {done}"));
        if !driven && status.is_some_and(goes_on) {
            console.labelled(
                console.palette().help,
                "help",
                &format!("where no process drives it, `wf resume {short}` goes on with it"),
            );
        }
    }
    Ok(Exit::Done)
}

/// One line for each thing that is wrong.
fn refused(run: RunId, asked: &str, error: Error) -> Stop {
    match error {
        Error::Refused { why, .. } => {
            let mut lines = why.lines();
            let first = lines.next().unwrap_or_default();
            let first = format!("run {} can't be {asked}: {first}", names::short(run));
            let errors = std::iter::once(first).chain(lines.map(str::to_string)).collect();
            Stop { errors, ..Stop::silent(Exit::Wrong) }
        }
        other => Stop::from(other),
    }
}

/// Whether a process could go on with it.
fn goes_on(status: RunStatus) -> bool {
    match status {
        RunStatus::Queued | RunStatus::Running => true,
        RunStatus::Waiting
        | RunStatus::Paused
        | RunStatus::NeedsAttention
        | RunStatus::Succeeded
        | RunStatus::Failed
        | RunStatus::Stopped => false,
    }
}
