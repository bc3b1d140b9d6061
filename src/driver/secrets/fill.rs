//! Filling in: an effect's arguments with the values of secrets where their names stood.
//!
//! It happens on a copy that lives as long as its attempt. Invariant: what comes out holds no handle.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::forms::MIN_SECRET;
use super::known::{Filled, Named};
use super::source::{Vault, value_of};
use crate::model::{Failure, Sealed, Value};

/// The most bytes that a text may have once its secrets are filled in (the limit `filled size`).
pub const MAX_FILLED: usize = 8 << 20;

/// The most bytes of encodings within encodings that are masked in an attempt (the limit `masked encodings`).
const MAX_MADE: usize = 256 << 10;

/// All but the unreserved characters of RFC 3986, as `url_encode` of a text does it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

type Text = Zeroizing<String>;

/// Fills in, and keeps what it has filled in.
pub(super) struct Filling<'v> {
    vault: &'v dyn Vault,
    values: BTreeMap<Arc<str>, Arc<Text>>,
    /// Digests of secrets (what they are of can be guessed by them where it is short), and encodings that were encoded
    /// once more: the values wouldn't be recognised in these.
    made: Vec<Named>,
    /// How many encodings stand around what is being computed.
    encodings: usize,
}

impl<'v> Filling<'v> {
    pub fn new(vault: &'v dyn Vault) -> Filling<'v> {
        Filling { vault, values: BTreeMap::new(), made: Vec::new(), encodings: 0 }
    }

    /// All that is to be masked.
    pub fn filled(self) -> Filled {
        let values = self.values.into_iter().map(|(name, value)| Named { name, value }).collect();
        Filled { values, made: self.made }
    }

    pub fn value(&mut self, value: &Value) -> Result<Value, Failure> {
        Ok(match value {
            Value::Secret(name) => Value::text(self.secret(name)?.as_str()),
            Value::Sealed(sealed) => Value::text(self.text(sealed)?.as_str()),
            Value::List(items) => Value::list(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?),
            Value::Map(fields) => {
                let fields = fields.iter().map(|(name, field)| Ok((name.clone(), self.value(field)?)));
                Value::map(fields.collect::<Result<Vec<_>, Failure>>()?)
            }
            Value::Unit
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Length(_) => value.clone(),
        })
    }

    fn secret(&mut self, name: &Arc<str>) -> Result<Arc<Text>, Failure> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let value = Arc::new(value_of(self.vault, name)?);
        self.values.insert(name.clone(), value.clone());
        Ok(value)
    }

    fn text(&mut self, sealed: &Sealed) -> Result<Text, Failure> {
        match sealed {
            Sealed::Text(text) => Ok(Zeroizing::new(text.to_string())),
            Sealed::Secret(name) => Ok(Zeroizing::new(self.secret(name)?.to_string())),
            Sealed::Join(parts) => {
                let parts = parts.iter().map(|part| self.text(part)).collect::<Result<Vec<Text>, Failure>>()?;
                let mut whole = Zeroizing::new(String::with_capacity(fits(parts.iter().map(|part| part.len()).sum())?));
                parts.iter().for_each(|part| whole.push_str(part));
                Ok(whole)
            }
            Sealed::Base64(of) => {
                let of = self.encoded(of)?;
                fits(of.len().div_ceil(3) * 4)?;
                let encoded = Zeroizing::new(STANDARD.encode(of.as_bytes()));
                self.inner(sealed, &encoded);
                Ok(encoded)
            }
            Sealed::Url(of) => {
                let of = self.encoded(of)?;
                let mut encoded = Zeroizing::new(String::with_capacity(fits(of.len() * 3)?));
                encoded.extend(utf8_percent_encode(&of, RESERVED));
                self.inner(sealed, &encoded);
                Ok(encoded)
            }
            Sealed::Sha256(of) => {
                let digest: [u8; 32] = Sha256::digest(self.text(of)?.as_bytes()).into();
                Ok(self.digest(sealed, &digest))
            }
            Sealed::Hmac { key, text } => {
                let (key, text) = (self.text(key)?, self.text(text)?);
                let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
                let mut mac = mac.map_err(|_| Failure::new("secret", "a key of `hmac_sha256` can't be used"))?;
                mac.update(text.as_bytes());
                Ok(self.digest(sealed, &mac.finalize().into_bytes()))
            }
        }
    }

