//! Steps: what they call, with which arguments, and what their results are.

use crate::check::arguments::Callee;
use crate::check::builtin;
use crate::check::checker::Checker;
use crate::check::globals::{object, signature};
use crate::check::scope::Origin;
use crate::check::signature::{Signature, Takes};
use crate::check::ty::{Ty, short};
use crate::source::Span;
use crate::syntax::ast::{Arguments, Call, Name, Step, StepTarget};

impl<'a> Checker<'a> {
    pub fn step(&mut self, step: &'a Step) {
        let result = self.target(&step.target);
        let result = self.clauses(step, result);
        self.bind(&step.name, Origin::Step, result);
    }

    fn target(&mut self, target: &'a StepTarget) -> Ty {
        match target {
            StepTarget::Action(call) => self.action(call),
            StepTarget::Call(call) => self.child(call),
            StepTarget::Start(call) => {
                self.child(call);
                Ty::fields([("run", Ty::String)])
            }
            StepTarget::Signal(name) => self.wait_signal(name),
            StepTarget::Callback(arguments) => self.wait_callback(arguments),
            StepTarget::Approval(arguments) => self.wait_approval(arguments),
        }
    }

    /// A call of an action, built in or of the file; gives its result's type.
    pub fn action(&mut self, call: &'a Call) -> Ty {
        let name = call.path.text();
        if let Some(builtin) = builtin::get(&name) {
            return self.builtin(call, &name, builtin);
        }
        if let Some((_, params)) = call
            .path
            .parts
            .first()
            .filter(|_| call.path.parts.len() == 1)
            .and_then(|p| self.globals.actions.get(&*p.text))
        {
            let asked = signature(params, true);
            self.arguments(
                Callee { what: &format!("`{}`", short(&name)), span: call.path.span },
                &asked,
                &call.arguments,
            );
            let help = "perform its steps in the workflow itself, or `call` a workflow that has them";
            self.not_yet("E0603", call.path.span, "an action of the file", help);
            return Ty::Any;
        }
        self.arguments_alone(&call.arguments);
        let module = call.path.parts.first().filter(|_| call.path.parts.len() > 1);
        if module.is_none_or(|m| !self.globals.modules.contains_key(&*m.text)) {
            self.unknown_action(call, &name);
        }
        Ty::Any
    }

    fn builtin(&mut self, call: &'a Call, name: &str, builtin: &'static builtin::Builtin) -> Ty {
        let callee = Callee { what: &format!("`{name}`"), span: call.path.span };
        self.shell = name == "shell";
        match name.starts_with("http.") {
            true => self.web(callee, &builtin.signature, &call.arguments),
            false => drop(self.arguments(callee, &builtin.signature, &call.arguments)),
        }
        if std::mem::take(&mut self.shell) {
            self.shell_text(&call.arguments);
        }
        if !builtin.runnable {
            let help = "a program that `exec` starts can do it";
            self.not_yet("E0603", call.path.span, &format!("`{name}`"), help);
        }
        builtin.result.clone()
    }

    fn unknown_action(&mut self, call: &Call, name: &str) {
        if self.globals.workflows.contains_key(name) {
            let help =
                Some(format!("`{name}` is a workflow: write `call {name}(…)`, or `start {name}(…)` not to wait"));
            return self.unknown("E0204", call.path.span, "action", name, help);
        }
        if self.globals.functions.contains_key(name) {
            let help = Some(format!("`{name}` is a function: write `let x = {name}(…)`"));
            return self.unknown("E0204", call.path.span, "action", name, help);
        }
        let mut known: Vec<&str> = builtin::names().collect();
        known.extend(self.globals.actions.keys().copied());
        let help = self.suggestion(name, known).or_else(|| {
            let module = call.path.parts.first().filter(|_| call.path.parts.len() > 1)?;
            let known: Vec<&str> = builtin::names().filter(|n| n.split('.').next() == Some(&module.text)).collect();
            match known.is_empty() {
                true => Some(format!("there is no module `{}` either: `use` it first", short(&module.text))),
                false => Some(format!("there are {}", crate::check::arguments::listed(&known))),
            }
        });
        self.unknown("E0204", call.path.span, "action", name, help);
    }

    /// `call W(args)` and `start W(args)`; gives the type of W's outputs.
    fn child(&mut self, call: &'a Call) -> Ty {
        let name = call.path.text();
        let module = call.path.parts.first().filter(|_| call.path.parts.len() > 1);
        if module.is_some_and(|m| self.globals.modules.contains_key(&*m.text)) {
            self.arguments_alone(&call.arguments);
            return Ty::Any;
        }
        let Some(outline) = self.globals.workflows.get(name.as_str()) else {
            self.arguments_alone(&call.arguments);
            self.unknown_workflow(call.path.span, &name);
            return Ty::Any;
        };
        let result = outline.result();
        self.inputs_of(&name, Callee { what: &format!("`{}`", short(&name)), span: call.path.span }, &call.arguments);
        result
    }

    pub fn unknown_workflow(&mut self, span: Span, name: &str) {
        let known: Vec<&str> = self.globals.workflows.keys().copied().collect();
        let help = match self.globals.actions.contains_key(name) || builtin::get(name).is_some() {
            true => Some(format!("`{}` is an action: write it without `call`", short(name))),
            false => self.suggestion(name, known),
        };
        self.unknown("E0205", span, "workflow", name, help);
    }

    fn wait_signal(&mut self, name: &'a Name) -> Ty {
        let declared = self.signals.get(&*name.text).map(|params| object(params));
        declared.unwrap_or_else(|| {
            let known: Vec<&str> = self.signals.keys().copied().collect();
            let help = self.suggestion(&name.text, known);
            let help =
                help.or_else(|| Some(format!("declare it before the first statement: `signal {}()`", name.text)));
            self.unknown("E0206", name.span, "signal", &name.text, help);
            Ty::Any
        })
    }

    fn wait_callback(&mut self, given: &'a Arguments) -> Ty {
        self.not_yet("E0601", given.span, "`wait callback`", "ask in a loop with `sleep` until the answer is there");
        let callback = || ("callback_url".into(), Ty::String);
        let asked = Signature::default().with("subscribe", Takes::Action(vec![callback()]), true).with(
            "unsubscribe",
            Takes::Action(vec![callback(), ("subscribed".into(), Ty::Any)]),
            false,
        );
        self.arguments(Callee { what: "`wait callback`", span: given.span }, &asked, given);
        builtin::response()
    }

    fn wait_approval(&mut self, given: &'a Arguments) -> Ty {
        self.not_yet("E0601", given.span, "`wait approval`", "let the run end, and let a person start the next one");
        let asked = Signature::default()
            .required("question", Ty::String)
            .by_place(1)
            .optional("by", Ty::list(Ty::String))
            .with("fields", Takes::Fields, false)
            .with("notify", Takes::Action(vec![("approval_url".into(), Ty::String)]), false);
        let fields = self.arguments(Callee { what: "`wait approval`", span: given.span }, &asked, given);
        Ty::fields([
            ("approved", Ty::Bool),
            ("by", Ty::String),
            ("at", Ty::Datetime),
            ("fields", fields.unwrap_or_else(|| Ty::map(Ty::Any))),
        ])
    }
}
