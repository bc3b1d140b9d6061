//! Several processes on one data folder, each played by a [`Shared`] of this one.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::journal::tests::{me, run, write};
use crate::journal::{Error, Holder, Journal, Listener, Outcome, Told};
use crate::model::{Order, RunId};

use super::Shared;

mod exchange;
mod failover;
mod frames;
mod leaving;
mod peers;
mod places;
mod speed;

/// A process that opens the store in `dir`.
pub(crate) fn open(dir: &Path) -> Shared {
    Shared::open(dir, &Default::default(), &me(), |_| {}).expect("opens")
}

/// An owner and its client.
pub(crate) struct Pair {
    pub client: Shared,
    pub owner: Shared,
    pub dir: TempDir,
}

impl Pair {
    pub(crate) fn new() -> Pair {
        let dir = tempfile::tempdir().expect("a folder");
        let owner = open(&dir.path().join("data"));
        let client = open(&dir.path().join("data"));
        assert!(owner.is_owner() && !client.is_owner());
        Pair { client, owner, dir }
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }
}

fn store(journal: &Shared, n: u64, seq: u64) -> Result<(), Error> {
    let outcomes = journal.commit(&[write(n, seq)])?;
    assert_eq!(outcomes, [Outcome::Stored]);
    Ok(())
}

/// A listener that hands on what it is told, and answers as it is told to.
struct Ear {
    heard: Mutex<Sender<(RunId, Option<Order>)>>,
    answer: Box<dyn Fn() -> Option<Told> + Send + Sync>,
}

impl Listener for Ear {
    fn order(&self, run: RunId, order: Order, answer: Box<dyn FnOnce(Told) + Send>) {
        let _ = self.heard.lock().expect("no panic").send((run, Some(order)));
        if let Some(told) = (self.answer)() {
            answer(told);
        }
    }

    fn changed(&self, run: RunId) {
        let _ = self.heard.lock().expect("no panic").send((run, None));
    }
}

/// Lets the process attend; gives what it hears.
fn listen(
    shared: &Shared,
    answer: impl Fn() -> Option<Told> + Send + Sync + 'static,
) -> Receiver<(RunId, Option<Order>)> {
    use crate::journal::Exchange as _;
    let (heard, hears) = channel();
    shared.attend(Some(Arc::new(Ear { heard: Mutex::new(heard), answer: Box::new(answer) })));
    hears
}

fn other() -> Holder {
    Holder { pid: 99, ..me() }
}

/// The records that the run has, by their outputs.
fn length(journal: &dyn Journal, n: u64) -> u64 {
    journal.length(run(n)).expect("reads")
}
