//! What stands in a list and doesn't belong there: among arguments, parameters, fields.

use crate::diag::Diagnostic;
use crate::source::Span;

use super::super::codes;
use super::at;
use super::line::{Line, What, lines, shortened};
use super::name::bad_name;
use super::rest::mistake;

/// `start..end` stands among the arguments of the list that opens at `open`, and isn't one or doesn't end one.
pub(in super::super) fn argument(text: &str, open: usize, start: usize, end: usize) -> Diagnostic {
    let line = lines(text, start, end);
    if line.things.is_empty() || line.is_sign(0, b',') {
        return at((start, start + 1), codes::ARGUMENT, "an argument is missing before this comma")
            .help("take the comma out");
    }
    let first = starts_list(text, open, start);
    if let ("=", Some(name)) = (line.signs(0), word_before(text, open, start)) {
        return at(line.place(0), codes::ARGUMENT, format!("`=` stands behind the name of the argument `{name}`"))
            .help(format!("write `{name}: …`"));
    }
    let found = |message: String| at(line.place(0), codes::ARGUMENT, message);
    let name = line.word(0);
    if first && line.signs(1) == ":" && line.things.len() == 2 {
        return at(line.place(1), codes::ARGUMENT, format!("the argument `{}` has no value", shortened(name)));
    }
    if line.what(0) == Some(What::Block) || line.what(2) == Some(What::Block) && line.is_sign(1, b':') {
        let at_block = line.things.iter().position(|t| t.what == What::Block).unwrap_or(0);
        return at(line.place(at_block), codes::ARGUMENT, "a block is no value").help("a map is written `#{ … }`");
    }
    if let Some(found) = mistake(&line, 0).or_else(|| if first { mistake(&line, 1) } else { None }) {
        return found;
    }
    match line.what(0) {
        Some(What::Word | What::Text | What::Number | What::Map) if !first => {
            found(format!("{} stands behind an argument without a comma between", line.found(0)))
                .help("separate arguments by commas")
        }
        Some(What::Sign(b';')) => found("`;` stands between arguments".into()).help("separate arguments by commas"),
        _ => found(format!("expected an argument, found {}", line.found(0)))
            .label(Span::at(open as u32), "of the list that begins here"),
    }
}

/// The word directly before `start`, where it begins an argument.
fn word_before(text: &str, open: usize, start: usize) -> Option<&str> {
    let before = text[open..start].trim_end();
    let at = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |n| n + 1);
    let (rest, word) = before.split_at(at);
    (!word.is_empty() && rest.trim_end().ends_with(['(', ','])).then_some(word)
}

/// Whether only `(` or `,` stands before `start`.
fn starts_list(text: &str, open: usize, start: usize) -> bool {
    let before = text[open..start].trim_end();
    before.ends_with(['(', ',', '{'])
}

/// `start..end` stands among parameters.
pub(in super::super) fn parameter(text: &str, open: usize, start: usize, end: usize) -> Diagnostic {
    let line = lines(text, start, end);
    if line.things.is_empty() || line.is_sign(0, b',') {
        return at((start, start + 1), codes::FIELD, "a parameter is missing before this comma")
            .help("take the comma out");
    }
    if starts_list(text, open, start) {
        return typed(&line, "parameter");
    }
    if line.word(0) == "where" || line.is_sign(0, b'=') {
        return order(&line);
    }
    at(line.place(0), codes::FIELD, format!("{} stands behind a parameter", line.found(0)))
        .help("separate parameters by commas; each is `name: T = default where rule`")
}

