//! Brackets that don't pair: which one is at fault, and how little must go for the rest to pair.

use super::super::ast::CommentKind;
use super::super::lex::{Bracket, Kind, Lexer};
use super::super::scan::start_of;
use super::super::{MAX_NESTING, codes};
use super::Mender;

/// How often the brackets of one declaration are mended before it is given up.
const LAPS: usize = 8;

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
    pub(super) fn brackets(&mut self) {
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
