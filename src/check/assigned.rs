//! Which names of a body are assigned to after they were bound: of those only the name is known, not the type.

use std::collections::HashSet;

use crate::syntax::ast::{Arm, Block, LetValue, Statement, StatementKind, Try};

/// The names that stand at the left of `=` (or `+=` …) anywhere in the block.
pub fn assigned(block: &Block) -> HashSet<&str> {
    let mut names = HashSet::new();
    of_block(block, &mut names);
    names
}

fn of_block<'a>(block: &'a Block, names: &mut HashSet<&'a str>) {
    block.statements.iter().for_each(|s| of_statement(s, names));
}

fn of_statement<'a>(statement: &'a Statement, names: &mut HashSet<&'a str>) {
    match &statement.kind {
        StatementKind::Assign { root, .. } => {
            names.insert(&root.text);
        }
        StatementKind::If { arms, otherwise } => {
            arms.iter().for_each(|(_, block)| of_block(block, names));
            otherwise.iter().for_each(|block| of_block(block, names));
        }
        StatementKind::While(inner) => of_block(&inner.body, names),
        StatementKind::For(inner) => of_block(&inner.body, names),
        StatementKind::Parallel(inner) => of_arms(&inner.arms, names),
        StatementKind::Race(inner) => of_arms(&inner.arms, names),
        StatementKind::Try(inner) => of_try(inner, names),
        StatementKind::Let { value, .. } => match value {
            LetValue::For(inner) => of_block(&inner.body, names),
            LetValue::While(inner) => of_block(&inner.body, names),
            LetValue::Parallel(inner) => of_arms(&inner.arms, names),
            LetValue::Race(inner) => of_arms(&inner.arms, names),
            LetValue::Try(inner) => of_try(inner, names),
            LetValue::Expr(_) | LetValue::Script(_) => {}
        },
        _ => {}
    }
}

fn of_try<'a>(attempt: &'a Try, names: &mut HashSet<&'a str>) {
    of_block(&attempt.body, names);
    attempt.catch.iter().for_each(|c| of_block(&c.body, names));
    attempt.finally.iter().for_each(|block| of_block(block, names));
}

fn of_arms<'a>(arms: &'a [Arm], names: &mut HashSet<&'a str>) {
    for arm in arms {
        match arm {
            Arm::Branch { body, .. } => of_block(body, names),
            Arm::Statement(statement) => of_statement(statement, names),
        }
    }
}
