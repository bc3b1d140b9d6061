//! The language, told by its own files: every `.wf` file below `tests/suite/` is a case, and says in comments at its
//! top how it is called and what is expected. See `tests/suite/README.md` for the words.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

/// What the comments at the top of a case say.
#[derive(Default)]
struct Case {
    path: PathBuf,
    arguments: Vec<String>,
    expected: Vec<Expected>,
}

enum Expected {
    /// `// output: {…}`: the run succeeds, and these are its outputs.
    Output(Json),
    /// `// fails: KIND: part of the message`: the run fails so.
    Fails { kind: String, message: String },
    /// `// at: LINE:COLUMN`: where the run's error stands.
    At { line: u64, column: u64 },
    /// `// steps: path=status path=status`: what was reached, in order.
    Steps(Vec<String>),
    /// `// check: CODE LINE:COLUMN`: `wf check` finds this; all of a case's findings are listed.
    Check(String),
    /// `// refused: part of what is said`: nothing runs, exit code 2.
    Refused(String),
    /// `// log: text`: a line of the run's log.
    Log(String),
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a case is text");
    let mut case = Case { path: path.into(), ..Case::default() };
    for line in text.lines() {
        let Some(line) = line.strip_prefix("// ") else { break };
        let Some((word, rest)) = line.split_once(": ") else { continue };
        let rest = rest.trim();
        match word {
            "with" => case.arguments.extend(rest.split(' ').map(str::to_string)),
            "output" => case.expected.push(Expected::Output(serde_json::from_str(rest).expect("`output` is JSON"))),
            "fails" => {
                let (kind, message) = rest.split_once(": ").unwrap_or((rest, ""));
                case.expected.push(Expected::Fails { kind: kind.into(), message: message.into() });
            }
            "at" => {
                let (line, column) = rest.split_once(':').expect("`at` is LINE:COLUMN");
                let number = |text: &str| text.parse().expect("a number");
                case.expected.push(Expected::At { line: number(line), column: number(column) });
            }
            "steps" => case.expected.push(Expected::Steps(rest.split(' ').map(str::to_string).collect())),
            "check" => case.expected.push(Expected::Check(rest.into())),
            "refused" => case.expected.push(Expected::Refused(rest.into())),
            "log" => case.expected.push(Expected::Log(rest.into())),
            _ => {}
        }
    }
    assert!(!case.expected.is_empty(), "{} expects nothing", path.display());
    case
}

fn wf(arguments: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wf"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env_remove("WF_DATA")
        .output()
        .expect("the binary starts")
}

impl Case {
    /// Everything that isn't as the case says.
    fn differences(&self) -> Vec<String> {
        let data = tempfile::tempdir().expect("a folder");
        let data = data.path().join("data");
        if self.expected.iter().any(|e| matches!(e, Expected::Check(_))) {
            return self.check(&data);
        }
        let path = self.path.to_string_lossy();
        let mut arguments = vec!["run", "--json", "--quiet"];
        let with_workflow =
            format!("{path}{}", self.arguments.first().filter(|a| a.starts_with(':')).map_or("", |a| a));
        arguments.push(&with_workflow);
        arguments.extend(self.arguments.iter().filter(|a| !a.starts_with(':')).map(String::as_str));
        let ran = wf(&arguments, &data);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        if let Some(Expected::Refused(part)) = self.expected.iter().find(|e| matches!(e, Expected::Refused(_))) {
            let refused = ran.status.code() == Some(2) && said.contains(part.as_str());
            return if refused {
                vec![]
            } else {
                vec![format!("expected exit 2 and `{part}`, got {}: {said}", ran.status)]
            };
        }
        let run: Json = match serde_json::from_slice(&ran.stdout) {
            Ok(run) => run,
            Err(error) => return vec![format!("no run on standard output ({error}), {}:\n{said}", ran.status)],
        };
        self.expected.iter().filter_map(|expected| self.compare(expected, &run, &data)).collect()
    }

    fn check(&self, data: &Path) -> Vec<String> {
        let found = wf(&["check", "--json", &self.path.to_string_lossy()], data);
        let found: Json = serde_json::from_slice(&found.stdout).expect("`wf check --json` prints JSON");
        let found: Vec<String> = found["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|d| format!("{} {}:{}", d["code"].as_str().unwrap_or("?"), d["line"], d["column"]))
            .collect();
        let expected: Vec<String> = self
            .expected
            .iter()
            .filter_map(|e| if let Expected::Check(text) = e { Some(text.clone()) } else { None })
            .filter(|text| text != "nothing")
            .collect();
        if found == expected { vec![] } else { vec![format!("expected {expected:?}, found {found:?}")] }
    }

    fn compare(&self, expected: &Expected, run: &Json, data: &Path) -> Option<String> {
        let differs =
            |what: &str, expected: &str, found: &Json| Some(format!("{what}: expected {expected}, found {found}"));
        match expected {
            Expected::Output(output) if run["output"] != *output || run["status"] != "succeeded" => {
                differs("output", &output.to_string(), &serde_json::json!([run["status"], run["output"], run["error"]]))
            }
            Expected::Fails { kind, message } => {
                let error = &run["error"];
                let fits = run["status"] == "failed"
                    && error["kind"] == kind.as_str()
                    && error["message"].as_str().is_some_and(|said| said.contains(message.as_str()));
                if fits { None } else { differs("error", &format!("{kind}: {message}"), error) }
            }
            Expected::At { line, column } => {
                let at = &run["error"]["at"];
                let fits = at["line"] == *line && at["column"] == *column;
                if fits { None } else { differs("place", &format!("{line}:{column}"), at) }
            }
            Expected::Steps(steps) => {
                let found: Vec<String> = run["steps"].as_array().map_or(vec![], |steps| {
                    let word = |step: &Json, name: &str| step[name].as_str().unwrap_or("?").to_string();
                    steps.iter().map(|step| format!("{}={}", word(step, "path"), word(step, "status"))).collect()
                });
                if found == *steps { None } else { differs("steps", &steps.join(" "), &Json::from(found.join(" "))) }
            }
            Expected::Log(text) => {
                let id = run["id"].as_str().unwrap_or("?");
                let history = wf(&["history", id, "--json"], data);
                let history = String::from_utf8_lossy(&history.stdout).into_owned();
                let logged = history.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
                let texts: Vec<Json> = logged.filter(|e| e["event"] == "logged").map(|e| e["text"].clone()).collect();
                if texts.contains(&Json::from(text.as_str())) { None } else { differs("log", text, &Json::from(texts)) }
            }
            Expected::Output(_) | Expected::Check(_) | Expected::Refused(_) => None,
        }
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the suite is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(cases(&path));
        } else if path.extension().is_some_and(|e| e == "wf") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_case_of_the_suite_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let cases = cases(&root);
    assert!(cases.len() >= 100, "the suite has shrunk to {} cases", cases.len());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(path) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let differences = read(path).differences();
                    if !differences.is_empty() {
                        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
                        failures.lock().expect("no panic").push(format!("{name}\n    {}", differences.join("\n    ")));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no panic");
    failures.sort();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}
