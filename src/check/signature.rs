//! What something that is called asks for: its parameters by name, in order, and how many of them may be given
//! by their place alone.

use std::sync::Arc;

use crate::check::ty::Ty;

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Arc<str>,
    pub takes: Takes,
    pub required: bool,
}

/// What an argument is.
#[derive(Clone, Debug)]
pub enum Takes {
    Value(Ty),
    /// The same, whose items are given to a program: texts, numbers and bools.
    Scalars(Ty),
    /// An action to be performed (`notify: slack.post(…)`), with the names that are in scope of its arguments.
    Action(Vec<(Arc<str>, Ty)>),
    /// `fields: { note: string }`
    Fields,
    /// An expression over names of its own (`items: fetched.items`).
    Over(Vec<(Arc<str>, Ty)>),
}

#[derive(Clone, Debug, Default)]
pub struct Signature {
    pub parameters: Vec<Parameter>,
    /// How many of the parameters, from the first, may be given without a name.
    pub by_place: usize,
    /// Parameters of which at most one may be given.
    pub exclusive: &'static [&'static str],
}

impl Signature {
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| &*p.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|p| &*p.name)
    }

    /// The parameter that the argument at `place` means, if it may be given so.
    pub fn at(&self, place: usize) -> Option<&Parameter> {
        self.parameters.get(place).filter(|_| place < self.by_place)
    }

    /// The same with one more parameter that need not be given.
    #[must_use]
    pub fn optional(self, name: &str, ty: Ty) -> Signature {
        self.with(name, Takes::Value(ty), false)
    }

    /// The same with one more parameter that must be given.
    #[must_use]
    pub fn required(self, name: &str, ty: Ty) -> Signature {
        self.with(name, Takes::Value(ty), true)
    }

    #[must_use]
    pub fn with(mut self, name: &str, takes: Takes, required: bool) -> Signature {
        self.parameters.push(Parameter { name: name.into(), takes, required });
        self
    }

    #[must_use]
    pub fn by_place(mut self, count: usize) -> Signature {
        self.by_place = count;
        self
    }

    #[must_use]
    pub fn exclusive(mut self, names: &'static [&'static str]) -> Signature {
        self.exclusive = names;
        self
    }
}
