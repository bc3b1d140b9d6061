//! The functions and constants of a module, compiled once and shared by its expressions.
//!
//! A function that can't be compiled is left out, with its problems; its name stays known. Invariant: functions
//! see their parameters, each other and the constants, nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rhai::Module;

use super::compiled::{Parsed, parse};
use super::engine::engine;
use super::limits::{MAX_EXPRESSION_DEPTH, MAX_FUNCTION_DEPTH};
use super::lower::Lower;
use super::place::Origin;
use super::problem::{Problem, ProblemKind};
use super::slot::Slot;
use super::spans::Text;
use super::translate::{Made, Names, Translate};
use super::tree::{NodeKind, Tree};
use crate::model::Value;

/// A function as it stands in a file.
#[derive(Clone, Debug)]
pub struct FnText<'a> {
    pub name: &'a str,
    pub params: Vec<&'a str>,
    /// With its braces.
    pub body: &'a str,
    /// Where the body stands.
    pub origin: Origin,
}

/// The functions and constants of a module.
#[derive(Default, Debug)]
pub struct Library {
    pub(super) module: Arc<Module>,
    pub(super) functions: Vec<Function>,
    /// The paths of constants that functions read.
    pub(super) slots: Vec<Slot>,
    pub(super) constants: Vec<(Arc<str>, Value)>,
    /// The first constant and the first function of each name.
    constant_names: HashMap<Arc<str>, usize>,
    function_names: HashMap<Arc<str>, usize>,
    /// The function in whose text each closure stands.
    pub(super) closures: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub name: Arc<str>,
    pub params: usize,
    pub origin: Origin,
    pub text: Arc<str>,
    pub made: Made,
    pub tree: Option<Tree>,
}

impl Library {
    /// No functions, no constants.
    pub fn new() -> Library {
        Library::default()
    }

    /// The library of these functions and constants, and what is wrong with each function, by its index.
    pub fn compile(texts: &[FnText<'_>], constants: Vec<(String, Value)>) -> (Library, Vec<(usize, Problem)>) {
        let constants = constants.into_iter().map(|(name, value)| (Arc::from(name), value)).collect();
        let mut library = Library { constants, ..Library::default() };
        library.functions = texts.iter().map(Function::unread).collect();
        for (index, (name, _)) in library.constants.iter().enumerate() {
            library.constant_names.entry(name.clone()).or_insert(index);
        }
        for (index, function) in library.functions.iter().enumerate() {
            library.function_names.entry(function.name.clone()).or_insert(index);
        }
        let mut module = Module::new();
        let mut problems = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            if library.function_names.get(text.name) != Some(&index) {
                let message = format!("the function `{}` is declared twice", text.name);
                problems.push((index, Problem::new(ProblemKind::Duplicate, message, 0..0)));
                continue;
            }
            match library.function(index, text, &mut module) {
                Ok(()) => {}
                Err(wrong) => problems.extend(wrong.into_iter().map(|problem| (index, within_function(problem)))),
            }
        }
        library.module = Arc::new(module);
        (library, problems)
    }

    fn function(&mut self, index: usize, text: &FnText<'_>, module: &mut Module) -> Result<(), Vec<Problem>> {
        let prefix = format!("fn {}({}) ", text.name, text.params.join(", "));
        let Parsed { ast, tokens } = parse(&prefix, text.body, true, |whole| engine().compile(whole))?;
        let whole = format!("{prefix}{}", text.body);
        let mut lower = Lower::new(Text { text: &whole, prefix: prefix.len(), tokens: &tokens }, &ast, true);
        let tree = lower.function(text.name);
        let mut problems = std::mem::take(&mut lower.problems);
        problems.extend(self.unknown(&tree));
        let made = self.translate(index, text, &tree, &prefix, &mut problems);
        self.functions[index].tree = Some(tree);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (compiled, _) = super::words::lexing(&made.text, true, || engine().compile(&made.text));
        let compiled = compiled.map_err(|error| vec![super::compiled::made_problem(&error, &made, text.body, true)])?;
        for def in compiled.iter_fn_def() {
            if def.name.as_str() != text.name {
                self.closures.insert(def.name.to_string(), index);
            }
            module.set_script_fn(def.clone());
        }
        self.functions[index].made = made;
        Ok(())
    }

