//! `parallel` and `race`: their branches, what they give, and what is visible after them. Also assignments, since
//! what a branch may assign to is the question there.

use std::sync::Arc;

use crate::check::checker::{Around, Checker};
use crate::check::globals::twice;
use crate::check::scope::Origin;
use crate::check::ty::{Ty, short};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Arm, Code, Expr, Name, Operator, Parallel, Race, Statement, StatementKind};

impl<'a> Checker<'a> {
    pub fn parallel(&mut self, inner: &'a Parallel, bound: bool) -> Ty {
        self.not_yet("E0601", head(inner.span, "parallel"), "`parallel`", "write its steps one below the other");
        self.names_of(&inner.arms, bound);
        let mut fields: Vec<(Arc<str>, Ty)> = Vec::new();
        let mut visible_after: Vec<(&'a Name, Ty)> = Vec::new();
        for arm in &inner.arms {
            match arm {
                Arm::Branch { name, body, .. } => {
                    let ty = self.branch(Around::Parallel, bound, |c| c.block(body));
                    fields.push((name.text.clone(), ty));
                }
                Arm::Statement(statement) => {
                    if let Some((name, ty)) = self.bare(statement, bound) {
                        fields.push((name.text.clone(), ty.clone()));
                        visible_after.push((name, ty));
                    }
                }
            }
        }
        visible_after.into_iter().for_each(|(name, ty)| self.bind(name, Origin::Step, ty));
        Ty::object(fields)
    }

    /// A statement that is a branch by itself; a step's name and type are given, since it is visible afterwards.
    fn bare(&mut self, statement: &'a Statement, bound: bool) -> Option<(&'a Name, Ty)> {
        let mut ty = Ty::Any;
        let name = match &statement.kind {
            StatementKind::Step(step) => Some(&step.name),
            _ => None,
        };
        self.branch(Around::Parallel, bound, |c| {
            c.statement(statement);
            if let Some(binding) = name.and_then(|name| c.scopes.get(&name.text)) {
                ty = binding.ty.clone();
            }
        });
        name.map(|name| (name, ty))
    }

    pub fn race(&mut self, inner: &'a Race, bound: bool) -> Ty {
        self.not_yet(
            "E0601",
            head(inner.span, "race"),
            "`race`",
            "give a step a `timeout` where it raced with a `sleep`",
        );
        self.names_of(&inner.arms, true);
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut value: Option<Ty> = None;
        for arm in &inner.arms {
            let ty = match arm {
                Arm::Branch { name, body, .. } => {
                    names.push(name.text.clone());
                    self.branch(Around::Race, bound, |c| c.block(body))
                }
                Arm::Statement(statement) => {
                    let error = Diagnostic::error("E0412", statement.span, "a `race` is between branches");
                    self.tell(error.help("write `branch name { … }` around it"));
                    self.branch(Around::Race, bound, |c| c.statement(statement))
                }
            };
            value = Some(value.map_or(ty.clone(), |v| v.join(&ty)));
        }
        Ty::fields([("branch", Ty::OneOf(names.into())), ("value", value.unwrap_or(Ty::Unit))])
    }

    /// A branch that ends without `yield` gives `()`.
    fn branch(&mut self, around: Around, bound: bool, inside: impl FnOnce(&mut Self)) -> Ty {
        let yields = self.within(around, bound, |c| c.apart(inside));
        yields.map_or(Ty::Unit, |ty| ty.join(&Ty::Unit))
    }

    /// Branches of one block have names of their own; where its value is bound, steps count as well.
    fn names_of(&mut self, arms: &'a [Arm], with_steps: bool) {
        let names = arms.iter().filter_map(|arm| match arm {
            Arm::Branch { name, .. } => Some(name),
            Arm::Statement(Statement { kind: StatementKind::Step(step), .. }) if with_steps => Some(&step.name),
            Arm::Statement(_) => None,
        });
        let mut found = Vec::new();
        twice(&mut found, "branch", names);
        self.findings.extend(found);
    }

    pub fn assign(&mut self, root: &'a Name, target: Code, operator: &'a Operator, value: Expr) {
        let whole = target.span.to(value.span());
        match value {
            Expr::Duration { span, .. } if target.span != root.span || &*operator.text != "=" => {
                let error = Diagnostic::error("E0501", span, "a duration stands alone in a value");
                let text = self.source.slice(span).to_string();
                self.tell(error.help(format!("write `duration(\"{text}\")`")));
            }
            Expr::Duration { .. } => self.reads(whole, root),
            Expr::Code(code) => {
                self.assignment(Code { span: whole }, root);
                self.assigned_secret(root, code);
            }
        }
        self.assignable(root);
    }

    fn assignable(&mut self, root: &'a Name) {
        let Some(binding) = self.scopes.get(&root.text) else { return };
        if self.torn && binding.origin == Origin::Given {
            // The parser has told that this word is no variable.
            return;
        }
        let name = short(&root.text);
        if binding.origin != Origin::Let {
            let error =
                Diagnostic::error("E0414", root.span, format!("`{name}` can't be changed: it is {}", binding.what()));
            let error = if binding.span.is_empty() { error } else { error.label(binding.span, "bound here") };
            return self
                .tell(error.help(format!("bind a name of your own, and change that: `let new_{name} = {name}`")));
        }
        if binding.fiber != self.body.fiber {
            let message = format!("`{name}` belongs to what is outside of this branch, and branches run at once");
            let error = Diagnostic::error("E0411", root.span, message).label(binding.span, "bound here");
            self.tell(error.help("`yield` the value, and use the block's value after it: `let all = parallel { … }`"));
        }
    }
}

/// The word that opens the block, where the block's span begins with it.
fn head(span: Span, word: &str) -> Span {
    Span::new(span.start, (span.start + word.len() as u32).min(span.end))
}
