//! The doorway to time. A [`Clock`] says what time it is for runs, whose times are kept; [`monotonic`], [`pause`],
//! [`pass`] and [`within`] measure and bound waits of this process, which nothing remembers.

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::model::{Length, Time};

/// Says what time it is.
pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
}

/// The wall clock of this computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the doorway to the wall clock")]
    fn now(&self) -> Time {
        let ms = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        Time::from_unix_ms(match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => ms(since),
            Err(before) => -ms(before.duration()),
        })
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct VirtualClock(AtomicI64);

impl VirtualClock {
    pub fn at(time: Time) -> VirtualClock {
        VirtualClock(AtomicI64::new(time.unix_ms()))
    }

    pub fn set(&self, time: Time) {
        self.0.store(time.unix_ms(), Ordering::SeqCst);
    }

    /// Moves it on, and says what time it is then.
    pub fn advance(&self, length: Length) -> Time {
        let later = self.now().plus(length);
        self.set(later);
        later
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Time {
        Time::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// The time that only goes forward, to measure with.
#[allow(clippy::disallowed_methods, reason = "the doorway to the steady clock")]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// Holds this thread up, between two looks at something that sends no event.
#[allow(clippy::disallowed_methods, reason = "the doorway to waiting")]
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Ends when `length` is over.
#[allow(clippy::disallowed_methods, reason = "the doorway to waiting")]
pub fn pass(length: Duration) -> impl Future<Output = ()> + Send {
    tokio::time::sleep(length)
}

/// What `future` gives, or none if that takes longer than `length`; the future is dropped then.
#[allow(clippy::disallowed_methods, reason = "the doorway to waiting")]
pub async fn within<F: Future>(length: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(length, future).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_moved() {
        let clock = VirtualClock::at(Time::from_unix_ms(1_000));
        assert_eq!(clock.now(), Time::from_unix_ms(1_000));
        assert_eq!(clock.advance(Length::from_ms(250)), Time::from_unix_ms(1_250));
        assert_eq!(clock.now(), Time::from_unix_ms(1_250));
    }

    #[test]
    fn the_wall_clock_is_past_the_day_this_was_written() {
        let written: Time = "2026-11-01T00:00:00Z".parse().expect("a time");
        let far: Time = "9000-01-01T00:00:00Z".parse().expect("a time");
        let now = SystemClock.now();
        // A computer without a battery starts in 1970: then this can't be told.
        assert!(now < far && (now > written || now.unix_ms() < 1_700_000_000_000), "{now}");
    }
}
