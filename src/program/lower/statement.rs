//! Statements and their blocks.

use crate::model::ForkKind;
use crate::program::lower::{Lowerer, Unplanned};
use crate::program::plan::{Bind, Block, BlockId, Branch, ExprForm, For, Statement};
use crate::source::Span;
use crate::syntax::ast::{self, ArgumentValue, Arm, LetValue, Name, StatementKind};

impl Lowerer<'_> {
    pub(super) fn statements(&mut self, from: &ast::Block, to: &mut Block) -> Result<(), Unplanned> {
        from.statements.iter().try_for_each(|statement| self.statement(statement, to))
    }

    fn block(&mut self, from: &ast::Block) -> Result<BlockId, Unplanned> {
        self.block_of(|lower, block| lower.statements(from, block))
    }

    fn statement(&mut self, statement: &ast::Statement, to: &mut Block) -> Result<(), Unplanned> {
        let lowered = match &statement.kind {
            StatementKind::Declaration(_) => return Ok(()),
            StatementKind::Step(step) => self.step(step)?,
            StatementKind::Let { name, value } => self.binding(name, value)?,
            StatementKind::Assign { root, target, value, .. } => self.assign(root, *target, *value),
            StatementKind::If { arms, otherwise } => {
                let mut lowered = Vec::new();
                for (condition, body) in arms {
                    lowered.push((self.code(*condition), self.block(body)?));
                }
                let otherwise = otherwise.as_ref().map(|body| self.block(body)).transpose()?;
                Statement::If { arms: lowered, otherwise }
            }
            StatementKind::While(inner) => self.while_loop(inner, None)?,
            StatementKind::For(inner) => self.for_loop(inner, None)?,
            StatementKind::Parallel(inner) => self.fork(ForkKind::Parallel, &inner.arms, inner.span, None)?,
            StatementKind::Race(inner) => self.fork(ForkKind::Race, &inner.arms, inner.span, None)?,
            StatementKind::Try(inner) => self.attempt(inner, None)?,
            StatementKind::Break => Statement::Break,
            StatementKind::Continue => Statement::Continue,
            StatementKind::Sleep(length) => Statement::Sleep(self.expr(*length)),
            StatementKind::SleepUntil(time) => Statement::SleepUntil(self.code(*time)),
            StatementKind::Fail(what) => Statement::Fail(self.code(*what)),
            StatementKind::Return(value) => Statement::Return(value.map(|value| self.expr(value))),
            StatementKind::Yield(value) => Statement::Yield(self.expr(*value)),
            StatementKind::Log(given) => match given.list.first().map(|argument| &argument.value) {
                Some(ArgumentValue::Expr(text)) => Statement::Log(self.expr(*text)),
                _ => return Err(Unplanned { at: statement.span }),
            },
            StatementKind::Emit(given) => self.emit(given, statement.span)?,
            StatementKind::Restart(_) | StatementKind::Send { .. } | StatementKind::Respond(_) => {
                return Err(Unplanned { at: statement.span });
            }
        };
        to.statements.push(lowered);
        Ok(())
    }

    fn emit(&mut self, given: &ast::Arguments, at: Span) -> Result<Statement, Unplanned> {
        let (mut name, mut data) = (None, None);
        for (place, argument) in given.list.iter().enumerate() {
            let ArgumentValue::Expr(value) = &argument.value else { return Err(Unplanned { at }) };
            let value = Some(self.expr(*value));
            match argument.name.as_ref().map(|name| &*name.text) {
                None if place == 0 => name = value,
                Some("name") => name = value,
                _ => data = value,
            }
        }
        Ok(Statement::Emit { name: name.ok_or(Unplanned { at })?, data })
    }

    fn binding(&mut self, name: &Name, value: &LetValue) -> Result<Statement, Unplanned> {
        let value = match value {
            LetValue::Expr(value) => self.expr(*value),
            LetValue::Script(code) => self.form(ExprForm::Script(self.text(code.span)), code.span),
            LetValue::For(inner) => return self.for_loop(inner, Some(name)),
            LetValue::While(inner) => return self.while_loop(inner, Some(name)),
            LetValue::Parallel(inner) => return self.fork(ForkKind::Parallel, &inner.arms, inner.span, Some(name)),
            LetValue::Race(inner) => return self.fork(ForkKind::Race, &inner.arms, inner.span, Some(name)),
            LetValue::Try(inner) => return self.attempt(inner, Some(name)),
        };
        Ok(Statement::Let { slot: self.declare(name), value })
    }

    fn bind(&mut self, name: Option<&Name>) -> Option<Bind> {
        name.map(|name| Bind { name: name.text.clone(), slot: self.declare(name) })
    }

    fn assign(&mut self, root: &Name, target: ast::Code, value: ast::Expr) -> Statement {
        let whole = target.span.to(value.span());
        let names = self.checked.expressions.get(&whole).map_or(&[][..], |e| &e.names);
        let bound = names.iter().find(|(name, _)| *name == root.text).and_then(|(_, span)| self.slots.get(span));
        let slot = *bound.expect("an assignment reads the name that it changes: the check saw to it");
        let value = match value {
            ast::Expr::Duration { .. } => self.expr(value),
            ast::Expr::Code(_) => {
                let form = ExprForm::Assignment { text: self.text(whole), root: root.text.clone() };
                self.form(form, whole)
            }
        };
        Statement::Let { slot, value }
    }

    fn while_loop(&mut self, inner: &ast::While, name: Option<&Name>) -> Result<Statement, Unplanned> {
        let condition = self.code(inner.condition);
        let bind = self.bind(name);
        Ok(Statement::While { condition, body: self.block(&inner.body)?, bind })
    }

    fn for_loop(&mut self, inner: &ast::For, name: Option<&Name>) -> Result<Statement, Unplanned> {
        let items = self.code(inner.items);
        let parallel = inner.parallel.map(|limit| self.code(limit));
        let list = self.hidden();
        let bind = self.bind(name);
        let mut variables = None;
        let body = self.block_of(|lower, block| {
            let item = lower.declare(&inner.item);
            variables = Some((item, inner.index.as_ref().map(|index| lower.declare(index))));
            lower.statements(&inner.body, block)
        })?;
        let (item, index) = variables.expect("the body was lowered");
        Ok(Statement::For(For { item, index, items, list, parallel, body, bind }))
    }

    fn attempt(&mut self, inner: &ast::Try, name: Option<&Name>) -> Result<Statement, Unplanned> {
        let bind = self.bind(name);
        let body = self.block(&inner.body)?;
        let catch = inner.catch.as_ref().map(|catch| {
            let mut slot = None;
            let body = self.block_of(|lower, block| {
                slot = catch.name.as_ref().map(|name| lower.declare(name));
                lower.statements(&catch.body, block)
            })?;
            Ok((slot, body))
        });
        let catch = catch.transpose()?;
        let finally = inner.finally.as_ref().map(|block| self.block(block)).transpose()?;
        Ok(Statement::Try { body, catch, finally, bind })
    }

    fn fork(&mut self, kind: ForkKind, arms: &[Arm], span: Span, name: Option<&Name>) -> Result<Statement, Unplanned> {
        let bind = self.bind(name);
        let place = self.place(span);
        let branches = arms.iter().map(|arm| self.branch(arm)).collect::<Result<_, _>>()?;
        Ok(Statement::Fork { kind, branches, bind, place })
    }

    fn branch(&mut self, arm: &Arm) -> Result<Branch, Unplanned> {
        match arm {
            Arm::Branch { name, body, .. } => {
                Ok(Branch { name: Some(name.text.clone()), in_path: true, body: self.block(body)?, export: None })
            }
            Arm::Statement(statement) => {
                // A bare step is visible after the block, so its slot belongs to the block outside.
                let exported = match &statement.kind {
                    StatementKind::Step(step) => Some((step.name.text.clone(), self.declare(&step.name))),
                    _ => None,
                };
                let body = self.block_of(|lower, block| lower.statement(statement, block))?;
                let (name, export) = exported.unzip();
                Ok(Branch { name, in_path: false, body, export })
            }
        }
    }
}
