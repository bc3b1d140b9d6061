//! What is known of a value before anything runs: a type, or nothing (`Any`), of which nothing is said.
//!
//! These are the declared types plus what inference needs (a text known in full). They share their parts and are
//! of bounded size, so that no file makes a type that is expensive to look at.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::model::Type;

/// The most parts a type may have (the limit `type size`); a larger one is `Any`.
const MAX_PARTS: u32 = 512;

#[derive(Clone, PartialEq, Debug, Default)]
pub enum Ty {
    /// Nothing is known, so nothing is said against it.
    #[default]
    Any,
    /// Nothing is known but that a secret may be in it.
    Veiled,
    Unit,
    Bool,
    Int,
    Float,
    String,
    /// A text that is known in full.
    Literal(Arc<str>),
    /// One of a declared set of texts.
    OneOf(Arc<[Arc<str>]>),
    Datetime,
    Duration,
    Secret,
    List(Arc<Part>),
    Map(Arc<Part>),
    Object(Arc<Object>),
    Optional(Arc<Part>),
}

/// The type within another one, with the count of its parts.
#[derive(PartialEq, Debug)]
pub struct Part {
    pub ty: Ty,
    parts: u32,
}

/// The fields of a map that are known by name: there are no others.
#[derive(PartialEq, Debug)]
pub struct Object {
    pub fields: BTreeMap<Arc<str>, Ty>,
    parts: u32,
}

/// What kind of thing a value is: values of unlike kinds are never equal and can't be ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Unit,
    Bool,
    Number,
    Text,
    Datetime,
    Duration,
    Secret,
    List,
    Map,
}

impl Ty {
    pub fn list(of: Ty) -> Ty {
        Ty::nested(of, Ty::List)
    }

    pub fn map(of: Ty) -> Ty {
        Ty::nested(of, Ty::Map)
    }

    /// `T?`
    pub fn optional(of: Ty) -> Ty {
        match of {
            Ty::Any | Ty::Veiled | Ty::Unit | Ty::Optional(_) => of,
            other => Ty::nested(other, Ty::Optional),
        }
    }

    fn nested(of: Ty, wrap: fn(Arc<Part>) -> Ty) -> Ty {
        let parts = of.parts() + 1;
        if parts > MAX_PARTS { Ty::unknown(of.holds_secret()) } else { wrap(Arc::new(Part { ty: of, parts })) }
    }

    pub fn object(fields: impl IntoIterator<Item = (Arc<str>, Ty)>) -> Ty {
        let fields: BTreeMap<Arc<str>, Ty> = fields.into_iter().collect();
        let parts = fields.values().fold(1_u32, |n, ty| n.saturating_add(ty.parts()));
        match parts > MAX_PARTS {
            true => Ty::unknown(fields.values().any(Ty::holds_secret)),
            false => Ty::Object(Arc::new(Object { fields, parts })),
        }
    }

    /// The type of what nothing is known of, but for whether a secret may be in it.
    pub fn unknown(secret: bool) -> Ty {
        if secret { Ty::Veiled } else { Ty::Any }
    }

    /// The same type, where a secret may be in whatever is unknown of it.
    #[must_use]
    pub fn veiled(&self) -> Ty {
        match self {
            Ty::Any => Ty::Veiled,
            Ty::List(of) => Ty::list(of.ty.veiled()),
            Ty::Map(of) => Ty::map(of.ty.veiled()),
            Ty::Optional(of) => Ty::optional(of.ty.veiled()),
            Ty::Object(object) => Ty::object(object.fields.iter().map(|(name, ty)| (name.clone(), ty.veiled()))),
            other => other.clone(),
        }
    }

    /// An object of fields whose names are fixed in the language.
    pub fn fields<const N: usize>(fields: [(&str, Ty); N]) -> Ty {
        Ty::object(fields.map(|(name, ty)| (Arc::from(name), ty)))
    }

