//! `release.wf`: somebody agrees, somebody doesn't, nobody says anything; a deployment that fails, and kills.

use serde_json::{Value as Json, json};

use super::{CHAT_TOKEN, DEPLOY_TOKEN, Stage};
use crate::cli::Folder;
use crate::server::{Answer, Server};

/// Deploys by writing down what is live, if it has its token. Version 6.6.6 can't be deployed, 7.7.7 isn't well.
const DEPLOY: &str = "#!/bin/sh
cd \"$(dirname \"$0\")\" || exit 1
echo \"$1 $2 ${#DEPLOY_TOKEN} $DEPLOY_TOKEN\"
echo \"$2\" >> deployed
case \"$2\" in
  6.6.6) echo 'out of space' >&2; exit 28 ;;
  7.7.7) ;;
  *) printf %s \"$2\" > live ;;
esac
";

fn inputs(folder: &Folder, server: &Server, more: &[&str]) -> Vec<String> {
    let deploy = folder.file("deploy", DEPLOY);
    std::fs::set_permissions(&deploy, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
    let live = folder.file("live", "1.3.0");
    server.route("/health", move |_| {
        Answer::json(&json!({ "version": std::fs::read_to_string(&live).expect("something is live") }))
    });
    server.route("/chat", |_| Answer::empty(204));
    let own = [
        "service=shop".to_string(),
        format!("deploy={}", deploy.display()),
        format!("health={}", server.url("/health")),
        format!("chat={}", server.url("/chat")),
        "settling=200ms".to_string(),
    ];
    own.into_iter().chain(more.iter().map(ToString::to_string)).collect()
}

fn stage(more: &[&str]) -> Stage {
    Stage::new("release.wf:release", |folder, server| inputs(folder, server, more))
}

impl Stage {
    /// What the chat was told, by those who have its token.
    fn chat(&self) -> Vec<String> {
        let heard = self.server.requests().into_iter().filter(|asked| asked.path == "/chat");
        let text = |asked: crate::server::Asked| {
            assert_eq!(asked.header("authorization"), Some(&*format!("Bearer {CHAT_TOKEN}")));
            let body: Json = serde_json::from_slice(&asked.body).expect("JSON");
            body["text"].as_str().expect("a text").to_string()
        };
        heard.map(text).collect()
    }

    /// The versions that were deployed, in order.
    fn deployed(&self) -> Vec<String> {
        self.folder.read("deployed").lines().map(String::from).collect()
    }

    fn decide(&self, go: &str) {
        let said = self.wf(&["signal", "last", "decision", "-i", go, "-i", "by=ada"]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }

    /// That no secret is in what was stored.
    fn keeps_its_secrets(&self) {
        let mut folders = vec![self.folder.path().join("data")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
                if entry.file_type().expect("a type").is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let bytes = std::fs::read(entry.path()).unwrap_or_default();
                for token in [DEPLOY_TOKEN, CHAT_TOKEN] {
                    let found = bytes.windows(token.len()).any(|part| part == token.as_bytes());
                    assert!(!found, "{} holds {token}", entry.path().display());
                }
            }
        }
    }
}

#[test]
fn somebody_agrees_from_a_second_terminal() {
    let stage = stage(&["version=1.4.0"]);
    let run = stage.start(&stage.run(&["--json"]));
    stage.server.wait_for("/health", 1);
    stage.decide("go=true");
    let said = crate::cli::finish(run);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(super::json(&said)["output"], json!({ "version": "1.4.0", "by": "ada" }));
    assert_eq!(stage.deployed(), ["1.4.0"]);
    assert_eq!(stage.chat(), ["shop 1.4.0 is live, said ada"]);
    stage.keeps_its_secrets();
    let (said, run) = stage.shown(&[]);
    assert_eq!(run["output"]["by"], "nobody: it is live already", "{said:?}");
}

#[test]
fn the_run_is_left_until_somebody_agrees() {
    let stage = stage(&["version=1.4.0"]);
    let left = stage.wf(&stage.run(&["--detach"]));
    assert_eq!(left.code, Some(0), "{left:?}");
    stage.decide("go=true");
    let resumed = stage.wf(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!((stage.deployed(), stage.chat().len()), (vec!["1.4.0".to_string()], 1));
}

#[test]
fn nobody_says_anything() {
    let stage = stage(&["version=1.4.0", "patience=100ms"]);
    let (said, run) = stage.shown(&[]);
    assert_eq!((said.code, &run["error"]["kind"]), (Some(1), &json!("refused")), "{said:?}");
    assert_eq!(stage.chat(), ["shop stays at 1.3.0: nobody (no decision within 100ms)"]);
    assert!(stage.deployed().is_empty());
}

#[test]
fn somebody_refuses() {
    let stage = stage(&["version=1.4.0"]);
    stage.wf(&stage.run(&["--detach"]));
    stage.decide("go=false");
    let resumed = stage.wf(&["resume"]);
    assert_eq!(resumed.code, Some(1), "{resumed:?}");
    assert!(stage.chat()[0].starts_with("shop stays at 1.3.0: ada"), "{:?}", stage.chat());
    assert!(stage.deployed().is_empty());
}

#[test]
fn what_fails_is_taken_back() {
    for (version, why) in [("6.6.6", "28"), ("7.7.7", "1.3.0 answers, not 7.7.7")] {
        let stage = stage(&[&format!("version={version}")]);
        stage.wf(&stage.run(&["--detach"]));
        stage.decide("go=true");
        let resumed = stage.wf(&["resume"]);
        assert_eq!(resumed.code, Some(1), "{resumed:?}");
        assert_eq!(stage.deployed(), [version, "1.3.0"]);
        let chat = stage.chat();
        assert!(chat[0].contains("1.3.0 is back") && chat[0].contains(why), "{chat:?}");
        stage.keeps_its_secrets();
    }
}

#[test]
fn killed_while_it_waits_it_hears_what_was_said_meanwhile() {
    let stage = stage(&["version=1.4.0"]);
    stage.killed(|| stage.server.wait_for("/health", 1));
    stage.decide("go=true");
    let resumed = stage.wf(&["resume"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(stage.deployed(), ["1.4.0"]);
}
