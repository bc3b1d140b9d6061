//! Facts on one stream, the rest on the other; colours only where they belong; closed pipes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::Folder;

const FAILS: &str = "workflow w {\n  step a = exec(\"false\")\n}\n";

#[test]
fn colours_are_for_terminals_or_by_wish() {
    let folder = Folder::with(FAILS);
    let plain = folder.wf(&["run", "a.wf"]).ended(1);
    assert!(!plain.err.contains('\u{1b}'), "{:?}", plain.err);
    let coloured = folder.wf(&["run", "a.wf", "--color", "always"]).ended(1);
    assert!(coloured.err.contains('\u{1b}'), "{:?}", coloured.err);
    let shown = folder.wf(&["show", "last", "--color=always"]).ended(0);
    assert!(shown.out.contains('\u{1b}'));
    let json = folder.wf(&["show", "last", "--color=always", "--json"]).ended(0);
    assert!(!json.out.contains('\u{1b}'), "JSON has no colours");
    folder.wf(&["runs", "--color", "sometimes"]).ended(2);
}

#[test]
fn no_color_holds_on_a_terminal_too() {
    let folder = Folder::with(FAILS);
    let wf = env!("CARGO_BIN_EXE_wf");
    let on_a_terminal = |variable: &str| {
        let mut command = std::process::Command::new("script");
        command.args(["-qec", &format!("{wf} run a.wf"), "/dev/null"]).current_dir(folder.path());
        command.env_remove("NO_COLOR").env("TERM", "xterm").env_remove("WF_DATA").stdin(Stdio::null());
        if !variable.is_empty() {
            command.env(variable, "1");
        }
        command.output().ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // Not every machine has `script`.
    let Some(coloured) = on_a_terminal("") else { return };
    assert!(coloured.contains("\u{1b}[1m") && coloured.contains('✗'), "{coloured:?}");
    let plain = on_a_terminal("NO_COLOR").expect("as before");
    let colours = plain.split('\u{1b}').skip(1).any(|rest| {
        rest.split(|c: char| c.is_ascii_alphabetic()).next().is_some_and(|code| rest[code.len()..].starts_with('m'))
    });
    assert!(!colours, "{plain:?}");
}

#[test]
fn whoever_stops_reading_is_no_fault() {
    let folder = Folder::with("workflow w {\n  for i in 0..3000 { log(`line ${i}`) }\n}\n");
    folder.wf(&["run", "a.wf", "-q"]).ended(0);
    for arguments in [&["history", "last"][..], &["history", "last", "--json"], &["explain"], &["completions", "bash"]]
    {
        let mut child = folder.command(arguments).spawn().expect("wf starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let output = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !err.contains("panic") && !err.contains("error"), "{arguments:?}: {err}");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let folder = Folder::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let output = folder.command(&["explain"]).stdout(full).output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: standard output can't be written"));
}

#[test]
fn history_has_one_event_a_line() {
    let folder =
        Folder::with("workflow w {\n  step a = exec(\"true\")\n  sleep 1ms\n  output { t: datetime = now() }\n}\n");
    folder.wf(&["run", "a.wf"]).ended(0);
    let said = folder.wf(&["history", "last", "--json"]).ended(0);
    let events: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (i, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], i as u64);
        assert!(event["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{event}");
    }
    let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(names.first(), Some(&"run_started"));
    assert_eq!(names.last(), Some(&"run_succeeded"));
    for name in ["step_started", "step_succeeded", "sleep_started", "sleep_ended"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(said.out.starts_with("{\"seq\":0,\"at\":\""), "{}", said.out);
    assert!(!said.out.contains("\"$time\""), "values are plain");
    let told = folder.wf(&["history", "last"]).ended(0);
    assert_eq!(told.out.lines().count(), events.len());
    assert!(told.out.contains("step `a` began: exec"), "{}", told.out);
}
