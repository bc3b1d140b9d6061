//! What is told of one file's text: not too much at once, in the order of the text.

use crate::diag::{Diagnostic, Severity};

/// The most errors, and the most warnings, that one file's parse gives.
pub(super) const MOST: usize = 50;

#[derive(Default)]
pub(super) struct Findings {
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    more_errors: usize,
    more_warnings: usize,
}

impl Findings {
    pub fn push(&mut self, found: Diagnostic) {
        let (list, more) = match found.severity {
            Severity::Error => (&mut self.errors, &mut self.more_errors),
            Severity::Warning => (&mut self.warnings, &mut self.more_warnings),
        };
        if list.len() < MOST { list.push(found) } else { *more += 1 }
    }

    /// One more error that is not looked into.
    pub fn count(&mut self) {
        self.more_errors += 1;
    }

    /// Whether another error would only be counted.
    pub fn is_full(&self) -> bool {
        self.errors.len() == MOST
    }

    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// All in the order of the text; the last of its kind tells how many more there are.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for list in [&mut self.errors, &mut self.warnings] {
            list.sort_by_key(|d| (d.span.start, d.span.end));
        }
        close(&mut self.errors, self.more_errors, "syntax errors");
        close(&mut self.warnings, self.more_warnings, "warnings");
        self.errors.append(&mut self.warnings);
        self.errors.sort_by_key(|d| d.span.start);
        self.errors
    }
}

fn close(list: &mut [Diagnostic], more: usize, what: &str) {
    let Some(last) = list.last_mut().filter(|_| more > 0) else { return };
    let note = format!("{more} more {what} of this file are not shown: mend these first");
    last.help = Some(match last.help.take() {
        Some(help) => format!("{help}\n{note}"),
        None => note,
    });
}
