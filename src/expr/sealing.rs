//! Secrets within an evaluation: handles that are put together and encoded, never read.
//!
//! It computes nothing of a value, since there is none here. Invariant: a handle that is made is within its limits.

use rhai::{Array, Dynamic};

use super::convert::{Handle, secret_of, type_name};
use super::fault::Stop;
use super::meter;
use super::native::Outcome;
use super::operators::joinable;
use crate::model::{MAX_SEALED_DEPTH, MAX_SEALED_PARTS, Sealed};

/// The secret that a value is.
pub(super) fn sealed(value: &Dynamic) -> Option<Sealed> {
    value.read_lock::<Handle>().map(|handle| handle.0.clone())
}

/// A value as a part of a text with secrets in it.
pub(super) fn part(value: &Dynamic) -> Result<Sealed, Stop> {
    if let Some(sealed) = sealed(value) {
        return Ok(sealed);
    }
    let text = joinable(value);
    let text = text.ok_or_else(|| Stop::new("type", format!("{} can't become part of a text", type_name(value))))?;
    meter::charge(text.len() as u64 / 64)?;
    Ok(Sealed::Text(text.as_str().into()))
}

/// The handle, where it isn't larger or deeper than one may be.
pub(super) fn made(sealed: Sealed) -> Outcome {
    Ok(Dynamic::from(Handle(bounded(sealed)?)))
}

/// The text with secrets in it, where it isn't larger or deeper than one may be.
pub(super) fn bounded(sealed: Sealed) -> Result<Sealed, Stop> {
    meter::text(sealed.weight())?;
    if sealed.parts() > MAX_SEALED_PARTS {
        return Err(Stop::limit("sealed parts", MAX_SEALED_PARTS, " parts of a text with secrets in it"));
    }
    if sealed.depth() > MAX_SEALED_DEPTH {
        return Err(Stop::limit("sealed depth", MAX_SEALED_DEPTH, " encodings of a secret within one another"));
    }
    Ok(sealed)
}

/// Two values one after the other, of which one is a secret at least; nothing where neither is.
pub(super) fn joined(left: &Dynamic, right: &Dynamic) -> Option<Outcome> {
    if !left.is::<Handle>() && !right.is::<Handle>() {
        return None;
    }
    let fits = |value: &Dynamic| value.is::<Handle>() || joinable(value).is_some();
    if !fits(left) || !fits(right) {
        return None;
    }
    let both = [part(left), part(right)].into_iter().collect::<Result<Vec<_>, Stop>>();
    Some(both.map_err(Into::into).and_then(|parts| made(Sealed::join(parts))))
}

/// The parts of a backtick string as one text, or as one with secrets in it.
pub(super) fn template(parts: &Array) -> Outcome {
    if parts.iter().any(|part| part.is::<Handle>()) {
        let parts = parts.iter().map(part).collect::<Result<Vec<_>, Stop>>()?;
        return made(Sealed::join(parts));
    }
    let texts: Vec<_> = parts.iter().filter_map(joinable).collect();
    meter::text(texts.iter().map(|text| text.len()).sum())?;
    Ok(texts.concat().into())
}

/// What is wrong with reading a value, if that would read a secret.
pub(super) fn unread(value: &Dynamic, what: &str) -> Option<Stop> {
    let name = secret_of(value)?;
    Some(Stop::new(
        "secret",
        format!("{what} would read the secret `{name}`, whose value is filled in only as a step is performed"),
    ))
}

/// The same of an operator's operands.
pub(super) fn either_unread(left: &Dynamic, right: &Dynamic, op: &str) -> Option<Stop> {
    let what = format!("`{op}`");
    unread(left, &what).or_else(|| unread(right, &what))
}

/// Refuses to compare a secret with anything but `()`.
pub(super) fn compared(op: &str, left: &Dynamic, right: &Dynamic) -> Result<(), Stop> {
    if left.is_unit() || right.is_unit() {
        return Ok(());
    }
    either_unread(left, right, op).map_or(Ok(()), Err)
}
