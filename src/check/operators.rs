//! What operators give, and between which types they have no meaning.

use crate::check::fits::{comparable, fits, ordered};
use crate::check::ty::{Kind, Ty, short};
use crate::diag::{Code, did_you_mean, near};

/// Why an operator has no meaning, and what its value counts as all the same.
#[derive(Debug)]
pub struct Complaint {
    pub code: Code,
    pub message: String,
    pub help: Option<String>,
    pub ty: Ty,
}

/// The type of `a op b`.
pub fn result(op: &str, a: &Ty, b: &Ty) -> Result<Ty, Complaint> {
    let secret = [a, b].into_iter().any(|ty| *ty.present() == Ty::Secret);
    let unit = [a, b].into_iter().any(|ty| *ty == Ty::Unit);
    if secret && op != "+" && !unit {
        let message = format!("`{op}` would read a secret, whose value is filled in only as a step is performed");
        let help = Some("compare it where it is used, or ask only whether it is there: `!= ()`".into());
        return Err(Complaint { code: "E0309", message, help, ty: Ty::Any });
    }
    match op {
        "==" | "!=" => equality(op, a, b),
        "<" | "<=" | ">" | ">=" => ordering(op, a, b),
        "+" | "-" | "*" | "/" | "%" | "**" => arithmetic(op, a, b),
        _ => Ok(Ty::Any),
    }
}

fn equality(op: &str, a: &Ty, b: &Ty) -> Result<Ty, Complaint> {
    if !comparable(a, b) {
        let help = match (a.kind(), b.kind()) {
            (Some(Kind::Text), Some(Kind::Number)) | (Some(Kind::Number), Some(Kind::Text)) => {
                Some("make a number of the text with `.parse_int()` or `parse_json(…)`".into())
            }
            _ => None,
        };
        let message = format!("`{op}` between `{a}` and `{b}`: unlike types are never equal");
        return Err(Complaint { code: "E0303", message, help, ty: Ty::Bool });
    }
    for (set, text) in [(a, b), (b, a)] {
        if let (Ty::OneOf(words), Ty::Literal(word)) = (set.present(), text)
            && fits(set, text).is_err()
        {
            let help = near(word, words.iter().map(|w| &**w)).map(|w| did_you_mean(&format!("\"{w}\"")));
            let message = format!("this is never `\"{}\"`: it is one of `{}`", short(word), set.present());
            return Err(Complaint { code: "E0303", message, help, ty: Ty::Bool });
        }
    }
    Ok(Ty::Bool)
}

fn ordering(op: &str, a: &Ty, b: &Ty) -> Result<Ty, Complaint> {
    if ordered(a, b) {
        return Ok(Ty::Bool);
    }
    let message = format!("`{op}` between `{a}` and `{b}`: unlike types have no order");
    Err(Complaint { code: "E0303", message, help: None, ty: Ty::Bool })
}

fn arithmetic(op: &str, a: &Ty, b: &Ty) -> Result<Ty, Complaint> {
    let (Some(left), Some(right)) = (a.kind(), b.kind()) else {
        let text = op == "+" && [a, b].iter().any(|ty| ty.kind() == Some(Kind::Text));
        return Ok(match a.holds_secret() || b.holds_secret() {
            true => Ty::Veiled,
            false if text => Ty::String,
            false => Ty::Any,
        });
    };
    let (x, y) = (a.present(), b.present());
    let meaning = match (op, left, right) {
        ("+", Kind::Secret, _) | ("+", _, Kind::Secret) => Some(Ty::Secret),
        ("+", Kind::Text, _) | ("+", _, Kind::Text) => Some(Ty::String),
        ("-", Kind::Text, Kind::Text) => Some(Ty::String),
        (_, Kind::Number, Kind::Number) => Some(if *x == Ty::Int && *y == Ty::Int { Ty::Int } else { Ty::Float }),
        ("+" | "-", Kind::Datetime, Kind::Duration) | ("+", Kind::Duration, Kind::Datetime) => Some(Ty::Datetime),
        ("-", Kind::Datetime, Kind::Datetime) => Some(Ty::Duration),
        ("+" | "-" | "%", Kind::Duration, Kind::Duration) => Some(Ty::Duration),
        ("/", Kind::Duration, Kind::Duration) => Some(Ty::Any),
        ("*" | "/", Kind::Duration, Kind::Number) | ("*", Kind::Number, Kind::Duration) => Some(Ty::Duration),
        ("+", Kind::List, _) | ("-", Kind::List, Kind::List) => Some(list_sum(x, y)),
        ("+", Kind::Map, Kind::Map) => Some(Ty::map(Ty::unknown(a.holds_secret() || b.holds_secret()))),
        _ => None,
    };
    meaning.ok_or_else(|| {
        let message = format!("`{op}` has no meaning between `{a}` and `{b}`");
        Complaint { code: "E0309", message, help: None, ty: Ty::Any }
    })
}

fn list_sum(a: &Ty, b: &Ty) -> Ty {
    match (a, b) {
        (Ty::List(_), Ty::List(_)) => a.join(b),
        _ => Ty::list(Ty::unknown(a.holds_secret() || b.holds_secret())),
    }
}
