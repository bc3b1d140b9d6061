//! How long this room waits for others, and how: every wait for another process is bounded.

use std::time::{Duration, Instant};

/// How long a process that should answer is waited for before a person is told whom it is waited for.
pub(super) const NOTE_AFTER: Duration = Duration::from_millis(500);

/// The same, of one that answered before: it may be about a long commit.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// How long an answer is waited for: a commit on a slow disk may take its time. Beyond it the other is taken as stuck.
pub(super) const ANSWER_WAIT: Duration = Duration::from_secs(60);

/// The same, of one that was taken as stuck: it is asked whether it still is, and every now and then only.
pub(super) const STUCK_WAIT: Duration = Duration::from_secs(1);

/// How long one that was found stuck is not asked anything.
pub(super) const STUCK_PAUSE: Duration = Duration::from_secs(5);

/// How long the rest of a message is waited for, and how long somebody may take to read one.
pub(super) const STALL: Duration = Duration::from_secs(30);

/// How long a new connection has to say who it is, and the owner to answer that.
pub(super) const HELLO_WAIT: Duration = Duration::from_secs(5);

/// How long an owner that isn't there, or doesn't answer, is looked for by one who had the store already.
pub(super) const SEEK_WAIT: Duration = Duration::from_secs(30);

/// How long a new owner waits for the living processes to say which runs they have.
pub(super) const GRACE: Duration = Duration::from_secs(3);

/// How long a process may take to answer an order.
pub(super) const TELL_WAIT: Duration = Duration::from_secs(30);

/// How long a call may take to get into the pipe to a process; one that doesn't read is given up.
pub(super) const CALL_WAIT: Duration = Duration::from_secs(1);

/// How long those who are served may take, once the owner leaves, to take their last answer.
pub(super) const LEAVE_WAIT: Duration = Duration::from_secs(2);

const SHORTEST: Duration = Duration::from_micros(500);
const LONGEST: Duration = Duration::from_millis(20);

/// A wait in small, growing steps.
pub(super) struct Patience {
    since: Instant,
    step: Duration,
}

impl Patience {
    pub fn new() -> Patience {
        Patience { since: steady(), step: SHORTEST }
    }

    pub fn is_over(&self, most: Duration) -> bool {
        self.since.elapsed() >= most
    }

    pub fn left(&self, most: Duration) -> Duration {
        most.saturating_sub(self.since.elapsed())
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a lock and a socket of another process tell nobody when they are there"
    )]
    pub fn pause(&mut self) {
        std::thread::sleep(self.step);
        self.step = (self.step * 3 / 2).min(LONGEST);
    }
}

/// The steady clock, to bound waits: what a run sees of time comes with its records.
#[allow(clippy::disallowed_methods, reason = "the link stands below the doorway to the clock, as the journal does")]
fn steady() -> Instant {
    Instant::now()
}
