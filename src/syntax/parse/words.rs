//! The names of the grammar's rules in people's words, for the texts that the grammar can't take in at all.

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::diag::Diagnostic;
use crate::source::Span;

use super::super::codes;
use super::{Builder, Rule};

impl Builder<'_> {
    /// The grammar has an arm for every fault, so this is for texts beyond what the scan foresaw.
    pub(super) fn unread(&mut self, error: &Error<Rule>) {
        if !self.findings.is_clean() {
            return;
        }
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at.min(self.text.len()),
        };
        let mut expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.iter().filter_map(|r| words(*r)).collect(),
            ErrorVariant::CustomError { .. } => vec![],
        };
        expected.dedup();
        let message = match expected.as_slice() {
            [] => "this can't be read".to_owned(),
            list => format!("this can't be read: expected {}", list.join(", ")),
        };
        self.tell(Diagnostic::error(codes::NO_DECLARATION, Span::at(at as u32), message));
    }
}

/// What a person calls what a rule matches; none for what is never the thing to write (trivia, faults).
fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the file",
        _ => "a declaration",
    })
}
