//! What is said to the driver by way of the exchange: orders to runs that it has, and changes that others stored.
//!
//! An order is answered once it is on disk, and by the process that has the run alone.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::engine;
use crate::journal::{Claimed, Listener, Told};
use crate::model::{Failure, Order, RunId};

use super::children::answer;
use super::doorway::clock;
use super::error::Error;
use super::handle::Message;
use super::live::Waiter;
use super::run_loop::RunLoop;
use super::snapshot::{Folded, fold};

/// After so long a child is told again to stop: where nobody has it, and where the process that has it doesn't say that
/// it was told.
const GIVEN_UP: Duration = Duration::from_millis(10);
const SILENT: Duration = Duration::from_secs(1);

/// How an order is answered.
pub(super) type TellBack = Box<dyn FnOnce(Told) + Send>;

/// The driver's ear at the exchange.
struct Ear(Sender<Message>);

impl Listener for Ear {
    fn order(&self, run: RunId, order: Order, answer: TellBack) {
        // Where the driver has ended, dropping the answer says that nobody has the run.
        let _ = self.0.send(Message::Order { run, order, answer });
    }

    fn changed(&self, run: RunId) {
        let _ = self.0.send(Message::Changed(run));
    }

    fn look_anew(&self) {
        let _ = self.0.send(Message::LookAnew);
    }
}

impl RunLoop {
    pub fn attend(&self) {
        self.ground.exchange.attend(Some(Arc::new(Ear(self.inbox.clone()))));
    }

    /// Takes the run for this process, as its history says it stands.
    pub fn claim(&self, id: RunId) -> Result<Folded, Error> {
        self.is_all_written(id)?;
        match self.ground.exchange.claim(id)? {
            Claimed::Mine => {}
            Claimed::Other(holder) => return Err(Error::Elsewhere { run: id, holder }),
        }
        // Only now, so that nobody writes to the history that is read.
        let folded = fold(&*self.ground.journal, id);
        if folded.as_ref().map_or(true, |folded| folded.run.outcome().is_some()) {
            self.ground.exchange.release(id);
        }
        folded
    }

    pub fn order(&mut self, id: RunId, order: Order, answer: TellBack) {
        let now = self.ground.clock.now();
        let Some(live) = self.runs.get_mut(&id) else { return answer(Told::Nobody) };
        if live.held.is_some() || live.deciding.is_some() {
            return live.orders.push((order, answer));
        }
        match engine::admit(&live.program, &live.run, order, now) {
            Ok(Some(input)) => self.give(id, input),
            // It is answered when what is on its way to the disk is there.
            Ok(None) => {}
            Err(refusal) => return answer(Told::Refused(refusal.to_string())),
        }
        match self.runs.get_mut(&id).map(|live| live.pending.back_mut()) {
            None => answer(Told::Nobody),
            Some(None) => answer(Told::Done),
            Some(Some(pending)) => pending.answers.push(answer),
        }
    }

    /// Somebody else stored something that concerns the run: a child that it waits for may have ended.
    pub fn changed(&mut self, id: RunId) {
        let Some(live) = self.runs.get(&id) else { return self.changed_on_disk(id) };
        let elsewhere: Vec<RunId> = live.run.children().filter(|child| !self.runs.contains_key(child)).collect();
        for child in elsewhere {
            match self.ground.journal.summary(child) {
                Ok(Some(row)) if row.status.is_ended() => self.collect(id, child),
                Ok(_) => {}
                Err(error) if error.is_of_one_run() => {}
                Err(error) => return self.fail(error.into()),
            }
        }
    }

    /// A child that another process has is to stop. That process may wait for this one in the same moment, so it isn't
    /// waited for here; the child's end comes by way of the exchange.
    pub fn stop_elsewhere(&mut self, parent: RunId, child: RunId) {
        let (exchange, inbox) = (self.ground.exchange.clone(), self.inbox.clone());
        let telling = std::thread::Builder::new().name("order".into()).spawn(move || {
            let told = exchange.tell(child, Order::Stop);
            if let Ok(Told::Done | Told::Refused(_)) = told {
                let _ = inbox.send(Message::Changed(parent));
            }
            let again = match told {
                Ok(Told::Done) => return,
                // It was given up in between.
                Ok(Told::Nobody) => GIVEN_UP,
                // It has ended, or that process is about to end, or is silent: whatever it is, the child must hear of it.
                Ok(Told::Refused(_)) | Err(_) => SILENT,
            };
            clock::pause(again);
            let _ = inbox.send(Message::StopChild { parent, child });
        });
        if let Err(cause) = telling {
            self.fail(Error::Thread(Arc::new(cause)));
        }
    }

    /// Tells a caller how its child, which isn't driven here, has ended.
    fn collect(&mut self, id: RunId, child: RunId) {
        let Some((op, attempt)) = self.runs.get(&id).and_then(|live| live.run.caller_of(child)) else { return };
        let outcome = match fold(&*self.ground.journal, child) {
            Ok(folded) => match folded.run.outcome() {
                Some(outcome) => answer(child, outcome),
                None => return,
            },
            Err(Error::Store(error)) if !error.is_of_one_run() => return self.fail(Error::Store(error)),
            Err(error) => Err(Failure::new("storage", error.to_string())),
        };
        self.tell_caller(Waiter { run: id, op, attempt }, child, outcome);
    }
}
