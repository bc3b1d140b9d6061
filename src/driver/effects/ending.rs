//! What came of a program, in the words of the language: `#{ code, stdout, stderr }`, or a failure that has the same
//! as its data.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::KIND_UNKEPT;
use super::output::{MAX_OUTPUT, Texts};
use super::record::Error;
use super::request::Request;
use crate::driver::doorway::clock;
use crate::engine::Perform;
use crate::model::{Failure, Length, Time, Value};

/// How an attempt came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    Itself,
    Timeout(Bound),
    /// Its result is needed no more.
    Stopped,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    Code(i32),
    Signal(i32),
    /// It couldn't be ended.
    Unknown,
}

pub(super) struct Ending {
    pub cause: Cause,
    pub status: Status,
    pub texts: Texts,
    /// Whether somebody of its group is still there.
    pub survives: bool,
}

/// How long an attempt may take from now, and which clause says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    length: Duration,
    clause: Clause,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Clause {
    Timeout(Length),
    Within(Time),
    /// What holds where no clause says anything.
    Unsaid(Length),
}

impl Bound {
    /// The bound of an attempt that starts now.
    pub fn of(perform: &Perform, now: Time) -> Option<Bound> {
        let timeout = perform.timeout.map(|length| Bound { length: duration(length), clause: Clause::Timeout(length) });
        let within = Bound::within(perform, now);
        [timeout, within].into_iter().flatten().min_by_key(|bound| bound.length)
    }

    /// The bound of an attempt that doesn't start yet.
    pub fn within(perform: &Perform, now: Time) -> Option<Bound> {
        let until = perform.within?;
        Some(Bound { length: duration(until.since(now)), clause: Clause::Within(until) })
    }

    /// The bound of an attempt that starts now, which takes no longer than `most` where no `timeout` says how long.
    pub fn or_at_most(perform: &Perform, now: Time, most: Length) -> Bound {
        let said = Bound::of(perform, now);
        let unsaid = Bound { length: duration(most), clause: Clause::Unsaid(most) };
        match said {
            Some(said) if perform.timeout.is_some() || said.length <= unsaid.length => said,
            Some(_) | None => unsaid,
        }
    }

    /// Why an attempt ended by it.
    pub fn reason(&self) -> String {
        self.clause.sentence()
    }

    pub fn is_over(&self) -> bool {
        self.length.is_zero()
    }

    /// The failure of an attempt that was ended since its time was over.
    pub fn ended(&self, label: &str) -> Failure {
        Failure::new("timeout", format!("`{label}` was ended: {}", self.clause.sentence()))
    }

    /// The failure of an attempt whose time was over before its program began.
    pub fn not_begun(&self, label: &str) -> Failure {
        Failure::new("timeout", format!("`{label}` was not begun: {}", self.clause.sentence()))
    }
}

impl Clause {
    fn sentence(self) -> String {
        match self {
            Clause::Timeout(length) => format!("the `timeout` of {length} was over"),
            Clause::Within(until) => format!("the time of `within` was over at {until}"),
            Clause::Unsaid(length) => format!("{length} were over, which it has without a `timeout`"),
        }
    }
}

fn duration(length: Length) -> Duration {
    Duration::from_millis(u64::try_from(length.ms()).unwrap_or(0))
}

/// Ends when the bound is reached: never, where there is none.
pub(super) async fn over(bound: Option<Bound>) -> Bound {
    match bound {
        Some(bound) => {
            clock::pass(bound.length).await;
            bound
        }
        None => std::future::pending().await,
    }
}

impl Ending {
    pub fn result(self, label: &str) -> Result<Value, Failure> {
        let Some((kind, mut message)) = self.failure(label) else { return Ok(self.data()) };
        if self.survives {
            message.push_str("; it could not be ended and may still be running");
        }
        Err(Failure { data: self.data(), ..Failure::new(kind, message) })
    }

    fn failure(&self, label: &str) -> Option<(&'static str, String)> {
        match (self.cause, self.texts.over, self.status) {
            (Cause::Timeout(bound), ..) => Some(("timeout", bound.ended(label).message)),
            (Cause::Stopped, ..) => Some(("stopped", format!("`{label}` was ended, since it was needed no more"))),
            (Cause::Itself, Some(bytes), _) => {
                let limit = format!("more than the limit `result size` of {MAX_OUTPUT} bytes");
                Some(("limit", format!("`{label}` printed {bytes} bytes, {limit}")))
            }
            (Cause::Itself, None, Status::Code(0)) if !self.survives => None,
            (Cause::Itself, None, Status::Code(0)) => Some(("exec", format!("`{label}` left a program behind"))),
            (Cause::Itself, None, Status::Code(code)) => Some(("exec", format!("`{label}` ended with code {code}"))),
            (Cause::Itself, None, Status::Signal(n)) => {
                Some(("exec", format!("`{label}` was ended by signal {n}{}", named(n))))
            }
            (Cause::Itself, None, Status::Unknown) => Some(("exec", format!("how `{label}` ended is unknown"))),
        }
    }

