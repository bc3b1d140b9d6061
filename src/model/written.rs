//! How large a durable word is where it is stored: counted, not estimated. It writes nothing.

use std::io;

use serde::Serialize;

use super::Value;

/// How many bytes `what` has as it is stored, escapes and tags counted.
pub fn written<T: Serialize + ?Sized>(what: &T) -> usize {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, what).expect("the durable words are written without an error");
    count.0
}

/// The same of a value. What may be long, a text, is looked at eight bytes at a time.
pub fn written_value(value: &Value) -> usize {
    match value {
        Value::Text(text) => 2 + escaped(text.as_bytes()),
        Value::List(items) => 2 + items.len().saturating_sub(1) + items.iter().map(written_value).sum::<usize>(),
        other => written(other),
    }
}

/// How many bytes a text has between its quotes.
fn escaped(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().filter(|word| is_escaped(u64::from_ne_bytes(**word)));
    bytes.len() + words.map(|word| added(word)).sum::<usize>() + added(rest)
}

/// Whether one of eight bytes is below 0x20, a quote or a backslash ("Bit Twiddling Hacks", S. E. Anderson: a word
/// with a byte less than n, a zero byte). It may say so of one that isn't.
fn is_escaped(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7) != 0
}

/// How many bytes the escapes of these add.
fn added(bytes: &[u8]) -> usize {
    let of = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 1,
        0..0x20 => 5,
        _ => 0,
    };
    bytes.iter().map(of).sum()
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Length, Value};
    use super::{written, written_value};

    #[test]
    fn counts_what_is_written() {
        let every: String = (0..300).filter_map(char::from_u32).collect();
        let tricky = Value::list(vec![
            Value::text("x\"y\n\u{2}é"),
            Value::text(every.as_str()),
            Value::map([("a\u{1}", Value::Int(-7)), ("$map", Value::Unit)]),
            Value::Float(0.1),
            Value::Length(Length::from_ms(5)),
            Value::list(vec![]),
        ]);
        let bytes = serde_json::to_string(&tricky).expect("it is written").len();
        assert_eq!((written(&tricky), written_value(&tricky)), (bytes, bytes));
        for length in 0..40 {
            let text: String = every.chars().skip(25).step_by(3).take(length).collect();
            assert_eq!(written_value(&Value::text(text.as_str())), written(text.as_str()), "{text:?}");
        }
    }
}
