//! Arguments against what is asked for: missing ones, extra ones, unknown names, types.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::checker::Checker;
use crate::check::fits::fits;
use crate::check::globals::{object, parameters, signature};
use crate::check::signature::{Parameter, Signature, Takes};
use crate::check::ty::{Kind, Ty, short};
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Argument, ArgumentValue, Arguments, Code, Expr};

/// What is called, in a message, and where.
#[derive(Clone, Copy, Debug)]
pub struct Callee<'n> {
    /// In backticks where it is a name.
    pub what: &'n str,
    pub span: Span,
}

impl<'a> Checker<'a> {
    /// Looks at all arguments; gives the type of the last map of `fields:`, where there is one.
    pub fn arguments(&mut self, callee: Callee<'_>, asked: &Signature, given: &'a Arguments) -> Option<Ty> {
        let mut seen: BTreeMap<Arc<str>, Span> = BTreeMap::new();
        let mut fields = None;
        let mut named = false;
        for (place, argument) in given.list.iter().enumerate() {
            named |= argument.name.is_some();
            let parameter = match &argument.name {
                Some(_) => self.by_name(callee, asked, argument),
                None => self.by_place(callee, asked, argument, place, named),
            };
            if let Some(parameter) = parameter
                && let Some(first) = seen.insert(parameter.name.clone(), argument.span)
            {
                let message = format!("the argument `{}` is given twice", short(&parameter.name));
                self.tell(Diagnostic::error("E0306", argument.span, message).label(first, "the first time"));
            }
            fields = self.argument(callee, argument, parameter).or(fields);
        }
        self.exclusive(asked, &seen);
        self.missing(callee, asked, &seen);
        fields
    }

    fn by_name<'s>(&mut self, callee: Callee<'_>, asked: &'s Signature, given: &Argument) -> Option<&'s Parameter> {
        let name = given.name.as_ref()?;
        let parameter = asked.get(&name.text);
        if parameter.is_none() {
            let known: Vec<&str> = asked.names().collect();
            let help = self.suggestion(&name.text, known.iter().copied()).or_else(|| match known.is_empty() {
                true => Some("it takes none".into()),
                false => Some(format!("it takes {}", listed(&known))),
            });
            let message = format!("{} has no argument `{}`", callee.what, short(&name.text));
            let error = Diagnostic::error("E0305", name.span, message);
            self.tell(Diagnostic { help, ..error });
        }
        parameter
    }

