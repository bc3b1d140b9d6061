//! Ctrl-C and SIGTERM: the first lets the attempts in flight end, a second one leaves at once, a third one
//! ends the process as it stands.
//!
//! Before anything is driven a signal ends the process by itself. Neither way does anything of the runs' own: no
//! `finally`, no undo; they are resumed another time.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::driver::Driver;
use crate::driver::doorway::clock;
use crate::driver::effects::Effects;

use super::progress::Progress;
use super::stop::Exit;

/// How long the attempts in flight may take after the first signal.
pub const DRAIN: Duration = Duration::from_secs(10);

/// What ends within this time after the first signal needs no word.
const QUIET: Duration = Duration::from_millis(300);

/// What is told to leave.
pub struct Leaving {
    pub driver: Arc<Driver>,
    pub effects: Arc<dyn Effects>,
    pub progress: Arc<Progress>,
}

/// Whether a signal came, and who is to leave then.
#[derive(Clone)]
pub struct Interrupts {
    shared: Arc<Shared>,
}

struct Shared {
    came: AtomicBool,
    leaving: Mutex<Option<Leaving>>,
}

impl Interrupts {
    /// Listens from here on.
    pub fn listen() -> io::Result<Interrupts> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let guard = runtime.enter();
        let mut signals = Signals { int: signal(SignalKind::interrupt())?, term: signal(SignalKind::terminate())? };
        drop(guard);
        let shared = Arc::new(Shared { came: AtomicBool::new(false), leaving: Mutex::default() });
        let heard = shared.clone();
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || runtime.block_on(heard.serve(&mut signals)))?;
        Ok(Interrupts { shared })
    }

    /// Whether a signal came.
    pub fn came(&self) -> bool {
        self.shared.came.load(Ordering::SeqCst)
    }

    /// From here on this is told to leave.
    pub fn attach(&self, leaving: Leaving) {
        if self.came() {
            leaving.driver.drain();
        }
        *self.shared.leaving() = Some(leaving);
    }

    /// Nothing is to be told any more; a signal is heard still, and does nothing but count.
    pub fn detach(&self) {
        *self.shared.leaving() = None;
    }
}

struct Signals {
    int: Signal,
    term: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.int.recv() => {}
            _ = self.term.recv() => {}
        }
    }
}

impl Shared {
    fn leaving(&self) -> MutexGuard<'_, Option<Leaving>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, text: &str) {
        if let Some(leaving) = &*self.leaving() {
            leaving.progress.note(text);
        }
    }

    async fn serve(&self, signals: &mut Signals) {
        signals.next().await;
        let driving = {
            let leaving = self.leaving();
            self.came.store(true, Ordering::SeqCst);
            leaving.as_ref().map(|leaving| leaving.driver.drain()).is_some()
        };
        if !driving {
            // Nothing goes on yet (the store is waited for), or nothing any more.
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        if clock::within(QUIET, signals.next()).await.is_none() {
            self.note(&format!(
                "interrupted: waiting up to {} s for what is under way; once more to leave at once",
                DRAIN.as_secs()
            ));
            // Either way it is left then: what is in flight is cut off, and made again when the run is resumed.
            clock::within(DRAIN, signals.next()).await;
        }
        if let Some(leaving) = &*self.leaving() {
            leaving.driver.leave();
            leaving.effects.stop_all();
        }
        // What can't leave, since the process that has the store is stuck, is ended as it stands: a kill loses nothing.
        signals.next().await;
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
}
