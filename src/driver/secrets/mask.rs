//! Masking: what comes back of an effect, with `[secret NAME]` where a secret's value stood.
//!
//! A [`Stream`] takes bytes as they come and gives back those that are no beginning of a secret any more, so that a
//! value is found wherever it is cut. Bytes are looked at as they are and with percent-encodings taken back; line ends
//! are passed over, since encoders and terminals put some in. Invariant: what is given back has no form of a secret in
//! it, and is what came in wherever no secret stood.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::automaton::{Automaton, ROOT};
use super::forms::forms;
use super::known::Named;
use crate::model::{Failure, Value};

/// The secrets that are looked for. Cheap to clone; without any it does nothing.
#[derive(Clone, Default)]
pub struct Mask(Option<Arc<Masker>>);

struct Masker {
    automaton: Automaton,
    /// What stands for each owner's value.
    labels: Vec<String>,
}

impl Mask {
    pub(super) fn of(secrets: &[Named]) -> Mask {
        if secrets.is_empty() {
            return Mask::default();
        }
        let all: Vec<_> = secrets.iter().map(|secret| forms(&secret.value)).collect();
        let texts =
            all.iter().enumerate().flat_map(|(owner, forms)| forms.iter().map(move |form| (&form[..], owner as u32)));
        let labels = secrets.iter().map(|secret| format!("[secret {}]", secret.name)).collect();
        Mask(Some(Arc::new(Masker { automaton: Automaton::new(texts), labels })))
    }

    pub fn stream(&self) -> Stream {
        Stream { masker: self.0.clone(), ..Stream::default() }
    }

    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_none() {
            return Cow::Borrowed(text);
        }
        let mut stream = self.stream();
        let mut masked = stream.push(text.as_bytes());
        masked.extend(stream.finish());
        match masked == text.as_bytes() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// Texts, names of fields, and numbers whose digits are a secret.
    pub fn value(&self, value: Value) -> Value {
        if self.0.is_none() {
            return value;
        }
        match &value {
            Value::Text(text) => self.changed(text).map_or(value, Value::text),
            Value::Int(_) | Value::Float(_) => self.changed(&value.to_string()).map_or(value, Value::text),
            Value::List(items) => Value::list(items.iter().map(|item| self.value(item.clone())).collect()),
            Value::Map(fields) => {
                let masked =
                    fields.iter().map(|(name, field)| (Arc::from(&*self.text(name)), self.value(field.clone())));
                Value::Map(Arc::new(masked.collect::<BTreeMap<Arc<str>, Value>>()))
            }
            Value::Unit | Value::Bool(_) | Value::Time(_) | Value::Length(_) | Value::Secret(_) | Value::Sealed(_) => {
                value
            }
        }
    }

    fn changed(&self, text: &str) -> Option<String> {
        match self.text(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        }
    }

    pub fn failure(&self, failure: Failure) -> Failure {
        Failure {
            kind: self.changed(&failure.kind).map_or(failure.kind, Arc::from),
            message: self.changed(&failure.message).unwrap_or(failure.message),
            data: self.value(failure.data),
            ..failure
        }
    }
}

/// A place where a secret stood, from and to which byte of all that came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Found {
    from: u64,
    to: u64,
    owner: u32,
}

/// Masks bytes as they come.
#[derive(Default)]
pub struct Stream {
    masker: Option<Arc<Masker>>,
    plain: Reader,
    percent: Percent,
    /// What may still be a part of a secret, and how many bytes came before that.
    held: Vec<u8>,
    passed: u64,
    found: Vec<Found>,
    /// Up to where what came in is masked already.
    masked: u64,
}

impl Stream {
    /// What is known to be no secret's beginning of what has come.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let Some(masker) = self.masker.clone() else { return chunk.to_vec() };
        let first = self.passed + self.held.len() as u64;
        self.held.extend_from_slice(chunk);
        for (at, byte) in (first..).zip(chunk) {
            self.plain.read(&masker.automaton, (*byte, at), at + 1, &mut self.found);
            self.percent.read(&masker.automaton, *byte, at, &mut self.found);
        }
        let end = first + chunk.len() as u64;
        let open = [self.plain.open(), self.percent.open()].into_iter().flatten().min();
        self.give(&masker, open.unwrap_or(end))
    }

    /// The rest.
    pub fn finish(&mut self) -> Vec<u8> {
        let Some(masker) = self.masker.clone() else { return Vec::new() };
        let end = self.passed + self.held.len() as u64;
        self.percent.end(&masker.automaton, &mut self.found);
        (self.plain, self.percent) = Default::default();
        self.give(&masker, end)
    }

    /// Gives what came before `until`, which no secret that is still to be found reaches.
    fn give(&mut self, masker: &Masker, until: u64) -> Vec<u8> {
        let mut given = Vec::new();
        let mut at = self.passed;
        // Of those that begin at one place the longest first.
        self.found.sort_unstable_by_key(|found| (found.from, Reverse(found.to)));
        let settled = self.found.partition_point(|found| found.from < until);
        for found in self.found.drain(..settled).collect::<Vec<_>>() {
            if found.from >= self.masked {
                given.extend_from_slice(self.between(at.max(self.masked), found.from));
                given.extend_from_slice(masker.labels[found.owner as usize].as_bytes());
                at = found.from;
            }
            self.masked = self.masked.max(found.to);
        }
        given.extend_from_slice(self.between(at.max(self.masked), until));
        self.held.drain(..(until - self.passed) as usize);
        self.passed = until;
        given
    }

    fn between(&self, from: u64, to: u64) -> &[u8] {
        let place = |at: u64| at.saturating_sub(self.passed) as usize;
        self.held.get(place(from)..place(to)).unwrap_or_default()
    }
}

