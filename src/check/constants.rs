//! Constants, evaluated once and before everything else, and the functions of the file.
//!
//! Functions may read constants, and constants may call functions: first come the constants that call none, then the
//! functions over those, then the other constants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::checker::Checker;
use crate::check::findings::MAX_TOLD;
use crate::check::infer::Reading;
use crate::check::scope::{Binding, Origin};
use crate::check::ty::{Ty, short};
use crate::diag::Diagnostic;
use crate::expr::{self, Ambient, FnText, Form, Library, NodeKind, ProblemKind, Scope, Tree, evaluate};
use crate::model::{Length, Time, Value};
use crate::source::Span;
use crate::syntax::ast::{Code, Const, Expr, Function};

/// How deep constants may refer to one another (the limit `constant depth`).
const MAX_DEPTH: usize = 64;

/// The limits that all constants share.
const SUMMED: [&str; 4] = ["`operations`", "`memory`", "`copied bytes`", "`deadline`"];

/// What differs from run to run, and so can't be part of a constant.
const OF_A_RUN: [&str; 3] = ["now", "uuid", "random"];

/// What a constant is made of.
#[derive(Debug, Default)]
struct Needs {
    constants: BTreeSet<Arc<str>>,
    functions: BTreeSet<Arc<str>>,
}

impl Needs {
    fn of(tree: &Tree) -> Needs {
        let mut needs = Needs::default();
        tree.root.walk(&mut |node| match &node.kind {
            NodeKind::Name(name) => {
                needs.constants.insert(name.clone());
            }
            NodeKind::Call { name, .. } | NodeKind::Method { name, .. } => {
                needs.functions.insert(name.text.clone());
            }
            _ => {}
        });
        needs
    }
}

/// The constants as an expression sees them.
struct Known<'c>(&'c BTreeMap<Arc<str>, Value>);

impl Scope for Known<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

impl<'a> Checker<'a> {
    /// Evaluates all constants, whatever their order, makes them visible everywhere, and compiles the functions.
    pub fn definitions(&mut self) {
        let all: Vec<&'a Const> = self.globals.constants.values().copied().collect();
        let needs: BTreeMap<&'a str, Needs> = all.iter().map(|c| (&*c.name.text, self.needs(c))).collect();
        let late = self.late(&needs);
        expr::together(|| self.define_all(&all, &needs, &late));
        // What was found of functions while not all constants were known is found anew.
        self.secret_functions.clear();
    }