    fn parts(&self) -> u32 {
        match self {
            Ty::List(part) | Ty::Map(part) | Ty::Optional(part) => part.parts,
            Ty::Object(object) => object.parts,
            _ => 1,
        }
    }

    /// The kind, where one is known; of `T?` it is that of `T`.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Ty::Any | Ty::Veiled => None,
            Ty::Unit => Some(Kind::Unit),
            Ty::Bool => Some(Kind::Bool),
            Ty::Int | Ty::Float => Some(Kind::Number),
            Ty::String | Ty::Literal(_) | Ty::OneOf(_) => Some(Kind::Text),
            Ty::Datetime => Some(Kind::Datetime),
            Ty::Duration => Some(Kind::Duration),
            Ty::Secret => Some(Kind::Secret),
            Ty::List(_) => Some(Kind::List),
            Ty::Map(_) | Ty::Object(_) => Some(Kind::Map),
            Ty::Optional(of) => of.ty.kind(),
        }
    }

    /// The type without `?`.
    pub fn present(&self) -> &Ty {
        match self {
            Ty::Optional(of) => &of.ty,
            other => other,
        }
    }

    /// The type without the exact text: what a variable that was given this value holds.
    #[must_use]
    pub fn widened(self) -> Ty {
        match self {
            Ty::Literal(_) => Ty::String,
            other => other,
        }
    }

    /// Whether a secret is known to be in it.
    pub fn holds_secret(&self) -> bool {
        match self {
            Ty::Secret | Ty::Veiled => true,
            Ty::List(of) | Ty::Map(of) | Ty::Optional(of) => of.ty.holds_secret(),
            Ty::Object(object) => object.fields.values().any(Ty::holds_secret),
            _ => false,
        }
    }

    /// What a value is that may be of either type.
    #[must_use]
    pub fn join(&self, other: &Ty) -> Ty {
        match (self, other) {
            _ if self == other => self.clone(),
            (Ty::Any | Ty::Veiled, _) | (_, Ty::Any | Ty::Veiled) => {
                Ty::unknown(self.holds_secret() || other.holds_secret())
            }
            (Ty::Unit, ty) | (ty, Ty::Unit) => Ty::optional(ty.clone()),
            (Ty::Optional(a), Ty::Optional(b)) => Ty::optional(a.ty.join(&b.ty)),
            (Ty::Optional(a), b) | (b, Ty::Optional(a)) => Ty::optional(a.ty.join(b)),
            (Ty::Int, Ty::Float) | (Ty::Float, Ty::Int) => Ty::Float,
            (Ty::List(a), Ty::List(b)) => Ty::list(a.ty.join(&b.ty)),
            (Ty::Map(a), Ty::Map(b)) => Ty::map(a.ty.join(&b.ty)),
            (Ty::Map(a), Ty::Object(b)) | (Ty::Object(b), Ty::Map(a)) => {
                Ty::map(b.fields.values().fold(a.ty.clone(), |ty, field| ty.join(field)))
            }
            (Ty::Object(a), Ty::Object(b)) => join_objects(a, b),
            _ if self.kind() == Some(Kind::Text) && other.kind() == Some(Kind::Text) => Ty::String,
            _ => Ty::unknown(self.holds_secret() || other.holds_secret()),
        }
    }
}

/// Every field that either has; one that only one has may be `()`.
fn join_objects(a: &Object, b: &Object) -> Ty {
    let ours = a.fields.iter().map(|(name, ty)| {
        let joined = b.fields.get(name).map_or_else(|| Ty::optional(ty.clone()), |other| ty.join(other));
        (name.clone(), joined)
    });
    let theirs = b.fields.iter().filter(|(name, _)| !a.fields.contains_key(*name));
    Ty::object(ours.chain(theirs.map(|(name, ty)| (name.clone(), Ty::optional(ty.clone())))).collect::<Vec<_>>())
}

