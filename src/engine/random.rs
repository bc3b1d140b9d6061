//! Numbers that look random and derive from a run's seed, so that a resumed run draws the same ones.

/// The `n`th number of the sequence of `seed` (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
pub(super) fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a number is drawn for. Each purpose has a sequence of its own, apart from that of `uuid()` and `random()`.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Jitter = 1,
    ChildId = 2,
    ChildSeed = 3,
    Message = 4,
}

/// The number for `purpose` of attempt `attempt` of operation `op`.
pub(super) fn number(seed: u64, purpose: Purpose, op: u32, attempt: u32) -> u64 {
    let own = mix(seed ^ 0x57a7_fa4e, purpose as u64);
    mix(own, (u64::from(op) << 32) | u64::from(attempt))
}
