//! Snapshots: the state of a run that waits, as bytes beside its history, so that waking it costs what is live and not
//! what has been.
//!
//! They decide nothing. One that is missing, damaged, or of another version of the program is passed over, and the
//! history folded, which gives the same.

use crate::engine::Run;
use crate::journal::{Journal, Record};
use crate::model::{RunId, Time};
use crate::program;

use super::error::Error;

/// What a snapshot begins with: the state's shape may change with each version of the program, and with this number.
const HEAD: &str = concat!("wayfare ", env!("CARGO_PKG_VERSION"), " snapshot 2\n");

/// How many records of a history are read at a time.
const PAGE: usize = 1_000;

/// A run as its history says.
pub(super) struct Folded {
    pub run: Run,
    /// The position of its next record.
    pub seq: u64,
    /// How many records the snapshot covered that it was folded from.
    pub covered: u64,
}

/// The state of a run after its first `seq` records.
pub(super) fn encode(run: &Run, seq: u64) -> Vec<u8> {
    let state = serde_json::to_string(run).expect("a run is plain data, which is written without an error");
    let mut bytes = Vec::with_capacity(HEAD.len() + 40 + state.len());
    bytes.extend_from_slice(HEAD.as_bytes());
    bytes.extend_from_slice(&seq.to_be_bytes());
    bytes.extend_from_slice(&program::digest(&state).0);
    bytes.extend_from_slice(state.as_bytes());
    bytes
}

/// The state, and how many records it covers; none where the bytes are no snapshot of this version of the program.
fn decode(id: RunId, bytes: &[u8]) -> Option<(Run, u64)> {
    let rest = bytes.strip_prefix(HEAD.as_bytes())?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (digest, state) = rest.split_first_chunk::<32>()?;
    let state = std::str::from_utf8(state).ok()?;
    if program::digest(state).0 != *digest {
        return None;
    }
    // What was written whole is no deeper than a run may be.
    let mut reader = serde_json::Deserializer::from_str(state);
    reader.disable_recursion_limit();
    let run: Run = serde::Deserialize::deserialize(&mut reader).ok()?;
    (run.id == id).then_some((run, u64::from_be_bytes(*seq)))
}

/// The run as its history says, from its snapshot on where there is one.
pub(super) fn fold(journal: &dyn Journal, id: RunId) -> Result<Folded, Error> {
    let stored = match journal.snapshot(id) {
        Ok(stored) => stored,
        Err(error) if error.is_of_one_run() => None,
        Err(error) => return Err(error.into()),
    };
    if let Some((run, covered)) = stored.and_then(|bytes| decode(id, &bytes))
        && let Ok(folded) = go_on(journal, run, covered)
    {
        return Ok(folded);
    }
    from_the_beginning(journal, id)
}

fn go_on(journal: &dyn Journal, mut run: Run, covered: u64) -> Result<Folded, Error> {
    let id = run.id;
    if journal.length(id)? < covered {
        return Err(corrupt(id, "its snapshot covers more than it has"));
    }
    let mut seq = covered;
    loop {
        let page = journal.history(id, seq, PAGE)?;
        if page.is_empty() {
            return Ok(Folded { run, seq, covered });
        }
        seq += page.len() as u64;
        for (at, event) in events(&page) {
            run.apply(at, event).map_err(|fault| corrupt(id, fault))?;
        }
    }
}

fn from_the_beginning(journal: &dyn Journal, id: RunId) -> Result<Folded, Error> {
    let first = journal.history(id, 0, PAGE)?;
    if first.is_empty() {
        return Err(Error::NoRun(id));
    }
    let run = Run::fold(id, events(&first)).map_err(|fault| corrupt(id, fault))?;
    let folded = go_on(journal, run, first.len() as u64)?;
    Ok(Folded { covered: 0, ..folded })
}

fn events(page: &[Record]) -> impl Iterator<Item = (Time, &crate::model::Event)> {
    page.iter().flat_map(|record| record.events.iter().map(|event| (record.at, event)))
}

fn corrupt(run: RunId, why: impl ToString) -> Error {
    Error::Corrupt { run, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_no_snapshot() {
        let id = RunId::from_parts(1, [0; 10]);
        for bytes in [&b""[..], b"wayfare", HEAD.as_bytes(), &[HEAD.as_bytes(), &[0; 60]].concat()] {
            assert!(decode(id, bytes).is_none());
        }
    }
}
