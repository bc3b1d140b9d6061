//! The names that are visible at a point of a file, with what is known of each. Names bind until the end of their
//! block, and no name is bound where it is visible already.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::ty::Ty;
use crate::source::Span;

/// What made a name visible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    Step,
    Let,
    /// The item or the index of a loop.
    Loop,
    Catch,
    /// Of an action.
    Parameter,
    Constant,
    /// Given by the language: `input`, `run`, `err` of a clause, `event`.
    Given,
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub origin: Origin,
    /// Where it was written; empty for what the language gives.
    pub span: Span,
    pub ty: Ty,
    /// Which line of control owns it: only that one may assign to it.
    pub fiber: u32,
}

impl Binding {
    /// What it is called in a message.
    pub fn what(&self) -> &'static str {
        match self.origin {
            Origin::Step => "a step",
            Origin::Let => "a variable",
            Origin::Loop => "a loop's variable",
            Origin::Catch => "a caught error",
            Origin::Parameter => "a parameter",
            Origin::Constant => "a constant",
            Origin::Given => "given by the language",
        }
    }
}

/// A point in the log of bindings, to which a block goes back at its end.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

#[derive(Debug, Default)]
pub struct Scopes {
    visible: HashMap<Arc<str>, Binding>,
    /// What was bound, in order, and what it hid.
    log: Vec<(Arc<str>, Option<Binding>)>,
}

impl Scopes {
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.visible.get(name)
    }

    pub fn bind(&mut self, name: Arc<str>, binding: Binding) {
        let hidden = self.visible.insert(name.clone(), binding);
        self.log.push((name, hidden));
    }

    /// Binds a name that the language gives.
    pub fn give(&mut self, name: &str, ty: Ty) {
        self.bind(name.into(), Binding { origin: Origin::Given, span: Span::at(0), ty, fiber: 0 });
    }

    pub fn open(&self) -> Mark {
        Mark(self.log.len())
    }

    /// Forgets what was bound since `mark`.
    pub fn close(&mut self, mark: Mark) {
        for (name, hidden) in self.log.drain(mark.0..).rev() {
            match hidden {
                Some(binding) => self.visible.insert(name, binding),
                None => self.visible.remove(&name),
            };
        }
    }

    /// The visible names, sorted, so that suggestions don't depend on hashes.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.visible.keys().map(|n| &**n).collect();
        names.sort_unstable();
        names
    }
}
