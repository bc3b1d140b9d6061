//! What is told of one file: in the order of the text, nothing twice, not too much at once.

use std::collections::HashSet;

use crate::diag::{Diagnostic, Severity};
use crate::source::Span;

/// The most errors, and the most warnings, that the check of one file tells.
pub const MAX_TOLD: usize = 100;

/// How many are gathered before they are sorted; what comes after is counted only.
const MAX_GATHERED: usize = 5_000;

/// For how many findings a near name is looked for, since each costs a walk over all names.
const MAX_SUGGESTIONS: usize = 200;

#[derive(Debug, Default)]
pub struct Findings {
    gathered: Vec<Diagnostic>,
    beyond: usize,
    errors: usize,
    suggestions: usize,
}

/// How far the findings had got.
#[derive(Debug)]
pub struct Marked {
    gathered: usize,
    beyond: usize,
    errors: usize,
}

impl Findings {
    pub fn push(&mut self, found: Diagnostic) {
        self.errors += usize::from(found.is_error());
        if self.gathered.len() < MAX_GATHERED { self.gathered.push(found) } else { self.beyond += 1 }
    }

    pub fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        found.into_iter().for_each(|d| self.push(d));
    }

    /// How it stands, to which it can go back.
    pub fn mark(&self) -> Marked {
        Marked { gathered: self.gathered.len(), beyond: self.beyond, errors: self.errors }
    }

    /// Forgets what was told since.
    pub fn rewind(&mut self, to: &Marked) {
        self.gathered.truncate(to.gathered);
        (self.beyond, self.errors) = (to.beyond, to.errors);
    }

    /// How many errors there have been.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether another suggestion may be looked for.
    pub fn may_suggest(&mut self) -> bool {
        self.suggestions += 1;
        self.suggestions <= MAX_SUGGESTIONS
    }

    /// All in the order of the text; the last of its kind tells how many more there are.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.gathered.sort_by(|a, b| place(a).cmp(&place(b)));
        self.gathered.dedup_by(|a, b| place(a) == place(b) && a.message == b.message);
        self.gathered = without_paths_of_names(self.gathered);
        let (errors, warnings) = self.gathered.into_iter().partition(Diagnostic::is_error);
        let mut told = told(errors, self.beyond, "errors");
        told.extend(self::told(warnings, 0, "warnings"));
        told.sort_by(|a, b| place(a).cmp(&place(b)));
        told
    }
}

/// A name in use is told once, though its path is in use as well.
fn without_paths_of_names(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let names: HashSet<Span> = all.iter().filter(|d| d.code == "E0202").map(|d| d.span).collect();
    all.retain(|d| d.code != "E0210" || !names.contains(&d.span));
    all
}

fn place(found: &Diagnostic) -> (u32, u32, Severity, &str) {
    (found.span.start, found.span.end, found.severity, found.code)
}

fn told(mut all: Vec<Diagnostic>, beyond: usize, what: &str) -> Vec<Diagnostic> {
    let more = all.len().saturating_sub(MAX_TOLD) + beyond;
    all.truncate(MAX_TOLD);
    if let Some(last) = all.last_mut().filter(|_| more > 0) {
        let note = format!("{more} more {what} of this file are not shown: mend these first");
        last.help = Some(last.help.take().map_or(note.clone(), |help| format!("{help}\n{note}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sorted_without_repetition_and_bounded() {
        let mut findings = Findings::default();
        for at in (0..20_000).rev() {
            findings.push(Diagnostic::error("E0201", Span::at(at), "no"));
            findings.push(Diagnostic::error("E0201", Span::at(at), "no"));
        }
        let told = findings.finish();
        assert_eq!(told.len(), MAX_TOLD);
        assert!(told.windows(2).all(|w| w[0].span < w[1].span));
        let help = told[MAX_TOLD - 1].help.as_deref().unwrap_or_default();
        assert!(help.contains("more errors of this file are not shown"), "{help}");
    }
}
