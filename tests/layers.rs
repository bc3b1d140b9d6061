//! The house stands as ARCHITECTURE.md draws it: no room names one that it may not know, each foreign crate has its
//! owner, and some words are nowhere. Everything is read from the text, since only the text says who names whom.

mod rust;

use std::path::{Path, PathBuf};

use rust::{Code, Match};

/// Each room, and the rooms that it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("diag", &["source"]),
    ("model", &[]),
    ("syntax", &["source", "diag"]),
    ("expr", &["source", "diag", "model"]),
    ("check", &["source", "diag", "model", "syntax", "expr"]),
    ("program", &["source", "diag", "model", "syntax", "expr", "check"]),
    ("engine", &["model", "expr", "program"]),
    ("journal", &["model"]),
    ("link", &["model", "journal"]),
    ("driver", &["source", "diag", "model", "program", "engine", "journal", "expr"]),
    ("story", &["model", "journal", "program", "engine"]),
    (
        "cli",
        &[
            "source", "diag", "model", "syntax", "expr", "check", "program", "engine", "journal", "link", "driver",
            "story",
        ],
    ),
];

/// Each foreign crate, and the folders or files of `src/` that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diag/render.rs"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli"]),
    ("anyhow", &["cli"]),
    ("argon2", &["driver/secrets"]),
    ("base64", &["expr", "driver/effects/http", "driver/secrets"]),
    ("chacha20poly1305", &["driver/secrets"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["expr"]),
    ("getrandom", &["driver/doorway/random.rs"]),
    ("hmac", &["expr", "driver/secrets"]),
    ("indicatif", &["cli/progress"]),
    ("ipnet", &["driver/effects/http"]),
    ("jiff", &["model/time.rs", "expr"]),
    ("mimalloc", &["expr/memory.rs"]),
    ("percent_encoding", &["expr", "driver/secrets"]),
    ("pest", &["syntax/parse"]),
    ("pest_derive", &["syntax/parse"]),
    ("quick_xml", &["expr"]),
    ("redb", &["journal"]),
    ("regex", &["expr"]),
    ("reqwest", &["driver/effects/http", "driver/secrets/forms.rs"]),
    ("rhai", &["expr"]),
    ("rustix", &["driver", "journal", "link"]),
    ("rustls", &["driver/effects/http"]),
    ("serde", &[""]),
    ("serde_json", &[""]),
    ("serde_yaml_ng", &["expr"]),
    ("sha2", &["program/hash.rs", "expr", "driver/secrets", "journal/apart.rs"]),
    ("strsim", &["diag", "syntax/explain"]),
    ("subtle", &["driver", "cli"]),
    ("terminal_size", &["cli/progress"]),
    ("thiserror", &[""]),
    ("tokio", &["driver", "cli"]),
    ("toml", &["cli"]),
    ("unicode_width", &["cli"]),
    ("url", &["driver/effects/http"]),
    ("uuid", &["model/ids.rs", "expr"]),
    ("zeroize", &["driver", "cli"]),
];

/// What has to be thought about wherever a new one comes: a match over it has no arm for the rest.
const COMPLETE: &[&str] = &["Event::", "Command::", "RunStatus::", "StepStatus::"];

/// Words that say that something isn't done.
const UNDONE: &[&str] = &["todo!", "unimplemented!", "dbg!"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of `src/`.
struct Module {
    /// From `src/` on, with slashes.
    path: String,
    code: Code,
    text: String,
    /// Whether it is there for tests alone: then it may know more.
    is_test: bool,
}

impl Module {
    /// None for `lib.rs` and `main.rs`.
    fn room(&self) -> Option<&str> {
        self.path.split_once('/').map(|(room, _)| room)
    }

    /// How many `super::` lead to the crate's root.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }

    /// Where its submodules lie.
    fn folder(&self) -> &str {
        self.path.strip_suffix("mod.rs").unwrap_or(self.path.trim_end_matches(".rs")).trim_end_matches('/')
    }

    fn at(&self, offset: usize) -> String {
        format!("src/{}:{}", self.path, self.code.line(offset))
    }
}

fn modules() -> Vec<Module> {
    let src = root().join("src");
    let mut all = Vec::new();
    collect(&src, &src, &mut all);
    let tests: Vec<String> = all
        .iter()
        .flat_map(|module| module.code.test_modules().into_iter().map(|name| format!("{}/{name}", module.folder())))
        .collect();
    for module in &mut all {
        let under = |test: &String| module.path == format!("{test}.rs") || module.path.starts_with(&format!("{test}/"));
        module.is_test = tests.iter().any(under);
    }
    assert!(all.len() > 50, "only {} modules were found", all.len());
    all
}

fn collect(src: &Path, folder: &Path, all: &mut Vec<Module>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(src, &path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let path = path.strip_prefix(src).expect("below src").to_string_lossy().replace('\\', "/");
            all.push(Module { path, code: Code::of(&text), text, is_test: false });
        }
    }
}

fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

fn may_name(room: &str) -> &'static [&'static str] {
    ROOMS.iter().find(|(name, _)| *name == room).map_or(&[], |(_, names)| names)
}

#[test]
fn no_room_names_one_that_it_may_not_know() {
    let mut found = Vec::new();
    for module in modules() {
        let Some(room) = module.room().map(str::to_string) else { continue };
        for (offset, named) in module.code.named("crate") {
            if module.is_test || module.code.is_in_tests(offset) {
                continue;
            }
            if named != room && !may_name(&room).contains(&named.as_str()) {
                found.push(format!("{}: `{room}` names `{named}`", module.at(offset)));
            }
        }
        for (offset, climbs) in module.code.climbs() {
            let inner = usize::from(module.code.is_in_tests(offset));
            if climbs >= module.depth() + inner {
                found.push(format!("{}: `super::` leaves the room; write `crate::`", module.at(offset)));
            }
        }
    }
    none("rooms that name others than the table allows", found);
}

#[test]
fn the_table_is_that_of_the_architecture() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page");
    let rooms: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let rows: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(room, _)| room)).collect();
    assert_eq!(rows, rooms, "the rooms of ARCHITECTURE.md and those of this test");
    let mut folders: Vec<String> = std::fs::read_dir(root().join("src"))
        .expect("src")
        .filter_map(|entry| {
            let entry = entry.expect("an entry");
            entry.path().is_dir().then(|| entry.file_name().to_string_lossy().into_owned())
        })
        .collect();
    folders.sort();
    let mut sorted = rooms.clone();
    sorted.sort_unstable();
    assert_eq!(folders, sorted, "the folders of src/ and the rooms of this test");
}

#[test]
fn foreign_crates_are_named_by_their_owners_alone() {
    let modules = modules();
    let mut found = Vec::new();
    for (name, owners) in OWNERS {
        for module in &modules {
            let is_owner = owners.iter().any(|owner| {
                owner.is_empty() || module.path == *owner || module.path.starts_with(&format!("{owner}/"))
            });
            if !is_owner {
                found.extend(module.code.roots(name).map(|at| format!("{}: names `{name}`", module.at(at))));
            }
        }
    }
    none("foreign crates outside of their owner", found);
}

#[test]
fn every_dependency_has_an_owner() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let section = manifest.split("[dependencies]").nth(1).expect("dependencies");
    let section = section.split("\n[").next().expect("their end");
    let named = section.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().replace('-', "_"));
    let strange = named.filter(|name| !OWNERS.iter().any(|(owned, _)| owned == name)).collect();
    none("dependencies that this test knows no owner of", strange);
}

#[test]
fn nothing_is_imported_by_a_star() {
    let mut found = Vec::new();
    for module in modules() {
        let stars = module.code.stars().filter(|at| !module.is_test && !module.code.is_in_tests(*at));
        found.extend(stars.map(|at| module.at(at)));
    }
    none("globs", found);
}

#[test]
fn nothing_is_left_undone() {
    let mut found = Vec::new();
    for module in modules() {
        for word in UNDONE {
            found.extend(module.code.words(word).map(|at| format!("{}: `{word}`", module.at(at))));
        }
        for (i, line) in module.text.lines().enumerate() {
            let marks = ["TODO", "FIXME", "XXX"];
            if line.contains("//")
                && marks.iter().any(|mark| line.split(|c: char| !c.is_alphanumeric()).any(|w| w == *mark))
            {
                found.push(format!("src/{}:{}: {}", module.path, i + 1, line.trim()));
            }
        }
    }
    none("what isn't done", found);
}

#[test]
fn events_commands_and_statuses_are_matched_completely() {
    let mut found = Vec::new();
    for module in modules() {
        // Another `Event`: that of the XML reader.
        if module.code.roots("quick_xml").next().is_some() || module.is_test {
            continue;
        }
        for Match { arms, .. } in module.code.matches() {
            let about = arms.iter().any(|(_, arm)| COMPLETE.iter().any(|of| arm.starts_with(of)));
            let rest = arms.iter().find(|(_, arm)| arm == "_");
            if let Some((at, _)) = rest.filter(|(at, _)| about && !module.code.is_in_tests(*at)) {
                found.push(format!("{}: `_ =>`", module.at(*at)));
            }
        }
    }
    none("arms for the rest of what must be complete", found);
}

#[test]
fn every_module_begins_by_saying_what_it_is() {
    let silent = modules().into_iter().filter(|module| !module.text.starts_with("//! ")).map(|module| module.path);
    none("modules that don't begin with `//!`", silent.collect());
}
