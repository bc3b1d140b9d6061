//! Several processes on one data folder: one has the store and serves the others, whichever came first.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;

use super::Folder;
use super::staying::{gated, pass, reached};

#[test]
fn looking_on_does_not_wait_for_the_process_that_has_the_store() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir]);
    first.until("step before … ok");
    let gate = reached(&folder);
    let list = folder.wf(&["runs", "--json"]).ended(0);
    assert_eq!(list.json()["runs"][0]["status"], "running");
    assert_eq!(list.err, "");
    folder.wf(&["show", "last"]).ended(0).prints(&["before  exec  succeeded", "waits   exec  running"]);
    folder.wf(&["history", "last"]).ended(0).prints(&["before"]);
    pass(gate);
    assert_eq!(first.end().ended(0).json(), json!({ "done": true }));
    assert_eq!(folder.wf(&["runs", "--json"]).json()["runs"][0]["status"], "succeeded");
}

#[test]
fn two_runs_at_once_in_one_folder() {
    let (folder, dir) = gated();
    let file = folder.file("b.wf", "workflow b {\n  step a = exec(\"true\")\n  output { x: int = a.code }\n}\n");
    let mut first = folder.start(&["run", "a.wf", "-i", &dir]);
    first.until("step before … ok");
    let gate = reached(&folder);
    for _ in 0..3 {
        let second = folder.wf(&["run", &file.to_string_lossy()]).ended(0);
        assert_eq!(second.json(), json!({ "x": 0 }));
    }
    pass(gate);
    first.end().ended(0);
    let list = folder.json(&["runs", "--json", "--status", "succeeded"]);
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_signal_reaches_a_run_that_another_process_drives() {
    let folder = Folder::with(
        "workflow w {\n  signal go(n: int)\n  step before = exec(\"true\")\n  step w = wait signal(go)\n  output { n: int = w.n }\n}\n",
    );
    let mut owner = folder.start(&["run", "a.wf"]);
    owner.until("step before … ok");
    let mut client = folder.start(&["run", "a.wf"]);
    client.until("step before … ok");
    let runs = folder.json(&["runs", "--json"]);
    for (at, n) in [(0, 5), (1, 6)] {
        let id = runs["runs"][at]["id"].as_str().expect("an id");
        folder.wf(&["signal", id, "go", "-i", &format!("n={n}")]).ended(0);
    }
    // The newest is the client's.
    assert_eq!(client.end().ended(0).tells(&["step w … ok"]).json(), json!({ "n": 5 }));
    assert_eq!(owner.end().ended(0).tells(&["step w … ok"]).json(), json!({ "n": 6 }));
}

#[test]
fn a_run_that_lives_elsewhere_is_left_to_its_process() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir]);
    first.until("step before … ok");
    let gate = reached(&folder);
    assert_eq!(folder.wf(&["resume"]).ended(0).out, "", "nothing is left to be resumed");
    let pid = format!("process {}", first.pid());
    let refused = folder.wf(&["resume", "last"]).ended(2).tells(&["is driven by", &pid, "wf run a.wf"]);
    assert!(!refused.err.contains(&dir), "inputs are nobody else's business: {}", refused.err);
    pass(gate);
    first.end().ended(0);
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
}

#[test]
fn a_key_of_a_run_that_lives_is_followed_to_its_end() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    first.until("step before … ok");
    let gate = reached(&folder);
    let mut second = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    second.until("following it");
    pass(gate);
    assert_eq!(second.end().ended(0).json(), json!({ "done": true }));
    assert_eq!(first.end().ended(0).json(), json!({ "done": true }));
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
    assert_eq!(folder.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn whoever_follows_a_run_goes_on_with_it_when_its_process_is_killed() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    first.until("step before … ok");
    let gate = reached(&folder);
    let mut second = folder.start(&["run", "a.wf", "-i", &dir, "--id", "k"]);
    second.until("following it");
    first.signal("KILL");
    first.end();
    drop(gate);
    second.until("step waits … was cut off and is made again");
    pass(reached(&folder));
    assert_eq!(second.end().ended(0).json(), json!({ "done": true }));
    assert_eq!(folder.read("done"), "before\nthrough\nafter\n");
}

