//! Lines that begin with nothing known: of a body, of a file, of a test.

use crate::diag::{Code, Diagnostic};

use super::super::codes;
use super::line::{Line, What, line, shortened};
use super::rest::{clause_help, mistake};
use super::shape;
use super::{at, words};

/// A line of a block that is no statement.
pub(in super::super) fn statement(text: &str, start: usize) -> Diagnostic {
    let line = line(text, start);
    let word = line.word(0);
    if word.is_empty() {
        return no_word(&line, codes::NO_STATEMENT, "a statement");
    }
    if words::FILE.contains(&word) && word != "const" && word != "fn" {
        let message = format!("`{word}` stands at the top of a file, not within a block");
        return at(line.place(0), codes::NO_STATEMENT, message).help("move it out of the braces");
    }
    if let Some(found) = assigned(&line) {
        return found;
    }
    if word == "else" || word == "catch" || word == "finally" {
        return orphan(&line, word);
    }
    if words::BODY.contains(&word) && !matches!(word, "timeout" | "retention" | "concurrency" | "run")
        || word == "run" && line.word(1) == "as"
    {
        return shape::explain(&line);
    }
    if words::CLAUSES.contains(&word) || words::PARTS.contains(&word) && line.what(1) != Some(What::Round) {
        let message = format!("`{word}` belongs to no step here");
        return at(line.place(0), codes::CLAUSE, message).help(clause_help(word));
    }
    foreign(&line, word, words::foreign(word))
        .or_else(|| called(&line))
        .unwrap_or_else(|| unknown(&line, words::BODY, codes::NO_STATEMENT, "no statement"))
}

/// `else`, `catch`, `finally` without what they belong to.
fn orphan(line: &Line, word: &str) -> Diagnostic {
    let owner = if word == "else" { "if" } else { "try" };
    let message = format!("this `{word}` follows no `{owner}`");
    let help = match word {
        "else" if line.word(1) == "if" => "write `else if CONDITION { … }` behind the `}` of the `if`",
        "else" => "write it behind the `}` of the `if`: `if CONDITION { … } else { … }`",
        _ => "write it behind the `}` of the `try`: `try { … } catch err { … } finally { … }`",
    };
    at(line.place(0), codes::NO_STATEMENT, message).help(help)
}

/// A word of another language.
fn foreign(line: &Line, word: &str, known: Option<(&'static str, &'static str)>) -> Option<Diagnostic> {
    let (_, help) = known?;
    let called = line.what(1) == Some(What::Round);
    let effect = matches!(word, "exec" | "shell");
    if effect && called {
        return None;
    }
    let help = match (word, line.word(1), line.is_sign(2, b'=')) {
        ("const", name, true) if !name.is_empty() => {
            format!("write `let {name} = …`; constants stand at the top of the file")
        }
        ("var" | "val" | "auto" | "local" | "mut" | "set" | "declare" | "my", name, true) if !name.is_empty() => {
            format!("write `let {name} = …`")
        }
        ("call" | "start" | "wait", ..) => format!("write `step NAME = {word} …`"),
        _ => help.to_owned(),
    };
    Some(at(line.place(0), codes::FOREIGN, format!("`{word}` begins no statement in this language")).help(help))
}

/// What is called with parentheses at the beginning of a line, or would be in a step.
const CALLED: &[&str] = &["log", "emit", "respond", "restart", "exec", "shell"];

/// Methods that are called to change something.
const CHANGING: &[&str] = &[
    "push",
    "append",
    "insert",
    "pop",
    "shift",
    "remove",
    "clear",
    "truncate",
    "chop",
    "drain",
    "retain",
    "splice",
    "sort",
    "reverse",
    "dedup",
    "trim",
    "replace",
    "set",
    "pad",
    "fill_with",
    "mixin",
    "crop",
];

/// `exec(…)` alone, `list.push(1)` alone.
fn called(line: &Line) -> Option<Diagnostic> {
    let mut next = 1;
    while line.is_sign(next, b'.') && line.what(next + 1) == Some(What::Word) {
        next += 2;
    }
    if line.what(next) != Some(What::Round) {
        return None;
    }
    let path = shortened(&line.text[line.place(0).0..line.place(next - 1).1]);
    let place = (line.place(0).0, line.place(next - 1).1);
    if words::MODULES.contains(&line.word(0)) {
        let message = format!("`{path}` is an effect, and every effect is a step");
        return Some(at(place, codes::NO_STEP, message).help(format!("write `step NAME = {path}(…)`")));
    }
    let message = format!("a call of `{path}` alone is no statement");
    let call = shortened(&line.text[line.place(0).0..line.get(next).map_or(line.end, |round| round.end)]);
    let help = match (line.word(0), words::near(line.word(0), CALLED)) {
        (_, Some(near @ ("exec" | "shell"))) if next == 1 => Some(format!("did you mean `step NAME = {near}(…)`?")),
        (_, Some(near)) if next == 1 => Some(format!("did you mean `{near}`?")),
        (root, _) if next > 1 && CHANGING.contains(&line.word(next - 1)) => Some(format!("write `{root} = {call}`")),
        _ => None,
    };
    if let Some(help) = help {
        return Some(at(place, codes::NO_STEP, message).help(help));
    }
    Some(
        at(place, codes::NO_STEP, message).help(format!(
            "to perform an action write `step NAME = {path}(…)`, to keep a value `let NAME = {path}(…)`"
        )),
    )
}

