//! Beginnings: a new run from a wish.

use std::sync::Arc;

use crate::engine::{self, Request, Run, StartError, Turn};
use crate::expr::Ambient;
use crate::journal::Claim;
use crate::model::{Digest, RunId, Time};
use crate::program::{self, Program};

use super::error::Error;
use super::folders;
use super::handle::{Answer, Begun, Wish};
use super::live::Live;
use super::run_loop::{Beginning, Beyond, RunLoop};

impl RunLoop {
    pub fn begin(&mut self, wish: Wish, answer: Answer<Begun>) {
        if let Err(error) = self.try_begin(wish, answer.clone()) {
            let _ = answer.send(Err(error));
        }
    }

    fn try_begin(&mut self, wish: Wish, answer: Answer<Begun>) -> Result<(), Error> {
        let now = self.ground.clock.now();
        let seed = self.ground.entropy.seed();
        let ambient = Ambient { now, seed: seed ^ 0x1d, draws: 0 };
        if !wish.program.plan().workflows.contains_key(&wish.workflow) {
            return Err(Error::NoWorkflow(wish.workflow));
        }
        let input = wish
            .program
            .admit(&wish.workflow, &wish.given, ambient)
            .map_err(|problems| Error::Inputs { workflow: wish.workflow.clone(), problems })?;
        let id = RunId::from_parts(now.unix_ms().max(0).unsigned_abs(), self.ground.entropy.id_bits());
        // What was given beyond the defaults decides whether a repetition is one: a default may be another every time.
        let beyond = wish.program.beyond_defaults(&wish.workflow, &wish.given, &input, ambient);
        let digest = program::digest(&serde_json::to_string(&beyond).unwrap_or_default());
        let claim = wish.key.map(|key| Claim { workflow: wish.workflow.clone(), key, input: digest });
        let request = Request {
            id,
            workflow: wish.workflow,
            version: wish.version,
            input,
            trigger: wish.trigger,
            parent: None,
            depth: 0,
            seed,
            allow_net: wish.allow_net,
            allow_files: wish.allow_files,
            dir: self.folder_of(id),
            url: super::run_url(id),
        };
        self.programs.keep(wish.program.clone());
        let (run, turn) = engine::start(&wish.program, request, now).map_err(begin_error)?;
        self.beginnings.insert(id, Beginning { answer: Some(answer), input: Some(digest) });
        self.adopt(run, turn, wish.program, now, Beyond { texts: wish.texts, claim })
    }

    /// Takes a run that has just begun among those that are driven.
    pub fn adopt(
        &mut self,
        run: Run,
        turn: Turn,
        program: Arc<Program>,
        now: Time,
        beyond: Beyond,
    ) -> Result<(), Error> {
        let id = run.id;
        if program.speaks_of_folder() {
            folders::make(run.started.dir.as_ref()).map_err(Error::Unkept)?;
        }
        self.expect_secrets(&run, &program);
        self.runs.insert(id, Live::new(run, program, 0));
        // Its first stretch goes into the transaction of its beginning; its commands wait for that. With a key, only the
        // transaction decides whether there is such a run.
        let more = turn.more && beyond.claim.is_none();
        self.send(id, Turn { more, ..turn }, now, beyond);
        Ok(())
    }

    pub fn folder_of(&self, id: RunId) -> String {
        self.ground.data.join("runs").join(id.to_string()).to_string_lossy().into_owned()
    }

    /// The key of the wish was taken by an earlier run: nothing of this one is stored.
    pub fn known(&mut self, id: RunId, known: RunId, input: Digest) {
        if let Some(live) = self.drop_live(id) {
            // If there is one, it is empty: nothing of the run was performed.
            let _ = std::fs::remove_dir(&live.run.started.dir);
        }
        if let Some(Beginning { answer: Some(answer), input: own }) = self.beginnings.remove(&id) {
            let _ = answer.send(Ok(Begun::Known { run: known, same: own == Some(input) }));
        }
    }
}

pub(super) fn begin_error(error: StartError) -> Error {
    match error {
        StartError::Length(failure) => Error::Beginning(failure),
        StartError::Fault(engine::Fault::NoWorkflow(name)) => Error::NoWorkflow(name),
        StartError::Fault(fault) => Error::Beginning(crate::model::Failure::new("limit", fault.to_string())),
    }
}
