//! Whether a block is always left before its end: by `return`, `fail`, `restart` and the like.

use crate::syntax::ast::{Arm, Block, Statement, StatementKind, Try};

/// How a statement passes control on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaves {
    /// What follows may be reached.
    No,
    /// The loop's turn or the value's block is left: `break`, `continue`, `yield`.
    Block,
    /// The run, or the action, is left.
    Run,
}

/// Whether every path through the block ends in `return`, `fail` or `restart`.
pub fn ends_run(block: &Block) -> bool {
    block.statements.iter().any(|s| leaves(s) == Leaves::Run)
}

/// How the statement passes control on.
pub fn leaves(statement: &Statement) -> Leaves {
    match &statement.kind {
        StatementKind::Return(_) | StatementKind::Fail(_) | StatementKind::Restart(_) => Leaves::Run,
        StatementKind::Break | StatementKind::Continue | StatementKind::Yield(_) => Leaves::Block,
        StatementKind::If { arms, otherwise: Some(last) } => {
            all(arms.iter().map(|(_, block)| block).chain(std::iter::once(last)))
        }
        StatementKind::Try(attempt) => of_try(attempt),
        StatementKind::Parallel(parallel) if parallel.arms.iter().any(arm_ends_run) => Leaves::Run,
        _ => Leaves::No,
    }
}

fn of_block(block: &Block) -> Leaves {
    block.statements.iter().map(leaves).find(|l| *l != Leaves::No).unwrap_or(Leaves::No)
}

/// The least that all of the blocks do.
fn all<'a>(blocks: impl Iterator<Item = &'a Block>) -> Leaves {
    let mut least = Leaves::Run;
    for block in blocks {
        match of_block(block) {
            Leaves::No => return Leaves::No,
            Leaves::Block => least = Leaves::Block,
            Leaves::Run => {}
        }
    }
    least
}

fn of_try(attempt: &Try) -> Leaves {
    let finally = attempt.finally.as_ref().map_or(Leaves::No, of_block);
    if finally != Leaves::No {
        return finally;
    }
    all(std::iter::once(&attempt.body).chain(attempt.catch.as_ref().map(|c| &c.body)))
}

fn arm_ends_run(arm: &Arm) -> bool {
    match arm {
        Arm::Branch { body, .. } => ends_run(body),
        Arm::Statement(statement) => leaves(statement) == Leaves::Run,
    }
}