    fn data(&self) -> Value {
        let code = match self.status {
            Status::Code(code) => code,
            Status::Signal(signal) => 128 + signal,
            // As if the KILL that was sent had reached it.
            Status::Unknown => 137,
        };
        data(code, &self.texts.stdout, &self.texts.stderr)
    }
}

fn data(code: i32, stdout: &str, stderr: &str) -> Value {
    let fields = [("code", Value::Int(code.into())), ("stdout", Value::text(stdout)), ("stderr", Value::text(stderr))];
    Value::map(fields)
}

fn named(signal: i32) -> &'static str {
    match signal {
        1 => " (HUP)",
        2 => " (INT)",
        3 => " (QUIT)",
        4 => " (ILL)",
        6 => " (ABRT)",
        8 => " (FPE)",
        9 => " (KILL)",
        11 => " (SEGV)",
        13 => " (PIPE)",
        14 => " (ALRM)",
        15 => " (TERM)",
        _ => "",
    }
}

/// The failure of a program that was not started.
pub(super) fn refused(code: i32, message: String) -> Failure {
    Failure { data: data(code, "", ""), ..Failure::new("exec", message) }
}

/// The failure of a program whose record can't be kept or cleared: without it, it isn't started. A file that can't be
/// written is a matter of this process and not of the step.
pub(super) fn unkept(error: Error) -> Failure {
    let message = match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    match error {
        Error::File { .. } => Failure::new(KIND_UNKEPT, message),
        Error::Busy { .. } | Error::Outlives { .. } => refused(126, message),
    }
}

/// Why the system didn't start a program, in words that help: by the shell's convention code 127 where it isn't
/// there, 126 where it is.
pub(super) fn not_started(request: &Request, error: &io::Error) -> Failure {
    let label = &request.program;
    match error.kind() {
        io::ErrorKind::NotFound => match found(request) {
            Some(path) => refused(126, format!("`{label}` can't be started: {}", lacks_interpreter(&path))),
            None => refused(127, format!("`{label}` was not found {}{}", looked_in(request), near(request))),
        },
        io::ErrorKind::PermissionDenied => refused(126, format!("`{label}` may not be executed: permission denied")),
        io::ErrorKind::ArgumentListTooLong => {
            refused(126, format!("the arguments and the environment of `{label}` are longer than the system allows"))
        }
        _ => refused(126, format!("`{label}` could not be started: {error}")),
    }
}

/// The file that the program's name stands for.
fn found(request: &Request) -> Option<PathBuf> {
    if request.program.contains('/') {
        return Some(request.dir.join(&request.program)).filter(|path| path.exists());
    }
    let (_, path) = request.env.iter().find(|(name, _)| name == "PATH")?;
    std::env::split_paths(path)
        .map(|folder| request.dir.join(folder).join(&request.program))
        .find(|file| file.is_file())
}

/// How many files of PATH are looked through for a near name.
const MAX_PROGRAMS: usize = 20_000;

/// The program of PATH that was probably meant.
fn near(request: &Request) -> String {
    let path = request.env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path);
    let Some(path) = path.filter(|_| !request.program.contains('/')) else { return String::new() };
    let files = std::env::split_paths(path).filter_map(|folder| std::fs::read_dir(request.dir.join(folder)).ok());
    let names = files.flatten().take(MAX_PROGRAMS).filter_map(|file| file.ok()?.file_name().into_string().ok());
    // Those with a letter in common at their start or end come into question.
    let program = &request.program;
    let alike =
        |name: &String| name.chars().next() == program.chars().next() || name.chars().last() == program.chars().last();
    let mut alike: Vec<String> = names.filter(alike).collect();
    alike.sort_by_key(|name| name.len().abs_diff(program.len()));
    let near = crate::diag::near(program, alike.iter().map(String::as_str));
    near.map_or_else(String::new, |name| format!("; {}", crate::diag::did_you_mean(name)))
}

fn looked_in(request: &Request) -> String {
    if request.program.contains('/') {
        return format!("from the folder `{}`", request.dir.display());
    }
    match request.env.iter().find(|(name, _)| name == "PATH") {
        Some((_, path)) => format!("in PATH ({})", path.to_string_lossy()),
        None => "and PATH is not set".into(),
    }
}

/// A file that is there and yet not found is a script, or was made for another system.
fn lacks_interpreter(path: &Path) -> String {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    let start = String::from_utf8_lossy(&start);
    match start.strip_prefix("#!").and_then(|rest| rest.lines().next()).filter(|_| read.is_ok()) {
        Some(line) => format!("its interpreter `{}` was not found", line.split_whitespace().next().unwrap_or("")),
        None => format!("the system lacks what `{}` needs to run", path.display()),
    }
}
