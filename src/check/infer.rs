//! The type of an expression, from the types of the names that it reads; unknown names, fields and functions in it
//! are told on the way.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use crate::check::checker::Checker;
use crate::check::operators::{self, Complaint};
use crate::check::results;
use crate::check::scope::Origin;
use crate::check::ty::{Kind, Ty, short};
use crate::diag::{Diagnostic, did_you_mean};
use crate::expr::{Node, NodeKind, Word};
use crate::source::Span;

/// The expression that is looked at.
#[derive(Debug)]
pub struct Reading {
    /// Where its text begins in the file's space.
    pub start: u32,
    /// The bound names that it reads, with where each was bound.
    pub names: Vec<(Arc<str>, Span)>,
    pub seen: HashSet<Span>,
    /// Whether it is a script or a function: there methods may change their receivers.
    pub script: bool,
    /// Names that the text binds itself and that may hold a secret.
    pub locals: Vec<(Arc<str>, Ty)>,
}

impl Reading {
    pub fn of(start: u32, script: bool) -> Reading {
        Reading { start, names: Vec::new(), seen: HashSet::new(), script, locals: Vec::new() }
    }

    pub fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.start + range.start as u32, self.start + range.end as u32)
    }
}

impl Checker<'_> {
    /// The type of a part. Every part within it is looked at exactly once.
    pub fn infer(&mut self, node: &Node, r: &mut Reading) -> Ty {
        match &node.kind {
            NodeKind::Unit => Ty::Unit,
            NodeKind::Bool(_) => Ty::Bool,
            NodeKind::Int(_) => Ty::Int,
            NodeKind::Float(_) => Ty::Float,
            NodeKind::Char(_) => Ty::String,
            NodeKind::Text(text) => self.text(node, text, r),
            NodeKind::Name(name) => self.name(node, name, r),
            NodeKind::Local(name) => {
                let local = r.locals.iter().rev().find(|(known, _)| known == name);
                local.map_or(Ty::Any, |(_, ty)| ty.clone())
            }
            NodeKind::This => Ty::Any,
            NodeKind::Field { base, name, .. } => {
                let of = self.infer(base, r);
                self.field(&of, &name.text, r.span(&name.range))
            }
            NodeKind::Index { base, index, .. } => self.index(base, index, r),
            NodeKind::Call { name, args } => self.call(name, args, r),
            NodeKind::Method { base, name, args, .. } => self.method(base, name, args, r),
            NodeKind::Unary { op, of } => self.unary(op, of, r),
            NodeKind::Binary { op, left, right } => {
                let (a, b) = (self.infer(left, r), self.infer(right, r));
                self.binary(op, &a, &b, r.span(&node.range), r)
            }
            NodeKind::And(parts) => self.logical("&&", parts, r),
            NodeKind::Or(parts) => self.logical("||", parts, r),
            NodeKind::Coalesce(parts) => self.coalesce(parts, r),
            NodeKind::In { item, container, .. } => {
                self.infer(item, r);
                self.infer(container, r);
                Ty::Bool
            }
            NodeKind::Range { from, to, .. } => {
                from.iter().chain(to).for_each(|end| drop(self.infer(end, r)));
                Ty::list(Ty::Int)
            }
            NodeKind::Map(fields) => Ty::object(
                fields.iter().map(|(key, value)| (key.text.clone(), self.infer(value, r))).collect::<Vec<_>>(),
            ),
            NodeKind::List(items) => {
                let joined = self.joined(items.iter(), r);
                Ty::list(joined.unwrap_or_default())
            }
            NodeKind::Template(parts) => self.template(parts, r),
            NodeKind::If { condition, then, otherwise } => {
                self.bool_of(condition, "the condition of an `if`", r);
                let then = self.infer(then, r);
                then.join(&otherwise.as_ref().map_or(Ty::Unit, |other| self.infer(other, r)))
            }
            NodeKind::Switch { subject, arms } => {
                self.infer(subject, r);
                arms.iter().filter_map(|arm| arm.guard.as_ref()).for_each(|guard| drop(self.infer(guard, r)));
                let joined = self.joined(arms.iter().map(|arm| &arm.value), r).unwrap_or(Ty::Unit);
                if arms.iter().any(|arm| arm.default) { joined } else { joined.join(&Ty::Unit) }
            }
            NodeKind::Closure { body, .. } => Ty::unknown(self.infer(body, r).holds_secret()),
            NodeKind::Assign { target, value, .. } => {
                self.infer(target, r);
                self.infer(value, r);
                Ty::Unit
            }
            NodeKind::Opaque { parts, .. } => {
                // Whatever its statements do with what they read, it may end in the value.
                let types: Vec<Ty> = parts.iter().map(|part| self.infer(part, r)).collect();
                Ty::unknown(types.iter().any(Ty::holds_secret))
            }
        }
    }

    fn joined<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>, r: &mut Reading) -> Option<Ty> {
        let mut all: Option<Ty> = None;
        for node in nodes {
            let ty = self.infer(node, r);
            all = Some(all.map_or(ty.clone(), |known| known.join(&ty)));
        }
        all
    }

    /// A text in double quotes that holds `${` was probably meant to be in backticks.
    fn text(&mut self, node: &Node, text: &Arc<str>, r: &Reading) -> Ty {
        let span = r.span(&node.range);
        if let Some(at) = text.find("${")
            && self.source.slice(span).starts_with('"')
            && !(self.shell && is_shell_variable(&text[at + 2..]))
        {
            let warning = Diagnostic::warning("W0301", span, "in double quotes `${…}` is text, not a value");
            self.tell(warning.help("write backticks instead of the quotes"));
        }
        Ty::Literal(text.clone())
    }

    fn name(&mut self, node: &Node, name: &Arc<str>, r: &mut Reading) -> Ty {
        match self.scopes.get(name) {
            Some(binding) => {
                let (ty, origin, span) = (binding.ty.clone(), binding.origin, binding.span);
                let of_body = !matches!(origin, Origin::Given | Origin::Constant);
                if of_body && r.seen.insert(span) {
                    r.names.push((name.clone(), span));
                }
                ty
            }
            None if self.globals.functions.contains_key(&**name) => Ty::unknown(self.gives_secret(name)),
            None => {
                self.unknown_name(name, r.span(&node.range));
                Ty::Any
            }
        }
    }

    pub fn unknown_name(&mut self, name: &str, span: Span) {
        let help = match name {
            "null" | "nil" | "None" | "none" | "undefined" | "NULL" => {
                Some("what isn't there is written `()`: `x != ()` asks whether it is".into())
            }
            "True" | "TRUE" | "yes" => Some("write `true`".into()),
            "False" | "FALSE" | "no" => Some("write `false`".into()),
            "event" => Some("`event` is there only within a trigger (`on …`)".into()),
            "err" => Some("`err` is there in `when` and `else` of a step, and where `catch err` binds it".into()),
            _ if self.inputs.iter().flatten().any(|input| &*input.param.name.text == name) => {
                Some(format!("it is an input: write `input.{name}`"))
            }
            _ => None,
        };
        let help = help.or_else(|| {
            if !self.findings.may_suggest() {
                return None;
            }
            crate::diag::near(name, self.scopes.names()).map(did_you_mean)
        });
        self.unknown("E0201", span, "name", name, help);
    }

    fn field(&mut self, of: &Ty, name: &Arc<str>, span: Span) -> Ty {
        match of {
            Ty::Object(object) => match object.fields.get(name) {
                Some(ty) => ty.clone(),
                None => {
                    let known: Vec<&str> = object.fields.keys().map(|k| &**k).collect();
                    let help = self.suggestion(name, known.iter().copied()).or_else(|| match known.is_empty() {
                        true => None,
                        false => Some(format!("it has {}", crate::check::arguments::listed(&known))),
                    });
                    let message = format!("there is no field `{}`", short(name));
                    self.tell(Diagnostic { help, ..Diagnostic::error("E0208", span, message) });
                    Ty::Any
                }
            },
            Ty::Map(of) => Ty::optional(of.ty.clone()),
            Ty::Optional(of) => Ty::optional(self.field(&of.ty, name, span)),
            Ty::Any | Ty::Veiled => of.clone(),
            other => match results::property(other, name) {
                Some(ty) => ty,
                None => {
                    let message = format!("a `{}` has no field `{}`", other.clone().widened(), short(name));
                    let mut error = Diagnostic::error("E0208", span, message);
                    if results::is_known(name) {
                        error = error.help(format!("to call the function write `{name}()`"));
                    }
                    self.tell(error);
                    Ty::Any
                }
            },
        }
    }

    fn index(&mut self, base: &Node, index: &Node, r: &mut Reading) -> Ty {
        let of = self.infer(base, r);
        let by = self.infer(index, r);
        match of.present() {
            Ty::List(item) => item.ty.clone(),
            Ty::Map(item) => Ty::optional(item.ty.clone()),
            Ty::Object(_) => match (&index.kind, by) {
                (NodeKind::Text(name), _) => self.field(&of, name, r.span(&index.range)),
                _ => Ty::unknown(of.holds_secret()),
            },
            ty if ty.kind() == Some(Kind::Text) => Ty::String,
            ty => Ty::unknown(ty.holds_secret()),
        }
    }

    fn unary(&mut self, op: &str, of: &Node, r: &mut Reading) -> Ty {
        if op == "!" {
            self.bool_of(of, "`!`", r);
            return Ty::Bool;
        }
        let ty = self.infer(of, r);
        match ty.present() {
            Ty::Int | Ty::Float | Ty::Duration => ty.present().clone(),
            Ty::Any | Ty::Veiled => Ty::Any,
            other => {
                let message = format!("`{op}` takes a number, this is `{other}`");
                self.tell(Diagnostic::error("E0309", r.span(&of.range), message));
                Ty::Any
            }
        }
    }

    /// A part that must be a bool.
    fn bool_of(&mut self, node: &Node, what: &str, r: &mut Reading) {
        let ty = self.infer(node, r);
        if !matches!(ty.kind(), None | Some(Kind::Bool)) {
            let message = format!("{what} takes a `bool`, this is `{ty}`");
            let mut error = Diagnostic::error("E0302", r.span(&node.range), message);
            if matches!(ty, Ty::Optional(_) | Ty::Unit) {
                error = error.help("to ask whether it is there, write `… != ()`");
            }
            self.tell(error);
        }
    }

    fn logical(&mut self, op: &str, parts: &[Node], r: &mut Reading) -> Ty {
        let what = format!("`{op}`");
        parts.iter().for_each(|part| self.bool_of(part, &what, r));
        Ty::Bool
    }

    /// `a ?? b`: what is there first.
    fn coalesce(&mut self, parts: &[Node], r: &mut Reading) -> Ty {
        let mut all: Option<Ty> = None;
        for part in parts {
            let ty = self.infer(part, r);
            all = Some(match all {
                None => ty,
                Some(Ty::Unit) => ty,
                Some(known) => known.present().join(&ty),
            });
        }
        all.unwrap_or_default()
    }

    /// A text with a secret in it is a secret.
    fn template(&mut self, parts: &[Node], r: &mut Reading) -> Ty {
        let (mut secret, mut veiled) = (false, false);
        for part in parts {
            let ty = self.infer(part, r);
            secret |= *ty.present() == Ty::Secret;
            veiled |= ty.holds_secret();
        }
        match (secret, veiled) {
            (true, _) => Ty::Secret,
            (false, true) => Ty::Veiled,
            (false, false) => Ty::String,
        }
    }

    fn binary(&mut self, op: &Word, a: &Ty, b: &Ty, span: Span, r: &Reading) -> Ty {
        match operators::result(&op.text, a, b) {
            Ok(ty) => ty,
            Err(Complaint { code, message, help, ty }) => {
                let at = if code == "E0309" { r.span(&op.range) } else { span };
                self.tell(Diagnostic { help, ..Diagnostic::error(code, at, message) });
                ty
            }
        }
    }
}

/// Whether what follows `${` is what a shell reads: a name alone, or with one of the shell's operators.
fn is_shell_variable(rest: &str) -> bool {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let starts = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || "#!@*".contains(c));
    starts && rest[end..].starts_with(|c: char| "}:-+=?#%/^,@[*".contains(c)) || rest.starts_with(['#', '@', '*', '!'])
}
