//! Real programs, really started and ended.

mod leftovers;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::program::Limits;
use super::record;
use super::{Attempt, Effects, FnEffects, KEPT_END, LocalEffects, MAX_OUTPUT, OutputLine, Stream, Watch};
use crate::driver::doorway::clock::{SystemClock, VirtualClock};
use crate::driver::doorway::{environment, process};
use crate::engine::Perform;
use crate::model::{Failure, Length, OpId, RunId, Time, Value};

type Outcome = Result<Value, Failure>;

/// Far more than any of these tests takes: where it is reached, something hangs.
const HANGS: Duration = Duration::from_secs(60);

const RUN: [u8; 16] = [7; 16];

struct World {
    folder: TempDir,
    effects: LocalEffects,
    lines: Receiver<OutputLine>,
    watch: Watch,
}

impl World {
    fn new() -> World {
        World::with(Limits {
            grace: Duration::from_millis(300),
            drain: Duration::from_millis(200),
            ..Limits::default()
        })
    }

    fn with(limits: Limits) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("run")).expect("run.dir");
        let effects = LocalEffects::with_limits(folder.path().join("data"), Arc::new(SystemClock), limits);
        let (send, lines) = mpsc::channel();
        let watch: Watch = Arc::new(move |line: &OutputLine| drop(send.send(line.clone())));
        World { folder, effects, lines, watch }
    }

    fn attempt(&self, op: u32, action: &str, input: Value) -> Attempt {
        attempt(self.folder.path(), op, action, input, Some(self.watch.clone()))
    }

    fn begin(&self, attempt: Attempt) -> Receiver<Outcome> {
        let (send, ended) = mpsc::channel();
        self.effects.perform(attempt, Box::new(move |outcome| send.send(outcome).expect("somebody waits")));
        ended
    }

    fn run(&self, action: &str, input: Value) -> Outcome {
        self.begin(self.attempt(1, action, input)).recv_timeout(HANGS).expect("it ends")
    }

    fn shell(&self, command: &str) -> Outcome {
        self.run("shell", Value::map([("command", Value::text(command))]))
    }

    /// Begins a command and waits for the number that it prints as its first line.
    fn begin_shell(&self, op: u32, command: &str) -> (Receiver<Outcome>, i32) {
        let attempt = self.attempt(op, "shell", Value::map([("command", Value::text(command))]));
        let ended = self.begin(attempt);
        let line = self.lines.recv_timeout(HANGS).expect("a line");
        (ended, line.text.parse().expect("a number"))
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn records(&self) -> usize {
        record::all_of(&self.data(), RunId::from_bytes(RUN)).expect("a list").len()
    }
}

fn attempt(folder: &Path, op: u32, action: &str, input: Value, watch: Option<Watch>) -> Attempt {
    let perform = Perform {
        op: OpId(op),
        attempt: 1,
        path: "x".into(),
        action: action.into(),
        input,
        timeout: None,
        within: None,
        resumed: false,
    };
    Attempt {
        run: RunId::from_bytes(RUN),
        perform,
        dir: folder.join("run"),
        allow_files: Vec::new(),
        watch,
        allow_net: vec![],
    }
}

fn exec(program: &str, args: &[&str]) -> Value {
    let args = Value::list(args.iter().map(|arg| Value::text(*arg)).collect());
    Value::map([("program", Value::text(program)), ("args", args)])
}

fn with(input: Value, name: &str, value: Value) -> Value {
    let Value::Map(fields) = input else { panic!("arguments are a map") };
    let fields = fields.iter().map(|(k, v)| (k.to_string(), v.clone()));
    Value::map(fields.chain([(name.to_string(), value)]))
}

fn field(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).expect(name).to_string()
}

fn code(value: &Value) -> i64 {
    value.get("code").and_then(Value::as_int).expect("a code")
}

/// Who lives in that process group.
fn in_group(group: i32) -> Vec<i32> {
    let all = process::all().expect("a list");
    all.iter().filter(|p| p.group == group && !p.dead).map(|p| p.pid).collect()
}

