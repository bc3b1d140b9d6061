//! Places: where a text stands in its file, and how rhai's positions become bytes of the text.
//!
//! rhai counts lines and columns from 1, columns in characters, within the text it is given. Nothing here knows
//! files: an [`Origin`] is added at the end.

use rhai::Position;

use super::scan::uncounted;

/// Where a text's first character stands in its file: both from 1, the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    pub line: u32,
    pub column: u32,
}

impl Default for Origin {
    fn default() -> Origin {
        Origin { line: 1, column: 1 }
    }
}

impl Origin {
    /// The line and column in the file of the byte `at` of `text`, which stands here.
    pub fn of(self, text: &str, at: usize) -> Origin {
        let before = &text[..floor(text, at)];
        match before.rfind('\n') {
            None => Origin { line: self.line, column: self.column + count(before) },
            Some(end) => {
                let lines = before.bytes().filter(|b| *b == b'\n').count() as u32;
                Origin { line: self.line + lines, column: 1 + count(&before[end + 1..]) }
            }
        }
    }
}

fn count(text: &str) -> u32 {
    text.chars().count() as u32
}

/// `at`, or the start of the character that it falls into.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The byte of `text` at a position of rhai's; the end of the text for one beyond it, none for no position.
pub(super) fn offset_of(text: &str, position: Position) -> Option<usize> {
    let line = position.line()?;
    let start = if line <= 1 { 0 } else { text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1) };
    let column = position.position().unwrap_or(1).max(1);
    let rest = &text[start..];
    let end = rest.find('\n').unwrap_or(rest.len());
    let uncounted = uncounted(text);
    let mut counted = rest[..end].char_indices().filter(|(at, _)| !uncounted.contains(&(start + at)));
    Some(start + counted.nth(column - 1).map_or(end, |(at, _)| at))
}
