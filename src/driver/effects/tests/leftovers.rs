//! What outlives a `wf` that is killed, and how it is found and ended.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use super::{HANGS, RUN, World, attempt, exec, in_group};
use crate::driver::doorway::clock::{self, SystemClock};
use crate::driver::doorway::{environment, process};
use crate::driver::effects::leftovers::{end_all_leftovers, end_leftovers};
use crate::driver::effects::record::{self, Record};
use crate::driver::effects::{Effects as _, LocalEffects, OutputLine};
use crate::model::{OpId, RunId};

/// Starts a command with its record as a `wf` does that is killed right afterwards: nobody watches over it. It
/// says a number first.
fn abandon(data: &Path, op: u32, command: &str) -> i32 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let record = Record::create(data, RunId::from_bytes(RUN), OpId(op)).expect("a record");
    let mut program = process::command("/bin/sh".as_ref());
    program.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped());
    process::lead_and_announce(&mut program, record.shared().expect("shared"));
    let mut child = program.spawn().expect("started");
    let output = child.stdout.take().expect("a pipe").into_owned_fd().expect("a file");
    let mut line = String::new();
    BufReader::new(std::fs::File::from(output)).read_line(&mut line).expect("a line");
    line.trim().parse().expect("a number")
}

fn end(data: &Path, op: u32) {
    end_leftovers(data, RunId::from_bytes(RUN), OpId(op)).expect("ended");
}

fn path(data: &Path, op: u32) -> std::path::PathBuf {
    record::path_of(data, RunId::from_bytes(RUN), OpId(op))
}

#[test]
fn a_recorded_group_is_ended_even_without_its_leader() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = abandon(folder.path(), 1, "trap '' TERM; sleep 1000 & echo $$; while :; do sleep 1000; done");
    let headless = abandon(folder.path(), 2, "sleep 1000 & echo $$; kill -KILL $$");
    assert!(in_group(whole).len() >= 2);
    end(folder.path(), 1);
    assert_eq!(in_group(whole), [0; 0]);
    assert!(!in_group(headless).is_empty(), "the other record's program is not touched");
    end(folder.path(), 2);
    assert_eq!(in_group(headless), [0; 0]);
    assert!(!path(folder.path(), 1).exists() && !path(folder.path(), 2).exists());
    end(folder.path(), 2);
}

#[test]
fn all_of_a_run_are_ended_and_no_other_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let groups: Vec<i32> = (1..4).map(|op| abandon(folder.path(), op, "echo $$; exec sleep 1000")).collect();
    end_all_leftovers(folder.path(), RunId::from_bytes([8; 16])).expect("nothing to do");
    assert!(groups.iter().all(|group| !in_group(*group).is_empty()));
    end_all_leftovers(folder.path(), RunId::from_bytes(RUN)).expect("ended");
    assert!(groups.iter().all(|group| in_group(*group).is_empty()));
}

#[test]
fn an_id_that_was_given_again_and_another_boot_end_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let group = abandon(folder.path(), 1, "echo $$; exec sleep 1000");
    let record = std::fs::read_to_string(path(folder.path(), 1)).expect("a record");
    let (boot, said) = record.split_once('\n').expect("two lines");
    let started = process::look(group).expect("listed").expect("alive").started;
    let strange = [
        format!("{boot}\n{}", said.replace(&started.to_string(), &(started - 100).to_string())),
        format!("{boot}\n{}", said.replace(&started.to_string(), &(started + 100).to_string())),
        format!("another{boot}\n{said}"),
        format!("{boot}\n{}", &said[..said.len() / 2]),
        format!("{boot}\n"),
        String::new(),
    ];
    for (op, text) in (10..).zip(strange) {
        std::fs::write(path(folder.path(), op), &text).expect("written");
        end(folder.path(), op);
        assert_eq!(in_group(group), [group], "{text}");
        assert!(!path(folder.path(), op).exists());
    }
    end(folder.path(), 1);
    assert_eq!(in_group(group), [0; 0]);
}