#[test]
fn a_program_gives_its_code_and_both_outputs() {
    let world = World::new();
    let result = world.shell("echo out; echo err >&2").expect("it succeeds");
    let expected = [("code", Value::Int(0)), ("stdout", Value::text("out\n")), ("stderr", Value::text("err\n"))];
    assert_eq!(result, Value::map(expected));
    let seen: BTreeSet<String> = world.lines.try_iter().map(|l| format!("{:?} {}", l.stream, l.text)).collect();
    assert_eq!(seen, BTreeSet::from(["Stdout out".to_string(), "Stderr err".to_string()]));
    assert_eq!(world.records(), 0);
}

#[test]
fn a_program_sees_path_home_and_what_it_is_given() {
    let world = World::new();
    let env = Value::map([("GREETING", Value::text("a b; $(c)")), ("N", Value::Int(3))]);
    let result = world.run("exec", with(exec("env", &[]), "env", env)).expect("it succeeds");
    let seen: BTreeSet<String> = field(&result, "stdout").lines().map(str::to_string).collect();
    let inherited = environment::inherited().into_iter();
    let mut expected: BTreeSet<String> = inherited.map(|(n, v)| format!("{n}={}", v.to_string_lossy())).collect();
    expected.extend(["GREETING=a b; $(c)".to_string(), "N=3".to_string()]);
    assert_eq!(seen, expected);
}