/// `x =` without a value, `x++`, `int x = 5`, `x := 5`.
fn assigned(line: &Line) -> Option<Diagnostic> {
    let mut next = 1;
    loop {
        match line.what(next) {
            Some(What::Sign(b'.')) if line.what(next + 1) == Some(What::Word) => next += 2,
            Some(What::Square) => next += 1,
            _ => break,
        }
    }
    let target = shortened(&line.text[line.place(0).0..line.place(next - 1).1.max(line.get(next - 1)?.end)]);
    let (word, signs) = (line.word(0), line.signs(next));
    match signs {
        "++" | "--" => {
            let instead = format!("write `{target} {}= 1`", &signs[..1]);
            return Some(at(line.place(next), codes::OPERATOR, format!("`{signs}` is no operator here")).help(instead));
        }
        ":=" => {
            return Some(
                at(line.place(next), codes::OPERATOR, "`:=` is no operator here")
                    .help(format!("write `let {target} = …`")),
            );
        }
        "=" | "+=" | "-=" | "*=" | "/=" | "%=" if !words::BODY.contains(&word) => {
            let end = line.place(next).1;
            return Some(match line.get(next + signs.len()) {
                None => at((end, end), codes::MISSING, format!("a value is missing behind `{signs}`")),
                Some(_) => super::rest::unexpected(
                    line,
                    next + signs.len(),
                    &format!("a value behind `{signs}`"),
                    codes::MISSING,
                ),
            });
        }
        _ => {}
    }
    let typed = next == 1
        && !shape::has_form(word)
        && line.what(1) == Some(What::Word)
        && line.is_sign(2, b'=')
        && !line.is_sign(3, b'=');
    if typed
        && words::foreign(word).is_none()
        && words::near(word, words::BODY).is_none()
        && !words::CLAUSES.contains(&word)
        && !words::PARTS.contains(&word)
    {
        let message = format!("`{}` begins no statement", shortened(word));
        return Some(
            at(line.place(0), codes::FOREIGN, message)
                .help(format!("write `let {} = …`; a variable has no declared type", line.word(1))),
        );
    }
    None
}

fn no_word(line: &Line, code: Code, what: &str) -> Diagnostic {
    let found = at(line.place(0), code, format!("{} begins no line: expected {what}", line.found(0)));
    match line.what(0) {
        Some(What::Sign(b'$')) => found.help("names have no `$`: write `let NAME = VALUE`"),
        Some(What::Sign(b'@')) => found.help("there are no decorators: what belongs to a step is written behind it as a clause"),
        Some(What::Sign(b'-')) => found.help("an expression doesn't go on in a line that begins with `-`: end the line above with it, or use parentheses"),
        Some(What::Block) => found.help("a block stands behind a word such as `if`, `for` or `try`"),
        Some(What::Text | What::Number | What::Map | What::Round | What::Square) => {
            found.help("a value alone does nothing: keep it with `let NAME = VALUE`, or give it with `return VALUE` or `yield VALUE`")
        }
        _ => found,
    }
}

fn unknown(line: &Line, known: &[&'static str], code: Code, what: &str) -> Diagnostic {
    let word = line.word(0);
    let message = format!("`{}` begins {what}", shortened(word));
    let found = at(line.place(0), code, message);
    let clause = || words::near(word, words::CLAUSES).filter(|_| code == codes::NO_STATEMENT);
    match words::near(word, known).or_else(clause).filter(|_| line.things.len() > 1) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => match mistake(line, 1) {
            Some(mistake) => mistake,
            None => found.help(match code {
                codes::NO_DECLARATION => "a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`".to_owned(),
                codes::TEST_LINE => format!("a line of a test begins with {}", list(words::TEST)),
                _ => "every line begins with a word such as `step`, `let`, `if` or `for`, or gives a variable another value: `x = …`".to_owned(),
            }),
        },
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// A line of a file that is no declaration.
pub(in super::super) fn declaration(text: &str, start: usize) -> Diagnostic {
    let line = line(text, start);
    let word = line.word(0);
    if word.is_empty() {
        let found = no_word(&line, codes::NO_DECLARATION, "a declaration");
        return at(line.place(0), codes::NO_DECLARATION, found.message)
            .help("a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`");
    }
    if words::FILE.contains(&word) {
        return shape::explain(&line);
    }
    if let Some((_, help)) = words::foreign_declaration(word) {
        return at(line.place(0), codes::NO_DECLARATION, format!("`{word}` begins no declaration")).help(help);
    }
    if words::BODY.contains(&word)
        || words::CLAUSES.contains(&word)
        || line.what(1) == Some(What::Round)
        || line.is_sign(1, b'=')
    {
        let message = format!("`{}` stands outside of any workflow", shortened(word));
        return at(line.place(0), codes::NO_DECLARATION, message).help("put it into `workflow NAME { … }`");
    }
    unknown(&line, words::FILE, codes::NO_DECLARATION, "no declaration")
}

/// A line of a test that is none.
pub(in super::super) fn test_line(text: &str, start: usize) -> Diagnostic {
    let line = line(text, start);
    let word = line.word(0);
    if word.is_empty() {
        return at(line.place(0), codes::TEST_LINE, format!("{} begins no line of a test", line.found(0)))
            .help(format!("a line of a test begins with {}", list(words::TEST)));
    }
    if words::TEST.contains(&word) {
        return shape::explain_as(if word == "input" { "input-line" } else { word }, &line);
    }
    if matches!(word, "assert" | "check" | "should" | "verify" | "ensure") {
        return at(line.place(0), codes::TEST_LINE, format!("`{word}` begins no line of a test"))
            .help("write `expect CONDITION`");
    }
    if words::BODY.contains(&word) {
        return at(line.place(0), codes::TEST_LINE, format!("`{word}` is a statement, and a test holds none"))
            .help("a test says what is given and what is expected; what is done stands in a workflow");
    }
    unknown(&line, words::TEST, codes::TEST_LINE, "no line of a test")
}
