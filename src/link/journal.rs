//! The shared store as a journal: done here by the owner, asked of it by the others.

use std::sync::Arc;

use crate::journal::{Error, Filter, Freed, Journal, MAX_RECORD_BYTES, Outcome, Owed, Record, Refusal, Write};
use crate::model::{Digest, RunId, RunSummary, Time};

use super::core::Part;
use super::frame::{Blobs, Unread};
use super::registry::{begins, over};
use super::shared::Shared;
use super::words::{Answer, Ask, Line, only};

impl Shared {
    /// What is read, by `own` of the journal where that is here, else by `ask`.
    fn look_up<T>(
        &self,
        own: impl Fn(&dyn Journal) -> Result<T, Error>,
        ask: Ask,
        read: impl FnOnce(Answer, &mut Blobs) -> Result<Option<T>, Unread>,
    ) -> Result<T, Error> {
        self.core.request(false, |owner| own(&*owner.journal), || (ask, Vec::new()), read)
    }

    /// Runs that begin are this process's for the next owner, too, if the present one dies while it commits.
    fn begin(&self, writes: &[Write]) {
        if matches!(self.core.part(), Part::Client(_)) && writes.iter().any(begins) {
            self.core.mine().extend(writes.iter().filter(|write| begins(write)).map(|write| write.run));
        }
    }

    fn finish(&self, writes: &[Write], outcomes: Option<&[Outcome]>) {
        let over = over(writes, outcomes);
        if !over.is_empty() {
            let mut mine = self.core.mine();
            over.iter().for_each(|run| {
                mine.remove(run);
            });
        }
    }
}

impl Journal for Shared {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Outcome>, Error> {
        sized(writes)?;
        self.begin(writes);
        let ask = || {
            let mut blobs = Vec::new();
            let lines = writes.iter().map(|write| Line::of(write, &mut blobs)).collect();
            (Ask::Commit(lines), blobs)
        };
        let stored = self.core.request(true, |owner| owner.commit(owner.name(), writes), ask, only!(Outcomes));
        self.finish(writes, stored.as_deref().ok());
        stored
    }

    fn settle(&self) -> Result<(), Error> {
        self.look_up(|journal| journal.settle(), Ask::Settle, super::words::done)
    }

    fn history(&self, run: RunId, from: u64, most: usize) -> Result<Vec<Record>, Error> {
        let found = self.look_up(
            |journal| journal.history(run, from, most).map(Page::Read),
            Ask::History { run, from, most },
            |answer, blobs| Ok(matches!(answer, Answer::Records).then(|| Page::Encoded(blobs.rest()))),
        )?;
        match found {
            Page::Read(records) => Ok(records),
            Page::Encoded(records) => records.iter().map(|record| Record::decode(run, record)).collect(),
        }
    }

    fn length(&self, run: RunId) -> Result<u64, Error> {
        self.look_up(|journal| journal.length(run), Ask::Length(run), only!(Length))
    }

    fn summary(&self, run: RunId) -> Result<Option<RunSummary>, Error> {
        self.look_up(|journal| journal.summary(run), Ask::Summary(run), only!(Summary))
    }

    fn runs(&self, filter: &Filter) -> Result<Vec<RunSummary>, Error> {
        self.look_up(|journal| journal.runs(filter), Ask::Runs(filter.clone()), only!(Runs))
    }

    fn live(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        self.look_up(|journal| journal.live(after, most), Ask::Live { after, most }, only!(Runs))
    }

    fn awake(&self, after: Option<RunId>, most: usize) -> Result<Vec<RunId>, Error> {
        self.look_up(|journal| journal.awake(after, most), Ask::Awake { after, most }, only!(Ids))
    }

    fn due(&self, until: Time, after: Option<(Time, RunId)>, most: usize) -> Result<Vec<(Time, RunId)>, Error> {
        self.look_up(|journal| journal.due(until, after, most), Ask::Due { until, after, most }, only!(Due))
    }

    fn owed(&self, after: Option<Owed>, most: usize) -> Result<Vec<Owed>, Error> {
        self.look_up(|journal| journal.owed(after, most), Ask::Owed { after, most }, only!(Owed))
    }

