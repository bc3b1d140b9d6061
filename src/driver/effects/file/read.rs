//! Reading a file whole, within its bound.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::beneath::{self, Folders, Spot};
use super::closed::Closed;
use super::refusal::{Refusal, Why};
use super::write::plain;
use crate::driver::effects::output::MAX_OUTPUT;
use crate::model::Value;

/// Opening waits for nothing, whatever has taken the file's place since it was looked at, and makes no terminal ours.
const HOW: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// `#{ text }` of the file.
pub(super) fn read(root: OwnedFd, below: &Path, closed: &Closed) -> Result<Value, Refusal> {
    let Spot { folder, name } = beneath::find(root, below, closed, Folders::Needed)?;
    let looking = |error: Errno| Refusal::system("looking at it", error);
    plain(&statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(looking)?)?;
    let file = openat(&folder, &name, HOW, Mode::empty()).map_err(|error| Refusal::system("opening it", error))?;
    let stat = fstat(&file).map_err(looking)?;
    plain(&stat)?;
    closed.opened(&stat)?;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    if size > MAX_OUTPUT as u64 {
        return Err(Refusal::too_large(size));
    }
    let text = text(bytes(File::from(file))?)?;
    Ok(Value::map([("text", Value::text(text))]))
}

/// A file may grow while it is read, and one of the system's (`/proc`) says no size at all.
fn bytes(file: File) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = file.take(MAX_OUTPUT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Refusal::io("reading it", &error))?;
    if bytes.len() > MAX_OUTPUT {
        return Err(Refusal::new(Why::Size, format!("it has more than the limit `result size` of {MAX_OUTPUT} bytes")));
    }
    Ok(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        Refusal::new(Why::Encoding, format!("it is no UTF-8 text: byte {good} begins no character"))
    })
}
