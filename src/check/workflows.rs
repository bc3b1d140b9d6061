//! Workflows and actions as wholes: their declarations and the order of them, their outputs.

use std::collections::HashSet;

use crate::check::checker::{Body, Checker};
use crate::check::ending::Endings;
use crate::check::globals::{Declared, object};
use crate::check::paths;
use crate::check::scope::{Mark, Origin};
use crate::check::ty::{Ty, short};
use crate::check::walk::{Met, walk};
use crate::diag::Diagnostic;
use crate::expr::{self, Node, NodeKind};
use crate::model::Type;
use crate::source::Span;
use crate::syntax::ast::{Action, Block, Declaration, Expr, OutputField, Statement, StatementKind, Workflow};

impl<'a> Checker<'a> {
    pub fn workflow(&mut self, workflow: &'a Workflow) {
        let Some(outline) = self.globals.workflows.get(&*workflow.name.text).cloned() else { return };
        // Of two of one name both are looked at; what the second one declares is its own.
        let mut found = Vec::new();
        let outline = match std::ptr::eq(outline.workflow, workflow) {
            true => outline,
            false => crate::check::globals::outline(workflow, &mut found),
        };
        self.findings.extend(paths::check(&workflow.body));
        self.order(&workflow.body);
        self.inputs = Some(outline.inputs.clone());
        self.signals = outline.signals.clone();
        let body = Body {
            workflow: true,
            outputs: outline.outputs.iter().map(|(name, ty, _)| (&*name.text, Ty::from(ty))).collect(),
            assigned: assigned(&workflow.body),
            ..Body::default()
        };
        let mark = self.scopes.open();
        self.scopes.give("input", object(&outline.inputs));
        self.scopes.give("run", run_type());
        self.body = body;
        self.input_defaults(&outline.inputs);
        outline.signals.values().for_each(|params| self.defaults(params));
        self.declarations(&workflow.body);
        let outputs: Vec<&Type> = outline.outputs.iter().map(|(_, ty, _)| ty).collect();
        self.until_veiled(|c| c.body_of(&workflow.body, &outputs));
        self.leave(mark);
    }

    fn leave(&mut self, mark: Mark) {
        self.scopes.close(mark);
        self.body = Body::default();
        self.inputs = None;
        self.signals.clear();
    }

    /// The statements, then the output over what they bound.
    fn body_of(&mut self, body: &'a Block, outputs: &[&Type]) {
        let statements = body.statements.iter().filter(|s| !matches!(s.kind, StatementKind::Declaration(_)));
        self.statements(statements);
        let fields = body.statements.iter().find_map(|s| match &s.kind {
            StatementKind::Declaration(Declaration::Output(fields)) => Some(fields),
            _ => None,
        });
        let Some(fields) = fields else { return };
        for (field, ty) in fields.iter().zip(outputs) {
            self.output(field, ty, body);
        }
    }

    fn output(&mut self, field: &'a OutputField, ty: &Type, body: &Block) {
        match field.value {
            Some(value) => {
                let what = format!("the output `{}`", short(&field.name.text));
                let found = self.expr(value);
                if found.holds_secret() && !is_no_text(ty) {
                    return self.secret_reaches(value.span(), "an output");
                }
                self.fits(&Ty::from(ty), &found, value.span(), &what);
            }
            None if !Endings(self.source).ends_run(body) => {
                let message =
                    format!("the output `{}` has no value where the workflow goes through", short(&field.name.text));
                let error = Diagnostic::error("E0311", field.span, message);
                self.tell(error.help("write `= …` behind it, or end every path with `return`, `fail` or `restart`"));
            }
            None => {}
        }
    }

    /// What `return` gives in a workflow.
    pub fn returned(&mut self, given: Option<(Ty, Span)>, span: Span) {
        let outputs = Ty::object(self.body.outputs.iter().map(|(name, ty)| ((*name).into(), ty.clone())));
        let (found, place) = given.unwrap_or_else(|| (Ty::fields([]), span));
        if found.holds_secret() {
            return self.secret_reaches(place, "an output");
        }
        if let Err(misfit) = crate::check::fits::fits(&outputs, &found) {
            let mut error =
                Diagnostic::error("E0312", place, format!("`return` gives the outputs: {}", misfit.sentence()));
            error.help = misfit.help().or_else(|| {
                let names: Vec<&str> = self.body.outputs.iter().map(|(name, _)| *name).collect();
                match names.is_empty() {
                    true => Some("the workflow has no `output` block: add one, or write `return` alone".into()),
                    false => Some(format!("give a map with {}", crate::check::arguments::listed(&names))),
                }
            });
            self.tell(error);
        }
    }

