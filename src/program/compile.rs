//! From a text to its plan, through all rooms before this one: what `wf check` and `wf run` do with a file.

use std::collections::HashSet;

use crate::check::check;
use crate::diag::Diagnostic;
use crate::program::lower::lower;
use crate::program::plan::Plan;
use crate::source::Sources;
use crate::syntax::parse;

/// What came of a text.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub sources: Sources,
    /// Errors and warnings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// None where there are errors.
    pub plan: Option<Plan>,
}

impl Compiled {
    pub fn has_errors(&self) -> bool {
        self.plan.is_none()
    }
}

/// Parses and checks `text`, which people know as `name`, and makes its plan where nothing forbids one.
pub fn compile(name: &str, text: &str) -> Compiled {
    compile_with(name, text, |_| true)
}

/// The same, but only errors of which `counts` is true forbid a plan.
pub(crate) fn compile_with(name: &str, text: &str, counts: impl Fn(&Diagnostic) -> bool) -> Compiled {
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    let parsed = parse(sources.get(id));
    let torn = parsed.diagnostics.iter().any(Diagnostic::is_error);
    let checked = check(&sources, id, &parsed.file, torn);
    let mut diagnostics = parsed.diagnostics;
    let source = sources.get(id);
    let line = |found: &Diagnostic| source.line_column(found.span.start).line;
    // Where a line could not be read, what the check says of it is mostly a consequence.
    let torn_lines: HashSet<u32> = diagnostics.iter().filter(|found| found.is_error()).map(line).collect();
    let checks = checked.diagnostics.iter().filter(|found| !torn_lines.contains(&line(found)));
    diagnostics.extend(checks.cloned());
    diagnostics.sort_by_key(|found| (found.span.start, found.span.end));
    let forbidden = diagnostics.iter().any(|found| found.is_error() && counts(found));
    let plan = if forbidden { None } else { lower(&sources, id, &parsed.file, &checked).ok() };
    Compiled { sources, diagnostics, plan }
}
