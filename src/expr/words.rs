//! What rhai's lexer is told about words, and what it tells in return.
//!
//! rhai keeps many words for a future of its own; they are given back as names, and behind `.` any word is one. On
//! the way every token's place is written down, from which the ends of expressions are found later. It parses
//! nothing. Invariant: what one thread compiles is unseen by every other, and what was written down is taken with it.

use std::cell::RefCell;
use std::collections::HashSet;

use rhai::{LexError, Position, Token};

use super::limits::{MAX_EXPRESSION_DEPTH, MAX_NAMES};
use super::scan::{next_token, word_end};

/// What a token means to whoever looks for the end of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Open,
    Close,
    Word,
    Other,
}

/// A token and where it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapped {
    pub position: (usize, usize),
    pub at: usize,
    pub mark: Mark,
}

/// The tokens of one text, in their order.
#[derive(Default, Debug)]
pub(super) struct Tokens {
    pub all: Vec<Mapped>,
}

/// Words of rhai that are no names, not even here.
const HARD: [&str; 7] = ["this", "call", "curry", "type_of", "is_shared", "Fn", "eval"];
/// Words that rhai takes for functions of its own. They are none here.
pub(super) const REFUSED_CALLS: [&str; 8] =
    ["eval", "Fn", "curry", "is_shared", "is_def_var", "is_def_fn", "print", "debug"];
/// What the names of this room's own functions begin with in the text that is evaluated.
pub(super) const OWN_PREFIX: &str = "__wf_";
/// What rhai sees in its place: no name that a person can write, so no function of a script is looked for.
pub(super) const OWN_MARK: &str = "$";
const LENGTHS: [&str; 5] = ["ms", "s", "m", "h", "d"];

struct Lexing {
    text: String,
    /// Whether the text was made here, of one that has been looked at.
    own: bool,
    tokens: Tokens,
    /// The different names met so far, but for fields.
    names: HashSet<String>,
    /// The byte, line and column of the last token.
    cursor: (usize, usize, usize),
    /// The bytes that rhai's columns leave out.
    uncounted: Vec<usize>,
    after_dot: bool,
    /// The last token was a word that is a name only because it stands behind a dot.
    after_made_name: bool,
    /// A number that ends at this byte.
    number_end: Option<usize>,
    /// How many fields and indexes stand in a row, by open bracket.
    links: Vec<usize>,
}

thread_local! {
    static LEXING: RefCell<Option<Lexing>> = const { RefCell::new(None) };
}

/// Runs `parse` on `text` and gives what it gives, with the tokens that it met. `own` says that the text was made
/// here and may name this room's own functions.
pub(super) fn lexing<T>(text: &str, own: bool, parse: impl FnOnce() -> T) -> (T, Tokens) {
    let lexing = Lexing {
        text: text.to_string(),
        own,
        tokens: Tokens::default(),
        names: HashSet::new(),
        cursor: (0, 1, 1),
        uncounted: super::scan::uncounted(text),
        after_dot: false,
        after_made_name: false,
        number_end: None,
        links: vec![0],
    };
    struct Outer(Option<Lexing>);
    impl Drop for Outer {
        fn drop(&mut self) {
            LEXING.set(self.0.take());
        }
    }
    let _outer = Outer(LEXING.replace(Some(lexing)));
    let parsed = parse();
    let tokens = LEXING.take().map(|lexing| lexing.tokens).unwrap_or_default();
    (parsed, tokens)
}

/// What rhai's lexer calls for every token.
pub(super) fn map_token(token: Token, position: Position) -> Token {
    LEXING.with_borrow_mut(|lexing| match lexing {
        Some(lexing) => lexing.token(token, position),
        None => token,
    })
}

fn refuse(message: impl Into<String>) -> Token {
    Token::LexError(Box::new(LexError::Runtime(message.into())))
}