    fn translate(
        &mut self,
        index: usize,
        text: &FnText<'_>,
        tree: &Tree,
        prefix: &str,
        problems: &mut Vec<Problem>,
    ) -> Made {
        let slots = std::mem::take(&mut self.slots);
        let root = |name: &str| self.constant(name);
        let is_function = |name: &str| self.has(name);
        let mut translate = Translate::new(Names { root: &root, function: &is_function }, true);
        translate.function = Some(index);
        translate.slots = slots;
        let made = translate.part(text.body, &tree.root, 0..text.body.len(), Made::after(prefix));
        problems.append(&mut translate.problems);
        self.slots = translate.slots;
        made
    }

    /// The names that a function's text reads, and that nobody binds.
    fn unknown(&self, tree: &Tree) -> Vec<Problem> {
        let mut problems = Vec::new();
        for root in tree.roots() {
            if self.constant(&root.name).is_none() && !self.has(&root.name) {
                let message = format!("`{}` is not known in a `fn`", root.name);
                let help = "a `fn` sees its parameters, its own variables, the constants and functions of the file";
                let each = |range| Problem::new(ProblemKind::Unknown, message.clone(), range).help(help);
                problems.extend(root.ranges.into_iter().map(each));
            }
        }
        problems
    }

    pub(super) fn constant(&self, name: &str) -> Option<usize> {
        self.constant_names.get(name).copied()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.function_names.contains_key(name)
    }

    /// Whether `name(…)` with so many arguments can be called: a function of this library, or a built-in one.
    pub fn is_known_function(&self, name: &str, args: usize) -> bool {
        let own = self.functions.iter().any(|function| *function.name == *name && function.params == args);
        own || super::builtins::is_known(name, args)
    }

    /// Whether `x.name(…)` with so many arguments can be called: a built-in function, or one of this library that
    /// takes so many parameters and sees `x` as `this`.
    pub fn is_known_method(&self, name: &str, args: usize) -> bool {
        let own = self.functions.iter().any(|function| *function.name == *name && function.params == args);
        own || super::builtins::is_known(name, args + 1)
    }

    /// The names of the functions and how many parameters each has, for suggestions.
    pub fn functions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.functions.iter().map(|function| (&*function.name, function.params))
    }

    /// The body of a function as data, by its index; none where it can't be read.
    pub fn tree(&self, index: usize) -> Option<&Tree> {
        self.functions.get(index)?.tree.as_ref()
    }

    /// The index of the function in whose text a function of rhai's stands: itself, or one of its closures.
    pub(super) fn owner(&self, name: &str) -> Option<usize> {
        let own = self.function_names.get(name).copied();
        own.or_else(|| self.closures.get(name).copied())
    }
}

impl Function {
    fn unread(text: &FnText<'_>) -> Function {
        Function {
            name: text.name.into(),
            params: text.params.len(),
            origin: text.origin,
            text: text.body.into(),
            made: Made::default(),
            tree: None,
        }
    }
}

/// A body may be less deep than an expression.
fn within_function(mut problem: Problem) -> Problem {
    let of = |depth: usize| format!("`expression depth`: {depth})");
    problem.message = problem.message.replace(&of(MAX_EXPRESSION_DEPTH), &of(MAX_FUNCTION_DEPTH));
    problem
}

/// Whether a node is a function's name where a value stands.
pub(super) fn names_function(kind: &NodeKind, library: &Library) -> bool {
    matches!(kind, NodeKind::Name(name) if library.has(name))
}
