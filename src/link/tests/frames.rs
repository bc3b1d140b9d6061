//! Frames, whole and broken; whatever comes, nothing panics and no more room is made than bytes come.

use std::io::Read;

use proptest::prelude::*;

use crate::journal::tests::{asking, claiming, me, run, summary, write};
use crate::journal::{Error, Refusal, Snapshot, Write, kv};
use crate::link::frame::{Blobs, Frame, MAX_BLOBS, MAX_FRAME_BYTES, Unread};
use crate::link::trouble::again;
use crate::link::words::{Ask, Line};
use crate::model::{Digest, RunStatus, Value};

/// Gives the bytes in small pieces.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        let (now, later) = self.0.split_at(most.min(self.0.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

#[test]
fn a_frame_is_read_as_it_was_written() {
    let frame = Frame::new(&"words", vec![vec![1, 2, 3], vec![], vec![0; 100_000]]);
    let bytes = frame.bytes().expect("it isn't large");
    for piece in [1, 7, 100_000] {
        assert_eq!(Frame::read(&mut Dripping(&bytes, piece)).expect("reads"), frame);
    }
    let (words, mut blobs): (String, Blobs) = frame.open().expect("opens");
    assert_eq!(words, "words");
    assert_eq!(blobs.take().expect("a blob"), [1, 2, 3]);
    assert_eq!(blobs.rest().len(), 2);
    assert!(matches!(blobs.take(), Err(Unread::Wrong(_))));
}

#[test]
fn a_frame_that_ends_early_or_says_to_be_huge_is_no_frame() {
    let bytes = Frame::new(&"words", vec![vec![1, 2, 3]]).bytes().expect("it isn't large");
    assert!(matches!(Frame::read(&mut &bytes[..0]), Err(Unread::Closed)));
    for end in 1..bytes.len() {
        assert!(matches!(Frame::read(&mut &bytes[..end]), Err(Unread::Broken(_))), "{end}");
    }
    let huge = [u32::MAX.to_le_bytes(), 0_u32.to_le_bytes()].concat();
    let Err(Unread::Wrong(why)) = Frame::read(&mut &huge[..]) else { panic!("it is refused") };
    assert!(why.contains("more than 100663296 (`frame size`)"), "{why}");
    // A large promise alone takes no room.
    let promise = [(MAX_FRAME_BYTES as u32).to_le_bytes(), 0_u32.to_le_bytes()].concat();
    assert!(matches!(Frame::read(&mut &promise[..]), Err(Unread::Broken(_))));
    assert_eq!(Frame::new(&"x", vec![vec![0; MAX_FRAME_BYTES]]).bytes(), None);
}

#[test]
fn a_frame_of_too_many_parts_is_no_frame() {
    let parts = |count: usize| {
        let rest = vec![0; 4 * count];
        [&2_u32.to_le_bytes()[..], &(rest.len() as u32).to_le_bytes(), b"{}", &rest].concat()
    };
    assert!(Frame::read(&mut &parts(MAX_BLOBS)[..]).is_ok());
    let Err(Unread::Wrong(why)) = Frame::read(&mut &parts(MAX_BLOBS + 1)[..]) else { panic!("it is refused") };
    assert!(why.contains("more than 1048576 parts (`frame parts`)"), "{why}");
    assert_eq!(Frame::new(&"x", vec![vec![]; MAX_BLOBS + 1]).bytes(), None);
}

#[test]
fn a_write_crosses_whole() {
    let mut large = claiming(write(1, 0), "k", 3);
    large.summary = Some(summary(1, RunStatus::Waiting));
    large.texts = vec![(Digest([4; 32]), "a text".into()), (Digest([5; 32]), "".into())];
    let mut kept = Write { snapshot: Some(Snapshot::Store(vec![9, 9])), ..write(2, 7) };
    (kept.owes, kept.settles) = (vec![(run(1), run(2))], vec![(run(2), run(3)), (run(2), run(2))]);
    let dropped = Write { snapshot: Some(Snapshot::Drop), ..write(3, 8) };
    let asking = asking(5, 2, kv::Ask::Put { key: "k".into(), value: Value::map([("$time", Value::Int(5))]) });
    let writes = [large, kept, dropped, asking, write(4, 1)];
    let mut blobs = Vec::new();
    let lines: Vec<Line> = writes.iter().map(|write| Line::of(write, &mut blobs)).collect();
    let frame = Frame::new(&Ask::Commit(lines), blobs);
    let (ask, mut blobs): (Ask, Blobs) = frame.open().expect("opens");
    let Ask::Commit(lines) = ask else { panic!("it is a commit") };
    let read: Vec<Write> = lines.into_iter().map(|line| line.write(&mut blobs).expect("whole")).collect();
    assert_eq!(read, writes);
}

#[test]
fn an_error_is_the_same_on_the_other_side() {
    let io = |kind| std::io::Error::new(kind, "the words of the system");
    let path = || "some/journal.redb".into();
    let errors = [
        Error::Io { doing: "writing `x`".into(), source: io(std::io::ErrorKind::Other) },
        Error::Full { doing: "writing `x`".into(), source: io(std::io::ErrorKind::StorageFull) },
        Error::Denied { doing: "writing `x`".into(), source: io(std::io::ErrorKind::PermissionDenied) },
        Error::Foreign { path: path(), what: "it is a cat".into() },
        Error::Newer { path: path(), found: 9, known: 1 },
        Error::Damaged { path: path(), why: "torn".into() },
        Error::Busy { path: path(), holder: me() },
        Error::Unreached { path: path(), holder: me(), why: "sleeps".into() },
        Error::UnknownVersion { run: run(1), found: 9, known: 1 },
        Error::Unreadable { run: run(1), why: "no".into() },
        Error::Stopped,
        Error::Refused { write: 3, run: run(1), seq: 4, why: Refusal::Gap { next: 2 } },
    ];
    for error in errors {
        let crossed = again(&error);
        assert_eq!(format!("{crossed} {:?}", crossed.help()), format!("{error} {:?}", error.help()));
        assert_eq!(crossed.is_of_one_run(), error.is_of_one_run());
    }
}

proptest! {
    #[test]
    fn what_is_no_frame_hurts_nobody(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frame) = Frame::read(&mut &bytes[..]) {
            let _ = frame.open::<Ask>();
        }
    }

    #[test]
    fn an_altered_frame_hurts_nobody(at in 0_usize..400, to in any::<u8>(), cut in 0_usize..400) {
        let mut blobs = Vec::new();
        let lines = vec![Line::of(&claiming(write(1, 0), "k", 3), &mut blobs), Line::of(&write(2, 1), &mut blobs)];
        let mut bytes = Frame::new(&Ask::Commit(lines), blobs).bytes().expect("it isn't large");
        let place = at % bytes.len();
        bytes[place] = to;
        bytes.truncate(bytes.len().saturating_sub(cut / 2));
        if let Ok(frame) = Frame::read(&mut &bytes[..])
            && let Ok((Ask::Commit(lines), mut blobs)) = frame.open::<Ask>()
        {
            for line in lines {
                let _ = line.write(&mut blobs);
            }
        }
    }
}
