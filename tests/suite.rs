//! The language, told by its own files: every `.wf` file below `tests/suite/` is a case, and says in comments at its
//! top how it is called and what is expected. See `tests/suite/README.md` for the words.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

use crate::server::Server;

/// What the comments at the top of a file say.
struct Case {
    path: PathBuf,
    runs: Vec<Run>,
    /// The findings of `wf check`, where it is asked.
    findings: Option<Vec<Finding>>,
    /// Runs while the case does, where the case speaks of it.
    _server: Option<Server>,
}

/// One call of `wf run`, and what is expected of it.
#[derive(Default)]
struct Run {
    arguments: Vec<String>,
    /// What is said to the run while it waits, before it is resumed.
    orders: Vec<Order>,
    /// The arguments of `wf rerun`, where it does again what an earlier run did.
    again: Option<Vec<String>>,
    expected: Vec<Expected>,
}

/// A command that is given the run's id behind its first word.
struct Order {
    arguments: Vec<String>,
    /// Part of the reason why it is refused.
    refused: Option<String>,
}

enum Expected {
    Output(Json),
    Input(Json),
    Fails { kind: String, message: String },
    At { line: u64, column: u64 },
    In { step: String, attempt: u64 },
    Data(Json),
    Steps(Vec<String>),
    Attempts(Vec<String>),
    Refused(String),
    Status(String),
    Untaken(Json),
    Log(String),
    Emits { name: String, data: Json },
}

/// A finding as a case names it: `CODE LINE:COLUMN`, and a part of its message.
struct Finding {
    place: String,
    message: String,
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a case is text");
    let server = text.contains("$SERVER").then(Server::start);
    let said = |line: &str| match &server {
        Some(server) => line.replace("$SERVER", &server.url("")).replace("$HOST", &server.host()),
        None => line.to_string(),
    };
    let lines: Vec<String> = text.lines().map_while(|line| line.strip_prefix("// ").map(said)).collect();
    let mut case = Case { path: path.into(), runs: vec![Run::default()], findings: None, _server: server };
    for line in &lines {
        let Some((word, rest)) = line.split_once(": ") else { continue };
        case.line(word, rest.trim());
    }
    case.runs.retain(|run| !run.expected.is_empty());
    assert!(!case.runs.is_empty() || case.findings.is_some(), "{} expects nothing", path.display());
    case
}

impl Case {
    fn line(&mut self, word: &str, rest: &str) {
        let words = || rest.split(' ').map(str::to_string).collect();
        let json = || serde_json::from_str(rest).unwrap_or_else(|_| panic!("{}: no JSON: {rest}", self.path.display()));
        let number = |text: &str| text.parse().expect("a number");
        let expected = match word {
            "with" => return self.with(rest),
            "check" => return self.finding(rest),
            "output" => Expected::Output(json()),
            "input" => Expected::Input(json()),
            "data" => Expected::Data(json()),
            "fails" => {
                let (kind, message) = rest.split_once(": ").unwrap_or((rest, ""));
                Expected::Fails { kind: kind.into(), message: message.into() }
            }
            "at" => {
                let (line, column) = rest.split_once(':').expect("`at` is LINE:COLUMN");
                Expected::At { line: number(line), column: number(column) }
            }
            "in" => {
                let (step, attempt) = rest.split_once(' ').expect("`in` is PATH ATTEMPT");
                Expected::In { step: step.into(), attempt: number(attempt) }
            }
            "steps" => Expected::Steps(words()),
            "attempts" => Expected::Attempts(words()),
            "refused" => Expected::Refused(rest.into()),
            "untaken" => Expected::Untaken(json()),
            "status" => Expected::Status(rest.into()),
            "rerun" => return self.again(rest),
            "order" => return self.order(rest, None),
            "refuses" => {
                let (order, why) = rest.split_once(" | ").expect("`refuses` is ORDER | PART");
                return self.order(order, Some(why.into()));
            }
            "log" => Expected::Log(rest.into()),
            "emits" => {
                let (name, data) = rest.split_once(' ').unwrap_or((rest, "null"));
                let data = serde_json::from_str(data).expect("`emits` is NAME JSON");
                Expected::Emits { name: name.into(), data }
            }
            other => panic!("{}: `{other}` is no word of the suite", self.path.display()),
        };
        self.last().expected.push(expected);
    }