impl Lexing {
    fn token(&mut self, token: Token, position: Position) -> Token {
        let Some(line) = position.line() else { return token };
        let position = (line, position.position().unwrap_or(1).max(1));
        let at = self.locate(position);
        let after_dot = std::mem::replace(&mut self.after_dot, matches!(token, Token::Period | Token::Elvis));
        let glued = self.number_end.take() == Some(at);
        let made_name = after_dot && !matches!(token, Token::Identifier(_));
        let token = match std::mem::replace(&mut self.after_made_name, made_name) {
            true => between_operands(token),
            false => token,
        };
        let token = if after_dot { self.name_after_dot(token, at) } else { give_back(token) };
        let token = match token {
            Token::Identifier(name) => self.identifier(*name, at, after_dot, glued),
            Token::FloatConstant(number) => self.float(Token::FloatConstant(number), at),
            Token::IntegerConstant(_) => {
                self.number_end = Some(self.digits_end(at));
                token
            }
            other => other,
        };
        let mark = mark_of(&token);
        self.tokens.all.push(Mapped { position, at, mark });
        if self.chain_too_long(&token) { refuse(TOO_LONG) } else { token }
    }

    /// The byte at a line and column, which never lie before those asked for last.
    fn locate(&mut self, (line, column): (usize, usize)) -> usize {
        let (mut at, mut cursor_line, mut cursor_column) = self.cursor;
        if (line, column) < (cursor_line, cursor_column) {
            (at, cursor_line, cursor_column) = (0, 1, 1);
        }
        for c in self.text[at..].chars() {
            if (cursor_line, cursor_column) >= (line, column) {
                break;
            }
            let counts = !self.uncounted.contains(&at);
            at += c.len_utf8();
            if !counts {
                continue;
            }
            if c == '\n' {
                (cursor_line, cursor_column) = (cursor_line + 1, 1);
            } else {
                cursor_column += 1;
            }
        }
        self.cursor = (at, cursor_line, cursor_column);
        at
    }

    /// Behind `.` any word is a name.
    fn name_after_dot(&self, token: Token, at: usize) -> Token {
        if matches!(token, Token::LexError(_) | Token::EOF) {
            return token;
        }
        let word = &self.text[at..word_end(self.text.as_bytes(), at)];
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && word != "_";
        if is_name { Token::Identifier(Box::new(word.into())) } else { token }
    }

    fn called(&self, at: usize, name: &str) -> bool {
        self.text[next_token(&self.text, at + name.len())..].starts_with('(')
    }

    fn identifier(&mut self, name: rhai::Identifier, at: usize, after_dot: bool, glued: bool) -> Token {
        if !after_dot && !self.names.contains(name.as_str()) {
            if self.names.len() == MAX_NAMES {
                return refuse(TOO_MANY_NAMES);
            }
            self.names.insert(name.to_string());
        }
        if glued && LENGTHS.contains(&name.as_str()) {
            return refuse(LENGTH_INSIDE);
        }
        match name.strip_prefix(OWN_PREFIX) {
            Some(rest) if self.own => Token::Identifier(Box::new(format!("{OWN_MARK}{rest}").as_str().into())),
            Some(_) if !after_dot || self.called(at, &name) => refuse(OWN_NAME),
            _ => Token::Identifier(Box::new(name)),
        }
    }

    fn digits_end(&self, at: usize) -> usize {
        at + self.text[at..].bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.')).count()
    }

    /// A number that rhai would make infinite, or an int that it would round, is refused.
    fn float(&mut self, token: Token, at: usize) -> Token {
        self.number_end = Some(self.digits_end(at));
        let written = &self.text[at..super::scan::token_end(&self.text, at)];
        let whole = written.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        match &token {
            Token::FloatConstant(number) if !number.0.is_finite() => refuse(TOO_LARGE),
            _ if whole => refuse(TOO_LARGE),
            _ => token,
        }
    }

