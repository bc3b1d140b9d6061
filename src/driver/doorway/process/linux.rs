//! Processes as `/proc` lists them. Times of start are clock ticks since the boot, and exact.

use std::fs;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags};

use super::Process;

pub const START_SLACK: u8 = 0;

/// The longest `/proc/PID/stat`: 52 numbers of at most 21 characters and a name of at most 64.
const STAT_LENGTH: usize = 2048;

pub fn look(pid: i32) -> io::Result<Option<Process>> {
    match fs::read(format!("/proc/{pid}/stat")) {
        Ok(stat) => Ok(parse(&stat)),
        // The process may also end between the opening and the reading of the file.
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(gone) if gone.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every process that can be seen.
pub fn all() -> io::Result<Vec<Process>> {
    let pids = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(pids.filter_map(|pid| look(pid).ok()?).collect())
}

/// The kernel's id of this boot, and of the name space that process ids belong to.
pub fn boot() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), space.display())
}

/// Copies `/proc/self/stat` to `record`. Runs between fork and exec: system calls alone.
pub fn announce(record: BorrowedFd<'_>) -> io::Result<()> {
    let stat = rustix::fs::open(c"/proc/self/stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut buffer = [0_u8; STAT_LENGTH];
    let length = rustix::io::read(&stat, &mut buffer)?;
    let mut rest = &buffer[..length];
    while !rest.is_empty() {
        let written = rustix::io::write(record, rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

pub fn parse_announcement(text: &str) -> Option<Process> {
    parse(text.as_bytes()).filter(|_| text.ends_with('\n'))
}

/// `PID (NAME) STATE PPID GROUP SESSION …`, where the name may hold anything and the 22nd field is the start.
fn parse(stat: &[u8]) -> Option<Process> {
    let stat = String::from_utf8_lossy(stat);
    let pid = stat.split(' ').next()?.parse().ok()?;
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Process {
        pid,
        group: field(5)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        started: field(22)?.parse().ok()?,
        dead: matches!(field(3)?, "Z" | "X" | "x"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_and_spaces_do_not_shift_the_fields() {
        let tail = "S 1 42 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3";
        for name in ["sh", "a b", ") Z 9 9 9", "((", "\u{fffd}\n"] {
            let found = parse(format!("43 ({name}) {tail}\n").as_bytes());
            assert_eq!(
                found,
                Some(Process { pid: 43, group: 42, session: 7, started: 987_654, dead: false }),
                "{name}"
            );
        }
        for cut in ["", "43", "43 (sh)", "43 (sh) S 1 42 7", "43 (sh S 1"] {
            assert_eq!(parse(cut.as_bytes()), None, "{cut}");
        }
    }

    #[test]
    fn a_cut_announcement_is_none() {
        let whole = "43 (wf) S 1 42 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3\n";
        assert!(parse_announcement(whole).is_some());
        assert_eq!(parse_announcement(&whole[..whole.len() - 8]), None);
    }
}
