//! Files below real folders, with what must not get out of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::io::Errno;
use tempfile::TempDir;

use super::refusal::{Refusal, Why};
use super::{Asked, Attempt, Consent, MAX_PATH_DEPTH};
use crate::driver::effects::MAX_OUTPUT;
use crate::engine::Perform;
use crate::model::{Failure, OpId, RunId, Value};

struct World {
    folder: TempDir,
    allowed: Vec<String>,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).expect("made");
        fs::write(folder.path().join("secret"), "outside").expect("written");
        World { allowed: vec![shared.to_string_lossy().into_owned()], folder }
    }

    fn own(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("shared/.wayfare")
    }

    fn shared(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    fn asked(&self, action: &str, path: &str, text: &str) -> Result<Asked, Failure> {
        let input = Value::map([("path", Value::text(path)), ("text", Value::text(text))]);
        let perform = perform(action, input);
        let run = RunId::from_bytes([7; 16]);
        Asked::read(
            &Attempt {
                run,
                perform,
                dir: self.own(),
                allow_files: self.allowed.clone(),
                watch: None,
                allow_net: vec![],
            },
            &self.data(),
        )
    }

    fn read(&self, path: impl AsRef<Path>) -> Result<String, Failure> {
        let read = self.asked("file.read", path.as_ref().to_str().expect("text"), "")?.perform(&Consent::default())?;
        Ok(read.get("text").and_then(Value::as_str).expect("a text").to_string())
    }

    fn write(&self, path: impl AsRef<Path>, text: &str) -> Result<Value, Failure> {
        self.asked("file.write", path.as_ref().to_str().expect("text"), text)?.perform(&Consent::default())
    }

    /// What lies in a folder, hidden files included.
    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn perform(action: &str, input: Value) -> Perform {
    Perform {
        op: OpId(3),
        attempt: 1,
        path: "x".into(),
        action: action.into(),
        input,
        timeout: None,
        within: None,
        resumed: false,
    }
}

fn reason(failure: &Failure) -> &str {
    assert_eq!(&*failure.kind, "file", "{failure:?}");
    failure.data.get("reason").and_then(Value::as_str).expect("a reason")
}

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
}

#[test]
fn what_is_written_is_read_again() {
    let world = World::new();
    let gave = world.write("a/b/c.txt", "hällo\n").expect("written");
    let path = world.own().join("a/b/c.txt");
    assert_eq!(gave, Value::map([("path", Value::text(path.to_string_lossy())), ("bytes", Value::Int(7))]));
    assert_eq!(world.read("./a//b/c.txt").expect("read"), "hällo\n");
    assert_eq!(world.read(path).expect("read"), "hällo\n");
    world.write("a/b/c.txt", "").expect("written again");
    assert_eq!(world.read("a/b/c.txt").expect("read"), "");
    assert_eq!(world.names(&world.own().join("a/b")), ["c.txt"]);
}

#[test]
fn an_allowed_folder_is_reached_by_its_path() {
    let world = World::new();
    let path = world.shared().join("deep/report.json");
    world.write(&path, "{}").expect("written");
    assert_eq!(world.read(&path).expect("read"), "{}");
    let beside = world.folder.path().join("shared-not/x");
    assert_eq!(reason(&world.read(beside).expect_err("another folder")), "outside");
}

#[test]
fn what_leaves_its_folder_is_refused() {
    let world = World::new();
    world.write("keep", "x").expect("written");
    let own = world.own();
    symlink("../secret", own.join("up")).expect("a link");
    symlink(world.folder.path().join("secret"), own.join("absolute")).expect("a link");
    symlink("..", own.join("parent")).expect("a link");
    symlink("circle", own.join("circle")).expect("a link");
    for path in ["../secret", "a/../keep", "up", "absolute", "parent/secret", "circle", "/etc/hostname", "", "a\0b"] {
        assert_eq!(reason(&world.read(path).expect_err(path)), "outside", "reading {path}");
        assert_eq!(reason(&world.write(path, "y").expect_err(path)), "outside", "writing {path}");
    }
    assert_eq!(fs::read_to_string(world.folder.path().join("secret")).expect("there"), "outside");
}

