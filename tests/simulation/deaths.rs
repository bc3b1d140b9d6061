//! Where a host may die, and how it comes back.

use std::collections::VecDeque;

use wayfare::engine::{Command, Input, Run};
use wayfare::journal::Journal;
use wayfare::model::{Failure, Length, OpId, RunId, Time, Value};

use super::audit::Wrong;
use super::host::{BEGAN, Host, Live, MOST_CRASHES, Message, Mode};

impl Host<'_> {
    /// How many things are about to happen at this moment.
    fn pending(&self) -> usize {
        let timers = self.lives.values().filter(|live| live.run.due().is_some_and(|due| due <= self.now));
        self.queue.len() + self.world.due(self.now) + timers.count()
    }

    /// Whether the process dies as it takes an input, with `own` of what is pending being that input.
    pub(super) fn dies(&mut self, place: &str, input: &Input, own: usize) -> bool {
        // A parcel stays where it is until it is acknowledged.
        let own = own + usize::from(matches!(input, Input::Signal { .. } | Input::Pause | Input::Unpause));
        let own =
            own + usize::from(*input == Input::Stop && self.world.next_parcel().is_some_and(|p| p.at <= self.now));
        // A process that comes back takes what has come due at once, and performs nothing again that is then wanted no
        // more; the undisturbed one calls it off and waits.
        let comes_again = match input {
            Input::AttemptEnded { .. } | Input::ChildEnded { .. } => true,
            Input::Signal { .. } | Input::Pause | Input::Unpause | Input::Stop => true,
            Input::Due | Input::Continue | Input::Recovered => self.world.is_idle(),
        };
        let doubted = match input {
            Input::AttemptEnded { op, outcome, .. } => self.lives.keys().any(|id| self.is_doubted(*id, *op, outcome)),
            _ => false,
        };
        let doubted = doubted || self.leaves_doubt();
        let quiet = self.pending() <= own && comes_again && self.world.lingering.is_empty() && !doubted;
        self.draws(quiet) && self.died(place)
    }

    /// Whether it dies between a commit and what is still to be performed.
    pub(super) fn dies_with(&mut self, place: &str, id: RunId, rest: &VecDeque<Command>) -> bool {
        let ended = self.lives.get(&id).is_some_and(|live| live.run.outcome().is_some() && live.waiter.is_some());
        let at_once = rest.iter().filter(|command| match command {
            Command::Perform(_) => false,
            Command::Cancel { .. } | Command::StartChild { .. } | Command::StopChild { .. } => true,
        });
        let lingers = rest.iter().any(|command| match command {
            Command::Cancel { op, attempt } => !self.world.kills((id, *op, *attempt)),
            Command::Perform(_) | Command::StartChild { .. } | Command::StopChild { .. } => false,
        });
        let pending = self.pending() + at_once.count() + usize::from(ended);
        let most = usize::from(self.world.is_idle());
        // What an attempt will give that isn't performed yet nobody knows.
        let doubted = rest.iter().any(|command| match command {
            Command::Perform(perform) => self.audit.is_undoable(id, perform.op),
            Command::Cancel { .. } | Command::StartChild { .. } | Command::StopChild { .. } => false,
        });
        let doubted = doubted || self.leaves_doubt();
        let quiet = pending <= most && !lingers && self.world.lingering.is_empty() && !doubted;
        self.draws(quiet) && self.died(place)
    }

    /// Whether a death now leaves open what an effect did that the undisturbed process knows to have failed: then
    /// one of them undoes it and the other doesn't.
    fn leaves_doubt(&self) -> bool {
        self.world.in_flight().any(|((run, op, _), given)| self.is_doubted(*run, *op, given))
    }

    fn is_doubted(&self, run: RunId, op: OpId, given: &Result<Value, Failure>) -> bool {
        let is_certain = |error: &Failure| matches!(&*error.kind, "exec" | "status" | "type");
        given.as_ref().is_err_and(is_certain) && self.audit.is_undoable(run, op)
    }

    fn draws(&mut self, quiet: bool) -> bool {
        let may = match self.mode {
            Mode::Undisturbed => false,
            Mode::Crashes => quiet,
            Mode::Rough => true,
        };
        may && self.crashes < MOST_CRASHES && self.random.percent(9)
    }

    fn died(&mut self, place: &str) -> bool {
        let at = self.now.since(Time::from_unix_ms(BEGAN));
        self.deaths.push(format!("+{at}: the process dies {place}"));
        true
    }

    pub(super) fn die(&mut self, seed: u64) -> Result<(), Wrong> {
        self.crashes += 1;
        self.journal = self.journal.crash();
        self.world.crash();
        self.queue.clear();
        let lives = std::mem::take(&mut self.lives);
        if self.mode == Mode::Rough && self.random.percent(50) {
            self.now = self.now.plus(Length::from_ms(self.random.below(30_000) as i64));
        }
        let unfinished = self.journal.unfinished().map_err(|error| error.to_string())?;
        for summary in unfinished {
            let (run, seq) = self.fold(summary.id)?;
            if lives.get(&summary.id).is_some_and(|live| live.folded != run) {
                return Err(format!("folding run {} anew gives another run", summary.id));
            }
            if run.outcome().is_none() {
                let (folded, status) = (run.clone(), run.status());
                self.lives.insert(run.id, Live { run, folded, seq, status, waiter: None });
                self.queue.push_back(Message::Give(summary.id, Input::Recovered));
            }
        }
        let begun = self.journal.runs(&wayfare::journal::Filter::newest(1)).map_err(|error| error.to_string())?;
        if begun.is_empty() {
            self.request(seed);
        }
        Ok(())
    }

    /// A run from its records.
    pub(super) fn fold(&self, id: RunId) -> Result<(Run, u64), Wrong> {
        let records = self.journal.history(id, 0, usize::MAX).map_err(|error| error.to_string())?;
        let events = records.iter().flat_map(|record| record.events.iter().map(|event| (record.at, event)));
        let run = Run::fold(id, events).map_err(|fault| fault.to_string())?;
        Ok((run, records.len() as u64))
    }
}
