//! How often and when a failed attempt is made again.

use serde::{Deserialize, Serialize};

use super::Length;

/// The retry policy of a step, with its clauses evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// The most attempts made after the first.
    pub retries: u32,
    /// The first delay's ceiling; it doubles with every attempt.
    pub from: Length,
    /// The greatest ceiling. Equal to `from` for a constant delay.
    pub to: Length,
}

impl RetryPolicy {
    /// `retry N` alone is `every 1s..1m`.
    pub const DEFAULT_FROM: Length = Length::from_ms(1_000);
    pub const DEFAULT_TO: Length = Length::from_ms(60_000);

    /// The delay after failed attempt `attempt` (from 1). `fraction` is a random number of `0..=u32::MAX`.
    ///
    /// Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015), from
    /// `from` up to the doubled ceiling; `every A` (from = to) is constant, without jitter.
    pub fn delay(&self, attempt: u32, fraction: u32) -> Length {
        let from = self.from.ms().max(0);
        let to = self.to.ms().max(from);
        // The first delay's ceiling is twice `from`: with `from` itself there would be no room for jitter.
        let factor = 1_i64.checked_shl(attempt).filter(|f| *f > 0).unwrap_or(i64::MAX);
        // What doubles is at least a millisecond: nothing doubled stays nothing.
        let ceiling = from.max(1).saturating_mul(factor).min(to);
        let room = i128::from(ceiling - from);
        Length::from_ms(from + (room * i128::from(fraction) / i128::from(u32::MAX)) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_between_their_bounds_and_grow() {
        let policy = RetryPolicy { retries: 9, from: Length::from_ms(500), to: Length::from_ms(30_000) };
        for attempt in 1..200 {
            let (low, high) = (policy.delay(attempt, 0), policy.delay(attempt, u32::MAX));
            assert_eq!(low.ms(), 500);
            assert!((500..=30_000).contains(&high.ms()), "attempt {attempt}: {high}");
        }
        assert_eq!(policy.delay(40, u32::MAX).ms(), 30_000);
        let constant = RetryPolicy { to: policy.from, ..policy };
        assert_eq!(constant.delay(7, 12345).ms(), 500);
    }

    #[test]
    fn delays_from_nothing_grow_too() {
        let policy = RetryPolicy { retries: 99, from: Length::from_ms(0), to: Length::from_ms(10_000) };
        let ceilings: Vec<i64> = [1, 2, 3, 10, 20].map(|attempt| policy.delay(attempt, u32::MAX).ms()).into();
        assert_eq!(ceilings, [2, 4, 8, 1_024, 10_000]);
        assert_eq!(policy.delay(20, 0).ms(), 0);
        let none = RetryPolicy { to: Length::from_ms(0), ..policy };
        assert_eq!(none.delay(20, u32::MAX).ms(), 0);
    }
}
