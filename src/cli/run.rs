//! `wf run`: a file becomes a run that is driven until it ends, or waits where that is enough.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::RecvError;

use crate::diag::{did_you_mean, near};
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::driver::effects::http::Allow;
use crate::driver::{Begun, Driver, Ended, Later, Until, Wish};
use crate::expr::Ambient;
use crate::model::{RunId, Trigger, Value};
use crate::program::plan::WorkflowPlan;
use crate::program::{Asker, Program};

use super::args;
use super::compose::{Works, gone};
use super::config::Config;
use super::console::Console;
use super::given::Asked;
use super::interrupt::Interrupts;
use super::place::{self, STDIN, Target};
use super::progress::{Progress, recall};
use super::stop::{Exit, Stop};
use super::{compile, elsewhere, ending, given, names, secrets, store};

/// The most bytes of an idempotency key.
const MAX_KEY_BYTES: usize = 255;

pub fn run(console: &Console, data: Option<&Path>, args: &args::Run) -> Result<Exit, Stop> {
    let target = Target::parse(&args.target);
    let wish = wish(console, &target, args)?;
    let data = place::data_folder(data, Some(&target.path))?;
    let interrupts = listen()?;
    let store = store::open(&data, console)?;
    let progress = Progress::start(console).map_err(no_thread)?;
    let works = Works::start(&store, &data, console, &progress, &args.watched, &interrupts)?;
    let until = if args.detach { Until::Rest } else { Until::End };
    let followed = begin_and_follow(console, &works, &progress, &interrupts, wish, until);
    ending::leave(console, works, &progress, &interrupts, args.detach, followed)
}

pub fn listen() -> Result<Interrupts, Stop> {
    Interrupts::listen().map_err(no_thread)
}

pub fn no_thread(error: std::io::Error) -> Stop {
    Stop::new(Exit::Store, format!("the system gives no thread: {error}"))
}

/// What an answer says; none where the driver has ended.
pub fn answer<T>(later: &Later<T>) -> Result<T, Stop> {
    match later.recv() {
        Ok(answer) => Ok(answer?),
        Err(RecvError) => Err(Stop::from(gone())),
    }
}

/// Everything that can be wrong with the file, the workflow and the inputs is found here, before a store is touched.
fn wish(console: &Console, target: &Target, args: &args::Run) -> Result<Wish, Stop> {
    if target.is_stdin() && args.input.as_deref() == Some(STDIN) {
        return Err(Stop::wrong("the file and the inputs can't both come from standard input"));
    }
    if let Some(key) = &args.id
        && !(1..=MAX_KEY_BYTES).contains(&key.len())
    {
        return Err(Stop::wrong(format!("an idempotency key has 1 to {MAX_KEY_BYTES} bytes (limit `key size`)")));
    }
    let config = Config::of(Some(&target.path))?;
    let compiled = compile::file(console, &target.path)?;
    let (name, workflow) = choose(&compiled.program, target)?;
    let asked = Asked { params: &workflow.inputs, asker: &Asker::Workflow };
    let given = given::given(&args.inputs, args.input.as_deref(), asked)?;
    admit(&compiled.program, &name, &given)?;
    Ok(Wish {
        program: compiled.program.clone(),
        texts: compiled.texts,
        version: compiled.version,
        workflow: name,
        given,
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        key: args.id.as_deref().map(Arc::from),
        allow_net: allowed(config.allow_net, &args.allow_net)?,
        allow_files: config.allow_files,
    })
}

/// What the run may reach beyond public addresses: what the configuration says and the command line, each once.
fn allowed(mut configured: Vec<String>, given: &[String]) -> Result<Vec<String>, Stop> {
    for text in given {
        let rule = text.parse::<Allow>().map_err(|error| {
            let stop = Stop::wrong(format!("`--allow-net {text}`: {error}"));
            stop.help("such as `db.internal:5432`, `10.0.0.0/8` or `[::1]:80`")
        })?;
        configured.push(rule.to_string());
    }
    configured.sort();
    configured.dedup();
    Ok(configured)
}

/// The workflow that is meant: the named one, else the only one.
fn choose<'a>(program: &'a Program, target: &Target) -> Result<(Arc<str>, &'a WorkflowPlan), Stop> {
    let all = &program.plan().workflows;
    let file = target.name();
    if let Some(name) = &target.workflow {
        let found = all.get_key_value(name.as_str());
        return found.map(|(name, workflow)| (name.clone(), workflow)).ok_or_else(|| {
            let stop = Stop::wrong(format!("there is no workflow `{name}` in `{file}`"));
            match near(name, all.keys().map(|name| &**name)) {
                Some(meant) => stop.help(did_you_mean(meant)),
                None => stop.help(listed(&target.path, all)),
            }
        });
    }
    let mut each = all.iter();
    match (each.next(), each.next()) {
        (Some((name, workflow)), None) => Ok((name.clone(), workflow)),
        (None, _) => Err(Stop::wrong(format!("`{file}` has no workflow"))),
        (Some(_), Some(_)) => {
            Err(Stop::wrong(format!("`{file}` has {} workflows", all.len())).help(listed(&target.path, all)))
        }
    }
}

fn listed(path: &Path, all: &BTreeMap<Arc<str>, WorkflowPlan>) -> String {
    let lines: Vec<String> = all.keys().map(|name| format!("{}:{name}", path.display())).collect();
    format!("name one of them:\n{}", lines.join("\n"))
}

/// Rules and defaults are looked at here as well, so that nothing is opened for inputs that are refused.
fn admit(program: &Program, workflow: &str, given: &BTreeMap<Arc<str>, Value>) -> Result<(), Stop> {
    let ambient = Ambient { now: SystemClock.now(), seed: 0, draws: 0 };
    program.admit(workflow, given, ambient).map(drop).map_err(|problems| Stop {
        errors: problems.iter().map(ToString::to_string).collect(),
        ..Stop::silent(Exit::Wrong)
    })
}

fn begin_and_follow(
    console: &Console,
    works: &Works,
    progress: &Progress,
    interrupts: &Interrupts,
    wish: Wish,
    until: Until,
) -> Result<(RunId, Ended), Stop> {
    let (workflow, key) = (wish.workflow.clone(), wish.key.clone());
    wish.given.iter().try_for_each(|(input, value)| secrets::given_by_name(&*works.vault, "input", input, value))?;
    let driver = works.driver();
    let run = match answer(&driver.begin(wish))? {
        Begun::New(run) => run,
        Begun::Known { run, same: false } => {
            let key = key.unwrap_or_default();
            let message = format!("the key `{key}` belongs to run {run}, which has other inputs");
            return Err(Stop::wrong(message).help("take another key, or the inputs of that run"));
        }
        Begun::Known { run, same: true } => {
            if !console.quiet {
                progress.note(&format!("run {} of {workflow} has this key", names::short(run)));
            }
            if let Some(left) = elsewhere::follow(works, progress, interrupts, run, until, console.quiet)? {
                return Ok((run, left));
            }
            follow_again(works, progress, run)?;
            run
        }
    };
    Ok((run, wait(driver, run, until)?))
}

/// Goes on with a run that an earlier process began; one that has ended is left as it is.
pub fn follow_again(works: &Works, progress: &Progress, run: RunId) -> Result<(), Stop> {
    progress.remember(|board| recall(board, &*works.journal, run))?;
    answer(&works.driver().resume(run))
}

/// How the run ended, or why it isn't driven any more.
pub fn wait(driver: &Driver, run: RunId, until: Until) -> Result<Ended, Stop> {
    answer(&driver.wait(run, until))
}
