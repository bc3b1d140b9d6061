//! `wf check`: everything that is wrong with files, before anything runs.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::diag::{self, visible};
use crate::program;
use crate::source::{LoadError, read_source};

use super::args;
use super::console::{Console, styled};
use super::place::{STDIN, name_of};
use super::stop::{Exit, Stop};

/// The most files that are checked at once (the limit `files`).
const MAX_FILES: usize = 10_000;

/// How deep folders are looked into.
const MAX_FOLDERS: usize = 64;

/// What was found so far.
#[derive(Default)]
struct Tally {
    files: usize,
    errors: usize,
    warnings: usize,
    /// Files that could not be read at all.
    unread: usize,
    documents: Vec<Json>,
}

pub fn check(console: &Console, args: &args::Check) -> Result<Exit, Stop> {
    let files = files(&args.paths)?;
    let mut tally = Tally::default();
    for path in &files {
        check_one(console, path, &mut tally);
    }
    if console.json {
        console.print_json(&json!({ "diagnostics": tally.documents }))?;
    }
    console.note(&summary(console, &tally));
    Ok(if tally.errors + tally.unread > 0 { Exit::Wrong } else { Exit::Done })
}

fn check_one(console: &Console, path: &Path, tally: &mut Tally) {
    tally.files += 1;
    let name = name_of(path);
    let text = match read_source(path) {
        Ok(text) => text,
        Err(error) => {
            tally.unread += 1;
            if console.json {
                tally.documents.push(unreadable(&name, &error));
            }
            return Stop::from(error).tell(console);
        }
    };
    let compiled = program::compile(&name, &text);
    let errors = compiled.diagnostics.iter().filter(|found| found.is_error()).count();
    tally.errors += errors;
    tally.warnings += compiled.diagnostics.len() - errors;
    if console.json {
        let mut document = diag::to_json(&compiled.sources, &compiled.diagnostics);
        if let Some(found) = document.get_mut("diagnostics").and_then(Json::as_array_mut) {
            tally.documents.append(found);
        }
    } else if !compiled.diagnostics.is_empty() {
        let shown = diag::render(&compiled.sources, &compiled.diagnostics, console.err_colors());
        console.note(shown.trim_end());
        console.note("");
    }
}

/// A file that can't be read is wrong as a whole.
fn unreadable(name: &str, error: &LoadError) -> Json {
    json!({
        "code": "E0001", "severity": "error", "message": error.to_string(), "file": name, "line": 1, "column": 1,
        "span": { "start": 0, "end": 0 }, "labels": [], "help": null,
    })
}

/// `3 files: 1 error, 2 warnings`
fn summary(console: &Console, tally: &Tally) -> String {
    let colours = console.palette();
    let mut found = Vec::new();
    if tally.unread > 0 {
        found.push(styled(colours.error, format!("{} not read", count(tally.unread, "file"))));
    }
    if tally.errors > 0 {
        found.push(styled(colours.error, count(tally.errors, "error")));
    }
    if tally.warnings > 0 {
        found.push(styled(colours.warning, count(tally.warnings, "warning")));
    }
    if found.is_empty() {
        found.push(styled(colours.good, "nothing found"));
    }
    format!("{}: {}", count(tally.files, "file"), found.join(", "))
}

/// `1 error`, `2 errors`
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The files that are meant, each once, those of a folder in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut all: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path == Path::new(STDIN) || !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let before = all.len();
        look_into(path, 0, &mut all)?;
        if all.len() == before {
            return Err(Stop::wrong(format!("there is no `.wf` file in `{}`", path.display())));
        }
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|path| seen.insert(name_of(path)));
    Ok(all)
}

/// All `.wf` files below; links are not followed, and hidden folders (`.git`, the store) not looked into.
fn look_into(folder: &Path, depth: usize, all: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let failed =
        |error: std::io::Error| Stop::wrong(format!("the folder `{}` can't be read: {error}", folder.display()));
    if depth > MAX_FOLDERS {
        return Err(Stop::wrong(format!(
            "`{}` lies more than {MAX_FOLDERS} folders deep (limit `folders`)",
            visible(&folder.to_string_lossy())
        )));
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.path(), entry.file_type().map_err(failed)?));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in entries {
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if kind.is_dir() && !is_hidden {
            look_into(&path, depth + 1, all)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "wf") {
            if all.len() >= MAX_FILES {
                return Err(Stop::wrong(format!("there are more than {MAX_FILES} files (limit `files`)")));
            }
            all.push(path);
        }
    }
    Ok(())
}
