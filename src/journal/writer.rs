//! The one thread that writes: what gathers while one commit is under way goes into the next, for all runs together.
//!
//! It decides nothing and retries nothing. Invariant: a write is acknowledged after the commit that holds it has
//! returned, or not at all; once the store has failed, nobody is acknowledged any more.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::batch::all_failed;
use super::{Ack, Error, Journal, Write, commit_batch};

/// The most writes of one transaction.
pub const MAX_BATCH_WRITES: usize = 1_024;

/// A transaction takes no further write once it has so many bytes.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;

/// The most writes that wait; whoever brings more is held until there is room.
const MAX_WAITING_WRITES: usize = 16 * MAX_BATCH_WRITES;

/// The most bytes that wait, but for one write that is larger by itself.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// How long the thread looks for work before it sleeps: waking it costs a run about as much as half of a commit.
const SPIN: Duration = Duration::from_micros(60);

/// After so long without work the journal is settled.
const IDLE: Duration = Duration::from_millis(100);

/// The largest part of the last commit's time that is spent waiting for writes which are about to come.
const LINGER_PART: u32 = 3;

/// What the thread tells.
#[derive(Debug)]
pub enum Notice {
    /// The answers to a batch's writes, in the order of their submission.
    Acks(Vec<Ack>),
    /// The store failed while nobody waited for an answer.
    Failed(Arc<Error>),
}

/// The writing thread. Submitting is safe from several threads.
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<(), Arc<Error>>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Something to do.
    work: Condvar,
    /// The queue has become shorter.
    room: Condvar,
    /// The length of the queue, to be looked at without the lock.
    waiting: AtomicUsize,
    /// How many writes are about to come, all in all.
    expected: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    writes: VecDeque<(u64, Write)>,
    bytes: usize,
    closing: bool,
    /// Whether the thread sleeps.
    asleep: bool,
}

impl Queue {
    fn is_full(&self) -> bool {
        self.writes.len() >= MAX_WAITING_WRITES || self.bytes >= MAX_WAITING_BYTES
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Starts the thread. `notify` is called on it, once a batch, and when the store fails in between; it must be quick and must not wait for anybody who submits.
    pub fn start(journal: Arc<dyn Journal>, notify: Box<dyn Fn(Notice) + Send>) -> Result<Writer, Error> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            waiting: AtomicUsize::new(0),
            expected: AtomicUsize::new(0),
        });
        let scribe = Scribe { journal, notify, shared: shared.clone(), last: Duration::ZERO };
        let thread = Builder::new().name("journal".into()).spawn(move || scribe.work());
        let thread = thread.map_err(|e| Error::io("starting the journal's thread", e))?;
        Ok(Writer { shared, thread: Some(thread) })
    }

    /// Hands the write in; it is answered under `ticket`. Waits while too much is waiting already.
    pub fn submit(&self, ticket: u64, write: Write) {
        self.submit_all([(ticket, write)]);
    }

    /// Hands in several writes with one waking of the thread. Writes of one run keep their order.
    pub fn submit_all(&self, writes: impl IntoIterator<Item = (u64, Write)>) {
        let mut queue = self.shared.queue();
        for (ticket, write) in writes {
            while queue.is_full() {
                self.wake(&mut queue);
                queue = self.shared.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            queue.bytes += write.weight();
            queue.writes.push_back((ticket, write));
        }
        self.wake(&mut queue);
    }

    fn wake(&self, queue: &mut Queue) {
        self.shared.waiting.store(queue.writes.len(), Ordering::Release);
        if queue.asleep {
            queue.asleep = false;
            self.shared.work.notify_one();
        }
    }

    /// Says how many runs are being driven at this moment and will hand in a write soon, those that wait in the queue
    /// included. With two or more, a commit waits for them a little; 0 or 1 never waits.
    pub fn expect(&self, runnable: usize) {
        self.shared.expected.store(runnable, Ordering::Relaxed);
    }

    /// Commits what waits, settles the journal and ends the thread. The error is the one that ended the writing.
    pub fn close(mut self) -> Result<(), Arc<Error>> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Arc<Error>> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let mut queue = self.shared.queue();
        queue.closing = true;
        self.wake(&mut queue);
        drop(queue);
        thread.join().unwrap_or_else(|_| Err(Arc::new(Error::Stopped)))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Who wants to know the error calls `close`.
        let _ = self.end();
    }
}

