//! The tokens of a text, one after the other, by rhai's own rules for strings, templates and comments.
//!
//! It cuts; it judges nothing but what it cannot cut (a string that doesn't end, a character that begins no token).
//! It never fails, never allocates more than one word for each open `${`, and every byte is looked at once.

use super::ast::CommentKind;

/// The most `#` that a raw string (`#"…"#`) may begin with; the grammar spells each case out.
pub(super) const MAX_RAW_HASHES: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bracket {
    Round,
    Square,
    /// `{` and `#{`
    Curly,
    /// `${` in a template.
    Hole,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quote {
    Text,
    Raw,
    Template,
    Char,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Letters, digits, `_`; it begins with none of the digits.
    Word,
    /// Begins with a digit.
    Number,
    /// A whole string, raw string or character.
    Quoted(Quote),
    /// A piece of a template: to its end, or up to `${`.
    Template,
    Open(Bracket),
    Close(Bracket),
    /// Any other visible ASCII character, alone.
    Mark(u8),
    /// `\n`, `\r\n` or `\r`
    Newline,
    Comment(CommentKind),
    /// A run of characters that have no place outside strings and comments.
    Odd,
    /// Quoted by `'` like a string.
    Apostrophes,
    /// Began and didn't end: on its line for `"…"` and `'…'`, else in the text.
    Unended(Quote),
    UnendedComment,
    /// Comments within comments, deeper than the limit.
    DeepComment,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// A `${` of a template.
struct Hole {
    state: HoleState,
    /// Where its template began.
    template: usize,
}

#[derive(PartialEq)]
enum HoleState {
    /// Its `${` comes next.
    Ahead,
    /// We are in it, with so many braces open.
    Within(usize),
    /// Its `}` was the last token, and the template goes on.
    Behind,
}

pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    holes: Vec<Hole>,
    max_comments: usize,
}

/// What stands at a byte, for skipping over runs quickly.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl<'a> Lexer<'a> {
    /// Cuts `text` from `at`, which must not lie within a token; comments may nest `max_comments` deep.
    pub fn new(text: &'a str, at: usize, max_comments: usize) -> Lexer<'a> {
        Lexer { text: text.as_bytes(), at, holes: Vec::new(), max_comments }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn token(&mut self, kind: Kind, start: usize, end: usize) -> Option<Token> {
        self.at = end;
        Some(Token { kind, start, end })
    }

    fn run(&self, from: usize, of: impl Fn(u8) -> bool) -> usize {
        self.text[from..].iter().position(|b| !of(*b)).map_or(self.text.len(), |n| from + n)
    }

    fn comment(&mut self, start: usize) -> Option<Token> {
        if self.byte(start + 1) == b'/' {
            let end = self.run(start, |b| b != b'\n' && b != b'\r');
            let doc = self.byte(start + 2) == b'/' && self.byte(start + 3) != b'/';
            let kind = if doc { CommentKind::StrayDoc } else { CommentKind::Line };
            return self.token(Kind::Comment(kind), start, end);
        }
        let (mut depth, mut at, mut deep) = (1_usize, start + 2, false);
        while depth > 0 {
            at = self.run(at, |b| b != b'/' && b != b'*');
            match (self.byte(at), self.byte(at + 1)) {
                _ if at >= self.text.len() => return self.token(Kind::UnendedComment, start, at),
                (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
                (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            deep |= depth > self.max_comments;
        }
        self.token(if deep { Kind::DeepComment } else { Kind::Comment(CommentKind::Block) }, start, at)
    }

    /// `"…"`: a backslash at the end of the line carries it on to the next.
    fn text(&mut self, start: usize) -> Option<Token> {
        let mut at = start + 1;
        loop {
            at = self.run(at, |b| !matches!(b, b'"' | b'\\' | b'\n' | b'\r'));
            match (self.byte(at), self.byte(at + 1)) {
                (b'"', b'"') => at += 2,
                (b'"', _) => return self.token(Kind::Quoted(Quote::Text), start, at + 1),
                (b'\\', b'\r') if self.byte(at + 2) == b'\n' => at += 3,
                (b'\\', _) if at + 1 < self.text.len() => at = self.after_character(at + 1),
                _ => return self.token(Kind::Unended(Quote::Text), start, at),
            }
        }
    }

    fn after_character(&self, at: usize) -> usize {
        self.run(at + 1, |b| b & 0xC0 == 0x80)
    }

    fn character(&mut self, start: usize) -> Option<Token> {
        let escaped = self.byte(start + 1) == b'\\';
        let from = if escaped { self.after_character((start + 2).min(self.text.len())) } else { start + 1 };
        let end = self.run(from.min(self.text.len()), |b| !matches!(b, b'\'' | b'\n' | b'\r'));
        if self.byte(end) != b'\'' || from > end {
            return self.token(Kind::Unended(Quote::Char), start, (start + 1).min(self.text.len()));
        }
        let one = escaped || (end > start + 1 && self.after_character(start + 1) == end);
        self.token(if one { Kind::Quoted(Quote::Char) } else { Kind::Apostrophes }, start, end + 1)
    }

    fn hash(&mut self, start: usize) -> Option<Token> {
        if self.byte(start + 1) == b'{' {
            self.brace();
            return self.token(Kind::Open(Bracket::Curly), start, start + 2);
        }
        let quote = self.run(start, |b| b == b'#');
        let hashes = quote - start;
        if self.byte(quote) != b'"' || hashes > MAX_RAW_HASHES {
            return self.token(Kind::Mark(b'#'), start, start + 1);
        }
        let mut at = quote + 1;
        loop {
            at = self.run(at, |b| b != b'"');
            if at >= self.text.len() {
                return self.token(Kind::Unended(Quote::Raw), start, at);
            }
            let closing = self.run(at + 1, |b| b == b'#').min(at + 1 + hashes);
            if closing == at + 1 + hashes {
                return self.token(Kind::Quoted(Quote::Raw), start, closing);
            }
            at += 1;
        }
    }

    fn brace(&mut self) {
        if let Some(Hole { state: HoleState::Within(braces), .. }) = self.holes.last_mut() {
            *braces += 1;
        }
    }

    /// On from `at` within the template that began at `template`; the piece begins at `start`.
    fn template(&mut self, template: usize, start: usize, mut at: usize) -> Option<Token> {
        loop {
            at = self.run(at, |b| !matches!(b, b'`' | b'$' | b'\\'));
            match (self.byte(at), self.byte(at + 1), self.byte(at + 2)) {
                _ if at >= self.text.len() => return self.token(Kind::Unended(Quote::Template), template, at),
                (b'`', b'`', _) => at += 2,
                (b'`', ..) => return self.token(Kind::Template, start, at + 1),
                (b'\\', b'$', b'{') => at += 3,
                (b'$', b'{', _) => {
                    self.holes.push(Hole { state: HoleState::Ahead, template });
                    return self.token(Kind::Template, start, at);
                }
                _ => at += 1,
            }
        }
    }

    fn close_curly(&mut self, start: usize) -> Option<Token> {
        let mut bracket = Bracket::Curly;
        if let Some(hole) = self.holes.last_mut() {
            match &mut hole.state {
                HoleState::Within(braces) if *braces > 0 => *braces -= 1,
                state => {
                    *state = HoleState::Behind;
                    bracket = Bracket::Hole;
                }
            }
        }
        self.token(Kind::Close(bracket), start, start + 1)
    }

    /// What comes next where that hangs on a `${…}`: its opening, or the template's text behind it.
    fn of_template(&mut self) -> Option<Token> {
        let hole = self.holes.last_mut()?;
        match hole.state {
            HoleState::Within(_) => None,
            HoleState::Ahead => {
                hole.state = HoleState::Within(0);
                self.token(Kind::Open(Bracket::Hole), self.at, self.at + 2)
            }
            HoleState::Behind => {
                let template = hole.template;
                self.holes.pop();
                self.template(template, self.at, self.at)
            }
        }
    }

    fn open(&mut self, bracket: Bracket, start: usize) -> Option<Token> {
        if bracket == Bracket::Curly {
            self.brace();
        }
        self.token(Kind::Open(bracket), start, start + 1)
    }

    fn word(&mut self, kind: Kind, start: usize) -> Option<Token> {
        let end = self.run(start, is_word);
        self.token(kind, start, end)
    }

    fn odd(&mut self, start: usize) -> Option<Token> {
        let end = self.run(start, |b| !(0x20..0x7F).contains(&b) && !matches!(b, b'\n' | b'\r' | b'\t'));
        self.token(Kind::Odd, start, end)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(token) = self.of_template() {
            return Some(token);
        }
        let start = self.run(self.at, |b| b == b' ' || b == b'\t');
        let Some(byte) = self.text.get(start).copied() else {
            self.at = start;
            return None;
        };
        match byte {
            b'\r' if self.byte(start + 1) == b'\n' => self.token(Kind::Newline, start, start + 2),
            b'\n' | b'\r' => self.token(Kind::Newline, start, start + 1),
            b'0'..=b'9' => self.word(Kind::Number, start),
            _ if is_word(byte) => self.word(Kind::Word, start),
            b'/' if matches!(self.byte(start + 1), b'/' | b'*') => self.comment(start),
            b'"' => self.text(start),
            b'\'' => self.character(start),
            b'`' => self.template(start, start, start + 1),
            b'#' => self.hash(start),
            b'(' => self.open(Bracket::Round, start),
            b'[' => self.open(Bracket::Square, start),
            b'{' => self.open(Bracket::Curly, start),
            b')' => self.token(Kind::Close(Bracket::Round), start, start + 1),
            b']' => self.token(Kind::Close(Bracket::Square), start, start + 1),
            b'}' => self.close_curly(start),
            0x21..=0x7E => self.token(Kind::Mark(byte), start, start + 1),
            _ => self.odd(start),
        }
    }
}
