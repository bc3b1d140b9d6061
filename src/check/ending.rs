//! Whether a block is always left before its end: by `return`, `fail`, `restart` and the like.

use crate::source::Source;
use crate::syntax::ast::{Arm, Block, LetValue, Statement, StatementKind, Try, While};

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

/// The endings of one file's blocks; its text says which loops have no end of their own.
#[derive(Clone, Copy, Debug)]
pub struct Endings<'a>(pub &'a Source);

impl Endings<'_> {
    /// Whether every path through the block ends in `return`, `fail` or `restart`.
    pub fn ends_run(self, block: &Block) -> bool {
        block.statements.iter().any(|s| self.leaves(s) == Leaves::Run)
    }

    /// How the statement passes control on.
    pub fn leaves(self, statement: &Statement) -> Leaves {
        match &statement.kind {
            StatementKind::Return(_) | StatementKind::Fail(_) | StatementKind::Restart(_) => Leaves::Run,
            StatementKind::Break | StatementKind::Continue | StatementKind::Yield(_) => Leaves::Block,
            StatementKind::If { arms, otherwise: Some(last) } => {
                self.all(arms.iter().map(|(_, block)| block).chain(std::iter::once(last)))
            }
            StatementKind::Try(attempt) => self.of_try(attempt),
            StatementKind::While(inner) if self.is_endless(inner) => match yields(&inner.body) {
                true => Leaves::Block,
                false => Leaves::Run,
            },
            StatementKind::Parallel(parallel) if parallel.arms.iter().any(|arm| self.arm_ends_run(arm)) => Leaves::Run,
            StatementKind::Race(race) if self.all_end_run(&race.arms) => Leaves::Run,
            StatementKind::Let { value, .. } => self.of_value(value),
            _ => Leaves::No,
        }
    }

    /// A `yield` within a bound block ends no more than that block.
    fn of_value(self, value: &LetValue) -> Leaves {
        let runs = match value {
            LetValue::While(inner) => self.is_endless(inner),
            LetValue::Try(attempt) => self.of_try(attempt) == Leaves::Run,
            LetValue::Parallel(parallel) => parallel.arms.iter().any(|arm| self.arm_ends_run(arm)),
            LetValue::Race(race) => self.all_end_run(&race.arms),
            LetValue::For(_) | LetValue::Expr(_) | LetValue::Script(_) => false,
        };
        if runs { Leaves::Run } else { Leaves::No }
    }

    /// Whether the loop is left only with more than itself: `while true` without a `break`.
    fn is_endless(self, inner: &While) -> bool {
        self.0.slice(inner.condition.span).trim() == "true" && !breaks(&inner.body)
    }

    fn of_block(self, block: &Block) -> Leaves {
        block.statements.iter().map(|s| self.leaves(s)).find(|l| *l != Leaves::No).unwrap_or(Leaves::No)
    }

    /// The least that all of the blocks do.
    fn all<'b>(self, blocks: impl Iterator<Item = &'b Block>) -> Leaves {
        let mut least = Leaves::Run;
        for block in blocks {
            match self.of_block(block) {
                Leaves::No => return Leaves::No,
                Leaves::Block => least = Leaves::Block,
                Leaves::Run => {}
            }
        }
        least
    }

    fn of_try(self, attempt: &Try) -> Leaves {
        let finally = attempt.finally.as_ref().map_or(Leaves::No, |block| self.of_block(block));
        if finally != Leaves::No {
            return finally;
        }
        self.all(std::iter::once(&attempt.body).chain(attempt.catch.as_ref().map(|c| &c.body)))
    }

    fn all_end_run(self, arms: &[Arm]) -> bool {
        !arms.is_empty() && arms.iter().all(|arm| self.arm_ends_run(arm))
    }

    fn arm_ends_run(self, arm: &Arm) -> bool {
        match arm {
            Arm::Branch { body, .. } => self.ends_run(body),
            Arm::Statement(statement) => self.leaves(statement) == Leaves::Run,
        }
    }
}

/// Whether a `break` in the block leaves the loop around it.
fn breaks(block: &Block) -> bool {
    any(block, &|statement| match &statement.kind {
        StatementKind::Break => Some(true),
        StatementKind::While(_) | StatementKind::For(_) => Some(false),
        StatementKind::Let { value: LetValue::While(_) | LetValue::For(_), .. } => Some(false),
        _ => None,
    })
}

/// Whether a `yield` in the block gives to what is around it.
fn yields(block: &Block) -> bool {
    any(block, &|statement| match &statement.kind {
        StatementKind::Yield(_) => Some(true),
        StatementKind::Let { .. } => Some(false),
        _ => None,
    })
}

/// Whether `decides` says yes of a statement of the block; where it says neither, it is asked of those within.
fn any(block: &Block, decides: &impl Fn(&Statement) -> Option<bool>) -> bool {
    block.statements.iter().any(|statement| {
        decides(statement).unwrap_or_else(|| blocks_of(statement).into_iter().any(|inner| any(inner, decides)))
    })
}

fn blocks_of(statement: &Statement) -> Vec<&Block> {
    match &statement.kind {
        StatementKind::If { arms, otherwise } => arms.iter().map(|(_, block)| block).chain(otherwise).collect(),
        StatementKind::While(inner) | StatementKind::Let { value: LetValue::While(inner), .. } => vec![&inner.body],
        StatementKind::For(inner) | StatementKind::Let { value: LetValue::For(inner), .. } => vec![&inner.body],
        StatementKind::Parallel(inner) | StatementKind::Let { value: LetValue::Parallel(inner), .. } => {
            inner.arms.iter().flat_map(blocks_of_arm).collect()
        }
        StatementKind::Race(inner) | StatementKind::Let { value: LetValue::Race(inner), .. } => {
            inner.arms.iter().flat_map(blocks_of_arm).collect()
        }
        StatementKind::Try(inner) | StatementKind::Let { value: LetValue::Try(inner), .. } => {
            let caught = inner.catch.as_ref().map(|c| &c.body);
            std::iter::once(&inner.body).chain(caught).chain(&inner.finally).collect()
        }
        _ => Vec::new(),
    }
}

fn blocks_of_arm(arm: &Arm) -> Vec<&Block> {
    match arm {
        Arm::Branch { body, .. } => vec![body],
        Arm::Statement(statement) => blocks_of(statement),
    }
}