#[test]
fn values_enter_a_shell_by_its_environment_alone() {
    let world = World::new();
    let input = Value::map([
        ("command", Value::text(r#"printf '%s' "$X""#)),
        ("env", Value::map([("X", Value::text("'; echo no; $(pwd)"))])),
    ]);
    assert_eq!(field(&world.run("shell", input).expect("it succeeds"), "stdout"), "'; echo no; $(pwd)");
}

#[test]
fn another_code_fails_with_all_that_was_printed() {
    let world = World::new();
    let failure = world.shell("echo out; echo why >&2; exit 3").expect_err("it fails");
    assert_eq!(
        (&*failure.kind, failure.message.as_str()),
        ("exec", "`echo out; echo why >&2; exit 3` ended with code 3")
    );
    assert_eq!((code(&failure.data), field(&failure.data, "stderr").as_str()), (3, "why\n"));
}

#[test]
fn a_signal_is_named() {
    let world = World::new();
    let failure = world.run("exec", exec("sh", &["-c", "kill -KILL $$"])).expect_err("it fails");
    assert_eq!((&*failure.kind, failure.message.as_str()), ("exec", "`sh` was ended by signal 9 (KILL)"));
    assert_eq!(code(&failure.data), 137);
}

#[test]
fn what_cannot_be_started_says_why() {
    let world = World::new();
    let run = world.folder.path().join("run");
    std::fs::write(run.join("plain"), "no program").expect("written");
    std::fs::write(run.join("script"), "#!/no/such/thing -x\n").expect("written");
    std::fs::set_permissions(run.join("script"), PermissionsExt::from_mode(0o700)).expect("executable");
    let here = run.display();
    let cases = [
        (exec("no-such-program", &[]), 127, "`no-such-program` was not found in PATH (".to_string()),
        (exec("./missing", &[]), 127, format!("`./missing` was not found from the folder `{here}`")),
        (exec("./plain", &[]), 126, "`./plain` may not be executed: permission denied".into()),
        (
            exec("./script", &[]),
            126,
            "`./script` can't be started: its interpreter `/no/such/thing` was not found".into(),
        ),
        (
            with(exec("true", &[]), "dir", Value::text("nowhere")),
            126,
            format!("the folder `{here}/nowhere` to run in does not exist"),
        ),
        (
            with(exec("true", &[]), "dir", Value::text("plain")),
            126,
            format!("the folder `{here}/plain` to run in is no"),
        ),
    ];
    for (input, expected, message) in cases {
        let failure = world.run("exec", input).expect_err(&message);
        assert_eq!((&*failure.kind, code(&failure.data)), ("exec", expected), "{message}");
        assert!(failure.message.starts_with(&message), "{}", failure.message);
    }
    assert_eq!(world.records(), 0);
}

#[test]
fn a_program_runs_where_it_is_told() {
    let world = World::new();
    let run = world.folder.path().join("run").canonicalize().expect("run.dir");
    std::fs::create_dir(run.join("sub")).expect("a folder");
    let at = |input| field(&world.run("exec", input).expect("it succeeds"), "stdout");
    assert_eq!(at(exec("pwd", &["-P"])), format!("{}\n", run.display()));
    assert_eq!(at(with(exec("pwd", &["-P"]), "dir", Value::text("sub"))), format!("{}/sub\n", run.display()));
    assert_eq!(at(with(exec("pwd", &["-P"]), "dir", Value::text("/"))), "/\n");
}

#[test]
fn standard_input_is_what_is_given_or_nothing() {
    let world = World::new();
    let text = "line\n".repeat(60_000);
    let given = |program| with(exec(program, &[]), "stdin", Value::text(text.as_str()));
    assert_eq!(field(&world.run("exec", given("cat")).expect("it succeeds"), "stdout"), text);
    assert_eq!(code(&world.run("exec", given("true")).expect("it need not read")), 0);
    assert_eq!(field(&world.run("exec", exec("cat", &[])).expect("it ends at once"), "stdout"), "");
}

#[test]
fn too_much_output_keeps_both_ends_and_lets_the_program_end() {
    let world = World::new();
    let failure = world.shell("echo first; yes | head -c 3000000; echo last; touch ended").expect_err("too much");
    assert_eq!(&*failure.kind, "limit");
    let bytes = 3_000_000 + "first\nlast\n".len();
    let message = format!("printed {bytes} bytes, more than the limit `result size` of {MAX_OUTPUT} bytes");
    assert!(failure.message.ends_with(&message), "{}", failure.message);
    let stdout = field(&failure.data, "stdout");
    assert!(stdout.starts_with("first\ny\n") && stdout.ends_with("y\nlast\n"));
    assert!(stdout.len() < 2 * KEPT_END + 100, "{}", stdout.len());
    assert!(world.folder.path().join("run/ended").exists());
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let result = World::new().run("exec", exec("printf", &["a\\377b"])).expect("it succeeds");
    assert_eq!(field(&result, "stdout"), "a\u{fffd}b");
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let world = World::new();
    // One of them doesn't hear TERM.
    let command = "echo $$; echo on its way >&2; (trap '' TERM; while :; do sleep 1000; done) & sleep 1000 & wait";
    let mut attempt = world.attempt(1, "shell", Value::map([("command", Value::text(command))]));
    attempt.perform.timeout = Some(Length::from_ms(1_500));
    let ended = world.begin(attempt);
    let group: i32 = world.lines.recv_timeout(HANGS).expect("a line").text.parse().expect("a number");
    let failure = ended.recv_timeout(HANGS).expect("it ends").expect_err("it takes too long");
    assert_eq!(&*failure.kind, "timeout");
    assert!(failure.message.ends_with("was ended: the `timeout` of 1s500ms was over"), "{}", failure.message);
    assert_eq!(field(&failure.data, "stderr"), "on its way\n");
    assert_eq!(in_group(group), [0; 0]);
    assert_eq!(world.records(), 0);
}

#[test]
fn the_nearer_of_timeout_and_within_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("run")).expect("run.dir");
    let now = Time::from_unix_ms(1_000_000);
    let effects = LocalEffects::new(folder.path().join("data"), Arc::new(VirtualClock::at(now)));
    let run = |timeout: i64, within: i64| {
        let mut attempt = attempt(folder.path(), 1, "exec", exec("sleep", &["1000"]), None);
        attempt.perform.timeout = Some(Length::from_ms(timeout));
        attempt.perform.within = Some(now.plus(Length::from_ms(within)));
        let (send, ended) = mpsc::channel();
        effects.perform(attempt, Box::new(move |outcome| send.send(outcome).expect("somebody waits")));
        let failure = ended.recv_timeout(HANGS).expect("it ends").expect_err("it takes too long");
        assert_eq!(&*failure.kind, "timeout");
        failure.message
    };
    assert_eq!(run(50, 60_000), "`sleep` was ended: the `timeout` of 50ms was over");
    assert_eq!(run(60_000, 50), "`sleep` was ended: the time of `within` was over at 1970-01-01T00:16:40.050Z");
    assert_eq!(run(60_000, -1), "`sleep` was not begun: the time of `within` was over at 1970-01-01T00:16:39.999Z");
}

