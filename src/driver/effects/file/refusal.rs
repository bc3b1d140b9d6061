//! Why a file was not read or not written, in the words of the language.

use rustix::io::Errno;

use crate::driver::effects::output::MAX_OUTPUT;
use crate::model::{Failure, Value};

/// What is wrong, as a workflow can tell it apart (`err.data.reason`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    Missing,
    /// It leads out of its root.
    Outside,
    /// It is a folder, a pipe, a device or another thing that is no plain file.
    Special,
    Encoding,
    Denied,
    /// There is no room left for it.
    Full,
    Io,
    /// A write whose time was over before it was to be seen.
    Withdrawn,
    /// Larger than a result may be.
    Size,
    Depth,
}

/// A failure that doesn't know yet which path it is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub why: Why,
    pub message: String,
}

impl Refusal {
    pub fn new(why: Why, message: impl Into<String>) -> Refusal {
        Refusal { why, message: message.into() }
    }

    pub fn missing() -> Refusal {
        Refusal::new(Why::Missing, "there is no such file")
    }

    pub fn too_large(bytes: u64) -> Refusal {
        Refusal::new(
            Why::Size,
            format!("it has {bytes} bytes, more than the limit `result size` of {MAX_OUTPUT} bytes"),
        )
    }

    /// What the system said while something was attempted.
    pub fn system(doing: &str, error: Errno) -> Refusal {
        let why = match error {
            Errno::NOENT => return Refusal::missing(),
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Why::Denied,
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Why::Full,
            Errno::LOOP => return Refusal::new(Why::Outside, "a symbolic link stands where a file is looked for"),
            _ => Why::Io,
        };
        Refusal::new(why, format!("{doing} failed: {}", std::io::Error::from(error)))
    }

    pub fn io(doing: &str, error: &std::io::Error) -> Refusal {
        match Errno::from_io_error(error) {
            Some(errno) => Refusal::system(doing, errno),
            None => Refusal::new(Why::Io, format!("{doing} failed: {error}")),
        }
    }

    /// The failure of a step that asked for the file at `path`.
    pub fn of(self, path: &str) -> Failure {
        let message = format!("`{path}`: {}", self.message);
        let (kind, reason) = match self.why {
            Why::Size | Why::Depth => return Failure::new("limit", message),
            Why::Withdrawn => return Failure::new("stopped", message),
            Why::Missing => ("file", "missing"),
            Why::Outside => ("file", "outside"),
            Why::Special => ("file", "special"),
            Why::Encoding => ("file", "encoding"),
            Why::Denied => ("file", "denied"),
            Why::Full => ("file", "full"),
            Why::Io => ("file", "io"),
        };
        let data = Value::map([("path", Value::text(path)), ("reason", Value::text(reason))]);
        Failure { data, ..Failure::new(kind, message) }
    }
}
