//! The shared store as an exchange: decided by the owner, who knows whose each run is.

use std::sync::Arc;

use crate::journal::{Claimed, Error, Exchange, Listener, Told};
use crate::model::{Order, RunId};

use super::core::Part;
use super::owner::{Owner, Silence};
use super::shared::Shared;
use super::words::{Ask, done, only};

impl Exchange for Shared {
    fn claim(&self, run: RunId) -> Result<Claimed, Error> {
        loop {
            let asked = self.core.part();
            let claimed = self.core.request(
                true,
                |owner| owner.claim(&owner.own(), run).map_err(Silence::error),
                || (Ask::Claim(run), Vec::new()),
                only!(Claimed),
            )?;
            // What an owner said that has gone meanwhile, its successor doesn't know.
            if claimed != Claimed::Mine || self.core.keep(run, &asked) {
                return Ok(claimed);
            }
        }
    }

    fn release(&self, run: RunId) {
        self.core.mine().remove(&run);
        let leaving = !self.core.orders.is_attended();
        let ask = || (Ask::Release { run, leaving }, Vec::new());
        let own = |owner: &Owner| {
            owner.release(owner.name(), run, leaving);
            Ok(())
        };
        // Where the store fails, whoever drives the run hears of it elsewhere.
        let _ = self.core.request(false, own, ask, done);
    }

    fn tell(&self, run: RunId, order: Order) -> Result<Told, Error> {
        let id = self.core.order_id();
        let ask = || (Ask::Tell { run, order: order.clone(), id: id.clone() }, Vec::new());
        let own = |owner: &Owner| owner.tell(run, &order, &id).map_err(Silence::error);
        self.core.request(false, own, ask, only!(Told))
    }

    fn changed(&self, run: RunId) {
        let own = |owner: &Owner| {
            owner.changed(run);
            Ok(())
        };
        // As with a release.
        let _ = self.core.request(false, own, || (Ask::Changed(run), Vec::new()), done);
    }

    fn attend(&self, listener: Option<Arc<dyn Listener>>) {
        let listens = listener.is_some();
        self.core.orders.attend(listener);
        if let (true, Part::Client(client)) = (listens, self.core.part()) {
            // What is wrong is found again, and told, by the next that needs the store.
            let _ = self.core.enter(&client);
        }
    }
}