    fn with(&mut self, rest: &str) {
        if self.runs.last().is_some_and(|run| !run.expected.is_empty()) {
            self.runs.push(Run::default());
        }
        self.last().arguments.extend(split(rest));
    }

    fn again(&mut self, rest: &str) {
        self.runs.push(Run { again: Some(split(rest)), ..Run::default() });
    }

    fn order(&mut self, rest: &str, refused: Option<String>) {
        self.last().orders.push(Order { arguments: split(rest), refused });
    }

    fn last(&mut self) -> &mut Run {
        self.runs.last_mut().expect("a run")
    }

    fn finding(&mut self, rest: &str) {
        let findings = self.findings.get_or_insert_with(Vec::new);
        if rest == "nothing" {
            return;
        }
        let mut parts = rest.splitn(3, ' ').map(str::to_string);
        let (code, place) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        findings.push(Finding { place: format!("{code} {place}"), message: parts.next().unwrap_or_default() });
    }

    /// Everything that isn't as the case says.
    fn differences(&self) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let checked = self.findings.iter().flat_map(|findings| check(&self.path, findings));
        checked.chain(self.runs.iter().flat_map(|run| run.differences(&self.path, &data))).collect()
    }
}

/// The words of a line; a word may hold spaces in `'…'`.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    assert!(!quoted, "a quote isn't closed: {line}");
    words.push(word);
    words
}

/// The error of a run holds that of its child, and so on: deeper than is read by itself.
fn json(bytes: &[u8]) -> serde_json::Result<Json> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.disable_recursion_limit();
    serde::Deserialize::deserialize(&mut reader)
}

pub fn wf(arguments: &[&str], data: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wf"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env_remove("WF_DATA")
        .output()
        .expect("the binary starts")
}

/// What `wf check` finds otherwise than a case says.
fn check(path: &Path, expected: &[Finding]) -> Option<String> {
    let said = wf(&["check", "--json", &path.to_string_lossy()], path);
    let json: Json = match serde_json::from_slice(&said.stdout) {
        Ok(json) => json,
        Err(error) => return Some(format!("`wf check --json` prints no JSON ({error}): {said:?}")),
    };
    let found = json["diagnostics"].as_array().expect("a list");
    let place = |d: &Json| format!("{} {}:{}", d["code"].as_str().unwrap_or("?"), d["line"], d["column"]);
    let message = |d: &Json| d["message"].as_str().unwrap_or("?").to_string();
    let fits = |(d, finding): (&Json, &Finding)| place(d) == finding.place && message(d).contains(&finding.message);
    let wrong = found.iter().any(|d| d["severity"] == "error");
    let code = if wrong { 2 } else { 0 };
    if found.len() == expected.len() && found.iter().zip(expected).all(fits) && said.status.code() == Some(code) {
        return None;
    }
    let expected: Vec<String> = expected.iter().map(|f| format!("\n      {} {}", f.place, f.message)).collect();
    let found: Vec<String> = found.iter().map(|d| format!("\n      {} {}", place(d), message(d))).collect();
    Some(format!("expected findings{}\n    found ({}){}", expected.concat(), said.status, found.concat()))
}