    fn by_place<'s>(
        &mut self,
        callee: Callee<'_>,
        asked: &'s Signature,
        given: &Argument,
        place: usize,
        named: bool,
    ) -> Option<&'s Parameter> {
        if named {
            let error =
                Diagnostic::error("E0306", given.span, "an argument without a name stands behind one with a name");
            self.tell(error.help("put those without a name first"));
            return None;
        }
        let parameter = asked.at(place);
        if parameter.is_none() {
            let (message, help) = match (asked.by_place, asked.parameters.get(place)) {
                (0, Some(p)) => {
                    (format!("{} takes its arguments by name", callee.what), Some(format!("write `{}: …`", p.name)))
                }
                (0, None) if asked.parameters.is_empty() => (format!("{} takes no arguments", callee.what), None),
                (n, Some(p)) => {
                    let message = format!("{} takes only {n} arguments without a name", callee.what);
                    (message, Some(format!("write `{}: …`", p.name)))
                }
                (_, None) => (format!("{} takes no more arguments", callee.what), None),
            };
            let error = Diagnostic::error("E0306", given.span, message);
            self.tell(Diagnostic { help, ..error });
        }
        parameter
    }

    /// Looks at the value, against the parameter that it is for, where that is known.
    fn argument(&mut self, callee: Callee<'_>, given: &'a Argument, asked: Option<&Parameter>) -> Option<Ty> {
        let name = asked.map_or("", |p| &*p.name);
        match (&given.value, asked.map(|p| &p.takes)) {
            (ArgumentValue::Expr(value), Some(Takes::Value(ty))) => {
                let found = self.expr(*value);
                self.takes(callee, name, ty, &found, value.span());
            }
            (ArgumentValue::Expr(value), Some(Takes::Scalars(ty))) => {
                let found = self.expr(*value);
                self.takes(callee, name, ty, &found, value.span());
                self.scalars(callee, name, *ty == Ty::Any, &found, value.span());
            }
            (ArgumentValue::Expr(value), Some(Takes::Over(names))) => {
                self.scoped(|c| {
                    names.iter().for_each(|(name, ty)| c.scopes.give(name, ty.clone()));
                    c.expr(*value);
                });
            }
            (ArgumentValue::Action(call), Some(Takes::Action(names))) => {
                self.scoped(|c| {
                    names.iter().for_each(|(name, ty)| c.scopes.give(name, ty.clone()));
                    c.action(call);
                });
            }
            (ArgumentValue::Fields(params), Some(Takes::Fields)) => {
                let mut found = Vec::new();
                let declared = parameters(params, &mut found);
                self.findings.extend(found);
                self.defaults(&declared);
                return Some(object(&declared));
            }
            (value, Some(takes)) => {
                self.value_alone(value);
                let wanted = match takes {
                    Takes::Value(ty) | Takes::Scalars(ty) => format!("a value: `{ty}`"),
                    Takes::Over(_) => "an expression".into(),
                    Takes::Action(_) => "an action, such as `http.post(…)`".into(),
                    Takes::Fields => "the fields of a form, such as `{ note: string = \"\" }`".into(),
                };
                let message = format!("the argument `{name}` of {} takes {wanted}", callee.what);
                self.tell(Diagnostic::error("E0307", given.span, message));
            }
            (value, None) => self.value_alone(value),
        }
        None
    }

    /// Looks at a value of which nothing is asked.
    fn value_alone(&mut self, value: &'a ArgumentValue) {
        match value {
            ArgumentValue::Expr(value) => drop(self.expr(*value)),
            ArgumentValue::Action(call) => drop(self.action(call)),
            ArgumentValue::Fields(_) => {}
        }
    }

    fn takes(&mut self, callee: Callee<'_>, name: &str, expected: &Ty, found: &Ty, span: Span) {
        if found.holds_secret() {
            if let Some(place) = keeps(callee.what) {
                return self.secret_reaches(span, place);
            }
            if callee.what == "`exec`" && matches!(name, "program" | "args") {
                let message = "everybody on this computer can read what a program is started with, secrets as well";
                self.tell(Diagnostic::warning("W0302", span, message).help("give it by `env` or by `stdin`"));
            }
        }
        // A secret may be put in any argument: its value is filled in as the effect is performed.
        if *found == Ty::Secret && *expected == Ty::String {
            return;
        }
        if let Err(misfit) = fits(expected, found) {
            let message = format!("the argument `{}` of {}: {}", short(name), callee.what, misfit.sentence());
            let error = Diagnostic::error("E0307", span, message);
            self.tell(Diagnostic { help: misfit.help(), ..error });
        }
    }

    /// What a program is given as a text must be one, or a number or a bool: the value itself if it stands `alone`, or
    /// else its items.
    fn scalars(&mut self, callee: Callee<'_>, name: &str, alone: bool, found: &Ty, span: Span) {
        let plain = [Kind::Text, Kind::Number, Kind::Bool, Kind::Secret];
        let odd = |ty: &&Ty| ty.kind().is_some_and(|kind| !plain.contains(&kind));
        let odd = match found.present() {
            Ty::Unit => None,
            found if alone => Some(found).filter(odd),
            Ty::List(item) | Ty::Map(item) => Some(&item.ty).filter(odd),
            Ty::Object(object) => object.fields.values().find(odd),
            _ => None,
        };
        if let Some(odd) = odd {
            let holds = if alone { "is" } else { "holds" };
            let message =
                format!("a program is given texts, numbers and bools; `{name}` of {} {holds} `{odd}`", callee.what);
            let error = Diagnostic::error("E0307", span, message);
            self.tell(error.help("make a text of it: with `${…}` in backticks, or with `to_json(…)`"));
        }
    }

    fn exclusive(&mut self, asked: &Signature, seen: &BTreeMap<Arc<str>, Span>) {
        let mut given: Vec<(&str, Span)> = asked.exclusive.iter().filter_map(|n| Some((*n, *seen.get(*n)?))).collect();
        given.sort_by_key(|(_, span)| span.start);
        if let [(first, place), (second, span), ..] = given[..] {
            let message = format!("only one of {} may be given", listed(asked.exclusive));
            let error = Diagnostic::error("E0306", span, message).label(place, format!("`{first}` is given here"));
            self.tell(error.help(format!("leave `{first}` or `{second}` out")));
        }
    }

    pub fn missing(&mut self, callee: Callee<'_>, asked: &Signature, seen: &BTreeMap<Arc<str>, Span>) {
        let missing = asked.parameters.iter().filter(|p| p.required && !seen.contains_key(&p.name));
        let missing: Vec<&Parameter> = missing.collect();
        let Some(first) = missing.first() else { return };
        let names: Vec<&str> = missing.iter().map(|p| &*p.name).collect();
        let many = if names.len() > 1 { "s" } else { "" };
        let message = format!("{} needs the argument{many} {}", callee.what, listed(&names));
        let ty = match &first.takes {
            Takes::Value(ty) => format!(" (a `{ty}`)"),
            _ => String::new(),
        };
        self.tell(Diagnostic::error("E0304", callee.span, message).help(format!("add `{}: …`{ty}", first.name)));
    }

    /// The arguments of `call`, `start` and `restart`: the workflow's inputs, by name.
    pub fn inputs_of(&mut self, workflow: &str, callee: Callee<'_>, given: &'a Arguments) {
        let Some(outline) = self.globals.workflows.get(workflow) else { return };
        let asked = signature(&outline.inputs, false);
        self.arguments(callee, &asked, given);
        self.secret_inputs(callee.what, &asked, given);
    }

    /// Arguments of something that is not known: their expressions are looked at all the same.
    pub fn arguments_alone(&mut self, given: &'a Arguments) {
        given.list.iter().for_each(|a| self.value_alone(&a.value));
    }

    /// A value that must be of a type; gives the type that it is of.
    pub fn expect(&mut self, value: Expr, expected: &Ty, what: &str) -> Ty {
        let found = self.expr(value);
        self.fits(expected, &found, value.span(), what);
        found
    }

    pub fn expect_code(&mut self, code: Code, expected: &Ty, what: &str) -> Ty {
        self.expect(Expr::Code(code), expected, what)
    }

    /// Tells where a value that `what` takes is of another type.
    pub fn fits(&mut self, expected: &Ty, found: &Ty, span: Span, what: &str) {
        if let Err(misfit) = fits(expected, found) {
            let error = Diagnostic::error("E0301", span, format!("{what}: {}", misfit.sentence()));
            self.tell(Diagnostic { help: misfit.help(), ..error });
        }
    }
}

/// How many names a message lists.
const MAX_LISTED: usize = 12;

/// `a`, `b` and `c`
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(MAX_LISTED).map(|n| format!("`{}`", short(n))).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        _ if names.len() > MAX_LISTED => format!("{} and more", quoted.join(", ")),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// Where what an action is given is kept as it is, if it is.
fn keeps(what: &str) -> Option<&'static str> {
    match what.trim_matches('`') {
        "kv.get" | "kv.put" | "kv.add" | "kv.delete" | "kv.list" => Some("what `kv` keeps"),
        "file.write" => Some("a file"),
        _ => None,
    }
}
