//! `wf runs`: the list of runs, newest first, as a table or as JSON.

use std::path::Path;

use serde::Serialize;

use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::journal::{Filter, Journal};
use crate::model::{Length, RunId, RunStatus, RunSummary, Time};
use crate::story::RunShape;

use super::args;
use super::console::{Console, Palette};
use super::place;
use super::progress::seconds;
use super::stop::{Exit, Stop};
use super::table::{self, Cell};
use super::{names, store, told};

#[derive(Serialize)]
struct Page {
    runs: Vec<RunShape>,
    /// What `--cursor` goes on from; none where this is all.
    cursor: Option<String>,
}

pub fn runs(console: &Console, data: Option<&Path>, args: &args::Runs) -> Result<Exit, Stop> {
    let now = SystemClock.now();
    let since = args.since.as_deref().map(|text| since(text, now)).transpose()?;
    let data = place::data_folder(data, None)?;
    let journal = store::look(&data, console)?;
    let Some(journal) = journal.as_deref() else { return list(console, None, &[], None) };
    let before = args.cursor.as_deref().map(|name| names::find(Some(journal), name)).transpose()?;
    let most = args.limit as usize;
    let filter = Filter {
        workflow: args.workflow.as_deref().map(Into::into),
        status: args.status.as_deref().and_then(RunStatus::named),
        since,
        before: before.map(|run| run.id),
        most: most + 1,
    };
    let mut found = journal.runs(&filter)?;
    let is_cut = found.len() > most;
    found.truncate(most);
    let cursor = found.last().filter(|_| is_cut).map(|run| run.id);
    list(console, Some(journal), &found, cursor)
}

fn list(
    console: &Console,
    journal: Option<&dyn Journal>,
    found: &[RunSummary],
    cursor: Option<RunId>,
) -> Result<Exit, Stop> {
    if console.json {
        let mut runs = Vec::with_capacity(found.len());
        if let Some(journal) = journal {
            for row in found {
                runs.push(RunShape::new(row, &told::outline(journal, row)?, false));
            }
        }
        console.print_json(&Page { runs, cursor: cursor.map(|id| id.to_string()) })?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        console.note("there are no runs");
        return Ok(Exit::Done);
    }
    console.print(&table(found, console.out_palette()))?;
    if let Some(cursor) = cursor {
        console.note(&format!("there are older runs: --cursor {}", names::short(cursor)));
    }
    Ok(Exit::Done)
}

/// A time, a day (its beginning in UTC), or a duration back from now.
fn since(text: &str, now: Time) -> Result<Time, Stop> {
    if let Ok(length) = text.parse::<Length>() {
        return Ok(now.plus(Length::from_ms(-length.ms())));
    }
    let time = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
    time.map_err(|_| {
        Stop::wrong(format!("`--since {text}` is no time"))
            .help("write a time (`2026-11-22T08:00:00Z`), a day (`2026-11-22`) or a duration back (`2h`)")
    })
}

fn table(runs: &[RunSummary], colours: &Palette) -> String {
    let digits = names::digits(&runs.iter().map(|run| run.id).collect::<Vec<_>>());
    let head = ["RUN", "WORKFLOW", "STATUS", "STARTED (UTC)", "TOOK"];
    let mut rows = vec![head.map(|word| Cell::styled(colours.faint, word)).into_iter().collect::<Vec<_>>()];
    for run in runs {
        let called = if run.parent.is_some() { "↳ " } else { "" };
        rows.push(vec![
            Cell::new(names::ending(run.id, digits)),
            Cell::new(format!("{called}{}", visible(&run.workflow))),
            Cell::styled(status_style(run.status, colours), run.status.word()),
            Cell::new(moment(run.created_at)),
            Cell::new(run.finished_at.map_or_else(String::new, |at| seconds(at.since(run.created_at)))),
        ]);
    }
    table::lines(&rows)
}

/// `2026-11-22 08:00:00`, in UTC.
pub fn moment(at: Time) -> String {
    at.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// How a status is coloured.
pub fn status_style(status: RunStatus, colours: &Palette) -> anstyle::Style {
    match status {
        RunStatus::Succeeded => colours.good,
        RunStatus::Failed | RunStatus::NeedsAttention => colours.error,
        RunStatus::Running | RunStatus::Waiting | RunStatus::Queued => colours.busy,
        RunStatus::Paused => colours.warning,
        RunStatus::Stopped => colours.faint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_three_ways() {
        let now: Time = "2026-11-22T08:00:00Z".parse().expect("a time");
        let at = |text| since(text, now).expect("a time").to_string();
        assert_eq!(at("2h"), "2026-11-22T06:00:00.000Z");
        assert_eq!(at("2026-11-20"), "2026-11-20T00:00:00.000Z");
        assert_eq!(at("2026-11-20T01:00:00+01:00"), "2026-11-20T00:00:00.000Z");
        assert_eq!(since("yesterday", now).expect_err("no time").exit, Exit::Wrong);
        assert_eq!(moment(now), "2026-11-22 08:00:00");
    }
}