impl Run {
    fn differences(&self, path: &Path, data: &Path) -> Vec<String> {
        let path = path.to_string_lossy();
        let workflow = self.arguments.first().filter(|a| a.starts_with(':')).map_or("", |a| a);
        let target = format!("{path}{workflow}");
        let mut arguments = match &self.again {
            None => vec!["run", "--json", "--quiet", &target],
            Some(_) => vec!["rerun", "--json", "--quiet"],
        };
        let more = self.again.as_ref().unwrap_or(&self.arguments);
        arguments.extend(more.iter().filter(|a| !a.starts_with(':')).map(String::as_str));
        if !self.orders.is_empty() {
            arguments.push("--detach");
        }
        let mut ran = wf(&arguments, data);
        let mut found = Vec::new();
        if !self.orders.is_empty() {
            let run: Json = json(&ran.stdout).unwrap_or_default();
            let id = run["id"].as_str().unwrap_or("last");
            found.extend(self.orders.iter().filter_map(|order| order.difference(id, data)));
            ran = wf(&["resume", id, "--json", "--quiet"], data);
        }
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        if self.is_refused() {
            return self.refusal(&ran, &said);
        }
        let run = match json(&ran.stdout) {
            Ok(run) => run,
            Err(error) => return vec![format!("no run on standard output ({error}), {}:\n{said}", ran.status)],
        };
        found.extend(self.expected.iter().filter_map(|expected| compare(expected, &run)));
        found.extend(self.logged(&run, data));
        found.extend(self.emitted(&run, data));
        let (code, status) = self.end();
        if ran.status.code() != Some(code) || run["status"] != status {
            found.push(format!("expected {status} and {code}, got {} and {}: {said}", run["status"], ran.status));
        }
        found
    }

    fn is_refused(&self) -> bool {
        self.expected.iter().any(|e| matches!(e, Expected::Refused(_)))
    }

    /// The code and the status that it ends with.
    fn end(&self) -> (i32, &str) {
        let of = |expected: &Expected| match expected {
            Expected::Fails { .. } => Some("failed"),
            _ => None,
        };
        let said = |expected: &'_ Expected| matches!(expected, Expected::Status(_));
        match self.expected.iter().find(|e| said(e)) {
            Some(Expected::Status(status)) => (i32::from(status != "succeeded"), status),
            _ => match self.expected.iter().find_map(of) {
                Some(failed) => (1, failed),
                None => (0, "succeeded"),
            },
        }
    }

    fn refusal(&self, ran: &Output, said: &str) -> Vec<String> {
        let lacks = |e: &Expected| matches!(e, Expected::Refused(part) if !said.contains(part.as_str()));
        if ran.status.code() == Some(2) && ran.stdout.is_empty() && !self.expected.iter().any(lacks) {
            return Vec::new();
        }
        let parts = self.expected.iter().filter_map(|e| match e {
            Expected::Refused(part) => Some(format!("`{part}`")),
            _ => None,
        });
        vec![format!("expected exit 2 and {}, got {}: {said}", parts.collect::<Vec<_>>().join(", "), ran.status)]
    }

    /// The log is compared as a whole, where a case lists lines of it.
    fn logged(&self, run: &Json, data: &Path) -> Option<String> {
        let expected: Vec<&str> = self
            .expected
            .iter()
            .filter_map(|e| if let Expected::Log(text) = e { Some(text.as_str()) } else { None })
            .collect();
        if expected.is_empty() {
            return None;
        }
        let lines = events(run, "logged", data);
        let found: Vec<&str> = lines.iter().map(|e| e["text"].as_str().unwrap_or("?")).collect();
        if found == expected { None } else { Some(format!("log: expected {expected:?}, found {found:?}")) }
    }

    /// What was emitted is compared as a whole, where a case lists any of it.
    fn emitted(&self, run: &Json, data: &Path) -> Option<String> {
        let one = |name: &str, data: &Json| format!("{name} {data}");
        let expected: Vec<String> = self
            .expected
            .iter()
            .filter_map(|e| if let Expected::Emits { name, data } = e { Some(one(name, data)) } else { None })
            .collect();
        if expected.is_empty() {
            return None;
        }
        let events = events(run, "emitted", data);
        let found: Vec<String> = events.iter().map(|e| one(e["name"].as_str().unwrap_or("?"), &e["data"])).collect();
        if found == expected { None } else { Some(format!("emits: expected {expected:?}, found {found:?}")) }
    }
}

impl Order {
    /// How it is answered otherwise than the case says.
    fn difference(&self, run: &str, data: &Path) -> Option<String> {
        let mut arguments = vec![self.arguments[0].as_str(), run, "--quiet"];
        arguments.extend(self.arguments[1..].iter().map(String::as_str));
        let said = wf(&arguments, data);
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        let (code, part) = self.refused.as_ref().map_or((0, ""), |part| (2, part));
        let fits = said.status.code() == Some(code) && text.contains(part);
        (!fits).then(|| format!("{}: expected {code} and `{part}`, got {}: {text}", arguments.join(" "), said.status))
    }
}

