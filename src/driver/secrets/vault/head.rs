//! The row that says what the key is: that of a file, or one that Argon2id derives from a passphrase. It also tells
//! whether a key is the right one, before any value is tried with it.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::row::{self, Key};
use super::{Error, HEAD, Passphrase};
use crate::driver::doorway::random::Entropy;
use crate::model::Time;

const FORMAT: u32 = 1;

/// What is encrypted in it, to know the key by.
const CHECK: &str = "the key of this store's secrets";

/// What deriving a key costs, for stores that are made now: 64 MiB, three passes (RFC 9106, the second choice).
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    format: u32,
    key: Source,
    /// A row of its own, in base64.
    check: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    File,
    /// The salt is in base64.
    Passphrase {
        salt: String,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    },
}

impl Head {
    pub fn of_file(key: Key, entropy: &dyn Entropy) -> (Head, Key) {
        (Head::new(Source::File, &key, entropy), key)
    }

    pub fn locked(passphrase: &Passphrase, entropy: &dyn Entropy) -> Result<(Head, Key), Error> {
        if passphrase.is_empty() {
            return Err(Error::EmptyPassphrase);
        }
        let salt = STANDARD.encode(entropy.bytes());
        let source = Source::Passphrase { salt, memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES };
        let key = source.derived(passphrase)?;
        Ok((Head::new(source, &key, entropy), key))
    }

    fn new(source: Source, key: &Key, entropy: &dyn Entropy) -> Head {
        let check = STANDARD.encode(row::seal(key, HEAD, CHECK, Time::default(), entropy));
        Head { format: FORMAT, key: source, check }
    }

    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data is written without an error")
    }

    pub fn decode(row: &[u8]) -> Result<Head, Error> {
        #[derive(Deserialize)]
        struct Numbered {
            format: u32,
        }
        let Numbered { format } = serde_json::from_slice(row).map_err(|_| Error::Head)?;
        if format > FORMAT {
            return Err(Error::Newer(format));
        }
        serde_json::from_slice(row).map_err(|_| Error::Head)
    }

    pub fn is_locked(&self) -> bool {
        matches!(self.key, Source::Passphrase { .. })
    }

    pub fn derived(&self, passphrase: &Passphrase) -> Result<Key, Error> {
        self.key.derived(passphrase)
    }

    pub fn is_opened_by(&self, key: &Key) -> bool {
        let row = STANDARD.decode(&self.check).unwrap_or_default();
        row::open(key, HEAD, &row).is_ok_and(|check| check.as_str() == CHECK)
    }
}

impl Source {
    fn derived(&self, passphrase: &Passphrase) -> Result<Key, Error> {
        let Source::Passphrase { salt, memory_kib, passes, lanes } = self else { return Err(Error::Head) };
        let said = |error: argon2::Error| Error::Derive(error.to_string());
        let salt = STANDARD.decode(salt).map_err(|_| Error::Head)?;
        // What a row asks for is bounded by what could ever have been written.
        if *memory_kib > 16 * MEMORY_KIB || *passes > 16 * PASSES || *lanes > 16 {
            return Err(Error::Head);
        }
        let params = Params::new(*memory_kib, *passes, *lanes, Some(32)).map_err(said)?;
        let mut key: Key = Zeroizing::new([0; 32]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.as_bytes(), &salt, &mut *key).map_err(said)?;
        Ok(key)
    }
}
