//! A program that is being performed: started, watched over, and ended with all it has started.
//!
//! Its record exists before it runs and until its whole group is gone, so a `wf` that is killed at any instant leaves
//! no program that nobody knows of.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use super::ending::{self, Bound, Cause, Ending, Status};
use super::leftovers::end_leftovers;
use super::local::{Order, Orders};
use super::output::{Printed, Stream};
use super::record::{Kept, Record};
use super::request::Request;
use super::{Attempt, Error};
use crate::driver::doorway::clock;
use crate::driver::doorway::process::{self, Group};
use crate::driver::secrets::Mask;
use crate::model::Failure;

/// How long a program has between TERM and KILL.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long output is still read after a program has ended while something it started holds its output open; then
/// that is ended too.
pub const DRAIN: Duration = Duration::from_secs(1);

/// How long it is waited for a killed program to be gone. One that acts under another user's rights (`sudo`) can't be
/// killed, and one in the middle of a disk's answer not yet: the attempt ends all the same, and says so.
pub const KILL_WAIT: Duration = Duration::from_secs(5);

/// The most programs at once; others wait for their turn. Each takes up to four open files, of which a process
/// usually may have 1,024 (256 on macOS).
pub const MAX_PROGRAMS: usize = if cfg!(target_os = "macos") { 48 } else { 192 };

/// How often it is looked whether a group is gone; the system tells only of its leader.
const LOOK: Duration = Duration::from_millis(5);

/// How much is read of a pipe at once.
const CHUNK: usize = 64 << 10;

/// The limits of programs, so that tests needn't sit them out.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub grace: Duration,
    pub drain: Duration,
    pub kill: Duration,
    pub programs: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { grace: GRACE, drain: DRAIN, kill: KILL_WAIT, programs: MAX_PROGRAMS }
    }
}

pub(super) struct Program {
    child: Child,
    group: Group,
    record: Kept,
    printed: Arc<Mutex<Printed>>,
    /// Moves what goes in and comes out; ends when both outputs are closed.
    pump: JoinHandle<()>,
}

/// Starts the program that `request` describes, with its record. Blocks, and ends leftovers of the same operation
/// first, whether or not anybody knew of them.
pub(super) fn start(request: &Request, attempt: &Attempt, mask: &Mask, data: &Path) -> Result<Program, Failure> {
    let op = attempt.perform.op;
    end_leftovers(data, attempt.run, op).map_err(ending::unkept)?;
    is_folder(&request.dir)?;
    let record = Record::create(data, attempt.run, op).map_err(ending::unkept)?;
    match spawn(request, &record) {
        Ok(child) => Program::began(child, record, request, attempt, mask),
        Err(trouble) => {
            drop(record);
            // Where it was only the supervision that failed, the program is there, and is ended by its record.
            end_leftovers(data, attempt.run, op).map_err(ending::unkept)?;
            Err(match trouble {
                Trouble::Record(error) => ending::unkept(error),
                Trouble::Start(error) => ending::not_started(request, &error),
            })
        }
    }
}

enum Trouble {
    Record(Error),
    Start(io::Error),
}

fn spawn(request: &Request, record: &Record) -> Result<Child, Trouble> {
    let mut command = command_of(request);
    process::lead_and_announce(&mut command, record.shared().map_err(Trouble::Record)?);
    command.spawn().map_err(Trouble::Start)
}

