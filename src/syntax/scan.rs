//! The look over a text before the grammar sees it: are brackets paired and quotes closed, and where are comments.
//!
//! It is linear and keeps no more than a stack of open brackets. What it gives on is safe for the grammar: every
//! bracket has its partner at most [`MAX_NESTING`] deep, every quote ends, outside of quotes and comments all is
//! ASCII. A text that isn't so is mended by [`super::mend`], which says what was wrong.

use std::borrow::Cow;

use crate::diag::Diagnostic;
use crate::source::Span;

use super::MAX_NESTING;
use super::ast::{Comment, CommentKind};
use super::findings::Findings;
use super::lex::{Bracket, Kind, Lexer, Token};
use super::{codes, mend};

/// A text that the grammar may see, of the length of the original, and what was found on the way.
pub(super) struct Scan<'a> {
    pub text: Cow<'a, str>,
    pub comments: Vec<Comment>,
}

/// Looks over `text`, whose first byte is at `base` of its set.
pub(super) fn scan<'a>(text: &'a str, base: u32, findings: &mut Findings) -> Scan<'a> {
    hidden_order(text, base, findings);
    if let Some(comments) = clean(text, base) {
        return Scan { text: Cow::Borrowed(text), comments };
    }
    let mended = mend::mend(text, base, findings);
    let (mended, comments) = match clean(&mended, base) {
        Some(comments) => (mended, comments),
        None => (mend::blank(text), vec![]),
    };
    Scan { text: Cow::Owned(mended), comments }
}

/// The byte order mark counts for nothing at the start.
pub(super) fn start_of(text: &str) -> usize {
    if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 }
}

/// The comments of a text that has no fault at this level, else none.
fn clean(text: &str, base: u32) -> Option<Vec<Comment>> {
    let mut comments = Vec::new();
    let mut open: Vec<Bracket> = Vec::new();
    for token in Lexer::new(text, start_of(text), MAX_NESTING) {
        match token.kind {
            Kind::Comment(kind) => comments.push(Comment { span: span_of(token, base), kind }),
            Kind::Open(_) if open.len() == MAX_NESTING => return None,
            Kind::Open(bracket) => open.push(bracket),
            Kind::Close(bracket) if open.pop() != Some(bracket) => return None,
            Kind::Odd | Kind::Apostrophes | Kind::Unended(_) | Kind::UnendedComment | Kind::DeepComment => return None,
            Kind::Mark(b'#') => return None,
            _ => {}
        }
    }
    open.is_empty().then_some(comments)
}

pub(super) fn span_of(token: Token, base: u32) -> Span {
    Span::new(base + token.start as u32, base + token.end as u32)
}

/// Characters that show a text in another order than it is read, wherever they hide.
fn is_hidden_order(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A warning for each string or comment with such characters; outside of them they are errors anyway.
fn hidden_order(text: &str, base: u32, findings: &mut Findings) {
    if !text.contains(is_hidden_order) {
        return;
    }
    let within = |t: &Token| matches!(t.kind, Kind::Quoted(_) | Kind::Template | Kind::Comment(_));
    for token in Lexer::new(text, start_of(text), MAX_NESTING).filter(within) {
        let Some((at, c)) = text[token.start..token.end].char_indices().find(|(_, c)| is_hidden_order(*c)) else {
            continue;
        };
        let start = base + (token.start + at) as u32;
        let message = format!("U+{:04X} makes what follows show in another order than it is read", u32::from(c));
        let warning = Diagnostic::warning(codes::HIDDEN_ORDER, Span::new(start, start + c.len_utf8() as u32), message);
        findings.push(
            warning.help(format!("take it out; in a double-quoted string it may be written `\\u{:04X}`", u32::from(c))),
        );
    }
}

/// Whether a comment is documentation by its look.
pub(super) fn is_doc(kind: CommentKind) -> bool {
    matches!(kind, CommentKind::Doc | CommentKind::StrayDoc)
}
