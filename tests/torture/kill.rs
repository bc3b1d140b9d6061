//! Processes that are killed, at a moment in time or right after their n-th commit.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
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

/// An event that was told of.
pub struct Seen {
    pub run: String,
    /// How many records its process had committed before that of the event.
    pub record: usize,
    pub kind: String,
}

impl Seen {
    fn read(line: &str) -> Option<Seen> {
        let event: Json = serde_json::from_str(line).ok()?;
        let text = |name: &str| event[name].as_str().map(str::to_string);
        Some(Seen { run: text("run")?, record: event["record"].as_u64()? as usize, kind: text("event")? })
    }
}

/// Starts `wf` and reads the events that it tells of as they come to be on disk. What else it says goes to the test's own
/// output, which is shown where the test fails.
pub fn watch(mut command: Command) -> (Child, Receiver<Seen>) {
    let mut child = command.spawn().expect("the binary starts");
    let errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let (tell, told) = channel();
    let pid = child.id();
    std::thread::spawn(move || {
        for line in errors.lines().map_while(Result::ok) {
            match Seen::read(&line) {
                Some(seen) => drop(tell.send(seen)),
                None if line.contains("error") => eprintln!("[{pid}] {line}"),
                None => {}
            }
        }
    });
    (child, told)
}

/// Lets `wf` go until the moment, then kills it. Whether it was killed, and not done before.
pub fn kill_at(command: Command, moment: Moment) -> bool {
    kill_while(command, moment, |_| {})
}

/// The same; from the first event on, something goes on beside it that is told when it is over.
pub fn kill_while(mut command: Command, moment: Moment, beside: impl FnOnce(&AtomicBool) + Send) -> bool {
    let deadline = match moment {
        Moment::After(length) => Instant::now() + length,
        Moment::Commit(commits) => {
            command.arg("--die-after-commits").arg(commits.to_string());
            Instant::now() + Duration::from_secs(60)
        }
    };
    let (mut child, told) = watch(command);
    let (is_over, mut beside) = (AtomicBool::new(false), Some(beside));
    std::thread::scope(|scope| {
        while told.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {
            if let Some(beside) = beside.take() {
                scope.spawn(|| beside(&is_over));
            }
        }
        // It may be gone by itself.
        let _ = child.kill();
        is_over.store(true, Ordering::SeqCst);
    });
    child.wait().expect("it ends").signal() == Some(9)
}

/// Waits until a process ends by itself, and kills it where that takes longer.
pub fn finish(child: &mut Child, within: Duration) -> Option<ExitStatus> {
    let (tell, told) = channel();
    let mut out = child.stdout.take().expect("a pipe");
    std::thread::spawn(move || {
        let _ = out.read_to_end(&mut Vec::new());
        let _ = tell.send(());
    });
    let has_ended = told.recv_timeout(within).is_ok();
    if !has_ended {
        let _ = child.kill();
    }
    let status = child.wait().expect("it ends");
    has_ended.then_some(status)
}
