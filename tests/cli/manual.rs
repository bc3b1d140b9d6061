//! Help, version, completions, the manual page: all from one definition.

use super::Folder;

const COMMANDS: [&str; 12] =
    ["new", "run", "resume", "check", "explain", "runs", "show", "logs", "history", "gc", "completions", "man"];

#[test]
fn help_lists_what_there_is() {
    let folder = Folder::new();
    let said =
        folder.wf(&["--help"]).ended(0).prints(&COMMANDS).prints(&["--data", "--json", "--quiet", "--color", "130"]);
    for later in ["serve", "deploy", "repl", "fmt"] {
        assert!(!said.out.contains(&format!("  {later} ")), "{later} isn't there yet");
    }
    for command in COMMANDS {
        folder.wf(&[command, "--help"]).ended(0).prints(&["Usage: wf "]);
    }
    folder.wf(&["help", "run"]).ended(0).prints(&["--detach", "--allow-net", "--id", "FILE[:WORKFLOW]"]);
    folder.wf(&[]).ended(2).tells(&["Usage: wf"]);
    folder.wf(&["rnu"]).ended(2).tells(&["error: ", "'runs'"]);
    folder.wf(&["run"]).ended(2).tells(&["FILE[:WORKFLOW]"]);
    folder.wf(&["serve"]).ended(2);
}

#[test]
fn the_version_names_the_formats() {
    let folder = Folder::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(folder.wf(&["-V"]).ended(0).out, format!("wf {version}\n"));
    folder.wf(&["--version"]).ended(0).prints(&[
        version,
        "record format 2",
        "plan format 2",
        "folder format 1",
        "tables format 2",
    ]);
}

#[test]
fn shells_and_man_are_served() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        folder.wf(&["completions", shell]).ended(0).prints(&["resume", "wf"]);
    }
    folder.wf(&["completions", "tcsh"]).ended(2).tells(&["tcsh"]);
    folder.wf(&["man"]).ended(0).prints(&[".TH wf", "wf\\-resume", "WF_DATA", "130"]);
    folder.wf(&["man", "run"]).ended(0).prints(&[".TH wf-run", "detach"]);
    folder.wf(&["man", "rum"]).ended(2).tells(&["did you mean `run`?"]);
}
