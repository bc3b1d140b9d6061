//! rhai's parse errors in people's words. Invariant: none of rhai's own sentences is given on, since they speak of what
//! the language doesn't have.

use rhai::{LexError, ParseErrorType};

use super::limits::{MAX_EXPRESSION_DEPTH, MAX_NAMES};
use super::problem::{ProblemKind, STATEMENTS_HELP};
use super::words;

/// Kind, message and help of an error of rhai's parser. None of rhai's own sentences is among them: they speak of
/// what the language doesn't have.
pub(super) fn words_of(error: &ParseErrorType, found: &str, script: bool) -> (ProblemKind, String, Option<String>) {
    use ParseErrorType as E;
    let syntax = |message: String| (ProblemKind::Syntax, message, None);
    let helped = |message: &str, help: &str| (ProblemKind::Syntax, message.to_string(), Some(help.to_string()));
    match error {
        E::BadInput(error) => lexical(error, found, script),
        E::UnexpectedEOF => syntax("the expression ends too early".into()),
        E::MissingToken(token, why) => missing(token, why, found, script),
        E::Reserved(word) | E::ForbiddenVariable(word) => reserved(word),
        E::PropertyExpected if is_keyword(found) => quoted_key(found),
        E::PropertyExpected => syntax(format!("expected the name of a field, {}", met(found))),
        E::VariableExpected if is_keyword(found) => reserved(found),
        E::VariableExpected => syntax(format!("expected a name, {}", met(found))),
        E::UnknownOperator(op) => operator(op),
        E::MalformedIndexExpr(_) => helped(
            "this can't be an index of what stands before the `[`",
            "a list or a text is indexed by an int, a map by a text; between two values stands a comma",
        ),
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
        E::MismatchedType(wanted, _) if wanted.contains("iterable") => helped(
            "`for` goes through a list, and this is none",
            "of a map take `.keys()` or `.values()`, of a number `0..n`",
        ),
        E::MismatchedType(..) => syntax("a condition is a bool, and this is none".into()),
        E::ExprExpected(_) if script && found == ";" => syntax("a value is missing before `;`".into()),
        E::ExprExpected(_) if is_statement(found) => statement(found, script),
        E::ExprExpected(what) if what.contains("literal") => {
            syntax("the arms of a `switch` begin with literals".into())
        }
        E::ExprExpected(_) => syntax(format!("expected a value, {}", met(found))),
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
        E::LiteralTooLarge(_, most) => {
            (ProblemKind::Limit, format!("a literal list or map holds at most {most} values"), None)
        }
        E::LoopBreak => syntax("`break` and `continue` stand in a loop".into()),
        E::MalformedCapture(_) => left_out("!(", "calls that see the caller's names"),
        E::ModuleUndefined(name) => left_out("::", &format!("the module `{name}` within an expression")),
        E::WrongExport => left_out("export", "what a file defines can be used by others"),
        E::FnMissingName | E::FnMissingParams(_) | E::FnMissingBody(_) => {
            helped("a part of this function is missing", "a function is written `|x| x + 1`")
        }
        _ if found.is_empty() => syntax("the expression ends too early".into()),
        _ => syntax(format!("`{found}` is not expected here")),
    }
}

/// What was met instead of what is expected.
fn met(found: &str) -> String {
    if found.is_empty() { "found the end".into() } else { format!("found `{found}`") }
}

/// Something that isn't there; `why` is rhai's word for where.
fn missing(token: &str, why: &str, found: &str, script: bool) -> (ProblemKind, String, Option<String>) {
    let syntax = |message: String| (ProblemKind::Syntax, message, None);
    let within = |has: &str| why.contains(has);
    match token {
        _ if is_unended(token, why) && script && !found.is_empty() => {
            let help = Some("inside of a `fn` or a `script` statements end with `;`".into());
            (ProblemKind::Syntax, "a `;` is missing behind this".into(), help)
        }
        "{" if within("statement block") => block(found, script),
        _ if within("object map") && is_keyword(found) => quoted_key(found),
        ":" if within("object map") => {
            let name = why.split('\'').nth(1).unwrap_or("x");
            let help = Some(format!("write `{name}: VALUE`, also where the value has the same name: `{name}: {name}`"));
            (ProblemKind::Syntax, format!("the field `{name}` of the map has no value"), help)
        }
        _ if is_statement(found) => statement(found, script),
        "," | "]" | "}" | ")" | "|" => {
            let (what, close) = collection(why, token);
            let message = match token {
                "," => format!("expected `,` or `{close}` in {what}, {}", met(found)),
                _ => format!("expected `{token}` at the end of {what}, {}", met(found)),
            };
            syntax(message)
        }
        _ => syntax(format!("expected `{token}`, {}", met(found))),
    }
}