    pub fn action_body(&mut self, action: &'a Action) {
        self.findings.extend(paths::check(&action.body));
        let params = self.globals.actions.get(&*action.name.text).map(|(_, params)| params.clone()).unwrap_or_default();
        let mark = self.scopes.open();
        self.scopes.give("run", run_type());
        self.body = Body { assigned: assigned(&action.body), ..Body::default() };
        self.defaults(&params);
        for declared in &params {
            self.bind(&declared.param.name, Origin::Parameter, Ty::from(&declared.ty));
        }
        self.until_veiled(|c| c.scoped(|c| c.block(&action.body)));
        self.leave(mark);
    }

    /// The defaults and rules of inputs. They are computed before the run begins, one after the other.
    fn input_defaults(&mut self, inputs: &[Declared<'a>]) {
        let errors = self.findings.errors();
        for (place, declared) in inputs.iter().enumerate() {
            declared.param.default.iter().for_each(|value| self.known_before(value.span(), Some((inputs, place))));
            declared.param.rule.iter().for_each(|rule| self.known_before(rule.span, None));
        }
        if self.findings.errors() == errors {
            self.defaults(inputs);
        }
    }

    /// Tells what is read before it is known: `run`, and in a default the inputs from its own on.
    fn known_before(&mut self, span: Span, default: Option<(&[Declared<'a>], usize)>) {
        let Ok(tree) = expr::look(self.source.slice(span), expr::Form::Expression, &self.library) else { return };
        let mut found = Vec::new();
        tree.root.walk(&mut |node| {
            let at = Span::new(span.start + node.range.start as u32, span.start + node.range.end as u32);
            match (&node.kind, default) {
                (NodeKind::Name(name), _) if &**name == "run" => {
                    let error = Diagnostic::error("E0203", at, "`run` is not known before the run begins");
                    found.push(error.help("bind it in the workflow: `let x = run.…`"));
                }
                (NodeKind::Field { .. } | NodeKind::Index { .. }, Some((inputs, place))) => {
                    found.extend(input_read(node).and_then(|name| too_early(name, at, inputs, place)));
                }
                _ => {}
            }
        });
        self.findings.extend(found);
    }

    /// The defaults and rules of parameters.
    pub fn defaults(&mut self, params: &[Declared<'a>]) {
        for declared in params {
            let (name, ty) = (&declared.param.name, Ty::from(&declared.ty));
            if let Some(default) = declared.param.default {
                self.scoped(|c| {
                    let what = format!("the default of `{}`", short(&name.text));
                    c.expect(default, &ty, &what);
                });
            }
            if let Some(rule) = declared.param.rule {
                self.scoped(|c| {
                    // A rule sees a value that was given: `()` has been admitted or refused before.
                    c.scopes.give(&name.text, ty);
                    c.condition(rule);
                });
            }
        }
    }

    /// Declarations come first, the output last, each at most once.
    fn order(&mut self, body: &'a Block) {
        let mut first_statement: Option<&Statement> = None;
        let mut output: Option<&Statement> = None;
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for statement in &body.statements {
            if let Some(before) = output {
                let message = match &statement.kind {
                    StatementKind::Declaration(Declaration::Output(_)) => None,
                    StatementKind::Declaration(_) => Some("this declaration stands behind the output"),
                    _ => Some("this stands behind the output, which is evaluated at the end"),
                };
                if let Some(message) = message {
                    let error = Diagnostic::error("E0402", self.first_line(statement.span), message)
                        .label(self.first_line(before.span), "the output");
                    self.tell(error.help("`output` stands last in a workflow"));
                }
            }
            let StatementKind::Declaration(declaration) = &statement.kind else {
                first_statement = first_statement.or(Some(statement));
                continue;
            };
            let word = word(declaration);
            if let Some(word) = word.filter(|word| *word != "output")
                && let Some(before) = first_statement
                && output.is_none()
            {
                let message = format!("`{word}` stands behind a statement");
                let error = Diagnostic::error("E0401", self.first_line(statement.span), message)
                    .label(self.first_line(before.span), "the first statement");
                self.tell(error.help("declarations stand before the first statement"));
            }
            if let Some(word) = word.filter(|word| !matches!(*word, "signal" | "on")) {
                match seen.iter().find(|(known, _)| *known == word) {
                    Some((_, first)) => {
                        let message = format!("a workflow has one `{word}` at most");
                        let error = Diagnostic::error("E0403", self.first_line(statement.span), message)
                            .label(self.first_line(*first), "the first one");
                        self.tell(error);
                    }
                    None => seen.push((word, statement.span)),
                }
            }
            if matches!(declaration, Declaration::Output(_)) {
                output = output.or(Some(statement));
            }
        }
    }

    /// What the declarations hold, but for `input`, `signal` and `output`.
    fn declarations(&mut self, body: &'a Block) {
        let mut triggers = Vec::new();
        for statement in &body.statements {
            let StatementKind::Declaration(declaration) = &statement.kind else { continue };
            match declaration {
                Declaration::On(on) => {
                    triggers.push(on.alias.as_ref().unwrap_or(&on.kind));
                    self.trigger(on);
                }
                Declaration::Concurrency { limit, per, overlap } => {
                    self.expect_code(*limit, &Ty::Int, "`concurrency`");
                    per.iter().for_each(|per| drop(self.code(*per)));
                    overlap.iter().for_each(|word| self.overlap(word));
                    let help = "leave it out: every run starts at once";
                    self.not_yet("E0606", self.first_line(statement.span), "`concurrency`", help);
                }
                Declaration::Timeout(length) => drop(self.expect(*length, &Ty::Duration, "`timeout`")),
                Declaration::Retention(length) => drop(self.expect(*length, &Ty::Duration, "`retention`")),
                Declaration::RunAs(_) => {
                    let help = "leave it out: everything is done by the account that `wf` itself has";
                    self.not_yet("E0606", self.first_line(statement.span), "`run as`", help);
                }
                Declaration::Input(_) | Declaration::Signal { .. } | Declaration::Output(_) => {}
            }
        }
        let mut found = Vec::new();
        crate::check::globals::twice(&mut found, "trigger", triggers.into_iter());
        self.findings.extend(found.into_iter().map(|d| d.help("give one of them a name of its own: `on … as NAME`")));
    }

    fn overlap(&mut self, word: &crate::syntax::ast::Name) {
        const KINDS: [&str; 3] = ["queue", "skip", "replace"];
        if !KINDS.contains(&&*word.text) {
            let help =
                self.suggestion(&word.text, KINDS).unwrap_or_else(|| "write `queue`, `skip` or `replace`".into());
            let message = format!("there is no `overlap {}`", short(&word.text));
            self.tell(Diagnostic::error("E0305", word.span, message).help(help));
        }
    }

    /// A declaration inside a block, or in an action.
    pub fn stray_declaration(&mut self, declaration: &'a Declaration, span: Span) {
        let word = word(declaration).unwrap_or("this");
        let error =
            Diagnostic::error("E0404", self.first_line(span), format!("`{word}` is a declaration of a workflow"));
        self.tell(
            error.help("it stands in the workflow's own block, before the first statement; `output` stands last"),
        );
        // What it holds is looked at, so that its own mistakes are told as well.
        if let Declaration::Timeout(length) | Declaration::Retention(length) = declaration {
            self.expr(Expr::clone(length));
        }
    }
}

/// Whether no secret can be a value of the type, whatever is known of it.
fn is_no_text(ty: &Type) -> bool {
    let ty = if let Type::Optional(of) = ty { of } else { ty };
    matches!(ty, Type::Int | Type::Float | Type::Bool | Type::Datetime | Type::Duration)
}

/// The input that `input.name` or `input["name"]` reads.
fn input_read(node: &Node) -> Option<&str> {
    let (base, name) = match &node.kind {
        NodeKind::Field { base, name, .. } => (base, &*name.text),
        NodeKind::Index { base, index, .. } => match &index.kind {
            NodeKind::Text(name) => (base, &**name),
            _ => return None,
        },
        _ => return None,
    };
    matches!(&base.kind, NodeKind::Name(root) if &**root == "input").then_some(name)
}

/// The error of a default (of the input at `place`) that reads an input which doesn't stand above it.
fn too_early(name: &str, at: Span, inputs: &[Declared<'_>], place: usize) -> Option<Diagnostic> {
    let read = inputs.iter().position(|other| &*other.param.name.text == name).filter(|read| *read >= place)?;
    let own = &inputs[place].param.name;
    let message = match read == place {
        true => format!("the default of `{}` needs itself", short(name)),
        false => format!("the default of `{}` reads `{}`, which stands below it", short(&own.text), short(name)),
    };
    let error = Diagnostic::error("E0203", at, message).label(inputs[read].param.name.span, "declared here");
    Some(error.help("a default is computed from constants, functions and the inputs above it"))
}

/// The names that stand at the left of `=` (or `+=` …) anywhere in the block: of those no type is known.
fn assigned(block: &Block) -> HashSet<&str> {
    let mut names = HashSet::new();
    walk(block, &mut |met| {
        if let Met::Statement(Statement { kind: StatementKind::Assign { root, .. }, .. }) = met {
            names.insert(&*root.text);
        }
    });
    names
}

/// The word that a declaration begins with.
fn word(declaration: &Declaration) -> Option<&'static str> {
    Some(match declaration {
        Declaration::Input(_) => "input",
        Declaration::Signal { .. } => "signal",
        Declaration::On(_) => "on",
        Declaration::Concurrency { .. } => "concurrency",
        Declaration::Timeout(_) => "timeout",
        Declaration::Retention(_) => "retention",
        Declaration::RunAs(_) => "run as",
        Declaration::Output(_) => "output",
    })
}

/// What `run` is.
pub fn run_type() -> Ty {
    Ty::fields([("id", Ty::String), ("url", Ty::String), ("dir", Ty::String), ("started_at", Ty::Datetime)])
}
