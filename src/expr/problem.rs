//! What is wrong with a text before it is evaluated: rhai's parse errors in people's words, at their bytes.

use std::ops::Range;

use rhai::{LexError, ParseError, ParseErrorType};

use super::limits::{MAX_EXPRESSION_DEPTH, MAX_NAMES};
use super::scan::{next_token, token_end};
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

/// Kind, message and help of an error of rhai's parser.
fn words_of(error: &ParseErrorType, found: &str) -> (ProblemKind, String, Option<String>) {
    use ParseErrorType as E;
    let syntax = |message: String| (ProblemKind::Syntax, message, None);
    match error {
        E::BadInput(error) => lexical(error, found),
        E::UnexpectedEOF => syntax("the expression ends too early".into()),
        E::MissingToken(token, why) if token == "{" && why.contains("statement block") => block(found),
        E::MissingToken(_, why) if why.contains("object map") && is_keyword(found) => quoted_key(found),
        E::MissingToken(token, why) if found.is_empty() => syntax(format!("expected `{token}` {why}, found the end")),
        E::MissingToken(_, _) if is_statement(found) => statement(found),
        E::MissingToken(token, why) => syntax(format!("expected `{token}` {why}, found `{found}`")),
        E::Reserved(word) | E::ForbiddenVariable(word) => reserved(word),
        E::PropertyExpected if is_keyword(found) => quoted_key(found),
        E::PropertyExpected => syntax(format!("expected the name of a field, found `{found}`")),
        E::VariableExpected if is_keyword(found) => reserved(found),
        E::VariableExpected => syntax(format!("expected a name, found `{found}`")),
        E::UnknownOperator(op) => operator(op),
        E::MalformedIndexExpr(why) => syntax(format!("this can't be an index: {}", lower(why))),
        E::DuplicatedProperty(name) => {
            (ProblemKind::Duplicate, format!("the field `{name}` is given twice in one map"), None)
        }
        E::DuplicatedVariable(name) | E::VariableExists(name) => {
            (ProblemKind::Duplicate, format!("`{name}` is bound twice"), None)
        }
        E::FnDuplicatedParam(_, name) => {
            (ProblemKind::Duplicate, format!("the parameter `{name}` is given twice"), None)
        }
        E::WrongSwitchIntegerCase => syntax("in a `switch`, numbers stand before ranges".into()),
        E::WrongSwitchDefaultCase => syntax("in a `switch`, the arm `_` stands last".into()),
        E::WrongSwitchCaseCondition => syntax("the arm `_` of a `switch` has no condition".into()),
        E::MismatchedType(wanted, given) => syntax(format!("expected {wanted}, found {given}")),
        E::ExprExpected(_) if is_statement(found) => statement(found),
        E::ExprExpected(what) => syntax(format!("expected {what} here")),
        E::WrongFnDefinition => (
            ProblemKind::LeftOut,
            "a `fn` is declared at the outer level of the file, not within a value or a script".into(),
            None,
        ),
        E::AssignmentToConstant(name) if name.is_empty() => {
            (ProblemKind::Assignment, "a value can't be assigned to".into(), None)
        }
        E::AssignmentToConstant(name) => {
            (ProblemKind::Assignment, format!("`{name}` is a constant and can't be assigned to"), None)
        }
        E::AssignmentToInvalidLHS(_) => {
            (ProblemKind::Assignment, "only a name with fields can be assigned to".into(), None)
        }
        E::ExprTooDeep => (
            ProblemKind::Limit,
            format!("this is nested too deep (limit `expression depth`: {MAX_EXPRESSION_DEPTH})"),
            Some("give a part of it a name with `let`".into()),
        ),
        E::LiteralTooLarge(what, most) => (ProblemKind::Limit, format!("{}: at most {most}", lower(what)), None),
        E::LoopBreak => syntax("`break` and `continue` stand in a loop".into()),
        E::MalformedCapture(_) => left_out("!(", "calls that see the caller's names"),
        E::ModuleUndefined(name) => left_out("::", &format!("the module `{name}` within an expression")),
        other => syntax(lower(&other.to_string())),
    }
}

/// A block that doesn't begin or doesn't end: rhai says the same of both.
fn block(found: &str) -> (ProblemKind, String, Option<String>) {
    match found {
        "" => (ProblemKind::Syntax, "the expression ends too early".into(), None),
        word if is_statement(word) => statement(word),
        other => (ProblemKind::Syntax, format!("expected one value in braces, found `{other}`"), None),
    }
}

fn left_out(what: &str, why: &str) -> (ProblemKind, String, Option<String>) {
    (ProblemKind::LeftOut, format!("`{what}` is not in the language ({why})"), None)
}

