//! Pieces of rhai: compiled once each, their problems told at their place, their names looked up, their type found.

use crate::check::checker::{Checker, Expression};
use crate::check::infer::Reading;
use crate::check::scope;
use crate::check::ty::Ty;
use crate::diag::{Code as DiagCode, Diagnostic};
use crate::expr::{self, Form, NodeKind, Problem, ProblemKind};
use crate::source::Span;
use crate::syntax::ast::{ArgumentValue, Arguments, Code, Expr, Name};

impl Checker<'_> {
    /// The type of a value as it may be written.
    pub fn expr(&mut self, value: Expr) -> Ty {
        match value {
            Expr::Duration { .. } => Ty::Duration,
            Expr::Code(code) => self.code(code),
        }
    }

    pub fn code(&mut self, code: Code) -> Ty {
        self.read(code.span, Form::Expression)
    }

    /// `script { … }`: its last expression is its value.
    pub fn script(&mut self, code: Code) -> Ty {
        self.read(code.span, Form::Script)
    }

    /// `x.a[0] = e` as a whole.
    pub fn assignment(&mut self, whole: Code, root: &Name) {
        self.read(whole.span, Form::Assignment { root: root.text.to_string() });
    }

    /// Notes that the text of `span` reads `name` alone, without rhai in it.
    pub fn reads(&mut self, span: Span, name: &Name) {
        match self.scopes.get(&name.text) {
            Some(binding) => {
                let names = vec![(name.text.clone(), binding.span)];
                self.expressions.insert(span, Expression { names });
            }
            None => self.unknown_name(&name.text, name.span),
        }
    }

    fn read(&mut self, span: Span, form: Form) -> Ty {
        let text = self.source.slice(span);
        let script = matches!(form, Form::Script);
        match expr::look(text, form, &self.library) {
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.problem(span, problem));
                Ty::Any
            }
            Ok(tree) => {
                let mut reading = Reading::of(span.start, script);
                let ty = self.infer(&tree.root, &mut reading);
                if !script {
                    self.kept_functions(&tree.root, span.start);
                }
                if ty.holds_secret() {
                    self.secrets.insert(span);
                }
                self.expressions.insert(span, Expression { names: reading.names });
                ty
            }
        }
    }

    pub fn problem(&mut self, span: Span, problem: Problem) {
        let at = |offset: usize| (span.start + offset as u32).min(span.end);
        let place = Span::new(at(problem.range.start), at(problem.range.end.max(problem.range.start)));
        if problem.kind == ProblemKind::Outside && self.scopes.get(self.source.slice(place)).is_none() {
            let name = self.source.slice(place).to_string();
            return self.unknown_name(&name, place);
        }
        let error = Diagnostic::error(code_of(problem.kind), place, problem.message);
        self.tell(Diagnostic { help: problem.help, ..error });
    }

    /// Tells functions that would be values: they can be given to a call, and kept nowhere.
    fn kept_functions(&mut self, node: &expr::Node, start: u32) {
        let is_function = match &node.kind {
            NodeKind::Closure { .. } => true,
            NodeKind::Name(name) => self.scopes.get(name).is_none() && self.globals.functions.contains_key(&**name),
            _ => false,
        };
        if is_function {
            let place = Span::new(start + node.range.start as u32, start + node.range.end as u32);
            let error = Diagnostic::error("E0506", place, "a function is no value that can be kept");
            return self.tell(error.help("give it to a call, such as `list.map(|x| x + 1)`, or define it by `fn`"));
        }
        let given = matches!(node.kind, NodeKind::Call { .. } | NodeKind::Method { .. });
        for part in node.parts() {
            if !given || !matches!(part.kind, NodeKind::Closure { .. } | NodeKind::Name(_)) {
                self.kept_functions(part, start);
            }
        }
    }

    /// The text of `shell` is a literal or a constant: a value in it could become a command.
    pub fn shell_text(&mut self, given: &Arguments) {
        let command = given.list.iter().enumerate().find(|(place, argument)| match &argument.name {
            Some(name) => &*name.text == "command",
            None => *place == 0,
        });
        let Some(ArgumentValue::Expr(Expr::Code(code))) = command.map(|(_, argument)| &argument.value) else { return };
        let Ok(tree) = expr::look(self.source.slice(code.span), Form::Expression, &self.library) else { return };
        let root = &tree.root;
        if self.is_fixed(root) {
            return;
        }
        let mut places = Vec::new();
        root.walk(&mut |node| {
            if matches!(node.kind, NodeKind::Template(_)) && !self.is_fixed(node) {
                places.push(Span::new(
                    code.span.start + node.range.start as u32,
                    code.span.start + node.range.end as u32,
                ));
            }
        });
        let whole = if places.is_empty() { vec![code.span] } else { places };
        for place in whole {
            let error = Diagnostic::error("E0310", place, "a value in the text of `shell` could become a command");
            self.tell(error.help(
                "write the text itself or a `const`, and give values by the environment: \
                 `shell(\"echo \\\"$NAME\\\"\", env: #{ NAME: … })`; or use `exec`",
            ));
        }
    }

    /// Whether the part is the same in every run: a literal or the name of a constant. (One that is no text is told
    /// by its type.)
    fn is_fixed(&self, node: &expr::Node) -> bool {
        match &node.kind {
            NodeKind::Template(parts) => parts.iter().all(|part| matches!(part.kind, NodeKind::Text(_))),
            NodeKind::Name(name) => {
                self.scopes.get(name).is_none_or(|binding| binding.origin == scope::Origin::Constant)
            }
            NodeKind::Text(_) | NodeKind::Char(_) | NodeKind::Unit => true,
            NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) => true,
            _ => false,
        }
    }
}

/// The code of what is wrong with an expression.
fn code_of(kind: ProblemKind) -> DiagCode {
    match kind {
        ProblemKind::Syntax => "E0501",
        ProblemKind::Unknown => "E0201",
        ProblemKind::Statement => "E0502",
        ProblemKind::Word => "E0503",
        ProblemKind::Limit => "E0504",
        ProblemKind::Assignment | ProblemKind::Outside => "E0505",
        ProblemKind::LeftOut => "E0506",
        ProblemKind::Duplicate => "E0507",
    }
}
