//! What a stretch has used and what it keeps: counted statement by statement, so that a slice ends in time and a run
//! holds no more than it may.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::expr;
use crate::model::{Slot, Value, written, written_value};

use super::limits::{BYTES_AN_OPERATION, MAX_RUN_BYTES, SLICE_BYTES, SLICE_OPERATIONS, SLICE_STATEMENTS};
use super::run::{Fiber, Run};

/// After how much a run that goes on lets others have their turn. It decides where records end, never what comes of a
/// run: the stretches it makes are facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    pub statements: u64,
    /// Of expressions.
    pub operations: u64,
    /// That are to be stored.
    pub bytes: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { statements: SLICE_STATEMENTS, operations: SLICE_OPERATIONS, bytes: SLICE_BYTES }
    }
}

impl Pace {
    /// Nothing at all.
    pub(super) const NONE: Pace = Pace { statements: 0, operations: 0, bytes: 0 };
}

/// Of one walk.
#[derive(Default)]
pub(super) struct Tally {
    pub statements: u64,
    /// Where this thread's count of operations stood.
    began: u64,
    /// Operations that no expression counts.
    more: u64,
    pub bytes: u64,
    /// Those of them that the run doesn't hold afterwards.
    pub told: u64,
    /// By how much the run is larger for it.
    grown: i64,
    /// How large the slots are that it has set.
    sizes: BTreeMap<Slot, usize>,
    /// What the run holds, counted exactly where it comes near the limit.
    exact: OnceCell<usize>,
}

impl Tally {
    pub fn new() -> Tally {
        Tally { began: expr::operations(), ..Tally::default() }
    }

    pub fn operations(&self) -> u64 {
        expr::operations().wrapping_sub(self.began) + self.more
    }

    /// Those that no expression counts.
    pub fn uncounted(&self) -> u64 {
        self.more
    }

    pub fn is_over(&self, pace: &Pace) -> bool {
        self.statements >= pace.statements || self.operations() >= pace.operations || self.bytes >= pace.bytes
    }

    /// Counts what was gone through or is kept.
    pub fn charge(&mut self, bytes: usize) {
        self.more += bytes as u64 / BYTES_AN_OPERATION;
    }

    /// Whether the run may hold `more` bytes beside what the stretch has changed.
    pub fn has_room(&self, run: &Run, more: usize) -> bool {
        let fits = |held: usize| held as i64 + self.grown + more as i64 <= MAX_RUN_BYTES as i64;
        fits(run.size()) || fits(*self.exact.get_or_init(|| written(run)))
    }

    pub fn set(&mut self, fiber: &Fiber, slot: Slot, value: &Value) {
        let size = written_value(value);
        self.release(fiber, slot);
        self.sizes.insert(slot, size);
        self.grown += size as i64;
        self.bytes += size as u64;
    }

    pub fn unset(&mut self, fiber: &Fiber, slot: Slot) {
        self.release(fiber, slot);
        if fiber.locals.contains_key(&slot) {
            self.sizes.insert(slot, 0);
        }
    }

    /// What the slot has held counts no more.
    fn release(&mut self, fiber: &Fiber, slot: Slot) {
        let held = self.sizes.remove(&slot).or_else(|| fiber.locals.get(&slot).map(written_value));
        self.grown -= held.unwrap_or(0) as i64;
    }

    /// Something was appended to the list of a slot.
    pub fn push(&mut self, fiber: &Fiber, slot: Slot, value: &Value) {
        let size = super::size::item(value);
        if let Some(held) = self.sizes.get_mut(&slot) {
            *held += size;
        } else if !fiber.locals.contains_key(&slot) {
            self.sizes.insert(slot, size);
        }
        self.grown += size as i64;
        self.bytes += size as u64;
    }

    /// Something is to be stored that the run doesn't hold afterwards.
    pub fn tell(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.told += bytes as u64;
    }
}
