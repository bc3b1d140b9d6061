//! `wf gc`: what has ended and is past its retention goes, and nothing else.

use std::os::unix::fs::PermissionsExt as _;

use super::Folder;

const KEEPS: &str = "workflow keeps { step a = file.write(\"x\", \"kept\") }\n";
const DROPS: &str = "workflow drops {\n  retention 0s\n  step a = file.write(\"x\", \"dropped\")\n}\n";
const WAITS: &str = "workflow waits {\n  retention 0s\n  step a = file.write(\"x\", \"waits\")\n  sleep 100d\n}\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("keeps.wf", KEEPS);
    folder.file("drops.wf", DROPS);
    folder.file("waits.wf", WAITS);
    folder
}

fn id(folder: &Folder, arguments: &[&str]) -> String {
    let run = folder.json(&[&["run", "--json", "--quiet"], arguments].concat());
    run["id"].as_str().expect("an id").to_string()
}

fn has_folder(folder: &Folder, run: &str) -> bool {
    folder.path().join(".wayfare/runs").join(run).is_dir()
}

fn listed(folder: &Folder) -> Vec<String> {
    let runs = folder.json(&["runs", "--json"]);
    let workflows = runs["runs"].as_array().expect("a list").iter();
    let mut listed: Vec<String> = workflows.map(|run| run["workflow"].as_str().expect("a name").to_string()).collect();
    listed.sort();
    listed
}

#[test]
fn a_run_goes_when_its_retention_is_over() {
    let folder = folder();
    let kept = id(&folder, &["keeps.wf"]);
    let dropped = id(&folder, &["drops.wf", "--id", "once"]);
    let waiting = id(&folder, &["waits.wf", "--detach"]);
    assert!([&kept, &dropped, &waiting].iter().all(|run| has_folder(&folder, run)));
    let said = folder.wf(&["gc", "--dry-run"]).ended(0).prints(&["drops  succeeded", "would remove 1 run"]);
    assert!(!said.out.contains("keeps"), "{said:?}");
    assert_eq!(listed(&folder), ["drops", "keeps", "waits"]);
    folder.wf(&["gc"]).ended(0).prints(&["removed 1 run (", "1 folder of 7 bytes", "1 key"]);
    assert_eq!(listed(&folder), ["keeps", "waits"]);
    assert!(has_folder(&folder, &kept) && has_folder(&folder, &waiting) && !has_folder(&folder, &dropped));
    folder.wf(&["show", &dropped]).ended(2).tells(&["there is no run"]);
    folder.wf(&["gc"]).ended(0).prints(&["there is nothing to remove"]).tells(&["1 run has ended", "--older 30d"]);
    // The key is free again, and another run takes it.
    let again = id(&folder, &["drops.wf", "--id", "once"]);
    assert_ne!(again, dropped);
    let freed = folder.json(&["gc", "--older", "0s", "--json"]);
    assert_eq!((&freed["runs"], &freed["folders"], &freed["dry_run"]), (&2.into(), &2.into(), &false.into()));
    assert_eq!(listed(&folder), ["waits"]);
    let run = folder.json(&["show", &waiting, "--json"]);
    assert_eq!((&run["status"], &run["steps"][0]["status"]), (&"waiting".into(), &"succeeded".into()));
}

#[test]
fn the_configuration_says_how_long_what_says_nothing_is_kept() {
    let folder = folder();
    folder.wf(&["run", "keeps.wf"]).ended(0);
    folder.file("wayfare.toml", "retention = \"30d\"\n");
    folder.wf(&["gc"]).ended(0).prints(&["nothing to remove"]);
    folder.file("wayfare.toml", "retention = \"0s\"\n");
    folder.wf(&["gc"]).ended(0).prints(&["removed 1 run"]);
    folder.file("wayfare.toml", "retention = \"soon\"\n");
    folder.wf(&["gc"]).ended(2).tells(&["wayfare.toml:1:13: `retention`: `soon` is no duration"]);
    folder.file("wayfare.toml", "");
    folder.wf(&["gc", "--older", "soon"]).ended(2).tells(&["`--older soon` is no duration"]);
}

#[test]
fn what_a_caller_that_goes_on_has_called_stays() {
    let folder = folder();
    let text = "workflow child { step a = file.write(\"x\", \"y\"); output { dir: string = run.dir } }
workflow parent {
  step c = call child()
  sleep 100d
}
";
    folder.file("tree.wf", text);
    id(&folder, &["tree.wf:parent", "--detach"]);
    folder.wf(&["gc", "--older", "0s"]).ended(0).prints(&["nothing to remove"]);
    assert_eq!(listed(&folder), ["child", "parent"]);
}

#[test]
fn a_folder_that_stays_keeps_its_run() {
    let folder = folder();
    let run = id(&folder, &["drops.wf"]);
    let dir = folder.path().join(".wayfare/runs").join(&run);
    // What another user made there can't be removed; a superuser can remove anything, and then it is gone.
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o500)).expect("set");
    let said = folder.wf(&["gc"]);
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700)).ok();
    match said.code {
        Some(0) => assert!(listed(&folder).is_empty(), "{said:?}"),
        _ => {
            said.ended(1).tells(&["can't be removed"]);
            assert_eq!(listed(&folder), ["drops"]);
        }
    }
}

#[test]
fn no_link_is_followed_out_of_a_run() {
    let folder = folder();
    folder.file("precious/file", "x");
    let target = folder.path().join("precious").display().to_string();
    folder.file(
        "links.wf",
        format!("workflow links {{ retention 0s; step a = exec(\"ln\", [\"-s\", \"{target}\", \"out\"]) }}\n"),
    );
    id(&folder, &["links.wf"]);
    folder.wf(&["gc"]).ended(0).prints(&["removed 1 run"]);
    assert_eq!(folder.read("precious/file"), "x");
}

#[test]
fn where_there_is_no_store_there_is_nothing_to_remove() {
    let folder = folder();
    folder.wf(&["gc"]).ended(0).prints(&["there is nothing to remove"]);
    assert!(!folder.path().join(".wayfare").exists());
}
