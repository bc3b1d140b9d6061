//! `wf rerun`: a new run that does again what another one did, from the beginning or from one of its steps on.

use std::path::Path;

use crate::diag::{did_you_mean, near};
use crate::driver::{Begun, Ended, Error, Until};
use crate::engine::NotAgain;
use crate::model::{RunId, RunSummary};

use super::args;
use super::compose::{Works, gone};
use super::console::Console;
use super::place;
use super::progress::Progress;
use super::run::{listen, no_thread, wait};
use super::stop::{Exit, Stop};
use super::{ending, names, store};

/// How many steps are named that could have been meant.
const MAX_STEPS: usize = 20;

pub fn rerun(console: &Console, data: Option<&Path>, args: &args::Rerun) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    let interrupts = listen()?;
    let Some(store) = store::find(&data, console)? else {
        return names::find(None, &args.run).and(Err(Stop::silent(Exit::Wrong)));
    };
    let of = names::find(Some(&*store.journal()), &args.run)?;
    let progress = Progress::start(console).map_err(no_thread)?;
    let works = Works::start(&store, &data, console, &progress, &args.watched, &interrupts)?;
    let until = if args.detach { Until::Rest } else { Until::End };
    let followed = begin_and_follow(&works, &of, args, until);
    ending::leave(console, works, &progress, &interrupts, args.detach, followed)
}

fn begin_and_follow(works: &Works, of: &RunSummary, args: &args::Rerun, until: Until) -> Result<(RunId, Ended), Stop> {
    let begun = works.driver().again(of.id, args.from.as_deref().map(Into::into)).recv();
    let run = match begun.map_err(|_| Stop::from(gone()))? {
        Ok(Begun::New(run) | Begun::Known { run, .. }) => run,
        Err(Error::NotAgain { run, why }) => return Err(refused(run, why)),
        Err(error) => return Err(error.into()),
    };
    Ok((run, wait(works.driver(), run, until)?))
}

fn refused(run: RunId, why: NotAgain) -> Stop {
    let short = names::short(run);
    let stop = Stop::wrong(format!("run {short} can't be done again: {why}"));
    match why {
        NotAgain::GoesOn => stop.help(format!(
            "wait for its end, or stop it: `wf stop {short}`; where no process drives it, `wf resume {short}` carries out \
             what it is told"
        )),
        NotAgain::NoStep { step, known } => {
            let known: Vec<&str> = known.iter().map(|path| &**path).collect();
            let listed =
                || format!("it reached {}", known.iter().take(MAX_STEPS).copied().collect::<Vec<_>>().join(", "));
            let meant = near(&step, known.iter().copied()).map(did_you_mean);
            stop.maybe_help(meant.or_else(|| (!known.is_empty()).then(listed)))
        }
        NotAgain::NotReached { .. } => stop.help(format!("`wf show {short}` lists the steps that it reached")),
        NotAgain::Undo { .. } | NotAgain::Ending { .. } | NotAgain::Beside { .. } => {
            stop.help("take an earlier step, or do it again from the beginning")
        }
    }
}
