//! Where the parts of a text begin and end, asked by rhai's positions and by bytes.
//!
//! All bytes are those of the user's text, without what was put before it. Invariant: every answer lies within
//! the text, on a character's boundary.

use std::ops::Range;
use std::sync::Arc;

use rhai::Position;

use super::scan::{next_token, token_end};
use super::tree::{Node, Word};
use super::words::Tokens;

/// The text that rhai has parsed, and what its lexer told of it.
pub(super) struct Text<'a> {
    pub text: &'a str,
    /// How many bytes were put before the user's text.
    pub prefix: usize,
    pub tokens: &'a Tokens,
}

impl<'a> Text<'a> {
    /// The bytes of the user's text.
    pub fn whole(&self) -> Range<usize> {
        0..self.text.len() - self.prefix
    }

    pub fn at(&self, position: Position) -> usize {
        let known = self.tokens.offset(position);
        let at = known.or_else(|| super::place::offset_of(self.text, position)).unwrap_or(self.prefix);
        at.saturating_sub(self.prefix)
    }

    /// Behind the character at a position.
    pub fn behind(&self, position: Position) -> usize {
        let at = self.at(position);
        at + self.user()[at..].chars().next().map_or(0, char::len_utf8)
    }

    pub fn user(&self) -> &'a str {
        &self.text[self.prefix..]
    }

    pub fn token(&self, at: usize) -> Range<usize> {
        at..token_end(self.user(), at)
    }

    pub fn word(&self, text: &str, position: Position) -> Word {
        let at = self.at(position);
        Word { text: Arc::from(text), range: self.token(at) }
    }

    /// Behind the bracket that closes the first one opened at or behind `at`.
    pub fn close_from(&self, at: usize) -> usize {
        let tokens = self.tokens;
        let open = tokens.open_from(at + self.prefix);
        let close = open.and_then(|open| tokens.closing(open)).map(|close| tokens.all[close].at + 1);
        close.map_or(self.user().len(), |end| end - self.prefix)
    }

    /// Behind the arguments of the call whose name starts at `at`.
    pub fn call_end(&self, at: usize) -> usize {
        let user = self.user();
        let mut open = next_token(user, token_end(user, at));
        if user[open..].starts_with('!') {
            open = next_token(user, open + 1);
        }
        let inside = next_token(user, (open + 1).min(user.len()));
        if user[inside..].starts_with(')') { inside + 1 } else { self.close_from(open) }
    }

    /// The range with the parentheses around it.
    pub fn widen(&self, range: &Range<usize>) -> Range<usize> {
        let (tokens, prefix) = (&self.tokens.all, self.prefix);
        let mut wide = range.clone();
        loop {
            let first = tokens.partition_point(|token| token.at < wide.start + prefix);
            let Some(before) = first.checked_sub(1) else { return wide };
            let open = tokens[before].at.saturating_sub(prefix);
            let is_group = self.user()[open..].starts_with('(') && tokens[before].at >= prefix && !self.is_call(before);
            let close = next_token(self.user(), wide.end);
            if !is_group || !self.user()[close..].starts_with(')') {
                return wide;
            }
            wide = open..close + 1;
        }
    }

    /// Whether the parenthesis with this index opens arguments.
    fn is_call(&self, open: usize) -> bool {
        let Some(before) = open.checked_sub(1).map(|index| self.tokens.all[index].at) else { return false };
        let Some(before) = before.checked_sub(self.prefix) else { return true };
        let word = &self.user()[self.token(before)];
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        (is_name && !["if", "in", "switch", "while", "return", "else", "until", "throw"].contains(&word)) || word == "!"
    }

    pub fn spanning(&self, first: &Node, last: &Node) -> Range<usize> {
        self.widen(&first.range).start..self.widen(&last.range).end
    }
}