/// `start..end` stands among the fields of `input`, `output` or a form.
pub(in super::super) fn field(text: &str, start: usize, end: usize, in_form: bool) -> Diagnostic {
    let line = lines(text, start, end);
    let begins = text[..start].trim_end_matches([' ', '\t']).ends_with(['{', '\n', '\r', ';', ',']);
    if begins {
        return typed(&line, "field");
    }
    match line.signs(0) {
        "," => at(line.place(0), codes::FIELD, "fields stand on lines of their own")
            .help("begin a new line, without the comma"),
        "=" if line.things.len() == 1 => {
            at(line.place(0), codes::FIELD, "a default is missing behind `=`").help("write it like `name: int = 5`")
        }
        "=" => order(&line),
        "<" => at(line.place(0), codes::TYPE, "only `list<T>` and `map<T>` hold another type")
            .help("write `list<T>` or `map<T>` with a type between the brackets"),
        "|" => at(line.place(0), codes::TYPE, "a union is of texts only")
            .help("write `\"a\" | \"b\"`; `T?` may be `()`, and `any` is anything"),
        _ if matches!(line.word(0), "where") => order(&line),
        _ => mistake(&line, 0).unwrap_or_else(|| {
            let between = if in_form { "a comma" } else { "a new line" };
            at((line.place(0).0, line.end), codes::FIELD, format!("{} stands behind a field", line.found(0)))
                .help(format!("a field is `name: T = default where rule`, and {between} begins the next"))
        }),
    }
}

fn order(line: &Line) -> Diagnostic {
    at(line.place(0), codes::FIELD, format!("{} stands in the wrong place", line.found(0)))
        .help("the order is `name: T = default where rule`")
}

/// What begins a field or a parameter and is none.
fn typed(line: &Line, what: &str) -> Diagnostic {
    let name = shortened(line.word(0));
    let here = |index: usize, message: String| at(line.place(index), codes::FIELD, message);
    if let Some(found) = bad_name(line, 0).filter(|_| !line.is_sign(1, b'?')) {
        return found;
    }
    match (line.what(0), line.signs(1)) {
        (Some(What::Word), "" | "=") if line.what(1) != Some(What::Word) => {
            here(0, format!("the {what} `{name}` has no type"))
                .help(format!("write `{name}: T`, such as `{name}: string`"))
        }
        (Some(What::Word), "") if line.is_sign(2, b':') => {
            here(0, format!("`{name}` can't stand before a {what}")).help("take it out")
        }
        (Some(What::Word), "") => here(0, format!("the name of a {what} stands before its type"))
            .help(format!("write `{}: {name}`", shortened(line.word(1)))),
        (Some(What::Word), "?:" | "?") => here(1, format!("`?` stands behind the type, not behind the name `{name}`"))
            .help(format!("write `{name}: T?`")),
        (Some(What::Word), ":") if line.get(2).is_none() => {
            here(1, format!("the type of `{name}` is missing")).help(format!("write `{name}: string`"))
        }
        (Some(What::Word), ":") => bad_type(line, &name),
        _ => here(0, format!("expected a {what}, found {}", line.found(0)))
            .help("it is written `name: T = default where rule`"),
    }
}

fn bad_type(line: &Line, name: &str) -> Diagnostic {
    let found = |index: usize, message: String| at(line.place(index), codes::TYPE, message);
    match line.what(2) {
        Some(What::Square) => found(2, "this is no type".into()).help(format!("a list is written `{name}: list<T>`")),
        Some(What::Map) => found(2, "this is no type".into()).help("an object's type is written `{ field: T, … }`"),
        Some(What::Block) => {
            found(2, "this type of an object can't be read".into()).help("write `{ field: T, other: T }`")
        }
        Some(What::Number | What::Round | What::Sign(_)) => found(2, format!("{} begins no type", line.found(2)))
            .help("types are words such as `string` and `int`, `list<T>`, `map<T>`, `{ field: T }` or `\"a\" | \"b\"`"),
        _ => {
            let index = if line.get(3).is_some() { 3 } else { 2 };
            found(index, format!("this type can't be read: found {}", line.found(index))).help(
                "types are words such as `string` and `int`, `list<T>`, `map<T>`, `{ field: T }` or `\"a\" | \"b\"`",
            )
        }
    }
}

/// A comma at the end of a field of `input` or `output`.
pub(in super::super) fn comma(text: &str, end: usize) -> Diagnostic {
    let comma = text[..end].rfind(',').unwrap_or(end);
    at((comma, comma + 1), codes::FIELD, "a comma stands behind a field")
        .help("take it out: a field ends at the end of its line")
}
