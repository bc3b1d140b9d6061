//! What is wrong with a text before it is evaluated, and at which bytes. What it is called stands in
//! [`wording`](super::wording).

use std::ops::Range;

use rhai::{ParseError, ParseErrorType};

use super::scan::{next_token, token_end};
use super::wording::{is_unended, words_of};
use super::words;

/// Something wrong with a text, at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub kind: ProblemKind,
    pub message: String,
    /// Bytes within the text.
    pub range: Range<usize>,
    pub help: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// rhai can't read it.
    Syntax,
    /// A statement where a value is wanted.
    Statement,
    /// A word that can't be a name here.
    Word,
    /// A named limit of the text: depth, size of a number.
    Limit,
    /// An assignment to what can't be assigned here.
    Assignment,
    /// An assignment to a name that the text doesn't bind itself; whether anybody does is not known here.
    Outside,
    /// Something of rhai's that the language leaves out.
    LeftOut,
    /// A name that is declared twice.
    Duplicate,
    /// A name in a `fn` that nobody binds.
    Unknown,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, message: impl Into<String>, range: Range<usize>) -> Problem {
        Problem { kind, message: message.into(), range, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

pub(super) const STATEMENTS_HELP: &str = "several statements belong in a `fn` or in `let x = script { … }`";

/// rhai's error about the token at `at` of `text`, which holds statements if it is a `script`.
pub(super) fn of_parse_error(error: &ParseError, text: &str, at: usize, script: bool) -> Problem {
    let at = next_token(text, at.min(text.len()));
    let token = if at >= text.len() { end_of(text) } else { at..token_end(text, at).min(text.len()) };
    let found = if at >= text.len() { "" } else { symbol(text, token.clone()) };
    let (kind, message, help) = words_of(error.err_type(), found, script);
    let end = token.end.max(token.start + found.len());
    let line_end = text[token.start..end].find('\n').map_or(end, |n| token.start + n);
    let problem = Problem { kind, message, range: token.start..line_end, help };
    match error.err_type() {
        ParseErrorType::MissingToken(token, why) if script && !found.is_empty() && is_unended(token, why) => {
            let last = token_before(text, problem.range.start);
            let start = text[last.clone()].char_indices().next_back().map_or(last.start, |(at, _)| last.start + at);
            Problem { range: start..last.end, ..problem }
        }
        ParseErrorType::MissingToken(token, why)
            if token == ":" && why.contains("object map") && problem.kind == ProblemKind::Syntax =>
        {
            Problem { range: token_before(text, problem.range.start), ..problem }
        }
        _ if problem.message == words::LENGTH_INSIDE || continues_length(text, &problem.range) => {
            whole_length(text, problem)
        }
        _ => problem,
    }
}

/// A duration as it is written, of which rhai has only the unit.
fn whole_length(text: &str, problem: Problem) -> Problem {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let start = text[..problem.range.start].trim_end_matches(is_part).len();
    let end = text[start..].find(|c: char| !is_part(c)).map_or(text.len(), |length| start + length);
    let help = Some(format!("write `duration(\"{}\")`", &text[start..end]));
    Problem { range: start..end, message: words::LENGTH_INSIDE.into(), help, ..problem }
}

/// Whether the token is the rest of a duration such as `1h30m`, whose first number was taken for one.
fn continues_length(text: &str, token: &Range<usize>) -> bool {
    let digits = text[..token.start].len() - text[..token.start].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && text[token.start - digits..token.end].parse::<crate::model::Length>().is_ok()
}

/// The last token before `at`, comments left out.
fn token_before(text: &str, at: usize) -> Range<usize> {
    let (mut last, mut next) = (0..0, next_token(text, 0));
    while next < at {
        let end = token_end(text, next).max(next + 1).min(at);
        last = next..end;
        next = next_token(text, end);
    }
    last
}

/// The token, where an operator of several characters is one.
fn symbol(text: &str, token: Range<usize>) -> &str {
    const SYMBOLS: [&str; 12] = ["===", "!==", "++", "--", "+=", "-=", "*=", "/=", "%=", "**=", "|>", "<|"];
    let rest = &text[token.start..];
    SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)).unwrap_or(&text[token])
}

/// The last character of the text, as the place of what is missing behind it.
fn end_of(text: &str) -> Range<usize> {
    let end = text.trim_end().len();
    let start = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    start..end
}
