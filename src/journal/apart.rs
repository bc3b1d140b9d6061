//! Large values apart from the records that hold them: each is stored once, under its hash, and referred to.
//!
//! It works on the written record and knows nothing of events: within an event, a text, a list or a map of more than
//! [`LARGE_VALUE_BYTES`] is replaced by `@` and the 64 hex digits of its hash, the innermost first, so the same value is
//! the same piece wherever it stands. Outside of its texts JSON has no `@`. Small records are left as they are; putting
//! together what was taken apart gives the same bytes.

use sha2::{Digest as _, Sha256};

use crate::model::Digest;

use super::MAX_RECORD_BYTES;
use super::record::{APART_VERSION, PLAIN_VERSION};

/// A value of more bytes, as written, is stored apart.
pub const LARGE_VALUE_BYTES: usize = 64 * 1024;

/// What stands before a reference.
const MARK: u8 = b'@';

/// How many hex digits a reference has.
const DIGITS: usize = 64;

/// The record, its list of events and the event itself are never stored apart: the values within are.
const WITHIN_EVENT: usize = 3;

/// How deep pieces may lie within one another: no deeper than what they were taken from.
const MAX_NESTING: usize = 256;

/// A record without its large values, and these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Apart {
    pub record: Vec<u8>,
    /// Each once, in the order in which they were met.
    pub values: Vec<(Digest, Box<str>)>,
}

impl Apart {
    /// Takes a record apart. None where it is small, holds no large value, or is none that is known here: it is stored as
    /// it stands.
    pub fn of(record: &[u8]) -> Option<Apart> {
        match record.split_first() {
            Some((&PLAIN_VERSION, json)) if record.len() > LARGE_VALUE_BYTES => Taking::new(json).take(),
            _ => None,
        }
    }
}

struct Taking<'a> {
    json: &'a [u8],
    out: Vec<u8>,
    /// Where in `out` each open list or map begins.
    open: Vec<usize>,
    values: Vec<(Digest, Box<str>)>,
}

impl<'a> Taking<'a> {
    fn new(json: &'a [u8]) -> Taking<'a> {
        Taking { json, out: vec![APART_VERSION], open: Vec::new(), values: Vec::new() }
    }

    fn take(mut self) -> Option<Apart> {
        let mut at = 0;
        while let Some(&byte) = self.json.get(at) {
            let from = self.out.len();
            match byte {
                b'"' => {
                    let end = end_of_text(self.json, at)?;
                    self.out.extend_from_slice(&self.json[at..end]);
                    at = end;
                    // The name of a field stays where it is.
                    if self.json.get(at) != Some(&b':') {
                        self.put_apart(from)?;
                    }
                    continue;
                }
                b'[' | b'{' => {
                    self.open.push(from);
                    self.out.push(byte);
                }
                b']' | b'}' => {
                    self.out.push(byte);
                    let from = self.open.pop()?;
                    self.put_apart(from)?;
                }
                MARK => return None,
                byte => self.out.push(byte),
            }
            at += 1;
        }
        let whole = self.open.is_empty() && !self.values.is_empty();
        whole.then_some(Apart { record: self.out, values: self.values })
    }

    /// Replaces what `out` holds from `from` on, where that is large and within an event.
    fn put_apart(&mut self, from: usize) -> Option<()> {
        if self.out.len() - from <= LARGE_VALUE_BYTES || self.open.len() < WITHIN_EVENT {
            return Some(());
        }
        let text = std::str::from_utf8(&self.out[from..]).ok()?;
        let digest = hash(text);
        if !self.values.iter().any(|(known, _)| *known == digest) {
            self.values.push((digest, text.into()));
        }
        self.out.truncate(from);
        self.out.push(MARK);
        self.out.extend(digest.0.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex));
        Some(())
    }
}

/// Whether a stored record refers to values that lie apart.
pub(super) fn is_apart(record: &[u8]) -> bool {
    record.first() == Some(&APART_VERSION)
}

/// Puts a record together again; `find` gives the value of a hash, none where there is none.
pub(super) fn together<E>(
    record: &[u8],
    find: &mut dyn FnMut(Digest) -> Result<Option<Box<str>>, E>,
) -> Result<Result<Vec<u8>, String>, E> {
    let mut out = vec![PLAIN_VERSION];
    let filled = fill(record.get(1..).unwrap_or_default(), &mut out, find, 0)?;
    Ok(filled.map(|()| out))
}

