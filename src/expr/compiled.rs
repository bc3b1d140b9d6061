//! From a text to what can be evaluated: parse as it stands, look at it, translate, parse what was made.
//!
//! What needs no rhai gets none: a constant, a path, and lists and maps of such are kept as they are, so that a
//! large value passes through without being turned over. Invariant: the tree and the roots are those of the
//! user's text.

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rhai::{AST, Module, ParseError, Stmt};

use super::engine::engine;
use super::library::{Library, names_function};
use super::lower::Lower;
use super::place::{Origin, floor, offset_of};
use super::plainly::plainly;
use super::problem::{Problem, ProblemKind, STATEMENTS_HELP, of_parse_error};
use super::slot::Slot;
use super::spans::Text;
use super::translate::{Made, Names, Translate};
use super::tree::{Node, NodeKind, Root, Tree};
use super::words::{Tokens, lexing};
use crate::model::Value;

/// What kind of text it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Form {
    /// A value. It changes nothing.
    Expression,
    /// The same, of a URL: in a backtick text each `${…}` becomes one segment. See [`url`](super::url).
    Url,
    /// Statements in braces; the last expression is the value.
    Script,
    /// A whole assignment such as `x.a[0] += e`; its value is the new value of `root`.
    Assignment { root: String },
}

/// A text that can be evaluated.
#[derive(Debug)]
pub struct Compiled {
    pub(super) text: Arc<str>,
    pub(super) origin: Origin,
    pub(super) library: Arc<Library>,
    tree: Tree,
    roots: Vec<Root>,
    pub(super) slots: Arc<[Slot]>,
    pub(super) plan: Plan,
    /// The name that is assigned to.
    pub(super) target: Option<Arc<str>>,
}

/// How a value comes about.
#[derive(Debug)]
pub(super) enum Plan {
    Constant(Value),
    /// The slot's value as it is.
    Path(usize),
    List(Vec<Plan>),
    Map(Vec<(Arc<str>, Plan)>),
    Url(Vec<UrlPart>),
    Code(Code),
}

/// A part of a URL in a backtick text.
#[derive(Debug)]
pub(super) enum UrlPart {
    Text(Arc<str>),
    Value {
        plan: Plan,
        /// Whether it stands as it is: `raw(x)`.
        raw: bool,
        /// The byte where it stands.
        at: usize,
    },
}

/// What rhai evaluates.
#[derive(Debug)]
pub(super) struct Code {
    pub ast: AST,
    pub made: Made,
}

impl Compiled {
    /// The free names that it reads, in the order of their first occurrence.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The text as data.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }
}

/// The message of a problem that is a bug.
pub(super) const BROKEN: &str = "a bug of Wayfare's own: rhai's parser broke on this";

/// A text that rhai has parsed.
pub(super) struct Parsed {
    pub ast: AST,
    pub tokens: Tokens,
}

/// Parses `prefix` and `text`, which holds statements if it is a `script`; places of problems are those of `text`.
pub(super) fn parse(
    prefix: &str,
    text: &str,
    script: bool,
    run: impl Fn(&str) -> Result<AST, ParseError>,
) -> Result<Parsed, Vec<Problem>> {
    let whole = format!("{prefix}{text}");
    // A panic of rhai's parser is a bug; it fails this text and nothing else.
    let caught = catch_unwind(AssertUnwindSafe(|| lexing(&whole, false, || run(&whole))));
    let Ok((parsed, tokens)) = caught else {
        return Err(vec![Problem::new(ProblemKind::Syntax, BROKEN, 0..text.len())]);
    };
    match parsed {
        Ok(ast) => Ok(Parsed { ast, tokens }),
        Err(error) => {
            let at = tokens.offset(error.position()).or_else(|| offset_of(&whole, error.position()));
            let at = at.unwrap_or(whole.len()).saturating_sub(prefix.len());
            Err(vec![of_parse_error(&error, text, floor(text, at), script)])
        }
    }
}

/// A problem that only shows in the text that was made; it has a place of the user's nonetheless.
pub(super) fn made_problem(error: &ParseError, made: &Made, text: &str, script: bool) -> Problem {
    let at = offset_of(&made.text, error.position()).map_or(0, |at| made.original(at));
    of_parse_error(error, text, floor(text, at), script)
}

/// Compiles a text that stands at `origin`.
///
/// # Errors
/// What is wrong with it, each with its bytes.
pub fn compile(text: &str, origin: Origin, form: Form, library: &Arc<Library>) -> Result<Compiled, Vec<Problem>> {
    let (tree, problems) = read(text, &form)?;
    made(text, origin, form, library, (tree, problems), true)
}

