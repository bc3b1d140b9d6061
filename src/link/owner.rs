//! The process that has the store: it commits for all, and knows whose each run is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};

use crate::journal::{Claimed, Error, Holder, Journal, Outcome, Told, Write};
use crate::model::{Order, RunId, RunStatus};

use super::frame::{Blobs, Frame, Unread};
use super::group::Group;
use super::orders::Orders;
use super::patience::{Patience, TELL_WAIT};
use super::registry::{Claim, Registry, Whose};
use super::trouble::Trouble;
use super::words::{Answer, Ask, Call, Line, Name};

pub(super) struct Owner {
    pub journal: Arc<dyn Journal>,
    pub registry: Registry,
    pub me: Holder,
    dir: PathBuf,
    name: Name,
    group: Group,
    orders: Arc<Orders>,
}

/// Who asks.
pub(super) struct Peer {
    pub name: Name,
    pub holder: Holder,
}

/// Why there is no answer.
pub(super) enum Silence {
    /// The owner leaves: another one answers.
    Leaving,
    Error(Error),
}

impl From<Error> for Silence {
    fn from(error: Error) -> Silence {
        Silence::Error(error)
    }
}

impl Silence {
    /// What it is to this process itself: an owner that leaves has the store no more.
    pub fn error(self) -> Error {
        match self {
            Silence::Leaving => Error::Stopped,
            Silence::Error(error) => error,
        }
    }
}

impl Owner {
    /// The owner of the store in `dir`, under its own `name`, with the runs that it has already.
    pub fn new(dir: &Path, journal: Arc<dyn Journal>, peer: Peer, runs: HashSet<RunId>, orders: Arc<Orders>) -> Owner {
        let Peer { name, holder } = peer;
        let registry = Registry::new(dir.to_path_buf(), name.clone(), holder.clone(), runs);
        let group = Group::new(journal.clone());
        Owner { journal, registry, me: holder, dir: dir.to_path_buf(), name, group, orders }
    }

    /// What this process is called.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// This process itself, as one who asks.
    pub fn own(&self) -> Peer {
        Peer { name: self.name.clone(), holder: self.me.clone() }
    }

    pub fn commit(&self, name: &Name, writes: &[Write]) -> Result<Vec<Outcome>, Error> {
        self.registry.begin(name, writes);
        let outcomes = self.group.commit(writes);
        self.registry.finish(name, writes, outcomes.as_deref().ok());
        if let Ok(outcomes) = &outcomes {
            self.tell_callers(name, writes, outcomes);
        }
        outcomes
    }

