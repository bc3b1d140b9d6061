//! Whether a write may still be seen: the attempt's time may be over while its thread waits for a slow disk.

use std::sync::atomic::{AtomicU8, Ordering};

const OPEN: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Decided once: taken by the thread that writes, just before the file becomes visible, or withdrawn by who waits.
#[derive(Default)]
pub(in crate::driver::effects) struct Consent(AtomicU8);

impl Consent {
    /// Takes it for good; false where it was withdrawn.
    pub fn take(&self) -> bool {
        self.decide(TAKEN)
    }

    /// Withdraws it for good; false where it was taken, and then the end is near and is to be waited for.
    pub fn withdraw(&self) -> bool {
        self.decide(WITHDRAWN)
    }

    fn decide(&self, to: u8) -> bool {
        self.0.compare_exchange(OPEN, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
