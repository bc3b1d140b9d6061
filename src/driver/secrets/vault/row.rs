//! One row: when the value was given, a nonce, and the value encrypted by XChaCha20-Poly1305. Name and time are bound to
//! it as associated data, so a row that was moved to another name doesn't open.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the format, 1 |
//! | 8 | when it was set, in milliseconds since 1970, big-endian |
//! | 24 | nonce, random |
//! | the rest | the encrypted value and its tag of 16 bytes |

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::Error;
use crate::driver::doorway::random::Entropy;
use crate::model::Time;

const FORMAT: u8 = 1;
const TIME: std::ops::Range<usize> = 1..9;
const NONCE: std::ops::Range<usize> = 9..33;

/// The key of a store.
pub(super) type Key = Zeroizing<[u8; 32]>;

pub(super) fn seal(key: &Key, name: &str, value: &str, now: Time, entropy: &dyn Entropy) -> Vec<u8> {
    let mut row = vec![FORMAT];
    row.extend(now.unix_ms().to_be_bytes());
    row.extend(entropy.bytes());
    row.extend(&entropy.bytes()[..8]);
    let bound = bound(name, &row[TIME]);
    let nonce = nonce(&row).expect("the row has one");
    let payload = Payload { msg: value.as_bytes(), aad: &bound };
    let sealed = cipher(key).encrypt(&nonce, payload);
    row.extend(sealed.expect("a value within its limit is encrypted without an error"));
    row
}

pub(super) fn open(key: &Key, name: &str, row: &[u8]) -> Result<Zeroizing<String>, Error> {
    let damaged = || Error::Damaged(name.to_string());
    set_at(row).ok_or_else(damaged)?;
    let nonce = nonce(row).ok_or_else(damaged)?;
    let payload = Payload { msg: &row[NONCE.end..], aad: &bound(name, &row[TIME]) };
    let opened = Zeroizing::new(cipher(key).decrypt(&nonce, payload).map_err(|_| damaged())?);
    let text = std::str::from_utf8(&opened).map_err(|_| damaged())?;
    Ok(Zeroizing::new(text.to_string()))
}

/// When the value was given, as the row says.
pub(super) fn set_at(row: &[u8]) -> Option<Time> {
    let known = row.len() >= NONCE.end && row[0] == FORMAT;
    let bytes = row.get(TIME).filter(|_| known)?;
    Some(Time::from_unix_ms(i64::from_be_bytes(bytes.try_into().ok()?)))
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

fn nonce(row: &[u8]) -> Option<XNonce> {
    let bytes: [u8; 24] = row.get(NONCE)?.try_into().ok()?;
    Some(bytes.into())
}

fn bound(name: &str, time: &[u8]) -> Vec<u8> {
    [b"wayfare secret\0", name.as_bytes(), b"\0", time].concat()
}
