//! stub
use crate::diag::Diagnostic;
use crate::source::Span;
pub(super) fn mend(text: &str, base: u32, findings: &mut Vec<Diagnostic>) -> String {
    findings.push(Diagnostic::error(super::codes::UNCLOSED, Span::at(base), "brackets, quotes"));
    blank(text)
}
/// A text of the same length and lines with nothing on them.
pub(super) fn blank(text: &str) -> String {
    text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { b as char } else { ' ' }).collect()
}
