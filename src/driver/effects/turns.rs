//! Work that blocks a thread for as long as a disk or another computer likes: as much of it at once as there are turns,
//! so that it never has all threads.
//!
//! Invariant: a turn is over when its work is, also where nobody waits for that any more.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub fn new(at_once: usize) -> Turns {
        Turns(Arc::new(Semaphore::new(at_once)))
    }

    pub async fn take(&self) -> Turn {
        Turn(self.0.clone().acquire_owned().await.expect("the turns are never closed"))
    }
}

/// The right to block one thread.
pub(super) struct Turn(OwnedSemaphorePermit);

impl Turn {
    pub fn block<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        tokio::task::spawn_blocking(move || {
            let _held = self.0;
            work()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_turn_is_held_as_long_as_its_work_whoever_waits() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let turns = Turns::new(1);
        let (go_on, wait) = mpsc::channel::<()>();
        runtime.block_on(async {
            let work = turns.take().await.block(move || wait.recv());
            // Who asked for it is gone, as at the end of a timeout.
            drop(work);
            tokio::task::yield_now().await;
            assert_eq!(turns.0.available_permits(), 0);
            go_on.send(()).expect("it still waits");
            drop(turns.take().await);
        });
    }
}
