//! Tests of the parser: trees as compact text, tables of where expressions end, bad input.

mod codes;
mod expressions;
mod faults;
mod hostile;
mod mistakes;
mod show;
mod trees;
mod whole;

use crate::source::{SourceId, Sources};

use super::{Parsed, parse};
use show::Show;

/// The parse of a text on its own.
fn parsed(text: &str) -> Parsed {
    let set = Sources::of("a.wf", text);
    parse(set.get(SourceId(0)))
}

/// The tree of a text that has no fault.
fn tree(text: &str) -> String {
    let set = Sources::of("a.wf", text);
    let source = set.get(SourceId(0));
    let parsed = parse(source);
    assert_eq!(parsed.diagnostics, vec![], "{text}");
    Show(source).file(&parsed.file)
}

/// The tree of what stands in a workflow's body, a statement a line.
fn body(text: &str) -> String {
    let whole = tree(&format!("workflow w {{\n{text}\n}}\n"));
    let inner = whole.strip_prefix("(workflow w").and_then(|t| t.strip_suffix(')'));
    inner.unwrap_or_else(|| panic!("a workflow: {whole}")).trim_start().to_owned()
}
