//! Puts it together: a data folder becomes a driver that performs effects on this computer.

use std::path::Path;
use std::sync::Arc;

use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::driver::doorway::random::SystemEntropy;
use crate::driver::effects::{Effects, LocalEffects};
use crate::driver::secrets::Vault;
use crate::driver::{Driver, Error, Ground};
use crate::journal::{Exchange, Journal};

use super::args;
use super::console::Console;
use super::dying::Dying;
use super::events::Events;
use super::interrupt::{DRAIN, Interrupts, Leaving};
use super::progress::Progress;
use super::secrets;
use super::stop::{Exit, Stop};
use super::store::Store;

/// A driver on an open store, and what it stands on.
pub struct Works {
    pub journal: Arc<dyn Journal>,
    pub exchange: Arc<dyn Exchange>,
    pub vault: Arc<dyn Vault>,
    driver: Option<Arc<Driver>>,
    effects: Arc<dyn Effects>,
}

impl Works {
    /// Starts the driver. From here on a signal ends its work in order.
    pub fn start(
        store: &Store,
        data: &Path,
        console: &Console,
        progress: &Arc<Progress>,
        watched: &args::Watched,
        interrupts: &Interrupts,
    ) -> Result<Works, Stop> {
        let journal: Arc<dyn Journal> = match watched.die_after_commits {
            Some(commits) => Arc::new(Dying::after(commits, store.journal())),
            None => store.journal(),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy = SystemEntropy::new()
            .map_err(|error| Stop::new(Exit::Store, format!("the system gives no random numbers: {error}")))?;
        let vault: Arc<dyn Vault> = Arc::new(secrets::vault_for_runs(journal.clone(), data)?);
        let effects = LocalEffects::new(data.to_path_buf(), clock.clone()).with_vault(vault.clone());
        let effects: Arc<dyn Effects> = Arc::new(effects);
        let ground = Ground {
            journal: journal.clone(),
            exchange: store.exchange(),
            effects: effects.clone(),
            clock,
            entropy: Arc::new(entropy),
            observer: Arc::new(Events::new(console, progress.clone(), watched.events)),
            data: data.to_path_buf(),
        };
        let driver = Driver::start(ground)
            .map_err(|error| Stop::new(Exit::Store, format!("the driver can't be started: {error}")))?;
        let driver = Arc::new(driver);
        interrupts.attach(Leaving { driver: driver.clone(), effects: effects.clone(), progress: progress.clone() });
        Ok(Works { journal, exchange: store.exchange(), vault, driver: Some(driver), effects })
    }

    pub fn driver(&self) -> &Driver {
        self.driver.as_ref().expect("the driver is there until the works are closed")
    }

    /// Leaves: all that was committed is on disk then, and no program goes on. With `gently`, what is in flight is waited
    /// for a while. Says why the store failed, if it did.
    pub fn close(mut self, interrupts: &Interrupts, gently: bool) -> Result<(), Stop> {
        let Some(driver) = self.driver.take() else { return Ok(()) };
        if gently {
            driver.drain();
            driver.is_over_within(DRAIN);
        }
        driver.leave();
        interrupts.detach();
        // Whoever took a signal may hold the driver for this moment still.
        let ended = Arc::into_inner(driver).map_or(Ok(()), Driver::join);
        self.effects.stop_all();
        ended.map_err(Stop::from)
    }
}

/// What was asked of a driver that has ended: the reason comes with [`Works::close`].
pub fn gone() -> Error {
    Error::Gone
}
