//! What the server answers: a whole answer, or one that goes wrong in a way of its own.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value as Json;

use super::Asked;

/// An answer.
pub enum Answer {
    Whole {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// These bytes as they stand, and then the connection's end.
    Bytes(Vec<u8>),
    /// The first bytes, and then nothing until the client leaves.
    Stuck(Vec<u8>),
    /// The first bytes, and then the other ones again and again until the client leaves.
    Endless(Vec<u8>, Vec<u8>),
}

impl Answer {
    pub fn json(json: &Json) -> Answer {
        Answer::Whole { status: 200, headers: vec![], body: json.to_string().into_bytes() }
            .with("content-type", "application/json")
    }

    pub fn text(text: impl Into<String>) -> Answer {
        Answer::bytes("text/plain; charset=utf-8", text.into())
    }

    pub fn bytes(content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::Whole { status: 200, headers: vec![], body: body.into() }.with("content-type", content_type)
    }

    pub fn empty(status: u16) -> Answer {
        Answer::Whole { status, headers: vec![], body: vec![] }
    }

    #[must_use]
    pub fn status(mut self, to: u16) -> Answer {
        if let Answer::Whole { status, .. } = &mut self {
            *status = to;
        }
        self
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        if let Answer::Whole { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Writes it; whether the connection goes on.
    pub fn write(self, mut stream: &TcpStream, asked: &Asked) -> bool {
        match self {
            Answer::Whole { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Said\r\n");
                headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
                if status != 204 && status != 304 {
                    head += &format!("content-length: {}\r\n", body.len());
                }
                head += "\r\n";
                let mut whole = head.into_bytes();
                if asked.method != "HEAD" {
                    whole.extend(body);
                }
                stream.write_all(&whole).is_ok()
            }
            Answer::Bytes(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Answer::Stuck(bytes) => {
                let _ = stream.write_all(&bytes);
                // Reads until the client leaves, or the server ends.
                while stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
                false
            }
            Answer::Endless(first, again) => {
                let begun = stream.write_all(&first).is_ok();
                while begun && stream.write_all(&again).is_ok() {}
                false
            }
        }
    }
}
