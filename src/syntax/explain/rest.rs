//! What stands where something else was expected, or where nothing should stand.

use crate::diag::{Code, Diagnostic};

use super::super::codes;
use super::line::{Line, What, line, shortened};
use super::{at, words};

/// What stands at `index` isn't `expected`; a likely mistake is told as such.
pub(super) fn unexpected(line: &Line, index: usize, expected: &str, code: Code) -> Diagnostic {
    if let Some(found) = mistake(line, index) {
        return found;
    }
    at(line.place(index), code, format!("expected {expected}, found {}", line.found(index)))
}

/// A mistake that is known by what stands at `index`.
pub(super) fn mistake(line: &Line, index: usize) -> Option<Diagnostic> {
    let place = line.place(index);
    let operator = |instead: &str, say: &str| {
        at(place, codes::OPERATOR, format!("{} is no operator here", line.found(index)))
            .help(format!("{say} `{instead}`"))
    };
    match line.word(index) {
        "and" => return Some(operator("&&", "write")),
        "or" => return Some(operator("||", "write")),
        "not" if line.word(index + 1) == "in" => return Some(operator("!in", "write")),
        "is" => return Some(operator("==", "write")),
        word if words::unit(word).is_some() && line.what(index.wrapping_sub(1)) == Some(What::Number) => {
            let unit = words::unit(word)?;
            let number = line.str(index - 1);
            let start = line.place(index - 1).0;
            return Some(
                at((start, place.1), codes::DURATION, format!("`{number} {word}` is no duration"))
                    .help(format!("write `{number}{unit}`, without a space")),
            );
        }
        _ => {}
    }
    if line.word(index.wrapping_sub(1)) == "not" && line.get(index).is_some() {
        let place = line.place(index - 1);
        return Some(at(place, codes::OPERATOR, "`not` is no operator here").help("write `!`"));
    }
    match line.signs(index) {
        "===" => Some(operator("==", "write")),
        "!==" | "<>" => Some(operator("!=", "write")),
        "=" if index > 2 => Some(operator("==", "to compare write")),
        ":=" => Some(operator("=", "write")),
        "++" => Some(operator("+= 1", "write")),
        "--" => Some(operator("-= 1", "write")),
        "~" | "=~" | "!~" => Some(
            at(place, codes::OPERATOR, format!("{} is no operator here", line.found(index)))
                .help("match a text with a function of regular expressions"),
        ),
        "?" => Some(
            at(place, codes::OPERATOR, "`?` is no operator here")
                .help("write `if CONDITION { a } else { b }`, or `a ?? b` for what may be `()`"),
        ),
        _ => None,
    }
}

/// What stands between the end of a statement and the end of its line: `start..end`, of what begins at `statement`.
pub(in super::super) fn left_over(text: &str, statement: usize, start: usize, end: usize) -> Diagnostic {
    let whole = line(text, statement);
    let index = whole.things.iter().position(|t| t.start >= start);
    let rest = line(text, start);
    if let Some(found) = index.and_then(|i| mistake(&whole, i)) {
        return found;
    }
    let keyword = whole.word(0);
    let first = rest.word(0);
    if let Some(found) = unfinished(&rest) {
        return found;
    }
    if first == "if" && keyword == "step" {
        return at(rest.place(0), codes::LEFT_OVER, "a step has no `if` of its own")
            .help("put the step into `if CONDITION { … }`");
    }
    if words::CLAUSES.contains(&first) || words::PARTS.contains(&first) {
        let message = format!("`{first}` can't stand here");
        return at(rest.place(0), codes::CLAUSE, message).help(clause_help(first));
    }
    if words::BODY.contains(&first) || words::FILE.contains(&first) || words::TEST.contains(&first) {
        let message = format!("`{first}` begins another line, and this one isn't over");
        return at(rest.place(0), codes::LEFT_OVER, message).help("begin a new line, or write `;` between them");
    }
    if let Some(found) = effect_as_value(&whole, index) {
        return found;
    }
    if keyword == "step"
        && let Some(near) = words::near(first, words::CLAUSES).or_else(|| words::near(first, &["every", "when", "per"]))
    {
        let message = format!("`{}` is no clause of a step", shortened(first));
        return at(rest.place(0), codes::LEFT_OVER, message).help(format!("did you mean `{near}`?"));
    }
    if rest.is_sign(0, b'.') && keyword == "step" {
        return at(rest.place(0), codes::LEFT_OVER, "the result of a step can't be taken apart where it is made")
            .help("give the step a name, and read the field from it: `let x = NAME.field`");
    }
    generic(&rest, &whole, keyword, (start, end))
}