#[test]
fn a_link_that_stays_is_followed() {
    let world = World::new();
    world.write("real/file", "one").expect("written");
    let own = world.own();
    symlink("real", own.join("folder")).expect("a link");
    symlink("../real/./file", own.join("real/again")).expect("a link");
    assert_eq!(world.read("folder/again").expect("read"), "one");
    world.write("folder/again", "two").expect("written");
    assert_eq!(fs::read_to_string(own.join("real/file")).expect("there"), "two");
    assert!(own.join("real/again").is_symlink(), "the link is still one");
}

#[test]
fn what_is_no_plain_file_is_refused_without_waiting() {
    let world = World::new();
    world.write("folder/x", "").expect("written");
    pipe(&world.own().join("pipe"));
    let socket = std::os::unix::net::UnixListener::bind(world.own().join("socket")).expect("a socket");
    for path in ["folder", "folder/", ".", "pipe", "socket", "folder/x/y"] {
        assert_eq!(reason(&world.read(path).expect_err(path)), "special", "reading {path}");
        assert_eq!(reason(&world.write(path, "y").expect_err(path)), "special", "writing {path}");
    }
    let mut devices = World::new();
    devices.allowed = vec!["/dev".into()];
    assert_eq!(reason(&devices.read("/dev/zero").expect_err("endless")), "special");
    assert_eq!(reason(&devices.write("/dev/full", "y").expect_err("a device")), "special");
    drop(socket);
}

#[test]
fn what_is_missing_or_no_text_or_too_large_is_named() {
    let world = World::new();
    for path in ["nothing", "no/such/file"] {
        assert_eq!(reason(&world.read(path).expect_err(path)), "missing");
    }
    assert_eq!(world.names(&world.own()), Vec::<String>::new(), "reading makes no folders");
    fs::write(world.own().join("bytes"), b"ab\xff").expect("written");
    let failure = world.read("bytes").expect_err("no text");
    assert_eq!(failure.message, "`bytes`: it is no UTF-8 text: byte 2 begins no character");
    fs::write(world.own().join("large"), vec![b'x'; MAX_OUTPUT + 1]).expect("written");
    let failure = world.read("large").expect_err("too large");
    assert_eq!(&*failure.kind, "limit");
    assert!(failure.message.contains("1048577 bytes"), "{failure}");
    fs::write(world.own().join("large"), vec![b'x'; MAX_OUTPUT]).expect("written");
    assert_eq!(world.read("large").expect("just right").len(), MAX_OUTPUT);
    let deep = "d/".repeat(MAX_PATH_DEPTH) + "x";
    assert_eq!(&*world.write(deep, "").expect_err("too deep").kind, "limit");
    let mut gone = World::new();
    gone.allowed = vec!["/nowhere/at/all".into()];
    assert_eq!(reason(&gone.write("/nowhere/at/all/x", "").expect_err("no root")), "missing");
}

#[test]
fn a_file_keeps_its_mode() {
    let world = World::new();
    world.write("run.sh", "one").expect("written");
    let path = world.own().join("run.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).expect("set");
    world.write("run.sh", "two").expect("written");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o7777, 0o750);
}

#[test]
fn what_a_crash_left_of_the_attempt_is_replaced() {
    let world = World::new();
    let asked = world.asked("file.write", "x", "whole").expect("good");
    fs::create_dir(world.own()).expect("made");
    fs::write(world.own().join(&asked.part), "hal").expect("written");
    asked.perform(&Consent::default()).expect("written");
    assert_eq!(world.names(&world.own()), ["x"]);
    assert_eq!(world.read("x").expect("read"), "whole");
    // Somebody else's link of that name is removed, not written through.
    symlink("../secret", world.own().join(&asked.part)).expect("a link");
    asked.perform(&Consent::default()).expect("written");
    assert_eq!(fs::read_to_string(world.folder.path().join("secret")).expect("there"), "outside");
}