#[test]
fn a_program_on_its_way_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let group = abandon(folder.path(), 1, "echo $$; exec sleep 1000");
    let said = std::fs::read_to_string(path(folder.path(), 1)).expect("a record");
    let announcement = said.split_once('\n').expect("two lines").1;
    // As between fork and exec: the lock is held, the record says nothing yet.
    let on_its_way = Record::create(folder.path(), RunId::from_bytes(RUN), OpId(2)).expect("a record");
    let ending = std::thread::spawn({
        let data = folder.path().to_path_buf();
        move || end(&data, 2)
    });
    std::io::Write::write_all(&mut on_its_way.file(), announcement.as_bytes()).expect("said");
    assert_eq!(in_group(group), [group]);
    drop(on_its_way);
    ending.join().expect("ended");
    assert_eq!(in_group(group), [0; 0]);
}

#[test]
fn a_step_is_not_performed_beside_its_leftover() {
    let world = World::new();
    for resumed in [false, true] {
        let group = abandon(&world.data(), 1, "echo $$; exec sleep 1000");
        let (send, seen) = mpsc::channel();
        let mut attempt = world.attempt(1, "exec", exec("echo", &["now"]));
        attempt.perform.resumed = resumed;
        attempt.watch = Some(Arc::new(move |_: &OutputLine| send.send(in_group(group)).expect("somebody looks")));
        world.begin(attempt).recv_timeout(HANGS).expect("it ends").expect("it succeeds");
        assert_eq!(seen.try_recv().expect("it said something"), [0; 0]);
    }
}

#[test]
#[ignore = "the part of the `wf` that is killed, started by the test below"]
fn performs_until_killed() {
    let Some(folder) = environment::variable("WAYFARE_TEST_FOLDER").map(std::path::PathBuf::from) else { return };
    let effects = LocalEffects::new(folder.join("data"), Arc::new(SystemClock));
    let (send, ended) = mpsc::channel();
    let sleep = exec("sleep", &[&environment::variable("WAYFARE_TEST_SLEEP").expect("a length")]);
    eprintln!("going");
    let attempt = attempt(&folder, 1, "exec", sleep, None);
    effects.perform(attempt, Box::new(move |outcome| send.send(outcome).expect("somebody waits")));
    let _ = ended.recv();
}

/// The processes whose arguments are exactly these.
fn with_arguments(arguments: &str) -> Vec<i32> {
    let shown = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ").trim() == arguments
    };
    let all = process::all().expect("a list");
    all.iter().filter(|p| !p.dead).map(|p| p.pid).filter(shown).collect()
}

/// `wf` is killed at instants from before the fork until long after the program has begun: none leaves a program
/// that its record doesn't find.
#[test]
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods, reason = "this is who starts and kills a `wf`")]
fn no_instant_of_a_kill_leaves_a_program_unknown() {
    let mut outlived = 0;
    const LAST: u64 = 23;
    for instant in 0..=LAST {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("run")).expect("run.dir");
        let length = format!("{}.{instant:03}", 100_000 + process::pid());
        let sleep = format!("sleep {length}");
        let mut wf = std::process::Command::new(std::env::current_exe().expect("this"));
        wf.args(["--exact", "driver::effects::tests::leftovers::performs_until_killed", "--ignored", "--nocapture"]);
        wf.env("WAYFARE_TEST_FOLDER", folder.path()).env("WAYFARE_TEST_SLEEP", &length);
        let mut wf = wf.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
        let said = BufReader::new(wf.stderr.take().expect("a pipe"));
        assert!(said.lines().map_while(Result::ok).any(|line| line == "going"));
        let since = clock::monotonic();
        while since.elapsed() < Duration::from_micros(instant * 250) {
            std::hint::spin_loop();
        }
        // The last is killed while the program is there for certain, however busy this computer is.
        while instant == LAST && with_arguments(&sleep).is_empty() {
            assert!(since.elapsed() < HANGS, "the program never began");
        }
        wf.kill().expect("killed");
        wf.wait().expect("gone");
        outlived += usize::from(path(&folder.path().join("data"), 1).exists());
        end(&folder.path().join("data"), 1);
        assert_eq!(with_arguments(&sleep), [0; 0], "killed after {} µs", instant * 250);
    }
    assert!(outlived > 0, "no kill hit a program");
}
