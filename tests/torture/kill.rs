//! Processes that are killed, at a moment in time or right after their n-th commit.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// Right after so many commits, before anybody is answered: the process does it itself.
    Commit(usize),
    After(Duration),
}

impl Moment {
    /// Half the time. A commit that never comes has nothing before it that was meant.
    pub fn sooner(self) -> Option<Moment> {
        match self {
            Moment::Commit(commits) => (commits > 1).then_some(Moment::Commit(commits / 2)),
            Moment::After(length) => (length > Duration::from_millis(1)).then_some(Moment::After(length / 2)),
        }
    }
}

/// An event that was told of: the number of its record, and its kind.
pub type Seen = (u64, String);

/// Starts `wf` and reads the events that it tells of as they come to be on disk.
pub fn watch(mut command: Command) -> (Child, Receiver<Seen>) {
    let mut child = command.spawn().expect("the binary starts");
    let errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for line in errors.lines().map_while(Result::ok) {
            if let Ok(event) = serde_json::from_str::<Json>(&line)
                && let (Some(record), Some(kind)) = (event["record"].as_u64(), event["event"].as_str())
            {
                let _ = tell.send((record, kind.to_string()));
            }
        }
    });
    (child, told)
}

/// Lets `wf` go until the moment, then kills it. Whether it was killed, and not done before.
pub fn kill_at(mut command: Command, moment: Moment) -> bool {
    let deadline = match moment {
        Moment::After(length) => Instant::now() + length,
        Moment::Commit(commits) => {
            command.arg("--die-after-commits").arg(commits.to_string());
            Instant::now() + Duration::from_secs(60)
        }
    };
    let (mut child, told) = watch(command);
    loop {
        match told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => {
                return child.wait().expect("it ends").signal() == Some(9);
            }
        }
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends").signal() == Some(9)
}
