//! Texts that are computed from secrets, as what they are computed of: the values are filled in where an effect is
//! performed, and nowhere else.
//!
//! A tree holds names, never values, so it may be stored and shown. Invariant: it has at least one secret in it (what
//! has none is a plain text), and is within [`MAX_SEALED_PARTS`] and [`MAX_SEALED_DEPTH`] where an expression made it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Value;

/// The most parts that a text with secrets in it may have (the limit `sealed parts`).
pub const MAX_SEALED_PARTS: usize = 1_000;

/// How deep encodings and digests of secrets may stand within one another (the limit `sealed depth`).
pub const MAX_SEALED_DEPTH: usize = 16;

/// The longest name of a secret, in bytes (the limit `secret name`).
pub const MAX_SECRET_NAME: usize = 128;

/// A text with secrets in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealed {
    Text(Arc<str>),
    /// The value of the secret of that name.
    Secret(Arc<str>),
    /// One after the other.
    Join(Arc<[Sealed]>),
    Base64(Arc<Sealed>),
    /// Percent-encoded: all but the unreserved characters of RFC 3986.
    Url(Arc<Sealed>),
    /// In hex digits.
    Sha256(Arc<Sealed>),
    /// In hex digits.
    Hmac {
        key: Arc<Sealed>,
        text: Arc<Sealed>,
    },
}

impl Sealed {
    /// One after the other: joins within are opened, texts side by side become one.
    pub fn join(parts: impl IntoIterator<Item = Sealed>) -> Sealed {
        let mut all: Vec<Sealed> = Vec::new();
        let mut put = |part: Sealed| match (all.last_mut(), part) {
            (_, Sealed::Text(more)) if more.is_empty() => {}
            (Some(Sealed::Text(text)), Sealed::Text(more)) => *text = format!("{text}{more}").into(),
            (_, part) => all.push(part),
        };
        for part in parts {
            match part {
                Sealed::Join(inner) => inner.iter().cloned().for_each(&mut put),
                other => put(other),
            }
        }
        match all.len() {
            0 => Sealed::Text("".into()),
            1 => all.remove(0),
            _ => Sealed::Join(all.into()),
        }
    }

    /// How many parts it has, itself counted.
    pub fn parts(&self) -> usize {
        match self {
            Sealed::Text(_) | Sealed::Secret(_) => 1,
            Sealed::Join(parts) => 1 + parts.iter().map(Sealed::parts).sum::<usize>(),
            Sealed::Base64(of) | Sealed::Url(of) | Sealed::Sha256(of) => 1 + of.parts(),
            Sealed::Hmac { key, text } => 1 + key.parts() + text.parts(),
        }
    }

    pub fn depth(&self) -> usize {
        match self {
            Sealed::Text(_) | Sealed::Secret(_) => 1,
            Sealed::Join(parts) => 1 + parts.iter().map(Sealed::depth).max().unwrap_or(0),
            Sealed::Base64(of) | Sealed::Url(of) | Sealed::Sha256(of) => 1 + of.depth(),
            Sealed::Hmac { key, text } => 1 + key.depth().max(text.depth()),
        }
    }

    /// About how many bytes it takes when written.
    pub fn weight(&self) -> usize {
        match self {
            Sealed::Text(text) | Sealed::Secret(text) => text.len() + 12,
            Sealed::Join(parts) => 10 + parts.iter().map(|part| part.weight() + 1).sum::<usize>(),
            Sealed::Base64(of) | Sealed::Url(of) | Sealed::Sha256(of) => 11 + of.weight(),
            Sealed::Hmac { key, text } => 25 + key.weight() + text.weight(),
        }
    }

    /// The name of the first secret in it.
    pub fn secret(&self) -> Option<&Arc<str>> {
        match self {
            Sealed::Text(_) => None,
            Sealed::Secret(name) => Some(name),
            Sealed::Join(parts) => parts.iter().find_map(Sealed::secret),
            Sealed::Base64(of) | Sealed::Url(of) | Sealed::Sha256(of) => of.secret(),
            Sealed::Hmac { key, text } => key.secret().or_else(|| text.secret()),
        }
    }

    /// Goes through the names of all secrets in it.
    pub fn each_secret(&self, each: &mut dyn FnMut(&Arc<str>)) {
        match self {
            Sealed::Text(_) => {}
            Sealed::Secret(name) => each(name),
            Sealed::Join(parts) => parts.iter().for_each(|part| part.each_secret(each)),
            Sealed::Base64(of) | Sealed::Url(of) | Sealed::Sha256(of) => of.each_secret(each),
            Sealed::Hmac { key, text } => {
                key.each_secret(each);
                text.each_secret(each);
            }
        }
    }

