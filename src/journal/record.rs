//! The record: one commit's worth of facts of one run, and how it is written (see `docs/format.md`).
//!
//! Its first byte is the version of the format, what follows is JSON without spaces. Not a place for meaning: what the
//! events say is the engine's matter.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::{Digest, Event, MAX_VALUE_DEPTH, RunId, RunSummary, Time};

use super::{Error, apart};

/// The newest version that is known here.
pub const RECORD_VERSION: u8 = APART_VERSION;

/// A record that holds all its values.
pub(super) const PLAIN_VERSION: u8 = 1;

/// A record whose large values are stored apart. [`super::apart`] makes it of a plain one and back.
pub(super) const APART_VERSION: u8 = 2;

/// The largest encoded record (the limit `record size`).
pub const MAX_RECORD_BYTES: usize = 64 * 1024 * 1024;

/// The deepest nesting of brackets that a record is read with. A map of the user's that looks like a tag is wrapped
/// in `$map`, so a value takes up to twice its depth; frames and events take the rest.
const MAX_RECORD_DEPTH: usize = 2 * MAX_VALUE_DEPTH + 32;

/// What one input brought about: facts that are stored together or not at all.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The time of the input.
    pub at: Time,
    pub events: Vec<Event>,
}

impl Record {
    /// The record as it is written; the store keeps its large values apart.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// The record of `run` that [`Record::encode`] wrote as `bytes`.
    pub fn decode(run: RunId, bytes: &[u8]) -> Result<Record, Error> {
        decode(run, bytes)
    }
}

/// The record of `run` as it is stored, with how many bytes it has when its values are put back; `find` gives the
/// value of a hash.
pub(super) fn decode_stored<E: From<Error>>(
    run: RunId,
    bytes: &[u8],
    find: &mut dyn FnMut(Digest) -> Result<Option<Box<str>>, E>,
) -> Result<(Record, usize), E> {
    if !apart::is_apart(bytes) {
        return Ok((decode(run, bytes)?, bytes.len()));
    }
    let whole = apart::together(bytes, find)?.map_err(|why| Error::Unreadable { run, why })?;
    Ok((decode(run, &whole)?, whole.len()))
}

/// The run's row as it is stored.
pub(super) fn encode_summary(summary: &RunSummary) -> Vec<u8> {
    encode(summary)
}

pub(super) fn decode_summary(run: RunId, bytes: &[u8]) -> Result<RunSummary, Error> {
    decode(run, bytes)
}

pub(super) fn encode<T: Serialize>(what: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(PLAIN_VERSION);
    serde_json::to_writer(&mut bytes, what).expect("the durable words are written without an error");
    bytes
}

pub(super) fn decode<T: DeserializeOwned>(run: RunId, bytes: &[u8]) -> Result<T, Error> {
    let unreadable = |why: String| Error::Unreadable { run, why };
    match bytes.split_first() {
        Some((&PLAIN_VERSION, json)) => read_json(json).map_err(unreadable),
        Some((&found, _)) => Err(Error::UnknownVersion { run, found, known: RECORD_VERSION }),
        None => Err(unreadable("it is empty".into())),
    }
}

/// What stands in a JSON text that holds values; the error is why it doesn't. serde_json's own limit of depth is less
/// than what a record may have.
pub fn read_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    if depth(json) > MAX_RECORD_DEPTH {
        return Err(format!("it is nested more than {MAX_RECORD_DEPTH} deep"));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    let what = T::deserialize(&mut reader).map_err(|e| e.to_string())?;
    reader.end().map_err(|e| e.to_string())?;
    Ok(what)
}

/// How deep the brackets of a JSON text are nested at most; of other bytes, some number.
fn depth(json: &[u8]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                open += 1;
                most = most.max(open);
            }
            b']' | b'}' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    fn run() -> RunId {
        RunId::from_parts(1_000, [7; 10])
    }

    fn holding(output: Value) -> Record {
        Record { at: Time::from_unix_ms(5), events: vec![Event::RunSucceeded { output }] }
    }

    #[test]
    fn a_record_is_a_version_and_json() {
        let bytes = holding(Value::Int(1)).encode();
        assert_eq!(bytes[0], 1);
        assert_eq!(&bytes[1..], br#"{"at":5,"events":[{"event":"run_succeeded","output":1}]}"#);
        assert_eq!(Record::decode(run(), &bytes).expect("reads"), holding(Value::Int(1)));
    }

    #[test]
    fn the_deepest_value_can_be_read_again() {
        let tagged = (0..MAX_VALUE_DEPTH).fold(Value::Unit, |inner, _| Value::map([("$time", inner)]));
        let record = holding(tagged);
        assert_eq!(Record::decode(run(), &record.encode()).expect("reads"), record);
    }

    #[test]
    fn what_is_no_record_is_named() {
        let newer = Record::decode(run(), b"\x03{}").expect_err("newer");
        assert!(newer.to_string().contains("version 3; this version reads versions up to 2"), "{newer}");
        let mut deep = vec![PLAIN_VERSION];
        deep.extend(std::iter::repeat_n(b'[', 1_000_000));
        for bytes in [&b""[..], b"\x01", b"\x01{\"at\":1}", b"\x01{\"at\":1,\"events\":[]} x", &deep] {
            let error = Record::decode(run(), bytes).expect_err("damaged");
            assert!(matches!(error, Error::Unreadable { .. }), "{error}");
        }
    }
}
