//! Going on with what an earlier process left: its runs, and the programs that outlived it.

use crate::engine::{self, Input};
use crate::model::{Failure, RunId};

use super::effects::KIND_UNKEPT;
use super::error::Error;
use super::handle::Message;
use super::live::Live;
use super::run_loop::{Beyond, RunLoop};
use super::snapshot::Folded;

impl RunLoop {
    /// Ends the programs of runs that have ended: their process was killed before it could.
    pub fn sweep(&mut self) {
        for run in self.ground.effects.left_over() {
            let row = self.ground.journal.summary(run);
            if matches!(row, Ok(Some(row)) if row.status.is_ended()) {
                // Nobody waits for it. What can't be ended now is tried again by the next process.
                self.ground.effects.clear(run, Box::new(|_| {}));
            }
        }
    }

    /// Drives an unfinished run of the store on.
    pub fn resume(&mut self, id: RunId) -> Result<(), Error> {
        if self.runs.contains_key(&id) {
            return Ok(());
        }
        let folded = self.claim(id)?;
        match folded.run.outcome() {
            Some(_) => Ok(()),
            None => self.take_up(folded, false),
        }
    }

    /// Goes on with a run that was claimed, as its history says. One that is `stopped` does nothing more of its own.
    pub fn take_up(&mut self, folded: Folded, stopped: bool) -> Result<(), Error> {
        let Folded { run, seq, covered } = folded;
        let id = run.id;
        let program = self.programs.of(id, run.started.plan).inspect_err(|_| self.ground.exchange.release(id));
        let program = program?;
        self.waits.forgive(id);
        self.interest.forget(id);
        self.ground.observer.taken_up(id);
        let performing = run.performing().next().is_some();
        self.expect_secrets(&run, &program);
        let mut live = Live::new(run, program, seq);
        live.covered = covered;
        live.held = Some(if stopped { vec![Input::Stop] } else { Vec::new() });
        self.runs.insert(id, live);
        if performing {
            let inbox = self.inbox.clone();
            let done = move |cleared: Result<(), Failure>| {
                let _ = inbox.send(Message::Cleared { run: id, problem: cleared.err() });
            };
            self.ground.effects.clear(id, Box::new(done));
        } else {
            self.cleared(id, None);
        }
        Ok(())
    }

    /// Nothing is left of what an earlier process performed for the run.
    pub fn cleared(&mut self, id: RunId, problem: Option<Failure>) {
        match problem {
            Some(failure) if &*failure.kind == KIND_UNKEPT => self.fail(Error::Unkept(failure.message)),
            Some(failure) => self.give_up(id, failure.message),
            None => self.recover(id),
        }
    }

    fn recover(&mut self, id: RunId) {
        let now = self.ground.clock.now();
        let Some(live) = self.runs.get_mut(&id) else { return };
        let held = live.held.take().unwrap_or_default();
        let (first, then): (Vec<Input>, Vec<Input>) = held.into_iter().partition(|input| *input == Input::Stop);
        if self.draining {
            return;
        }
        // That it is to stop is known before it goes on: its own next step is not begun first.
        let mut events = Vec::new();
        let mut turn = Ok(engine::Turn::default());
        for input in first {
            turn = engine::record(&live.program, &mut live.run, input, now);
            match &mut turn {
                Ok(turn) => events.append(&mut turn.events),
                Err(_) => break,
            }
        }
        let turn = turn.and_then(|_| engine::advance(&live.program, &mut live.run, Input::Recovered, now));
        match turn {
            Ok(mut turn) => {
                events.append(&mut turn.events);
                self.send(id, engine::Turn { events, ..turn }, now, Beyond::default());
            }
            Err(fault) => return self.give_up(id, fault.to_string()),
        }
        then.into_iter().for_each(|input| self.give(id, input));
        self.take_orders(id);
        self.answer_waits(id);
        self.may_park(id);
    }

    /// Tells the run what came while it could be told nothing.
    pub fn take_orders(&mut self, id: RunId) {
        let orders = self.runs.get_mut(&id).map(|live| std::mem::take(&mut live.orders));
        orders.into_iter().flatten().for_each(|(order, answer)| self.order(id, order, answer));
    }
}
