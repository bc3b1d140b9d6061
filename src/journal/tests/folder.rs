//! The data folder: made, found, refused, shared out.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use tempfile::TempDir;

use crate::journal::lock::Lock;
use crate::journal::{Error, Folder, Holder, Journal, Settings};

use super::{me, run, write};

fn open(dir: &Path) -> Result<Folder, Error> {
    Folder::open(dir, &Settings::default(), &me(), &mut |holder| panic!("waits for {holder}"))
}

fn look(dir: &Path) -> Result<Option<Folder>, Error> {
    Folder::look(dir, &Settings::default(), &me(), &mut |holder| panic!("waits for {holder}"))
}

fn place() -> (TempDir, PathBuf) {
    let temp = TempDir::new().expect("a folder");
    let dir = temp.path().join("deep/.wayfare");
    (temp, dir)
}

/// A folder with one stored record.
fn stored() -> (TempDir, PathBuf) {
    let (temp, dir) = place();
    open(&dir).expect("makes").journal().commit(&[write(1, 0)]).expect("stored");
    (temp, dir)
}

/// All files of a folder with their bytes; folders have none.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let entries = fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (path.clone(), fs::read(&path).ok())).collect()
}

fn names(dir: &Path) -> Vec<String> {
    let names = contents(dir).into_keys().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    names.collect()
}

/// Opening and looking are refused alike, and change nothing; gives the message.
fn refused(dir: &Path) -> String {
    let before = contents(dir);
    let error = open(dir).err().expect("refused").to_string();
    assert_eq!(look(dir).err().expect("refused").to_string(), error);
    assert!(contents(dir) == before, "something was changed");
    error.replace(&dir.display().to_string(), "DIR")
}

#[test]
fn a_folder_is_made_for_its_owner_and_found_again() {
    let (_temp, dir) = place();
    let folder = open(&dir).expect("makes");
    folder.journal().commit(&[write(1, 0)]).expect("stored");
    assert_eq!(names(&dir), ["format", "journal.redb", "lock"]);
    assert_eq!(fs::read_to_string(dir.join("format")).expect("reads"), "wayfare 1\n");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert!(names(&dir).iter().all(|name| mode(&dir.join(name)) == 0o600));
    drop(folder);
    assert_eq!(fs::read(dir.join("lock")).expect("reads"), b"", "nobody has it");
    let folder = look(&dir).expect("opens").expect("is there");
    assert_eq!(folder.journal().length(run(1)).expect("reads"), 1);
    assert_eq!(names(&dir), ["format", "journal.redb", "lock"]);
}

#[test]
fn looking_makes_nothing() {
    let (temp, dir) = place();
    assert!(look(&dir).expect("looks").is_none());
    assert_eq!(names(temp.path()), [""; 0]);
    fs::create_dir_all(&dir).expect("made");
    assert!(look(&dir).expect("looks").is_none());
    assert_eq!(names(&dir), [""; 0]);
}

#[test]
fn a_second_process_learns_the_holder_and_waits() {
    let (_temp, dir) = stored();
    let first = open(&dir).expect("opens");
    let (tell, told) = channel();
    let mut holders = Vec::new();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            let other = Holder { pid: 99, ..me() };
            Folder::open(&dir, &Settings::default(), &other, &mut |holder: &Holder| {
                tell.send(holder.clone()).expect("the test listens");
            })
        });
        holders.push(told.recv().expect("told"));
        first.journal().commit(&[write(1, 1)]).expect("the first one goes on");
        drop(first);
        let second = second.join().expect("no panic").expect("opens");
        assert_eq!(second.journal().length(run(1)).expect("reads"), 2);
        let lock = fs::read_to_string(dir.join("lock")).expect("reads");
        assert!(lock.contains("\"pid\":99"), "{lock}");
    });
    drop(tell);
    holders.extend(told);
    assert_eq!(holders, [me()], "told once");
    assert_eq!(me().to_string(), "process 4711 (`wf run`), started 2023-11-14T22:13:20.000Z");
}

#[test]
fn a_lock_that_was_removed_while_somebody_waited_for_it_is_no_lock() {
    let (temp, _) = place();
    let path = temp.path().join("lock");
    let first = Lock::take(&path, &me(), &mut |holder| panic!("waits for {holder}")).expect("free");
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Lock::take(&path, &me(), &mut |_| tell.send(()).expect("the test listens")));
        told.recv().expect("it waits");
        fs::remove_file(&path).expect("removed");
        drop(first);
        let _second = second.join().expect("no panic").expect("its own by then");
        let file = fs::File::open(&path).expect("there is one");
        assert!(file.try_lock().is_err(), "whoever comes next waits for the second one");
    });
}

