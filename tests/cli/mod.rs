//! The command as people use it: the real binary in a folder of its own, with what it says and how it ends.

mod checking;
mod failing;
mod files;
mod gc;
mod http;
mod inputs;
mod logs;
mod manual;
mod names;
mod new;
mod running;
mod sharing;
mod staying;
mod streams;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder with files and, once something was run, a store.
pub struct Folder {
    dir: TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Folder {
        Folder { dir: tempfile::tempdir().expect("a folder") }
    }

    /// A folder with one file `a.wf`.
    pub fn with(text: &str) -> Folder {
        let folder = Folder::new();
        folder.file("a.wf", text);
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, text).expect("written");
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    /// A pipe with a name: whoever reads it waits until the test writes.
    pub fn gate(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wf"));
        command.args(arguments).current_dir(self.path());
        for name in ["WF_DATA", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn wf(&self, arguments: &[&str]) -> Said {
        finish(self.command(arguments).spawn().expect("wf starts"))
    }

    /// The same, with something on its standard input.
    pub fn wf_reading(&self, arguments: &[&str], text: impl AsRef<[u8]>) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("wf starts");
        // A command that refuses its input unread closes the pipe.
        let _ = child.stdin.take().expect("a pipe").write_all(text.as_ref());
        finish(child)
    }

    /// A command that goes on beside the test.
    pub fn start(&self, arguments: &[&str]) -> Going {
        let mut child = self.command(arguments).spawn().expect("wf starts");
        let err = BufReader::new(child.stderr.take().expect("a pipe"));
        Going { child, err, said: String::new() }
    }

    /// The JSON that a command prints.
    pub fn json(&self, arguments: &[&str]) -> Json {
        let said = self.wf(arguments);
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
    }
}

pub fn finish(child: Child) -> Said {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it says text");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A command that is under way.
pub struct Going {
    child: Child,
    err: BufReader<ChildStderr>,
    said: String,
}

impl Going {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has said a line that holds `part` on standard error, and gives the line.
    pub fn until(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.err.read_line(&mut line).expect("it says text");
            assert!(length > 0, "it ended without saying `{part}`:\n{}", self.said);
            self.said.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success());
    }

    pub fn end(mut self) -> Said {
        let mut out = String::new();
        self.child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
        self.err.read_to_string(&mut self.said).expect("text");
        let code = self.child.wait().expect("it ends").code();
        Said { code, out, err: std::mem::take(&mut self.said) }
    }
}

impl Said {
    #[track_caller]
    pub fn ended(self, code: i32) -> Said {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// All of these are said on standard error.
    #[track_caller]
    pub fn tells(self, parts: &[&str]) -> Said {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` isn't said:\n{}", self.err);
        }
        self
    }

    /// All of these are printed on standard output.
    #[track_caller]
    pub fn prints(self, parts: &[&str]) -> Said {
        for part in parts {
            assert!(self.out.contains(part), "`{part}` isn't printed:\n{}", self.out);
        }
        self
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