/// Goes through the texts that are looked for, byte by byte.
#[derive(Default)]
struct Reader {
    state: u32,
    /// Where each of the bytes stands that the state remembers.
    places: VecDeque<u64>,
}

impl Reader {
    /// A byte whose writing begins at its place and ends before `to`.
    fn read(&mut self, automaton: &Automaton, (byte, at): (u8, u64), to: u64, found: &mut Vec<Found>) {
        if matches!(byte, b'\n' | b'\r') {
            return;
        }
        self.state = automaton.step(self.state, byte);
        self.places.push_back(at);
        let forgotten = self.places.len() - automaton.depth(self.state);
        self.places.drain(..forgotten);
        if let Some(hit) = automaton.hit(self.state) {
            let from = self.places[self.places.len() - hit.length as usize];
            found.push(Found { from, to, owner: hit.owner });
        }
    }

    /// Where the beginning of a text stands that may still go on.
    fn open(&self) -> Option<u64> {
        self.places.front().copied().filter(|_| self.state != ROOT)
    }
}

/// The same with percent-encodings taken back.
#[derive(Default)]
struct Percent {
    reader: Reader,
    /// A `%` and the digit behind it, which may become a byte.
    begun: Vec<(u8, u64)>,
}

impl Percent {
    fn read(&mut self, automaton: &Automaton, byte: u8, at: u64, found: &mut Vec<Found>) {
        match (self.begun.as_slice(), byte) {
            ([(_, from), (high, _)], _) if byte.is_ascii_hexdigit() => {
                let (byte, from) = (digit(*high) << 4 | digit(byte), *from);
                self.begun.clear();
                self.reader.read(automaton, (byte, from), at + 1, found);
            }
            ([_], _) if byte.is_ascii_hexdigit() => self.begun.push((byte, at)),
            _ => {
                self.end(automaton, found);
                match byte {
                    b'%' => self.begun.push((byte, at)),
                    _ => self.reader.read(automaton, (byte, at), at + 1, found),
                }
            }
        }
    }

    /// What was begun is no encoding.
    fn end(&mut self, automaton: &Automaton, found: &mut Vec<Found>) {
        for (byte, at) in std::mem::take(&mut self.begun) {
            self.reader.read(automaton, (byte, at), at + 1, found);
        }
    }

    fn open(&self) -> Option<u64> {
        self.reader.open().or_else(|| self.begun.first().map(|(_, at)| *at))
    }
}

