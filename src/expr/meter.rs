//! How much the running evaluation has used: operations, and bytes by [`memory`](super::memory).
//!
//! It is looked at between rhai's operations and by this room's functions before they begin what is large.
//! Invariant: it belongs to one thread, and an evaluation within another leaves the outer one's counts as they were.
//! Evaluations that are made [`together`] have the bounds of one.

use std::cell::Cell;
use std::time::Instant;

use super::fault::Stop;
use super::limits::{MAX_COPIED_BYTES, MAX_LIST_ITEMS, MAX_MEMORY_BYTES, MAX_OPERATIONS, MAX_SECONDS, MAX_TEXT_BYTES};
use super::memory::{Allocated, allocated};

thread_local! {
    static USED: Cell<u64> = const { Cell::new(0) };
    /// What all evaluations of this thread have counted.
    static ALL: Cell<u64> = const { Cell::new(0) };
    static START: Cell<Allocated> = const { Cell::new(Allocated { live: 0, total: 0 }) };
    /// When the running evaluation was first found to be a long one.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
    /// What the evaluations that are made together have used.
    static SUM: Cell<Option<Used>> = const { Cell::new(None) };
}

/// What evaluations have used.
#[derive(Clone, Copy, Default)]
struct Used {
    operations: u64,
    allocated: Allocated,
    began: Option<Instant>,
}

/// The evaluations within `f` have the bounds of one: what each may use is what those before it have left.
pub fn together<T>(f: impl FnOnce() -> T) -> T {
    struct Outer(Option<Used>);
    impl Drop for Outer {
        fn drop(&mut self) {
            SUM.set(self.0);
        }
    }
    let _outer = Outer(SUM.replace(Some(Used::default())));
    f()
}

/// Counts anew while `f` runs, or goes on from what was used before it.
pub(super) fn metered<T>(f: impl FnOnce() -> T) -> T {
    struct Outer {
        operations: u64,
        start: Allocated,
        began: Option<Instant>,
        summed: bool,
    }
    impl Drop for Outer {
        fn drop(&mut self) {
            let (operations, start) = (USED.replace(self.operations), START.replace(self.start));
            let began = BEGAN.replace(self.began);
            let now = allocated();
            let allocated =
                Allocated { live: (now.live - start.live).max(0), total: now.total.wrapping_sub(start.total) };
            SUM.set(self.summed.then_some(Used { operations, allocated, began }));
        }
    }
    let sum = SUM.take();
    let before = sum.unwrap_or_default();
    let now = allocated();
    let start =
        Allocated { live: now.live - before.allocated.live, total: now.total.wrapping_sub(before.allocated.total) };
    let _outer = Outer {
        operations: USED.replace(before.operations),
        start: START.replace(start),
        began: BEGAN.replace(before.began),
        summed: sum.is_some(),
    };
    f()
}

/// Counts one operation of rhai's, and says what is over.
pub(super) fn tick() -> Option<Stop> {
    charge(1).err()
}

/// How many operations the evaluations of this thread have counted so far. Two looks tell what lies between them took:
/// the same on every machine.
pub fn operations() -> u64 {
    ALL.get()
}

/// Counts `steps` operations.
pub(super) fn charge(steps: u64) -> Result<(), Stop> {
    let before = USED.get();
    let used = before.saturating_add(steps);
    USED.set(used);
    ALL.set(ALL.get().wrapping_add(steps));
    if before / LOOK_EVERY != used / LOOK_EVERY {
        deadline()?;
    }
    if used > MAX_OPERATIONS {
        return Err(Stop::limit("operations", MAX_OPERATIONS, ""));
    }
    let (now, start) = (allocated(), START.get());
    if now.live - start.live > MAX_MEMORY_BYTES as i64 {
        return Err(Stop::limit("memory", MAX_MEMORY_BYTES, " bytes"));
    }
    if now.total.wrapping_sub(start.total) > MAX_COPIED_BYTES {
        return Err(Stop::limit("copied bytes", MAX_COPIED_BYTES, " bytes"));
    }
    Ok(())
}

/// Every so many operations the clock is looked at.
const LOOK_EVERY: u64 = 1 << 12;

#[allow(clippy::disallowed_methods, reason = "a monotonic clock for the deadline behind the limits that count")]
fn deadline() -> Result<(), Stop> {
    let now = Instant::now();
    let began = BEGAN.get().unwrap_or(now);
    BEGAN.set(Some(began));
    match now.duration_since(began).as_secs() >= MAX_SECONDS {
        true => Err(Stop::limit("deadline", MAX_SECONDS, " s")),
        false => Ok(()),
    }
}

/// Refuses a text that would become longer than a text may be.
pub(super) fn text_length(bytes: usize) -> Result<(), Stop> {
    if bytes > MAX_TEXT_BYTES { Err(Stop::limit("text size", MAX_TEXT_BYTES, " bytes")) } else { Ok(()) }
}

/// Refuses a text of `bytes` bytes before it is made, and counts the work.
pub(super) fn text(bytes: usize) -> Result<(), Stop> {
    text_length(bytes)?;
    charge(1 + bytes as u64 / 64)
}

/// Refuses a list that would become longer than a list may be.
pub(super) fn list_length(items: usize) -> Result<(), Stop> {
    if items > MAX_LIST_ITEMS { Err(Stop::limit("list size", MAX_LIST_ITEMS, " items")) } else { Ok(()) }
}

/// Refuses a list of `items` items before it is made, and counts the work.
pub(super) fn list(items: usize) -> Result<(), Stop> {
    list_length(items)?;
    charge(1 + items as u64 / 4)
}
