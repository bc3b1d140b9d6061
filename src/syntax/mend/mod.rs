//! Texts that can't be cut or paired: what is wrong, and a text of the same length without it.
//!
//! What is broken is blanked, as little of it as keeps the rest readable: a line with a quote that doesn't end, a
//! line with a bracket that isn't closed, at worst a declaration. Then the grammar reads the rest, and one look
//! finds several faults. A line is known to begin a declaration where such a word stands in its first column.

mod brackets;

use crate::diag::Diagnostic;
use crate::source::Span;

use super::findings::Findings;
use super::lex::{Kind, Lexer, Quote, Token};
use super::scan::start_of;
use super::{MAX_NESTING, codes, glyphs};

/// Says what is wrong with `text` and gives it without that.
pub(super) fn mend(text: &str, base: u32, findings: &mut Findings) -> String {
    let mut mender = Mender { text, base, bytes: text.as_bytes().to_vec(), findings, broken: Vec::new() };
    mender.quotes_and_characters();
    mender.brackets();
    String::from_utf8(mender.bytes).unwrap_or_else(|_| blank(text))
}

/// A text of the same length and lines with nothing on them.
pub(super) fn blank(text: &str) -> String {
    text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { char::from(b) } else { ' ' }).collect()
}

struct Mender<'a> {
    text: &'a str,
    base: u32,
    /// The text as it becomes. All that is written is ASCII over whole characters.
    bytes: Vec<u8>,
    findings: &'a mut Findings,
    /// Where quotes or comments were open, in order: brackets thereabouts are no fault of their own.
    broken: Vec<usize>,
}

