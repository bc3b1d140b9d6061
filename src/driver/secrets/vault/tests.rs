//! The secrets of a store: what is kept, by whom it can be read, and what is said where it can't.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::driver::doorway::clock::SystemClock;
use crate::driver::doorway::random::SeededEntropy;
use crate::journal::MemoryJournal;

struct World {
    folder: tempfile::TempDir,
    journal: Arc<MemoryJournal>,
    entropy: SeededEntropy,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("a folder");
        World { folder, journal: Arc::new(MemoryJournal::new()), entropy: SeededEntropy::new(5) }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("data.key")
    }

    /// As another process opens it.
    fn vault(&self, passphrase: Option<&str>) -> StoreVault {
        StoreVault::new(self.journal.clone(), &self.data(), passphrase.map(|text| Zeroizing::new(text.to_string())))
    }

    fn set(&self, vault: &StoreVault, name: &str, value: &str) -> Result<bool, String> {
        vault.set(name, value, &SystemClock, &self.entropy).map_err(|error| error.to_string())
    }
}

fn value(vault: &StoreVault, name: &str) -> Result<Option<String>, String> {
    vault.value(name).map(|value| value.map(|value| value.to_string())).map_err(|error| error.to_string())
}

#[test]
fn what_is_set_is_read_by_who_has_the_key_file() {
    let world = World::new();
    assert_eq!(value(&world.vault(None), "A"), Ok(None));
    assert_eq!(world.set(&world.vault(None), "A", "first value"), Ok(false));
    assert_eq!(world.set(&world.vault(None), "A", "second value"), Ok(true));
    assert_eq!(world.set(&world.vault(None), "B", "other value"), Ok(false));
    assert_eq!(value(&world.vault(None), "A"), Ok(Some("second value".into())));
    let mode = fs::metadata(world.key_file()).expect("a key file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(world.folder.path()).expect("a folder").count(), 2, "no draft is left");
    let names: Vec<String> = world.vault(None).list().expect("a list").into_iter().map(|listed| listed.name).collect();
    assert_eq!(names, ["A", "B"]);
    let kept = world.journal.secrets().expect("rows");
    assert!(kept.iter().all(|(_, row)| !String::from_utf8_lossy(row).contains("value")));
    assert_eq!(world.vault(None).delete("A").ok(), Some(true));
    assert_eq!(world.vault(None).delete("A").ok(), Some(false));
    assert_eq!(value(&world.vault(None), "A"), Ok(None));
}

#[test]
fn of_two_that_choose_a_key_at_once_one_has_chosen() {
    let world = World::new();
    let (one, other) = (world.vault(Some("open sesame")), world.vault(Some("open sesame")));
    let (third, fourth) = (world.vault(Some("open barley")), world.vault(None));
    let key = one.begin(&world.entropy).expect("a key");
    assert!(*key == *other.begin(&world.entropy).expect("the same key"));
    assert!(matches!(third.begin(&world.entropy), Err(Error::WrongPassphrase)));
    assert!(matches!(fourth.begin(&world.entropy), Err(Error::NoPassphrase)));
    world.set(&other, "B", "second value").expect("it is set");
    world.set(&one, "A", "first value").expect("it is set");
    assert_eq!(value(&world.vault(Some("open sesame")), "A"), Ok(Some("first value".into())));
    assert_eq!(value(&world.vault(Some("open sesame")), "B"), Ok(Some("second value".into())));
}

#[test]
fn a_key_file_of_another_user_is_refused() {
    assert!(key_file::belongs(1_000, 1_000) && !key_file::belongs(1_000, 1_001) && !key_file::belongs(0, 1_000));
}

#[test]
fn a_pipe_in_the_place_of_a_key_file_is_not_waited_for() {
    let world = World::new();
    world.set(&world.vault(None), "A", "some value").expect("it is set");
    fs::remove_file(world.key_file()).expect("removed");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, world.key_file(), mode).expect("a pipe");
    assert!(value(&world.vault(None), "A").expect_err("refused").contains("is no file"));
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let world = World::new();
    world.set(&world.vault(None), "A", "some value").expect("it is set");
    for mode in [0o640, 0o604, 0o644] {
        fs::set_permissions(world.key_file(), fs::Permissions::from_mode(mode)).expect("its mode");
        let said = value(&world.vault(None), "A").expect_err("refused");
        assert!(said.contains(&format!("its mode is {mode:o}, and must be 600")), "{said}");
        assert!(world.set(&world.vault(None), "B", "some value").is_err());
    }
}