/// Waits at a gate of its own.
const SERVED: &str = "\
workflow b {
  input { dir: string }
  step a = exec(\"cat\", [\"gate2\"], dir: input.dir)
  step c = exec(\"true\")
  output { x: int = c.code }
}
";

#[test]
fn who_was_served_goes_on_when_the_owner_is_killed_and_when_it_leaves() {
    for signal in ["KILL", "INT"] {
        let (folder, dir) = gated();
        let other = folder.file("b.wf", SERVED);
        folder.gate("gate2");
        let mut owner = folder.start(&["run", "a.wf", "-i", &dir]);
        owner.until("step before … ok");
        let gate = reached(&folder);
        let mut client = folder.start(&["run", &other.to_string_lossy(), "-i", &dir]);
        client.until("of b");
        owner.signal(signal);
        if signal == "INT" {
            pass(gate);
        } else {
            drop(gate);
        }
        owner.end();
        std::fs::write(folder.path().join("gate2"), "on\n").expect("written");
        assert_eq!(client.end().ended(0).json(), json!({ "x": 0 }), "{signal}");
        let list = folder.json(&["runs", "--json", "--status", "succeeded"]);
        assert_eq!(list["runs"][0]["workflow"], "b", "{signal}");
    }
}

#[test]
fn an_owner_that_is_stopped_is_named_and_waited_for() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir]);
    first.until("step before … ok");
    let gate = reached(&folder);
    first.signal("STOP");
    let mut second = folder.start(&["runs", "--json"]);
    let line = second.until("waiting: the store");
    assert!(line.contains(&format!("process {}", first.pid())) && line.contains("wf run a.wf"), "{line}");
    assert!(!line.contains(&dir), "inputs are nobody else's business: {line}");
    let mut third = folder.start(&["resume"]);
    third.until("waiting: the store");
    third.signal("INT");
    third.end().ended(130);
    first.signal("CONT");
    let list = second.end().ended(0);
    assert_eq!(list.err.matches("waiting:").count(), 1, "{}", list.err);
    assert_eq!(list.json()["runs"][0]["status"], "running");
    pass(gate);
    first.end().ended(0);
}

#[test]
fn a_socket_that_a_dead_process_left_is_no_hindrance() {
    let (folder, dir) = gated();
    let mut first = folder.start(&["run", "a.wf", "-i", &dir]);
    first.until("step before … ok");
    let gate = reached(&folder);
    first.signal("KILL");
    first.end();
    drop(gate);
    assert!(folder.path().join(".wayfare/link").exists());
    let said = folder.wf(&["runs"]).ended(0).prints(&["running"]);
    assert_eq!(said.err, "");
    assert!(!folder.path().join(".wayfare/link").exists(), "and it is gone with the next owner");
}

/// The command as somebody who may write nothing: the superuser may always, and becomes somebody else for it.
fn as_a_reader(folder: &Folder, arguments: &[&str]) -> super::Said {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let data = folder.path().join(".wayfare");
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its owner may");
    };
    let is_root = std::fs::metadata(folder.path()).expect("there").uid() == 0;
    let files = ["format", "journal.redb", "lock"].map(|name| data.join(name));
    mode(folder.path(), 0o755);
    mode(&data, 0o555);
    files.iter().for_each(|file| mode(file, 0o444));
    let wf = folder.command(arguments);
    let said = match is_root {
        false => super::finish(folder.command(arguments).spawn().expect("wf starts")),
        true => {
            let mut other = std::process::Command::new("setpriv");
            other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(wf.get_program()).args(wf.get_args());
            other.current_dir(folder.path()).env_remove("WF_DATA");
            other.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
            super::finish(other.stderr(std::process::Stdio::piped()).spawn().expect("setpriv starts"))
        }
    };
    files.iter().for_each(|file| mode(file, 0o600));
    mode(&data, 0o700);
    said
}