/// What runs on the thread.
struct Scribe {
    journal: Arc<dyn Journal>,
    notify: Box<dyn Fn(Notice) + Send>,
    shared: Arc<Shared>,
    /// How long the last commit took.
    last: Duration,
}

impl Scribe {
    fn work(mut self) -> Result<(), Arc<Error>> {
        loop {
            match self.await_work() {
                Ok(true) => self.linger(),
                Ok(false) => return self.journal.settle().map_err(Arc::new),
                Err(error) => {
                    (self.notify)(Notice::Failed(error.clone()));
                    return self.refuse_all(error);
                }
            }
            let batch = self.take();
            let before = steady();
            let (acks, failure) = commit_batch(&*self.journal, batch);
            self.last = before.elapsed();
            (self.notify)(Notice::Acks(acks));
            if let Some(error) = failure {
                return self.refuse_all(error);
            }
        }
    }

    /// Whether there is something to commit; false once there is nothing left and the writer is being closed.
    fn await_work(&self) -> Result<bool, Arc<Error>> {
        let since = steady();
        while self.shared.waiting.load(Ordering::Acquire) == 0 && since.elapsed() < SPIN {
            std::hint::spin_loop();
        }
        let mut queue = self.shared.queue();
        let mut settled = false;
        while queue.writes.is_empty() && !queue.closing {
            queue.asleep = true;
            if settled {
                queue = self.shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, time) = self.shared.work.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            if time.timed_out() && queue.writes.is_empty() && !queue.closing {
                queue.asleep = false;
                drop(queue);
                self.journal.settle().map_err(Arc::new)?;
                settled = true;
                queue = self.shared.queue();
            }
        }
        queue.asleep = false;
        Ok(!queue.writes.is_empty())
    }

    /// Gives those who are about to come a bounded moment.
    fn linger(&self) {
        let expected = self.shared.expected.load(Ordering::Relaxed).min(MAX_BATCH_WRITES);
        let since = steady();
        let most = self.last / LINGER_PART;
        while expected > 1 && self.shared.waiting.load(Ordering::Acquire) < expected && since.elapsed() < most {
            std::hint::spin_loop();
        }
    }

    /// The next batch: at least one write, where there is one.
    fn take(&self) -> Vec<(u64, Write)> {
        let mut queue = self.shared.queue();
        let (mut count, mut bytes) = (0, 0);
        for (_, write) in queue.writes.iter().take(MAX_BATCH_WRITES) {
            if bytes >= MAX_BATCH_BYTES {
                break;
            }
            count += 1;
            bytes += write.weight();
        }
        let batch = queue.writes.drain(..count).collect();
        queue.bytes -= bytes;
        self.shared.waiting.store(queue.writes.len(), Ordering::Release);
        self.shared.room.notify_all();
        batch
    }

    /// Answers everything with the error that ended the writing, until the writer is closed.
    fn refuse_all(&self, error: Arc<Error>) -> Result<(), Arc<Error>> {
        loop {
            let mut queue = self.shared.queue();
            while queue.writes.is_empty() && !queue.closing {
                queue.asleep = true;
                queue = self.shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            queue.asleep = false;
            let closing = queue.closing;
            drop(queue);
            let batch = self.take();
            if batch.is_empty() && closing {
                return Err(error);
            }
            (self.notify)(Notice::Acks(all_failed(batch.iter().map(|(ticket, _)| ticket), &error)));
        }
    }
}

/// The steady clock, to measure how long commits take: what a run sees of time comes with its records.
#[allow(clippy::disallowed_methods, reason = "the journal stands below the doorway to the clock")]
fn steady() -> Instant {
    Instant::now()
}
