//! Blocks and their statements.

use crate::diag::Diagnostic;

use super::super::ast::{
    Arm, Block, Catch, Code, For, LetValue, Name, Operator, Parallel, Race, Statement, StatementKind, Step, Try, While,
};
use super::super::reserved::{self, Bears};
use super::super::{codes, explain};
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    pub(super) fn block(&mut self, node: Node) -> Block {
        let span = self.span(&node);
        let mut statements = Vec::new();
        let mut last = start(&node);
        for node in node.into_inner() {
            let from = start(&node);
            match node.as_rule() {
                Rule::junk => self.left_over(&node, last),
                Rule::stray => self.say(|_| explain::semicolon(from)),
                Rule::bad_stmt => self.bad_statement(&node),
                _ => statements.extend(self.statement(node)),
            }
            last = from;
        }
        Block { statements, span }
    }

    fn bad_statement(&mut self, node: &Node) {
        let (from, to) = (start(node), node.as_span().end());
        self.explain(from, to, |text| explain::statement(text, from));
    }

    pub(super) fn statement(&mut self, node: Node) -> Option<Statement> {
        let span = self.span(&node);
        let doc = self.doc(start(&node));
        let kind = self.statement_kind(node)?;
        Some(Statement { doc, kind, span })
    }

    fn statement_kind(&mut self, node: Node) -> Option<StatementKind> {
        let from = start(&node);
        let rule = node.as_rule();
        match rule {
            Rule::s_if => return Some(self.conditional(node)),
            Rule::s_while => return self.while_loop(node).map(StatementKind::While),
            Rule::s_for => return self.for_loop(node).map(StatementKind::For),
            Rule::s_parallel => return Some(StatementKind::Parallel(self.parallel(node))),
            Rule::s_race => return Some(StatementKind::Race(self.race(node))),
            Rule::s_try => return Some(StatementKind::Try(self.attempt(node))),
            Rule::s_branch => {
                self.say(|_| explain::lone_branch(from));
                return None;
            }
            Rule::w_input
            | Rule::w_output
            | Rule::w_signal
            | Rule::w_on
            | Rule::w_conc
            | Rule::w_timeout
            | Rule::w_keep
            | Rule::w_runas => return self.declaration(node).map(StatementKind::Declaration),
            Rule::s_break => return Some(StatementKind::Break),
            Rule::s_continue => return Some(StatementKind::Continue),
            _ => {}
        }
        let mut nodes = node.into_inner();
        match rule {
            Rule::s_step => self.step(nodes, from).map(|s| StatementKind::Step(Box::new(s))),
            Rule::s_let => self.binding(nodes, from),
            Rule::s_assign => self.assignment(nodes),
            Rule::s_sleep => self.sleep(nodes, from),
            Rule::s_fail => self.next_code(&mut nodes, from).map(StatementKind::Fail),
            Rule::s_return => Some(StatementKind::Return(nodes.next().map(|n| self.expr(&n)))),
            Rule::s_yield => self.next_expr(&mut nodes, from).map(StatementKind::Yield),
            Rule::s_send => self.send(nodes, from),
            _ => self.call(nodes, from),
        }
    }

    fn step(&mut self, mut nodes: Nodes, from: usize) -> Option<Step> {
        let Some(name) = take(&mut nodes, Rule::name) else {
            self.lack(from);
            self.clauses(nodes.filter(|n| !matches!(n.as_rule(), Rule::lack | Rule::bad_step)), from);
            return None;
        };
        let name = self.given(&name, Bears::Step);
        let target = nodes.next()?;
        let end = target.as_span().end();
        let target = self.target(target);
        let clauses = self.clauses(nodes, end);
        Some(Step { name, target: target?, clauses })
    }

    fn binding(&mut self, mut nodes: Nodes, from: usize) -> Option<StatementKind> {
        let name = self.next_given(&mut nodes, from, Bears::Variable)?;
        let node = nodes.next()?;
        let value = match node.as_rule() {
            Rule::e_script => {
                let body = node.into_inner().next()?;
                LetValue::Script(self.code(&body))
            }
            Rule::s_for => LetValue::For(self.for_loop(node)?),
            Rule::s_while => LetValue::While(self.while_loop(node)?),
            Rule::s_parallel => LetValue::Parallel(self.parallel(node)),
            Rule::s_race => LetValue::Race(self.race(node)),
            Rule::s_try => LetValue::Try(self.attempt(node)),
            _ => LetValue::Expr(self.expr(&node)),
        };
        Some(StatementKind::Let { name, value })
    }

    fn assignment(&mut self, mut nodes: Nodes) -> Option<StatementKind> {
        let target = nodes.next()?;
        let operator = nodes.next()?;
        let value = nodes.next()?;
        let text = target.as_str();
        let length = text.find(['.', '[', '(']).unwrap_or(text.len());
        let at = start(&target);
        let root = Name { text: text[..length].into(), span: self.place(at, at + length) };
        self.refuse_statement_word(&root);
        Some(StatementKind::Assign {
            root,
            target: self.code(&target),
            operator: Operator { text: operator.as_str().into(), span: self.span(&operator) },
            value: self.expr(&value),
        })
    }

    fn sleep(&mut self, mut nodes: Nodes, from: usize) -> Option<StatementKind> {
        match take(&mut nodes, Rule::sleep_until) {
            Some(until) => self.next_code(&mut until.into_inner(), from).map(StatementKind::SleepUntil),
            None => self.next_expr(&mut nodes, from).map(StatementKind::Sleep),
        }
    }

    fn send(&mut self, mut nodes: Nodes, from: usize) -> Option<StatementKind> {
        let Some(path) = take(&mut nodes, Rule::path) else {
            self.lack(from);
            return None;
        };
        let to = self.path(path);
        let arguments = self.arguments(nodes.next()?);
        let key = self.next_code(&mut nodes, from)?;
        Some(StatementKind::Send { to, arguments, key })
    }

    fn call(&mut self, mut nodes: Nodes, from: usize) -> Option<StatementKind> {
        let word = nodes.next()?;
        let Some(arguments) = take(&mut nodes, Rule::args) else {
            self.lack(from);
            return None;
        };
        let arguments = self.arguments(arguments);
        Some(match word.as_str() {
            "log" => StatementKind::Log(arguments),
            "emit" => StatementKind::Emit(arguments),
            "respond" => StatementKind::Respond(arguments),
            _ => StatementKind::Restart(arguments),
        })
    }

    fn conditional(&mut self, node: Node) -> StatementKind {
        let (mut arms, mut otherwise) = (Vec::new(), None);
        for node in node.into_inner() {
            let from = start(&node);
            if node.as_rule() == Rule::if_arm {
                let mut nodes = node.into_inner();
                let condition = self.head_code(&mut nodes, from);
                arms.push((condition, self.last_block(nodes)));
            } else {
                let nodes = self.plain_head(node);
                otherwise = Some(self.last_block(nodes));
            }
        }
        StatementKind::If { arms, otherwise }
    }

    /// The expression before a block; where there is none, that is told and an empty place stands for it.
    fn head_code(&mut self, nodes: &mut Nodes, from: usize) -> Code {
        match self.next_code(nodes, from) {
            Some(code) => code,
            None => Code { span: self.place(from, from) },
        }
    }

    /// A head that is a word alone: anything between it and its block is told.
    fn plain_head<'n>(&mut self, node: Node<'n>) -> Nodes<'n> {
        let from = start(&node);
        let mut nodes = node.into_inner();
        if take(&mut nodes, Rule::bad_head).is_some() {
            self.lack(from);
        }
        nodes
    }

    fn while_loop(&mut self, node: Node) -> Option<While> {
        let from = start(&node);
        let mut nodes = node.into_inner();
        let condition = self.head_code(&mut nodes, from);
        Some(While { condition, body: self.last_block(nodes) })
    }

    fn for_loop(&mut self, node: Node) -> Option<For> {
        let from = start(&node);
        let mut nodes = node.into_inner();
        let Some(item) = take(&mut nodes, Rule::name) else {
            self.lack(from);
            self.last_block(nodes);
            return None;
        };
        let item = self.given(&item, Bears::Variable);
        let index = take(&mut nodes, Rule::name).map(|n| self.given(&n, Bears::Variable));
        let items = self.head_code(&mut nodes, from);
        let parallel = take(&mut nodes, Rule::for_parallel).and_then(|n| self.held_code(n));
        Some(For { item, index, items, parallel, body: self.last_block(nodes) })
    }

    fn parallel(&mut self, node: Node) -> Parallel {
        let span = self.span(&node);
        Parallel { arms: self.arms(node), span }
    }

    fn race(&mut self, node: Node) -> Race {
        let span = self.span(&node);
        Race { arms: self.arms(node), span }
    }

    fn arms(&mut self, node: Node) -> Vec<Arm> {
        let mut nodes = self.plain_head(node);
        let Some(block) = nodes.next() else { return vec![] };
        let mut arms = Vec::new();
        let mut last = start(&block);
        for node in block.into_inner() {
            let from = start(&node);
            match node.as_rule() {
                Rule::s_branch => arms.extend(self.branch(node)),
                Rule::junk => self.left_over(&node, last),
                Rule::stray => self.say(|_| explain::semicolon(from)),
                Rule::bad_stmt => self.bad_statement(&node),
                _ => arms.extend(self.statement(node).map(Arm::Statement)),
            }
            last = from;
        }
        arms
    }

    fn branch(&mut self, node: Node) -> Option<Arm> {
        let (from, span) = (start(&node), self.span(&node));
        let mut nodes = node.into_inner();
        let name = self.next_name(&mut nodes, from);
        let body = self.last_block(nodes);
        Some(Arm::Branch { name: name?, body, span })
    }

    fn attempt(&mut self, node: Node) -> Try {
        let mut nodes = self.plain_head(node);
        let body = nodes.next().map(|n| self.block(n)).unwrap_or_default();
        let catch = take(&mut nodes, Rule::t_catch).map(|n| self.catch(n));
        let finally = take(&mut nodes, Rule::t_finally).map(|n| {
            let nodes = self.plain_head(n);
            self.last_block(nodes)
        });
        Try { body, catch, finally }
    }

    fn catch(&mut self, node: Node) -> Catch {
        let from = start(&node);
        let mut nodes = node.into_inner();
        if take(&mut nodes, Rule::lack).is_some() {
            self.lack(from);
        }
        let name = take(&mut nodes, Rule::name).map(|n| self.given(&n, Bears::Variable));
        Catch { name, body: self.last_block(nodes) }
    }

    /// `output = 1`: a word of a declaration that looks like a variable. `input` is one, though it doesn't change.
    fn refuse_statement_word(&mut self, root: &Name) {
        if &*root.text == "input" {
            return;
        }
        if let Some((reason, help)) = reserved::refused(&root.text, Bears::Variable) {
            let found = Diagnostic::error(codes::RESERVED, root.span, reason);
            self.findings.push(found.help(help));
        }
    }
}
