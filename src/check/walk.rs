//! A walk over all statements of a body, those within blocks included, in the order of the text.

use crate::syntax::ast::{Arm, Block, LetValue, Name, Statement, StatementKind, Try};

/// What is met.
#[derive(Clone, Copy, Debug)]
pub enum Met<'a> {
    Statement(&'a Statement),
    /// The name of a `branch`.
    Branch(&'a Name),
}

pub fn walk<'a>(block: &'a Block, visit: &mut impl FnMut(Met<'a>)) {
    block.statements.iter().for_each(|s| of_statement(s, visit));
}

fn of_statement<'a>(statement: &'a Statement, visit: &mut impl FnMut(Met<'a>)) {
    visit(Met::Statement(statement));
    match &statement.kind {
        StatementKind::Let { value, .. } => match value {
            LetValue::For(inner) => walk(&inner.body, visit),
            LetValue::While(inner) => walk(&inner.body, visit),
            LetValue::Parallel(inner) => of_arms(&inner.arms, visit),
            LetValue::Race(inner) => of_arms(&inner.arms, visit),
            LetValue::Try(inner) => of_try(inner, visit),
            LetValue::Expr(_) | LetValue::Script(_) => {}
        },
        StatementKind::If { arms, otherwise } => {
            arms.iter().for_each(|(_, block)| walk(block, visit));
            otherwise.iter().for_each(|block| walk(block, visit));
        }
        StatementKind::While(inner) => walk(&inner.body, visit),
        StatementKind::For(inner) => walk(&inner.body, visit),
        StatementKind::Parallel(inner) => of_arms(&inner.arms, visit),
        StatementKind::Race(inner) => of_arms(&inner.arms, visit),
        StatementKind::Try(inner) => of_try(inner, visit),
        _ => {}
    }
}

fn of_try<'a>(attempt: &'a Try, visit: &mut impl FnMut(Met<'a>)) {
    walk(&attempt.body, visit);
    attempt.catch.iter().for_each(|c| walk(&c.body, visit));
    attempt.finally.iter().for_each(|block| walk(block, visit));
}

fn of_arms<'a>(arms: &'a [Arm], visit: &mut impl FnMut(Met<'a>)) {
    for arm in arms {
        match arm {
            Arm::Branch { name, body, .. } => {
                visit(Met::Branch(name));
                walk(body, visit);
            }
            Arm::Statement(statement) => of_statement(statement, visit),
        }
    }
}
