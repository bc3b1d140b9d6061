//! Peers that aren't what they should be: damaged, hostile, of another version, or gone in the middle.

use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};

use crate::journal::tests::{me, run, summary, write};
use crate::journal::{Error, Journal};
use crate::link::Shared;
use crate::link::frame::Frame;
use crate::link::words::{Answer, Ask, GREETING, Hello, Welcome};
use crate::model::RunStatus;

use super::{Pair, length, open, store};

fn knock(pair: &Pair) -> UnixStream {
    UnixStream::connect(pair.data().join("link")).expect("somebody listens")
}

/// A peer that is welcome.
fn enter(pair: &Pair) -> UnixStream {
    let mut stream = knock(pair);
    let hello = Hello {
        name: "9-9-9".into(),
        holder: me(),
        record: crate::journal::RECORD_VERSION,
        attends: false,
        again: false,
    };
    stream.write_all(&GREETING).expect("written");
    stream.write_all(&Frame::new(&hello, Vec::new()).bytes().expect("small")).expect("written");
    let mut greeting = [0; 8];
    stream.read_exact(&mut greeting).expect("greeted");
    assert_eq!(greeting, GREETING);
    let (welcome, _) = Frame::read(&mut stream).expect("a frame").open::<Welcome>().expect("words");
    assert!(matches!(welcome, Welcome::Come(_)), "{welcome:?}");
    stream
}

#[test]
fn nobody_but_the_user_may_connect() {
    let pair = Pair::new();
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&pair.data()), 0o700);
    assert_eq!(mode(&pair.data().join("link")), 0o600);
}

#[test]
fn garbage_ends_its_own_connection_alone() {
    let pair = Pair::new();
    let garbage: [&[u8]; 5] =
        [b"", b"GET / HTTP/1.1\r\n\r\n", &[0xff; 4_000], b"wayfare", b"wayfare\x01\xff\xff\xff\xff\xff\xff\xff\xff"];
    for bytes in garbage {
        let mut stream = knock(&pair);
        stream.write_all(bytes).expect("written");
        stream.shutdown(std::net::Shutdown::Write).expect("shut");
        let mut said = Vec::new();
        // It may be cut off with something unread.
        let _ = stream.read_to_end(&mut said);
        assert!(said.starts_with(&GREETING) || said.is_empty());
    }
    let mut stream = enter(&pair);
    stream.write_all(&Frame::new(&"no ask", Vec::new()).bytes().expect("small")).expect("written");
    let (answer, _) = Frame::read(&mut stream).expect("a frame").open::<Answer>().expect("words");
    let Answer::Failed(trouble) = answer else { panic!("{answer:?}") };
    assert!(trouble.error().to_string().contains("no ask"), "it says what is wrong");
    store(&pair.client, 1, 0).expect("the others are served as ever");
    assert_eq!(length(&pair.owner, 1), 1);
}

#[test]
fn one_that_is_killed_in_the_middle_of_a_message_stored_nothing() {
    let pair = Pair::new();
    let mut blobs = Vec::new();
    let line = crate::link::words::Line::of(&write(7, 0), &mut blobs);
    let bytes = Frame::new(&Ask::Commit(vec![line]), blobs).bytes().expect("small");
    for cut in [1, 8, 9, bytes.len() - 1] {
        let mut stream = enter(&pair);
        stream.write_all(&bytes[..cut]).expect("written");
        drop(stream);
    }
    store(&pair.client, 1, 0).expect("stored");
    assert_eq!(length(&pair.owner, 7), 0);
    let mut stream = enter(&pair);
    stream.write_all(&bytes).expect("written");
    let (answer, _) = Frame::read(&mut stream).expect("a frame").open::<Answer>().expect("words");
    assert!(matches!(answer, Answer::Outcomes(_)));
    assert_eq!(length(&pair.client, 7), 1);
}

/// Takes the part of an owner: has the lock, and answers with `say`.
fn impostor(say: impl Fn(&mut UnixStream) + Send + 'static) -> (tempfile::TempDir, crate::journal::Folder) {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let folder = crate::journal::Folder::open(&data, &Default::default(), &me(), &mut |_| {}).expect("opens");
    let listener = UnixListener::bind(data.join("link")).expect("listens");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            say(&mut stream);
        }
    });
    (dir, folder)
}

