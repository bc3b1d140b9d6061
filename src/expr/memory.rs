//! What each thread allocates: a thin wrapper about the allocator (mimalloc: parsing and records are many small
//! pieces) that counts bytes by thread.
//!
//! It is not a limiter: an allocation never fails here. Evaluation looks at the counts between its operations.
//! Its invariant: counting allocates nothing and never panics, also while a thread ends.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

use mimalloc::MiMalloc;

/// Bytes that this thread has allocated.
#[derive(Clone, Copy, Default)]
pub(super) struct Allocated {
    /// Allocated less freed. May be negative: what one thread frees another may have allocated.
    pub live: i64,
    /// All that was ever allocated.
    pub total: u64,
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static TOTAL: Cell<u64> = const { Cell::new(0) };
}

/// The counts of the calling thread.
pub(super) fn allocated() -> Allocated {
    Allocated { live: LIVE.try_with(Cell::get).unwrap_or(0), total: TOTAL.try_with(Cell::get).unwrap_or(0) }
}

fn count(grown: usize, freed: usize) {
    let _ = LIVE.try_with(|live| live.set(live.get().wrapping_add(grown as i64).wrapping_sub(freed as i64)));
    if grown > 0 {
        let _ = TOTAL.try_with(|total| total.set(total.get().wrapping_add(grown as u64)));
    }
}

// SAFETY: every call is handed to the allocator below as it stands; counting touches two thread-local cells
// that need no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        unsafe { MiMalloc.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        unsafe { MiMalloc.realloc(at, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::allocated;

    #[test]
    fn counts_what_this_thread_holds() {
        let before = allocated();
        let held = vec![0_u8; 100_000];
        let during = allocated();
        assert!(during.live - before.live >= 100_000);
        drop(held);
        let after = allocated();
        assert!(after.live - before.live < 1_000);
        assert!(after.total - before.total >= 100_000);
    }
}
