//! A folder with a workflow and its data, and what counts from outside what its steps did: a file and a server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value as Json;

use crate::server::{Answer, Server};

/// How often each step was performed, by `RUN/PATH`.
pub type Marks = BTreeMap<String, usize>;

/// What a data folder keeps between processes.
const KEPT: [&str; 6] = ["/format", "/journal.redb", "/lock", "/members", "/programs", "/runs"];

/// A folder with the workflow, its data and the file that counts.
pub struct Place {
    dir: tempfile::TempDir,
    pub server: Server,
}

impl Place {
    pub fn new(workflow: &str) -> Place {
        let place = Place { dir: tempfile::tempdir().expect("a folder"), server: Server::start() };
        let asked = Mutex::new(Marks::new());
        place.server.route("/own", |_| Answer::json(&Json::Null));
        // The third request under a key is the first that succeeds.
        place.server.route("/flaky", move |request| {
            let mut asked = asked.lock().expect("no panic");
            let times = asked.entry(request.header("idempotency-key").unwrap_or_default().to_string()).or_default();
            *times += 1;
            if *times < 3 { Answer::text("not yet").status(503) } else { Answer::json(&Json::Null) }
        });
        std::fs::write(place.path("torture.wf"), workflow).expect("a file");
        std::fs::write(place.path("marks"), "").expect("a file");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn wf(&self, arguments: &[&str]) -> Command {
        let mut wf = Command::new(env!("CARGO_BIN_EXE_wf"));
        wf.args(arguments).arg("--data").arg(self.path("data")).stdout(Stdio::piped()).stderr(Stdio::piped());
        wf
    }

    /// That no program of any step lives on, and that nothing is left of those who were killed: no record of a program,
    /// no socket, no session.
    pub fn is_left_clean(&self) -> Result<(), String> {
        let entries = |folder: &'static str| {
            let entries = std::fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
            entries.map(move |entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
        };
        let is_known = |path: &String| KEPT.iter().any(|kept| path.ends_with(kept));
        let mut left: Vec<String> = entries("data").filter(|path| !is_known(path)).collect();
        left.extend(entries("data/programs").chain(entries("data/members")));
        let mine = self.path("marks").display().to_string();
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let given = |process: &std::fs::DirEntry| std::fs::read(process.path().join("environ")).unwrap_or_default();
        let programs = processes.filter(|process| String::from_utf8_lossy(&given(process)).contains(&mine)).count();
        if left.is_empty() && programs == 0 { Ok(()) } else { Err(format!("left over: {left:?}, {programs} programs")) }
    }

    /// How often each key was written, and how many requests came under it.
    pub fn marks(&self) -> Marks {
        let mut marks = self.server.keys();
        for line in std::fs::read_to_string(self.path("marks")).expect("the file is there").lines() {
            *marks.entry(line.to_string()).or_default() += 1;
        }
        marks
    }

    /// The end of the newest run, without what differs from run to run. How many attempts the flaky step needs depends
    /// on how often it was cut off, so attempts aren't compared here but counted in the account.
    pub fn ended(&self) -> Option<Json> {
        let run = self.newest()?;
        let steps: Vec<Json> =
            run["steps"].as_array()?.iter().map(|s| serde_json::json!([s["path"], s["status"]])).collect();
        Some(serde_json::json!([run["status"], run["output"], run["error"]["kind"], steps]))
    }

    /// The newest run of `torture`.
    pub fn newest(&self) -> Option<Json> {
        let runs = self.told(&["runs", "--workflow", "torture", "--json"]);
        Some(self.told(&["show", runs["runs"][0]["id"].as_str()?, "--json"]))
    }

    /// Runs a command that ends with this code.
    pub fn does(&self, arguments: &[&str], code: i32) -> Result<(), String> {
        let output = self.wf(arguments).output().expect("it runs");
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() == Some(code) {
            Ok(())
        } else {
            Err(format!("{arguments:?}: {}: {}", output.status, said()))
        }
    }

    /// What a command prints as JSON.
    pub fn told(&self, arguments: &[&str]) -> Json {
        let output = self.wf(arguments).output().expect("it runs");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
