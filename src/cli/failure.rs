//! A failed run as people see it: what failed, its place in the text that the run was made from, and the last lines
//! that the program printed on its standard error.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;

use crate::diag::{Diagnostic, render_one, visible};
use crate::journal::Journal;
use crate::model::{Digest, Failure, Place, RunSummary, Value};
use crate::source::{Source, SourceId, Sources, Span};

use super::console::{Palette, styled};

/// How many of the last lines of a program's standard error are shown.
const STDERR_LINES: usize = 12;

/// How much of one of them is shown, in characters.
const STDERR_COLUMNS: usize = 200;

/// The most lines of a message that are shown.
const MESSAGE_LINES: usize = 20;

/// The kinds that the language itself gives; others are the user's.
const KINDS: [&str; 10] =
    ["failed", "timeout", "http", "status", "exec", "type", "limit", "stopped", "secret", "storage"];

/// The failure of a run in several lines, without a line feed at its end.
pub fn text(journal: &dyn Journal, run: &RunSummary, failure: &Failure, palette: &Palette) -> String {
    let sources = failure.at.as_ref().and_then(|place| stored_text(journal, run.plan, place));
    let mut text = render(failure, sources.as_ref(), palette.is_coloured());
    let stderr = stderr_of(&failure.data).map_or_else(Vec::new, last_lines);
    if !stderr.is_empty() {
        text.push_str(&format!("\n{}", styled(palette.strong, "its standard error ended with:")));
        stderr.iter().for_each(|line| text.push_str(&format!("\n  {line}")));
    }
    text
}

/// The message with its place underlined, where the text is known.
fn render(failure: &Failure, sources: Option<&Sources>, color: bool) -> String {
    let kind = KINDS.iter().find(|kind| ***kind == *failure.kind).copied();
    let mut lines = failure.message.lines();
    let mut message = lines.next().unwrap_or_default().to_string();
    if let Some(step) = &failure.step {
        let attempt = if failure.attempt > 1 { format!(" (attempt {})", failure.attempt) } else { String::new() };
        message = format!("step `{step}` failed{attempt}: {message}");
    }
    let empty = Sources::new();
    let span = match (&failure.at, sources) {
        (Some(place), Some(sources)) => underlined(sources.get(SourceId(0)), place),
        _ => Span::at(0),
    };
    let found = Diagnostic::error(kind.unwrap_or("failed"), span, message);
    let mut text = render_one(sources.unwrap_or(&empty), &found, color);
    if kind.is_none() {
        // The user's own kind stands where those of the language stand.
        text = text.replacen("[failed]", &format!("[{}]", visible(&failure.kind)), 1);
    }
    if let (Some(place), None) = (&failure.at, sources) {
        text.push_str(&format!("\n --> {}", visible(&place.to_string())));
    }
    for line in lines.take(MESSAGE_LINES) {
        text.push_str(&format!("\n  {}", visible(line)));
    }
    text
}

/// The text that stands at the place, as it was when the run was started.
fn stored_text(journal: &dyn Journal, plan: Digest, place: &Place) -> Option<Sources> {
    #[derive(Deserialize)]
    struct Texts {
        texts: Vec<(Arc<str>, Digest)>,
    }
    let plan = journal.text(plan).ok()??;
    let Texts { texts } = serde_json::from_str(&plan).ok()?;
    let (_, digest) = texts.into_iter().find(|(name, _)| *name == place.file)?;
    let text = journal.text(digest).ok()??;
    Some(Sources::of(&place.file, &text))
}

/// What is underlined at a place: a word or a run of signs there; of a statement the rest of its line.
fn underlined(source: &Source, place: &Place) -> Span {
    let text = source.text();
    let line_start: usize = text.split_inclusive('\n').take(place.line.max(1) as usize - 1).map(str::len).sum();
    let line = text[line_start..].lines().next().unwrap_or_default();
    let column = line.char_indices().nth(place.column.max(1) as usize - 1).map_or(line.len(), |(at, _)| at);
    let rest = &line[column..];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let length = match &rest[..word] {
        "" => rest.find(|c: char| is_word(c) || c.is_whitespace()).unwrap_or(rest.len()).max(1).min(rest.len()),
        "step" | "fail" | "return" | "sleep" | "let" | "for" | "while" | "if" | "parallel" | "race" | "try" | "log" => {
            statement(rest)
        }
        _ => path(rest, word),
    };
    let start = source.base() + (line_start + column) as u32;
    Span::new(start, start + text[line_start + column..].ceil_char_boundary(length).min(rest.len()) as u32)
}

