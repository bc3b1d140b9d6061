//! `wf check` and `wf explain`.

use serde_json::{Value as Json, json};

use super::Folder;

const GOOD: &str = "workflow w {\n  log(\"x\")\n}\n";
const BAD: &str = "workflow w {\n  let health = 1\n  log(heatlh)\n}\n";

#[test]
fn errors_have_their_shape() {
    let folder = Folder::with(BAD);
    let said = folder.wf(&["check", "a.wf", "--json"]).ended(2);
    let found = said.json();
    let only = &found["diagnostics"][0];
    assert_eq!(found["diagnostics"].as_array().map(Vec::len), Some(1));
    let fields: Vec<&String> = only.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["code", "column", "file", "help", "labels", "line", "message", "severity", "span"]);
    assert_eq!((&only["file"], &only["line"], &only["column"]), (&json!("a.wf"), &json!(3), &json!(7)));
    assert_eq!(only["span"], json!({ "start": 36, "end": 42 }));
    assert_eq!(only["help"], "did you mean `health`?");
    assert!(only["code"].as_str().expect("a code").starts_with('E'));
    folder.wf(&["check", "a.wf"]).ended(2).tells(&[
        "a.wf:3:7",
        "log(heatlh)",
        "^^^^^^",
        "help: did you mean `health`?",
        "1 file: 1 error",
    ]);
}

#[test]
fn a_file_that_is_well_is_said_so() {
    let folder = Folder::with(GOOD);
    let said = folder.wf(&["check", "a.wf"]).ended(0).tells(&["1 file: nothing found"]);
    assert_eq!(said.out, "");
    assert_eq!(folder.json(&["check", "a.wf", "--json"]), json!({ "diagnostics": [] }));
    folder.wf_reading(&["check", "-"], GOOD).ended(0);
    assert!(!folder.path().join(".wayfare").exists());
}

#[test]
fn warnings_alone_are_no_fault() {
    let folder = Folder::with("workflow w {\n  log(\"${x}\")\n}\n");
    let said = folder.wf(&["check", "a.wf", "--json"]).ended(0).tells(&["1 warning"]);
    assert_eq!(said.json()["diagnostics"][0]["severity"], "warning");
}

#[test]
fn folders_are_looked_into_in_order_and_links_are_not_followed() {
    let folder = Folder::new();
    for name in ["b/one.wf", "a/two.wf", "a/deep/three.wf"] {
        folder.file(name, BAD);
    }
    folder.file(".hidden/no.wf", BAD);
    folder.file("a/other.txt", "no");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).expect("a link");
    std::os::unix::fs::symlink(folder.path().join("b/one.wf"), folder.path().join("link.wf")).expect("a link");
    let found = folder.json(&["check", ".", "a/two.wf", "--json"]);
    let files: Vec<&str> =
        found["diagnostics"].as_array().expect("a list").iter().filter_map(|d| d["file"].as_str()).collect();
    assert_eq!(files, ["a/deep/three.wf", "a/two.wf", "b/one.wf"]);
}

#[test]
fn what_cannot_be_read_is_a_finding_too() {
    let folder = Folder::with(GOOD);
    let found = folder.json(&["check", "a.wf", "missing.wf", "--json"]);
    assert_eq!(found["diagnostics"][0]["file"], "missing.wf");
    assert_eq!(found["diagnostics"][0]["severity"], "error");
}

#[test]
fn each_code_is_explained() {
    let folder = Folder::new();
    let all = folder.json(&["explain", "--json"]);
    let codes: Vec<&str> =
        all["codes"].as_array().expect("a list").iter().filter_map(|entry| entry["code"].as_str()).collect();
    assert!(codes.len() > 30, "only {} codes", codes.len());
    let listed = folder.wf(&["explain"]).ended(0).out;
    assert_eq!(listed.lines().count(), codes.len());
    for code in [codes[0], codes[codes.len() / 2], codes[codes.len() - 1]] {
        let said = folder.wf(&["explain", &code.to_lowercase()]).ended(0).prints(&[code, "wrong", "right"]);
        assert!(said.out.lines().all(|line| line.chars().count() < 200), "{}", said.out);
    }
    for entry in all["codes"].as_array().expect("a list") {
        let whole =
            ["title", "text", "wrong", "right"].iter().all(|part| entry[*part].as_str().is_some_and(|t| !t.is_empty()));
        assert!(whole, "{entry}");
    }
    folder.wf(&["explain", "E9999"]).ended(2).tells(&["there is no code `E9999`", "help:"]);
    folder.wf(&["explain", "\u{1b}"]).ended(2);
    assert_eq!(folder.json(&["explain", codes[0], "--json"])["code"], Json::from(codes[0]));
}