fn digit(byte: u8) -> u8 {
    (byte as char).to_digit(16).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn mask(secrets: &[(&str, &str)]) -> Mask {
        let named: Vec<Named> = secrets.iter().map(|(name, value)| Named::new(name, value)).collect();
        Mask::of(&named)
    }

    #[test]
    fn a_value_is_masked_wherever_it_stands() {
        let mask = mask(&[("A", "hunter2"), ("B", "hunter22x")]);
        for (text, masked) in [
            ("hunter2", "[secret A]"),
            ("a hunter2 b hunter2", "a [secret A] b [secret A]"),
            ("hunter22x", "[secret B]"),
            ("hunter22", "[secret A]2"),
            ("hunter", "hunter"),
            ("hunterhunter2", "hunter[secret A]"),
            ("hunt\ner2\n", "[secret A]\n"),
            ("", ""),
        ] {
            assert_eq!(mask.text(text), masked, "{text}");
        }
    }

    #[test]
    fn base64_is_masked_in_all_alignments() {
        let secret = "pass>word?~";
        let mask = mask(&[("P", secret)]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for behind in ["", "x", "xy", "xyz", "\n"] {
                let whole = format!("{before}{secret}{behind}");
                for encoded in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let masked = mask.text(&encoded).into_owned();
                    assert!(masked.contains("[secret P]"), "{whole}: {encoded}: {masked}");
                    let left = masked.replace("[secret P]", "");
                    // Up to a character on either side is decided by the neighbours as well.
                    assert!(left.len() <= encoded.len() - secret.len() * 8 / 6 + 2, "{encoded}: {masked}");
                }
            }
        }
        let long = "0123456789".repeat(20);
        let wrapped = STANDARD
            .encode(&long)
            .as_bytes()
            .chunks(76)
            .map(|line| [line, b"\r\n"].concat())
            .collect::<Vec<_>>()
            .concat();
        let masked =
            super::tests::mask(&[("L", &long)]).text(std::str::from_utf8(&wrapped).expect("ASCII")).into_owned();
        assert!(masked.starts_with("[secret L]") && masked.len() < 20, "{masked}");
    }

    #[test]
    fn percent_encodings_are_masked_whatever_they_leave_as_it_is() {
        let mask = mask(&[("U", "a b/c+é~\"x")]);
        for encoded in [
            "a%20b%2Fc%2B%C3%A9~%22x",
            "a%20b%2fc%2b%c3%a9%7e%22x",
            "a+b%2Fc%2B%C3%A9%7E%22x",
            "%61%20%62%2F%63%2B%C3%A9%7E%22%78",
            "a b/c+é~\"x",
            "a b/c+é~\\\"x",
        ] {
            assert_eq!(mask.text(&format!("q={encoded}&r=%zz%4")), "q=[secret U]&r=%zz%4", "{encoded}");
        }
        let odd = super::tests::mask(&[("O", "50%41off")]);
        assert_eq!(odd.text("50%41off 50%2541off"), "[secret O] [secret O]");
    }

    #[test]
    fn a_value_is_found_however_it_is_cut() {
        let secret = "cut-me-anywhere";
        let mask = mask(&[("C", secret), ("D", "anything")]);
        let whole = format!("x {secret}{secret} any %63ut%2Dme-anywhere %6 {} end", STANDARD.encode(secret));
        let masked = mask.text(&whole).into_owned();
        assert!(masked.starts_with("x [secret C][secret C] any [secret C] %6 [secret C]"), "{masked}");
        for size in 1..whole.len() {
            let mut stream = mask.stream();
            let mut given: Vec<u8> = whole.as_bytes().chunks(size).flat_map(|chunk| stream.push(chunk)).collect();
            given.extend(stream.finish());
            assert_eq!(String::from_utf8_lossy(&given), masked, "{size}");
        }
    }

    #[test]
    fn what_is_no_beginning_is_given_at_once() {
        let mut stream = mask(&[("C", "secret")]).stream();
        assert_eq!(stream.push(b"one line\n"), b"one line\n");
        assert_eq!(stream.push(b"a sec"), b"a ");
        assert_eq!(stream.push(b"ond\n"), b"second\n");
        assert_eq!(stream.push(b"sec"), b"");
        assert_eq!(stream.finish(), b"sec");
    }

    #[test]
    fn a_flood_of_one_value_is_not_held() {
        let mut stream = mask(&[("F", "aaaa")]).stream();
        let mut given = Vec::new();
        for _ in 0..100 {
            given.extend(stream.push(&[b'a'; 1_000]));
            assert!(stream.held.len() < 8 && stream.found.len() < 8);
        }
        given.extend(stream.finish());
        assert_eq!(given, b"[secret F]");
    }

    #[test]
    fn lines_of_a_secret_are_masked_by_themselves() {
        let key = "-----BEGIN KEY-----\nMIIabcdefgh\nijklmnopqrs\nend\n-----END KEY-----";
        let mask = mask(&[("K", key)]);
        assert_eq!(mask.text(&format!("{key}\n")), "[secret K]\n");
        assert_eq!(mask.text(&key.replace('\n', "\r\n")), "[secret K]");
        assert_eq!(mask.text("> ijklmnopqrs\nend"), "> [secret K]\nend");
        assert_eq!(mask.text(&serde_json::to_string(key).expect("JSON")), "\"[secret K]\"");
    }

    #[test]
    fn values_and_failures_are_masked_throughout() {
        let mask = mask(&[("N", "12345678")]);
        let value = Value::map([
            ("12345678", Value::Int(1_234_567_890)),
            ("list", Value::list(vec![Value::text("x12345678"), Value::Int(7), Value::Bool(true)])),
        ]);
        let shown = r#"{"[secret N]":"[secret N]90","list":["x[secret N]",7,true]}"#;
        assert_eq!(mask.value(value.clone()).to_string(), shown);
        let failure = mask.failure(Failure { data: value, ..Failure::new("12345678", "no 12345678") });
        assert_eq!((&*failure.kind, failure.message.as_str()), ("[secret N]", "no [secret N]"));
        assert_eq!(failure.data.to_string(), shown);
    }
}
