//! The frame: how one message stands on the wire.
//!
//! ```text
//! length of the head (4)  length of the rest (4)  head: JSON  rest: blobs, each its length (4) and its bytes
//! ```
//!
//! Numbers are little-endian. What is bytes already (records, texts, snapshots) travels as a blob, so that it isn't
//! blown up to JSON. Reading trusts nothing: a length is believed only as far as bytes really come, and no further
//! than [`MAX_FRAME_BYTES`].

use std::io::{self, Read};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::journal::read_json;

/// The largest frame (the limit `frame size`): a record of the largest size, with the texts that its run begins with.
pub const MAX_FRAME_BYTES: usize = 96 * 1024 * 1024;

/// The most blobs of a frame (the limit `frame parts`): each takes more room here than an empty one on the wire.
pub(super) const MAX_BLOBS: usize = 1 << 20;

/// The bytes in front of the head.
const PREFIX: usize = 8;

/// One message: words, and bytes that they speak of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Frame {
    head: Vec<u8>,
    blobs: Vec<Vec<u8>>,
}

/// Why no frame was read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The other end closed between two frames.
    #[error("the connection was closed")]
    Closed,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// What came is no frame, or not one of ours.
    #[error("what came is no message of the link: {0}")]
    Wrong(String),
}

impl Frame {
    pub fn new(words: &impl Serialize, blobs: Vec<Vec<u8>>) -> Frame {
        let head = serde_json::to_vec(words).expect("the words of the link are written without an error");
        Frame { head, blobs }
    }

    /// The words, and the bytes that they speak of.
    pub fn open<T: DeserializeOwned>(self) -> Result<(T, Blobs), Unread> {
        let words = read_json(&self.head).map_err(Unread::Wrong)?;
        Ok((words, Blobs(self.blobs.into_iter())))
    }

    /// As it stands on the wire; none where that would be larger than a frame may be.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let rest: usize = self.blobs.iter().map(|blob| 4 + blob.len()).sum();
        let whole = self.head.len() + rest;
        if whole > MAX_FRAME_BYTES || self.blobs.len() > MAX_BLOBS {
            return None;
        }
        let mut bytes = Vec::with_capacity(PREFIX + whole);
        put_length(&mut bytes, self.head.len());
        put_length(&mut bytes, rest);
        bytes.extend_from_slice(&self.head);
        for blob in &self.blobs {
            put_length(&mut bytes, blob.len());
            bytes.extend_from_slice(blob);
        }
        Some(bytes)
    }

    pub fn read(from: &mut impl Read) -> Result<Frame, Unread> {
        let Some(prefix) = read_prefix(from)? else { return Err(Unread::Closed) };
        let (head, rest) = (length(&prefix[..4]), length(&prefix[4..]));
        if head.saturating_add(rest) > MAX_FRAME_BYTES {
            let why = format!("it says to have {head} and {rest} bytes, more than {MAX_FRAME_BYTES} (`frame size`)");
            return Err(Unread::Wrong(why));
        }
        let head = read_exactly(from, head)?;
        let rest = read_exactly(from, rest)?;
        Ok(Frame { head, blobs: split(&rest)? })
    }
}

/// The blobs of a frame, taken in the order of their words.
#[derive(Debug)]
pub(super) struct Blobs(std::vec::IntoIter<Vec<u8>>);

impl Blobs {
    pub fn take(&mut self) -> Result<Vec<u8>, Unread> {
        self.0.next().ok_or_else(|| Unread::Wrong("bytes that it speaks of are missing".into()))
    }

    pub fn take_text(&mut self) -> Result<String, Unread> {
        String::from_utf8(self.take()?).map_err(|_| Unread::Wrong("a text in it is no UTF-8".into()))
    }

    /// Those that are left.
    pub fn rest(&mut self) -> Vec<Vec<u8>> {
        self.0.by_ref().collect()
    }
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a part of a frame is smaller than a frame may be");
    bytes.extend_from_slice(&length.to_le_bytes());
}

fn length(bytes: &[u8]) -> usize {
    let mut four = [0; 4];
    four.copy_from_slice(bytes);
    u32::from_le_bytes(four) as usize
}

/// None where the other end has closed before the first byte.
fn read_prefix(from: &mut impl Read) -> Result<Option<[u8; PREFIX]>, Unread> {
    let mut prefix = [0; PREFIX];
    let mut filled = 0;
    while filled < PREFIX {
        match from.read(&mut prefix[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(cut_off()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(prefix))
}

/// Room is made as bytes come, not as they are promised.
fn read_exactly(from: &mut impl Read, length: usize) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::with_capacity(length.min(64 * 1024));
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length { Err(cut_off()) } else { Ok(bytes) }
}

fn cut_off() -> Unread {
    Unread::Broken(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended within a message"))
}

fn split(mut rest: &[u8]) -> Result<Vec<Vec<u8>>, Unread> {
    let mut blobs = Vec::new();
    while !rest.is_empty() {
        if blobs.len() == MAX_BLOBS {
            return Err(Unread::Wrong(format!("it has more than {MAX_BLOBS} parts (`frame parts`)")));
        }
        let blob = rest.split_at_checked(4).and_then(|(size, rest)| rest.split_at_checked(length(size)));
        let Some((blob, after)) = blob else {
            return Err(Unread::Wrong("its parts are longer than the whole".into()));
        };
        blobs.push(blob.to_vec());
        rest = after;
    }
    Ok(blobs)
}
