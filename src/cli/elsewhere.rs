//! Runs that another living process drives: they are left to it, or followed to their end.

use std::time::Duration;

use crate::driver::doorway::clock;
use crate::driver::{Ended, Until};
use crate::journal::{Claimed, Holder};
use crate::model::{RunId, RunStatus};

use super::compose::Works;
use super::interrupt::Interrupts;
use super::names;
use super::progress::Progress;
use super::stop::Stop;

/// How often it is looked how a run stands that another process drives.
const LOOK: Duration = Duration::from_millis(100);

/// How often, before it is taken for driven there.
const LOOKS: usize = 10;

/// Who drives the run; none where it is this process's from here on.
pub fn driver_of(works: &Works, run: RunId) -> Result<Option<Holder>, Stop> {
    Ok(match works.exchange.claim(run)? {
        Claimed::Mine => None,
        Claimed::Other(holder) => Some(holder),
    })
}

/// The same, where a run is had for a moment alone: by one who stores an order for it, or by one who was killed just now.
pub fn settled_driver_of(works: &Works, run: RunId) -> Result<Option<Holder>, Stop> {
    for _ in 0..LOOKS {
        if driver_of(works, run)?.is_none() {
            return Ok(None);
        }
        clock::pause(LOOK);
    }
    driver_of(works, run)
}

/// That the run can't be gone on with here.
pub fn refusal(run: RunId, holder: &Holder) -> Stop {
    let short = names::short(run);
    Stop::wrong(format!("run {short} is driven by {holder}"))
        .help(format!("it goes on there; `wf show {short}` tells how it stands"))
}

/// Follows a run while another process drives it. None once none does: it has ended, or it is to be gone on with
/// here.
pub fn follow(
    works: &Works,
    progress: &Progress,
    interrupts: &Interrupts,
    run: RunId,
    until: Until,
    quiet: bool,
) -> Result<Option<Ended>, Stop> {
    let mut told = None;
    while let Some(holder) = driver_of(works, run)? {
        if interrupts.came() || is_enough(works, run, until)? {
            return Ok(Some(Ended::Left));
        }
        if told.as_ref() != Some(&holder) && !quiet {
            progress.note(&format!("run {} is driven by {holder}: following it", names::short(run)));
        }
        told = Some(holder);
        clock::pause(LOOK);
    }
    Ok(None)
}

/// Whether the run has come as far as it is waited for.
fn is_enough(works: &Works, run: RunId, until: Until) -> Result<bool, Stop> {
    let waits = || Ok(works.journal.summary(run)?.is_some_and(|row| row.status == RunStatus::Waiting));
    match until {
        Until::End => Ok(false),
        Until::Idle | Until::Rest => waits(),
    }
}
