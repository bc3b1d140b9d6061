//! Calls within expressions: functions of the file, built-in ones, and those that are called as methods.

use crate::check::checker::Checker;
use crate::check::infer::Reading;
use crate::check::results::{self, Wrong};
use crate::check::ty::{Ty, short};
use crate::diag::Diagnostic;
use crate::expr::{Node, NodeKind, Word};
use crate::source::Span;

/// Functions of the expression language that no table lists.
const SPECIAL: [&str; 1] = ["call"];

impl Checker<'_> {
    pub fn call(&mut self, name: &Word, args: &[Node], r: &mut Reading) -> Ty {
        let types: Vec<Ty> = args.iter().map(|arg| self.infer(arg, r)).collect();
        let spans: Vec<Span> = args.iter().map(|arg| r.span(&arg.range)).collect();
        let span = r.span(&name.range);
        if &*name.text == "secret" {
            self.secret_name(args, r);
        }
        if let Some(ty) = self.own_function(name, &types, span) {
            return ty;
        }
        if self.of_requests(&name.text, span) {
            return Ty::Any;
        }
        if results::is_known(&name.text) {
            return self.built_in(name, &types, &spans, span, r.script);
        }
        // A variable may hold a closure, which is called like a function.
        let variable = self.scopes.get(&name.text).is_some();
        if !variable && !self.extra_functions.contains(&&*name.text) && !SPECIAL.contains(&&*name.text) && !r.script {
            self.unknown_function(name, span);
        }
        Ty::unknown(types.iter().any(Ty::holds_secret))
    }

    pub fn method(&mut self, base: &Node, name: &Word, args: &[Node], r: &mut Reading) -> Ty {
        let mut types = vec![self.infer(base, r)];
        let mut spans = vec![r.span(&base.range)];
        // A function that is given sees what it goes through.
        let items = self.veiled_items(&types[0]);
        for arg in args {
            let before = r.locals.len();
            if let (NodeKind::Closure { params, .. }, Some(item)) = (&arg.kind, &items) {
                r.locals.extend(params.iter().map(|param| (param.clone(), item.clone())));
            }
            types.push(self.infer(arg, r));
            r.locals.truncate(before);
            spans.push(r.span(&arg.range));
        }
        let span = r.span(&name.range);
        if let Some(ty) = self.own_function(name, &types, span) {
            return ty;
        }
        if self.of_requests(&name.text, span) {
            return Ty::Any;
        }
        if results::is_known(&name.text) {
            let ty = self.built_in(name, &types, &spans, span, r.script);
            if r.script && ty == Ty::Unit && is_temporary(base) {
                self.changed_for_nobody(&name.text, span);
            }
            return ty;
        }
        if !SPECIAL.contains(&&*name.text) && !self.extra_functions.contains(&&*name.text) {
            self.unknown_function(name, span);
        }
        Ty::unknown(types.iter().any(Ty::holds_secret))
    }

    fn built_in(&mut self, name: &Word, types: &[Ty], spans: &[Span], span: Span, script: bool) -> Ty {
        match results::result(&name.text, types, script) {
            Ok(ty) => ty,
            Err(Wrong::Count(least, most)) => {
                let takes = if least == most { most.to_string() } else { format!("{least} to {most}") };
                let many = if takes == "1" { "" } else { "s" };
                let given = types.len();
                let message = format!("`{}` takes {takes} argument{many}, {given} given", name.text);
                let error = Diagnostic::error("E0306", span, message);
                self.tell(error.help("the value in front of a `.` counts as the first one"));
                Ty::Any
            }
            Err(Wrong::Argument(place, wanted, found)) => {
                let message = format!("`{}` takes {wanted} here, this is `{found}`", name.text);
                self.tell(Diagnostic::error("E0307", spans.get(place).copied().unwrap_or(span), message));
                Ty::Any
            }
        }
    }

    fn changed_for_nobody(&mut self, name: &str, span: Span) {
        let message =
            format!("in a `fn` or a `script` `{name}` changes what it is called on, and nobody keeps that here");
        let warning = Diagnostic::warning("W0303", span, message);
        self.tell(warning.help(format!("give it a name before: `let value = …; value.{name}(…);`")));
    }

    /// A call of a function of the file; none where it is not one.
    fn own_function(&mut self, name: &Word, types: &[Ty], span: Span) -> Option<Ty> {
        let function = self.globals.functions.get(&*name.text)?;
        let (wanted, count) = (function.params.len(), types.len());
        if wanted != count {
            let many = if wanted == 1 { "" } else { "s" };
            let message = format!("`{}` takes {wanted} argument{many}, {count} given", short(&name.text));
            let error = Diagnostic::error("E0306", span, message).label(function.name.span, "defined here");
            self.tell(error);
        }
        let secret = types.iter().any(Ty::holds_secret) || self.gives_secret(&name.text);
        Some(Ty::unknown(secret))
    }

    fn unknown_function(&mut self, name: &Word, span: Span) {
        let text = &*name.text;
        let help = if self.globals.workflows.contains_key(text) {
            Some(format!("`{0}` is a workflow: write `step x = call {0}(…)`", short(text)))
        } else if self.globals.actions.contains_key(text) || matches!(text, "exec" | "shell") {
            Some(format!("`{0}` is an action: write `step x = {0}(…)`", short(text)))
        } else {
            let mut known: Vec<&str> = results::names().collect();
            known.extend(self.globals.functions.keys().copied());
            self.suggestion(text, known)
        };
        self.unknown("E0207", span, "function", text, help);
    }
}

/// Whether a part gives a value that no name leads to.
fn is_temporary(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Name(_) | NodeKind::Local(_) | NodeKind::This | NodeKind::Opaque { .. } => false,
        NodeKind::Field { base, .. } | NodeKind::Index { base, .. } => is_temporary(base),
        NodeKind::Unit
        | NodeKind::Bool(_)
        | NodeKind::Int(_)
        | NodeKind::Float(_)
        | NodeKind::Char(_)
        | NodeKind::Text(_)
        | NodeKind::Call { .. }
        | NodeKind::Method { .. }
        | NodeKind::Unary { .. }
        | NodeKind::Binary { .. }
        | NodeKind::And(_)
        | NodeKind::Or(_)
        | NodeKind::Coalesce(_)
        | NodeKind::In { .. }
        | NodeKind::Range { .. }
        | NodeKind::Map(_)
        | NodeKind::List(_)
        | NodeKind::Template(_)
        | NodeKind::If { .. }
        | NodeKind::Switch { .. }
        | NodeKind::Closure { .. }
        | NodeKind::Assign { .. } => true,
    }
}
