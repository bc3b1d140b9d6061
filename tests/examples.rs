//! The examples, run on real folders and against servers on loopback, as the people would run them that they are for:
//! the good way, the ways it goes wrong, and killed in the middle.

mod backup;
mod etl;
mod order;
mod release;

use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value as Json;

use crate::cli::{Folder, Said};
use crate::server::Server;

/// A folder to run an example in, and the server that it speaks to.
struct Stage {
    folder: Folder,
    server: Server,
    /// `FILE:WORKFLOW`, and what is always given to it.
    words: Vec<String>,
}

impl Stage {
    fn new(example: &str, inputs: impl Fn(&Folder, &Server) -> Vec<String>) -> Stage {
        let (folder, server) = (Folder::new(), Server::start());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
        let mut words = vec!["run".into(), file.display().to_string(), "--allow-net".into(), server.host()];
        words.extend(inputs(&folder, &server).into_iter().flat_map(|input| ["-i".into(), input]));
        Stage { folder, server, words }
    }

    /// A command on the stage's store.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments);
        command.args(["--data", "data"]);
        command.env("WF_SECRET_DEPLOY_TOKEN", DEPLOY_TOKEN).env("WF_SECRET_CHAT_TOKEN", CHAT_TOKEN);
        command
    }

    fn wf(&self, arguments: &[&str]) -> Said {
        crate::cli::finish(self.start(arguments))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("wf starts")
    }

    /// The words that run the example, with more behind them.
    fn run<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        self.words.iter().map(String::as_str).chain(more.iter().copied()).collect()
    }

    /// The run as it is shown, once the example has gone through.
    fn shown(&self, more: &[&str]) -> (Said, Json) {
        let said = self.wf(&self.run(&[more, &["--json"]].concat()));
        let run = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("no run: {error}: {said:?}"));
        (said, run)
    }

    /// Starts the example, and kills it as hard as can be once `told` has come back.
    fn killed(&self, told: impl FnOnce()) {
        let mut child = self.start(&self.run(&[]));
        told();
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    /// The last run of a workflow.
    fn last(&self, workflow: &str) -> Json {
        let runs: Json = json(&self.wf(&["runs", "--workflow", workflow, "--json"]));
        let id = runs["runs"][0]["id"].as_str().expect("a run");
        json(&self.wf(&["show", id, "--json"]))
    }
}

/// What the release is given as secrets.
const DEPLOY_TOKEN: &str = "deploy-7c1f9e5a";
const CHAT_TOKEN: &str = "chat-90b2d4e8";

fn json(said: &Said) -> Json {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("no facts: {error}: {said:?}"))
}