fn lexical(error: &LexError, found: &str) -> (ProblemKind, String, Option<String>) {
    let syntax = |message: String| (ProblemKind::Syntax, message, None);
    match error {
        LexError::UnterminatedString => syntax("this text has no end".into()),
        LexError::MalformedEscapeSequence(what) => (
            ProblemKind::Syntax,
            format!("`{what}` is no escape sequence"),
            Some(r#"known are `\n \t \r \" \\ \x12 \u1234 \U12345678`"#.into()),
        ),
        LexError::MalformedNumber(what) => syntax(format!("`{what}` is no number")),
        LexError::MalformedChar(what) => {
            let help = "texts are written in double quotes or backticks".to_string();
            (ProblemKind::Syntax, format!("`'{what}'` is not one character"), Some(help))
        }
        LexError::MalformedIdentifier(what) => (ProblemKind::Word, format!("`{what}` can't be a name"), None),
        LexError::UnexpectedInput(what) if words::REFUSALS.contains(&what.as_str()) => own(what, found),
        LexError::UnexpectedInput(what) if what.starts_with("'===") || what.starts_with("'!==") => {
            not_javascript(&what[1..4])
        }
        LexError::UnexpectedInput(what) if is_statement(what) => statement(what),
        LexError::UnexpectedInput(what) if what.is_empty() => syntax("the expression ends too early".into()),
        LexError::UnexpectedInput(what) => syntax(format!("`{what}` is not expected here")),
        LexError::ImproperSymbol(what, _) if what == "=" => (
            ProblemKind::Statement,
            "an assignment is no value".into(),
            Some("to compare, write `==`; an assignment is a statement of its own".into()),
        ),
        LexError::ImproperSymbol(what, _) if what == "===" || what == "!==" => not_javascript(what),
        LexError::ImproperSymbol(what, _) if what == "this" => {
            (ProblemKind::LeftOut, "`this` stands only in the body of a `fn`".into(), None)
        }
        LexError::ImproperSymbol(what, why) if why.contains("disabled") => left_out(what, "rhai's own"),
        LexError::ImproperSymbol(what, why) if why.is_empty() => syntax(format!("`{what}` is not expected here")),
        LexError::ImproperSymbol(_, why) => syntax(lower(why)),
        LexError::Runtime(why) => own(why, found),
        other => syntax(lower(&other.to_string())),
    }
}

fn not_javascript(op: &str) -> (ProblemKind, String, Option<String>) {
    (ProblemKind::Syntax, format!("there is no `{op}`"), Some(format!("write `{}`", &op[..2])))
}

/// What [`words`] refused.
fn own(why: &str, found: &str) -> (ProblemKind, String, Option<String>) {
    match why {
        words::TOO_LONG => {
            let message = format!("{why} (limit `expression depth`: {MAX_EXPRESSION_DEPTH})");
            (ProblemKind::Limit, message, Some("give a part of it a name with `let`".into()))
        }
        words::TOO_MANY_NAMES => {
            let message = format!("{why} (limit `names`: {MAX_NAMES})");
            (ProblemKind::Limit, message, Some("give a part of it a name with `let`".into()))
        }
        words::TOO_LARGE => {
            let help = "ints reach to 9223372036854775807; a float is written with a point".to_string();
            (ProblemKind::Limit, why.to_string(), Some(help))
        }
        words::LENGTH_INSIDE => (ProblemKind::Syntax, why.to_string(), Some("`duration(\"90s\")`".into())),
        words::OWN_NAME => (ProblemKind::Word, format!("`{found}`: {why}"), None),
        other => (ProblemKind::Syntax, other.to_string(), None),
    }
}

fn operator(op: &str) -> (ProblemKind, String, Option<String>) {
    let help = match op {
        "++" => Some("write `x += 1`".to_string()),
        "--" => Some("write `x -= 1`".to_string()),
        "|>" | "<|" => Some("write `x.f()`".to_string()),
        _ => None,
    };
    (ProblemKind::Syntax, format!("there is no operator `{op}`"), help)
}

fn reserved(word: &str) -> (ProblemKind, String, Option<String>) {
    if words::REFUSED_CALLS.contains(&word) || ["import", "export", "private"].contains(&word) {
        return left_out(word, "rhai's own");
    }
    (ProblemKind::Word, format!("`{word}` is a word of the language and can't be a name here"), None)
}

fn quoted_key(word: &str) -> (ProblemKind, String, Option<String>) {
    let message = format!("`{word}` is a word of the language and is quoted as a key of a map");
    (ProblemKind::Word, message, Some(format!("`\"{word}\": …`")))
}

fn statement(word: &str) -> (ProblemKind, String, Option<String>) {
    let what = match word {
        ";" => "a value ends without `;`".to_string(),
        "=" | "+=" | "-=" | "*=" | "/=" | "%=" => "an assignment is no value".to_string(),
        word => format!("`{word}` is a statement, and a value is wanted here"),
    };
    (ProblemKind::Statement, what, Some(STATEMENTS_HELP.into()))
}

fn is_statement(word: &str) -> bool {
    const STATEMENTS: [&str; 18] = [
        "let", "const", "while", "loop", "do", "for", "fn", "return", "throw", "try", "break", "continue", ";", "=",
        "+=", "-=", "*=", "/=",
    ];
    STATEMENTS.contains(&word)
}

/// Words that rhai takes for more than a name.
pub(super) fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 29] = [
        "if", "else", "switch", "while", "loop", "do", "until", "for", "in", "let", "const", "fn", "return", "break",
        "continue", "throw", "try", "catch", "true", "false", "private", "as", "import", "export", "this", "print",
        "debug", "eval", "global",
    ];
    KEYWORDS.contains(&word)
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    (first + chars.as_str()).replace('\'', "`")
}

/// rhai's error about the token at `at` of `text`.
pub(super) fn of_parse_error(error: &ParseError, text: &str, at: usize) -> Problem {
    let at = next_token(text, at.min(text.len()));
    let token = if at >= text.len() { end_of(text) } else { at..token_end(text, at).min(text.len()) };
    let found = if at >= text.len() { "" } else { symbol(text, token.clone()) };
    let (kind, message, help) = words_of(error.err_type(), found);
    let end = token.end.max(token.start + found.len());
    let line_end = text[token.start..end].find('\n').map_or(end, |n| token.start + n);
    Problem { kind, message, range: token.start..line_end, help }
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