impl From<&Type> for Ty {
    fn from(ty: &Type) -> Ty {
        match ty {
            Type::Any => Ty::Any,
            Type::String => Ty::String,
            Type::Int => Ty::Int,
            Type::Float => Ty::Float,
            Type::Bool => Ty::Bool,
            Type::Datetime => Ty::Datetime,
            Type::Duration => Ty::Duration,
            Type::Secret => Ty::Secret,
            Type::Unit => Ty::Unit,
            Type::List(of) => Ty::list(Ty::from(&**of)),
            Type::Map(of) => Ty::map(Ty::from(&**of)),
            Type::Object(fields) => Ty::object(fields.iter().map(|(name, ty)| (name.clone(), Ty::from(ty)))),
            Type::OneOf(words) if words.len() > MAX_PARTS as usize => Ty::String,
            Type::OneOf(words) => Ty::OneOf(words.as_slice().into()),
            Type::Optional(of) => Ty::optional(Ty::from(&**of)),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Any | Ty::Veiled => f.write_str("any"),
            Ty::Unit => f.write_str("()"),
            Ty::Bool => f.write_str("bool"),
            Ty::Int => f.write_str("int"),
            Ty::Float => f.write_str("float"),
            Ty::String => f.write_str("string"),
            Ty::Literal(text) => write!(f, "\"{}\"", short(text)),
            Ty::OneOf(words) => {
                let quoted: Vec<String> = words.iter().map(|w| format!("\"{}\"", short(w))).collect();
                f.write_str(&quoted.join(" | "))
            }
            Ty::Datetime => f.write_str("datetime"),
            Ty::Duration => f.write_str("duration"),
            Ty::Secret => f.write_str("secret"),
            Ty::List(of) => write!(f, "list<{}>", of.ty),
            Ty::Map(of) => write!(f, "map<{}>", of.ty),
            Ty::Object(object) => show_object(object, f),
            Ty::Optional(of) => match of.ty {
                Ty::OneOf(_) => write!(f, "({})?", of.ty),
                _ => write!(f, "{}?", of.ty),
            },
        }
    }
}

/// How many fields of an object a message shows.
const MAX_SHOWN_FIELDS: usize = 8;

fn show_object(object: &Object, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if object.fields.is_empty() {
        return f.write_str("{ }");
    }
    let shown = object.fields.iter().take(MAX_SHOWN_FIELDS).map(|(name, ty)| format!("{name}: {ty}"));
    let more = if object.fields.len() > MAX_SHOWN_FIELDS { ", …" } else { "" };
    write!(f, "{{ {}{more} }}", shown.collect::<Vec<_>>().join(", "))
}

/// A text in a message: its first forty characters.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_holds_both() {
        let a = Ty::fields([("x", Ty::Int), ("y", Ty::String)]);
        let b = Ty::fields([("x", Ty::Float), ("z", Ty::Bool)]);
        assert_eq!(a.join(&b).to_string(), "{ x: float, y: string?, z: bool? }");
        assert_eq!(Ty::Int.join(&Ty::Unit).to_string(), "int?");
        assert_eq!(Ty::Int.join(&Ty::String), Ty::Any);
        assert_eq!(Ty::Secret.join(&Ty::String), Ty::Veiled);
        assert_eq!(Ty::Any.join(&Ty::list(Ty::Secret)), Ty::Veiled);
        assert_eq!(Ty::Secret.join(&Ty::Unit).to_string(), "secret?");
        assert_eq!(Ty::Literal("a".into()).join(&Ty::Literal("b".into())), Ty::String);
        assert_eq!(Ty::map(Ty::String).join(&Ty::fields([])).to_string(), "map<string>");
    }

    #[test]
    fn no_type_grows_without_bound() {
        let mut ty = Ty::fields([("a", Ty::Int), ("b", Ty::Int)]);
        for _ in 0..10_000 {
            ty = Ty::object([("a".into(), ty.clone()), ("b".into(), ty)]);
            assert!(ty.parts() <= MAX_PARTS);
        }
        let deep = (0..100_000).fold(Ty::Int, |ty, _| Ty::list(ty));
        assert!(deep.to_string().len() < 10_000);
    }
}