#[test]
fn a_key_file_that_is_another_one_or_none_is_told() {
    let world = World::new();
    world.set(&world.vault(None), "A", "some value").expect("it is set");
    let key = fs::read_to_string(world.key_file()).expect("a key");
    fs::write(world.key_file(), key.replace("key-1 ", "key-1 AA").replace("=", "")).expect("written");
    assert!(value(&world.vault(None), "A").expect_err("damaged").ends_with("holds no key of Wayfare's"));
    let other = format!("{MARK}{}\n", "A".repeat(43) + "=");
    fs::write(world.key_file(), other).expect("written");
    assert!(value(&world.vault(None), "A").expect_err("another").contains("is not the one that"));
    fs::remove_file(world.key_file()).expect("removed");
    assert!(value(&world.vault(None), "A").expect_err("missing").starts_with("there is no key file"));
    assert!(world.set(&world.vault(None), "B", "some value").expect_err("missing").starts_with("there is no key file"));
    fs::create_dir(world.key_file()).expect("a folder");
    assert!(value(&world.vault(None), "A").expect_err("a folder").ends_with("is no file"));
}

const MARK: &str = "wayfare-key-1 ";

#[test]
fn a_passphrase_locks_the_store() {
    let world = World::new();
    assert!(world.set(&world.vault(Some("")), "A", "some value").is_err());
    world.set(&world.vault(Some("open sesame")), "A", "some value").expect("it is set");
    assert!(!world.key_file().exists());
    assert_eq!(value(&world.vault(Some("open sesame")), "A"), Ok(Some("some value".into())));
    assert!(world.vault(None).wants_passphrase().expect("a head"));
    let said = "the store's secrets are locked by a passphrase: give it by `WF_PASSPHRASE`";
    assert_eq!(value(&world.vault(None), "A"), Err(said.into()));
    let said = "this is not the passphrase that the store's secrets are locked by";
    assert_eq!(value(&world.vault(Some("open barley")), "A"), Err(said.into()));
    assert_eq!(world.set(&world.vault(Some("open barley")), "B", "some value"), Err(said.into()));
}

#[test]
fn a_damaged_row_is_told_alone() {
    let world = World::new();
    for name in ["A", "B", "C"] {
        world.set(&world.vault(None), name, "some value").expect("it is set");
    }
    let row = world.journal.secret("A").expect("read").expect("a row");
    // Moved to another name, cut, and changed in each of its parts.
    world.journal.keep_secret("B", Some(&row)).expect("kept");
    let said =
        |name: &str| format!("the row of `{name}` is damaged, or was written for another name or store: set it anew");
    assert_eq!(value(&world.vault(None), "B"), Err(said("B")));
    for at in [0, 1, 9, 33, row.len() - 1] {
        let mut damaged = row.clone();
        damaged[at] ^= 1;
        world.journal.keep_secret("A", Some(&damaged)).expect("kept");
        assert_eq!(value(&world.vault(None), "A"), Err(said("A")), "{at}");
    }
    for length in [0, 1, 9, 33, row.len() - 1] {
        world.journal.keep_secret("A", Some(&row[..length])).expect("kept");
        assert_eq!(value(&world.vault(None), "A"), Err(said("A")), "{length}");
    }
    assert_eq!(value(&world.vault(None), "C"), Ok(Some("some value".into())));
    assert_eq!(world.vault(None).list().expect("a list").len(), 3);
    world.journal.keep_secret(HEAD, Some(b"{}")).expect("kept");
    assert_eq!(value(&world.vault(None), "C"), Err("the row that says what the key is is damaged".into()));
    world.journal.keep_secret(HEAD, None).expect("kept");
    assert_eq!(value(&world.vault(None), "C"), Err("the row that says what the key is is missing".into()));
}

#[test]
fn names_and_values_have_their_bounds() {
    let world = World::new();
    for name in ["", "a/b", "..", &"x".repeat(129)] {
        assert!(world.set(&world.vault(None), name, "some value").is_err(), "{name}");
        assert!(world.vault(None).delete(name).is_err(), "{name}");
    }
    assert_eq!(world.set(&world.vault(None), "A", ""), Err("the value of `A` is empty".into()));
    let said = world.set(&world.vault(None), "A", &"x".repeat(1 << 20)).expect_err("too large");
    assert_eq!(said, "the value of `A` has more bytes than the limit `secret size` of 65536");
    assert!(!world.key_file().exists(), "nothing is made for what is refused");
    assert_eq!(world.set(&world.vault(None), "A", &"x".repeat(64 << 10)), Ok(false));
}
