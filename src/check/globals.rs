//! What a file defines at its top: its modules, constants, functions, actions, workflows and tests, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::declared::declared;
use crate::check::signature::Signature;
use crate::check::ty::{Ty, short};
use crate::diag::Diagnostic;
use crate::model::Type;
use crate::source::Span;
use crate::syntax::ast::{
    Action, Const, Declaration, File, Function, Item, Name, Param, StatementKind, Test, Use, UseFrom, Workflow,
};

/// A parameter with its type: a field of `input`, of a signal, of an action.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    pub param: &'a Param,
    pub ty: Type,
}

/// What is known of a workflow from outside.
#[derive(Clone, Debug)]
pub struct Outline<'a> {
    pub workflow: &'a Workflow,
    pub inputs: Vec<Declared<'a>>,
    /// The outputs by name with their types (`any` where none is written), and whether a value is written.
    pub outputs: Vec<(&'a Name, Type, bool)>,
    pub signals: BTreeMap<&'a str, Vec<Declared<'a>>>,
}

/// The definitions of a file. Of two of one name the first one holds.
#[derive(Debug, Default)]
pub struct Globals<'a> {
    pub modules: BTreeMap<&'a str, &'a Use>,
    pub constants: BTreeMap<&'a str, &'a Const>,
    pub functions: BTreeMap<&'a str, &'a Function>,
    pub actions: BTreeMap<&'a str, (&'a Action, Vec<Declared<'a>>)>,
    pub workflows: BTreeMap<&'a str, Outline<'a>>,
    pub tests: Vec<&'a Test>,
}

impl<'a> Globals<'a> {
    pub fn of(file: &'a File, found: &mut Vec<Diagnostic>) -> Globals<'a> {
        let mut globals = Globals::default();
        for item in &file.items {
            globals.add(item, found);
        }
        globals
    }

    fn add(&mut self, item: &'a Item, found: &mut Vec<Diagnostic>) {
        match item {
            Item::Use(module) => {
                if let Some((name, span)) = module_name(module) {
                    let first = self.modules.get(name).map(|first| first.span);
                    taken(found, "module", name, span, first);
                    self.modules.entry(name).or_insert(module);
                }
            }
            Item::Const(constant) => {
                let first = self.constants.get(&*constant.name.text).map(|c| c.name.span);
                taken(found, "constant", &constant.name.text, constant.name.span, first);
                self.constants.entry(&constant.name.text).or_insert(constant);
            }
            Item::Fn(function) => {
                let first = self.functions.get(&*function.name.text).map(|f| f.name.span);
                taken(found, "function", &function.name.text, function.name.span, first);
                twice(found, "parameter", function.params.iter());
                self.functions.entry(&function.name.text).or_insert(function);
            }
            Item::Action(action) => {
                let first = self.actions.get(&*action.name.text).map(|(a, _)| a.name.span);
                taken(found, "action", &action.name.text, action.name.span, first);
                let params = parameters(&action.params, found);
                self.actions.entry(&action.name.text).or_insert((action, params));
            }
            Item::Workflow(workflow) => {
                let first = self.workflows.get(&*workflow.name.text).map(|w| w.workflow.name.span);
                taken(found, "workflow", &workflow.name.text, workflow.name.span, first);
                let outline = outline(workflow, found);
                self.workflows.entry(&workflow.name.text).or_insert(outline);
            }
            Item::Test(test) => self.tests.push(test),
        }
    }
}

/// The name under which a module is known in the file.
fn module_name(module: &Use) -> Option<(&str, Span)> {
    match (&module.alias, &module.from) {
        (Some(alias), _) => Some((&alias.text, alias.span)),
        (None, UseFrom::Module(name)) => Some((&name.text, name.span)),
        (None, UseFrom::File(_)) => None,
    }
}

fn taken(found: &mut Vec<Diagnostic>, what: &str, name: &str, span: Span, first: Option<Span>) {
    if let Some(first) = first {
        let message = format!("there are two {what}s of the name `{}`", short(name));
        found.push(Diagnostic::error("E0209", span, message).label(first, "the first one"));
    }
}

/// Tells names that stand twice in a list.
pub fn twice<'n>(found: &mut Vec<Diagnostic>, what: &str, names: impl Iterator<Item = &'n Name>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        if let Some(span) = first.get(&*name.text) {
            let message = format!("there are two {what}s of the name `{}`", short(&name.text));
            found.push(Diagnostic::error("E0214", name.span, message).label(*span, "the first one"));
        } else {
            first.insert(&name.text, name.span);
        }
    }
}

/// The parameters with their types.
pub fn parameters<'a>(params: &'a [Param], found: &mut Vec<Diagnostic>) -> Vec<Declared<'a>> {
    twice(found, "parameter", params.iter().map(|p| &p.name));
    params.iter().map(|param| Declared { param, ty: declared(&param.ty, found) }).collect()
}

/// What the workflow declares; of two `input` or `output` blocks the first one holds.
pub fn outline<'a>(workflow: &'a Workflow, found: &mut Vec<Diagnostic>) -> Outline<'a> {
    let mut outline = Outline { workflow, inputs: Vec::new(), outputs: Vec::new(), signals: BTreeMap::new() };
    let (mut inputs, mut outputs) = (false, false);
    for statement in &workflow.body.statements {
        match &statement.kind {
            StatementKind::Declaration(Declaration::Input(params)) if !inputs => {
                inputs = true;
                outline.inputs = parameters(params, found);
            }
            StatementKind::Declaration(Declaration::Output(fields)) if !outputs => {
                outputs = true;
                twice(found, "output", fields.iter().map(|f| &f.name));
                for field in fields {
                    let ty = field.ty.as_ref().map_or(Type::Any, |ty| declared(ty, found));
                    outline.outputs.push((&field.name, ty, field.value.is_some()));
                }
            }
            StatementKind::Declaration(Declaration::Signal { name, params }) => {
                let declared = parameters(params, found);
                if outline.signals.insert(&name.text, declared).is_some() {
                    let message = format!("there are two signals of the name `{}`", short(&name.text));
                    found.push(Diagnostic::error("E0214", name.span, message));
                }
            }
            _ => {}
        }
    }
    outline
}

/// A value of the parameters as one object: what `input` is.
pub fn object(params: &[Declared<'_>]) -> Ty {
    Ty::object(params.iter().map(|p| (p.param.name.text.clone(), Ty::from(&p.ty))))
}

/// What someone who gives the parameters must and may give. One that may be `()` or has a default need not be given.
pub fn signature(params: &[Declared<'_>], by_place: bool) -> Signature {
    let mut signature = Signature::default();
    for declared in params {
        let name: Arc<str> = declared.param.name.text.clone();
        let free = declared.param.default.is_some() || declared.param.ty.optional;
        let ty = Ty::from(&declared.ty);
        signature = if free { signature.optional(&name, ty) } else { signature.required(&name, ty) };
    }
    let count = if by_place { signature.parameters.len() } else { 0 };
    signature.by_place(count)
}

impl Outline<'_> {
    /// What `call` gives.
    pub fn result(&self) -> Ty {
        Ty::object(self.outputs.iter().map(|(name, ty, _)| (name.text.clone(), Ty::from(ty))))
    }
}
