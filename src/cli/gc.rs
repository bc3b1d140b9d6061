//! `wf gc`: removes runs that have ended and are past their retention, with their folders, and what nobody refers to
//! any more.
//!
//! A run's folder goes first and its rows then: where that is cut off, the run is still listed and goes with the next
//! call. The other way round a folder would be left that nothing tells of.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::journal::{Filter, Freed, Journal};
use crate::model::{Length, RunId, RunSummary, Time};

use super::args;
use super::config::Config;
use super::console::Console;
use super::place;
use super::stop::{Exit, Stop};
use super::{names, store};

/// How many rows are read, and how many runs are removed at a time.
const PAGE: usize = 1_000;

pub fn gc(console: &Console, data: Option<&Path>, args: &args::Gc) -> Result<Exit, Stop> {
    let older = args.older.as_deref().map(older).transpose()?;
    let default = Config::of(None)?.retention;
    let data = place::data_folder(data, None)?;
    let rule = Rule { now: SystemClock.now(), older, default };
    let mut collection = Collection { console, rule, data: &data, dry: args.dry_run, told: Told::default() };
    if let Some(journal) = store::look(&data, console)? {
        collection.all(&*journal)?;
    }
    collection.tell()
}

fn older(text: &str) -> Result<Length, Stop> {
    let length = text.parse::<Length>().ok().filter(|length| length.ms() >= 0);
    length.ok_or_else(|| {
        Stop::wrong(format!("`--older {text}` is no duration")).help("such as `30d`, `12h`, or `0s` for all that ended")
    })
}

/// How long runs are kept after their end.
struct Rule {
    now: Time,
    /// For all, whatever they say.
    older: Option<Length>,
    /// For those that say nothing.
    default: Option<Length>,
}

impl Rule {
    /// Whether the run has ended and its time is over; none where nothing says how long that is.
    fn is_past(&self, run: &RunSummary) -> Option<bool> {
        let ended = run.finished_at.filter(|_| run.status.is_ended());
        let Some(ended) = ended else { return Some(false) };
        let kept = self.older.or(run.retention).or(self.default)?;
        Some(ended.plus(kept) <= self.now)
    }
}

/// What was removed, or would be.
#[derive(Serialize, Default)]
struct Told {
    dry_run: bool,
    runs: u64,
    records: u64,
    values: u64,
    texts: u64,
    keys: u64,
    /// Of the store, which are used again; its file keeps its length.
    bytes: u64,
    folders: u64,
    folder_bytes: u64,
    /// Runs whose folder couldn't be removed, and that stay for that.
    failed: Vec<Failed>,
    #[serde(skip)]
    without_retention: u64,
}

#[derive(Serialize)]
struct Failed {
    run: String,
    message: String,
}

struct Collection<'a> {
    console: &'a Console,
    rule: Rule,
    data: &'a Path,
    dry: bool,
    told: Told,
}

impl Collection<'_> {
    fn all(&mut self, journal: &dyn Journal) -> Result<(), Stop> {
        let mut filter = Filter::newest(PAGE);
        loop {
            let page = journal.runs(&filter)?;
            let Some(last) = page.last() else { break };
            filter.before = Some(last.id);
            let mut past = Vec::new();
            for run in page {
                match self.rule.is_past(&run) {
                    Some(true) if !has_living_relative(journal, &run)? => past.push(run),
                    Some(_) => {}
                    None => self.told.without_retention += 1,
                }
            }
            self.remove(journal, &past)?;
        }
        if !self.dry {
            self.count(journal.sweep()?);
        }
        Ok(())
    }

    fn remove(&mut self, journal: &dyn Journal, past: &[RunSummary]) -> Result<(), Stop> {
        let mut ids = Vec::new();
        for run in past {
            if self.dry {
                self.would_remove(journal, run)?;
            } else if self.remove_folder(run.id) {
                ids.push(run.id);
            }
        }
        let mut rest = &ids[..];
        while !rest.is_empty() {
            let freed = journal.forget(rest)?;
            self.count(freed);
            rest = &rest[usize::try_from(freed.seen).unwrap_or(usize::MAX).clamp(1, rest.len())..];
        }
        Ok(())
    }

    fn would_remove(&mut self, journal: &dyn Journal, run: &RunSummary) -> Result<(), Stop> {
        self.told.runs += 1;
        self.told.records += journal.length(run.id)?;
        if let Some(bytes) = size(&self.folder(run.id)) {
            self.told.folders += 1;
            self.told.folder_bytes += bytes;
        }
        if !self.console.json {
            let ended = run.finished_at.map_or_else(String::new, |at| format!("ended {} UTC", super::runs::moment(at)));
            let line = format!("{}  {}  {}  {ended}\n", names::short(run.id), run.workflow, run.status.word());
            self.console.print(&visible(line.trim_end()))?;
            self.console.print("\n")?;
        }
        Ok(())
    }

    fn folder(&self, run: RunId) -> PathBuf {
        self.data.join("runs").join(run.to_string())
    }

    /// Removes the run's folder; false where that can't be.
    fn remove_folder(&mut self, run: RunId) -> bool {
        let folder = self.folder(run);
        let Some(bytes) = size(&folder) else { return true };
        match removed(&folder) {
            Ok(()) => {
                self.told.folders += 1;
                self.told.folder_bytes += bytes;
                true
            }
            Err(error) => {
                let message = format!("its folder `{}` can't be removed: {error}", folder.display());
                self.told.failed.push(Failed { run: run.to_string(), message });
                false
            }
        }
    }

    fn count(&mut self, freed: Freed) {
        let Freed { seen: _, runs, records, values, texts, keys, bytes } = freed;
        self.told.runs += runs;
        self.told.records += records;
        self.told.values += values;
        self.told.texts += texts;
        self.told.keys += keys;
        self.told.bytes += bytes;
    }

    fn tell(mut self) -> Result<Exit, Stop> {
        self.told.dry_run = self.dry;
        let told = &self.told;
        for Failed { run, message } in &told.failed {
            self.console.labelled(self.console.palette().error, "error", &format!("run {run} stays: {message}"));
        }
        if self.console.json {
            self.console.print_json(told)?;
        } else {
            self.console.print(&format!("{}\n", sentence(told)))?;
        }
        if told.runs == 0 && told.without_retention > 0 && !self.console.quiet {
            let help = format!(
                "{} ended and nothing says how long to keep them: `--older 30d`, `retention` in the workflow, \
                 or `retention = \"30d\"` in `wayfare.toml`",
                counted(told.without_retention, "run has", "runs have")
            );
            self.console.labelled(self.console.palette().help, "help", &help);
        }
        Ok(if told.failed.is_empty() { Exit::Done } else { Exit::Failed })
    }
}

