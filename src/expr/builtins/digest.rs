//! Digests and encodings of texts.
//!
//! Of a secret they give a secret: what is to be computed, which is done where its value is filled in. Invariant: no
//! function here gives anything computed from a secret's value.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;
use super::super::sealing::{made, part, sealed};
use super::number::shown;
use super::{Builtin, Call, Kind};
use crate::model::Sealed;

/// All but the unreserved characters of RFC 3986.
pub(in super::super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) const TABLE: &[Builtin] = &[
    Builtin::function("sha256", &[Kind::TextOrSecret], Kind::Any, sha256),
    Builtin::function("hmac_sha256", &[Kind::TextOrSecret, Kind::TextOrSecret], Kind::Any, hmac_sha256),
    Builtin::function("base64", &[Kind::TextOrSecret], Kind::Any, base64),
    Builtin::function("from_base64", &[Kind::Text], Kind::Text, from_base64),
    Builtin::function("hex", &[Kind::Text], Kind::Text, in_hex),
    Builtin::function("url_encode", &[Kind::TextOrSecret], Kind::Any, url_encode),
    Builtin::function("url_decode", &[Kind::Text], Kind::Text, url_decode),
];

/// SHA-256.
pub(in super::super) fn sha256_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(call: &mut Call) -> Outcome {
    if let Some(of) = sealed(call.arg(0)) {
        return made(Sealed::Sha256(Arc::new(of)));
    }
    let text = call.text(0)?;
    meter::charge(text.len() as u64 / 16)?;
    Ok(hex(&sha256_of(text.as_bytes())).into())
}

/// `hmac_sha256(key, text)`, in hex digits.
fn hmac_sha256(call: &mut Call) -> Outcome {
    if sealed(call.arg(0)).or_else(|| sealed(call.arg(1))).is_some() {
        let [key, text] = [0, 1].map(|index| part(call.arg(index)).map(Arc::new));
        return made(Sealed::Hmac { key: key?, text: text? });
    }
    let (key, text) = (call.text(0)?, call.text(1)?);
    meter::charge(text.len() as u64 / 16)?;
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return Err(Stop::new("type", "this key can't be used").into());
    };
    mac.update(text.as_bytes());
    Ok(hex(&mac.finalize().into_bytes()).into())
}

fn base64(call: &mut Call) -> Outcome {
    if let Some(of) = sealed(call.arg(0)) {
        return made(Sealed::Base64(Arc::new(of)));
    }
    let text = call.text(0)?;
    meter::text(text.len().saturating_mul(2))?;
    Ok(STANDARD.encode(text.as_bytes()).into())
}

fn in_hex(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    meter::text(text.len().saturating_mul(2))?;
    Ok(hex(text.as_bytes()).into())
}

/// Standard or URL-safe, with padding or without; the bytes must be a text.
fn from_base64(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let plain = text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    let wrong = |why: &str| Stop::new("type", format!("{} {why}", shown(&text)));
    let bytes = URL_SAFE_NO_PAD.decode(plain).map_err(|_| wrong("is no base64"))?;
    Ok(String::from_utf8(bytes).map_err(|_| wrong("is the base64 of no text"))?.into())
}

fn url_encode(call: &mut Call) -> Outcome {
    if let Some(of) = sealed(call.arg(0)) {
        return made(Sealed::Url(Arc::new(of)));
    }
    let text = call.text(0)?;
    meter::text(text.len().saturating_mul(3))?;
    Ok(utf8_percent_encode(&text, RESERVED).to_string().into())
}

fn url_decode(call: &mut Call) -> Outcome {
    let text = call.text(0)?;
    let wrong = |_| Stop::new("type", format!("{} is the encoding of no text", shown(&text)));
    Ok(percent_decode_str(&text).decode_utf8().map_err(wrong)?.into_owned().into())
}