    /// The tree that a value says, as [`Serialize`] writes it.
    pub(super) fn from_value(value: &Value) -> Option<Sealed> {
        let Value::Map(fields) = value else { return None };
        let (word, of) = fields.first_key_value().filter(|_| fields.len() == 1)?;
        let inner = || Sealed::from_value(of).map(Arc::new);
        match (&**word, of) {
            ("text", Value::Text(text)) => Some(Sealed::Text(text.clone())),
            ("secret", Value::Text(name)) => Some(Sealed::Secret(name.clone())),
            ("join", Value::List(parts)) => {
                parts.iter().map(Sealed::from_value).collect::<Option<_>>().map(Sealed::Join)
            }
            ("base64", _) => inner().map(Sealed::Base64),
            ("url", _) => inner().map(Sealed::Url),
            ("sha256", _) => inner().map(Sealed::Sha256),
            ("hmac", Value::Map(both)) => {
                let of = |name| both.get(name).and_then(Sealed::from_value).map(Arc::new);
                Some(Sealed::Hmac { key: of("key")?, text: of("text")? })
            }
            _ => None,
        }
    }
}

/// As people see it: `Bearer secret(TOKEN)`, `base64(user:secret(PASSWORD))`.
impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sealed::Text(text) => f.write_str(text),
            Sealed::Secret(name) => write!(f, "secret({name})"),
            Sealed::Join(parts) => parts.iter().try_for_each(|part| part.fmt(f)),
            Sealed::Base64(of) => write!(f, "base64({of})"),
            Sealed::Url(of) => write!(f, "url_encode({of})"),
            Sealed::Sha256(of) => write!(f, "sha256({of})"),
            Sealed::Hmac { key, text } => write!(f, "hmac_sha256({key}, {text})"),
        }
    }
}

/// A text, a secret or neither, as the shortest value that says it.
impl From<Sealed> for Value {
    fn from(sealed: Sealed) -> Value {
        match sealed {
            Sealed::Text(text) => Value::Text(text),
            Sealed::Secret(name) => Value::Secret(name),
            other => match other.secret() {
                Some(_) => Value::Sealed(Arc::new(other)),
                None => Value::text(other.to_string()),
            },
        }
    }
}

/// What is wrong with a secret's name, if anything: it is also the name of a variable and of a file, so it is made of
/// letters, digits, `_`, `-` and `.`, and begins with a letter or `_`.
pub fn wrong_secret_name(name: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() {
        return Some("a secret has a name".into());
    }
    if name.len() > MAX_SECRET_NAME {
        return Some(format!("the name of a secret is over the limit `secret name` of {MAX_SECRET_NAME} bytes"));
    }
    let right = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_part);
    if right {
        return None;
    }
    let shown = name.escape_debug();
    Some(format!("`{shown}` can't be the name of a secret: letters, digits, `_`, `-` and `.`, a letter or `_` first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str) -> Sealed {
        Sealed::Secret(name.into())
    }

    fn text(text: &str) -> Sealed {
        Sealed::Text(text.into())
    }

    fn every() -> Sealed {
        let hmac = Sealed::Hmac { key: Arc::new(secret("KEY")), text: Arc::new(text("body")) };
        let digest = Sealed::Sha256(Arc::new(Sealed::Url(Arc::new(secret("A")))));
        Sealed::join([text("Basic "), Sealed::Base64(Arc::new(Sealed::join([text("me:"), secret("P")]))), hmac, digest])
    }

    #[test]
    fn a_join_is_flat_and_has_no_empty_texts() {
        let inner = Sealed::join([text("b"), secret("S")]);
        let joined = Sealed::join([text("a"), inner, text(""), text("c"), text("d")]);
        assert_eq!(joined, Sealed::Join([text("ab"), secret("S"), text("cd")].into()));
        assert_eq!(Sealed::join([text(""), secret("S")]), secret("S"));
        assert_eq!(Sealed::join([]), text(""));
    }

    #[test]
    fn is_written_and_read() {
        let value = Value::from(every());
        let written = serde_json::to_string(&value).expect("it is written");
        assert!(written.starts_with(r#"{"$sealed":{"join":[{"text":"Basic "},{"base64":"#), "{written}");
        assert_eq!(serde_json::from_str::<Value>(&written).expect("it is read"), value);
        for other in [r#"{"$sealed":1}"#, r#"{"$sealed":{"text":2}}"#, r#"{"$sealed":{"a":"b","text":"x"}}"#] {
            let read = serde_json::from_str::<Value>(other).expect("it is read");
            assert_eq!(read.to_json().to_string(), other);
        }
    }

    #[test]
    fn is_shown_by_names() {
        let shown = "Basic base64(me:secret(P))hmac_sha256(secret(KEY), body)sha256(url_encode(secret(A)))";
        assert_eq!(every().to_string(), shown);
        assert_eq!((every().parts(), every().depth()), (12, 4));
        assert_eq!(every().secret().map(|name| &**name), Some("P"));
    }

    #[test]
    fn names_are_such_that_no_path_escapes() {
        for good in ["TOKEN", "_x", "a.b-c", "A1"] {
            assert_eq!(wrong_secret_name(good), None, "{good}");
        }
        for bad in ["", "1A", "..", ".x", "a/b", "a b", "é", "a\0", "-x", "A=B", &"x".repeat(MAX_SECRET_NAME + 1)] {
            assert!(wrong_secret_name(bad).is_some(), "{bad}");
        }
    }
}
