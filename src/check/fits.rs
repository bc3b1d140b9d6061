//! Whether a value of one type may stand where another is asked for. Where too little is known it may.

use std::sync::Arc;

use crate::check::ty::{Kind, Object, Ty};
use crate::diag::near;

/// Why a value doesn't fit.
#[derive(Clone, PartialEq, Debug)]
pub struct Misfit {
    /// The place within the value: empty, `.field`, `[…].field`.
    pub path: String,
    pub why: Why,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Why {
    Unlike { expected: Ty, found: Ty },
    Missing { field: Arc<str> },
    Strange { field: Arc<str>, near: Option<Arc<str>> },
    NotOneOf { word: Arc<str>, words: Arc<[Arc<str>]> },
}

impl Misfit {
    /// One sentence without its subject: `expected int, found string`.
    pub fn sentence(&self) -> String {
        let at = if self.path.is_empty() { String::new() } else { format!(" at `{}`", self.path) };
        match &self.why {
            Why::Unlike { expected, found } => format!("expected `{expected}`, found `{found}`{at}"),
            Why::Missing { field } => format!("the field `{field}` is missing{at}"),
            Why::Strange { field, .. } => format!("there is no field `{field}`{at}"),
            Why::NotOneOf { word, words } => {
                format!("`\"{word}\"` is not one of `{}`{at}", Ty::OneOf(words.clone()))
            }
        }
    }

    /// What to write instead, where that is known.
    pub fn help(&self) -> Option<String> {
        match &self.why {
            Why::Unlike { expected: Ty::Datetime, found } if found.kind() == Some(Kind::Text) => {
                Some("write `datetime(\"2026-11-22T01:30:00Z\")`".into())
            }
            Why::Unlike { expected: Ty::Duration, found } if found.kind() == Some(Kind::Text) => {
                Some("write a duration without quotes (`90s`), or `duration(\"90s\")` within an expression".into())
            }
            Why::Unlike { expected: Ty::Duration, found } if found.kind() == Some(Kind::Number) => {
                Some("write a duration with its unit, such as `30s`".into())
            }
            Why::Unlike { expected: Ty::String, found: Ty::Int | Ty::Float | Ty::Bool } => {
                Some("make a text of it with `${…}` in backticks".into())
            }
            Why::Unlike { expected: Ty::Secret, .. } => Some("a secret is written `secret(\"NAME\")`".into()),
            Why::Unlike { .. } | Why::Missing { .. } => None,
            Why::Strange { near, .. } => near.as_ref().map(|n| crate::diag::did_you_mean(n)),
            Why::NotOneOf { word, words } => {
                near(word, words.iter().map(|w| &**w)).map(|n| crate::diag::did_you_mean(&format!("\"{n}\"")))
            }
        }
    }

