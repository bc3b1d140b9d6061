//! A request as the server read it.

use std::collections::BTreeMap;
use std::io::BufRead;

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Which connection it came on, from 0.
    pub connection: u64,
    pub method: String,
    /// As it was written, without the query.
    pub path: String,
    /// What stands behind the `?`, as it was written.
    pub query: String,
    /// By their names in lower case; of several the values in a row.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Asked {
    /// The next request of a connection; none at its end, and of what is no request.
    pub fn read(reader: &mut impl BufRead, connection: u64) -> Option<Asked> {
        // What begins otherwise is no request, and may have no end of a line either.
        reader.fill_buf().ok()?.first().filter(|byte| byte.is_ascii_alphabetic())?;
        let first = line(reader)?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_string(), words.next()?.to_string());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let line = line(reader)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            let known = headers.entry(name.to_ascii_lowercase()).or_default();
            if !known.is_empty() {
                known.push_str(", ");
            }
            known.push_str(value.trim());
        }
        let body = body(reader, &headers)?;
        Some(Asked { connection, method, path: path.into(), query: query.into(), headers, body })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| decoded(value))
    }
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let length = reader.read_until(b'\n', &mut line).ok()?;
    let text = String::from_utf8_lossy(&line).into_owned();
    (length > 0).then(|| text.trim_end_matches(['\r', '\n']).to_string())
}

fn body(reader: &mut impl BufRead, headers: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    if headers.get("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        return chunks(reader);
    }
    let length = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn chunks(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(line(reader)?.split(';').next()?.trim(), 16).ok()?;
        let mut chunk = vec![0; length];
        reader.read_exact(&mut chunk).ok()?;
        body.extend(chunk);
        line(reader)?;
        if length == 0 {
            return Some(body);
        }
    }
}

/// `%41` and `+` undone.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = |bytes: &[u8]| u8::from_str_radix(std::str::from_utf8(bytes.get(..2)?).ok()?, 16).ok();
        match (first, hex(behind)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = behind;
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
