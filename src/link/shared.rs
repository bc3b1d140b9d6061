//! The handle on a store that several processes share: the journal and the exchange, wherever the store is.

use std::path::Path;
use std::sync::Arc;

use crate::journal::{Error, Holder, Settings};

use super::core::{Access, Core, Part};

/// A store that several processes share. The folder, or this process's part in it, is given up when it is dropped.
pub struct Shared {
    pub(super) core: Arc<Core>,
}

impl Shared {
    /// Opens the store in `dir`, made where there is none, for the process `me`: as its owner, or through the one
    /// who owns it. `waiting` is told whom is waited for, if that takes long.
    pub fn open(
        dir: &Path,
        settings: &Settings,
        me: &Holder,
        waiting: impl Fn(&Holder) + Send + Sync + 'static,
    ) -> Result<Shared, Error> {
        let core = Core::open(dir.to_path_buf(), settings.clone(), me.clone(), Access::Make, Box::new(waiting))?;
        Ok(Shared { core: core.expect("a store that isn't there is made") })
    }

    /// As [`Shared::open`]; none where there is no store, and nothing is made.
    pub fn look(
        dir: &Path,
        settings: &Settings,
        me: &Holder,
        waiting: impl Fn(&Holder) + Send + Sync + 'static,
    ) -> Result<Option<Shared>, Error> {
        let core = Core::open(dir.to_path_buf(), settings.clone(), me.clone(), Access::Use, Box::new(waiting))?;
        Ok(core.map(|core| Shared { core }))
    }

    /// As [`Shared::look`], for one who only reads: also where nothing may be written.
    pub fn read(
        dir: &Path,
        settings: &Settings,
        me: &Holder,
        waiting: impl Fn(&Holder) + Send + Sync + 'static,
    ) -> Result<Option<Shared>, Error> {
        let core = Core::open(dir.to_path_buf(), settings.clone(), me.clone(), Access::Read, Box::new(waiting))?;
        Ok(core.map(|core| Shared { core }))
    }

    /// Whether this process has the store, and the others reach it through this one.
    pub fn is_owner(&self) -> bool {
        matches!(self.core.part(), Part::Owner(..))
    }

    /// Ends as a process that is killed: whatever is under way is cut off, and the socket stays.
    #[cfg(test)]
    pub(super) fn die(self) {
        self.core.die();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.core.close();
    }
}
