//! The doorway to this process's environment: its variables and the folder it was started in. It is only read,
//! never changed.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// What a program is given of this process's environment, whatever else it is given.
pub const INHERITED: [&str; 2] = ["PATH", "HOME"];

/// The variable of that name, where it is set and its text is UTF-8.
pub fn variable(name: &str) -> Option<String> {
    variable_os(name)?.into_string().ok()
}

/// The variable of that name, as the system keeps it.
#[allow(clippy::disallowed_methods, reason = "the doorway to the environment")]
pub fn variable_os(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Who started this process, as far as its variables say so.
pub fn user() -> Option<String> {
    ["USER", "LOGNAME"].into_iter().filter_map(variable).find(|name| !name.trim().is_empty())
}

/// The number of the user whose rights this process has.
pub fn effective_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The folder this process was started in.
#[allow(clippy::disallowed_methods, reason = "the doorway to the environment")]
pub fn current_dir() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// The variables of [`INHERITED`] that are set.
pub fn inherited() -> Vec<(&'static str, OsString)> {
    INHERITED.into_iter().filter_map(|name| Some((name, variable_os(name)?))).collect()
}