#[test]
fn what_came_too_late_is_not_seen() {
    let world = World::new();
    world.write("x", "before").expect("written");
    let late = Consent::default();
    assert!(late.withdraw());
    let failure = world.asked("file.write", "x", "after").expect("good").perform(&late).expect_err("too late");
    assert_eq!(&*failure.kind, "stopped");
    assert_eq!(world.read("x").expect("read"), "before");
    assert_eq!(world.names(&world.own()), ["x"], "and nothing is left beside it");
    let taken = Consent::default();
    assert!(taken.take() && !taken.withdraw());
}

#[test]
fn a_full_disk_and_a_denial_have_their_reasons() {
    let why = |errno| Refusal::system("writing it", errno).why;
    assert_eq!([Errno::NOSPC, Errno::DQUOT, Errno::FBIG].map(why), [Why::Full; 3]);
    assert_eq!([Errno::ACCESS, Errno::ROFS].map(why), [Why::Denied; 2]);
    let failure = Refusal::io("writing it", &std::io::Error::from(Errno::NOSPC)).of("a");
    assert_eq!(reason(&failure), "full");
    assert!(failure.message.starts_with("`a`: writing it failed: No space left"), "{failure}");
}

#[test]
fn wrong_arguments_are_named() {
    let perform = perform("file.write", Value::map([("path", Value::text("x")), ("text", Value::Int(3))]));
    let run = RunId::from_bytes([7; 16]);
    let failure = Asked::read(
        &Attempt { run, perform, dir: "/run".into(), allow_files: vec![], watch: None, allow_net: vec![] },
        Path::new("/data"),
    );
    assert_eq!(failure.err().expect("no text").message, "`text` is of type int, where a string is needed");
}

#[test]
fn an_allowed_folder_opens_neither_the_store_nor_its_key() {
    let world = World::new();
    let (shared, data) = (world.shared(), world.data());
    let key = shared.join(".wayfare.key");
    fs::create_dir_all(data.join("runs/x")).expect("made");
    fs::write(data.join("store"), "rows").expect("written");
    symlink(".wayfare", shared.join("link")).expect("linked");
    for path in [data.join("store"), data.join("runs/x/y"), shared.join("link/store")] {
        let refused = [world.read(&path).map(drop), world.write(&path, "mine").map(drop)];
        refused.into_iter().for_each(|outcome| assert_eq!(reason(&outcome.expect_err("refused")), "outside"));
    }
    assert_eq!(reason(&world.write(&key, "planted").expect_err("no key yet")), "outside");
    fs::write(&key, "key").expect("written");
    fs::hard_link(&key, shared.join("other")).expect("linked");
    symlink(".wayfare.key", shared.join("soft")).expect("linked");
    for path in [&key, &shared.join("other"), &shared.join("soft")] {
        assert_eq!(reason(&world.read(path).expect_err("refused")), "outside");
        assert_eq!(reason(&world.write(path, "mine").expect_err("refused")), "outside");
    }
    let roots = [data.to_string_lossy().into_owned()];
    let world = World { allowed: roots.into(), ..world };
    assert_eq!(reason(&world.read(data.join("store")).expect_err("refused")), "outside");
    assert_eq!(
        (fs::read_to_string(key).expect("read"), fs::read_to_string(data.join("store")).expect("read")),
        ("key".into(), "rows".into())
    );
    let mut own = world.asked("file.write", "own.txt", "mine").expect("below its folder");
    // The run's own folder lies in the data folder.
    own.data = world.folder.path().into();
    own.perform(&Consent::default()).expect("written");
}
