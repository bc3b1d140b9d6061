//! `backup.wf`: on its defaults, and with a target that is missing.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

fn wf(arguments: &[&str], data: &Path) -> Output {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/backup.wf:backup");
    let mut wf = Command::new(env!("CARGO_BIN_EXE_wf"));
    wf.arg("run").arg(example).args(["--json", "--data"]).arg(data).args(arguments);
    wf.output().expect("the binary starts")
}

fn run(output: &Output) -> Json {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no run: {error}\n{said}"))
}

/// What the archive holds, by the tool that an administrator would look with.
fn entries(archive: &str) -> String {
    let listed = Command::new("tar").args(["-tzf", archive]).output().expect("tar");
    assert!(listed.status.success(), "{archive} is an archive");
    String::from_utf8(listed.stdout).expect("names")
}

#[test]
fn the_backup_runs_on_its_defaults() {
    let dir = tempfile::tempdir().expect("a folder");
    let output = wf(&[], &dir.path().join("data"));
    let run = run(&output);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let archive = run["output"]["saved"][0]["archive"].as_str().expect("an archive");
    assert!(entries(archive).contains("./date.txt"));
}

#[test]
fn the_backup_keeps_what_it_should_and_tells_what_failed() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::create_dir_all(dir.path().join("www/sub")).expect("a folder");
    std::fs::write(dir.path().join("www/sub/index.html"), "hello").expect("a file");
    let targets = format!("targets={}", serde_json::json!([path("www"), path("missing")]));
    let store = format!("store={}", path("store"));
    let arguments = ["-i", &targets, "-i", &store, "-i", "keep=2"];
    let mut last = Json::Null;
    for _ in 0..3 {
        let output = wf(&arguments, &dir.path().join("data"));
        assert_eq!(output.status.code(), Some(1), "a target that is missing fails the backup");
        last = run(&output);
    }
    assert_eq!(last["error"]["kind"], "backup");
    let results = &last["error"]["data"];
    assert_eq!(results[0]["error"], "");
    assert_eq!(results[0]["removed"].as_array().map(Vec::len), Some(1), "of three archives two are kept: {results:#}");
    assert!(results[1]["error"].as_str().is_some_and(|said| said.contains("is not a folder")), "{results:#}");
    let archive = results[0]["archive"].as_str().expect("an archive");
    assert!(entries(archive).contains("./sub/index.html"));
    let folder = Path::new(archive).parent().expect("its folder");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "two archives with their checksums: {names:?}");
    for sum in names.iter().filter(|name| name.ends_with(".sha256")) {
        let checked = Command::new("sha256sum").args(["--check", "--quiet", sum]).current_dir(folder).status();
        assert!(checked.expect("sha256sum").success(), "{sum}");
    }
}
