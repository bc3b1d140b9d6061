//! What the functions and properties of expressions take and give, as far as it is known before anything runs.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::check::fits::fits;
use crate::check::ty::{Kind, Ty};
use crate::expr::{self, Parameter, Signature};

/// Why a call of a built-in function can't be.
#[derive(Debug, PartialEq)]
pub enum Wrong {
    /// It takes this many arguments, the receiver counted.
    Count(usize, usize),
    /// The argument at this place: what it may be, and what it is.
    Argument(usize, String, Ty),
}

fn named(name: &str) -> &'static [&'static Signature] {
    static ALL: OnceLock<HashMap<&'static str, Vec<&'static Signature>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all: HashMap<&'static str, Vec<&'static Signature>> = HashMap::new();
        expr::builtins().iter().for_each(|signature| all.entry(signature.name).or_default().push(signature));
        all
    });
    all.get(name).map_or(&[], Vec::as_slice)
}

/// Whether there is a built-in function of that name.
pub fn is_known(name: &str) -> bool {
    !named(name).is_empty()
}

/// The names of all built-in functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    expr::builtins().iter().map(|signature| signature.name)
}

/// The property `name` of a value that is no map; none where there is no such property.
pub fn property(of: &Ty, name: &str) -> Option<Ty> {
    let kind = match of.kind()? {
        Kind::Datetime => "datetime",
        Kind::Duration => "duration",
        _ => return None,
    };
    expr::fields_of(kind).contains(&name).then_some(Ty::Int)
}

/// What a built-in function gives for arguments of these types; `script` says that it may change its receiver.
pub fn result(name: &str, given: &[Ty], script: bool) -> Result<Ty, Wrong> {
    let all = named(name);
    let counted: Vec<&&Signature> = all.iter().filter(|s| (s.least..=s.params.len()).contains(&given.len())).collect();
    let Some(first) = counted.first() else {
        let least = all.iter().map(|s| s.least).min().unwrap_or(0);
        let most = all.iter().map(|s| s.params.len()).max().unwrap_or(0);
        return Err(Wrong::Count(least, most));
    };
    let fitting: Vec<&&&Signature> = counted.iter().filter(|s| misplaced(s, given).is_none()).collect();
    match fitting.as_slice() {
        [] => {
            // The one for this receiver tells best what is wrong.
            let nearest = counted.iter().find(|s| misplaced(s, given) != Some(0)).unwrap_or(first);
            let place = misplaced(nearest, given).unwrap_or(0);
            Err(Wrong::Argument(
                place,
                admitted(nearest.params.get(place)),
                given.get(place).cloned().unwrap_or_default(),
            ))
        }
        [first, rest @ ..] => {
            let start = given_by(first, given, script);
            let ty = rest.iter().fold(start, |ty, s| ty.join(&given_by(s, given, script)));
            // What it gives is made of what it was given.
            Ok(if given.iter().any(Ty::holds_secret) { ty.veiled() } else { ty })
        }
    }
}

/// The functions that give a secret for a secret, and a text for a text.
const SEALING: [&str; 4] = ["base64", "hmac_sha256", "sha256", "url_encode"];

fn sealing(given: &[Ty]) -> Ty {
    if given.iter().any(|ty| *ty.present() == Ty::Secret) {
        return Ty::Secret;
    }
    if given.iter().any(Ty::holds_secret) { Ty::Veiled } else { Ty::String }
}

/// The place of the first argument that the function doesn't take.
fn misplaced(signature: &Signature, given: &[Ty]) -> Option<usize> {
    signature.params.iter().zip(given).position(|(parameter, ty)| !takes(parameter, ty))
}

fn takes(parameter: &Parameter, ty: &Ty) -> bool {
    match parameter {
        Parameter::Any => true,
        Parameter::Function => matches!(ty, Ty::Any | Ty::Veiled),
        Parameter::OneOf(types) => types.iter().any(|t| fits(&Ty::from(t), ty).is_ok()),
        Parameter::RangeOr(types) => {
            matches!(ty.kind(), Some(Kind::List)) || types.iter().any(|t| fits(&Ty::from(t), ty).is_ok())
        }
    }
}

fn admitted(parameter: Option<&Parameter>) -> String {
    match parameter {
        None | Some(Parameter::Any) => "any value".into(),
        Some(Parameter::Function) => "a function such as `|x| x + 1`".into(),
        Some(Parameter::OneOf(types) | Parameter::RangeOr(types)) => {
            types.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn given_by(signature: &Signature, given: &[Ty], script: bool) -> Ty {
    let receiver = given.first().map_or(&Ty::Any, Ty::present);
    if signature.changes && !script {
        return changed(signature.name, receiver);
    }
    match (receiver, signature.name) {
        (_, name) if SEALING.contains(&name) => sealing(given),
        (Ty::List(_), "filter" | "take" | "skip" | "extract" | "sub_list") => receiver.clone(),
        (Ty::List(item), "first" | "last" | "find" | "min" | "max" | "get" | "pop" | "shift") => {
            Ty::optional(item.ty.clone())
        }
        (Ty::List(_), "chunk") => Ty::list(receiver.clone()),
        (Ty::Map(of), "values") => Ty::list(of.ty.clone()),
        (Ty::Map(_) | Ty::Object(_), "keys") => Ty::list(Ty::String),
        (_, "parse_csv") => Ty::list(Ty::map(Ty::String)),
        _ => Ty::from(&signature.result),
    }
}

/// The type of a receiver that a method has changed.
fn changed(name: &str, receiver: &Ty) -> Ty {
    let same = ["sort", "sort_by", "reverse", "dedup", "retain", "truncate", "clear", "remove", "drain", "chop"];
    match receiver {
        Ty::List(_) if same.contains(&name) => receiver.clone(),
        Ty::List(_) => Ty::list(Ty::unknown(receiver.holds_secret())),
        Ty::Map(_) | Ty::Object(_) => Ty::map(Ty::unknown(receiver.holds_secret())),
        other if other.kind() == Some(Kind::Text) => Ty::String,
        other => other.clone().widened(),
    }
}
