//! From rhai's syntax tree to a [`Tree`]: ranges of bytes instead of positions, chains of fields as they are
//! written, names told apart into free ones and the text's own, and what the language leaves out refused.
//!
//! It decides nothing about types or about which names there are. Invariant: the tree comes from rhai's tree
//! before any optimisation, so it holds everything that the text says.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rhai::{AST, ASTNode, Expr, FnCallExpr, Module, Position, ScriptFuncDef, Stmt, StmtBlock};

use super::chain::{Link, flatten};
use super::problem::{Problem, ProblemKind, STATEMENTS_HELP};
use super::scan::{next_token, token_end};
use super::spans::Text;
use super::tree::{Arm, Node, NodeKind, Tree, Word};
use super::words::REFUSED_CALLS;

pub(super) struct Lower<'a> {
    text: Text<'a>,
    closures: HashMap<&'a str, &'a Arc<ScriptFuncDef>>,
    /// Whether statements are allowed.
    script: bool,
    locals: Vec<Arc<str>>,
    pub problems: Vec<Problem>,
}

impl<'a> Lower<'a> {
    pub fn new(text: Text<'a>, ast: &'a AST, script: bool) -> Lower<'a> {
        let closures = ast.iter_fn_def().map(|def| (def.name.as_str(), def)).collect();
        Lower { text, closures, script, locals: Vec::new(), problems: Vec::new() }
    }

    pub fn expression(&mut self, statements: &[Stmt]) -> Tree {
        Tree { root: self.block(statements, self.text.whole()) }
    }

    /// The body of the one function of that name.
    pub fn function(&mut self, name: &str) -> Tree {
        let Some(def) = self.closures.get(name).copied() else {
            return Tree { root: Node::new(self.text.whole(), NodeKind::Unit) };
        };
        self.locals = def.params.iter().map(|param| Arc::from(param.as_str())).collect();
        let range = self.text.whole();
        let root = body_of(def, |statements| self.block(statements, range.clone()));
        Tree { root }
    }

    fn refuse(&mut self, kind: ProblemKind, message: String, range: Range<usize>) -> &mut Problem {
        self.problems.push(Problem::new(kind, message, range));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    // ---- statements ----

    fn block(&mut self, statements: &[Stmt], range: Range<usize>) -> Node {
        let bound = self.locals.len();
        let node = match statements {
            [] => Node::new(range, NodeKind::Unit),
            [one] if !self.script || is_value(one) => self.statement(one),
            several => {
                if !self.script {
                    self.not_a_value(range.clone());
                }
                let value = several.last().is_some_and(is_value);
                let parts: Vec<Node> = several.iter().map(|statement| self.statement(statement)).collect();
                let start =
                    parts.iter().map(|part| part.range.start).min().map_or(range.start, |at| at.min(range.start));
                let end = parts.iter().map(|part| part.range.end).max().map_or(range.end, |at| at.max(range.end));
                Node::new(start..end, NodeKind::Opaque { parts, value })
            }
        };
        self.locals.truncate(bound);
        node
    }

    fn stmt_block(&mut self, block: &StmtBlock) -> Node {
        let start = self.text.at(block.position());
        let end = match block.end_position() {
            Position::NONE => start,
            end => self.text.behind(end),
        };
        self.block(block.statements(), start..end.max(start))
    }

    fn not_a_value(&mut self, range: Range<usize>) {
        let range = self.text.token(range.start);
        let word = self.text.user()[range.clone()].to_string();
        let message = format!("`{word}` begins a statement, and a value is wanted here");
        self.refuse(ProblemKind::Statement, message, range).help = Some(STATEMENTS_HELP.into());
    }

    fn statement(&mut self, statement: &Stmt) -> Node {
        match statement {
            Stmt::Expr(expr) => self.expr(expr),
            Stmt::FnCall(call, position) => self.call(call, *position),
            Stmt::Block(block) => self.stmt_block(block),
            Stmt::If(flow, position) => self.if_else(flow, *position),
            Stmt::Switch(switch, position) => self.switch(&switch.0, &switch.1, *position),
            Stmt::Noop(position) => {
                let at = self.text.at(*position);
                Node::new(at..at, NodeKind::Unit)
            }
            Stmt::Assignment(assignment) => self.assignment(assignment),
            other => {
                let start = self.text.at(other.position());
                if !self.script {
                    self.not_a_value(start..start);
                }
                self.script_statement(other, start)
            }
        }
    }

    fn assignment(&mut self, assignment: &(rhai::OpAssignment, rhai::BinaryExpr)) -> Node {
        let (op, sides) = assignment;
        let at = self.text.at(op.position());
        let text = op.get_op_assignment_info().map_or("=", |(_, _, _, text, _, _)| text);
        let op = Word { text: text.into(), range: at..at + text.len() };
        let target = self.expr(&sides.lhs);
        let value = self.expr(&sides.rhs);
        let range = self.text.spanning(&target, &value);
        if !self.script {
            let message = "an assignment is no value".to_string();
            self.refuse(ProblemKind::Statement, message, op.range.clone()).help = Some(STATEMENTS_HELP.into());
        }
        Node::new(range, NodeKind::Assign { target: Box::new(target), op, value: Box::new(value) })
    }

    /// The statements that only a script may hold.
    fn script_statement(&mut self, statement: &Stmt, start: usize) -> Node {
        let bound = self.locals.len();
        let mut parts = Vec::new();
        let mut keeps = false;
        match statement {
            Stmt::Var(var, ..) => {
                if !var.1.position().is_none() {
                    parts.push(self.expr(&var.1));
                }
                self.bind(var.0.as_str());
                keeps = true;
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                parts.push(self.expr(&flow.expr));
                parts.push(self.stmt_block(&flow.body));
            }
            Stmt::For(each, _) => {
                let (name, counter, flow) = &**each;
                parts.push(self.expr(&flow.expr));
                self.bind(name.as_str());
                counter.iter().for_each(|counter| self.bind(counter.as_str()));
                parts.push(self.stmt_block(&flow.body));
            }
            Stmt::TryCatch(flow, _) => {
                parts.push(self.stmt_block(&flow.body));
                if let Expr::Variable(name, ..) = &flow.expr {
                    self.bind(&name.1);
                }
                parts.push(self.stmt_block(&flow.branch));
            }
            Stmt::BreakLoop(Some(value), ..) | Stmt::Return(Some(value), ..) => parts.push(self.expr(value)),
            Stmt::Import(..) | Stmt::Export(..) => {
                let range = self.text.token(start);
                let message = "`import` and `export` are not in the language".to_string();
                self.refuse(ProblemKind::LeftOut, message, range).help =
                    Some("`use` stands at the top of a file".into());
            }
            _ => {}
        }
        if !keeps {
            self.locals.truncate(bound);
        }
        let end = parts.iter().map(|part| self.text.widen(&part.range).end).max().unwrap_or(start);
        let start = parts.iter().map(|part| part.range.start).min().map_or(start, |first| first.min(start));
        Node::new(start..end.max(token_end(self.text.user(), start)), NodeKind::Opaque { parts, value: false })
    }

    fn bind(&mut self, name: &str) {
        self.locals.push(name.into());
    }

    fn if_else(&mut self, flow: &rhai::FlowControl, position: Position) -> Node {
        let start = self.text.at(position);
        let condition = Box::new(self.expr(&flow.expr));
        let then = Box::new(self.stmt_block(&flow.body));
        let has_else = !flow.branch.is_empty() || !flow.branch.position().is_none();
        let otherwise = has_else.then(|| Box::new(self.stmt_block(&flow.branch)));
        let last = if flow.branch.is_empty() { &flow.body } else { &flow.branch };
        let end = match last.end_position() {
            Position::NONE => otherwise.as_deref().map_or(then.range.end, |node| node.range.end),
            end => self.text.behind(end),
        };
        Node::new(start..end.max(condition.range.end), NodeKind::If { condition, then, otherwise })
    }

    fn switch(&mut self, subject: &Expr, cases: &rhai::SwitchCasesCollection, position: Position) -> Node {
        let start = self.text.at(position);
        let subject = Box::new(self.expr(subject));
        let arm = |this: &mut Self, (index, case): (usize, &rhai::BinaryExpr)| {
            let plain = matches!(case.lhs, Expr::BoolConstant(true, Position::NONE));
            let guard = (!plain).then(|| this.expr(&case.lhs));
            Arm { guard, value: this.expr(&case.rhs), default: cases.def_case == Some(index) }
        };
        let arms = cases.expressions.iter().enumerate().map(|case| arm(self, case)).collect();
        let end = self.text.close_from(self.text.widen(&subject.range).end);
        Node::new(start..end, NodeKind::Switch { subject, arms })
    }

    // ---- expressions ----

    fn expr(&mut self, expr: &Expr) -> Node {
        use NodeKind as Kind;
        let start = self.text.at(expr.start_position());
        let literal = |kind: Kind| Node::new(self.text.token(start), kind);
        match expr {
            Expr::Unit(_) => literal(Kind::Unit),
            Expr::BoolConstant(value, _) => literal(Kind::Bool(*value)),
            Expr::IntegerConstant(value, _) => literal(Kind::Int(*value)),
            Expr::FloatConstant(value, _) => literal(Kind::Float(**value)),
            Expr::CharConstant(value, _) => literal(Kind::Char(*value)),
            Expr::StringConstant(value, _) => literal(Kind::Text(Arc::from(value.as_str()))),
            Expr::ThisPtr(_) => literal(Kind::This),
            Expr::DynamicConstant(value, position) => self.closure(value, 0, *position),
            Expr::Variable(name, _, position) => self.name(&name.1, &name.2, *position),
            Expr::InterpolatedString(parts, _) => self.template(parts, start),
            Expr::Array(items, position) => {
                let start = self.text.at(*position);
                let items = items.iter().map(|item| self.expr(item)).collect();
                Node::new(start..self.text.close_from(start), Kind::List(items))
            }
            Expr::Map(map, position) => self.map(&map.0, *position),
            Expr::Stmt(block) => self.stmt_expression(block),
            Expr::FnCall(call, position) => self.call(call, *position),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr),
            Expr::And(parts, _) => self.row(parts, Kind::And),
            Expr::Or(parts, _) => self.row(parts, Kind::Or),
            Expr::Coalesce(parts, _) => self.row(parts, Kind::Coalesce),
            _ => literal(Kind::Unit),
        }
    }

    fn name(&mut self, name: &str, namespace: &rhai::Namespace, position: Position) -> Node {
        let range = self.text.token(self.text.at(position));
        if !namespace.is_empty() {
            self.refuse(ProblemKind::LeftOut, "`::` is not in the language".into(), range.clone());
        }
        let text = Arc::from(name);
        let local = self.locals.iter().any(|local| **local == *name);
        Node::new(range, if local { NodeKind::Local(text) } else { NodeKind::Name(text) })
    }

    fn row(&mut self, parts: &[Expr], kind: fn(Vec<Node>) -> NodeKind) -> Node {
        let parts: Vec<Node> = parts.iter().map(|part| self.expr(part)).collect();
        let range = match (parts.first(), parts.last()) {
            (Some(first), Some(last)) => self.text.spanning(first, last),
            _ => self.text.whole(),
        };
        Node::new(range, kind(parts))
    }

    fn map(&mut self, fields: &[(rhai::Ident, Expr)], position: Position) -> Node {
        let start = self.text.at(position);
        let fields =
            fields.iter().map(|(key, value)| (self.text.word(key.as_str(), key.pos), self.expr(value))).collect();
        Node::new(start..self.text.close_from(start), NodeKind::Map(fields))
    }

    fn template(&mut self, parts: &[Expr], start: usize) -> Node {
        let start = self.text.user()[..start + 1].rfind('`').unwrap_or(start);
        let range = self.text.token(start);
        let part = |this: &mut Self, part: &Expr| match part {
            Expr::StringConstant(text, position) => {
                let at = this.text.at(*position).clamp(range.start, range.end);
                Node::new(at..at, NodeKind::Text(Arc::from(text.as_str())))
            }
            Expr::Stmt(block) if block.is_empty() => {
                let at = this.text.at(block.position());
                Node::new(at..at, NodeKind::Text(Arc::from("")))
            }
            other => this.expr(other),
        };
        let parts = parts.iter().map(|p| part(self, p)).collect();
        Node::new(range.clone(), NodeKind::Template(parts))
    }

    /// Statements where an expression stands: an `if`, a `switch`, a closure that reads names of the outside.
    fn stmt_expression(&mut self, block: &StmtBlock) -> Node {
        if let [Stmt::Share(shared), Stmt::Expr(curried)] = block.statements()
            && let Expr::FnCall(call, position) = &**curried
            && let Some(Expr::DynamicConstant(value, _)) = call.args.first()
        {
            return self.closure(value, shared.len(), *position);
        }
        self.stmt_block(block)
    }

    fn closure(&mut self, value: &rhai::Dynamic, captured: usize, position: Position) -> Node {
        let start = self.text.at(position);
        let name = value.read_lock::<rhai::FnPtr>().map(|pointer| pointer.fn_name().to_string()).unwrap_or_default();
        let Some(def) = self.closures.get(name.as_str()).copied() else {
            return Node::new(self.text.token(start), NodeKind::Unit);
        };
        let params: Vec<Arc<str>> = def.params.iter().skip(captured).map(|param| Arc::from(param.as_str())).collect();
        let bound = self.locals.len();
        self.locals.extend(params.iter().cloned());
        let from = self.text.at(def.body.start_position());
        let to = match def.body.end_position() {
            Position::NONE => from,
            end => self.text.behind(end),
        };
        let body = Box::new(body_of(def, |statements| self.block(statements, from..to.max(from))));
        self.locals.truncate(bound);
        let end = self.text.widen(&body.range).end.max(to);
        Node::new(start..end, NodeKind::Closure { params, body })
    }

    fn args(&mut self, call: &FnCallExpr) -> Vec<Node> {
        call.args.iter().map(|arg| self.expr(arg)).collect()
    }

    fn call(&mut self, call: &FnCallExpr, position: Position) -> Node {
        let at = self.text.at(position);
        if call.op_token.is_some() || !self.text.user()[at..].starts_with(call.name.as_str()) {
            return self.operator(call, at);
        }
        let name = self.text.word(&call.name, position);
        if call.is_qualified() || call.capture_parent_scope || REFUSED_CALLS.contains(&call.name.as_str()) {
            let message = format!("`{}` is not in the language", call.name);
            self.refuse(ProblemKind::LeftOut, message, name.range.clone());
        }
        let args = self.args(call);
        Node::new(at..self.text.call_end(at), NodeKind::Call { name, args })
    }

    fn operator(&mut self, call: &FnCallExpr, at: usize) -> Node {
        let rest = &self.text.user()[at..];
        let negated_in = rest.starts_with("!in") && call.name == "!";
        if let (true, Some(Expr::FnCall(inner, _))) = (negated_in, call.args.first())
            && inner.name == "contains"
        {
            return self.contains(inner, true);
        }
        match (&*call.name, &call.args[..]) {
            ("contains", [_, _]) => self.contains(call, false),
            (op @ (".." | "..="), [from, to]) => {
                let open_from = matches!(from, Expr::IntegerConstant(0, pos) if self.text.at(*pos) == at);
                let from = (!open_from).then(|| Box::new(self.expr(from)));
                let to = (!matches!(to, Expr::Unit(_))).then(|| Box::new(self.expr(to)));
                let start = from.as_deref().map_or(at, |node| self.text.widen(&node.range).start);
                let end = to.as_deref().map_or(at + op.len(), |node| self.text.widen(&node.range).end);
                Node::new(start..end, NodeKind::Range { from, to, inclusive: op == "..=" })
            }
            (op, [of]) => {
                let of = Box::new(self.expr(of));
                let end = self.text.widen(&of.range).end;
                Node::new(at..end, NodeKind::Unary { op: op.into(), of })
            }
            (op, [left, right]) => {
                let op = Word { text: op.into(), range: at..at + op.len() };
                let (left, right) = (self.expr(left), self.expr(right));
                let range = self.text.spanning(&left, &right);
                Node::new(range, NodeKind::Binary { op, left: Box::new(left), right: Box::new(right) })
            }
            _ => Node::new(self.text.token(at), NodeKind::Unit),
        }
    }

    /// rhai turns `item in container` into `contains(container, item)`.
    fn contains(&mut self, call: &FnCallExpr, negated: bool) -> Node {
        let container = Box::new(self.expr(&call.args[0]));
        let item = Box::new(self.expr(&call.args[1]));
        Node::new(self.text.spanning(&item, &container), NodeKind::In { item, container, negated })
    }

    fn chain(&mut self, expr: &Expr) -> Node {
        let (base, links) = flatten(expr);
        let mut node = self.expr(base);
        for link in links {
            node = self.link(node, link);
        }
        node
    }

    fn link(&mut self, base: Node, link: Link) -> Node {
        let Range { start, end } = self.text.widen(&base.range);
        let behind = next_token(self.text.user(), end);
        let optional = self.text.user()[behind..].starts_with('?');
        let base = Box::new(base);
        match link {
            Link::Field { name, position } => {
                let name = self.text.word(name, position);
                Node::new(start..name.range.end, NodeKind::Field { base, name, optional })
            }
            Link::Index { index } => {
                let index = Box::new(self.expr(index));
                let end = self.text.close_from(behind);
                Node::new(start..end, NodeKind::Index { base, index, optional })
            }
            Link::Method { call, position } => {
                let name = self.text.word(&call.name, position);
                let args = self.args(call);
                let end = self.text.call_end(name.range.start);
                Node::new(start..end, NodeKind::Method { base, name, args, optional })
            }
        }
    }
}

/// Whether the statement has a value of its own.
fn is_value(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(_) | Stmt::FnCall(..) | Stmt::Block(_) | Stmt::If(..) | Stmt::Switch(..))
}

/// Hands the statements of a function's body to `f`. rhai shows them only on a walk over a whole tree.
fn body_of<T>(def: &Arc<ScriptFuncDef>, f: impl FnOnce(&[Stmt]) -> T) -> T {
    let mut module = Module::new();
    module.set_script_fn(def.clone());
    let mut statements: Vec<Stmt> = Vec::new();
    AST::new([], module).walk(&mut |path: &[ASTNode]| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    f(&statements)
}