/// The events of that name in the run's history.
fn events(run: &Json, name: &str, data: &Path) -> Vec<Json> {
    let history = wf(&["history", run["id"].as_str().unwrap_or("?"), "--json"], data);
    let history = String::from_utf8_lossy(&history.stdout).into_owned();
    let events = history.lines().map(|line| serde_json::from_str::<Json>(line).expect("an event a line"));
    events.filter(|event| event["event"] == name).collect()
}

/// Whether a value is the expected one, where `"*"` stands for any.
fn is_like(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::String(any), _) if any == "*" => !found.is_null(),
        (Json::Object(expected), Json::Object(found)) => {
            expected.len() == found.len() && expected.iter().all(|(k, v)| found.get(k).is_some_and(|f| is_like(v, f)))
        }
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(e, f)| is_like(e, f))
        }
        (expected, found) => expected == found,
    }
}

fn each_step(run: &Json, word: impl Fn(&Json) -> String) -> Vec<String> {
    let path = |step: &Json| step["path"].as_str().unwrap_or("?").to_string();
    run["steps"]
        .as_array()
        .map_or(vec![], |steps| steps.iter().map(|step| format!("{}={}", path(step), word(step))).collect())
}

/// How a run differs from what is expected of it.
fn compare(expected: &Expected, run: &Json) -> Option<String> {
    let error = &run["error"];
    let (fits, what, expected, found) = match expected {
        Expected::Output(output) => {
            let found = serde_json::json!([run["output"], error]);
            (is_like(output, &run["output"]), "output", output.to_string(), found)
        }
        Expected::Input(input) => (is_like(input, &run["input"]), "input", input.to_string(), run["input"].clone()),
        Expected::Data(data) => (is_like(data, &error["data"]), "data", data.to_string(), error["data"].clone()),
        Expected::Fails { kind, message } => {
            let said = error["message"].as_str().unwrap_or_default();
            let fits = error["kind"] == kind.as_str() && said.contains(message.as_str());
            (fits, "error", format!("{kind}: {message}"), error.clone())
        }
        Expected::At { line, column } => {
            let at = &error["at"];
            (at["line"] == *line && at["column"] == *column, "place", format!("{line}:{column}"), at.clone())
        }
        Expected::Untaken(messages) => {
            let of = |message: &Json| serde_json::json!([message["name"], message["parameters"]]);
            let found: Json = run["untaken"].as_array().into_iter().flatten().map(of).collect();
            (found == *messages, "untaken", messages.to_string(), found)
        }
        Expected::In { step, attempt } => {
            let fits = error["step"] == step.as_str() && error["attempt"] == *attempt;
            (fits, "step", format!("{step} {attempt}"), error.clone())
        }
        Expected::Steps(steps) => {
            let found = each_step(run, |step| step["status"].as_str().unwrap_or("?").to_string());
            (found == *steps, "steps", steps.join(" "), Json::from(found.join(" ")))
        }
        Expected::Attempts(attempts) => {
            let found = each_step(run, |step| step["attempts"].to_string());
            let fits = attempts.iter().all(|expected| found.contains(expected));
            (fits, "attempts", attempts.join(" "), Json::from(found.join(" ")))
        }
        Expected::Log(_) | Expected::Emits { .. } | Expected::Refused(_) | Expected::Status(_) => return None,
    };
    if fits { None } else { Some(format!("{what}: expected {expected}, found {found}")) }
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

/// `WF_SUITE=part/of/a/path` runs those cases alone.
#[test]
fn every_case_of_the_suite_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let mut cases = cases(&root);
    assert!(cases.len() >= 350, "the suite has shrunk to {} cases", cases.len());
    if let Ok(part) = std::env::var("WF_SUITE") {
        cases.retain(|path| path.to_string_lossy().contains(&part));
    }
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
