//! Leaving: a run, or all of them. What was handed to the writer is waited for first, so that nobody goes on with a run
//! whose last record may still come.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;

use crate::journal::{Notice, Outcome as Stored, Told, Writer};
use crate::model::RunId;

use super::error::Error;
use super::handle::Message;
use super::live::Pending;
use super::run_loop::RunLoop;

/// What is said of an order where the store fails between the writing and the answer.
const UNKNOWN: &str =
    "the process that has the run ended before it was known whether the run took it: look with `wf show`";

impl RunLoop {
    /// Ends the attempts, then the writing, and gives the runs to others only then: whoever takes one up at once performs
    /// nothing beside this process, and finds all that it wrote.
    pub fn close(mut self, messages: &Receiver<Message>) -> Result<(), Error> {
        self.flush();
        self.ground.effects.stop_all();
        let closed = self.writer.take().map_or(Ok(()), Writer::close);
        self.answer_orders(messages);
        self.depart();
        self.waits.close(self.failed.as_ref());
        match self.failed {
            Some(error) => Err(error),
            None => Ok(closed?),
        }
    }

    /// Answers the orders whose records were on their way as the loop ended: by what became of them. Who is told that
    /// nobody has the run would store the same once more.
    fn answer_orders(&mut self, messages: &Receiver<Message>) {
        let unknown = Told::Refused(UNKNOWN.into());
        let notices = messages.try_iter().filter_map(|message| match message {
            Message::Journal(Notice::Acks(acks)) => Some(acks),
            _ => None,
        });
        for ack in notices.flatten() {
            let Some(run) = self.tickets.remove(&ack.ticket) else { continue };
            let live = self.runs.get_mut(&run).map(|live| &mut live.pending);
            let Some(mut pending) = live.or(self.given_up.get_mut(&run)).and_then(VecDeque::pop_front) else {
                continue;
            };
            match ack.outcome {
                Ok(Stored::Stored | Stored::Decided(_)) => pending.answer(&Told::Done),
                Err(error) if !error.is_of_one_run() => pending.answer(&unknown),
                // It isn't stored, and may be said anew.
                Ok(Stored::Known { .. }) | Err(_) => {}
            }
        }
        let alive = self.runs.values_mut().map(|live| &mut live.pending);
        alive.chain(self.given_up.values_mut()).flatten().for_each(|pending| pending.answer(&unknown));
    }

    /// Leaves the exchange, and all runs to others.
    fn depart(&self) {
        self.ground.exchange.attend(None);
        // The store that failed knows nothing of it, or isn't reached: each would be waited for in vain.
        if matches!(self.failed, Some(Error::Store(_))) {
            return;
        }
        self.runs.keys().chain(self.given_up.keys()).for_each(|run| self.ground.exchange.release(*run));
        // Those that go on by themselves stand in no index of what is due: whoever drives all is told of them.
        self.runs.keys().for_each(|run| self.ground.exchange.changed(*run));
    }

    /// Gives up a run that has left memory, as soon as the last of its records is on disk, or isn't to be.
    pub fn release_in_time(&mut self, id: RunId, mut pending: VecDeque<Pending>) {
        pending.retain(|pending| self.tickets.contains_key(&pending.ticket));
        if pending.is_empty() {
            return self.ground.exchange.release(id);
        }
        self.given_up.insert(id, pending);
    }

    /// It is known what became of the next one of the last records of a run that was given up.
    pub fn last_is_known(&mut self, id: RunId, ticket: u64, stored: bool) {
        let Some(last) = self.given_up.get_mut(&id) else { return };
        if let Some(mut pending) = last.pop_front() {
            debug_assert_eq!(pending.ticket, ticket, "records of a run are acknowledged in their order");
            if stored {
                pending.answer(&Told::Done);
            }
        }
        if last.is_empty() {
            self.given_up.remove(&id);
            self.ground.exchange.release(id);
        }
    }

    /// That nothing of a run which was given up is on its way to the disk.
    pub fn is_all_written(&self, id: RunId) -> Result<(), Error> {
        match self.given_up.contains_key(&id) {
            false => Ok(()),
            true => Err(Error::Corrupt { run: id, why: "it was given up, and its last record is being stored".into() }),
        }
    }
}

impl Pending {
    /// Answers the orders that it carries out.
    pub fn answer(&mut self, told: &Told) {
        self.answers.drain(..).for_each(|answer| answer(told.clone()));
    }
}