    fn snapshot(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        self.look_up(|journal| journal.snapshot(run), Ask::Snapshot(run), bytes)
    }

    fn children(&self, parent: RunId, after: Option<RunId>, most: usize) -> Result<Vec<RunSummary>, Error> {
        let ask = Ask::Children { parent, after, most };
        self.look_up(|journal| journal.children(parent, after, most), ask, only!(Runs))
    }

    fn ending_with(&self, suffix: &str, most: usize) -> Result<Vec<RunId>, Error> {
        let ask = Ask::EndingWith { suffix: suffix.into(), most };
        self.look_up(|journal| journal.ending_with(suffix, most), ask, only!(Ids))
    }

    fn text(&self, digest: Digest) -> Result<Option<Arc<str>>, Error> {
        self.look_up(|journal| journal.text(digest), Ask::Text(digest), text)
    }

    fn known(&self, workflow: &str, key: &str) -> Result<Option<(RunId, Digest)>, Error> {
        let ask = Ask::Known { workflow: workflow.into(), key: key.into() };
        self.look_up(|journal| journal.known(workflow, key), ask, only!(Known))
    }

    fn forget(&self, runs: &[RunId]) -> Result<Freed, Error> {
        self.look_up(|journal| journal.forget(runs), Ask::Forget(runs.to_vec()), only!(Freed))
    }

    fn sweep(&self) -> Result<Freed, Error> {
        self.look_up(|journal| journal.sweep(), Ask::Sweep, only!(Freed))
    }

    fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.look_up(|journal| journal.secret(name), Ask::Secret(name.into()), bytes)
    }

    fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.look_up(
            |journal| journal.secrets(),
            Ask::Secrets,
            |answer, blobs| {
                Ok(match answer {
                    Answer::Secrets(names) => Some(names.into_iter().zip(blobs.rest()).collect()),
                    _ => None,
                })
            },
        )
    }

    fn keep_secret(&self, name: &str, kept: Option<&[u8]>) -> Result<bool, Error> {
        let ask = || (Ask::KeepSecret(name.into()), kept.map(<[u8]>::to_vec).into_iter().collect());
        let asked = self.core.part();
        let was_there = self.secret(name)?.is_some();
        let found = self.core.request(false, |owner| owner.journal.keep_secret(name, kept), ask, only!(WasKept))?;
        // Where the owner has changed it may have been asked twice: the second answer is about what the first time kept.
        Ok(if self.core.is_part(&asked) { found } else { was_there })
    }

    /// Sent again for want of an answer, it may say that something is kept where this kept it: whoever asks looks at what
    /// is kept.
    fn keep_secret_if_absent(&self, name: &str, kept: &[u8]) -> Result<bool, Error> {
        let ask = || (Ask::KeepSecretIfAbsent(name.into()), vec![kept.to_vec()]);
        self.core.request(false, |owner| owner.journal.keep_secret_if_absent(name, kept), ask, only!(WasKept))
    }
}

/// A record over its bound is refused by itself, before it makes the message too large for all the others.
fn sized(writes: &[Write]) -> Result<(), Error> {
    match writes.iter().position(|write| write.record.len() > MAX_RECORD_BYTES) {
        Some(write) => {
            let (run, seq, bytes) = (writes[write].run, writes[write].seq, writes[write].record.len());
            let why = Refusal::TooLarge { bytes, limit: MAX_RECORD_BYTES };
            Err(Error::Refused { write, run, seq, why })
        }
        None => Ok(()),
    }
}

/// A page of a history, read here or by the owner.
enum Page {
    Read(Vec<Record>),
    Encoded(Vec<Vec<u8>>),
}

fn bytes(answer: Answer, blobs: &mut Blobs) -> Result<Option<Option<Vec<u8>>>, Unread> {
    Ok(match answer {
        Answer::Bytes(true) => Some(Some(blobs.take()?)),
        Answer::Bytes(false) => Some(None),
        _ => None,
    })
}

fn text(answer: Answer, blobs: &mut Blobs) -> Result<Option<Option<Arc<str>>>, Unread> {
    Ok(match answer {
        Answer::Bytes(true) => Some(Some(Arc::from(blobs.take_text()?))),
        Answer::Bytes(false) => Some(None),
        _ => None,
    })
}
