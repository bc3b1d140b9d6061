//! Which run is meant, and what is said where there is none.

use super::Folder;

const LOG: &str = "workflow w {\n  log(\"x\")\n}\nworkflow other {\n  fail \"no\"\n}\n";

#[test]
fn without_a_store_there_is_nothing_and_nothing_is_made() {
    let folder = Folder::new();
    assert_eq!(folder.json(&["runs", "--json"]), serde_json::json!({ "runs": [], "cursor": null }));
    assert_eq!(folder.wf(&["runs"]).ended(0).out, "");
    for command in ["show", "history", "resume"] {
        folder.wf(&[command, "last"]).ended(2).tells(&["error: there is no run `last`"]);
    }
    folder.wf(&["resume"]).ended(0);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is made");
}

#[test]
fn a_run_is_named_by_id_ending_or_last() {
    let folder = Folder::with(LOG);
    let first = folder.json(&["run", "a.wf:w", "--json"])["id"].as_str().expect("an id").to_string();
    let second = folder.json(&["run", "a.wf:w", "--json"])["id"].as_str().expect("an id").to_string();
    let shown = |name: &str| folder.json(&["show", name, "--json"])["id"].as_str().expect("an id").to_string();
    assert_eq!(shown(&first), first);
    assert_eq!(shown(&first.to_uppercase()), first);
    assert_eq!(shown(&first[20..]), first);
    assert_eq!(shown(&first[28..]), first);
    assert_eq!(shown("last"), second);
    for name in ["zzz", "", "00000000-0000-7000-8000-000000000000", "-"] {
        folder.wf(&["show", name]).ended(2).tells(&["there is no run", &second]);
    }
}

#[test]
fn an_ending_of_several_runs_is_refused_with_all_of_them() {
    let folder = Folder::with(LOG);
    let ids: Vec<String> = (0..17)
        .map(|_| folder.json(&["run", "a.wf:w", "--json", "-q"])["id"].as_str().expect("an id").to_string())
        .collect();
    // Of 17 ids at least two end in the same digit.
    let last = |id: &String| id.chars().next_back();
    let twin = ids.iter().find(|id| ids.iter().filter(|other| last(other) == last(id)).count() > 1).expect("two");
    let twins: Vec<&str> = ids.iter().filter(|id| last(id) == last(twin)).map(String::as_str).collect();
    let digit = last(twin).expect("a digit").to_string();
    folder.wf(&["show", &digit]).ended(2).tells(&["is the ending of several runs"]).tells(&twins);
}

#[test]
fn lists_are_newest_first_and_can_be_narrowed() {
    let folder = Folder::with(LOG);
    folder.wf(&["run", "a.wf:w"]).ended(0);
    folder.wf(&["run", "a.wf:other"]).ended(1);
    let names = |arguments: &[&str]| -> Vec<String> {
        let list = folder.json(&[&["runs", "--json"], arguments].concat());
        list["runs"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|r| r["workflow"].as_str().expect("a name").into())
            .collect()
    };
    assert_eq!(names(&[]), ["other", "w"]);
    assert_eq!(names(&["--workflow", "w"]), ["w"]);
    assert_eq!(names(&["--status", "failed"]), ["other"]);
    assert_eq!(names(&["--since", "1h"]), ["other", "w"]);
    assert_eq!(names(&["--since", "2999-01-01"]), [""; 0]);
    folder.wf(&["runs", "--status", "faild"]).ended(2).tells(&["faild", "failed"]);
    folder.wf(&["runs", "--since", "soon"]).ended(2).tells(&["`--since soon`"]);
    let page = folder.json(&["runs", "--json", "--limit", "1"]);
    let cursor = page["cursor"].as_str().expect("there is more");
    assert_eq!(page["runs"][0]["workflow"], "other");
    assert_eq!(names(&["--cursor", cursor]), ["w"]);
    let table = folder.wf(&["runs"]).ended(0).out;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("RUN ") && lines[1].contains("other") && lines[1].contains("failed"), "{table}");
    let short = lines[1].split(' ').next().expect("an ending");
    folder.wf(&["show", short]).ended(0).prints(&["other"]);
}

#[test]
fn the_root_and_the_data_folder_are_found() {
    let folder = Folder::new();
    folder.file("wayfare.toml", "");
    folder.file("flows/deep/a.wf", LOG);
    folder.wf(&["run", "flows/deep/a.wf:w"]).ended(0);
    assert!(folder.path().join(".wayfare/journal.redb").exists(), "the store lies in the root");
    folder.wf(&["run", "flows/deep/a.wf:w", "--data", "elsewhere"]).ended(0);
    assert!(folder.path().join("elsewhere/journal.redb").exists());
    let said = folder.command(&["runs", "--json"]).env("WF_DATA", "elsewhere").output().expect("it runs");
    let list: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(1));
    let other = Folder::new();
    other.file("flows/a.wf", LOG);
    other.wf(&["run", "flows/a.wf:w"]).ended(0);
    assert!(other.path().join("flows/.wayfare").exists(), "without a configuration it is the file's folder");
}

#[test]
fn a_store_that_is_none_ends_with_3() {
    let folder = Folder::with(LOG);
    folder.file(".wayfare/somebody.txt", "else");
    folder.wf(&["run", "a.wf:w"]).ended(3).tells(&["error: ", "not a Wayfare store", "help: "]);
    assert_eq!(folder.read(".wayfare/somebody.txt"), "else");
    folder.file("file", "no folder");
    folder.wf(&["runs", "--data", "file"]).ended(3).tells(&["not a Wayfare store"]);
    let newer = Folder::with(LOG);
    newer.wf(&["run", "a.wf:w"]).ended(0);
    newer.file(".wayfare/format", "wayfare 99\n");
    newer.wf(&["runs"]).ended(3).tells(&["format 99"]);
}