    /// What an encoding is of.
    fn encoded(&mut self, of: &Sealed) -> Result<Text, Failure> {
        self.encodings += 1;
        let text = self.text(of);
        self.encodings -= 1;
        text
    }

    /// Keeps an encoding that stands within another one.
    fn inner(&mut self, sealed: &Sealed, encoded: &Text) {
        if self.encodings > 0 && encoded.len() >= MIN_SECRET && self.made_bytes() + encoded.len() <= MAX_MADE {
            self.made.push(Named { name: name_of(sealed), value: Arc::new(encoded.clone()) });
        }
    }

    fn made_bytes(&self) -> usize {
        self.made.iter().map(|made| made.value.len()).sum()
    }

    fn digest(&mut self, sealed: &Sealed, bytes: &[u8]) -> Text {
        let hex = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        self.made.push(Named { name: name_of(sealed), value: Arc::new(hex.clone()) });
        hex
    }
}

fn name_of(sealed: &Sealed) -> Arc<str> {
    sealed.secret().cloned().unwrap_or_default()
}

fn fits(bytes: usize) -> Result<usize, Failure> {
    if bytes <= MAX_FILLED {
        return Ok(bytes);
    }
    let limit = format!("the limit `filled size` of {MAX_FILLED}");
    Err(Failure::new("limit", format!("a text has more bytes than {limit} once its secrets are filled in")))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Vault for Fixed {
        fn open(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
            Ok(match name {
                "KEY" => Some(Zeroizing::new("key!".into())),
                "LONG" => Some(Zeroizing::new("x".repeat(60_000))),
                _ => None,
            })
        }
    }

    fn secret(name: &str) -> Arc<Sealed> {
        Arc::new(Sealed::Secret(name.into()))
    }

    fn text(text: &str) -> Arc<Sealed> {
        Arc::new(Sealed::Text(text.into()))
    }

    fn filled(sealed: Sealed) -> Result<Value, Failure> {
        Filling::new(&Fixed).value(&Value::list(vec![Value::from(sealed)]))
    }

    #[test]
    fn each_computation_gives_what_that_of_a_text_gives() {
        let join = Sealed::join([(*text("Bearer ")).clone(), (*secret("KEY")).clone()]);
        for (sealed, expected) in [
            ((*secret("KEY")).clone(), "key!"),
            (join.clone(), "Bearer key!"),
            (Sealed::Base64(Arc::new(join)), "QmVhcmVyIGtleSE="),
            (Sealed::Url(secret("KEY")), "key%21"),
            (Sealed::Sha256(secret("KEY")), "c617d3831ed82853e8a1163232c8ca223c72f0ac02a23926f7f3f60b42b11bfe"),
            (
                Sealed::Hmac { key: secret("KEY"), text: text("body") },
                "2ad26b5b8eceb2fc387ef0cc680da1c816b2708e2bec72df6d3c530938334f0c",
            ),
        ] {
            let found = filled(sealed).expect("it is filled in");
            assert_eq!(found, Value::list(vec![Value::text(expected)]));
        }
    }

    #[test]
    fn encodings_within_encodings_are_kept_to_be_masked() {
        let inner = Sealed::Base64(secret("KEY"));
        let nested = Sealed::Base64(Arc::new(Sealed::join([(*text("k=")).clone(), inner])));
        for (sealed, made) in [(nested, &["a2V5IQ=="][..]), (Sealed::Base64(secret("KEY")), &[])] {
            let mut filling = Filling::new(&Fixed);
            filling.value(&Value::from(sealed)).expect("it is filled in");
            let filled = filling.filled();
            assert_eq!(filled.values.len(), 1);
            let found: Vec<&str> = filled.made.iter().map(|made| made.value.as_str()).collect();
            assert_eq!(found, made);
        }
    }

    #[test]
    fn what_would_be_too_large_is_refused() {
        let many = Sealed::join((0..400).flat_map(|_| [(*secret("LONG")).clone(), (*text(",")).clone()]));
        assert_eq!(&*filled(many).expect_err("over the limit").kind, "limit");
        let deep = (0..6).fold(secret("LONG"), |of, _| {
            Arc::new(Sealed::Url(Arc::new(Sealed::join([(*of).clone(), (*text("%")).clone()]))))
        });
        assert!(filled((*deep).clone()).is_ok());
        assert_eq!(&*filled(Sealed::Secret("NONE_OF_THAT_NAME".into())).expect_err("missing").kind, "secret");
    }
}
