//! Orders to runs, from a process that need not have them: told to the one that has the run, and stored by the sender
//! where none has. On return what was said is on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{self, Input, Run};
use crate::journal::{Claimed, Exchange, Journal, Record, Told, Write};
use crate::model::{Order, RunId, Time};
use crate::program::Program;

use super::doorway::clock::{self, Clock};
use super::error::Error;
use super::live::Live;
use super::snapshot::{Folded, fold};

/// How long a run is asked for that changes its hands meanwhile, or is claimed for a moment again and again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first and the longest pause between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The store as a sender of orders sees it.
#[derive(Clone)]
pub struct Desk {
    pub journal: Arc<dyn Journal>,
    pub exchange: Arc<dyn Exchange>,
    pub clock: Arc<dyn Clock>,
}

impl Desk {
    /// Tells the run what somebody wants of it, and says whether a process has the run: else it is stored, and done by
    /// whoever takes the run up.
    ///
    /// # Errors
    /// [`Error::Refused`] where the run doesn't take it; then nothing was stored.
    pub fn tell(&self, run: RunId, order: Order) -> Result<bool, Error> {
        for pause in pauses() {
            match self.exchange.tell(run, order.clone())? {
                Told::Done => return Ok(true),
                Told::Refused(why) => return Err(Error::Refused { run, why }),
                Told::Nobody => {}
            }
            match self.exchange.claim(run)? {
                Claimed::Mine => {
                    let stored = self.store(run, order);
                    self.exchange.release(run);
                    stored?;
                    self.exchange.changed(run);
                    return Ok(false);
                }
                // Somebody has taken it up in between.
                Claimed::Other(_) => clock::pause(pause),
            }
        }
        let why = "it goes from one process to the next without an answer; try again".into();
        Err(Error::Refused { run, why })
    }

    /// The run is claimed, so nobody else writes to its history.
    fn store(&self, id: RunId, order: Order) -> Result<(), Error> {
        let now = self.clock.now();
        let Folded { run, seq, .. } = fold(&*self.journal, id)?;
        let program = self.program(id, &run)?;
        let Some(input) = admitted(&program, &run, order, now)? else { return Ok(()) };
        let mut live = Live::new(run, program.clone(), seq);
        let turn = engine::record(&program, &mut live.run, input, now)
            .map_err(|fault| Error::Corrupt { run: id, why: fault.to_string() })?;
        let record = Record { at: now, events: turn.events };
        let (owes, settles) = (live.owes(&turn.commands), live.settles(&record.events));
        let summary = live.changed_summary(now);
        let write = Write { summary, owes, settles, ..Write::new(id, seq, record.encode()) };
        self.journal.commit(&[write])?;
        Ok(())
    }

    fn program(&self, id: RunId, run: &Run) -> Result<Arc<Program>, Error> {
        let plan = run.started.plan;
        let text = self.journal.text(plan)?.ok_or(Error::NoPlan { run: id, plan })?;
        Ok(Arc::new(Program::read(&text, plan).map_err(Arc::new)?))
    }
}

/// The pauses between the tries, until the patience is at an end.
fn pauses() -> impl Iterator<Item = Duration> {
    let longer = |pause: &Duration| Some((*pause * 2).min(LONGEST_PAUSE));
    std::iter::successors(Some(FIRST_PAUSE), longer).scan(Duration::ZERO, |waited, pause| {
        *waited += pause;
        (*waited <= PATIENCE).then_some(pause)
    })
}

/// The input that the order is, none where the run has taken it already; or that the run refuses it.
pub(super) fn admitted(program: &Program, run: &Run, order: Order, now: Time) -> Result<Option<Input>, Error> {
    engine::admit(program, run, order, now).map_err(|refusal| Error::Refused { run: run.id, why: refusal.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_asked_for_until_the_patience_is_at_an_end() {
        let all: Duration = pauses().sum();
        assert!(all <= PATIENCE && all + LONGEST_PAUSE > PATIENCE, "{all:?}");
        assert_eq!((pauses().next(), pauses().max()), (Some(FIRST_PAUSE), Some(LONGEST_PAUSE)));
    }
}