    fn within(mut self, outer: &str) -> Misfit {
        self.path.insert_str(0, outer);
        self
    }
}

/// Whether `found` may stand for `expected`. A `T?` fits where `T` is asked for: whether it is there is known
/// only when it runs.
pub fn fits(expected: &Ty, found: &Ty) -> Result<(), Misfit> {
    let unlike =
        || Err(Misfit { path: String::new(), why: Why::Unlike { expected: expected.clone(), found: found.clone() } });
    match (expected, found) {
        (Ty::Any | Ty::Veiled, _) | (_, Ty::Any | Ty::Veiled) | (Ty::Optional(_), Ty::Unit) => Ok(()),
        (Ty::Optional(of), _) => fits(&of.ty, found),
        (_, Ty::Optional(of)) => fits(expected, &of.ty),
        (Ty::Float, Ty::Int) | (Ty::String, Ty::Literal(_) | Ty::OneOf(_)) | (Ty::OneOf(_), Ty::String) => Ok(()),
        (Ty::OneOf(words), Ty::Literal(word)) => one_of(words, word),
        (Ty::OneOf(words), Ty::OneOf(others)) => others.iter().try_for_each(|word| one_of(words, word)),
        (Ty::Literal(_), _) if found.kind() == Some(Kind::Text) => Ok(()),
        (Ty::List(a), Ty::List(b)) => fits(&a.ty, &b.ty).map_err(|m| m.within("[…]")),
        (Ty::Map(a), Ty::Map(b)) => fits(&a.ty, &b.ty),
        (Ty::Map(a), Ty::Object(b)) => {
            b.fields.iter().try_for_each(|(name, ty)| fits(&a.ty, ty).map_err(|m| m.within(&format!(".{name}"))))
        }
        (Ty::Object(_), Ty::Map(_)) => Ok(()),
        (Ty::Object(a), Ty::Object(b)) => object_fits(a, b),
        _ if expected == found => Ok(()),
        _ => unlike(),
    }
}

fn one_of(words: &Arc<[Arc<str>]>, word: &Arc<str>) -> Result<(), Misfit> {
    if words.contains(word) {
        return Ok(());
    }
    Err(Misfit { path: String::new(), why: Why::NotOneOf { word: word.clone(), words: words.clone() } })
}

fn object_fits(expected: &Object, found: &Object) -> Result<(), Misfit> {
    let misfit = |why| Err(Misfit { path: String::new(), why });
    if let Some(field) = found.fields.keys().find(|name| !expected.fields.contains_key(*name)) {
        let near = near(field, expected.fields.keys().map(|k| &**k)).map(Arc::from);
        return misfit(Why::Strange { field: field.clone(), near });
    }
    for (name, ty) in &expected.fields {
        match found.fields.get(name) {
            Some(given) => fits(ty, given).map_err(|m| m.within(&format!(".{name}")))?,
            None if matches!(ty, Ty::Any | Ty::Veiled | Ty::Unit | Ty::Optional(_)) => {}
            None => return misfit(Why::Missing { field: name.clone() }),
        }
    }
    Ok(())
}

/// Whether `==` between the two says anything: `()` may be compared with all, `any` as well.
pub fn comparable(a: &Ty, b: &Ty) -> bool {
    match (a.kind(), b.kind()) {
        (None, _) | (_, None) | (Some(Kind::Unit), _) | (_, Some(Kind::Unit)) => true,
        (Some(a), Some(b)) => a == b,
    }
}

/// Whether `<` between the two has a meaning.
pub fn ordered(a: &Ty, b: &Ty) -> bool {
    match (a.kind(), b.kind()) {
        (Some(Kind::Unit), _) | (_, Some(Kind::Unit)) => false,
        (None, _) | (_, None) => true,
        (Some(a), Some(b)) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(expected: &Ty, found: &Ty) -> String {
        fits(expected, found).map_or_else(|m| m.sentence(), |()| "fits".into())
    }

    #[test]
    fn what_fits_and_what_does_not() {
        let words: Ty = Ty::OneOf(Arc::from(["rolling".into(), "all".into()]));
        let object = Ty::fields([("a", Ty::Int), ("b", Ty::optional(Ty::String))]);
        for (expected, found, says) in [
            (&Ty::Float, &Ty::Int, "fits"),
            (&Ty::Int, &Ty::Float, "expected `int`, found `float`"),
            (&Ty::Int, &Ty::Any, "fits"),
            (&Ty::Int, &Ty::optional(Ty::Int), "fits"),
            (&Ty::optional(Ty::Int), &Ty::Unit, "fits"),
            (&Ty::Int, &Ty::Unit, "expected `int`, found `()`"),
            (&words, &Ty::Literal("al".into()), "`\"al\"` is not one of `\"rolling\" | \"all\"`"),
            (&words, &Ty::String, "fits"),
            (&object, &Ty::fields([("a", Ty::Int)]), "fits"),
            (&object, &Ty::fields([]), "the field `a` is missing"),
            (&object, &Ty::fields([("a", Ty::Int), ("c", Ty::Int)]), "there is no field `c`"),
            (
                &Ty::list(object.clone()),
                &Ty::list(Ty::fields([("a", Ty::Bool)])),
                "expected `int`, found `bool` at `[…].a`",
            ),
        ] {
            assert_eq!(sentence(expected, found), says, "{expected} from {found}");
        }
    }
}
