//! Texts that can't be cut or paired: what is wrong, and a text of the same length without it.
//!
//! What is broken is blanked, as little of it as keeps the rest readable: a line with a quote that doesn't end, a
//! line with a bracket that isn't closed, at worst a declaration. Then the grammar reads the rest, and one look
//! finds several faults. A line is known to begin a declaration where such a word stands in its first column.

use crate::diag::Diagnostic;
use crate::source::Span;

use super::ast::CommentKind;
use super::findings::Findings;
use super::lex::{Bracket, Kind, Lexer, Quote, Token};
use super::scan::start_of;
use super::{MAX_NESTING, codes, glyphs};

/// How often the brackets of one declaration are mended before it is given up.
const LAPS: usize = 8;

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

/// An open bracket.
struct Open {
    bracket: Bracket,
    at: usize,
}

/// What is wrong with the brackets of a part.
enum Fault {
    /// The bracket opened at `open` isn't closed; something else came at `found`, or the end.
    Unclosed {
        open: usize,
        found: Option<usize>,
    },
    /// Nothing is open that the bracket at this place closes.
    Stray(usize),
    /// The bracket opened at `open` is closed by another one at `close`.
    Mismatch {
        open: usize,
        close: usize,
    },
    TooDeep(usize),
    /// The part can't be cut, since blanking opened a quote.
    Lost,
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

    // ------------------------------------------------------------ bytes; lines are those of the original text

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

    // ------------------------------------------------------------ quotes, comments, characters

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

    // ------------------------------------------------------------ brackets

    fn brackets(&mut self) {
        let starts = self.declarations();
        for (index, start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(self.bytes.len());
            self.part(*start, end);
        }
    }

    /// Where the parts begin that are mended by themselves: the file, if its brackets pair; else each declaration.
    fn declarations(&self) -> Vec<usize> {
        let mut starts = vec![0];
        let Ok(text) = std::str::from_utf8(&self.bytes) else { return starts };
        for token in Lexer::new(text, start_of(text), MAX_NESTING) {
            let first =
                token.kind == Kind::Word && (token.start == 0 || matches!(self.bytes[token.start - 1], b'\n' | b'\r'));
            let word = &text[token.start..token.end];
            let named = text[token.end..].trim_start_matches([' ', '\t']);
            let named = named.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"');
            if first && named && token.start > 0 && matches!(word, "workflow" | "action" | "test" | "use") {
                starts.push(token.start);
            }
        }
        starts
    }

    fn part(&mut self, start: usize, end: usize) {
        let mut told = false;
        for _ in 0..LAPS {
            let Some(fault) = self.pair(start, end) else { return };
            if !told && !self.follows(&fault, start, end) {
                self.tell_fault(&fault);
                told = true;
            }
            if !self.mend_fault(&fault, start, end) {
                break;
            }
        }
        if self.pair(start, end).is_some() {
            self.fill(start, end);
        }
    }

    /// Whether a fault comes of what was blanked in the part `start..end`, rather than from the text.
    fn follows(&self, fault: &Fault, start: usize, end: usize) -> bool {
        let (from, to) = match *fault {
            Fault::Unclosed { open, found } => (open, found.unwrap_or(end)),
            Fault::Mismatch { open, close } => (open, close),
            Fault::Stray(at) => (start, at),
            Fault::TooDeep(_) => return false,
            Fault::Lost => return true,
        };
        self.broken.iter().any(|at| (from..to).contains(at))
    }

    /// The first fault of the brackets in a part.
    fn pair(&self, start: usize, end: usize) -> Option<Fault> {
        let Ok(text) = std::str::from_utf8(&self.bytes[start..end]) else { return Some(Fault::Lost) };
        let mut open: Vec<Open> = Vec::new();
        let mut suspect = None;
        let from = if start == 0 { start_of(text) } else { 0 };
        for token in Lexer::new(text, from, MAX_NESTING) {
            let at = start + token.start;
            match token.kind {
                Kind::Open(_) if open.len() == MAX_NESTING => return Some(Fault::TooDeep(at)),
                Kind::Open(bracket) => open.push(Open { bracket, at }),
                Kind::Close(bracket) => match open.last() {
                    Some(top) if top.bracket == bracket => {
                        if suspect.is_none() && self.is_dedented(top.at, at) {
                            suspect = Some(top.at);
                        }
                        open.pop();
                    }
                    Some(top) if top.bracket == Bracket::Curly && self.line_start(top.at) != self.line_start(at) => {
                        return Some(Fault::Stray(at));
                    }
                    _ => return Some(unpaired(&open, bracket, at)),
                },
                Kind::Unended(_) | Kind::UnendedComment | Kind::Odd | Kind::Apostrophes => return Some(Fault::Lost),
                _ => {}
            }
        }
        let last = open.last()?;
        Some(Fault::Unclosed { open: suspect.unwrap_or(last.at), found: None })
    }

    /// Whether a `}` that begins its line stands further left than the line of what it closes.
    fn is_dedented(&self, open: usize, close: usize) -> bool {
        self.begins_line(close) && self.indentation(close) < self.indentation(open)
    }

