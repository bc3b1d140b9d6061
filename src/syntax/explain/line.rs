//! A line of a text at a glance: its words, signs, and brackets with all that is in them as one thing.

use super::super::lex::{Bracket, Kind, Lexer, Token};

/// The most bytes of it that are looked at.
const LOOK_BYTES: usize = 16 << 10;

/// The most things of a line that are looked at to say what is wrong with it.
const LOOK: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Word,
    Number,
    /// A string, a template, a character.
    Text,
    /// `(…)`
    Round,
    /// `[…]`
    Square,
    /// `{…}`
    Block,
    /// `#{…}`
    Map,
    Sign(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Thing {
    pub what: What,
    pub start: usize,
    pub end: usize,
}

/// The things of a line from `start`, up to its end, a `;`, or the bracket that closes what it stands in.
pub(super) struct Line<'a> {
    pub text: &'a str,
    pub things: Vec<Thing>,
    pub start: usize,
    /// Behind the last thing, those not looked at included.
    pub end: usize,
}

/// The line of `text` that begins at `start`, which must not lie within a token.
pub(super) fn line(text: &str, start: usize) -> Line<'_> {
    within(text, start, text.len(), true)
}

/// All things from `start` to `end`, whatever the lines.
pub(super) fn lines(text: &str, start: usize, end: usize) -> Line<'_> {
    within(text, start, end, false)
}

fn within(text: &str, start: usize, to: usize, one_line: bool) -> Line<'_> {
    let most = to.min(start + LOOK_BYTES);
    let to = (start..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(start);
    let mut line = Line { text, things: Vec::new(), start, end: start };
    let mut depth = 0_usize;
    let mut behind_hole = false;
    for token in Lexer::new(&text[..to], start, super::super::MAX_NESTING) {
        match token.kind {
            Kind::Newline | Kind::Mark(b';') if depth == 0 && one_line => break,
            Kind::Newline | Kind::Comment(_) | Kind::UnendedComment | Kind::DeepComment => continue,
            Kind::Open(bracket) => {
                if depth == 0 && bracket != Bracket::Hole {
                    line.push(opened(text, &token), &token);
                }
                depth += 1;
            }
            Kind::Close(_) if depth == 0 => break,
            Kind::Close(_) => depth -= 1,
            // A template goes on behind its `${…}`: it is one thing.
            Kind::Template if behind_hole => {}
            _ if depth == 0 => line.push(what(token.kind), &token),
            _ => {}
        }
        behind_hole = token.kind == Kind::Close(Bracket::Hole);
        line.reach(token.end);
    }
    line
}

fn opened(text: &str, token: &Token) -> What {
    match token.kind {
        Kind::Open(Bracket::Round) => What::Round,
        Kind::Open(Bracket::Square) => What::Square,
        _ if text[token.start..].starts_with('#') => What::Map,
        _ => What::Block,
    }
}

fn what(kind: Kind) -> What {
    match kind {
        Kind::Word => What::Word,
        Kind::Number => What::Number,
        Kind::Mark(sign) => What::Sign(sign),
        _ => What::Text,
    }
}

impl<'a> Line<'a> {
    fn push(&mut self, what: What, token: &Token) {
        if self.things.len() < LOOK {
            self.things.push(Thing { what, start: token.start, end: token.end });
        }
    }

    /// The last thing reaches as far as what belongs to it.
    fn reach(&mut self, end: usize) {
        self.end = end;
        if let Some(last) = self.things.last_mut() {
            last.end = last.end.max(end);
        }
    }

    pub fn get(&self, index: usize) -> Option<Thing> {
        self.things.get(index).copied()
    }

    pub fn what(&self, index: usize) -> Option<What> {
        self.get(index).map(|t| t.what)
    }

    pub fn is_sign(&self, index: usize, sign: u8) -> bool {
        self.what(index) == Some(What::Sign(sign))
    }

    /// The text of the thing, empty past the end.
    pub fn str(&self, index: usize) -> &'a str {
        self.get(index).map_or("", |t| &self.text[t.start..t.end])
    }

    /// The word at `index`, empty where there is none.
    pub fn word(&self, index: usize) -> &'a str {
        if self.what(index) == Some(What::Word) { self.str(index) } else { "" }
    }

    /// Signs that stand together from `index`, as one.
    pub fn signs(&self, index: usize) -> &'a str {
        let mut last = None;
        for thing in self.things.iter().skip(index) {
            let touches = last.is_none_or(|(_, end)| end == thing.start);
            match thing.what {
                What::Sign(_) if touches => last = Some((last.map_or(thing.start, |(s, _)| s), thing.end)),
                _ => break,
            }
        }
        last.map_or("", |(start, end)| &self.text[start..end])
    }

    /// What stands at `index`, as it is told: `` `=` ``, `a text`, `the end of the line`.
    pub fn found(&self, index: usize) -> String {
        let Some(thing) = self.get(index) else { return "the end of the line".into() };
        match thing.what {
            What::Text => "a text".into(),
            What::Round => "`(`".into(),
            What::Square => "`[`".into(),
            What::Block => "`{`".into(),
            What::Map => "`#{`".into(),
            What::Sign(_) => format!("`{}`", shortened(self.signs(index))),
            What::Word | What::Number => format!("`{}`", shortened(self.str(index))),
        }
    }

    /// The place of what stands at `index`; at the end, the place behind the last thing.
    pub fn place(&self, index: usize) -> (usize, usize) {
        match self.get(index) {
            Some(Thing { what: What::Sign(_), start, .. }) => (start, start + self.signs(index).len()),
            Some(Thing { what: What::Round | What::Square | What::Block, start, .. }) => (start, start + 1),
            Some(Thing { what: What::Map, start, .. }) => (start, start + 2),
            Some(thing) => (thing.start, thing.end),
            None => (self.end, self.end),
        }
    }
}

/// A name as it is told, cut where it is very long.
pub(in super::super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
