//! `wf logs`: what a run has logged, and is still to log.

use serde_json::Value as Json;

use super::Folder;

#[test]
fn lines_are_told_in_order_with_their_times() {
    let folder = Folder::with("workflow w {\n  log(\"one\\ntwo\")\n  log(#{ n: 3 })\n}\n");
    folder.wf(&["run", "a.wf"]).ended(0);
    let said = folder.wf(&["logs", "last"]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 3, "{said:?}");
    assert!(lines[0].starts_with("20") && lines[0].ends_with("Z  one"), "{said:?}");
    assert_eq!(lines[1].trim_start(), "two");
    assert_eq!(lines[1].find("two"), lines[0].find("one"));
    assert!(lines[2].ends_with("Z  {\"n\":3}"), "{said:?}");
    let said = folder.wf(&["logs", "last", "--json", "--follow"]);
    let told: Vec<Json> = said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        told.iter().map(|line| line["text"].as_str().expect("a text")).collect::<Vec<_>>(),
        ["one\ntwo", "{\"n\":3}"]
    );
    assert_eq!((&told[0]["line"], &told[1]["line"]), (&2.into(), &3.into()));
}

#[test]
fn a_run_without_lines_prints_nothing_and_an_unknown_one_is_refused() {
    let folder = Folder::with("workflow w { let x = 1 }\n");
    folder.wf(&["logs", "last"]).ended(2).tells(&["there is no store yet"]);
    folder.wf(&["run", "a.wf"]).ended(0);
    let said = folder.wf(&["logs", "last"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
    folder.wf(&["logs", "ffff"]).ended(2).tells(&["there is no run `ffff`"]);
}

#[test]
fn what_a_run_says_cannot_move_the_cursor() {
    let folder = Folder::with("workflow w {\n  log(\"a\\u001b[2Jb\")\n}\n");
    folder.wf(&["run", "a.wf"]).ended(0);
    assert!(!folder.wf(&["logs", "last"]).out.contains('\u{1b}'));
}

#[test]
fn what_another_process_logs_is_followed_to_the_end() {
    let folder = Folder::with(
        "workflow w {\n  input { dir: string }\n  log(\"before\")\n  \
         step waits = exec(\"sh\", [\"-c\", \"cat gate\"], dir: input.dir)\n  log(\"after\")\n}\n",
    );
    folder.gate("gate");
    let dir = format!("dir={}", folder.path().display());
    let run = folder.command(&["run", "a.wf", "-i", &dir]).spawn().expect("wf starts");
    // Opening waits for the step that reads it.
    let gate = std::fs::OpenOptions::new().write(true).open(folder.path().join("gate")).expect("the gate opens");
    let mut follower = folder.command(&["logs", "last", "--follow"]).spawn().expect("wf starts");
    let mut out = std::io::BufReader::new(follower.stdout.take().expect("a pipe"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
    assert!(line.ends_with("  before\n"), "{line}");
    drop(gate);
    super::finish(run).ended(0);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).expect("the rest");
    assert!(rest.ends_with("  after\n") && rest.lines().count() == 1, "{rest}");
    assert!(follower.wait().expect("it ends").success());
}
