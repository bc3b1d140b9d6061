//! A failed run shows, without any flag, its place in the file and the end of the program's standard error.

use serde_json::json;

use super::Folder;

const FAILS: &str = "\
workflow w {
  step first = exec(\"true\")
  step second = shell(\"echo out; for i in 1 2 3; do echo problem $i >&2; done; exit 3\")
    retry 1 every 1ms
}
";

#[test]
fn place_and_standard_error_are_shown() {
    let folder = Folder::with(FAILS);
    let said = folder.wf(&["run", "a.wf"]).ended(1).tells(&[
        "step second … attempt 1 failed",
        "error[exec]: step `second` failed (attempt 2)",
        "--> a.wf:3:",
        "3 |   step second = shell(",
        "problem 1\n",
        "problem 3\n",
        "wf show ",
    ]);
    assert_eq!(said.out, "");
    folder.wf(&["run", "a.wf", "--quiet"]).ended(1).tells(&["error[exec]", "a.wf:3", "problem 3"]);
}

#[test]
fn the_text_of_the_run_is_shown_not_the_file_that_has_changed() {
    let folder = Folder::with(FAILS);
    folder.wf(&["run", "a.wf"]).ended(1);
    folder.file("a.wf", "// all is different\n");
    folder.wf(&["show", "last"]).ended(0).prints(&["step second = shell(", "problem 3", "2 attempts", "failed"]);
}

#[test]
fn the_error_has_its_shape() {
    let folder = Folder::with(FAILS);
    let run = folder.wf(&["run", "a.wf", "--json"]).ended(1).json();
    let error = &run["error"];
    assert_eq!((&run["status"], &run["output"]), (&json!("failed"), &json!(null)));
    let fields: Vec<&String> = error.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["at", "attempt", "data", "kind", "message", "step"]);
    assert_eq!((&error["kind"], &error["step"], &error["attempt"]), (&json!("exec"), &json!("second"), &json!(2)));
    assert_eq!((&error["at"]["file"], &error["at"]["line"]), (&json!("a.wf"), &json!(3)));
    assert_eq!(error["data"]["code"], 3);
    assert_eq!(run["steps"][1]["status"], "failed");
    assert_eq!(run["steps"][1]["attempts"], 2);
}

#[test]
fn an_expression_fails_at_its_own_place() {
    let folder =
        Folder::with("workflow w {\n  input { n: int }\n  let x = 10\n  let y = x / input.n\n  log(`${y}`)\n}\n");
    let said = folder.wf(&["run", "a.wf", "-i", "n=0"]).ended(1).tells(&["error", "a.wf:4:", "x / input.n"]);
    assert!(said.err.contains('^'), "{}", said.err);
}

#[test]
fn a_failure_of_ones_own_kind_is_told_with_it() {
    let folder = Folder::with("workflow w {\n  fail #{ kind: \"backup\", message: \"2 of 3 failed\" }\n}\n");
    folder.wf(&["run", "a.wf"]).ended(1).tells(&["error[backup]: 2 of 3 failed", "a.wf:2:"]);
    folder.wf(&["history", "last"]).ended(0).prints(&["the run failed: 2 of 3 failed (backup)"]);
}

#[test]
fn what_a_program_says_cannot_command_the_terminal() {
    let folder =
        Folder::with("workflow w {\n  step a = shell(\"printf '\\\\033[31mred\\\\033]0;x\\\\007' >&2; exit 1\")\n}\n");
    let said = folder.wf(&["run", "a.wf"]).ended(1).tells(&["red"]);
    assert!(!said.err.contains('\u{1b}') && !said.err.contains('\u{7}'), "{:?}", said.err);
    for arguments in [["show", "last"], ["history", "last"]] {
        let said = folder.wf(&arguments).ended(0);
        assert!(!said.out.contains('\u{1b}') && !said.out.contains('\u{7}'), "{:?}", said.out);
    }
}
