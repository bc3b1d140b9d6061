//! Hashes of texts: what is stored once is stored under its hash.

use sha2::{Digest as _, Sha256};

use crate::model::Digest;

/// The SHA-256 of a text.
pub fn digest(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}