/// Whether a statement has no end.
pub(super) fn is_unended(token: &str, why: &str) -> bool {
    token == ";" || why.contains("terminate this statement")
}

/// What is written here with several parts, and how it ends.
fn collection(why: &str, token: &str) -> (&'static str, &'static str) {
    let has = |part: &str| why.contains(part);
    match token {
        _ if has("array") => ("the list", "]"),
        _ if has("object map") => ("the map", "}"),
        _ if has("switch") => ("the `switch`", "}"),
        _ if has("anonymous function") || has("parameters") => ("the parameters", "|"),
        _ if has("arguments") || has("function call") => ("the arguments", ")"),
        _ if has("index") => ("the index", "]"),
        ")" => ("the parentheses", ")"),
        _ => ("what is in braces", "}"),
    }
}

/// A block that doesn't begin or doesn't end: rhai says the same of both.
fn block(found: &str, script: bool) -> (ProblemKind, String, Option<String>) {
    match found {
        "" => (ProblemKind::Syntax, "the expression ends too early".into(), None),
        word if is_statement(word) => statement(word, script),
        other => (ProblemKind::Syntax, format!("expected one value in braces, found `{other}`"), None),
    }
}

fn left_out(what: &str, why: &str) -> (ProblemKind, String, Option<String>) {
    (ProblemKind::LeftOut, format!("`{what}` is not in the language ({why})"), None)
}

fn lexical(error: &LexError, found: &str, script: bool) -> (ProblemKind, String, Option<String>) {
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
        LexError::UnexpectedInput(what) if script && what == ";" => syntax("a value is missing before `;`".into()),
        LexError::UnexpectedInput(what) if is_statement(what) => statement(what, script),
        // A sentence of rhai's own, with the sign in quotes.
        LexError::UnexpectedInput(what) if what.contains(' ') => match what.strip_prefix('\'') {
            Some(quoted) => foreign_symbol(quoted.split('\'').next().unwrap_or_default()),
            None => syntax(format!("`{found}` is not expected here")),
        },
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
        LexError::ImproperSymbol(what, _) => foreign_symbol(what),
        LexError::Runtime(why) => own(why, found),
        LexError::StringTooLong(most) => {
            (ProblemKind::Limit, format!("this text is too long: it may have {most} characters"), None)
        }
        _ => syntax(format!("`{found}` is not expected here")),
    }
}

/// A sign of other languages.
fn foreign_symbol(what: &str) -> (ProblemKind, String, Option<String>) {
    let help = match what {
        "#" | "# {" => Some("a map is written `#{ … }`"),
        ":=" => Some("a variable is bound by `let x = …`"),
        "(*" | "*)" => Some("a comment is written `// …` or `/* … */`"),
        "->" | "=>" => Some("a function is written `|x| x + 1`"),
        "<-" => Some("to compare with a negative number write `< -`"),
        _ => None,
    };
    (ProblemKind::Syntax, format!("there is no `{what}`"), help.map(str::to_string))
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
        "++" => Some("to add one, write `x += 1`".to_string()),
        "--" => Some("a sign stands in parentheses (`a - (-1)`); to take one away, write `x -= 1`".to_string()),
        "|>" | "<|" => Some("write `x.f()`".to_string()),
        _ => None,
    };
    (ProblemKind::Syntax, format!("there is no operator `{op}`"), help)
}

fn reserved(word: &str) -> (ProblemKind, String, Option<String>) {
    if words::REFUSED_CALLS.contains(&word) || ["import", "export", "private"].contains(&word) {
        return left_out(word, "rhai's own");
    }
    if !word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return operator(word);
    }
    (ProblemKind::Word, format!("`{word}` is a word of the language and can't be a name here"), None)
}

fn quoted_key(word: &str) -> (ProblemKind, String, Option<String>) {
    let message = format!("`{word}` is a word of the language and is quoted as a key of a map");
    (ProblemKind::Word, message, Some(format!("`\"{word}\": …`")))
}

/// A statement where a value is wanted. Within a `script` or a `fn` there are statements, but not there.
fn statement(word: &str, script: bool) -> (ProblemKind, String, Option<String>) {
    let what = match word {
        ";" => "a value ends without `;`".to_string(),
        "=" | "+=" | "-=" | "*=" | "/=" | "%=" => "an assignment is no value".to_string(),
        word => format!("`{word}` is a statement, and a value is wanted here"),
    };
    let help = if script { "write the statement before this one, and give its value a name" } else { STATEMENTS_HELP };
    (ProblemKind::Statement, what, Some(help.into()))
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
