//! The doorway to processes: starting one, asking the system about those that live, and signalling a group of them.
//! It knows nothing of steps; which program is started and when one is ended is decided in `driver::effects`.
//!
//! A process is known by its id *and* the time it was started at, since ids are given again; both hold only within
//! one [`boot`].

mod group;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
#[cfg_attr(target_os = "linux", allow(dead_code, reason = "here it is only tested"))]
mod ps;

#[cfg(target_os = "linux")]
use linux as host;
#[cfg(not(target_os = "linux"))]
use ps as host;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

pub use group::Group;

/// A process as the system lists it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Process {
    pub pid: i32,
    /// The leader's id.
    pub group: i32,
    /// 0 where the system doesn't say.
    pub session: i32,
    /// When it was started, in the host's own units (see [`Process::same_start`]).
    pub started: u64,
    /// Ended, though its parent hasn't taken notice yet.
    pub dead: bool,
}

impl Process {
    /// Whether two times of start are the same, as exactly as the host can tell.
    pub fn same_start(a: u64, b: u64) -> bool {
        a.abs_diff(b) <= u64::from(host::START_SLACK)
    }
}

/// This process's id.
#[allow(clippy::disallowed_methods, reason = "the doorway to processes")]
pub fn pid() -> u32 {
    std::process::id()
}

/// Ends this process as `kill -9` would: nothing more of it happens.
pub fn die() -> io::Result<()> {
    Ok(rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?)
}

/// This process, or why the system doesn't say.
pub fn me() -> io::Result<Process> {
    let me = i32::try_from(pid()).map_err(io::Error::other)?;
    look(me)?.ok_or_else(|| io::Error::other("the system does not list this process"))
}

/// The process of that id, if there is one.
pub fn look(pid: i32) -> io::Result<Option<Process>> {
    host::look(pid)
}

/// Every process that this one may see.
pub fn all() -> io::Result<Vec<Process>> {
    host::all()
}

/// Whether the process that had this id and was started then is still alive.
pub fn is_alive(pid: i32, started: u64) -> bool {
    look(pid).is_ok_and(|found| found.is_some_and(|p| !p.dead && Process::same_start(p.started, started)))
}

/// What tells this boot of the system (and this container's processes) from any other: one line.
pub fn boot() -> &'static str {
    static BOOT: OnceLock<String> = OnceLock::new();
    BOOT.get_or_init(host::boot)
}

/// A program to be started.
#[allow(clippy::disallowed_methods, reason = "the doorway to processes")]
pub fn command(program: &OsStr) -> tokio::process::Command {
    tokio::process::Command::new(program)
}

/// Lets the new process lead a session and a group of its own, and then write to `record` who it is
/// ([`parse_announcement`] reads it), before it becomes the program. Where that fails, the program isn't started.
///
/// The process does it by itself, so there is no instant, whenever its parent is killed, at which the program runs
/// and the record doesn't say so. A session of its own has no terminal: what would ask there for a password fails
/// instead of waiting for ever.
pub fn lead_and_announce(command: &mut tokio::process::Command, record: OwnedFd) {
    let prepare = move || {
        rustix::process::setsid()?;
        host::announce(record.as_fd())
    };
    // SAFETY: between fork and exec only async-signal-safe functions may be called. `prepare` makes system calls
    // alone, on the stack, and takes no lock and no memory.
    unsafe { command.pre_exec(prepare) };
}

/// The process that wrote this announcement; none if it was cut short.
pub fn parse_announcement(text: &str) -> Option<Process> {
    host::parse_announcement(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_found_and_known_by_its_start() {
        let me = me().expect("listed");
        assert_eq!(me.pid as u32, pid());
        assert!(is_alive(me.pid, me.started));
        assert!(!is_alive(me.pid, me.started + 1_000));
        assert!(!boot().is_empty() && !boot().contains('\n'));
    }
}
