//! The state of the check of one file, and what all its parts use: binding names, telling findings.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::check::findings::Findings;
use crate::check::globals::{Declared, Globals};
use crate::check::scope::{Binding, Origin, Scopes};
use crate::check::ty::{Ty, short};
use crate::diag::{Diagnostic, did_you_mean, near};
use crate::expr;
use crate::model::Value;
use crate::source::{Source, Span};
use crate::syntax::ast::Name;

/// What an expression is known to read: each free name that a statement bound, with the place where it was bound.
#[derive(Clone, Debug, Default)]
pub struct Expression {
    pub names: Vec<(Arc<str>, Span)>,
}

/// What stands around a statement within its body, innermost last.
#[derive(Debug)]
pub enum Around {
    Loop { parallel: bool },
    Parallel,
    Race,
    Try,
}

/// A block around a statement, and whether its value is bound to a name.
#[derive(Debug)]
pub struct Enclosing {
    pub around: Around,
    pub bound: bool,
    /// What the `yield`s within give, joined.
    pub yields: Option<Ty>,
}

/// What is known of the workflow or action whose statements are looked at.
#[derive(Debug, Default)]
pub struct Body<'a> {
    /// Whether it is a workflow's: then `return` gives outputs, and what can't be run yet is told.
    pub workflow: bool,
    /// What `return` gives in a workflow, and the outputs that it must give.
    pub outputs: Vec<(&'a str, Ty)>,
    pub assigned: HashSet<&'a str>,
    /// Those of them that are given a secret somewhere.
    pub veiled: HashSet<&'a str>,
    pub around: Vec<Enclosing>,
    /// The line of control that the statement belongs to, and how many there have been.
    pub fiber: u32,
    pub fibers: u32,
}

pub struct Checker<'a> {
    pub source: &'a Source,
    pub globals: Globals<'a>,
    pub library: Arc<expr::Library>,
    pub scopes: Scopes,
    pub findings: Findings,
    pub expressions: HashMap<Span, Expression>,
    pub constants: BTreeMap<Arc<str>, Value>,
    pub body: Body<'a>,
    /// Constants that can't be computed.
    pub broken: BTreeSet<&'a str>,
    /// How many constants could not be computed, and whether the others are let be: for that is as many as are told,
    /// or all that the constants may take together is used up.
    pub failed: usize,
    pub spent: bool,
    /// The expressions whose values are secrets, or hold some.
    pub secrets: HashSet<Span>,
    /// By the span of a name that is bound to such a value: the expressions that it came from.
    pub ways: HashMap<Span, Vec<Span>>,
    /// By the name of a function of the file: whether it gives secrets of its own.
    pub secret_functions: HashMap<Arc<str>, bool>,
    /// The inputs and signals of the workflow that is looked at.
    pub inputs: Option<Vec<Declared<'a>>>,
    pub signals: BTreeMap<&'a str, Vec<Declared<'a>>>,
    /// Functions that are known here beyond those of every expression: `calls` in a test.
    pub extra_functions: &'static [&'static str],
    /// Where `raw` may be called: in the URL of a request.
    pub raw: HashSet<Span>,
    /// Whether the arguments of `shell` are looked at, in which `${NAME}` is the shell's.
    pub shell: bool,
    /// Whether the file has syntax errors: then a name may be defined in what could not be read.
    pub torn: bool,
}

impl<'a> Checker<'a> {
    pub fn tell(&mut self, found: Diagnostic) {
        self.findings.push(found);
    }

    /// The part of the span that stands on its first line: where a long statement is pointed at.
    pub fn first_line(&self, span: Span) -> Span {
        let text = self.source.slice(span);
        let line = text.lines().next().unwrap_or_default();
        Span::new(span.start, span.start + line.trim_end().len() as u32)
    }

    /// The nearest of `names` as a sentence of help.
    pub fn suggestion<'n>(&mut self, name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        if self.findings.may_suggest() { near(name, names).map(did_you_mean) } else { None }
    }

    /// Tells that there is no such thing, unless it may stand in a part of the file that could not be read.
    pub fn unknown(&mut self, code: crate::diag::Code, span: Span, what: &str, name: &str, help: Option<String>) {
        if self.torn && (!self.findings.may_suggest() || defined_somewhere(self.source.text(), name)) {
            return;
        }
        let error = Diagnostic::error(code, span, format!("there is no {what} `{}`", short(name)));
        self.tell(Diagnostic { help, ..error });
    }

    /// Makes a name visible until the end of the block.
    pub fn bind(&mut self, name: &'a Name, origin: Origin, ty: Ty) {
        if let Some(first) = self.scopes.get(&name.text) {
            let message = format!("`{}` is visible here already: {}", short(&name.text), first.what());
            let mut error = Diagnostic::error("E0202", name.span, message);
            if !first.span.is_empty() {
                error = error.label(first.span, "bound here");
            }
            self.tell(error.help("choose another name"));
        }
        let known = !self.body.assigned.contains(&*name.text);
        let veiled = ty.holds_secret() || self.body.veiled.contains(&*name.text);
        let ty = if known { ty } else { Ty::unknown(veiled) };
        self.scopes.bind(name.text.clone(), Binding { origin, span: name.span, ty, fiber: self.body.fiber });
    }

    /// What `inside` binds is forgotten after it.
    pub fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.scopes.open();
        let given = inside(self);
        self.scopes.close(mark);
        given
    }

    /// Goes through a block that stands within `around`, and gives what its `yield`s give.
    pub fn within(&mut self, around: Around, bound: bool, inside: impl FnOnce(&mut Self)) -> Option<Ty> {
        self.body.around.push(Enclosing { around, bound, yields: None });
        self.scoped(inside);
        self.body.around.pop().and_then(|e| e.yields)
    }

    /// Goes through a block in a line of control of its own.
    pub fn apart(&mut self, inside: impl FnOnce(&mut Self)) {
        self.body.fibers += 1;
        let before = std::mem::replace(&mut self.body.fiber, self.body.fibers);
        self.scoped(inside);
        self.body.fiber = before;
    }

    /// Tells that this version can't run something yet, where it would be run.
    pub fn not_yet(&mut self, code: crate::diag::Code, span: Span, what: &str, help: &str) {
        if self.body.workflow {
            let error = Diagnostic::error(code, span, format!("{what} can't be run by this version of wf yet"));
            self.tell(error.help(help));
        }
    }
}

/// Whether the text has `name` where something is defined: behind `step`, `let`, `for` and the like.
fn defined_somewhere(text: &str, name: &str) -> bool {
    const BEFORE: [&str; 9] = ["step", "let", "for", "catch", "const", "workflow", "action", "signal", "fn"];
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].trim_end_matches([' ', '\t', '\r']);
        let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let behind = text[at + name.len()..].trim_start_matches([' ', '\t']);
        let is_field = behind.starts_with(':') || behind.starts_with("in ");
        before.len() < at && BEFORE.contains(&word) || is_field && before.ends_with([',', '(', '{', '\n', ';'])
    })
}
