//! What is kept of the conditions that decided the way.

use std::collections::BTreeMap;

use crate::expr::Evaluated;
use crate::model::{Decision, Value};
use crate::program::Program;
use crate::program::plan::ExprId;

use super::limits::{KEPT_DECISIONS, MAX_DECISION_VALUE_BYTES, SLICE_STATEMENTS};
use super::values::short;

/// What is kept of the decisions of a stretch: of each place the first ones, and the last with a count.
pub(super) struct Decisions {
    pub list: Vec<Decision>,
    counts: BTreeMap<ExprId, (u64, usize)>,
    /// How many of each place are kept before the last.
    most: u64,
}

impl Decisions {
    /// Those of a slice of a stretch that has made so many statements already. The first slice is enough to see how
    /// a long stretch goes.
    pub fn after(statements: u64) -> Decisions {
        let most = if statements < SLICE_STATEMENTS { KEPT_DECISIONS } else { 0 };
        Decisions { list: Vec::new(), counts: BTreeMap::new(), most }
    }

    pub fn keep(&mut self, id: ExprId, decision: Decision) {
        let (count, last) = self.counts.entry(id).or_insert((0, 0));
        *count += 1;
        if *count <= self.most + 1 {
            *last = self.list.len();
            self.list.push(decision);
        } else {
            let skipped = *count - self.most - 1;
            self.list[*last] = Decision { skipped, ..decision };
        }
    }
}

pub(super) fn decision(program: &Program, id: ExprId, what: &'static str, traced: Evaluated) -> Decision {
    let line = program.expr(id).place.line;
    let value = if traced.value.weight() <= MAX_DECISION_VALUE_BYTES {
        traced.value
    } else {
        Value::text(short(&traced.value))
    };
    let from = traced.reads.into_iter().filter(|(_, v)| v.weight() <= MAX_DECISION_VALUE_BYTES).collect();
    Decision { from, ..Decision::plain(line, what, value) }
}
