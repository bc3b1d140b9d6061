//! What is wrong with a piece of text that the grammar could not take, in people's words.
//!
//! The grammar says only that something is missing or left over, and where. Here the line is looked at again as
//! words and signs, to say what was found, what was expected and what to write instead. All offsets are of the
//! text; nothing here reads a tree.

mod example;
mod line;
mod list;
mod name;
mod rest;
mod shape;
mod statement;
mod words;

pub(super) use line::shortened;
pub(super) use list::{argument, comma, field, parameter};
pub(super) use rest::{left_over, mistaken_duration};
pub(super) use shape::lack;
pub(super) use statement::{declaration, statement, test_line};

use crate::diag::{Code, Diagnostic};
use crate::source::Span;

use super::codes;

/// An error at these offsets.
fn at((start, end): (usize, usize), code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, Span::new(start as u32, end as u32), message)
}

/// A `;` with nothing before it.
pub(super) fn semicolon(start: usize) -> Diagnostic {
    at((start, start + 1), codes::LEFT_OVER, "nothing stands before this `;`").help("take it out")
}

/// A `branch` that is not directly within `parallel` or `race`.
pub(super) fn lone_branch(start: usize) -> Diagnostic {
    let message = "a `branch` stands directly within `parallel { … }` or `race { … }`, and not here";
    at((start, start + "branch".len()), codes::NO_STATEMENT, message)
        .help("put it into `parallel { … }`, or write its statements alone")
}

/// Something that stands once at most and comes again.
pub(super) fn twice(word: &str, start: usize, end: usize) -> Diagnostic {
    at((start, end), codes::TWICE, format!("`{word}` stands here a second time")).help("keep one of them")
}

/// A part of a clause or declaration with an empty line above.
pub(super) fn behind_blank_line(text: &str, above: usize, start: usize) -> Diagnostic {
    let word: &str = text[start..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let message = format!("an empty line stands between this `{word}` and what it belongs to");
    at((start, start + word.len()), codes::CLAUSE, message)
        .label(Span::at(above as u32), "it belongs to what ends here")
        .help("take the empty line out")
}
