//! stub
use super::codes;
use crate::diag::Diagnostic;
use crate::source::Span;
fn at(a: usize, b: usize, code: &'static str, m: &str) -> Diagnostic {
    Diagnostic::error(code, Span::new(a as u32, b as u32), m)
}
pub fn lack(_o: &str, _t: &str, from: usize) -> (Diagnostic, usize) {
    (at(from, from, codes::MISSING, "missing"), from + 1)
}
pub fn argument(_o: &str, _t: &str, _open: usize, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::ARGUMENT, "argument")
}
pub fn parameter(_o: &str, _t: &str, _open: usize, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::FIELD, "param")
}
pub fn field(_o: &str, _t: &str, a: usize, b: usize, _f: bool) -> Diagnostic {
    at(a, b, codes::FIELD, "field")
}
pub fn comma(_t: &str, a: usize) -> Diagnostic {
    at(a, a, codes::FIELD, "comma")
}
pub fn semicolon(a: usize) -> Diagnostic {
    at(a, a, codes::LEFT_OVER, "semicolon")
}
pub fn lone_branch(a: usize) -> Diagnostic {
    at(a, a, codes::NO_STATEMENT, "branch")
}
pub fn twice(w: &str, s: Span) -> Diagnostic {
    Diagnostic::error(codes::TWICE, s, w)
}
pub fn behind_blank_line(_t: &str, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::CLAUSE, "blank")
}
pub fn left_over(_o: &str, _t: &str, _s: usize, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::LEFT_OVER, "left over")
}
pub fn declaration(_o: &str, _t: &str, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::NO_DECLARATION, "decl")
}
pub fn statement(_o: &str, _t: &str, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::NO_STATEMENT, "stmt")
}
pub fn test_line(_o: &str, _t: &str, a: usize, b: usize) -> Diagnostic {
    at(a, b, codes::TEST_LINE, "test")
}
pub fn mistaken_duration(_t: &str) -> Option<(String, String)> {
    None
}