#[test]
fn the_folder_is_free_when_the_last_handle_is_gone() {
    let (_temp, dir) = stored();
    let journal = open(&dir).expect("opens").journal();
    let lock = fs::File::open(dir.join("lock")).expect("opens");
    assert!(lock.try_lock().is_err(), "the journal keeps the lock");
    drop(journal);
    lock.try_lock().expect("free");
}

#[test]
fn a_newer_or_unknown_format_is_refused() {
    let (_temp, dir) = stored();
    fs::write(dir.join("format"), "wayfare 2\n").expect("written");
    assert_eq!(refused(&dir), "the store `DIR/format` has format 2; this version reads formats up to 1");
    for text in ["", "hello", "wayfare", "wayfare x", "wayfare 0"] {
        fs::write(dir.join("format"), text).expect("written");
        assert_eq!(refused(&dir), "`DIR/format` is not a Wayfare store: it does not say a format of Wayfare's");
    }
}

#[test]
fn what_stands_in_the_place_of_the_journal_is_named() {
    let (_temp, dir) = stored();
    let journal = dir.join("journal.redb");
    let sound = fs::read(&journal).expect("reads");
    fs::write(&journal, "Dear diary,\n").expect("written");
    assert_eq!(refused(&dir), "`DIR/journal.redb` is not a Wayfare store: it does not begin as one");
    fs::write(&journal, "").expect("written");
    assert_eq!(refused(&dir), "the store `DIR/journal.redb` is damaged: it is empty");
    fs::write(&journal, &sound[..5]).expect("written");
    assert_eq!(refused(&dir), "`DIR/journal.redb` is not a Wayfare store: it ends within its first bytes");
    let (half, _) = sound.split_at(sound.len() / 2);
    fs::write(&journal, half).expect("written");
    assert!(refused(&dir).starts_with("the store `DIR/journal.redb` is damaged: "));
    let mut flipped = sound.clone();
    let at = sound.windows(6).position(|bytes| bytes == b"events").expect("a record");
    flipped[at] ^= 1;
    fs::write(&journal, flipped).expect("written");
    assert!(refused(&dir).starts_with("the store `DIR/journal.redb` is damaged: "));
    fs::remove_file(&journal).expect("removed");
    assert_eq!(refused(&dir), "the store `DIR` is damaged: its file `journal.redb` is missing");
    fs::create_dir(&journal).expect("made");
    assert_eq!(refused(&dir), "`DIR/journal.redb` is not a Wayfare store: it is a folder");
}

#[test]
fn a_place_that_is_no_store_is_left_alone() {
    let (temp, _) = place();
    fs::write(temp.path().join("letter.txt"), "Dear diary").expect("written");
    let error = refused(temp.path());
    assert_eq!(error, "`DIR` is not a Wayfare store: it is a folder that holds other things (`letter.txt`)");
    let file = temp.path().join("letter.txt");
    let error = open(&file).err().expect("refused").to_string();
    assert_eq!(error, format!("`{}` is not a Wayfare store: it is a file, not a folder", file.display()));
}

#[test]
fn an_unfinished_making_is_finished() {
    let (_temp, dir) = stored();
    fs::remove_file(dir.join("format")).expect("removed");
    fs::write(dir.join("format.new"), "way").expect("written");
    assert_eq!(open(&dir).expect("opens").journal().length(run(1)).expect("reads"), 1);
    assert_eq!(names(&dir), ["format", "journal.redb", "lock"]);

    let (_temp, dir) = place();
    fs::create_dir_all(&dir).expect("made");
    fs::write(dir.join("journal.redb.new"), "redb, or its beginning").expect("written");
    fs::write(dir.join("lock"), "").expect("written");
    assert!(look(&dir).expect("looks").is_none());
    drop(open(&dir).expect("makes"));
    assert_eq!(names(&dir), ["format", "journal.redb", "lock"]);
}

#[test]
fn a_place_where_nothing_can_be_made_is_named() {
    let error = open(Path::new("/proc/wayfare/store")).err().expect("refused");
    assert!(error.to_string().contains("`/proc/wayfare`"), "{error}");
    assert!(error.help().is_some());
    let denied = Error::io("opening `x`", std::io::ErrorKind::ReadOnlyFilesystem.into());
    assert!(matches!(denied, Error::Denied { .. }), "{denied}");
    let full = Error::io("writing `x`", std::io::ErrorKind::StorageFull.into());
    assert!(full.to_string().starts_with("the disk is full: writing `x`"), "{full}");
}
