//! Runs that do again what another one did: a new run with the inputs, the plan and the texts of that one.

use std::sync::Arc;

use crate::engine::{self, NotAgain, Request, Run};
use crate::journal::{Journal, MAX_RECORD_BYTES};
use crate::model::{Again, Event, Failure, RunId, Time, Trigger, written};

use super::begin::begin_error;
use super::error::Error;
use super::folders;
use super::handle::{Answer, Begun};
use super::run_loop::{Beginning, Beyond, RunLoop};

/// How many records of a history are read at a time.
const PAGE: usize = 1_000;

impl RunLoop {
    pub fn begin_again(&mut self, of: RunId, from: Option<Arc<str>>, answer: &Answer<Begun>) {
        if let Err(error) = self.try_begin_again(of, from, answer.clone()) {
            let _ = answer.send(Err(error));
        }
    }

    fn try_begin_again(&mut self, of: RunId, from: Option<Arc<str>>, answer: Answer<Begun>) -> Result<(), Error> {
        let now = self.ground.clock.now();
        let history = history(&*self.ground.journal, of)?;
        let corrupt = |fault: engine::Fault| Error::Corrupt { run: of, why: fault.to_string() };
        let refused = |why: NotAgain| Error::NotAgain { run: of, why };
        let before = Run::fold(of, history.iter().map(|(at, event)| (*at, event))).map_err(corrupt)?;
        if before.outcome().is_none() {
            return Err(refused(NotAgain::GoesOn));
        }
        let program = self.programs.of(of, before.started.plan)?;
        let taken = match &from {
            Some(step) => engine::before(&program, of, &history, step).map_err(corrupt)?.map_err(refused)?,
            None => Vec::new(),
        };
        let id = RunId::from_parts(now.unix_ms().max(0).unsigned_abs(), self.ground.entropy.id_bits());
        let (dir, began) = (self.folder_of(id), &before.started);
        if from.is_some() {
            folders::take_over(began.dir.as_ref(), dir.as_ref()).map_err(Error::Unkept)?;
        }
        let request = Request {
            id,
            workflow: began.workflow.clone(),
            version: began.version,
            input: began.input.clone(),
            trigger: Trigger { kind: "manual".into(), name: "rerun".into(), delivery: None },
            parent: None,
            depth: 0,
            seed: self.ground.entropy.seed(),
            allow_net: began.allow_net.clone(),
            allow_files: began.allow_files.clone(),
            dir,
            url: super::run_url(id),
        };
        let again = Again { run: of, from, taken: 0 };
        let (run, turn) = engine::start_again(&program, request, again, taken, now).map_err(begin_error)?;
        fits(&turn.events)?;
        self.beginnings.insert(id, Beginning { answer: Some(answer), input: None });
        self.adopt(run, turn, program, now, Beyond::default())
    }
}

/// All that is taken over is one record.
fn fits(events: &[Event]) -> Result<(), Error> {
    let bytes = events.iter().map(|event| written(event) + 1).sum::<usize>();
    if bytes < MAX_RECORD_BYTES - 100 {
        return Ok(());
    }
    let message = format!(
        "what it would take over has {bytes} bytes, more than one record may have ({MAX_RECORD_BYTES}, limit `record \
         size`): do it again from the beginning"
    );
    Err(Error::Beginning(Failure::new("limit", message)))
}

fn history(journal: &dyn Journal, run: RunId) -> Result<Vec<(Time, Event)>, Error> {
    let (mut all, mut seq) = (Vec::new(), 0);
    loop {
        let page = journal.history(run, seq, PAGE)?;
        if page.is_empty() {
            return if all.is_empty() { Err(Error::NoRun(run)) } else { Ok(all) };
        }
        seq += page.len() as u64;
        all.extend(page.into_iter().flat_map(|record| record.events.into_iter().map(move |event| (record.at, event))));
    }
}