#[test]
fn a_folder_without_write_permission_can_be_read_and_says_so_where_it_is_to_be_written() {
    let folder = Folder::with("workflow w {\n  sleep 100d\n}\n");
    folder.wf(&["run", "a.wf", "--detach"]).ended(0);
    assert_eq!(as_a_reader(&folder, &["runs"]).ended(0).out.lines().count(), 2);
    as_a_reader(&folder, &["show", "last"]).ended(0).prints(&["waiting"]);
    for arguments in [&["resume"][..], &["run", "a.wf"], &["stop", "last"]] {
        let said = as_a_reader(&folder, arguments).ended(3);
        said.tells(&["lock` is not permitted: Permission denied", "--data DIR"]);
    }
    folder.wf(&["stop", "last"]).ended(0);
}

/// Each turn's step leaves a mark.
const MARKED: &str = "\
workflow marked {
  input { name: string; file: string; turns: int = 8 }
  let all = for i in 0..input.turns {
    step mark = shell(\"echo \\\"$K\\\" >> \\\"$F\\\"\", env: #{ F: input.file, K: `${input.name} ${i}` })
    yield i
  }
  output { turns: list<int> = all }
}
";

/// Two processes in one folder, of which the first is killed after that time; what is told otherwise than it should be.
fn kill_one(after: Duration) -> Result<bool, String> {
    let folder = Folder::with(MARKED);
    let file = format!("file={}", folder.file("marks", "").display());
    let first = folder.start(&["run", "a.wf", "-i", &file, "-i", "name=first"]);
    let second = folder.start(&["run", "a.wf", "-i", &file, "-i", "name=second"]);
    std::thread::sleep(after);
    first.signal("KILL");
    let was_killed = first.end().code.is_none();
    let ended = second.end();
    let turns = json!({ "turns": [0, 1, 2, 3, 4, 5, 6, 7] });
    if ended.code != Some(0) || ended.json() != turns {
        return Err(format!("the one that lives: {ended:?}"));
    }
    let resumed = folder.wf(&["resume"]);
    if resumed.code != Some(0) || !resumed.err.lines().all(|line| !line.contains("error")) {
        return Err(format!("resuming: {resumed:?}"));
    }
    let runs = folder.json(&["runs", "--json"]);
    let list = runs["runs"].as_array().expect("a list");
    if list.iter().any(|run| run["status"] != "succeeded") {
        return Err(format!("not all have succeeded: {runs}"));
    }
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for line in folder.read("marks").lines() {
        *marks.entry(line.to_string()).or_default() += 1;
    }
    let of = |name: &str| (0..8).map(|i| marks.get(&format!("{name} {i}")).copied().unwrap_or(0)).collect::<Vec<_>>();
    let (killed, lived) = (of("first"), of("second"));
    let begun = list.len() == 2;
    let redone = killed.iter().filter(|count| **count == 2).count();
    let well = killed.iter().all(|count| (usize::from(begun)..=2).contains(count)) && redone <= 1;
    if !well || lived != [1; 8] {
        return Err(format!("steps were done {killed:?} and {lived:?} times, {} runs", list.len()));
    }
    Ok(was_killed)
}

/// Kills so many, three at a time.
fn kill_many(kills: u32) {
    let next = AtomicU32::new(0);
    let killed = AtomicU32::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= kills {
                return;
            }
            // Over the time that such a run takes, and a little more.
            let after = Duration::from_micros(u64::from(number * 7_919 % kills) * 200_000 / u64::from(kills));
            match kill_one(after) {
                Ok(was) => drop(killed.fetch_add(u32::from(was), Ordering::Relaxed)),
                Err(why) => failures.lock().expect("no panic").push(format!("{after:?}: {why}")),
            }
        }
    };
    std::thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{} of {kills}:\n{}", failures.len(), failures.join("\n"));
    assert!(killed.into_inner() > kills / 4, "most of them are killed before they are done");
}

#[test]
fn one_of_two_processes_is_killed() {
    kill_many(12);
}

mod torture {
    /// `WF_SHARING_KILLS=1000` makes it longer.
    #[test]
    fn one_of_two_processes_is_killed_at_many_instants() {
        super::kill_many(std::env::var("WF_SHARING_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100));
    }
}