    /// Whether more fields and indexes stand in a row than rhai's tree of them may be deep.
    fn chain_too_long(&mut self, token: &Token) -> bool {
        match token {
            Token::Period | Token::Elvis => *self.link() += 1,
            Token::LeftBracket | Token::QuestionBracket => {
                *self.link() += 1;
                self.links.push(0);
            }
            Token::LeftParen | Token::LeftBrace | Token::MapStart => self.links.push(0),
            Token::RightParen | Token::RightBracket | Token::RightBrace => {
                self.links.pop();
            }
            Token::Identifier(_) | Token::Unit | Token::Bang => {}
            _ => *self.link() = 0,
        }
        *self.link() > MAX_EXPRESSION_DEPTH
    }

    fn link(&mut self) -> &mut usize {
        if self.links.is_empty() {
            self.links.push(0);
        }
        let last = self.links.len() - 1;
        &mut self.links[last]
    }
}

/// The marks by which these refusals are known again.
pub(super) const TOO_LONG: &str = "too many fields and indexes in a row";
pub(super) const TOO_MANY_NAMES: &str = "too many different names in one expression";
pub(super) const TOO_LARGE: &str = "this number is larger than a number can be";
pub(super) const LENGTH_INSIDE: &str = "a duration inside of an expression is written as `duration(\"…\")`";
pub(super) const OWN_NAME: &str = "names that begin with `__wf_` are kept for Wayfare itself";
pub(super) const GLUED_MINUS: &str = "behind this name a minus stands apart from the number";
pub(super) const REFUSALS: [&str; 6] = [TOO_LONG, TOO_MANY_NAMES, TOO_LARGE, LENGTH_INSIDE, OWN_NAME, GLUED_MINUS];

/// rhai takes a sign behind a keyword for one of a number; behind a keyword that is a name it stands between two
/// operands.
fn between_operands(token: Token) -> Token {
    match token {
        Token::UnaryPlus => Token::Plus,
        Token::UnaryMinus => Token::Minus,
        Token::IntegerConstant(n) if n < 0 => refuse(GLUED_MINUS),
        Token::FloatConstant(number) if number.0.is_sign_negative() => refuse(GLUED_MINUS),
        other => other,
    }
}

/// A word that rhai merely reserves is a name.
fn give_back(token: Token) -> Token {
    match token {
        Token::Reserved(word) if is_free(&word) => Token::Identifier(word),
        other => other,
    }
}

fn is_free(word: &str) -> bool {
    let alphabetic = word.starts_with(|c: char| c.is_ascii_alphabetic());
    alphabetic
        && !HARD.contains(&word)
        && !REFUSED_CALLS.contains(&word)
        && !["import", "export", "private"].contains(&word)
}

fn mark_of(token: &Token) -> Mark {
    match token {
        Token::LeftParen | Token::LeftBracket | Token::QuestionBracket | Token::LeftBrace | Token::MapStart => {
            Mark::Open
        }
        Token::RightParen | Token::RightBracket | Token::RightBrace => Mark::Close,
        Token::Identifier(_) | Token::Reserved(_) => Mark::Word,
        _ => Mark::Other,
    }
}

impl Tokens {
    /// The byte at a position of rhai's, if a token stands there.
    pub fn offset(&self, position: Position) -> Option<usize> {
        let wanted = (position.line()?, position.position().unwrap_or(1).max(1));
        let first = self.all.partition_point(|token| token.position < wanted);
        self.all.get(first).filter(|token| token.position == wanted).map(|token| token.at)
    }

    /// The index of the token that closes the bracket with this index.
    pub fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (index, token) in self.all.iter().enumerate().skip(open) {
            match token.mark {
                Mark::Open => depth += 1,
                Mark::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Some(index);
            }
        }
        None
    }

    /// The index of the first opening bracket at or behind the byte.
    pub fn open_from(&self, at: usize) -> Option<usize> {
        let first = self.all.partition_point(|token| token.at < at);
        (first..self.all.len()).find(|index| self.all[*index].mark == Mark::Open)
    }
}
