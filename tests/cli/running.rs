//! `wf run`: what is printed, which workflow is meant, what a run looks like as JSON.

use serde_json::{Value as Json, json};

use super::Folder;

const GREET: &str = "\
workflow greet {
  input { name: string = \"world\" }
  step said = exec(\"echo\", [`hello ${input.name}`])
  log(`it said ${said.stdout}`)
  output { text: string = said.stdout }
}
";

#[test]
fn outputs_are_printed_and_progress_is_told() {
    let folder = Folder::with(GREET);
    let said =
        folder.wf(&["run", "a.wf"]).ended(0).tells(&["of greet", "step said … ok", "log: it said hello world\n"]);
    assert_eq!(said.out, "{\n  \"text\": \"hello world\\n\"\n}\n");
    let quiet = folder.wf(&["run", "a.wf", "--quiet"]).ended(0);
    assert_eq!(quiet.err, "log: it said hello world\n", "what the workflow says is no progress");
}

#[test]
fn a_run_without_outputs_prints_an_empty_object() {
    let said = Folder::with("workflow w {\n  log(\"x\")\n}\n").wf(&["run", "a.wf"]).ended(0);
    assert_eq!(said.json(), json!({}));
}

#[test]
fn a_run_has_its_shape_as_json() {
    let folder = Folder::with(GREET);
    let run = folder.wf(&["run", "a.wf", "-i", "name=you", "--json"]).ended(0).json();
    let fields: Vec<&String> = run.as_object().expect("an object").keys().collect();
    let expected = [
        "created_at",
        "error",
        "finished_at",
        "id",
        "input",
        "output",
        "parent",
        "started_at",
        "status",
        "steps",
        "trigger",
        "version",
        "waiting",
        "workflow",
    ];
    assert_eq!(fields, expected);
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["workflow"], "greet");
    assert_eq!(run["trigger"], json!({ "kind": "manual", "name": "manual", "delivery": null }));
    assert_eq!((&run["parent"], &run["error"]), (&Json::Null, &Json::Null));
    assert_eq!(run["input"], json!({ "name": "you" }));
    assert_eq!(run["output"], json!({ "text": "hello you\n" }));
    assert!(run["version"].as_str().expect("text").starts_with("sha256:"));
    assert!(run["finished_at"].as_str() >= run["started_at"].as_str());
    let step = &run["steps"][0];
    let fields: Vec<&String> = step.as_object().expect("an object").keys().collect();
    let expected =
        ["action", "attempts", "error", "finished_at", "input", "name", "path", "result", "started_at", "status"];
    assert_eq!(fields, expected);
    assert_eq!((&step["name"], &step["path"], &step["action"]), (&json!("said"), &json!("said"), &json!("exec")));
    assert_eq!(step["result"], json!({ "code": 0, "stdout": "hello you\n", "stderr": "" }));
    assert_eq!(folder.json(&["show", "last", "--json"]), run, "`wf show` shows the same");
}

#[test]
fn the_only_workflow_is_meant_else_one_is_named() {
    let two = "workflow one {\n  log(\"1\")\n}\nworkflow two {\n  log(\"2\")\n}\n";
    let folder = Folder::with(two);
    folder.wf(&["run", "a.wf"]).ended(2).tells(&["error: `a.wf` has 2 workflows", "a.wf:one", "a.wf:two"]);
    folder.wf(&["run", "a.wf:two"]).ended(0).tells(&["log: 2"]);
    folder.wf(&["run", "a.wf:tow"]).ended(2).tells(&["no workflow `tow`", "did you mean `two`?"]);
    folder.file("none.wf", "fn f() { 1 }\n");
    folder.wf(&["run", "none.wf"]).ended(2).tells(&["no workflow"]);
    folder.file("b.wf:c", GREET);
    folder.wf(&["run", "b.wf:c", "-q"]).ended(0);
}

#[test]
fn a_file_comes_from_standard_input() {
    let folder = Folder::new();
    folder.wf_reading(&["run", "-"], GREET).ended(0).prints(&["hello world"]);
    folder.wf_reading(&["run", "-:greet", "-q"], GREET).ended(0);
    folder.wf_reading(&["run", "-", "--input", "-"], GREET).ended(2).tells(&["can't both"]);
    folder.wf_reading(&["run", "-"], "workflow w {").ended(2).tells(&["<stdin>:1"]);
    assert_eq!(folder.json(&["runs", "--json"])["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn errors_of_the_file_are_told_and_nothing_is_stored() {
    let folder = Folder::with("workflow w {\n  let x = nothing\n  log(x)\n}\n");
    let said = folder.wf(&["run", "a.wf"]).ended(2).tells(&["a.wf:2:11", "`nothing`", "nothing was run"]);
    assert_eq!(said.out, "");
    assert!(!folder.path().join(".wayfare").exists());
}

#[test]
fn children_are_listed_below_the_run_that_called_them() {
    let folder = Folder::with(
        "workflow outer {\n  step kid = call inner(n: 4)\n  output { n: int = kid.n }\n}\n\
         workflow inner {\n  input { n: int }\n  step a = exec(\"true\")\n  output { n: int = input.n + 1 }\n}\n",
    );
    let run =
        folder.wf(&["run", "a.wf:outer", "--json"]).ended(0).tells(&["step kid › a … ok", "step kid … ok"]).json();
    assert_eq!(run["output"], json!({ "n": 5 }));
    assert_eq!(run["steps"][0]["action"], "call inner");
    let child = run["steps"][0]["run"].as_str().expect("the child's id");
    let shown = folder.json(&["show", child, "--json"]);
    assert_eq!((&shown["workflow"], &shown["parent"]), (&json!("inner"), &run["id"]));
    assert_eq!(folder.json(&["show", "last", "--json"])["workflow"], "outer", "`last` is no child");
    folder.wf(&["show", "last"]).ended(0).prints(&["called", "inner", "succeeded"]);
    let list = folder.json(&["runs", "--json"]);
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(2));
    assert!(list["runs"][0].get("steps").is_none() && list["cursor"].is_null());
    assert_eq!(list["runs"][1]["output"], json!({ "n": 5 }));
}

#[test]
fn show_tells_what_came_of_each_step_and_what_a_signal_takes() {
    let folder = Folder::with(
        "workflow w {\n  signal go(by: string, note: string = \"-\")\n  step a = shell(\"echo one; echo two\")\n  \
         step b = file.write(\"x\", \"y\")\n  step g = wait signal(go) timeout 1h\n}\n",
    );
    folder.wf(&["run", "a.wf", "--detach"]).ended(0);
    folder.wf(&["show", "last"]).ended(0).prints(&[
        "succeeded",
        "  two\n",
        "\"bytes\":1",
        "signal go(by: string, note: string = …) until ",
        " left\n",
    ]);
    let run = folder.json(&["show", "last", "--json"]);
    let wait = &run["waiting"][0];
    assert_eq!((&wait["kind"], &wait["name"]), (&json!("signal"), &json!("go")));
    assert_eq!(wait["parameters"]["by"], json!({ "type": "string", "required": true }));
    assert_eq!(wait["parameters"]["note"]["required"], json!(false));
    assert!(wait["deadline"].is_string() && wait["trigger"].is_null(), "{wait}");
}
