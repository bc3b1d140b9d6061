//! The doorway to randomness. What is random in a run derives from its recorded seed; this is where seeds and the
//! random part of ids come from.

use std::io;
use std::sync::Mutex;

/// A source of random bits.
pub trait Entropy: Send + Sync {
    fn bytes(&self) -> [u8; 16];

    /// A seed for a run.
    fn seed(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// The random part of a run's id.
    fn id_bits(&self) -> [u8; 10] {
        let [a, b, c, d, e, f, g, h, i, j, ..] = self.bytes();
        [a, b, c, d, e, f, g, h, i, j]
    }
}

/// The system's source, fit for keys.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy(());

impl SystemEntropy {
    /// Fails where the system has no source of randomness.
    pub fn new() -> io::Result<SystemEntropy> {
        fill(&mut [0; 16]).map(|()| SystemEntropy(()))
    }
}

impl Entropy for SystemEntropy {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        fill(&mut bytes).expect("the system's random source, which has answered before, goes on answering");
        bytes
    }
}

#[allow(clippy::disallowed_methods, reason = "the doorway to randomness")]
fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}

/// A source that gives the same bits whenever it begins with the same seed: for simulations and tests.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    pub fn new(seed: u64) -> SeededEntropy {
        SeededEntropy(Mutex::new(seed))
    }

    /// The next number, by SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn bytes(&self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_does_not_repeat_itself() {
        let source = SystemEntropy::new().expect("a source");
        assert_ne!(source.bytes(), source.bytes());
    }

    #[test]
    fn a_seed_repeats_itself_and_no_other() {
        let take = |seed| {
            let source = SeededEntropy::new(seed);
            [source.bytes(), source.bytes()]
        };
        assert_eq!(take(7), take(7));
        assert_ne!(take(7), take(8));
        assert_ne!(take(7)[0], take(7)[1]);
    }
}