#[test]
fn cancelling_asks_first_and_then_makes_it() {
    let world = World::new();
    let (polite, _) =
        world.begin_shell(1, "trap 'echo bye; exit 0' TERM; echo $$; while :; do sleep 1000 & wait; done");
    let (deaf, group) = world.begin_shell(2, "trap '' TERM; echo $$; while :; do sleep 1000; done");
    let run = RunId::from_bytes(RUN);
    world.effects.cancel(run, OpId(9), 1);
    world.effects.cancel(run, OpId(1), 1);
    world.effects.cancel(run, OpId(2), 1);
    let failure = polite.recv_timeout(HANGS).expect("it ends").expect_err("it was cancelled");
    assert_eq!(&*failure.kind, "stopped");
    assert!(field(&failure.data, "stdout").ends_with("bye\n"));
    let failure = deaf.recv_timeout(HANGS).expect("it ends").expect_err("it was cancelled");
    assert_eq!((&*failure.kind, code(&failure.data)), ("stopped", 137));
    assert_eq!(in_group(group), [0; 0]);
}

#[test]
fn what_a_program_leaves_in_the_background_ends_with_it() {
    let world = World::new();
    let holds_the_pipe = world.shell("sleep 1000 & echo $$").expect("it succeeds");
    let group = field(&holds_the_pipe, "stdout").trim().parse().expect("a number");
    assert_eq!(in_group(group), [0; 0]);
    let silent = world.shell("sleep 1000 >/dev/null 2>&1 & echo $$").expect("it succeeds");
    assert_eq!(in_group(field(&silent, "stdout").trim().parse().expect("a number")), [0; 0]);
}

#[test]
#[cfg(target_os = "linux")]
fn who_leaves_the_group_and_keeps_the_pipe_holds_nobody_up() {
    let world = World::new();
    let result = world.shell("setsid sleep 1000 & echo $!; echo done").expect("it succeeds");
    let stdout = field(&result, "stdout");
    let (pid, rest) = stdout.split_once('\n').expect("two lines");
    let left: i32 = pid.parse().expect("a number");
    kill_process(Pid::from_raw(left).expect("an id"), Signal::KILL).expect("it lives on, for it left the group");
    assert_eq!(rest, "done\n");
}

#[test]
fn many_run_at_once_and_each_ends_once() {
    let world = World::with(Limits { programs: 20, ..Limits::default() });
    let begun: Vec<_> =
        (0..100).map(|op| world.begin(world.attempt(op, "exec", exec("sh", &["-c", &format!("echo {op}")])))).collect();
    for (op, ended) in begun.into_iter().enumerate() {
        let result = ended.recv_timeout(HANGS).expect("it ends").expect("it succeeds");
        assert_eq!(field(&result, "stdout"), format!("{op}\n"));
        assert!(ended.recv_timeout(HANGS).is_err(), "no second end");
    }
}

#[test]
fn who_waits_for_a_turn_can_be_cancelled_and_runs_out_of_time() {
    let world = World::with(Limits { programs: 1, ..Limits::default() });
    let (first, _) = world.begin_shell(1, "echo $$; sleep 1000");
    let second = world.begin(world.attempt(2, "exec", exec("true", &[])));
    let mut third = world.attempt(3, "exec", exec("true", &[]));
    third.perform.within = Some(Time::from_unix_ms(1));
    let failure = world.begin(third).recv_timeout(HANGS).expect("it ends").expect_err("no time");
    assert_eq!(&*failure.kind, "timeout");
    world.effects.cancel(RunId::from_bytes(RUN), OpId(2), 1);
    let failure = second.recv_timeout(HANGS).expect("it ends").expect_err("cancelled");
    assert_eq!(failure.message, "`true` was not begun, since it was needed no more");
    let fourth = world.begin(world.attempt(4, "exec", exec("true", &[])));
    world.effects.cancel(RunId::from_bytes(RUN), OpId(1), 1);
    assert!(first.recv_timeout(HANGS).expect("it ends").is_err());
    assert!(fourth.recv_timeout(HANGS).expect("it ends").is_ok());
}

#[test]
fn stopping_all_ends_everything_at_once_and_begins_nothing() {
    let world = World::with(Limits::default());
    let (one, group) = world.begin_shell(1, "trap '' TERM; echo $$; while :; do sleep 1000; done");
    let (two, _) = world.begin_shell(2, "echo $$; sleep 1000");
    world.effects.stop_all();
    for ended in [one, two] {
        let failure = ended.try_recv().expect("it has ended").expect_err("it was killed");
        assert_eq!((&*failure.kind, code(&failure.data)), ("stopped", 137));
    }
    assert_eq!(in_group(group), [0; 0]);
    assert_eq!(&*world.shell("true").expect_err("nothing is begun").kind, "stopped");
}

