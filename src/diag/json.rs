//! Diagnostics as programs read them: the shape of `wf check --json`.

use serde::Serialize;

use crate::diag::Diagnostic;
use crate::source::{Source, Sources, Span};

/// One document: `{ "diagnostics": [ … ] }`, in the order given.
pub fn to_json(sources: &Sources, diagnostics: &[Diagnostic]) -> serde_json::Value {
    let report = Report { diagnostics: diagnostics.iter().map(|d| Finding::of(sources, d)).collect() };
    serde_json::to_value(report).expect("a report is plain strings and numbers")
}

#[derive(Serialize)]
struct Report<'a> {
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    at: At<'a>,
    labels: Vec<Second<'a>>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Second<'a> {
    message: &'a str,
    #[serde(flatten)]
    at: At<'a>,
}

/// A place: line and column count from 1, the span is in bytes within the file.
#[derive(Serialize)]
struct At<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    span: Bytes,
}

#[derive(Serialize)]
struct Bytes {
    start: u32,
    end: u32,
}

impl<'a> Finding<'a> {
    fn of(sources: &'a Sources, found: &'a Diagnostic) -> Finding<'a> {
        let label = |l: &'a crate::diag::Label| Second { message: &l.text, at: At::of(sources, l.span) };
        Finding {
            code: found.code,
            severity: found.severity.word(),
            message: &found.message,
            at: At::of(sources, found.span),
            labels: found.labels.iter().map(label).collect(),
            help: found.help.as_deref(),
        }
    }
}

impl<'a> At<'a> {
    fn of(sources: &'a Sources, span: Span) -> At<'a> {
        sources.at(span.start).map_or_else(At::nowhere, |source| At::within(source, span))
    }

    fn within(source: &'a Source, span: Span) -> At<'a> {
        let place = source.line_column(span.start);
        let local = |offset: u32| offset.saturating_sub(source.base()).min(source.text().len() as u32);
        let span = Bytes { start: local(span.start), end: local(span.end) };
        At { file: source.name(), line: place.line, column: place.column, span }
    }

    /// For a finding about no file at all.
    fn nowhere() -> At<'a> {
        At { file: "", line: 1, column: 1, span: Bytes { start: 0, end: 0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_file() {
        let mut sources = Sources::new();
        sources.add("a.wf", "first\n");
        let b = sources.add("b.wf", "é\nwrong name\n");
        let base = sources.get(b).base();
        let found = Diagnostic::error("E0201", Span::new(base + 3, base + 8), "no `wrong`")
            .label(Span::new(base, base + 2), "here")
            .help("write it right");
        let json = to_json(&sources, &[found]);
        assert_eq!(
            json,
            serde_json::json!({ "diagnostics": [ {
                "code": "E0201", "severity": "error", "message": "no `wrong`", "file": "b.wf",
                "line": 2, "column": 1, "span": { "start": 3, "end": 8 }, "help": "write it right",
                "labels": [ { "message": "here", "file": "b.wf", "line": 1, "column": 1, "span": { "start": 0, "end": 2 } } ],
            } ] })
        );
    }
}
