//! The programs of the runs that are driven, each loaded once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::journal::Journal;
use crate::model::{Digest, RunId};
use crate::program::Program;

use super::error::Error;

/// How many programs are kept at most; runs keep theirs themselves.
const KEPT: usize = 256;

pub(super) struct Programs {
    journal: Arc<dyn Journal>,
    kept: HashMap<Digest, Arc<Program>>,
}

impl Programs {
    pub fn new(journal: Arc<dyn Journal>) -> Programs {
        Programs { journal, kept: HashMap::new() }
    }

    pub fn keep(&mut self, program: Arc<Program>) {
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(program.digest(), program);
    }

    /// The program that `run` follows, from the store where it isn't at hand.
    pub fn of(&mut self, run: RunId, plan: Digest) -> Result<Arc<Program>, Error> {
        if let Some(program) = self.kept.get(&plan) {
            return Ok(program.clone());
        }
        let text = self.journal.text(plan)?.ok_or(Error::NoPlan { run, plan })?;
        let program = Arc::new(Program::read(&text, plan).map_err(Arc::new)?);
        self.keep(program.clone());
        Ok(program)
    }
}