impl Mender<'_> {
    fn tell(&mut self, found: Diagnostic) {
        self.findings.push(found);
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.base + start as u32, self.base + end as u32)
    }

    fn error(&self, code: &'static str, start: usize, end: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(start, end), message)
    }

    // Lines are those of the original text.

    fn fill(&mut self, start: usize, end: usize) {
        for byte in &mut self.bytes[start..end] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }

    fn line_start(&self, at: usize) -> usize {
        let text = self.text.as_bytes();
        text[..at].iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |n| n + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let text = self.text.as_bytes();
        text[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).map_or(text.len(), |n| at + n)
    }

    fn indentation(&self, at: usize) -> usize {
        let start = self.line_start(at);
        self.bytes[start..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
    }

    fn begins_line(&self, at: usize) -> bool {
        let before = self.bytes[..at].iter().rev().find(|b| !matches!(b, b' ' | b'\t'));
        before.is_none_or(|b| matches!(b, b'\n' | b'\r'))
    }

    /// Blanks the line around `at`. A block that ends or begins there still does: a `try` stands in for its head.
    fn blank_line(&mut self, at: usize) {
        let (start, end) = (self.line_start(at), self.line_end(at));
        let first = start + self.bytes[start..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let last = self.bytes[start..end].iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(start, |n| start + n);
        let closes = self.bytes.get(first) == Some(&b'}') && first < last;
        let opens = self.bytes.get(last) == Some(&b'{') && !(last > start && self.bytes[last - 1] == b'#');
        self.fill(start, end);
        if closes {
            self.bytes[first] = b'}';
        }
        let head = last.saturating_sub("try ".len());
        if opens && head > first {
            self.bytes[head..last].copy_from_slice(b"try ");
            self.bytes[last] = b'{';
        }
    }

    fn quotes_and_characters(&mut self) {
        for token in Lexer::new(self.text, start_of(self.text), MAX_NESTING) {
            match token.kind {
                Kind::Odd => self.odd(&token),
                Kind::Apostrophes => self.apostrophes(&token),
                Kind::Unended(quote) => self.unended(quote, &token),
                Kind::UnendedComment => self.unended_comment(&token),
                Kind::DeepComment => self.deep_comment(&token),
                Kind::Mark(b'#') if self.bytes[token.start] == b'#' => self.hash(&token),
                _ => {}
            }
        }
    }

    fn odd(&mut self, token: &Token) {
        let text = &self.text[token.start..token.end];
        let Some(c) = text.chars().next() else { return };
        if self.bytes[token.start] == b' ' {
            // On a line that is broken already.
            return;
        }
        let end = token.start + c.len_utf8();
        let word = text.chars().all(|c| c.is_alphanumeric() || glyphs::joins(c));
        let found = match glyphs::glyph(c) {
            Some(glyph) => {
                let found = self.error(
                    codes::ODD_CHARACTER,
                    token.start,
                    end,
                    format!("{} has no meaning here", glyphs::named(c)),
                );
                match glyph.instead {
                    "" => found.help("take it out"),
                    " " => found.help("put a plain space in its place"),
                    instead => found.help(format!("write `{instead}`")),
                }
            }
            None if word => self
                .error(
                    codes::ODD_CHARACTER,
                    token.start,
                    token.end,
                    format!("{} can't stand in a name", glyphs::named(c)),
                )
                .help("names are ASCII letters, digits and `_`; any character may stand in a text in quotes"),
            None => self
                .error(codes::ODD_CHARACTER, token.start, end, format!("{} has no meaning here", glyphs::named(c)))
                .help("take it out, or put it into a text in quotes"),
        };
        self.tell(found);
        if word {
            self.bytes[token.start..token.end].fill(b'_');
        } else if text.chars().all(glyphs::is_blank) {
            self.fill(token.start, token.end);
        } else {
            self.broken.push(token.start);
            self.blank_line(token.start);
        }
    }

    fn apostrophes(&mut self, token: &Token) {
        let inner = &self.text[token.start + 1..token.end - 1];
        let found = self.error(
            codes::APOSTROPHES,
            token.start,
            token.end,
            "a text stands in double quotes, and this one in single ones",
        );
        self.tell(found.help(match inner.contains(['"', '\\']) {
            true => "write `\"…\"`; single quotes hold one character".to_owned(),
            false => format!("write `\"{}\"`", inner.chars().take(40).collect::<String>()),
        }));
        let between = &mut self.bytes[token.start + 1..token.end - 1];
        for byte in between.iter_mut().filter(|b| matches!(b, b'"' | b'\\')) {
            *byte = b' ';
        }
        self.bytes[token.start] = b'"';
        self.bytes[token.end - 1] = b'"';
    }

    fn unended(&mut self, quote: Quote, token: &Token) {
        if self.bytes[token.start] == b' ' {
            // On a line that is broken already.
            return;
        }
        let (what, sign, help) = match quote {
            Quote::Text => {
                ("text", "\"", "a text in double quotes ends on its line; one of several lines stands in backticks")
            }
            Quote::Char => ("quote", "'", "texts stand in double quotes: `\"it's\"`"),
            Quote::Template => ("text", "`", "close it with another backtick; one within it is written twice"),
            Quote::Raw => ("text", "#\"", "close it with `\"` and as many `#` as it began with"),
        };
        let found = self.error(
            codes::UNENDED_TEXT,
            token.start,
            token.start + sign.len(),
            format!("this {what} begins here and doesn't end"),
        );
        self.tell(found.help(help));
        self.broken.push(token.start);
        match quote {
            Quote::Text | Quote::Char => self.blank_line(token.start),
            Quote::Template | Quote::Raw => {
                self.blank_line(token.start);
                self.fill(self.line_end(token.start), self.bytes.len());
            }
        }
    }

    fn unended_comment(&mut self, token: &Token) {
        let found = self.error(
            codes::UNENDED_COMMENT,
            token.start,
            token.start + 2,
            "this comment begins here and doesn't end",
        );
        self.tell(found.help("close it with `*/`; a comment within a comment is closed by itself"));
        self.broken.push(token.start);
        self.fill(token.start, token.end);
    }

    fn deep_comment(&mut self, token: &Token) {
        let message = format!("comments stand more than {MAX_NESTING} deep within each other (limit `nesting`)");
        let found = self.error(codes::TOO_DEEP, token.start, token.start + 2, message);
        self.tell(found);
        self.fill(token.start, token.end);
    }

    /// `# …` is a comment elsewhere.
    fn hash(&mut self, token: &Token) {
        let end = self.line_end(token.start);
        let found = self.error(codes::ODD_CHARACTER, token.start, token.start + 1, "`#` has no meaning here");
        let comment = self.begins_line(token.start) || self.bytes.get(token.start + 1) == Some(&b' ');
        if comment {
            self.tell(found.help("a comment begins with `//`"));
            self.fill(token.start, end);
        } else {
            self.tell(found.help("a map is written `#{ … }`, a raw text `#\"…\"#`"));
            self.broken.push(token.start);
            self.blank_line(token.start);
        }
    }
}
