//! Inputs: how they are written, and that wrong ones are refused before anything runs.

use serde_json::json;

use super::Folder;

const ALL: &str = "\
workflow w {
  input {
    name: string
    replicas: int = 2 where replicas >= 1
    mode: \"rolling\" | \"all\" = \"rolling\"
    window: duration = 30m
    at: datetime? = ()
    tags: list<string> = []
    extra: any = ()
  }
  output {
    input: any = input
  }
}
";

fn refused(arguments: &[&str], parts: &[&str]) {
    let folder = Folder::with(ALL);
    let said = folder.wf(&[&["run", "a.wf"], arguments].concat()).ended(2).tells(parts);
    assert_eq!(said.out, "");
    assert!(!folder.path().join(".wayfare").exists(), "nothing ran, so nothing is stored");
}

#[test]
fn each_type_is_written_its_own_way() {
    let folder = Folder::with(ALL);
    let said = folder.wf(&[
        "run",
        "a.wf",
        "-q",
        "-i",
        "name=5",
        "-i",
        "replicas=3",
        "-i",
        "mode=all",
        "-i",
        "window=1h30m",
        "-i",
        "at=2026-11-22T09:00:00+01:00",
        "-i",
        "tags=[\"a\",\"b\"]",
        "-i",
        "extra={\"deep\":[1,null]}",
    ]);
    let expected = json!({ "input": {
        "name": "5", "replicas": 3, "mode": "all", "window": "1h30m", "at": "2026-11-22T08:00:00.000Z",
        "tags": ["a", "b"], "extra": { "deep": [1, null] },
    } });
    assert_eq!(said.ended(0).json(), expected);
}

#[test]
fn all_inputs_come_as_one_object() {
    let folder = Folder::with(ALL);
    let name = |said: super::Said| said.ended(0).json()["input"]["name"].clone();
    assert_eq!(name(folder.wf(&["run", "a.wf", "--input", "{\"name\":\"n\"}"])), "n");
    folder.file("in.json", "{\"name\":\"file\",\"window\":\"5s\"}");
    assert_eq!(name(folder.wf(&["run", "a.wf", "--input", "@in.json"])), "file");
    assert_eq!(name(folder.wf(&["run", "a.wf", "--input", "@in.json", "-i", "name=more"])), "more");
    assert_eq!(name(folder.wf_reading(&["run", "a.wf", "--input", "-"], "{\"name\":\"pipe\"}")), "pipe");
}

#[test]
fn wrong_inputs_are_refused_by_name() {
    refused(&[], &["`name`", "(string)", "missing"]);
    refused(&["-i", "name=x", "-i", "replicas=many"], &["`replicas`", "int", "`many`"]);
    refused(&["-i", "name=x", "-i", "replicas=0"], &["`replicas`", "`0`", "replicas >= 1"]);
    refused(&["-i", "name=x", "-i", "mode=some"], &["`mode`", "\"rolling\"", "`some`"]);
    refused(&["-i", "name=x", "-i", "window=90"], &["`window`", "duration", "`90`"]);
    refused(&["-i", "nmae=x"], &["no input `nmae`", "did you mean `name`?"]);
    refused(&["-i", "name"], &["has no `=`"]);
    refused(&["-i", "name=a", "-i", "name=b"], &["given twice"]);
    refused(&["--input", "{"], &["not JSON"]);
    refused(&["--input", "[1]"], &["not a JSON object"]);
    refused(&["--input", "@missing.json"], &["`missing.json`"]);
    refused(&["--input", "{\"name\":5}"], &["`name`", "string"]);
    refused(&["-i", "name=x", "--id", ""], &["idempotency key"]);
}

#[test]
fn nothing_dangerous_is_repeated_to_the_terminal() {
    let folder = Folder::with(ALL);
    let said = folder.wf(&["run", "a.wf", "-i", "name=x", "-i", "replicas=\u{1b}[31m\u{202e}"]).ended(2);
    assert!(!said.err.contains('\u{1b}') && !said.err.contains('\u{202e}'), "{:?}", said.err);
}

#[test]
fn a_network_is_stored_with_the_run() {
    let folder = Folder::with("workflow w {\n  log(\"x\")\n}\n");
    folder.wf(&["run", "a.wf", "--allow-net", "10.0.0.0/8:443", "--allow-net", "db.local"]).ended(0);
    folder.wf(&["history", "last", "--json"]).prints(&["\"allow_net\":[\"10.0.0.0/8:443\",\"db.local\"]"]);
    folder.wf(&["run", "a.wf", "--allow-net", "a b"]).ended(2).tells(&["`--allow-net a b`"]);
}

#[test]
fn the_configuration_counts_for_the_files_below_it() {
    let folder = Folder::new();
    folder.file("wayfare.toml", "allow_net = [\"db.local:5432\"]\n");
    folder.file("jobs/a.wf", "workflow w {\n  log(\"x\")\n}\n");
    folder.wf(&["run", "jobs/a.wf", "--allow-net", "10.0.0.0/8"]).ended(0);
    folder.wf(&["history", "last", "--json"]).prints(&["\"allow_net\":[\"10.0.0.0/8\",\"db.local:5432\"]"]);
    folder.file("wayfare.toml", "allow_nets = []\nallow_net = [\"http://x\"]\n");
    let said = folder.wf(&["run", "jobs/a.wf"]).ended(2);
    said.tells(&[
        "wayfare.toml:1:1: there is no key `allow_nets`",
        "wayfare.toml:2:14: `allow_net`: `http://x` is a URL",
    ]);
}
