//! A process group: a program, what it has started, and what those have started, as long as none of them leaves it.

use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use super::{Process, host};

/// A process group, known by the process that leads it. It goes on where the leader ends and others live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    leader: Process,
}

impl Group {
    /// The group that `leader` leads; none if it leads none.
    pub fn led_by(leader: Process) -> Option<Group> {
        (leader.group == leader.pid && leader.pid > 1).then_some(Group { leader })
    }

    /// The id of the group and of the process that leads it.
    pub fn id(&self) -> i32 {
        self.leader.pid
    }

    /// Whether nobody of it lives. An id that was given again to another group counts as nobody.
    pub fn is_gone(&self) -> bool {
        let Some(id) = Pid::from_raw(self.leader.pid) else { return true };
        // One system call answers in nearly every case; the list is read only while somebody has the id.
        test_kill_process_group(id) == Err(Errno::SRCH) || self.members().is_ok_and(|members| members.is_empty())
    }

    /// Those of it that live.
    ///
    /// An id isn't given again while anybody of the group lives. So if its leader lives, it must be ours by its
    /// start; if not, the others are ours if they belong to our session and weren't started before the leader.
    pub fn members(&self) -> io::Result<Vec<i32>> {
        let all = host::all()?;
        let id_given_again =
            |p: &Process| p.pid == self.leader.pid && !Process::same_start(p.started, self.leader.started);
        if all.iter().any(id_given_again) {
            return Ok(Vec::new());
        }
        let ours = |p: &&Process| {
            !p.dead
                && p.group == self.leader.pid
                && p.session == self.leader.session
                && p.started + u64::from(host::START_SLACK) >= self.leader.started
        };
        Ok(all.iter().filter(ours).map(|p| p.pid).collect())
    }

    /// Asks all of it to end. The stopped are waked, or they would never hear of it.
    pub fn terminate(&self) -> io::Result<()> {
        self.signal(Signal::TERM)?;
        self.signal(Signal::CONT)
    }

    /// Ends all of it. To be called while somebody of it lives or its leader's end hasn't been noticed, since its
    /// id may be given again afterwards.
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)
    }

    /// That nobody is there any more is no error.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        let Some(id) = Pid::from_raw(self.leader.pid) else { return Ok(()) };
        match kill_process_group(id, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
