//! Processes as `ps` lists them, for systems without `/proc`. Times of start are seconds since 1970, by the wall
//! clock, and no exacter than a few seconds.

use std::io::{self, Write as _};
use std::os::fd::BorrowedFd;

use super::Process;
use crate::driver::doorway::clock::{Clock as _, SystemClock};

/// `ps` rounds to seconds, and the clock may have been set a little in between.
pub const START_SLACK: u8 = 3;

pub fn look(pid: i32) -> io::Result<Option<Process>> {
    Ok(all()?.into_iter().find(|process| process.pid == pid))
}

/// Every process.
pub fn all() -> io::Result<Vec<Process>> {
    let listed = said("ps", &["-A", "-o", "pid=,pgid=,stat=,etime="])?;
    let now = now_seconds();
    Ok(listed.lines().filter_map(|line| parse(line, now)).collect())
}

/// What tells this boot from others, where the system says; else every boot counts as the same.
pub fn boot() -> String {
    said("sysctl", &["-n", "kern.bootsessionuuid"]).unwrap_or_default().trim().replace('\n', " ") + " -"
}

#[allow(clippy::disallowed_methods, reason = "the doorway to processes")]
fn said(program: &str, args: &[&str]) -> io::Result<String> {
    let output = std::process::Command::new(program).args(args).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn now_seconds() -> u64 {
    u64::try_from(SystemClock.now().unix_ms() / 1_000).unwrap_or(0)
}

/// Writes this process's id and the time. Runs between fork and exec: system calls alone, no memory is taken.
pub fn announce(record: BorrowedFd<'_>) -> io::Result<()> {
    let mut buffer = [0_u8; 64];
    let mut free = &mut buffer[..];
    writeln!(free, "{} {}", rustix::process::getpid().as_raw_nonzero(), now_seconds())?;
    let left = free.len();
    let mut rest = &buffer[..buffer.len() - left];
    while !rest.is_empty() {
        let written = rustix::io::write(record, rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

pub fn parse_announcement(text: &str) -> Option<Process> {
    let (pid, started) = text.strip_suffix('\n')?.split_once(' ')?;
    let pid = pid.parse().ok()?;
    Some(Process { pid, group: pid, session: 0, started: started.parse().ok()?, dead: false })
}

/// `PID GROUP STATE [[DAYS-]HOURS:]MINUTES:SECONDS`, the last being how long ago it was started.
fn parse(line: &str, now: u64) -> Option<Process> {
    let mut fields = line.split_ascii_whitespace();
    let pid = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let dead = fields.next()?.starts_with('Z');
    let age = seconds(fields.next()?)?;
    Some(Process { pid, group, session: 0, started: now.saturating_sub(age), dead })
}

fn seconds(age: &str) -> Option<u64> {
    let (days, clock) = age.split_once('-').unwrap_or(("0", age));
    let mut total: u64 = 0;
    for part in clock.split(':') {
        total = total.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    days.parse::<u64>().ok()?.checked_mul(86_400)?.checked_add(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read() {
        for (text, age) in [("00:05", 5), ("01:02", 62), ("01:00:00", 3_600), ("2-01:00:01", 176_401)] {
            assert_eq!(seconds(text), Some(age), "{text}");
        }
        assert_eq!(seconds("soon"), None);
    }

    #[test]
    fn this_process_is_listed_with_its_group_and_start() {
        let me = i32::try_from(super::super::pid()).expect("an id");
        let found = match look(me) {
            // A bare Linux may have no `ps`, and needs none.
            Err(missing) if cfg!(target_os = "linux") && missing.kind() == io::ErrorKind::NotFound => return,
            found => found.expect("a list").expect("listed"),
        };
        assert_eq!(found.group, rustix::process::getpgrp().as_raw_nonzero().get());
        assert!(!found.dead && found.started <= now_seconds() + u64::from(START_SLACK));
    }

    #[test]
    fn an_announcement_is_read_back() {
        let (reader, writer) = io::pipe().expect("a pipe");
        announce(std::os::fd::AsFd::as_fd(&writer)).expect("written");
        drop(writer);
        let text = io::read_to_string(reader).expect("read");
        let said = parse_announcement(&text).expect("whole");
        assert_eq!(said.pid as u32, super::super::pid());
        assert!(said.started.abs_diff(now_seconds()) <= u64::from(START_SLACK));
        assert_eq!(parse_announcement(text.trim_end()), None);
    }
}
