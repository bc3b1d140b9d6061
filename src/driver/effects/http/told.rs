//! How a request is told of: what stands for its URL, and what masks what was filled in.
//!
//! What comes out of every effect is masked where it leaves; here is what must be masked before it changes its form.

use std::borrow::Cow;

use super::url;
use crate::driver::secrets::Mask;
use crate::model::Value;

#[derive(Clone, Default)]
pub(in crate::driver::effects) struct Told {
    /// What stands for the URL in messages where secrets are filled in.
    pub sealed: Option<String>,
    pub mask: Mask,
}

impl Told {
    /// Of a request's arguments before they are filled in. Nothing is known yet that masks them.
    pub fn of(input: &Value) -> Told {
        Told { sealed: url::sealed(input), mask: Mask::default() }
    }

    #[must_use]
    pub fn masked_by(self, mask: Mask) -> Told {
        Told { mask, ..self }
    }

    /// A text of JSON with a string for each number whose digits are a secret: once it is read, a long one has others.
    pub fn json<'t>(&self, json: &'t [u8]) -> Cow<'t, [u8]> {
        let Ok(text) = std::str::from_utf8(json) else { return Cow::Borrowed(json) };
        if let Cow::Borrowed(_) = self.mask.text(text) {
            return Cow::Borrowed(json);
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (token, behind) = rest.split_at(token(rest.as_bytes()));
            match self.mask.text(token) {
                Cow::Owned(label) if !token.starts_with('"') => masked.push_str(&Value::text(label).to_string()),
                _ => masked.push_str(token),
            }
            rest = behind;
        }
        Cow::Owned(masked.into_bytes())
    }
}

/// How long the first token is: a string, a number or word, or a character of any other kind.
fn token(text: &[u8]) -> usize {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    match text {
        [b'"', ..] => string(text),
        [first, ..] if is_word(first) => text.iter().position(|byte| !is_word(byte)).unwrap_or(text.len()),
        // The rest of a character that is longer than a byte is none of its own.
        _ => text.iter().skip(1).position(|byte| byte.is_ascii()).map_or(text.len(), |at| at + 1),
    }
}

/// How long the string is that begins here, its quotes included; one without an end takes all.
fn string(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |at| at + 2)
}