    /// All constants together may take what one evaluation may, so that no file is checked without end.
    fn define_all(&mut self, all: &[&'a Const], needs: &BTreeMap<&'a str, Needs>, late: &BTreeSet<&'a str>) {
        let mut done = BTreeSet::new();
        for constant in all.iter().filter(|c| !late.contains(&*c.name.text)) {
            self.constant(constant, needs, &mut Vec::new(), &mut done);
        }
        let functions: Vec<&'a Function> = self.globals.functions.values().copied().collect();
        let told = self.compile_functions(&functions, late);
        for constant in all.iter().filter(|c| late.contains(&*c.name.text)) {
            self.constant(constant, needs, &mut Vec::new(), &mut done);
        }
        if !late.is_empty() {
            self.compile_functions(&functions, &BTreeSet::new());
        }
        self.tell_functions(&functions, told);
    }

    fn needs(&self, constant: &Const) -> Needs {
        let Expr::Code(code) = constant.value else { return Needs::default() };
        let text = self.source.slice(code.span);
        expr::compile(text, expr::Origin::default(), Form::Expression, &Arc::default())
            .map_or_else(|_| Needs::default(), |compiled| Needs::of(compiled.tree()))
    }

    /// The constants that call functions of the file, themselves or through others.
    fn late(&self, needs: &BTreeMap<&'a str, Needs>) -> BTreeSet<&'a str> {
        let functions = &self.globals.functions;
        let calls = |needs: &Needs| needs.functions.iter().any(|name| functions.contains_key(&**name));
        let mut late: BTreeSet<&'a str> = needs.iter().filter(|(_, n)| calls(n)).map(|(name, _)| *name).collect();
        let mut queue: Vec<&'a str> = late.iter().copied().collect();
        let mut readers: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
        for (name, needs) in needs {
            needs.constants.iter().for_each(|read| readers.entry(read).or_default().push(name));
        }
        while let Some(name) = queue.pop() {
            for reader in readers.get(name).into_iter().flatten() {
                if late.insert(reader) {
                    queue.push(reader);
                }
            }
        }
        late
    }

    /// Evaluates one constant, after those that it reads.
    fn constant(
        &mut self,
        constant: &'a Const,
        needs: &BTreeMap<&'a str, Needs>,
        around: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) {
        let name: &'a str = &constant.name.text;
        if done.contains(name) {
            return;
        }
        if around.contains(&name) || around.len() >= MAX_DEPTH {
            let error =
                Diagnostic::error("E0215", constant.name.span, format!("the constant `{}` needs itself", short(name)));
            self.tell(error.help("a constant may read others, but not in a circle"));
            self.broken.insert(name);
            return self.define(constant, Ty::Any, Value::Unit, done);
        }
        around.push(name);
        for read in needs.get(name).iter().flat_map(|n| &n.constants) {
            if let Some(other) = self.globals.constants.get(&**read).copied() {
                self.constant(other, needs, around, done);
            }
        }
        around.pop();
        if !done.contains(name) {
            let reads = needs.get(name).iter().flat_map(|n| &n.constants).any(|read| self.broken.contains(&**read));
            // What is wrong with one constant is not told again of those that read it.
            let known = if reads { None } else { self.evaluated(constant) };
            if known.is_none() {
                self.broken.insert(name);
            }
            let (ty, value) = known.unwrap_or_default();
            self.define(constant, ty, value, done);
        }
    }

    fn define(&mut self, constant: &'a Const, ty: Ty, value: Value, done: &mut BTreeSet<&'a str>) {
        if done.insert(&constant.name.text) {
            let binding = Binding { origin: Origin::Constant, span: constant.name.span, ty, fiber: 0 };
            self.scopes.bind(constant.name.text.clone(), binding);
            self.constants.insert(constant.name.text.clone(), value);
        }
    }

    fn evaluated(&mut self, constant: &Const) -> Option<(Ty, Value)> {
        let code = match constant.value {
            Expr::Duration { ms, .. } => return Some((Ty::Duration, Value::Length(Length::from_ms(ms)))),
            Expr::Code(code) => code,
        };
        let before = self.findings.errors();
        let ty = self.code(code);
        if ty.holds_secret() {
            self.ways.insert(constant.name.span, vec![code.span]);
        }
        if self.findings.errors() > before || self.spent {
            return None;
        }
        match self.evaluate(code) {
            Ok(value) => Some((ty, value)),
            Err(error) => {
                self.failed += 1;
                // Where all that the constants may take is used up, it is told of the first one alone.
                let spent = SUMMED.iter().any(|limit| error.message.contains(limit));
                self.spent |= spent || self.failed >= MAX_TOLD;
                self.tell(error);
                None
            }
        }
    }

    fn evaluate(&self, code: Code) -> Result<Value, Diagnostic> {
        let place = self.source.line_column(code.span.start);
        let origin = expr::Origin { line: place.line, column: place.column };
        let refuse = |span, why: String| Diagnostic::error("E0508", span, why);
        let compiled = expr::compile(self.source.slice(code.span), origin, Form::Expression, &self.library)
            .map_err(|_| refuse(code.span, "this can't be read".into()))?;
        let needs = Needs::of(compiled.tree());
        if let Some(name) = OF_A_RUN.iter().find(|name| needs.functions.contains(**name)) {
            let why = format!("`{name}()` differs from run to run, and a constant doesn't");
            return Err(refuse(code.span, why).help("bind it in the workflow: `let x = …`"));
        }
        let mut ambient = Ambient { now: Time::default(), seed: 0, draws: 0 };
        evaluate(&compiled, &Known(&self.constants), &mut ambient).map_err(|fault| {
            let at = self.offset(fault.line, fault.column).map_or(code.span, |at| self.token(at));
            let summed = SUMMED.iter().any(|limit| fault.message.contains(limit));
            let mut error = refuse(at, fault.message);
            if summed {
                error = error.help("all constants of a file together may take what one evaluation may");
            }
            if code.span.holds(at) { error } else { error.label(code.span, "computed for this constant") }
        })
    }

    /// The byte at a line and column of the file.
    fn offset(&self, line: u32, column: u32) -> Option<u32> {
        let text = self.source.text();
        let start = match line {
            0 | 1 => 0,
            _ => text.match_indices('\n').nth(line as usize - 2)?.0 + 1,
        };
        let (at, _) = text[start..].char_indices().nth(column.saturating_sub(1) as usize)?;
        Some(self.source.base() + (start + at) as u32)
    }

    /// The word at `at`, or the one character there.
    fn token(&self, at: u32) -> Span {
        let rest = &self.source.text()[(at - self.source.base()) as usize..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        Span::new(at, at + length as u32)
    }

    /// Makes the library anew, of the functions and of the constants known so far; those of `unknown` count as `()`.
    fn compile_functions(
        &mut self,
        functions: &[&'a Function],
        unknown: &BTreeSet<&'a str>,
    ) -> Vec<(usize, expr::Problem)> {
        let texts = functions.iter().map(|function| {
            let place = self.source.line_column(function.body.span.start);
            FnText {
                name: &function.name.text,
                params: function.params.iter().map(|p| &*p.text).collect(),
                body: self.source.slice(function.body.span),
                origin: expr::Origin { line: place.line, column: place.column },
            }
        });
        let mut constants: Vec<(String, Value)> =
            self.constants.iter().map(|(n, v)| (n.to_string(), v.clone())).collect();
        constants.extend(unknown.iter().map(|name| ((*name).to_string(), Value::Unit)));
        let (library, problems) = Library::compile(&texts.collect::<Vec<_>>(), constants);
        self.library = Arc::new(library);
        problems
    }

    /// What is wrong with the functions: what rhai can't read, then what their texts name.
    fn tell_functions(&mut self, functions: &[&'a Function], problems: Vec<(usize, expr::Problem)>) {
        for (index, problem) in problems {
            // Unknown names are told below, with suggestions.
            if problem.kind != ProblemKind::Unknown {
                self.problem(functions[index].body.span, problem);
            }
        }
        let library = self.library.clone();
        for (index, function) in functions.iter().enumerate() {
            if let Some(tree) = library.tree(index) {
                let start = function.body.span.start;
                let mut reading = Reading::of(start, true);
                self.infer(&tree.root, &mut reading);
            }
        }
    }
}