    fn shown(&self, at: usize) -> &'static str {
        match self.bytes[at] {
            b'(' => "(",
            b')' => ")",
            b'[' => "[",
            b']' => "]",
            b'}' => "}",
            b'#' => "#{",
            b'$' => "${",
            _ => "{",
        }
    }

    fn closing(&self, at: usize) -> &'static str {
        match self.bytes[at] {
            b'(' => ")",
            b'[' => "]",
            _ => "}",
        }
    }

    fn tell_fault(&mut self, fault: &Fault) {
        let found = match *fault {
            Fault::Unclosed { open, found } => {
                let shown = self.shown(open);
                let message = format!("this `{shown}` isn't closed");
                let error = self.error(codes::UNCLOSED, open, open + shown.len(), message);
                let error = match found {
                    Some(at) => {
                        error.label(self.span(at, at + 1), format!("`{}` closes something around it", self.shown(at)))
                    }
                    None => error,
                };
                error.help(format!("a `{}` is missing behind it", self.closing(open)))
            }
            Fault::Stray(at) => self
                .error(codes::STRAY_BRACKET, at, at + 1, format!("this `{}` closes nothing", self.shown(at)))
                .help("take it out, or look for an opening bracket that is missing above"),
            Fault::Mismatch { open, close } => {
                let (shown, wanted) = (self.shown(open), self.closing(open));
                self.error(
                    codes::STRAY_BRACKET,
                    close,
                    close + 1,
                    format!("this `{}` can't close `{shown}`", self.shown(close)),
                )
                .label(self.span(open, open + shown.len()), "opened here")
                .help(format!("write `{wanted}`"))
            }
            Fault::TooDeep(at) => {
                let message =
                    format!("brackets stand more than {MAX_NESTING} deep within each other (limit `nesting`)");
                self.error(codes::TOO_DEEP, at, at + 1, message).help("give names to the inner parts")
            }
            Fault::Lost => return,
        };
        self.tell(found);
    }

    /// Takes the fault out; false where the whole part must go.
    fn mend_fault(&mut self, fault: &Fault, start: usize, end: usize) -> bool {
        match *fault {
            Fault::Stray(at) => self.fill(at, at + 1),
            Fault::Mismatch { open, close } if self.line_start(open) == self.line_start(close) => self.blank_line(open),
            Fault::Mismatch { open, close } => {
                let from = self.line_start(open);
                let to = self.line_end(close);
                self.fill(from, to);
            }
            Fault::Unclosed { open, found: Some(found) } => {
                let line = &self.bytes[self.line_start(open)..self.line_end(open)];
                let carries_on = [&b"#{"[..], b"[", b"(", b","].iter().any(|end| line.trim_ascii_end().ends_with(end));
                if carries_on {
                    self.fill_statement(open, found);
                } else {
                    self.blank_line(open);
                }
            }
            Fault::Unclosed { found: None, .. } => return self.close_at_end(start, end),
            Fault::TooDeep(_) | Fault::Lost => return false,
        }
        true
    }

    /// Blanks the line of `open` and those below that stand further right, up to the line of `found`.
    fn fill_statement(&mut self, open: usize, found: usize) {
        let margin = self.indentation(open);
        let last = self.line_start(found);
        let mut at = self.line_end(open);
        self.fill(self.line_start(open), at);
        while at + 1 < last {
            let (start, end) = (at + 1, self.line_end(at + 1));
            let first = self.bytes[start..end].trim_ascii_start().first().copied();
            let belongs = self.indentation(start) > margin || matches!(first, None | Some(b')' | b']' | b'}'));
            if !belongs {
                break;
            }
            self.fill(start, end);
            at = end;
        }
    }

    /// Closes the blocks that are open at the end of a part, where blanks leave room for it.
    fn close_at_end(&mut self, start: usize, end: usize) -> bool {
        let Ok(text) = std::str::from_utf8(&self.bytes[start..end]) else { return false };
        let mut open = Vec::new();
        let mut last = start;
        for token in Lexer::new(text, if start == 0 { start_of(text) } else { 0 }, MAX_NESTING) {
            match token.kind {
                Kind::Open(bracket) => open.push(bracket),
                Kind::Close(_) => drop(open.pop()),
                Kind::Newline | Kind::Comment(CommentKind::StrayDoc) => continue,
                _ => {}
            }
            // Behind a comment the end of its line must stay.
            let line_end = usize::from(matches!(token.kind, Kind::Comment(CommentKind::Line)));
            last = start + token.end + line_end;
        }
        let blank = |at: &usize| self.bytes[*at].is_ascii_whitespace();
        let room = (last.min(end)..end).take_while(blank).take(open.len()).count();
        if room < open.len() || open.iter().any(|b| *b != Bracket::Curly) {
            return false;
        }
        self.bytes[last..last + room].fill(b'}');
        true
    }
}

/// What it means that a bracket doesn't close the last one that was opened.
fn unpaired(open: &[Open], bracket: Bracket, at: usize) -> Fault {
    match open.last() {
        None => Fault::Stray(at),
        Some(top) if open.iter().any(|o| o.bracket == bracket) => Fault::Unclosed { open: top.at, found: Some(at) },
        Some(top) if bracket == Bracket::Curly => Fault::Unclosed { open: top.at, found: Some(at) },
        Some(top) => Fault::Mismatch { open: top.at, close: at },
    }
}
