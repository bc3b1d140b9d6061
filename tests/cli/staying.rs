//! Staying, leaving and going on: detached runs, signals, keys.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;

use super::Folder;

/// Counts what it does in the file `done`; the step `waits` ends when the test writes to the gate.
pub const GATED: &str = "\
workflow w {
  input { dir: string  }
  step before = exec(\"sh\", [\"-c\", \"echo before >> done\"], dir: input.dir)
  step waits = exec(\"sh\", [\"-c\", \"cat gate >> done\"], dir: input.dir)
  step after = exec(\"sh\", [\"-c\", \"echo after >> done\"], dir: input.dir)
  output { done: bool = true }
}
";

pub fn gated() -> (Folder, String) {
    let folder = Folder::with(GATED);
    folder.gate("gate");
    let dir = format!("dir={}", folder.path().display());
    (folder, dir)
}

/// How long a step may take to come to its gate.
const PATIENCE: Duration = Duration::from_secs(60);

/// The gate, once a step stands at it.
#[track_caller]
pub fn reached(folder: &Folder) -> File {
    let path = folder.path().join("gate");
    let (sender, opened) = channel();
    // Opening waits for a reader, so a step that never comes must not hold the test up.
    std::thread::spawn(move || sender.send(OpenOptions::new().write(true).open(path)));
    opened.recv_timeout(PATIENCE).expect("a step comes to the gate").expect("the gate opens")
}

#[track_caller]
pub fn pass(mut gate: File) {
    gate.write_all(b"through\n").expect("written");
}

#[test]
fn a_detached_run_is_left_when_it_waits_and_resumed() {
    let folder = Folder::with(
        "workflow w {\n  step a = exec(\"true\")\n  sleep 1ms\n  sleep 100d\n  output { x: int = 5 }\n}\n",
    );
    let said = folder.wf(&["run", "a.wf", "--detach"]).ended(0).tells(&["wf resume"]);
    let id = said.out.trim().to_string();
    assert_eq!(id.len(), 36, "{said:?}");
    let run = folder.json(&["show", &id, "--json"]);
    assert_eq!(run["status"], "waiting");
    assert_eq!(run["waiting"][0]["kind"], "timer");
    folder.wf(&["resume", "last", "--until-idle"]).ended(0).prints(&[&id]);
    folder.wf(&["resume", "--until-idle"]).ended(0).prints(&["w  waiting"]);
    let all = folder.json(&["resume", "--until-idle", "--json"]);
    assert_eq!(all["runs"][0]["id"], json!(id));
}

#[test]
fn a_detached_run_that_does_not_wait_ends_as_ever() {
    let folder = Folder::with("workflow w {\n  step a = exec(\"true\")\n  output { x: int = a.code }\n}\n");
    assert_eq!(folder.wf(&["run", "a.wf", "--detach"]).ended(0).json(), json!({ "x": 0 }));
    assert_eq!(folder.wf(&["resume", "last"]).ended(0).json(), json!({ "x": 0 }), "it has ended: the same is printed");
    assert_eq!(folder.wf(&["resume"]).ended(0).out, "", "nothing is unfinished");
}

#[test]
fn a_signal_lets_the_attempt_end_and_the_run_is_resumed() {
    for signal in ["INT", "TERM"] {
        let (folder, dir) = gated();
        let mut going = folder.start(&["run", "a.wf", "-i", &dir]);
        going.until("step before … ok");
        let gate = reached(&folder);
        going.signal(signal);
        going.until("interrupted: waiting up to 10 s");
        pass(gate);
        going.end().ended(130).tells(&["can be resumed: wf resume"]);
        assert_eq!(folder.read("done"), "before\nthrough\n", "what was in flight ended, nothing else began");
        let said = folder.wf(&["resume", "last"]).ended(0);
        assert_eq!(said.json(), json!({ "done": true }));
        assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
    }
}

#[test]
fn a_second_signal_leaves_at_once() {
    let (folder, dir) = gated();
    let mut going = folder.start(&["run", "a.wf", "-i", &dir]);
    going.until("step before … ok");
    let gate = reached(&folder);
    going.signal("INT");
    going.until("once more to leave at once");
    going.signal("INT");
    going.end().ended(130).tells(&["wf resume"]);
    drop(gate);
    let again = folder.start(&["resume"]);
    pass(reached(&folder));
    again.end().ended(0).prints(&["w  succeeded"]);
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
}

#[test]
fn a_killed_run_is_resumed() {
    let (folder, dir) = gated();
    let mut going = folder.start(&["run", "a.wf", "-i", &dir]);
    going.until("step before … ok");
    let gate = reached(&folder);
    going.signal("KILL");
    assert_eq!(going.end().code, None);
    drop(gate);
    let mut again = folder.start(&["resume", "last"]);
    // What the killed one left over is gone by then: it is no reader of the gate any more.
    again.until("step waits … was cut off and is made again");
    pass(reached(&folder));
    let said = again.end().ended(0);
    assert_eq!(said.json(), json!({ "done": true }));
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
}

const COUNTED: &str = "\
workflow w {
  input {
    dir: string
    fails: bool = false
  }
  step counted = exec(\"sh\", [\"-c\", \"echo x >> done\"], dir: input.dir)
  if input.fails { fail \"as asked\" }
  output { n: int = 7 }
}
";

#[test]
fn a_key_that_is_known_gives_the_run_that_has_it() {
    let folder = Folder::with(COUNTED);
    let dir = format!("dir={}", folder.path().display());
    let first = folder.wf(&["run", "a.wf", "-i", &dir, "--id", "k"]).ended(0);
    let second = folder.wf(&["run", "a.wf", "-i", &dir, "--id", "k"]).ended(0);
    assert_eq!(first.out, second.out);
    assert_eq!(folder.read("done"), "x\n");
    folder
        .wf(&["run", "a.wf", "-i", &dir, "-i", "fails=true", "--id", "k"])
        .ended(2)
        .tells(&["the key `k` belongs to run", "other inputs"]);
    folder.wf(&["run", "a.wf", "-i", &dir, "-i", "fails=true", "--id", "other"]).ended(1).tells(&["as asked"]);
    folder.wf(&["run", "a.wf", "-i", &dir, "-i", "fails=true", "--id", "other"]).ended(1).tells(&["as asked"]);
    assert_eq!(folder.read("done"), "x\nx\n");
    assert_eq!(folder.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_key_of_an_unfinished_run_goes_on_with_it() {
    let (folder, dir) = gated();
    let mut going = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    going.until("step before … ok");
    let gate = reached(&folder);
    going.signal("KILL");
    going.end();
    drop(gate);
    let mut again = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    // What the killed one left over is gone by then.
    again.until("step waits … was cut off and is made again");
    pass(reached(&folder));
    assert_eq!(again.end().ended(0).json(), json!({ "done": true }));
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
    assert_eq!(folder.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn resuming_several_ends_with_1_if_one_fails() {
    let folder = Folder::with(
        "workflow good {\n  sleep 1s\n}\nworkflow bad {\n  sleep 1s\n  fail \"no\"\n}\n\
         workflow outer {\n  step a = call good()\n}\n",
    );
    for name in ["good", "bad", "outer"] {
        folder.wf(&["run", &format!("a.wf:{name}"), "--detach"]).ended(0);
    }
    let said =
        folder.wf(&["resume"]).ended(1).prints(&["good  succeeded\n", "bad  failed: no\n", "outer  succeeded\n"]);
    assert_eq!(said.out.lines().count(), 3, "a child goes on with the run that waits for it: {}", said.out);
    assert_eq!(folder.wf(&["resume"]).ended(0).out, "");
}
