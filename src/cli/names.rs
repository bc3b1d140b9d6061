//! Which run is meant: by its id, an unambiguous ending of it, or `last`.

use crate::journal::{Filter, Journal};
use crate::model::{RunId, RunSummary};

use super::stop::Stop;

/// The word for the newest run that nobody called.
const LAST: &str = "last";

/// How many digits of an id are shown, if that is enough.
const SHORT: usize = 8;

/// How many candidates are told.
const MAX_CANDIDATES: usize = 10;

/// How many rows are read at a time.
const PAGE: usize = 256;

/// The run that `name` means, or a refusal that tells which could have been meant.
pub fn find(journal: Option<&dyn Journal>, name: &str) -> Result<RunSummary, Stop> {
    let Some(journal) = journal else {
        return Err(Stop::wrong(format!("there is no run `{name}`: there is no store yet")).help(ELSEWHERE));
    };
    if name == LAST {
        return last(journal)?.ok_or_else(|| Stop::wrong("there is no run yet"));
    }
    if let Ok(id) = name.parse::<RunId>()
        && let Some(run) = journal.summary(id)?
    {
        return Ok(run);
    }
    let found = journal.ending_with(name, MAX_CANDIDATES + 1)?;
    match found[..] {
        [] => Err(unknown(journal, name)?),
        [id] => journal.summary(id)?.ok_or_else(|| Stop::wrong(format!("there is no run `{name}`"))),
        _ => Err(ambiguous(journal, name, &found)?),
    }
}

const ELSEWHERE: &str = "name the store's folder with `--data DIR`, or go to the folder of the file";

/// The newest run that is no child.
fn last(journal: &dyn Journal) -> Result<Option<RunSummary>, Stop> {
    let mut filter = Filter::newest(PAGE);
    loop {
        let page = journal.runs(&filter)?;
        let Some(oldest) = page.last().map(|run| run.id) else { return Ok(None) };
        if let Some(run) = page.into_iter().find(|run| run.parent.is_none()) {
            return Ok(Some(run));
        }
        filter.before = Some(oldest);
    }
}

fn unknown(journal: &dyn Journal, name: &str) -> Result<Stop, Stop> {
    let newest = journal.runs(&Filter::newest(MAX_CANDIDATES))?;
    let stop = Stop::wrong(format!("there is no run `{name}`"));
    if newest.is_empty() {
        return Ok(stop.help("the store has no runs"));
    }
    Ok(stop.help(format!("the newest runs are\n{}", list(&newest))))
}

fn ambiguous(journal: &dyn Journal, name: &str, found: &[RunId]) -> Result<Stop, Stop> {
    let mut runs = Vec::new();
    for id in found.iter().take(MAX_CANDIDATES) {
        runs.extend(journal.summary(*id)?);
    }
    let more = if found.len() > MAX_CANDIDATES { "\n… and more" } else { "" };
    let message = format!("`{name}` is the ending of several runs");
    Ok(Stop::wrong(message).help(format!("write more of the id:\n{}{more}", list(&runs))))
}

fn list(runs: &[RunSummary]) -> String {
    let line = |run: &RunSummary| format!("{}  {}  {}", run.id, run.status.word(), run.workflow);
    runs.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The id in short: enough for a person who has just seen it.
pub fn short(id: RunId) -> String {
    ending(id, SHORT)
}

/// How many digits tell all of these runs apart, [`SHORT`] at least.
pub fn digits(ids: &[RunId]) -> usize {
    let differs = |digits: usize| {
        let mut endings: Vec<String> = ids.iter().map(|id| ending(*id, digits)).collect();
        endings.sort_unstable();
        endings.windows(2).all(|pair| pair[0] != pair[1])
    };
    [SHORT, 12, 16].into_iter().find(|digits| differs(*digits)).unwrap_or(32)
}

/// The last `digits` hex digits of the id, with the dashes between them.
pub fn ending(id: RunId, digits: usize) -> String {
    let text = id.to_string();
    let mut left = digits;
    let start = text.char_indices().rev().find(|(_, c)| {
        left -= usize::from(*c != '-' && left > 0);
        left == 0
    });
    start.map_or(text.clone(), |(start, _)| text[start..].to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_count_digits_only() {
        let id: RunId = "0192f0c1-2345-7abc-8def-0123456789ab".parse().expect("an id");
        assert_eq!(short(id), "456789ab");
        assert_eq!(ending(id, 12), "0123456789ab");
        assert_eq!(ending(id, 16), "8def-0123456789ab");
        assert_eq!(ending(id, 32), id.to_string());
    }

    #[test]
    fn so_many_digits_as_tell_runs_apart() {
        let id = |text: &str| text.parse::<RunId>().expect("an id");
        let a = id("0192f0c1-2345-7abc-8def-0123456789ab");
        let b = id("0192f0c1-2345-7abc-8def-0124456789ab");
        let c = id("0192f0c1-2345-7abc-8dee-0123456789ab");
        assert_eq!(digits(&[a]), SHORT);
        assert_eq!(digits(&[a, b]), 12);
        assert_eq!(digits(&[a, b, c]), 16);
    }
}
