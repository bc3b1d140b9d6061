//! Where values come from: the store, else the variable `WF_SECRET_NAME`, else the file `NAME` in the folder that
//! `WF_SECRETS_DIR` names. The first that has one decides, also where it can't be read.
//!
//! Invariant: a value that is given has [`MIN_SECRET`] to [`MAX_SECRET`] bytes, and no message holds one.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::forms::MIN_SECRET;
use crate::driver::doorway::environment;
use crate::model::{Failure, wrong_secret_name};

/// The most bytes of a secret's value (the limit `secret size`).
pub const MAX_SECRET: usize = 64 << 10;

/// The variables that hold values begin so.
pub const VARIABLE: &str = "WF_SECRET_";

/// The variable that names the folder of values.
pub const FOLDER: &str = "WF_SECRETS_DIR";

/// Why a value can't be had; it goes on behind the secret's name.
pub(super) struct Trouble {
    pub kind: &'static str,
    pub why: String,
}

impl Trouble {
    pub fn new(why: impl Into<String>) -> Trouble {
        Trouble { kind: "secret", why: why.into() }
    }
}

/// The values of a store, encrypted there.
pub trait Vault: Send + Sync {
    /// The value of that name; none if there is no such secret.
    fn open(&self, name: &str) -> Result<Option<Zeroizing<String>>, Failure>;
}

/// A store that holds no secrets.
pub struct NoVault;

impl Vault for NoVault {
    fn open(&self, _: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        Ok(None)
    }
}

/// The value of the secret.
pub(super) fn value_of(vault: &dyn Vault, name: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(why) = wrong_secret_name(name) {
        return Err(Failure::new("secret", why));
    }
    if let Some(value) = vault.open(name)? {
        return checked(name, "of the store", value);
    }
    let variable = format!("{VARIABLE}{name}");
    if let Some(value) = environment::variable_os(&variable) {
        let place = format!("of the variable `{variable}`");
        let text = value.into_string().map_err(|_| said(name, &place, Trouble::new("is no UTF-8 text")))?;
        return checked(name, &place, Zeroizing::new(text));
    }
    if let Some(folder) = environment::variable_os(FOLDER).filter(|folder| !folder.is_empty()) {
        let path = PathBuf::from(folder).join(name);
        let place = format!("in the file `{}`", path.display());
        match in_file(&path) {
            Ok(Some(value)) => return checked(name, &place, value),
            Ok(None) => {}
            Err(trouble) => return Err(said(name, &place, trouble)),
        }
    }
    Err(Failure::new("secret", missing(name)))
}

fn missing(name: &str) -> String {
    format!(
        "there is no secret `{name}`: neither in the store (`wf secrets set {name}`), nor as the variable \
         `{VARIABLE}{name}`, nor as a file `{name}` in the folder of `{FOLDER}`"
    )
}

fn said(name: &str, place: &str, trouble: Trouble) -> Failure {
    Failure::new(trouble.kind, format!("the secret `{name}` {place} {}", trouble.why))
}

fn checked(name: &str, place: &str, value: Zeroizing<String>) -> Result<Zeroizing<String>, Failure> {
    match fits(&value) {
        Ok(()) => Ok(value),
        Err(trouble) => Err(said(name, place, trouble)),
    }
}

/// Whether a value is neither empty nor too short or long.
pub(super) fn fits(value: &str) -> Result<(), Trouble> {
    let told = value.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).count();
    if value.is_empty() {
        return Err(Trouble::new("is empty"));
    }
    if told < MIN_SECRET {
        let limit = format!("the limit `shortest secret` of {MIN_SECRET}");
        return Err(Trouble::new(format!("has fewer bytes than {limit}: too few to be masked where they come back")));
    }
    if value.len() > MAX_SECRET {
        return Err(too_large());
    }
    Ok(())
}

fn too_large() -> Trouble {
    Trouble { kind: "limit", why: format!("has more bytes than the limit `secret size` of {MAX_SECRET}") }
}

/// The text of a file, without the line end that editors and `echo` put at its end; none where there is no file.
fn in_file(path: &Path) -> Result<Option<Zeroizing<String>>, Trouble> {
    let unread = |error: io::Error| Trouble::new(format!("can't be read: {error}"));
    match fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(Trouble::new("can't be read: it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(error)),
    }
    read(File::open(path).map_err(unread)?).map(Some)
}

/// A value from a file or a pipe: a text, without one line end at its end.
pub(super) fn read(from: impl io::Read) -> Result<Zeroizing<String>, Trouble> {
    // With room for a line end; it never grows, so nothing of it is left behind.
    let most = MAX_SECRET + 3;
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    let read = from.take(most as u64).read_to_end(&mut bytes);
    read.map_err(|error| Trouble::new(format!("can't be read: {error}")))?;
    let end = [&b"\r\n"[..], b"\n"].into_iter().find(|end| bytes.ends_with(end)).map_or(0, <[u8]>::len);
    let length = bytes.len() - end;
    if length > MAX_SECRET {
        return Err(too_large());
    }
    let text =
        std::str::from_utf8(&bytes[..length]).map_err(|_| Trouble::new("is no UTF-8 text; give it in base64"))?;
    Ok(Zeroizing::new(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Result<String, String> {
        read(bytes).map(|value| value.to_string()).map_err(|trouble| format!("{}: {}", trouble.kind, trouble.why))
    }

    #[test]
    fn one_line_end_is_left_out() {
        for (given, value) in [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("\na b", "\na b"), ("", "")]
        {
            assert_eq!(of(given.as_bytes()).as_deref(), Ok(value), "{given:?}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let whole = [vec![b'x'; MAX_SECRET], b"\r\n".to_vec()].concat();
        assert_eq!(of(&whole).map(|value| value.len()), Ok(MAX_SECRET));
        let over = Err("limit: has more bytes than the limit `secret size` of 65536".to_string());
        for size in [MAX_SECRET + 1, MAX_SECRET + 2, 1 << 20] {
            assert_eq!(of(&vec![b'x'; size]), over, "{size}");
        }
        assert_eq!(of(b"\xff\xfe"), Err("secret: is no UTF-8 text; give it in base64".into()));
        assert_eq!(fits("").map_err(|trouble| trouble.why), Err("is empty".into()));
        assert!(fits("a\n\nb\n").is_err() && fits("abc").is_err() && fits("abcd").is_ok());
    }

    #[test]
    fn a_missing_one_is_named() {
        let failure = value_of(&NoVault, "NO_SUCH_SECRET_HERE").expect_err("there is none");
        assert_eq!(&*failure.kind, "secret");
        assert!(failure.message.starts_with("there is no secret `NO_SUCH_SECRET_HERE`"), "{}", failure.message);
        assert!(value_of(&NoVault, "../x").is_err());
    }
}
