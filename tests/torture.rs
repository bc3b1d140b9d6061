//! The kill test: the real binary is killed with SIGKILL at many instants, half of them by time and half at the n-th
//! commit, and goes on with `wf resume`. An outside file counts what the steps really did.
//!
//! `WF_TORTURE_KILLS=1000` makes it longer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use wayfare::journal::{Folder, Holder, Journal};
use wayfare::model::{Event, RunId, Time};

const WORKFLOW: &str = r#"
fn key(id, path) { `${id}/${path}` }

workflow torture {
  input { file: string; ending: "right" | "fails" | "late" = "right" }
  timeout 1h

  let turns = for i in 0..2 {
    step mark = shell("echo \"$K\" >> \"$F\"", env: #{ F: input.file, K: key(run.id, `turns[${i}].mark`) })
    log(`turn ${i}`)
    try {
      step flaky = shell("echo \"$K\" >> \"$F\"; [ $(grep -cFx -e \"$K\" \"$F\") -ge 3 ]",
          env: #{ F: input.file, K: key(run.id, `turns[${i}].flaky`) })
        retry 3 every 15ms..20ms
      step broken = shell("echo \"$K\" >> \"$F\"; exit 3",
          env: #{ F: input.file, K: key(run.id, `turns[${i}].broken`) })
    } catch err {
      step noted = shell("echo \"$K\" >> \"$F\"; echo \"$KIND\"",
          env: #{ F: input.file, K: key(run.id, `turns[${i}].noted`), KIND: err.kind })
    } finally {
      sleep 15ms
    }
    step soft = shell("echo \"$K\" >> \"$F\"; exit 1",
        env: #{ F: input.file, K: key(run.id, `turns[${i}].soft`) })
      else #{ code: 1, stdout: "soft", stderr: "" }
    step child = call leaf(file: input.file, n: i)
    yield #{ turn: i, child: child.n, soft: soft.stdout }
  }

  if input.ending == "fails" { fail #{ kind: "wanted", message: "as asked" } }
  if input.ending == "late" {
    step hurried = call leaf_that_lasts(file: input.file) timeout 80ms else #{}
    step slow = call late(file: input.file)
  }

  // At the end: how many commits such a stretch takes depends on how they gather.
  let spun = 0
  while spun < 5000 { spun += 1 }

  output { turns: list<any> = turns; spun: int = spun }
}

workflow leaf {
  input { file: string; n: int }
  step one = shell("echo \"$K\" >> \"$F\"", env: #{ F: input.file, K: key(run.id, "one") })
  sleep 15ms
  step two = shell("echo \"$K\" >> \"$F\"", env: #{ F: input.file, K: key(run.id, "two") })
  output { n: int = input.n * 10 }
}

workflow leaf_that_lasts {
  input { file: string }
  sleep 1h
}

workflow late {
  input { file: string }
  timeout 200ms
  step begun = shell("echo \"$K\" >> \"$F\"", env: #{ F: input.file, K: key(run.id, "begun") })
  sleep 1h
}
"#;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Right after so many commits, before anybody is answered: the process does it itself.
    Commit(usize),
    After(Duration),
}

impl Moment {
    /// Half the time. A commit that never comes has nothing before it that was meant.
    fn sooner(self) -> Option<Moment> {
        match self {
            Moment::Commit(commits) => (commits > 1).then_some(Moment::Commit(commits / 2)),
            Moment::After(length) => (length > Duration::from_millis(1)).then_some(Moment::After(length / 2)),
        }
    }
}

/// How many runs were killed for the first time.
static KILLED: AtomicUsize = AtomicUsize::new(0);

struct Case {
    number: usize,
    ending: &'static str,
    kills: Vec<Moment>,
}

/// A folder with the workflow, its data and the file that counts.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { dir: tempfile::tempdir().expect("a folder") };
        std::fs::write(place.path("torture.wf"), WORKFLOW).expect("a file");
        std::fs::write(place.path("marks"), "").expect("a file");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn wf(&self, arguments: &[String]) -> Command {
        let mut wf = Command::new(env!("CARGO_BIN_EXE_wf"));
        wf.args(arguments).arg("--data").arg(self.path("data")).stdout(Stdio::piped()).stderr(Stdio::piped());
        wf
    }

    fn run(&self, ending: &str) -> Vec<String> {
        let file = format!("file={}", self.path("marks").display());
        let program = format!("{}:torture", self.path("torture.wf").display());
        // With a key the beginning of the run is a commit of its own.
        let words = ["run", &program, "--events", "--id", "k", "-i", &file, "-i", &format!("ending={ending}")];
        words.iter().map(ToString::to_string).collect()
    }

    /// As it was before anything ran.
    fn clear(&self) {
        std::fs::remove_dir_all(self.path("data")).expect("removed");
        std::fs::write(self.path("marks"), "").expect("a file");
    }

    /// That no program of any step lives on, and none is on record.
    fn is_left_clean(&self) -> Result<(), String> {
        let records = std::fs::read_dir(self.path("data/programs")).map_or(0, Iterator::count);
        let mine = self.path("marks").display().to_string();
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let given = |process: &std::fs::DirEntry| std::fs::read(process.path().join("environ")).unwrap_or_default();
        let left = processes.filter(|process| String::from_utf8_lossy(&given(process)).contains(&mine)).count();
        if records + left == 0 { Ok(()) } else { Err(format!("{records} records and {left} programs are left over")) }
    }

    /// How often each key was written.
    fn marks(&self) -> BTreeMap<String, usize> {
        let mut marks = BTreeMap::new();
        for line in std::fs::read_to_string(self.path("marks")).expect("the file is there").lines() {
            *marks.entry(line.to_string()).or_default() += 1;
        }
        marks
    }
}

/// An event that was told of: the number of its record, and its kind.
type Seen = (u64, String);

/// Starts `wf` and reads the events that it tells of as they come to be on disk.
fn watch(mut command: Command) -> (Child, Receiver<Seen>) {
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
fn kill_at(mut command: Command, moment: Moment) -> bool {
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

/// What the store says after a death.
struct Found {
    /// The kinds of event in the record that is last on disk.
    last: BTreeSet<&'static str>,
    /// `RUN/PATH` of the steps that have ended.
    ended: BTreeSet<String>,
    /// `RUN/PATH` of the attempts that are under way.
    under_way: BTreeSet<String>,
}

/// This test, as others would see it that wait for the store.
fn holder() -> Holder {
    Holder { pid: std::process::id(), started: Time::from_unix_ms(0), command: vec!["the kill test".into()] }
}

fn look(data: &Path) -> Found {
    let mut found = Found { last: BTreeSet::new(), ended: BTreeSet::new(), under_way: BTreeSet::new() };
    let me = holder();
    let Some(folder) = Folder::look(data, &Default::default(), &me, &mut |_| {}).expect("the store opens") else {
        return found;
    };
    let journal = folder.journal();
    let runs = journal.runs(&wayfare::journal::Filter::newest(1_000)).expect("a list");
    // Which of two records of the same millisecond is the last one nobody can tell: then neither counts.
    let mut latest: Option<(Time, Option<BTreeSet<&'static str>>)> = None;
    for run in &runs {
        let records = journal.history(run.id, 0, 100_000).expect("a history");
        let mut names = BTreeMap::new();
        for event in records.iter().flat_map(|r| &r.events) {
            note(run.id, event, &mut names, &mut found);
        }
        if let Some(record) = records.last() {
            match &mut latest {
                Some((at, _)) if *at > record.at => {}
                Some((at, kinds)) if *at == record.at => *kinds = None,
                _ => latest = Some((record.at, Some(record.events.iter().map(kind).collect()))),
            }
        }
    }
    found.last = latest.and_then(|(_, kinds)| kinds).unwrap_or_default();
    found
}

fn note(run: RunId, event: &Event, names: &mut BTreeMap<u32, String>, found: &mut Found) {
    match event {
        Event::StepStarted(start) => {
            let key = format!("{run}/{}", start.path);
            names.insert(start.op.0, key.clone());
            found.under_way.insert(key);
        }
        Event::AttemptStarted { op, .. } | Event::AttemptResumed { op, .. } => {
            found.under_way.insert(names[&op.0].clone());
        }
        Event::AttemptFailed { op, .. } => {
            found.under_way.remove(&names[&op.0]);
        }
        Event::StepSucceeded { op, .. }
        | Event::StepFellBack { op, .. }
        | Event::StepFailed { op, .. }
        | Event::StepStopped { op } => {
            found.under_way.remove(&names[&op.0]);
            found.ended.insert(names[&op.0].clone());
        }
        _ => {}
    }
}

/// The name of an event's kind, and so a list of them all: a new kind must be thought about here.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::RunStarted(_) => "run_started",
        Event::Advanced { .. } => "advanced",
        Event::Logged { .. } => "logged",
        Event::StepStarted(_) => "step_started",
        Event::AttemptStarted { .. } => "attempt_started",
        Event::AttemptResumed { .. } => "attempt_resumed",
        Event::AttemptTimedOut { .. } => "attempt_timed_out",
        Event::AttemptFailed { .. } => "attempt_failed",
        Event::StepSucceeded { .. } => "step_succeeded",
        Event::StepFellBack { .. } => "step_fell_back",
        Event::StepFailed { .. } => "step_failed",
        Event::SleepStarted { .. } => "sleep_started",
        Event::SleepEnded { .. } => "sleep_ended",
        Event::SleepStopped { .. } => "sleep_stopped",
        Event::FiberCancelled { .. } => "fiber_cancelled",
        Event::RunAborted { .. } => "run_aborted",
        Event::RunSucceeded { .. } => "run_succeeded",
        Event::RunFailed { .. } => "run_failed",
        // What brings these about can't be run, or said, by this version.
        Event::StepStopped { .. } => "step_stopped",
        Event::StopRequested => "stop_requested",
        Event::RunStopped => "run_stopped",
        Event::Forked { .. }
        | Event::BranchStarted { .. }
        | Event::BranchEnded { .. }
        | Event::Joined { .. }
        | Event::UndoHeld { .. }
        | Event::SignalReceived { .. }
        | Event::SignalTaken { .. }
        | Event::RunPaused
        | Event::RunUnpaused
        | Event::AttentionNeeded { .. } => "out of reach",
    }
}

/// Every kind that a workflow of this version can bring about.
const REACHABLE: [&str; 20] = [
    "run_started",
    "advanced",
    "logged",
    "step_started",
    "attempt_started",
    "attempt_resumed",
    "attempt_failed",
    "attempt_timed_out",
    "stop_requested",
    "run_stopped",
    "step_succeeded",
    "step_fell_back",
    "step_failed",
    "sleep_started",
    "sleep_ended",
    "sleep_stopped",
    "fiber_cancelled",
    "run_aborted",
    "run_succeeded",
    "run_failed",
];

/// A run's end, without what differs from run to run. How many attempts the flaky step needs depends on how often
/// it was cut off, so attempts aren't compared here but counted below.
fn ended(place: &Place) -> Option<Json> {
    let shown =
        place.wf(&["runs".into(), "--workflow".into(), "torture".into(), "--json".into()]).output().expect("it runs");
    let runs: Json = serde_json::from_slice(&shown.stdout).expect("a list");
    let id = runs["runs"][0]["id"].as_str()?.to_string();
    let shown = place.wf(&["show".into(), id, "--json".into()]).output().expect("it runs");
    let run: Json = serde_json::from_slice(&shown.stdout).expect("a run");
    let steps: Vec<Json> =
        run["steps"].as_array()?.iter().map(|s| serde_json::json!([s["path"], s["status"]])).collect();
    Some(serde_json::json!([run["status"], run["output"], run["error"]["kind"], steps]))
}

impl Case {
    fn torture(
        &self,
        expected: &BTreeMap<&str, Json>,
        last: &Mutex<BTreeMap<&'static str, usize>>,
    ) -> Result<(), String> {
        let place = Place::new();
        let mut kills = self.kills.clone();
        // A process that was done sooner than it ever was is killed sooner.
        while !kill_at(place.wf(&place.run(self.ending)), kills[0]) {
            kills[0] = kills[0].sooner().ok_or("the process can't be killed before it ends")?;
            place.clear();
        }
        KILLED.fetch_add(1, Ordering::Relaxed);
        let mut command = None;
        let mut done_once: BTreeMap<String, usize> = BTreeMap::new();
        let mut cut_off: BTreeMap<String, usize> = BTreeMap::new();
        for kill in &kills {
            if let Some(command) = command.take()
                && !kill_at(command, *kill)
            {
                break;
            }
            let found = look(&place.path("data"));
            let marks = place.marks();
            for kind in &found.last {
                *last.lock().expect("no panic").entry(kind).or_default() += 1;
            }
            for key in found.ended {
                done_once.entry(key.clone()).or_insert(marks.get(&key).copied().unwrap_or(0));
            }
            for key in found.under_way {
                *cut_off.entry(key).or_default() += 1;
            }
            command = Some(place.wf(&["resume".into(), "--events".into()]));
        }
        let resumed = place.wf(&["resume".into()]).output().expect("it runs");
        let Some(end) = ended(&place) else {
            // Killed before the run was acknowledged: then nothing was done either.
            return if place.marks().is_empty() { Ok(()) } else { Err("steps of a run that isn't there".into()) };
        };
        if end != expected[self.ending] {
            let said = String::from_utf8_lossy(&resumed.stderr).into_owned();
            return Err(format!("ended as {end}\n  not as {}\n  {said}", expected[self.ending]));
        }
        place.is_left_clean()?;
        let marks = place.marks();
        for (key, count) in &done_once {
            if marks.get(key).copied().unwrap_or(0) != *count {
                return Err(format!("finished step {key} was performed again"));
            }
        }
        for (key, count) in &marks {
            let attempts = if key.ends_with("flaky") { 3 } else { 1 };
            let again = cut_off.get(key).copied().unwrap_or(0);
            if *count > attempts + again {
                return Err(format!("{key} was performed {count} times, with {again} kills while it was under way"));
            }
        }
        Ok(())
    }
}

/// What happens when nobody is killed.
struct Undisturbed {
    ends: BTreeMap<&'static str, Json>,
    /// For each kind of event, an ending (by its place in [`ENDINGS`]) and the commits that brought it about.
    kinds: BTreeMap<String, (usize, Vec<usize>)>,
    /// How many commits each ending has, and how long it takes.
    lengths: BTreeMap<&'static str, (usize, Duration)>,
}

const ENDINGS: [&str; 3] = ["right", "fails", "late"];

fn undisturbed() -> Undisturbed {
    let mut found = Undisturbed { ends: BTreeMap::new(), kinds: BTreeMap::new(), lengths: BTreeMap::new() };
    for (number, ending) in ENDINGS.into_iter().enumerate() {
        let place = Place::new();
        let begin = Instant::now();
        let mut commits = 0;
        let (mut child, told) = watch(place.wf(&place.run(ending)));
        // One run at a time commits, so a record is a commit.
        for (record, kind) in told {
            let commit = record as usize + 1;
            commits = commits.max(commit);
            let known = found.kinds.entry(kind).or_insert_with(|| (number, Vec::new()));
            if known.0 == number && known.1.last() != Some(&commit) {
                known.1.push(commit);
            }
        }
        child.wait().expect("it ends");
        found.lengths.insert(ending, (commits, begin.elapsed()));
        found.ends.insert(ending, ended(&place).expect("a run"));
    }
    found
}

/// Half of the kills by time, half at a commit: of those, some aimed at each kind of event.
fn cases(kills: usize, undisturbed: &Undisturbed) -> Vec<Case> {
    let Undisturbed { kinds, lengths, .. } = undisturbed;
    let aimed: Vec<(usize, usize)> =
        kinds.values().flat_map(|(ending, commits)| [0, commits.len() / 2].map(|i| (*ending, commits[i]))).collect();
    (0..kills)
        .map(|number| {
            let half = number / 2;
            let (ending, first) = match number % 2 {
                0 => match aimed.get(half) {
                    Some((ending, commit)) => (*ending, Moment::Commit(*commit)),
                    None => (half % 3, Moment::Commit(1 + half * 7 % lengths[ENDINGS[half % 3]].0)),
                },
                _ => {
                    let (_, length) = lengths[ENDINGS[half % 3]];
                    (half % 3, Moment::After(length.mul_f64((half as f64 + 0.5) / (kills as f64 / 2.0))))
                }
            };
            // Every third is killed again while it resumes: at the very first commit, or a little later.
            let again = (number % 3 == 0).then_some(Moment::Commit(1 + number % 5 / 2));
            Case { number, ending: ENDINGS[ending], kills: [first].into_iter().chain(again).collect() }
        })
        .collect()
}

/// Kills around the commits that brought a kind of event about.
fn closer(kind: &str, undisturbed: &Undisturbed) -> Vec<Case> {
    let (ending, commits) = undisturbed.kinds.get(kind).cloned().unwrap_or((0, vec![10]));
    let around = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5].into_iter();
    around
        .map(|by: isize| {
            let commit = commits[commits.len() / 2].saturating_add_signed(by).max(1);
            // What only a resumed run brings about comes with its first commit.
            Case { number: 0, ending: ENDINGS[ending], kills: vec![Moment::Commit(commit), Moment::Commit(1)] }
        })
        .collect()
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let kills = std::env::var("WF_TORTURE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let undisturbed = undisturbed();
    let expected = &undisturbed.ends;
    assert_eq!(expected["right"][0], "succeeded", "{}", expected["right"]);
    assert_eq!(expected["fails"][2], "wanted", "{}", expected["fails"]);
    assert_eq!(expected["late"][2], "timeout", "{}", expected["late"]);
    let cases = cases(kills, &undisturbed);
    let (next, last, failures) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = case.torture(expected, &last) {
                        let told = format!("case {} ({}, {:?}): {why}", case.number, case.ending, case.kills);
                        failures.lock().expect("no panic").push(told);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{} of {kills}:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(KILLED.load(Ordering::Relaxed), kills, "each case is a kill");
    // On a busy machine records share commits otherwise than before: what was missed is looked for nearby.
    for kind in REACHABLE {
        for case in closer(kind, &undisturbed) {
            if last.lock().expect("no panic").contains_key(kind) {
                break;
            }
            let held = case.torture(expected, &last);
            assert!(held.is_ok(), "{} ({:?}): {}", case.ending, case.kills, held.unwrap_err());
        }
    }
    let last = last.into_inner().expect("no panic");
    let missing: Vec<&str> = REACHABLE.into_iter().filter(|kind| !last.contains_key(kind)).collect();
    assert!(missing.is_empty(), "never in the last record on disk: {missing:?}; seen: {last:?}");
}
