//! The keys of workflows: what a step asks of them, and how a transaction decides it. A question is answered and a
//! value is changed in the very commit that stores the step's end, so of two who add a key one has added it, and a
//! step that was answered is never asked again.
//!
//! Both journals give their rows by [`Keys`]; what is decided is decided here, once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Event, OpId, RunId, Time, Value, written_value};

use super::record::{decode, encode};
use super::{Error, Record};

/// The longest key, in bytes (the limit `kv key`).
pub const MAX_KEY_BYTES: usize = 255;

/// How large a value may be, in bytes as written (the limit `kv value`).
pub const MAX_KEPT_BYTES: usize = 64 << 10;

/// How many keys a workflow may have (the limit `kv keys`).
pub const MAX_KEYS: u64 = 10_000;

/// How large a list of keys may be, in bytes as written: what a step's result may have (the limit `result size`).
pub const MAX_LISTED_BYTES: usize = 1 << 20;

/// Under this key, which is none, the number of a workflow's keys is kept.
pub(super) const COUNT: &str = "";

/// What a step asks of the keys of its workflow.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    Get {
        key: Arc<str>,
    },
    Put {
        key: Arc<str>,
        value: Value,
    },
    /// The same, where there is no such key.
    Add {
        key: Arc<str>,
        value: Value,
    },
    Delete {
        key: Arc<str>,
    },
    /// The keys that begin so.
    List {
        prefix: Arc<str>,
    },
}

/// A step's end that its transaction decides. The record of the write holds nothing but it: the journal makes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub workflow: Arc<str>,
    pub ask: Ask,
    pub op: OpId,
    /// The time of the record.
    pub at: Time,
}

/// What was decided.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// It is the step's result, and stored.
    Gives(Value),
    /// The workflow has as many keys as it may; nothing is stored.
    TooManyKeys,
    /// The keys that were asked for are more than a result may hold; nothing is stored.
    TooMuch,
}

/// The rows of one workflow, as the transaction sees them.
pub(super) trait Keys {
    type Error: From<Error>;
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, Self::Error>;
    fn set(&mut self, key: &str, bytes: &[u8]) -> Result<(), Self::Error>;
    fn remove(&mut self, key: &str) -> Result<(), Self::Error>;
    /// The keys from `from` on, in order, as long as `take` wants them.
    fn each_from(&mut self, from: &str, take: &mut dyn FnMut(&str) -> bool) -> Result<(), Self::Error>;
}

impl Decide {
    /// What the transaction decides, with its changes made.
    pub(super) fn carry_out<K: Keys>(&self, run: RunId, keys: &mut K) -> Result<Verdict, K::Error> {
        match &self.ask {
            Ask::Get { key } => match keys.get(key)? {
                None => Ok(Verdict::Gives(Value::Unit)),
                Some(bytes) => Ok(Verdict::Gives(decode(run, &bytes)?)),
            },
            Ask::Put { key, value } => {
                let is_new = keys.get(key)?.is_none();
                Ok(if put(keys, key, value, is_new)? { Verdict::Gives(Value::Unit) } else { Verdict::TooManyKeys })
            }
            Ask::Add { key, value } => {
                if keys.get(key)?.is_some() {
                    return Ok(Verdict::Gives(Value::Bool(false)));
                }
                Ok(if put(keys, key, value, true)? { Verdict::Gives(Value::Bool(true)) } else { Verdict::TooManyKeys })
            }
            Ask::Delete { key } => {
                let was_there = keys.get(key)?.is_some();
                if was_there {
                    keys.remove(key)?;
                    let left = count(keys)?.saturating_sub(1);
                    keys.set(COUNT, &left.to_be_bytes())?;
                }
                Ok(Verdict::Gives(Value::Bool(was_there)))
            }
            Ask::List { prefix } => list(keys, prefix),
        }
    }

    /// The record of what was decided.
    pub(super) fn record(&self, result: Value) -> Record {
        Record { at: self.at, events: vec![Event::StepSucceeded { op: self.op, result }] }
    }

    /// What an earlier sending of the same has decided; none where the record is another one's.
    pub(super) fn decided(&self, stored: Record) -> Option<Value> {
        let Record { at, mut events } = stored;
        match (events.pop(), events.is_empty() && at == self.at) {
            (Some(Event::StepSucceeded { op, result }), true) if op == self.op => Some(result),
            _ => None,
        }
    }

    pub(super) fn weight(&self) -> usize {
        let asked = match &self.ask {
            Ask::Get { key } | Ask::Delete { key } => key.len(),
            Ask::Put { key, value } | Ask::Add { key, value } => key.len() + value.weight(),
            Ask::List { prefix } => prefix.len(),
        };
        64 + asked
    }
}

/// Whether there was room for it.
fn put<K: Keys>(keys: &mut K, key: &str, value: &Value, is_new: bool) -> Result<bool, K::Error> {
    if is_new {
        let count = count(keys)?;
        if count >= MAX_KEYS {
            return Ok(false);
        }
        keys.set(COUNT, &(count + 1).to_be_bytes())?;
    }
    keys.set(key, &encode(value))?;
    Ok(true)
}

fn count<K: Keys>(keys: &mut K) -> Result<u64, K::Error> {
    let mut count = [0; 8];
    if let Some(bytes) = keys.get(COUNT)?.filter(|bytes| bytes.len() == count.len()) {
        count.copy_from_slice(&bytes);
    }
    Ok(u64::from_be_bytes(count))
}

fn list<K: Keys>(keys: &mut K, prefix: &str) -> Result<Verdict, K::Error> {
    let (mut found, mut bytes) = (Vec::new(), 2);
    keys.each_from(prefix, &mut |key| {
        let wanted = key.starts_with(prefix);
        if wanted && key != COUNT {
            let key = Value::text(key);
            bytes += written_value(&key) + 1;
            found.push(key);
        }
        wanted && bytes <= MAX_LISTED_BYTES
    })?;
    Ok(if bytes > MAX_LISTED_BYTES { Verdict::TooMuch } else { Verdict::Gives(Value::list(found)) })
}