#[test]
fn an_unknown_effect_and_a_second_of_the_same_attempt_are_failures() {
    let world = World::new();
    let failure = world.run("mail.send", Value::map([("url", Value::text("x"))])).expect_err("unknown");
    assert_eq!(
        (&*failure.kind, failure.message.as_str()),
        ("type", "`mail.send` is no effect that this `wf` can perform")
    );
    let (first, _) = world.begin_shell(1, "echo $$; sleep 1000");
    let failure = world.run("exec", exec("true", &[])).expect_err("in flight");
    assert_eq!(failure.message, "attempt 1 of this step is in flight already");
    world.effects.stop_all();
    assert!(first.try_recv().is_ok());
}

#[test]
fn closures_answer_at_once() {
    let effects = FnEffects::new(|attempt: Attempt| Ok(attempt.perform.input));
    let (send, ended) = mpsc::channel();
    let attempt = attempt(Path::new("/"), 1, "exec", Value::Int(4), None);
    effects.perform(attempt, Box::new(move |outcome| send.send(outcome).expect("somebody waits")));
    assert_eq!(ended.try_recv().expect("answered"), Ok(Value::Int(4)));
}

#[test]
fn lines_of_both_streams_are_seen_as_they_are_printed() {
    let world = World::new();
    let (ended, _) = world.begin_shell(1, r"echo 1; printf rest; printf '10%%\r20%%\r' >&2; sleep 1000");
    let seen: Vec<OutputLine> = (0..2).map(|_| world.lines.recv_timeout(HANGS).expect("a line")).collect();
    let line = |text: &str| OutputLine { stream: Stream::Stderr, text: text.into() };
    assert_eq!(seen, [line("10%"), line("20%")]);
    world.effects.cancel(RunId::from_bytes(RUN), OpId(1), 1);
    assert!(ended.recv_timeout(HANGS).expect("it ends").is_err());
    let rest = world.lines.recv_timeout(HANGS).expect("a line");
    assert_eq!(rest, OutputLine { stream: Stream::Stdout, text: "rest".into() });
}

struct OneSecret;

impl crate::driver::secrets::Vault for OneSecret {
    fn open(&self, name: &str) -> Result<Option<zeroize::Zeroizing<String>>, Failure> {
        Ok((name == "S").then(|| zeroize::Zeroizing::new("a value of S".to_string())))
    }
}

#[test]
fn secrets_that_an_earlier_process_filled_in_are_masked_from_the_first_attempt_on() {
    let mut world = World::new();
    world.effects = LocalEffects::new(world.data(), Arc::new(SystemClock)).with_vault(Arc::new(OneSecret));
    let print = || exec("echo", &["a value of S"]);
    assert_eq!(field(&world.run("exec", print()).expect("it runs"), "stdout"), "a value of S\n", "nobody named it yet");
    world.effects.expect_secrets(vec!["NONE".into(), "S".into(), "no name".into()]);
    assert_eq!(field(&world.run("exec", print()).expect("it runs"), "stdout"), "[secret S]\n");
}

#[test]
fn lines_are_masked_of_what_others_were_given_since_their_program_began() {
    let mut world = World::new();
    world.effects = LocalEffects::new(world.data(), Arc::new(SystemClock)).with_vault(Arc::new(OneSecret));
    let file = world.folder.path().join("go");
    let command = format!("echo $$; until [ -e {} ]; do sleep 0.01; done; echo a value of S", file.display());
    let (ended, _) = world.begin_shell(1, &command);
    let input = with(exec("true", &[]), "env", Value::map([("S", Value::Secret("S".into()))]));
    world.begin(world.attempt(2, "exec", input)).recv_timeout(HANGS).expect("it ends").expect("it runs");
    std::fs::write(&file, "").expect("written");
    assert_eq!(world.lines.recv_timeout(HANGS).expect("a line").text, "[secret S]");
    let result = ended.recv_timeout(HANGS).expect("it ends").expect("it runs");
    assert!(field(&result, "stdout").ends_with("[secret S]\n"));
}