#[test]
fn the_error_of_the_owner_s_store_is_the_client_s() {
    use std::sync::Arc;

    use crate::journal::MemoryJournal;
    use crate::link::owner::{Owner, Peer};
    use crate::link::server::Server;

    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    // Whoever has the lock is the owner, here one whose disk fails.
    let _folder = crate::journal::Folder::open(&data, &Default::default(), &me(), &mut |_| {}).expect("opens");
    let failing = MemoryJournal::new();
    failing.fail_commit(1, false);
    let peer = Peer { name: "1-1-1".into(), holder: me() };
    let owner = Arc::new(Owner::new(&data, Arc::new(failing), peer, Default::default(), Arc::default()));
    let mut server = Server::start(&data, owner).expect("serves");
    let client = open(&data);
    store(&client, 1, 0).expect("stored");
    let error = store(&client, 1, 1).expect_err("the disk fails");
    assert_eq!(error.to_string(), "writing to the journal in memory failed: told to fail");
    assert!(!error.is_of_one_run(), "it ends the client, too");
    let error = store(&client, 2, 0).expect_err("nothing more is taken");
    assert!(matches!(error, Error::Stopped), "{error}");
    drop(client);
    server.stop();
}

#[test]
fn an_owner_of_another_version_is_named() {
    let (dir, _folder) = impostor(|stream| {
        let _ = stream.write_all(b"wayfare\x09");
        let _ = stream.read(&mut [0; 1_000]);
    });
    let error = Shared::open(&dir.path().join("data"), &Default::default(), &me(), |_| {}).err().expect("refused");
    let text = error.to_string();
    assert!(text.contains("process 4711") && text.contains("version 9 of the link, this is version 2"), "{text}");
    assert!(matches!(error, Error::Unreached { .. }));
}

#[test]
fn a_secret_that_is_kept_twice_for_want_of_an_answer_was_not_there() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let kept = AtomicUsize::new(0);
    let (dir, _folder) = impostor(move |stream| {
        let _ = stream.write_all(&GREETING);
        let _ = stream.write_all(&Frame::new(&Welcome::Come(me()), Vec::new()).bytes().expect("small"));
        let _ = stream.read_exact(&mut [0; GREETING.len()]);
        let _ = Frame::read(stream);
        while let Ok(frame) = Frame::read(stream) {
            let answer = match frame.open::<Ask>().expect("words").0 {
                Ask::Secret(_) => Answer::Bytes(kept.load(Ordering::Relaxed) > 0),
                // It is killed once that is stored, and the next one takes its place.
                Ask::KeepSecret(_) if kept.fetch_add(1, Ordering::Relaxed) == 0 => return,
                Ask::KeepSecret(_) => Answer::WasKept(true),
                other => panic!("{other:?}"),
            };
            let _ = stream.write_all(&Frame::new(&answer, Vec::new()).bytes().expect("small"));
        }
    });
    let client = open(&dir.path().join("data"));
    assert!(!client.keep_secret("A", Some(b"x")).expect("kept"));
}

#[test]
fn an_owner_of_other_records_is_named() {
    let (dir, _folder) = impostor(|stream| {
        let _ = stream.write_all(&GREETING);
        let refused = Welcome::Refused("writes records of version 9, this one version 1".into());
        let _ = stream.write_all(&Frame::new(&refused, Vec::new()).bytes().expect("small"));
        let _ = stream.read(&mut [0; 1_000]);
    });
    let error = Shared::open(&dir.path().join("data"), &Default::default(), &me(), |_| {}).err().expect("refused");
    assert!(error.to_string().contains("writes records of version 9, this one version 1"), "{error}");
}

#[test]
fn a_record_that_is_too_large_is_refused_by_name() {
    let pair = Pair::new();
    let mut large = write(1, 0);
    large.record = vec![b' '; crate::journal::MAX_RECORD_BYTES + 1];
    let error = pair.client.commit(&[write(2, 0), large]).expect_err("refused");
    assert!(error.to_string().contains("more than the limit of 67108864 (`record size`)"), "{error}");
    assert!(error.is_of_one_run());
    store(&pair.client, 2, 0).expect("the rest goes on");
}

#[test]
fn many_runs_are_listed_through_the_owner() {
    let pair = Pair::new();
    for n in 0..300 {
        let mut begun = write(n, 0);
        begun.summary = Some(summary(n, RunStatus::Running));
        pair.owner.commit(&[begun]).expect("stored");
    }
    let all = pair.client.unfinished().expect("reads");
    assert_eq!(all.len(), 300);
    assert_eq!(all[0].id, run(0));
}

#[test]
fn what_the_dead_left_is_no_hindrance() {
    let pair = Pair::new();
    let data = pair.data();
    let Pair { client, owner, dir: _dir } = pair;
    drop(client);
    owner.die();
    assert!(data.join("link").exists(), "its socket is there still");
    std::fs::write(data.join("link.new"), "half made").expect("written");
    std::fs::create_dir_all(data.join("members")).expect("made");
    std::fs::write(data.join("members/1-2-3"), "{\"pid\":").expect("written");
    let next = open(&data);
    assert!(next.is_owner());
    assert!(!data.join("members/1-2-3").exists());
    let client = open(&data);
    store(&client, 1, 0).expect("served");
}