/// Looks at a text: its tree, where nothing is wrong with it that [`compile`] would find.
///
/// # Errors
/// As of [`compile`].
pub fn look(text: &str, form: Form, library: &Arc<Library>) -> Result<Tree, Vec<Problem>> {
    let (tree, problems) = read(text, &form)?;
    Ok(made(text, Origin::default(), form, library, (tree, problems), false)?.tree)
}

/// What the text says, and what is wrong with it though rhai understands it.
fn read(text: &str, form: &Form) -> Result<(Tree, Vec<Problem>), Vec<Problem>> {
    let expression = form.is_expression();
    match plainly(text).filter(|_| expression) {
        Some(tree) => Ok((tree, Vec::new())),
        None => read_by_rhai(text, form),
    }
}

pub(super) fn read_by_rhai(text: &str, form: &Form) -> Result<(Tree, Vec<Problem>), Vec<Problem>> {
    let expression = form.is_expression();
    let Parsed { ast, tokens } = parse("", text, *form == Form::Script, |whole| match expression {
        true => engine().compile_expression(whole),
        false => engine().compile(whole),
    })?;
    shaped(&ast, form, text)?;
    let mut lower = Lower::new(Text { text, prefix: 0, tokens: &tokens }, &ast, *form == Form::Script);
    let tree = lower.expression(ast.statements());
    let mut problems = std::mem::take(&mut lower.problems);
    if let Form::Assignment { root } = form {
        // The outermost assignment is the one that is allowed.
        problems = assigned(&tree, root, problems)?;
    }
    Ok((tree, problems))
}

/// What can be evaluated; without `code` only what is wrong with it is found, and nothing is made.
fn made(
    text: &str,
    origin: Origin,
    form: Form,
    library: &Arc<Library>,
    (tree, problems): (Tree, Vec<Problem>),
    code: bool,
) -> Result<Compiled, Vec<Problem>> {
    let roots: Vec<Root> =
        tree.roots().into_iter().filter(|root| !names_function(&NodeKind::Name(root.name.clone()), library)).collect();
    let target = match &form {
        Form::Assignment { root } => Some(Arc::from(root.as_str())),
        _ => None,
    };
    let places: HashMap<&str, usize> = roots.iter().enumerate().map(|(at, root)| (&*root.name, at)).collect();
    let root = |name: &str| places.get(name).copied();
    let function = |name: &str| library.has(name);
    let mut translate = Translate::new(Names { root: &root, function: &function }, form == Form::Script);
    translate.target = target.as_deref();
    let mut planner = Planner { text, form: &form, library, translate, problems, code };
    let plan = match (&form, &tree.root.kind) {
        (Form::Url, NodeKind::Template(parts)) => planner.url(parts),
        _ => planner.plan(&tree.root, 0..text.len(), form.is_expression()),
    };
    planner.problems.append(&mut planner.translate.problems);
    if !planner.problems.is_empty() {
        planner.problems.sort_by_key(|problem| problem.range.start);
        return Err(planner.problems);
    }
    let slots = planner.translate.slots.into();
    drop(places);
    Ok(Compiled { text: text.into(), origin, library: library.clone(), tree, roots, slots, plan, target })
}

/// Refuses a script that is not one block, and an assignment that is not one statement.
fn shaped(ast: &AST, form: &Form, text: &str) -> Result<(), Vec<Problem>> {
    let (fits, message) = match (form, ast.statements()) {
        (Form::Expression | Form::Url, _) | (Form::Script, [Stmt::Block(_)]) => return Ok(()),
        (Form::Script, []) => (text.trim_start().starts_with('{'), "a script stands in one pair of braces"),
        (Form::Script, _) => (false, "a script stands in one pair of braces"),
        (Form::Assignment { .. }, [Stmt::Assignment(_)]) => return Ok(()),
        (Form::Assignment { .. }, _) => (false, "one assignment is wanted here"),
    };
    if fits {
        Ok(())
    } else {
        Err(vec![Problem::new(ProblemKind::Statement, message, 0..text.len()).help(STATEMENTS_HELP)])
    }
}

