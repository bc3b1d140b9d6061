//! Effects: what a step does to the world. The run loop hands over an [`Attempt`] when its start is on disk and gets
//! the attempt's end back, always and once; nothing here knows runs, histories or the journal.
//!
//! [`LocalEffects`] starts programs on this computer (`exec`, `shell`), sends requests (`http.*`) and reads and writes its files (`file.read`,
//! `file.write`), [`FnEffects`] asks a closure. A program and
//! all it has started form a process group, and the group is ended when its attempt ends: what is to live on leaves
//! the group itself (`setsid`), or better, belongs to the system's service manager. A program that is left over by a
//! killed `wf` is ended by its record ([`Effects::clear`]) before its run goes on.

mod closure;
mod ending;
mod file;
pub mod http;
mod leftovers;
mod local;
mod output;
mod program;
mod record;
mod request;
#[cfg(test)]
mod tests;
mod turns;

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::Perform;
use crate::model::{Failure, OpId, RunId, Value};

pub use closure::FnEffects;
pub use local::LocalEffects;
pub use output::{KEPT_END, MAX_LINE, MAX_OUTPUT, OutputLine, Stream};
pub use program::{DRAIN, GRACE, KILL_WAIT, MAX_PROGRAMS};
pub use record::Error;

/// Takes what came of an attempt. It may be called on any thread and must return soon: it is no place to wait in.
pub type Ended = Box<dyn FnOnce(Result<Value, Failure>) + Send>;

/// Sees the last lines of a program's output as they are printed. Called on the thread that serves all programs, so
/// it must return soon.
pub type Watch = Arc<dyn Fn(&OutputLine) + Send + Sync>;

/// Takes whether what was left over of a run is gone.
pub type Cleared = Box<dyn FnOnce(Result<(), Failure>) + Send>;

/// The kind of a failure that is no matter of the step: what this process must keep on disk for it can't be kept.
pub const KIND_UNKEPT: &str = "storage";

/// One try of a step, to be performed.
#[derive(Clone)]
pub struct Attempt {
    pub run: RunId,
    pub perform: Perform,
    /// The run's own folder (`run.dir`). It is made when the first effect needs it.
    pub dir: PathBuf,
    /// The folders besides that which the run may read and write, absolute.
    pub allow_files: Vec<String>,
    pub watch: Option<Watch>,
    /// What the run may reach beyond public addresses.
    pub allow_net: Vec<String>,
}

/// Performs effects.
pub trait Effects: Send + Sync {
    /// Secrets whose values may come back from now on, as an earlier process may have filled them in. Those that have
    /// none are nobody's concern.
    fn expect_secrets(&self, names: Vec<Arc<str>>) {
        drop(names);
    }

    /// Begins an attempt. `ended` is called once, whatever happens: possibly before this returns. The failure names
    /// neither step nor attempt: who asked knows them.
    fn perform(&self, attempt: Attempt, ended: Ended);

    /// The attempt's result is needed no more: what performs it is asked to end, and after [`GRACE`] made to. It
    /// still ends through its `ended`. Where no such attempt is in flight, nothing happens.
    fn cancel(&self, run: RunId, op: OpId, attempt: u32);

    /// Ends what an earlier process left over of the run's attempts, and calls `done` when it is gone: possibly before
    /// this returns.
    fn clear(&self, run: RunId, done: Cleared);

    /// The runs of whose attempts something may be left over by an earlier process.
    fn left_over(&self) -> Vec<RunId>;

    /// Ends everything at once, and begins nothing any more. Returns when all attempts have ended, or after a bound; so
    /// it isn't for an `ended` to call.
    /// An end of kind `stopped` that comes after this call was asked for is not to be recorded: the attempt is
    /// performed again when its run goes on.
    fn stop_all(&self);
}