/// `let x = call w()`, `x = wait signal(s)`: what stands over begins at `index`.
fn effect_as_value(whole: &Line, index: Option<usize>) -> Option<Diagnostic> {
    let effect = index?.checked_sub(1)?;
    let word = whole.word(effect);
    let sign = effect.checked_sub(1)?;
    if !matches!(word, "call" | "start" | "wait") || !whole.is_sign(sign, b'=') {
        return None;
    }
    let name = whole.word(sign.checked_sub(1)?);
    let rest = shortened(&whole.text[whole.place(effect).0..whole.end]);
    let message = format!("`{word}` is an effect, and every effect is a step");
    Some(at(whole.place(effect), codes::NO_STEP, message).help(format!("write `step {name} = {rest}`")))
}

/// An operator with nothing behind it.
fn unfinished(rest: &Line) -> Option<Diagnostic> {
    let signs = rest.signs(0);
    let operator = matches!(
        signs,
        "+" | "-" | "*" | "/" | "%" | "&&" | "||" | "??" | "==" | "!=" | "<" | ">" | "<=" | ">=" | ".."
    );
    let alone = operator && rest.things.len() == signs.len();
    alone.then(|| {
        at(rest.place(0), codes::MISSING, format!("expected a value behind `{signs}`, found the end of the line")).help(
            "a value may go on in the next line when the line ends in an operator, but not over the end of a block",
        )
    })
}

fn generic(rest: &Line, whole: &Line, keyword: &str, place: (usize, usize)) -> Diagnostic {
    let shown = if super::shape::has_form(keyword) { format!("the `{keyword}`") } else { "the statement".to_owned() };
    let message = format!("{} stands behind the end of {shown}", rest.found(0));
    let end = place.0 + whole.text[place.0..place.1].trim_end().len();
    let found = at((place.0, end), codes::LEFT_OVER, message);
    match rest.what(0) {
        Some(What::Sign(b',')) => found.help("statements are separated by line ends, not by commas"),
        Some(What::Block) => found.help("a map is written `#{ … }`; a block stands behind `if`, `for` and their like"),
        Some(What::Word | What::Number | What::Text | What::Map) => {
            found.help("put an operator between two values, or end the line (or write `;`) between two statements")
        }
        _ => found.help("a statement ends at the end of its line or at `;`"),
    }
}

/// Where a clause or a part of one may stand.
pub(super) fn clause_help(word: &str) -> &'static str {
    match word {
        "every" | "when" => {
            "write it behind `retry N`, or `when` behind a trigger: `retry 3 every 1s..1m when err.kind == \"http\"`"
        }
        "per" => "it belongs to `concurrency N` or to `rate_limit \"20/s\"`",
        "overlap" => "it belongs to `concurrency N per KEY`",
        "with" | "as" | "to" => "it belongs to a trigger: `on KIND(…) as NAME when CONDITION with MAP`",
        "else" => "behind a step it gives a result instead of failing; else it follows the `}` of an `if`",
        _ => "clauses stand behind a step: on its line, or on the lines directly below",
    }
}

/// A value that was meant as a duration and is none: what is wrong, and what to write.
pub(in super::super) fn mistaken_duration(text: &str) -> Option<(String, String)> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|n| *n > 0)?;
    let (number, unit) = text.split_at(digits);
    let known = words::unit(unit)?;
    let message = format!("`{}` is no duration", shortened(text));
    match number.split_once('.') {
        None if known != unit => Some((message, format!("write `{}{known}`", shortened(number)))),
        None => None,
        Some(_) => Some((message, format!("write whole numbers: {}", whole(number, known)))),
    }
}

/// `1.5h` as `1h30m`.
fn whole(number: &str, unit: &str) -> String {
    let smaller = match unit {
        "d" => Some(("h", 24.0)),
        "h" => Some(("m", 60.0)),
        "m" => Some(("s", 60.0)),
        "s" => Some(("ms", 1000.0)),
        _ => None,
    };
    let (Some((small, factor)), Ok(value)) = (smaller, number.parse::<f64>()) else { return "`1h30m`".into() };
    let (big, rest) = (value.trunc(), (value.fract() * factor).round());
    match (big as i64, rest as i64) {
        (0, rest) => format!("`{rest}{small}`"),
        (big, 0) => format!("`{big}{unit}`"),
        (big, rest) => format!("`{big}{unit}{rest}{small}`"),
    }
}
