//! Who goes on with which run, among the processes that share a store.
//!
//! A run in a process's memory is claimed by it; a run that only waits is rows on disk and claimed by nobody. The
//! exchange decides whose a run is and carries word from one process to another; it stores nothing, and what a run
//! does with what it is told is not its matter. [`Alone`] is the exchange of a process that has the store for itself.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::{Order, RunId};

use super::{Error, Holder};

/// Whose a run is, after it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// This process's, now or since earlier.
    Mine,
    /// Another process goes on with it.
    Other(Holder),
}

/// What became of an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The run was told, and that is on disk.
    Done,
    /// The run takes no such order, for this reason.
    Refused(String),
    /// No process has the run.
    Nobody,
}

/// Who goes on with which run.
pub trait Exchange: Send + Sync {
    /// Takes `run` for this process, so that nobody else goes on with it. A run that begins needs no claim: it belongs
    /// to the process whose write of its first record was stored.
    fn claim(&self, run: RunId) -> Result<Claimed, Error>;

    /// Gives the run up. Storing the record that ends it does so, too.
    fn release(&self, run: RunId);

    /// Tells the process that has the run what somebody wants of it; answered when that is on disk. Not to be called
    /// on a thread that a [`Listener`] needs for its answer.
    fn tell(&self, run: RunId, order: Order) -> Result<Told, Error>;

    /// Something that concerns the run was stored by one who hasn't got it: a message, or the end of a run that it called.
    /// Everybody who attends is told: the process that has the run looks, and where nobody has it, those who
    /// are interested in it may take it up.
    fn changed(&self, run: RunId);

    /// Who is told of orders and changes in this process from now on; none ends that.
    fn attend(&self, listener: Option<Arc<dyn Listener>>);
}

/// One who is told by an [`Exchange`]. It is called on any thread and must not wait.
pub trait Listener: Send + Sync {
    /// Somebody wants something of a run that this process may have. An answer that is dropped counts as
    /// [`Told::Nobody`].
    fn order(&self, run: RunId, order: Order, answer: Box<dyn FnOnce(Told) + Send>);

    /// See [`Exchange::changed`].
    fn changed(&self, run: RunId);

    /// Some of what was told may have been told to nobody, because who tells it changed: look at everything anew.
    fn look_anew(&self) {}
}

/// The exchange of a process that has the store for itself: every run is its own.
#[derive(Default)]
pub struct Alone {
    listener: Mutex<Option<Arc<dyn Listener>>>,
}

impl Alone {
    pub fn new() -> Alone {
        Alone::default()
    }

    fn listener(&self) -> MutexGuard<'_, Option<Arc<dyn Listener>>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange for Alone {
    fn claim(&self, _run: RunId) -> Result<Claimed, Error> {
        Ok(Claimed::Mine)
    }

    fn release(&self, _run: RunId) {}

    fn tell(&self, run: RunId, order: Order) -> Result<Told, Error> {
        let Some(listener) = self.listener().clone() else { return Ok(Told::Nobody) };
        let (answer, told) = channel();
        let tell = move |said| {
            let _ = answer.send(said);
        };
        listener.order(run, order, Box::new(tell));
        Ok(told.recv().unwrap_or(Told::Nobody))
    }

    fn changed(&self, run: RunId) {
        // The lock isn't held while the listener is told: it may ask in turn.
        let listener = self.listener().clone();
        if let Some(listener) = listener {
            listener.changed(run);
        }
    }

    fn attend(&self, listener: Option<Arc<dyn Listener>>) {
        *self.listener() = listener;
    }
}