fn command_of(request: &Request) -> Command {
    let mut command = process::command(request.program.as_ref());
    command.args(&request.args).env_clear().envs(request.env.iter().map(|(name, value)| (name, value)));
    command.current_dir(&request.dir);
    command.stdin(if request.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn is_folder(dir: &Path) -> Result<(), Failure> {
    let why = match fs::metadata(dir) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "is no folder".to_string(),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => "does not exist".to_string(),
        Err(error) => format!("can't be entered: {error}"),
    };
    Err(ending::refused(126, format!("the folder `{}` to run in {why}", dir.display())))
}

impl Program {
    fn began(
        mut child: Child,
        record: Record,
        request: &Request,
        attempt: &Attempt,
        mask: &Mask,
    ) -> Result<Program, Failure> {
        let (record, group) = record.started();
        let Some(group) = group.or_else(|| group_of(&child)) else {
            // Only where somebody else tampers with the record at this instant.
            let _ = child.start_kill();
            return Err(ending::refused(126, format!("the record of `{}` was lost as it began", request.label)));
        };
        let printed = Arc::new(Mutex::new(Printed::new(attempt.watch.clone(), mask)));
        let pump = tokio::spawn(pump(
            (child.stdout.take(), child.stderr.take()),
            child.stdin.take().zip(request.stdin.clone()),
            printed.clone(),
        ));
        Ok(Program { child, group, record, printed, pump })
    }

    /// Watches over it until it and its group are gone.
    pub async fn attend(mut self, bound: Option<Bound>, orders: &mut Orders, limits: Limits) -> Ending {
        let cause = self.wait(bound, orders).await;
        let mut survives = false;
        if cause == Cause::Itself {
            self.drain(limits.drain).await;
        }
        if !self.is_gone() {
            survives = !self.end(orders, limits).await;
        }
        self.drain(limits.drain).await;
        self.pump.abort();
        let status = self.child.try_wait().ok().flatten().map_or(Status::Unknown, status_of);
        if !survives {
            // A record that stays tells of a group that is gone, which whoever finds it sees.
            let _ = self.record.remove();
        }
        let texts = lock(&self.printed).texts();
        Ending { cause, status, texts, survives }
    }

    /// Until the program ends, or must.
    async fn wait(&mut self, bound: Option<Bound>, orders: &mut Orders) -> Cause {
        tokio::select! {
            biased;
            _ = self.child.wait() => Cause::Itself,
            () = orders.reach(Order::End) => Cause::Stopped,
            bound = ending::over(bound) => Cause::Timeout(bound),
        }
    }

    /// Until all it has printed is read, but no longer than `length`.
    async fn drain(&mut self, length: Duration) {
        if !self.pump.is_finished() {
            clock::within(length, &mut self.pump).await;
        }
    }

    /// Whether nobody of the group is there. Takes notice of the program's own end first: it would count till then.
    fn is_gone(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None)) && self.group.is_gone()
    }

    /// TERM, a grace, KILL; or KILL at once, if that is wanted. Whether the group is gone then.
    async fn end(&mut self, orders: &mut Orders, limits: Limits) -> bool {
        let gone = tokio::select! {
            biased;
            () = orders.reach(Order::Kill) => false,
            gone = self.asked_to_end(limits.grace) => gone,
        };
        if gone {
            return true;
        }
        if !self.is_gone() {
            let _ = self.group.kill();
        }
        self.gone_within(limits.kill).await
    }

    async fn asked_to_end(&mut self, grace: Duration) -> bool {
        // That it may not be signalled shows by its still being there at the end.
        let _ = self.group.terminate();
        self.gone_within(grace).await
    }

    async fn gone_within(&mut self, length: Duration) -> bool {
        let since = clock::monotonic();
        while !self.is_gone() {
            if since.elapsed() > length {
                return false;
            }
            clock::pass(LOOK).await;
        }
        true
    }
}

fn group_of(child: &Child) -> Option<Group> {
    let pid = i32::try_from(child.id()?).ok()?;
    Group::led_by(process::look(pid).ok()??)
}

fn status_of(status: ExitStatus) -> Status {
    match (status.code(), status.signal()) {
        (Some(code), _) => Status::Code(code),
        (None, Some(signal)) => Status::Signal(signal),
        (None, None) => Status::Unknown,
    }
}

fn lock(printed: &Mutex<Printed>) -> std::sync::MutexGuard<'_, Printed> {
    printed.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pump<O: AsyncRead + Unpin, E: AsyncRead + Unpin>(
    out: (Option<O>, Option<E>),
    stdin: Option<(ChildStdin, String)>,
    printed: Arc<Mutex<Printed>>,
) {
    tokio::join!(feed(stdin), read(out.0, Stream::Stdout, &printed), read(out.1, Stream::Stderr, &printed));
}

/// A program that reads not all it is given is within its rights.
async fn feed(stdin: Option<(ChildStdin, String)>) {
    if let Some((mut pipe, text)) = stdin {
        let _ = pipe.write_all(text.as_bytes()).await;
    }
}

async fn read<R: AsyncRead + Unpin>(pipe: Option<R>, stream: Stream, printed: &Mutex<Printed>) {
    let Some(mut pipe) = pipe else { return };
    let mut chunk = vec![0; CHUNK];
    loop {
        // A pipe that can't be read any more has nothing more to say.
        let length = pipe.read(&mut chunk).await.unwrap_or(0);
        let mut printed = lock(printed);
        if length == 0 {
            return printed.end(stream);
        }
        printed.take(stream, &chunk[..length]);
    }
}
