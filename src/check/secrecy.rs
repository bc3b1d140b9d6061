//! Where secrets go before anything runs: into which functions and names, and what of it people would read.
//!
//! What a value holds is said by its type (`Veiled` where no more is known), which goes through expressions, bindings
//! and blocks as every type does; here is what that alone doesn't say. It errs on the side of a secret: what can't be
//! told apart holds one.

use std::sync::Arc;

use crate::check::checker::Checker;
use crate::check::infer::Reading;
use crate::check::scope::Origin;
use crate::check::signature::{Signature, Takes};
use crate::check::ty::{Ty, short};
use crate::diag::Diagnostic;
use crate::expr::{self, Form, Node, NodeKind};
use crate::model::wrong_secret_name;
use crate::source::Span;
use crate::syntax::ast::{ArgumentValue, Arguments, Code, Name};

/// How many names of a secret's way a message shows.
const MAX_WAY: usize = 6;

/// How often a body is looked at to find which names hold secrets; beyond that all that are assigned to may.
const MAX_LOOKS: usize = 8;

impl<'a> Checker<'a> {
    /// Tells that a secret would reach a place where people read it, and which way it goes.
    pub fn secret_reaches(&mut self, span: Span, place: &str) {
        let mut error = Diagnostic::error("E0313", span, format!("a secret would reach {place}"));
        for (at, through) in self.way(span) {
            error = error.label(at, through);
        }
        self.tell(error.help("give a secret only to the arguments of steps"));
    }

    /// From the place backwards: the names that it goes through, then where it is written.
    fn way(&self, from: Span) -> Vec<(Span, String)> {
        let (mut way, mut next) = (Vec::new(), vec![from]);
        while let Some(at) = next.pop().filter(|_| way.len() < MAX_WAY) {
            let text = self.source.slice(at);
            let trees = [Form::Expression, Form::Script].map(|form| expr::look(text, form, &self.library));
            let Some(tree) = trees.into_iter().find_map(Result::ok) else { continue };
            tree.root.walk(&mut |node| {
                let place = Span::new(at.start + node.range.start as u32, at.start + node.range.end as u32);
                match &node.kind {
                    NodeKind::Call { name, .. } if &*name.text == "secret" && place != from => {
                        way.push((place, "the secret".to_string()));
                    }
                    NodeKind::Call { name, .. } if self.secret_functions.get(&name.text) == Some(&true) => {
                        let defined = self.globals.functions.get(&*name.text).map(|function| function.name.span);
                        way.extend(defined.map(|at| (at, format!("`{}` gives one", short(&name.text)))));
                    }
                    NodeKind::Name(name) => {
                        if let Some((bound, through)) = self.bound_secret(name)
                            && !way.iter().any(|(known, _)| *known == bound)
                        {
                            way.push((bound, format!("it goes through `{}`", short(name))));
                            next.extend(through);
                        }
                    }
                    _ => {}
                }
            });
        }
        way.truncate(MAX_WAY);
        way
    }

    /// Where the name is bound, and what it was bound to, where that holds a secret.
    fn bound_secret(&self, name: &str) -> Option<(Span, Vec<Span>)> {
        let binding = self.scopes.get(name).filter(|b| b.ty.holds_secret() && b.origin != Origin::Given)?;
        Some((binding.span, self.ways.get(&binding.span).cloned().unwrap_or_default()))
    }

    /// A name is assigned to: what it holds may be a secret from then on, and in a loop before that as well.
    pub fn assigned_secret(&mut self, root: &'a Name, value: Code) {
        let Ok(tree) = expr::look(self.source.slice(value.span), Form::Expression, &self.library) else { return };
        let before = self.findings.mark();
        let mut reading = Reading::of(value.span.start, false);
        let holds = self.infer(&tree.root, &mut reading).holds_secret();
        // The whole assignment has been looked at already.
        self.findings.rewind(&before);
        if holds {
            self.body.veiled.insert(&root.text);
            if let Some(binding) = self.scopes.get(&root.text) {
                let through = self.ways.entry(binding.span).or_default();
                if !through.contains(&value.span) {
                    through.push(value.span);
                }
            }
        }
    }

    /// Looks at a body again until it is known which of the names assigned to hold secrets.
    pub fn until_veiled(&mut self, mut look: impl FnMut(&mut Self)) {
        let before = self.findings.mark();
        let fiber = (self.body.fiber, self.body.fibers);
        let bound = self.scopes.open();
        for looks in 1.. {
            let known = self.body.veiled.len();
            look(self);
            if self.body.veiled.len() == known {
                return;
            }
            if looks >= MAX_LOOKS {
                self.body.veiled.extend(&self.body.assigned);
            }
            self.findings.rewind(&before);
            self.scopes.close(bound);
            (self.body.fiber, self.body.fibers) = fiber;
        }
    }

    /// What a function that is given to a method of such a value is called with; none where that holds no secret.
    pub fn veiled_items(&self, receiver: &Ty) -> Option<Ty> {
        if !receiver.holds_secret() {
            return None;
        }
        Some(match receiver.present() {
            Ty::List(of) if of.ty.holds_secret() => of.ty.clone(),
            _ => Ty::Veiled,
        })
    }

    /// The name of a secret that is written out.
    pub fn secret_name(&mut self, args: &[Node], r: &Reading) {
        if let [Node { kind: NodeKind::Text(name), range }] = args
            && let Some(why) = wrong_secret_name(name)
        {
            self.tell(Diagnostic::error("E0314", r.span(range), why));
        }
    }

    /// Whether a function of the file gives secrets whatever it is given: it names one, or reads or calls what does.
    pub fn gives_secret(&mut self, name: &str) -> bool {
        if let Some(known) = self.secret_functions.get(name) {
            return *known;
        }
        let Some(index) = self.globals.functions.keys().position(|known| *known == name) else { return false };
        // In a circle nothing is added by the function itself.
        self.secret_functions.insert(Arc::from(name), false);
        let library = self.library.clone();
        let Some(tree) = library.tree(index) else { return false };
        let (mut named, mut used) = (false, Vec::new());
        tree.root.walk(&mut |node| match &node.kind {
            NodeKind::Call { name, .. } if &*name.text == "secret" => named = true,
            NodeKind::Call { name, .. } | NodeKind::Method { name, .. } => used.push(name.text.clone()),
            NodeKind::Name(name) => used.push(name.clone()),
            _ => {}
        });
        let gives = named || used.iter().any(|name| self.reads_secret(name));
        self.secret_functions.insert(Arc::from(name), gives);
        gives
    }

    fn reads_secret(&mut self, name: &str) -> bool {
        let constant = self.constants.get(name).is_some_and(|value| value.secret().is_some());
        constant || self.gives_secret(name)
    }

    /// Tells secrets among the inputs of another run that are of no type that names a secret.
    pub fn secret_inputs(&mut self, callee: &str, asked: &Signature, given: &Arguments) {
        for argument in &given.list {
            let (ArgumentValue::Expr(value), Some(name)) = (&argument.value, &argument.name) else { continue };
            let takes = asked.parameters.iter().find(|p| *p.name == *name.text).map(|p| &p.takes);
            let Some(Takes::Value(ty)) = takes else { continue };
            if !ty.holds_secret() && self.secrets.contains(&value.span()) {
                let name = short(&name.text);
                self.secret_reaches(value.span(), &format!("the input `{name}` of {callee}, which is no `secret`"));
            }
        }
    }
}