/// The length of a name of `word` bytes with the fields that are read of it.
fn path(rest: &str, word: usize) -> usize {
    let mut end = word;
    loop {
        let behind = rest[end..].strip_prefix('?').unwrap_or(&rest[end..]);
        let Some(field) = behind.strip_prefix('.') else { return end };
        let length = field.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(field.len());
        if length == 0 {
            return end;
        }
        end = rest.len() - field.len() + length;
    }
}

/// The length of a statement on its line, without the block that it opens.
fn statement(rest: &str) -> usize {
    let end = rest.trim_end();
    end.strip_suffix('{').map_or(end, str::trim_end).len()
}

/// The standard error of the program that failed, here or in the child run whose failure this is.
fn stderr_of(data: &Value) -> Option<&str> {
    let mut data = data;
    loop {
        if let Some(text) = data.get("stderr").and_then(Value::as_str) {
            return Some(text);
        }
        data = data.get("error")?.get("data")?;
    }
}

fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let first = lines.len().saturating_sub(STDERR_LINES);
    let mut shown: Vec<String> = lines[first..].iter().map(|line| cut(&visible(line)).into_owned()).collect();
    if first > 0 {
        shown.insert(0, format!("… {first} more lines before"));
    }
    shown.retain(|line| !line.is_empty());
    shown
}

fn cut(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(STDERR_COLUMNS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "workflow w {\n  step x = exec(\"false\")\n  if é.b >= 5 {\n}\n";

    fn at(line: u32, column: u32) -> String {
        let sources = Sources::of("a.wf", TEXT);
        let place = Place { file: "a.wf".into(), line, column };
        let span = underlined(sources.get(SourceId(0)), &place);
        sources.slice(span).to_string()
    }

    #[test]
    fn what_stands_at_the_place_is_underlined() {
        assert_eq!(at(2, 3), "step x = exec(\"false\")");
        assert_eq!(at(2, 12), "exec");
        assert_eq!(at(3, 3), "if é.b >= 5");
        assert_eq!(at(3, 6), "é.b");
        assert_eq!(at(3, 10), ">=");
        assert_eq!(at(4, 1), "}");
        assert_eq!(at(4, 9), "");
        assert_eq!(at(99, 9), "");
    }

    #[test]
    fn it_names_step_attempt_and_foreign_kinds() {
        let sources = Sources::of("a.wf", TEXT);
        let place = Place { file: "a.wf".into(), line: 2, column: 3 };
        let failure = Failure {
            step: Some("x".into()),
            attempt: 3,
            at: Some(place.clone()),
            ..Failure::new("exec", "`false` ended with code 1")
        };
        let expected = "\
error[exec]: step `x` failed (attempt 3): `false` ended with code 1
 --> a.wf:2:3
  |
2 |   step x = exec(\"false\")
  |   ^^^^^^^^^^^^^^^^^^^^^^";
        assert_eq!(render(&failure, Some(&sources), false), expected);
        let own = Failure { at: Some(place), ..Failure::new("backup", "no\u{1b}\nmore") };
        assert_eq!(render(&own, None, false), "error[backup]: no␛\n --> a.wf:2:3\n  more");
    }

    #[test]
    fn the_end_of_standard_error_is_found_in_children_too() {
        let exec = Value::map([("stderr", Value::text("a\u{7}\n\nb\n"))]);
        let child = Value::map([("error", Value::map([("data", exec.clone())]))]);
        assert_eq!(stderr_of(&child), stderr_of(&exec));
        assert_eq!(last_lines(stderr_of(&child).expect("it is there")), ["a\u{2407}", "b"]);
        let many: String = (0..100).map(|i| format!("{i}\n")).collect();
        let lines = last_lines(&many);
        assert_eq!((lines.len(), lines[0].as_str(), lines[12].as_str()), (13, "… 88 more lines before", "99"));
        assert_eq!(stderr_of(&Value::Unit), None);
    }
}
