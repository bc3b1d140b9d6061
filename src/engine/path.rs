//! The path of a step: outermost part first, indexes from 0. A bound loop gives `name[i]`, an unbound one gives its
//! index to the part that follows within it.

use std::fmt::Write;

use crate::model::{Frame, FrameKind};
use crate::program::plan::{Plan, Statement};

/// A path up to some block: the parts so far, and the indexes that wait for the next part.
#[derive(Clone, Default)]
pub(super) struct PathSoFar {
    pub parts: String,
    pub pending: String,
}

impl PathSoFar {
    pub fn new(parts: &str, pending: &str) -> PathSoFar {
        PathSoFar { parts: parts.to_string(), pending: pending.to_string() }
    }

    pub fn part(&mut self, name: &str) {
        if !self.parts.is_empty() {
            self.parts.push('.');
        }
        self.parts.push_str(name);
        self.parts.push_str(&std::mem::take(&mut self.pending));
    }

    /// The turn of a loop: `bound` is the name its value goes to.
    pub fn turn(&mut self, bound: Option<&str>, index: u64) {
        let to = match bound {
            Some(name) => {
                self.part(name);
                &mut self.parts
            }
            None => &mut self.pending,
        };
        // Writing to a string never fails.
        let _ = write!(to, "[{index}]");
    }

    /// The path of the blocks that are open in `frames`.
    pub fn of(mut self, plan: &Plan, frames: &[Frame]) -> PathSoFar {
        for pair in frames.windows(2) {
            if let FrameKind::Loop { turn } = pair[1].kind {
                self.turn(bound_name(plan, &pair[0]), turn);
            }
        }
        self
    }

    /// The path of a step of that name here.
    pub fn step(mut self, name: &str) -> String {
        self.part(name);
        self.parts
    }
}

/// The name that the loop at which `frame` stands is bound to.
fn bound_name<'p>(plan: &'p Plan, frame: &Frame) -> Option<&'p str> {
    let statement = plan.blocks.get(frame.block as usize)?.statements.get(frame.at as usize)?;
    match statement {
        Statement::While { bind, .. } => bind.as_ref().map(|b| &*b.name),
        Statement::For(each) => each.bind.as_ref().map(|b| &*b.name),
        _ => None,
    }
}
