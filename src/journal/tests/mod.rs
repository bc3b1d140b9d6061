//! What every journal must do, and what each of them does when the world goes wrong.

use std::path::Path;
use std::sync::Arc;

use crate::model::{Digest, Event, OpId, RunId, RunStatus, RunSummary, Time, Value};

use super::faults::Disk;
use super::kv::{Ask, Decide};
use super::{Claim, Error, Holder, Record, RedbJournal, Settings, Write};

mod conformance;
mod damage;
mod faults;
mod folder;
mod golden;
mod kv;
mod large;
mod older;
mod removal;
mod twins;
mod writer;

/// The `n`th run, by time.
pub(crate) fn run(n: u64) -> RunId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    RunId::from_parts(1_700_000_000_000 + n, random)
}

/// A record that tells `n` of run and position.
pub(crate) fn record(n: u64) -> Record {
    Record { at: Time::from_unix_ms(n as i64), events: vec![Event::RunSucceeded { output: Value::Int(n as i64) }] }
}

pub(crate) fn write(n: u64, seq: u64) -> Write {
    Write::new(run(n), seq, record(1_000 * n + seq).encode())
}

pub(crate) fn summary(n: u64, status: RunStatus) -> RunSummary {
    RunSummary {
        id: run(n),
        workflow: if n.is_multiple_of(2) { "even".into() } else { "odd".into() },
        version: Digest([1; 32]),
        plan: Digest([2; 32]),
        status,
        parent: None,
        created_at: Time::from_unix_ms(1_700_000_000_000 + n as i64),
        finished_at: status.is_ended().then_some(Time::from_unix_ms(1_700_000_009_999)),
        due: None,
        retention: None,
    }
}

pub(crate) fn with_status(mut write: Write, n: u64, status: RunStatus) -> Write {
    write.summary = Some(summary(n, status));
    write
}

pub(crate) fn claiming(mut write: Write, key: &str, input: u8) -> Write {
    write.claim = Some(Claim { workflow: "w".into(), key: key.into(), input: Digest([input; 32]) });
    write
}

/// A step's end that the transaction decides: operation `n` of run `n`.
pub(crate) fn asking(n: u64, seq: u64, ask: Ask) -> Write {
    let decide = Decide { workflow: "w".into(), ask, op: OpId(n as u32), at: Time::from_unix_ms(seq as i64) };
    Write { decide: Some(decide), ..Write::new(run(n), seq, Vec::new()) }
}

pub(crate) fn me() -> Holder {
    Holder { pid: 4_711, started: Time::from_unix_ms(1_700_000_000_000), command: vec!["wf".into(), "run".into()] }
}

pub(crate) fn on(disk: &Disk) -> Result<RedbJournal, Error> {
    RedbJournal::with_backend(disk.backend(), Path::new("j.redb"), &Settings::default(), me().started)
}

pub(crate) fn fresh_redb() -> Arc<RedbJournal> {
    Arc::new(on(&Disk::new()).expect("a new journal"))
}
