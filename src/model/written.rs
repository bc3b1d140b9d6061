//! How large a durable word is where it is stored: counted, not estimated. It writes nothing.

use std::io;

use serde::Serialize;

/// How many bytes `what` has as it is stored, escapes and tags counted.
pub fn written<T: Serialize + ?Sized>(what: &T) -> usize {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, what).expect("the durable words are written without an error");
    count.0
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
    use super::super::Value;
    use super::written;

    #[test]
    fn counts_what_is_written() {
        let value = Value::map([("a\u{1}", Value::list(vec![Value::Int(-7), Value::text("x\"y\n\u{2}é")]))]);
        assert_eq!(written(&value), serde_json::to_string(&value).expect("it is written").len());
    }
}