    /// Tells the others of each caller that is now owed the end of a run, even if the process that stored the end is
    /// killed in this moment. Where that process has the caller, too, nobody else need know.
    fn tell_callers(&self, name: &Name, writes: &[Write], outcomes: &[Outcome]) {
        let stored = writes.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Stored);
        for (caller, _) in stored.flat_map(|(write, _)| write.owes.iter().filter(|(caller, _)| *caller != write.run)) {
            if !self.registry.has(name, *caller) {
                self.tell_changed(*caller, Some(name));
            }
        }
    }

    pub fn claim(&self, peer: &Peer, run: RunId) -> Result<Claimed, Silence> {
        let claim = self.registry.claim(run, &peer.name, &peer.holder);
        self.tell_freed(self.registry.freed());
        match claim {
            Claim::Mine => Ok(Claimed::Mine),
            Claim::Other(holder) => Ok(Claimed::Other(holder)),
            Claim::Closed => Err(Silence::Leaving),
        }
    }

    pub fn changed(&self, run: RunId) {
        self.tell_changed(run, None);
    }

    /// Tells all but the one who knows it already.
    fn tell_changed(&self, run: RunId, knows: Option<&Name>) {
        for door in self.registry.doors(run, knows) {
            // One that can't be called is told when it comes again.
            door.call(&Call::Changed(run));
        }
        if knows != Some(&self.name) {
            self.orders.changed(run);
        }
    }

    /// Tells of runs whose process has ended.
    pub fn tell_freed(&self, freed: Vec<RunId>) {
        freed.into_iter().for_each(|run| self.changed(run));
    }

    /// The process gives the run up. Where that process leaves, and the run doesn't wait, whoever is left is told that
    /// it can be had; what waits is found by its row.
    pub fn release(&self, name: &Name, run: RunId, leaving: bool) {
        if self.registry.release(run, name) && leaving && self.goes_on(run) {
            self.changed(run);
        }
    }

    fn goes_on(&self, run: RunId) -> bool {
        // Where the store fails, whoever needs it hears of that.
        let row = self.journal.summary(run).ok().flatten();
        row.is_some_and(|row| match row.status {
            RunStatus::Queued | RunStatus::Running => true,
            RunStatus::Waiting
            | RunStatus::Paused
            | RunStatus::NeedsAttention
            | RunStatus::Succeeded
            | RunStatus::Failed
            | RunStatus::Stopped => false,
        })
    }

    /// Carries the order to the process that has the run.
    pub fn tell(&self, run: RunId, order: &Order, id: &str) -> Result<Told, Silence> {
        let patience = Patience::new();
        loop {
            let whose = self.registry.whose(run);
            self.tell_freed(self.registry.freed());
            let told = match whose {
                Whose::Own => {
                    let (answer, told) = channel();
                    let send = move |said| {
                        // One who waits no more has given up.
                        let _ = answer.send(said);
                    };
                    self.orders.take(run, order.clone(), id.to_string(), Box::new(send));
                    told
                }
                Whose::Other(holder, door) => match door.order(run, order.clone(), id.to_string()) {
                    Some(told) => return self.hear(&told, order, &holder, &patience),
                    None if patience.is_over(TELL_WAIT) => return Err(self.unanswered(holder)),
                    None => continue,
                },
                Whose::Unsaid(holder) => {
                    return Err(self.unreached(holder, "doesn't say which runs it drives").into());
                }
                Whose::Nobody => return Ok(Told::Nobody),
                Whose::Closed => return Err(Silence::Leaving),
            };
            return self.hear(&told, order, &self.me, &patience);
        }
    }

    fn hear(
        &self,
        told: &std::sync::mpsc::Receiver<Told>,
        order: &Order,
        holder: &Holder,
        patience: &Patience,
    ) -> Result<Told, Silence> {
        match told.recv_timeout(patience.left(TELL_WAIT)) {
            Ok(told) => Ok(told),
            Err(RecvTimeoutError::Timeout) => Err(self.unanswered(holder.clone())),
            Err(RecvTimeoutError::Disconnected) if self.registry.is_closed() => Err(Silence::Leaving),
            // Whoever has the run next sees from its history whether it was taken.
            Err(RecvTimeoutError::Disconnected) if is_known_again(order) => Ok(Told::Nobody),
            Err(RecvTimeoutError::Disconnected) => Ok(Told::Refused(format!(
                "{holder}, which drove it, ended before it answered; whether it took this isn't known"
            ))),
        }
    }

    fn unanswered(&self, holder: Holder) -> Silence {
        self.unreached(holder, "has not answered in time").into()
    }

    fn unreached(&self, holder: Holder, why: &str) -> Error {
        Error::Unreached { path: self.dir.clone(), holder, why: why.into() }
    }

    /// Answers a process that asks over the socket; none where the owner leaves.
    pub fn answer(&self, peer: &Peer, ask: Ask, blobs: Blobs) -> Result<Option<Frame>, Unread> {
        let mut more = Vec::new();
        let words = match self.try_answer(peer, ask, blobs, &mut more)? {
            Ok(words) => words,
            Err(Silence::Leaving) => return Ok(None),
            Err(Silence::Error(error)) => Answer::Failed(Trouble::of(&error)),
        };
        Ok(Some(Frame::new(&words, more)))
    }

    fn try_answer(
        &self,
        peer: &Peer,
        ask: Ask,
        mut blobs: Blobs,
        more: &mut Vec<Vec<u8>>,
    ) -> Result<Result<Answer, Silence>, Unread> {
        if let Ask::Commit(lines) = ask {
            let writes: Result<Vec<Write>, Unread> =
                lines.into_iter().map(|line: Line| line.write(&mut blobs)).collect();
            return Ok(self.commit(&peer.name, &writes?).map(Answer::Outcomes).map_err(Silence::from));
        }
        if let Ask::KeepSecret(name) = ask {
            let kept = blobs.rest().into_iter().next();
            let was = self.journal.keep_secret(&name, kept.as_deref());
            return Ok(was.map(Answer::WasKept).map_err(Silence::from));
        }
        if let Ask::KeepSecretIfAbsent(name) = ask {
            let kept = blobs.rest().into_iter().next().unwrap_or_default();
            let is_new = self.journal.keep_secret_if_absent(&name, &kept);
            return Ok(is_new.map(Answer::WasKept).map_err(Silence::from));
        }
        Ok(self.look_up(peer, ask, more))
    }

    fn look_up(&self, peer: &Peer, ask: Ask, more: &mut Vec<Vec<u8>>) -> Result<Answer, Silence> {
        let journal = &*self.journal;
        Ok(match ask {
            Ask::Commit(_) | Ask::KeepSecret(_) | Ask::KeepSecretIfAbsent(_) => {
                unreachable!("what is stored is answered before")
            }
            Ask::Settle => {
                journal.settle()?;
                Answer::Done
            }
            Ask::History { run, from, most } => {
                more.extend(journal.history(run, from, most)?.iter().map(|record| record.encode()));
                Answer::Records
            }
            Ask::Length(run) => Answer::Length(journal.length(run)?),
            Ask::Summary(run) => Answer::Summary(journal.summary(run)?),
            Ask::Runs(filter) => Answer::Runs(journal.runs(&filter)?),
            Ask::Live { after, most } => Answer::Runs(journal.live(after, most)?),
            Ask::Awake { after, most } => Answer::Ids(journal.awake(after, most)?),
            Ask::Due { until, after, most } => Answer::Due(journal.due(until, after, most)?),
            Ask::Owed { after, most } => Answer::Owed(journal.owed(after, most)?),
            Ask::Snapshot(run) => bytes(journal.snapshot(run)?, more),
            Ask::Children { parent, after, most } => Answer::Runs(journal.children(parent, after, most)?),
            Ask::EndingWith { suffix, most } => Answer::Ids(journal.ending_with(&suffix, most)?),
            Ask::Text(digest) => bytes(journal.text(digest)?.map(|text| text.as_bytes().to_vec()), more),
            Ask::Known { workflow, key } => Answer::Known(journal.known(&workflow, &key)?),
            Ask::Forget(runs) => Answer::Freed(journal.forget(&runs)?),
            Ask::Sweep => Answer::Freed(journal.sweep()?),
            Ask::Secret(name) => bytes(journal.secret(&name)?, more),
            Ask::Secrets => {
                let (names, kept): (Vec<String>, Vec<Vec<u8>>) = journal.secrets()?.into_iter().unzip();
                more.extend(kept);
                Answer::Secrets(names)
            }
            Ask::Claim(run) => Answer::Claimed(self.claim(peer, run)?),
            Ask::Release { run, leaving } => {
                self.release(&peer.name, run, leaving);
                Answer::Done
            }
            Ask::Tell { run, order, id } => Answer::Told(self.tell(run, &order, &id)?),
            Ask::Changed(run) => {
                self.changed(run);
                Answer::Done
            }
        })
    }
}

/// Whether the order may be said twice and is taken once.
fn is_known_again(order: &Order) -> bool {
    match order {
        Order::Signal { delivery, .. } => delivery.is_some(),
        Order::Pause | Order::Unpause | Order::Stop => false,
    }
}

fn bytes(found: Option<Vec<u8>>, more: &mut Vec<Vec<u8>>) -> Answer {
    let is_there = found.is_some();
    more.extend(found);
    Answer::Bytes(is_there)
}
