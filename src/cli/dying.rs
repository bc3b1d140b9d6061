//! A test instrument (`--die-after-commits N`, not shown in the help): the process kills itself with SIGKILL right
//! after its N-th commit, before anybody is answered. So the kill test meets every place between two commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::driver::doorway::process;
use crate::journal::{Error, Filter, Freed, Journal, Outcome, Owed, Record, Write};
use crate::model::{Digest, RunId, RunSummary, Time};

/// A journal whose process dies after so many commits.
pub struct Dying {
    journal: Arc<dyn Journal>,
    left: AtomicU64,
}

impl Dying {
    pub fn after(commits: u64, journal: Arc<dyn Journal>) -> Dying {
        Dying { journal, left: AtomicU64::new(commits) }
    }
}

impl Journal for Dying {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>, Error> {
        let outcomes = self.journal.commit(writes)?;
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // Should the signal be refused, the test sees a process that lived.
            let _ = process::die();
        }
        Ok(outcomes)
    }

    fn settle(&self) -> Result<(), Error> {
        self.journal.settle()
    }

    fn history(&self, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Error> {
        self.journal.history(run, from, most)
    }

    fn length(&self, run: RunId) -> Result<u64, Error> {
        self.journal.length(run)
    }

    fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Error> {
        self.journal.summary(run)
    }

    fn runs(&self, filter: &Filter) -> Result<Vec<RunSummary>, Error> {
        self.journal.runs(filter)
    }

    fn live(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        self.journal.live(after, most)
    }

    fn awake(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Error> {
        self.journal.awake(after, most)
    }

    fn due(&self, until: Time, after: Option<(Time, RunId)>, most: usize) -> Result<Vec<(Time, RunId)>, Error> {
        self.journal.due(until, after, most)
    }

    fn owed(&self, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Error> {
        self.journal.owed(after, most)
    }

    fn snapshot(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        self.journal.snapshot(run)
    }

    fn children(&self, parent: RunId, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        self.journal.children(parent, after, most)
    }

    fn ending_with(&self, suffix: &str, most: usize) -> Result<Vec<RunId>, Error> {
        self.journal.ending_with(suffix, most)
    }

    fn text(&self, digest: Digest) -> Result<Option<Arc<str>>, Error> {
        self.journal.text(digest)
    }

    fn forget(&self, runs: &[RunId]) -> Result<Freed, Error> {
        self.journal.forget(runs)
    }

    fn sweep(&self) -> Result<Freed, Error> {
        self.journal.sweep()
    }

    fn known(&self, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Error> {
        self.journal.known(workflow, key)
    }

    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.journal.secret(name)
    }

    fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.journal.secrets()
    }

    fn keep_secret(&self, name: &str, kept: Option<&[u8]>) -> Result<bool, Error> {
        self.journal.keep_secret(name, kept)
    }

    fn keep_secret_if_absent(&self, name: &str, kept: &[u8]) -> Result<bool, Error> {
        self.journal.keep_secret_if_absent(name, kept)
    }
}
