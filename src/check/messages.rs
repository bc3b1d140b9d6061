//! Statements that speak to others: `log`, `emit`, `respond`, `send`, `restart`.

use crate::check::arguments::Callee;
use crate::check::checker::Checker;
use crate::check::globals::signature;
use crate::check::signature::Signature;
use crate::check::ty::{Ty, short};
use crate::source::Span;
use crate::syntax::ast::{ArgumentValue, Arguments, Path, StatementKind};

impl<'a> Checker<'a> {
    pub fn message(&mut self, kind: &'a StatementKind, span: Span) {
        match kind {
            StatementKind::Log(given) => {
                let asked = Signature::default().required("text", Ty::Any).by_place(1);
                self.arguments(Callee { what: "`log`", span }, &asked, given);
                self.no_secret(given, "the log");
            }
            StatementKind::Emit(given) => {
                let asked = Signature::default().required("name", Ty::String).optional("data", Ty::Any).by_place(2);
                self.arguments(Callee { what: "`emit`", span }, &asked, given);
                self.no_secret(given, "an event");
            }
            StatementKind::Respond(given) => {
                let asked = Signature::default()
                    .optional("status", Ty::Int)
                    .optional("headers", Ty::map(Ty::Any))
                    .optional("json", Ty::Any)
                    .optional("text", Ty::String)
                    .optional("body", Ty::String)
                    .exclusive(&["json", "text", "body"]);
                self.arguments(Callee { what: "`respond`", span }, &asked, given);
                self.no_secret(given, "an answer");
                self.not_yet("E0601", span, "`respond`", "give what is asked for in `output`");
            }
            StatementKind::Restart(given) => self.restart(given, span),
            StatementKind::Send { to, arguments, key } => {
                self.send(to, arguments);
                self.code(*key);
                self.not_yet("E0601", span, "`send`", "`call` or `start` the other workflow of the file");
            }
            _ => {}
        }
    }

    fn restart(&mut self, given: &'a Arguments, span: Span) {
        match self.inputs.clone() {
            Some(inputs) => drop(self.arguments(Callee { what: "`restart`", span }, &signature(&inputs, false), given)),
            None => self.arguments_alone(given),
        }
        self.not_yet("E0601", span, "`restart`", "write a `while` loop around what is done again");
    }

    fn send(&mut self, to: &'a Path, given: &'a Arguments) {
        let [workflow, signal] = &to.parts[..] else {
            return self.arguments_alone(given);
        };
        let Some(outline) = self.globals.workflows.get(&*workflow.text) else {
            self.arguments_alone(given);
            if !self.globals.modules.contains_key(&*workflow.text) {
                self.unknown_workflow(workflow.span, &workflow.text);
            }
            return;
        };
        match outline.signals.get(&*signal.text).map(|params| signature(params, false)) {
            Some(asked) => {
                let what = format!("`{}`", short(&to.text()));
                self.arguments(Callee { what: &what, span: to.span }, &asked, given);
            }
            None => {
                let known: Vec<&str> = outline.signals.keys().copied().collect();
                self.arguments_alone(given);
                let help = self.suggestion(&signal.text, known);
                self.unknown("E0206", signal.span, "signal", &signal.text, help);
            }
        }
    }

    /// A secret must not reach what people read.
    fn no_secret(&mut self, given: &'a Arguments, place: &str) {
        for argument in &given.list {
            if let ArgumentValue::Expr(value) = argument.value
                && self.secrets.contains(&value.span())
            {
                self.secret_reaches(value.span(), place);
            }
        }
    }
}
