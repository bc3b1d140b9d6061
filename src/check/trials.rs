//! `test` blocks: what they name must be there, and their expressions must be sound.

use std::collections::BTreeSet;

use crate::check::arguments::Callee;
use crate::check::builtin;
use crate::check::checker::Checker;
use crate::check::globals::{Outline, signature};
use crate::check::triggers::KINDS;
use crate::check::ty::{Ty, short};
use crate::check::walk::{Met, walk};
use crate::diag::{Diagnostic, did_you_mean};
use crate::syntax::ast::{
    Block, Code, Declaration, Expr, MockValue, Name, Performance, Quoted, Statement, StatementKind, StepTarget, Test,
    TestLine, TestLineKind,
};

/// Functions that are known within a test alone.
const FUNCTIONS: &[&str] = &["calls", "file", "fails"];

impl<'a> Checker<'a> {
    pub fn test(&mut self, test: &'a Test) {
        let Some(outline) = self.tested(test) else { return };
        self.extra_functions = FUNCTIONS;
        let names = names_of(&outline.workflow.body);
        self.signals = outline.signals.clone();
        self.scoped(|c| c.lines(&test.lines, &outline, &names));
        self.signals.clear();
        self.extra_functions = &[];
    }

    /// The workflow that a test drives.
    fn tested(&mut self, test: &'a Test) -> Option<Outline<'a>> {
        if let Some(name) = &test.of {
            let known = self.globals.workflows.get(&*name.text).cloned();
            if known.is_none() {
                self.unknown_workflow(name.span, &name.text);
            }
            return known;
        }
        let mut all = self.globals.workflows.values();
        match (all.next(), all.next()) {
            (Some(only), None) => Some(only.clone()),
            (None, _) if self.torn => None,
            (first, _) => {
                let message = match first {
                    Some(_) => "the file has several workflows, and this test doesn't say which one it drives",
                    None => "the file has no workflow to test",
                };
                let error = Diagnostic::error("E0416", test.name.span, message);
                let of = first.map(|o| format!("write `test \"…\" of {}`", short(&o.workflow.name.text)));
                self.tell(Diagnostic { help: of, ..error });
                None
            }
        }
    }

    fn lines(&mut self, lines: &'a [TestLine], outline: &Outline<'a>, names: &BTreeSet<&'a str>) {
        lines.iter().for_each(|line| self.line(line, outline, names));
    }

    fn line(&mut self, line: &'a TestLine, outline: &Outline<'a>, names: &BTreeSet<&'a str>) {
        match &line.kind {
            TestLineKind::Input(code) => self.test_input(*code, outline),
            TestLineKind::Given { trigger, body, headers } => {
                self.test_trigger(trigger, outline);
                body.iter().chain(headers).for_each(|code| drop(self.code(*code)));
            }
            TestLineKind::Mock { path, value } => {
                self.test_path(path, names);
                match value {
                    MockValue::One(one) => self.performance(one),
                    MockValue::List(all) => all.iter().for_each(|one| self.performance(one)),
                }
            }
            TestLineKind::Secret { value, .. } => drop(self.expect_code(*value, &Ty::String, "`secret`")),
            TestLineKind::Signal { name, arguments } => self.test_signal(name, arguments.as_ref()),
            TestLineKind::Answer { path, value } => {
                self.test_path(path, names);
                self.expr(*value);
            }
            TestLineKind::Advance { by, .. } => drop(self.expect(*by, &Ty::Duration, "`advance`")),
            TestLineKind::CrashAfter { path } => self.test_path(path, names),
            TestLineKind::Expect(code) => self.scoped(|c| {
                c.scopes.give("run", Ty::Any);
                c.scopes.give("runs", Ty::list(Ty::Any));
                c.scopes.give("output", Ty::Any);
                c.scopes.give("steps", Ty::list(Ty::Any));
                c.scopes.give("log", Ty::list(Ty::Any));
                c.condition(*code);
            }),
            TestLineKind::For { item, index, items, lines } => {
                let of = self.code(*items);
                let item_type = match of.present() {
                    Ty::List(of) => of.ty.clone(),
                    _ => Ty::Any,
                };
                self.scoped(|c| {
                    c.scopes.give(&item.text, item_type);
                    index.iter().for_each(|index| c.scopes.give(&index.text, Ty::Int));
                    c.lines(lines, outline, names);
                });
            }
        }
    }

    /// `input #{ … }` against the workflow's inputs. A text stands for a time there, as in JSON.
    fn test_input(&mut self, code: Code, outline: &Outline<'a>) {
        let Ty::Object(given) = self.code(code) else { return };
        let asked = signature(&outline.inputs, false);
        for (name, found) in &given.fields {
            let Some(declared) = outline.inputs.iter().find(|i| *i.param.name.text == **name) else {
                let help = self.suggestion(name, asked.names());
                let message = format!("the workflow has no input `{}`", short(name));
                self.tell(Diagnostic { help, ..Diagnostic::error("E0305", code.span, message) });
                continue;
            };
            let ty = Ty::from(&declared.ty);
            let textual = matches!(ty.present(), Ty::Datetime | Ty::Duration) && *found.present() != Ty::Int;
            if !textual {
                self.fits(&ty, found, code.span, &format!("the input `{}`", short(name)));
            }
        }
        let missing: Vec<&str> = asked.parameters.iter().filter(|p| p.required).map(|p| &*p.name).collect();
        let missing: Vec<&str> = missing.into_iter().filter(|name| !given.fields.contains_key(*name)).collect();
        if !missing.is_empty() {
            let message = format!("the workflow needs the input {}", crate::check::arguments::listed(&missing));
            self.tell(Diagnostic::error("E0304", code.span, message));
        }
    }

    fn test_trigger(&mut self, name: &Name, outline: &Outline<'a>) {
        let declared = outline.workflow.body.statements.iter().filter_map(|s| match &s.kind {
            StatementKind::Declaration(Declaration::On(on)) => Some(on),
            _ => None,
        });
        let known: Vec<&str> =
            declared.flat_map(|on| [Some(&on.kind), on.alias.as_ref()]).flatten().map(|n| &*n.text).collect();
        if !known.contains(&&*name.text) {
            let help = self
                .suggestion(&name.text, known)
                .or_else(|| KINDS.contains(&&*name.text).then(|| format!("the workflow has no `on {}`", name.text)));
            self.unknown("E0212", name.span, "trigger", &name.text, help);
        }
    }

    fn test_signal(&mut self, name: &'a Name, given: Option<&'a crate::syntax::ast::Arguments>) {
        let asked = self.signals.get(&*name.text).map(|params| signature(params, false));
        match (asked, given) {
            (Some(asked), Some(given)) => {
                let what = format!("`{}`", short(&name.text));
                self.arguments(Callee { what: &what, span: name.span }, &asked, given);
            }
            (Some(_), None) => {}
            (None, given) => {
                let known: Vec<&str> = self.signals.keys().copied().collect();
                let help = self.suggestion(&name.text, known);
                self.unknown("E0206", name.span, "signal", &name.text, help);
                given.iter().for_each(|given| self.arguments_alone(given));
            }
        }
    }

    fn performance(&mut self, one: &Performance) {
        match one {
            Performance::Gives(value) => drop(self.expr(Expr::clone(value))),
            Performance::Fails(code) => drop(self.code(*code)),
        }
    }

    /// The first part of a path must be the name of a step, a branch or a bound loop of the workflow.
    fn test_path(&mut self, path: &Quoted, names: &BTreeSet<&'a str>) {
        let first = path.text.split(['.', '[']).next().unwrap_or_default();
        if names.contains(first) || names.contains("") {
            return;
        }
        let near = if self.findings.may_suggest() { crate::diag::near(first, names.iter().copied()) } else { None };
        let help = near.map(did_you_mean);
        self.unknown("E0213", path.span, "step", first, help);
    }
}

/// The names that a path of a step may begin with. An empty one stands for names that are not known here, as those
/// of the steps of a called workflow or of a module's action.
fn names_of(body: &Block) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    walk(body, &mut |met| match met {
        Met::Branch(name) | Met::Statement(Statement { kind: StatementKind::Let { name, .. }, .. }) => {
            names.insert(&*name.text);
        }
        Met::Statement(Statement { kind: StatementKind::Step(step), .. }) => {
            names.insert(&*step.name.text);
            let known = match &step.target {
                StepTarget::Call(_) | StepTarget::Start(_) => false,
                StepTarget::Action(call) => builtin::get(&call.path.text()).is_some(),
                StepTarget::Signal(_) | StepTarget::Callback(_) | StepTarget::Approval(_) => true,
            };
            if !known {
                names.insert("");
            }
        }
        Met::Statement(_) => {}
    });
    names
}
