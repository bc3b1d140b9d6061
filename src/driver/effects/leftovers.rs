//! Programs that outlived the `wf` that started them: found by their records and ended, before anybody performs
//! their step again.

use std::path::Path;
use std::time::Duration;

use super::program::KILL_WAIT;
use super::record::{self, Error};
use crate::driver::doorway::clock;
use crate::driver::doorway::process::Group;
use crate::model::{OpId, RunId};

/// How long a program that was left over has between TERM and KILL.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);

/// How often it is looked whether a group is gone; the system tells only its parent.
const LOOK: Duration = Duration::from_millis(5);

/// Ends what is left over of the program of that operation, and waits until it is gone. Where nothing is, as nearly
/// always, this asks for one file. Blocks up to a few seconds.
pub fn end_leftovers(data: &Path, run: RunId, op: OpId) -> Result<(), Error> {
    end_recorded(&record::path_of(data, run, op))
}

/// As [`end_leftovers`], of every operation of a run. All are tried; the first error is returned.
pub fn end_all_leftovers(data: &Path, run: RunId) -> Result<(), Error> {
    let ends = record::all_of(data, run)?.into_iter().map(|path| end_recorded(&path));
    ends.fold(Ok(()), Result::and)
}

/// The runs of which there are records. What can't be listed is not looked at: this is only for tidying.
pub fn runs(data: &Path) -> Vec<RunId> {
    let mut runs = record::runs(data).unwrap_or_default();
    runs.sort();
    runs.dedup();
    runs
}

fn end_recorded(path: &Path) -> Result<(), Error> {
    // The lock is kept until the record is removed.
    let Some((group, _lock)) = record::find(path)? else { return Ok(()) };
    if let Some(group) = group {
        end(&group)?;
    }
    record::remove(path)
}

/// TERM, a grace, KILL, each only while somebody is there.
fn end(group: &Group) -> Result<(), Error> {
    let outlives = |source| Error::Outlives { group: group.id(), source };
    if group.is_gone() {
        return Ok(());
    }
    // That it may not be signalled shows again at KILL.
    let _ = group.terminate();
    if gone_within(group, LEFTOVER_GRACE) {
        return Ok(());
    }
    group.kill().map_err(|source| outlives(Some(source)))?;
    if gone_within(group, KILL_WAIT) { Ok(()) } else { Err(outlives(None)) }
}

fn gone_within(group: &Group, length: Duration) -> bool {
    let since = clock::monotonic();
    while !group.is_gone() {
        if since.elapsed() > length {
            return false;
        }
        clock::pause(LOOK);
    }
    true
}