fn fill<E>(
    json: &[u8],
    out: &mut Vec<u8>,
    find: &mut dyn FnMut(Digest) -> Result<Option<Box<str>>, E>,
    depth: usize,
) -> Result<Result<(), String>, E> {
    if depth > MAX_NESTING || out.len() + json.len() > MAX_RECORD_BYTES + DIGITS {
        return Ok(Err("it refers to values without end".into()));
    }
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => {
                let Some(end) = end_of_text(json, at) else { return Ok(Err("a text in it has no end".into())) };
                out.extend_from_slice(&json[at..end]);
                at = end;
            }
            MARK => {
                let Some(digest) = reference(json, at) else {
                    return Ok(Err("a reference in it can't be read".into()));
                };
                let Some(text) = find(digest)? else { return Ok(Err(format!("its value {digest} is missing"))) };
                if hash(&text) != digest {
                    return Ok(Err(format!("its value {digest} is damaged")));
                }
                if let Err(why) = fill(text.as_bytes(), out, find, depth + 1)? {
                    return Ok(Err(why));
                }
                at += 1 + DIGITS;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Ok(Ok(()))
}

/// Where the text that begins at `at` ends, its quote included.
fn end_of_text(json: &[u8], at: usize) -> Option<usize> {
    let mut next = at + 1;
    loop {
        next += json.get(next..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        if json[next] == b'"' {
            return Some(next + 1);
        }
        next += 2;
    }
}

/// The hash that the reference at `at` gives.
fn reference(json: &[u8], at: usize) -> Option<Digest> {
    let digits = json.get(at + 1..at + 1 + DIGITS)?;
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(Digest(hash))
}

fn hex(nibble: u8) -> u8 {
    b"0123456789abcdef"[usize::from(nibble & 15)]
}

fn hash(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::journal::Record;
    use crate::model::{Event, OpId, Time, Value};

    fn record(results: impl IntoIterator<Item = Value>) -> Vec<u8> {
        let events = results.into_iter().map(|result| Event::StepSucceeded { op: OpId(0), result }).collect();
        Record { at: Time::from_unix_ms(5), events }.encode()
    }

    fn put_together(record: &[u8], values: &HashMap<Digest, Box<str>>) -> Result<Vec<u8>, String> {
        let find = &mut |digest| Ok::<_, std::convert::Infallible>(values.get(&digest).cloned());
        together(record, find).unwrap_or_else(|never| match never {})
    }

    fn large(c: &str) -> Value {
        Value::text(c.repeat(LARGE_VALUE_BYTES))
    }

    fn taken(record: &[u8]) -> (Vec<u8>, HashMap<Digest, Box<str>>) {
        let apart = Apart::of(record).expect("it holds a large value");
        (apart.record, apart.values.into_iter().collect())
    }

    #[test]
    fn small_records_stay_as_they_are() {
        for values in [vec![Value::text("x")], vec![Value::text("x".repeat(1_000)); 100]] {
            assert_eq!(Apart::of(&record(values)), None);
        }
        for odd in [&b""[..], &[1], &[9; 100_000], &[b'"'; 100_000], &[b']'; 100_000]] {
            assert_eq!(Apart::of(odd), None);
        }
    }

    #[test]
    fn a_value_is_one_piece_wherever_it_stands() {
        let value = Value::map([("code", Value::Int(0)), ("stdout", large("\"a\u{e9}\\"))]);
        let whole = record([value.clone(), Value::list(vec![value.clone(), large("b")]), value]);
        let (stored, values) = taken(&whole);
        assert!(stored.len() < 1_000, "{}", stored.len());
        assert_eq!(values.len(), 2);
        assert_eq!(put_together(&stored, &values), Ok(whole.clone()));
        assert_eq!(taken(&whole), (stored, values), "the same bytes are taken apart alike");
    }

    #[test]
    fn many_small_ones_are_large_together() {
        let list = Value::list((0..20_000).map(Value::Int).collect());
        let whole = record([Value::map([("ids", list)])]);
        let (stored, values) = taken(&whole);
        let text = values.values().next().expect("one piece");
        assert!(text.starts_with("[0,1,2,") && values.len() == 1, "{}", &text[..10]);
        assert_eq!(put_together(&stored, &values), Ok(whole));
    }

    #[test]
    fn a_piece_may_hold_pieces() {
        let inner = Value::list((0..1_200).map(|_| Value::text("y".repeat(60))).collect());
        let whole = record([Value::list(vec![inner; 600])]);
        let (stored, values) = taken(&whole);
        assert_eq!(put_together(&stored, &values), Ok(whole));
    }

    #[test]
    fn what_is_missing_or_damaged_is_named() {
        let whole = record([large("a")]);
        let (stored, mut values) = taken(&whole);
        let digest = *values.keys().next().expect("a piece");
        values.insert(digest, "\"b\"".into());
        assert_eq!(put_together(&stored, &values), Err(format!("its value {digest} is damaged")));
        values.clear();
        assert_eq!(put_together(&stored, &values), Err(format!("its value {digest} is missing")));
        for (record, why) in
            [(&b"\x02@12"[..], "a reference in it can't be read"), (b"\x02\"", "a text in it has no end")]
        {
            assert_eq!(put_together(record, &values), Err(why.into()));
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::Int),
            "[@\"\\\\a]{0,9}".prop_map(|text| Value::text(text.as_str())),
            ("[@\"\\\\a\u{1}]", 1_usize..70_000).prop_map(|(text, n)| Value::text(text.repeat(n))),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
                prop::collection::vec(("[@a\"]{0,3}", inner), 0..4).prop_map(Value::map),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_taken_apart_comes_together(values in prop::collection::vec(any_value(), 1..4)) {
            let whole = record(values);
            if let Some(apart) = Apart::of(&whole) {
                let values = apart.values.iter().cloned().collect();
                prop_assert_eq!(put_together(&apart.record, &values), Ok(whole));
            }
        }
    }
}