/// Whether its caller goes on, which may still ask for it, or one that it called.
fn has_living_relative(journal: &dyn Journal, run: &RunSummary) -> Result<bool, Stop> {
    if let Some(parent) = run.parent
        && journal.summary(parent)?.is_some_and(|parent| !parent.status.is_ended())
    {
        return Ok(true);
    }
    let mut after = None;
    loop {
        let page = journal.children(run.id, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(false) };
        after = Some(last.id);
        if page.iter().any(|child| !child.status.is_ended()) {
            return Ok(true);
        }
    }
}

/// How many bytes the files below a folder have; none where it isn't there. Links count for themselves.
fn size(path: &Path) -> Option<u64> {
    let found = fs::symlink_metadata(path).ok()?;
    if !found.is_dir() {
        return Some(found.len());
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    Some(entries.filter_map(|entry| size(&entry.path())).sum())
}

/// Removes a folder, or whatever stands in its place, without following any link.
fn removed(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    }
    .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// `removed 2 runs (31 records), 1 folder of 2.0 KiB; 5.3 KiB of the store are free again`
fn sentence(told: &Told) -> String {
    let Told { runs, records, values, texts, keys, bytes, folders, folder_bytes, .. } = *told;
    if [runs, values, texts, keys, folders] == [0; 5] {
        return "there is nothing to remove".into();
    }
    let verb = if told.dry_run { "would remove" } else { "removed" };
    let mut parts = vec![format!("{} ({})", counted(runs, "run", "runs"), counted(records, "record", "records"))];
    let folder = format!("{} of {}", counted(folders, "folder", "folders"), amount(folder_bytes));
    let beside = [
        (folders, folder),
        (values, counted(values, "large value", "large values")),
        (texts, counted(texts, "text", "texts")),
        (keys, counted(keys, "key", "keys")),
    ];
    parts.extend(beside.into_iter().filter(|(n, _)| *n > 0).map(|(_, part)| part));
    let free = if bytes > 0 { format!("; {} of the store are free again", amount(bytes)) } else { String::new() };
    format!("{verb} {}{free}", parts.join(", "))
}

fn counted(n: u64, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

/// Bytes as people read them.
fn amount(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1_024 {
        return counted(bytes, "byte", "bytes");
    }
    let mut tenths = bytes.saturating_mul(10) / 1_024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1_024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let shown = [0, 1, 1_023, 1_024, 1_536, 5 << 20, 3 << 40, u64::MAX].map(amount);
        let expected = ["0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 TiB"];
        assert_eq!(shown[..7], expected);
        assert!(shown[7].ends_with(" TiB"));
    }

    #[test]
    fn what_was_removed_is_one_sentence() {
        assert_eq!(sentence(&Told::default()), "there is nothing to remove");
        let told = Told { runs: 2, records: 31, folders: 1, folder_bytes: 2_048, bytes: 5_427, ..Told::default() };
        let said = "removed 2 runs (31 records), 1 folder of 2.0 KiB; 5.2 KiB of the store are free again";
        assert_eq!(sentence(&told), said);
        let dry = Told { dry_run: true, runs: 1, records: 1, ..Told::default() };
        assert_eq!(sentence(&dry), "would remove 1 run (1 record)");
    }
}