fn assigned(tree: &Tree, root: &str, mut problems: Vec<Problem>) -> Result<Vec<Problem>, Vec<Problem>> {
    let NodeKind::Assign { target, op, .. } = &tree.root.kind else { return Err(problems) };
    problems.retain(|problem| problem.kind != ProblemKind::Statement || problem.range != op.range);
    let mut base = &**target;
    while let NodeKind::Field { base: inner, .. } | NodeKind::Index { base: inner, .. } = &base.kind {
        base = inner;
    }
    if !matches!(&base.kind, NodeKind::Name(name) if **name == *root) {
        let message = format!("this doesn't assign to `{root}`");
        problems.push(Problem::new(ProblemKind::Assignment, message, target.range.clone()));
    }
    Ok(problems)
}

impl Form {
    fn is_expression(&self) -> bool {
        match self {
            Form::Expression | Form::Url => true,
            Form::Script | Form::Assignment { .. } => false,
        }
    }
}

/// Whether a part of a backtick text stands in `${…}`.
fn is_value(text: &str, part: &Node) -> bool {
    text[..part.range.start].trim_end().ends_with("${")
}

/// What stands within `raw(x)`, where a part of a URL is that.
pub fn raw(part: &Node) -> Option<&Node> {
    match &part.kind {
        NodeKind::Call { name, args } if &*name.text == "raw" && args.len() == 1 => args.first(),
        _ => None,
    }
}

struct Planner<'a> {
    text: &'a str,
    form: &'a Form,
    library: &'a Arc<Library>,
    translate: Translate<'a>,
    problems: Vec<Problem>,
    /// Whether what rhai evaluates is made.
    code: bool,
}

impl Planner<'_> {
    /// How the part's value comes about; `open` says that it stands where its parts may be taken one by one.
    fn plan(&mut self, node: &Node, range: Range<usize>, open: bool) -> Plan {
        if !open {
            return self.code(node, range);
        }
        match &node.kind {
            NodeKind::Unit => Plan::Constant(Value::Unit),
            NodeKind::Bool(b) => Plan::Constant(Value::Bool(*b)),
            NodeKind::Int(n) => Plan::Constant(Value::Int(*n)),
            NodeKind::Float(x) => Plan::Constant(Value::Float(*x)),
            NodeKind::Char(c) => Plan::Constant(Value::text(c.to_string())),
            NodeKind::Text(text) => Plan::Constant(Value::Text(text.clone())),
            NodeKind::List(items) => {
                Plan::List(items.iter().map(|item| self.plan(item, item.range.clone(), true)).collect())
            }
            NodeKind::Map(fields) => {
                let field = |this: &mut Self, value: &Node| this.plan(value, value.range.clone(), true);
                Plan::Map(fields.iter().map(|(key, value)| (key.text.clone(), field(self, value))).collect())
            }
            _ => match self.translate.whole_path(node) {
                Some(slot) => Plan::Path(slot),
                None => self.code(node, range),
            },
        }
    }

    fn url(&mut self, parts: &[Node]) -> Plan {
        let part = |this: &mut Self, part: &Node| match &part.kind {
            NodeKind::Text(text) if !is_value(this.text, part) => UrlPart::Text(text.clone()),
            _ => {
                let (value, raw) = match raw(part) {
                    Some(value) => (value, true),
                    None => (part, false),
                };
                let plan = this.plan(value, value.range.clone(), true);
                UrlPart::Value { plan, raw, at: part.range.start }
            }
        };
        Plan::Url(parts.iter().map(|node| part(self, node)).collect())
    }

    fn code(&mut self, node: &Node, range: Range<usize>) -> Plan {
        let made = self.translate.part(self.text, node, range, Made::default());
        if !self.code || !self.problems.is_empty() || !self.translate.problems.is_empty() {
            return Plan::Constant(Value::Unit);
        }
        let expression = self.form.is_expression();
        let (compiled, _) = lexing(&made.text, true, || match expression {
            true => engine().compile_expression(&made.text),
            false => engine().compile(&made.text),
        });
        match compiled {
            Ok(ast) => Plan::Code(Code { ast: self.joined(ast), made }),
            Err(error) => {
                self.problems.push(made_problem(&error, &made, self.text, *self.form == Form::Script));
                Plan::Constant(Value::Unit)
            }
        }
    }

    /// The tree with the library's functions beside its closures.
    fn joined(&self, ast: AST) -> AST {
        if !ast.has_functions() {
            return AST::new(ast.statements().to_vec(), self.library.module.clone());
        }
        let mut module = Module::new();
        module.merge(&self.library.module);
        ast.iter_fn_def().for_each(|def| {
            module.set_script_fn(def.clone());
        });
        AST::new(ast.statements().to_vec(), module)
    }
}
