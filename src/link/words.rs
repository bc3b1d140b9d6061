//! The words of the link: what is asked of the process that has the store, what it answers, and what it calls out to
//! the others. Plain data; a change here is a change of [`LINK_VERSION`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::journal::kv::Decide;
use crate::journal::{Claim, Claimed, Filter, Freed, Holder, Outcome, Owed, Snapshot, Told, Write};
use crate::model::{Digest, Order, RunId, RunSummary, Time};

use super::frame::{Blobs, Unread};
use super::trouble::Trouble;

/// The version of the protocol. Two processes that speak different ones don't share a store at the same time.
pub const LINK_VERSION: u8 = 2;

/// What either end says first, before any frame: who is there, in which version. This is the same for ever.
pub(super) const GREETING: [u8; 8] = [b'w', b'a', b'y', b'f', b'a', b'r', b'e', LINK_VERSION];

/// What a process is called among those that share a store: no two that live have the same.
pub(super) type Name = Arc<str>;

/// The first frame of a connection.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Hello {
    pub name: Name,
    pub holder: Holder,
    /// The version of the records that it reads and writes.
    pub record: u8,
    /// Whether it is there to be called: a blob then holds the ids of the runs it has, 16 bytes each.
    pub attends: bool,
    /// Whether it was called by an earlier owner: it may have missed what was told while there was none.
    pub again: bool,
}

/// The answer to it.
#[derive(Serialize, Deserialize, Debug)]
pub(super) enum Welcome {
    Come(Holder),
    /// This connection isn't served, for that reason.
    Refused(String),
}

/// What is asked of the owner. Each is answered by one [`Answer`], in order.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    Commit(Vec<Line>),
    Settle,
    History {
        run: RunId,
        from: u64,
        most: usize,
    },
    Length(RunId),
    Summary(RunId),
    Runs(Filter),
    Live {
        after: Option<RunId>,
        most: usize,
    },
    Awake {
        after: Option<RunId>,
        most: usize,
    },
    Due {
        until: Time,
        after: Option<(Time, RunId)>,
        most: usize,
    },
    Owed {
        after: Option<Owed>,
        most: usize,
    },
    Snapshot(RunId),
    Children {
        parent: RunId,
        after: Option<RunId>,
        most: usize,
    },
    EndingWith {
        suffix: String,
        most: usize,
    },
    Text(Digest),
    Known {
        workflow: String,
        key: String,
    },
    Forget(Vec<RunId>),
    Sweep,
    Secret(String),
    Secrets,
    /// What is kept is a blob; without one, nothing is to be kept any more.
    KeepSecret(String),
    /// Keeps that only where nothing is kept yet; answered by whether it did.
    KeepSecretIfAbsent(String),
    Claim(RunId),
    Release {
        run: RunId,
        /// Whether the process attends no more, and leaves the run to others.
        leaving: bool,
    },
    Tell {
        run: RunId,
        order: Order,
        id: String,
    },
    Changed(RunId),
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Done,
    Outcomes(Vec<Outcome>),
    /// The records are blobs.
    Records,
    Length(u64),
    Summary(Option<RunSummary>),
    Runs(Vec<RunSummary>),
    Due(Vec<(Time, RunId)>),
    Owed(Vec<Owed>),
    Ids(Vec<RunId>),
    /// Whether there are such bytes; they are a blob.
    Bytes(bool),
    Known(Option<(RunId, Digest)>),
    Freed(Freed),
    /// The names; what is kept for each is a blob.
    Secrets(Vec<String>),
    WasKept(bool),
    Claimed(Claimed),
    Told(Told),
    Failed(Trouble),
}

/// The answer of that kind, or none.
macro_rules! only {
    ($kind:ident) => {
        |answer, _: &mut super::frame::Blobs| {
            Ok(match answer {
                super::words::Answer::$kind(found) => Some(found),
                _ => None,
            })
        }
    };
}
pub(super) use only;

pub(super) fn done(answer: Answer, _: &mut Blobs) -> Result<Option<()>, Unread> {
    Ok(matches!(answer, Answer::Done).then_some(()))
}

/// What the owner calls out to a process that attends.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    /// Answered by a [`Reply`] of the same number.
    Order {
        number: u64,
        run: RunId,
        order: Order,
        id: String,
    },
    Changed(RunId),
}

#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Reply {
    pub number: u64,
    pub told: Told,
}

/// A write without its bytes: the record, the texts and the snapshot are blobs, in this order.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Line {
    run: RunId,
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<RunSummary>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    texts: Vec<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decide: Option<Decide>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<Kept>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owes: Vec<Owed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settles: Vec<Owed>,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Store,
    Drop,
}

impl Line {
    /// The write's line; its bytes are put to the blobs.
    pub fn of(write: &Write, blobs: &mut Vec<Vec<u8>>) -> Line {
        blobs.push(write.record.clone());
        blobs.extend(write.texts.iter().map(|(_, text)| text.as_bytes().to_vec()));
        let snapshot = write.snapshot.as_ref().map(|snapshot| match snapshot {
            Snapshot::Store(bytes) => {
                blobs.push(bytes.clone());
                Kept::Store
            }
            Snapshot::Drop => Kept::Drop,
        });
        Line {
            run: write.run,
            seq: write.seq,
            summary: write.summary.clone(),
            texts: write.texts.iter().map(|(digest, _)| *digest).collect(),
            claim: write.claim.clone(),
            decide: write.decide.clone(),
            snapshot,
            owes: write.owes.clone(),
            settles: write.settles.clone(),
        }
    }

    /// The write again.
    pub fn write(self, blobs: &mut Blobs) -> Result<Write, Unread> {
        let record = blobs.take()?;
        let mut texts = Vec::with_capacity(self.texts.len().min(64));
        for digest in &self.texts {
            texts.push((*digest, Arc::from(blobs.take_text()?)));
        }
        let snapshot = match self.snapshot {
            Some(Kept::Store) => Some(Snapshot::Store(blobs.take()?)),
            Some(Kept::Drop) => Some(Snapshot::Drop),
            None => None,
        };
        let Line { run, seq, summary, claim, decide, owes, settles, .. } = self;
        Ok(Write { run, seq, record, summary, texts, claim, decide, snapshot, owes, settles })
    }
}
