//! `http.*`: requests to other servers, guarded so that a run reaches only what it may.
//!
//! ```text
//! arguments ─asked─▶ Asked ─exchange─▶ hop by hop: guard, client ─▶ answer ─▶ #{ status, headers, body }
//! ```
//!
//! Everything is bounded: an attempt by its timeout in whatever it waits for, an answer by bytes, redirects by their
//! number, requests at once by [`MAX_REQUESTS`]. Nothing is read from the environment: no proxy, no credentials.

mod address;
mod allow;
mod answer;
mod asked;
mod auth;
mod body;
mod client;
mod exchange;
mod guard;
mod headers;
mod redirect;
#[cfg(test)]
mod tests;
mod texts;
mod told;
mod trouble;
mod url;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Attempt;
use super::ending::{self, Bound};
use super::local::{Order, Orders};
use crate::driver::doorway::clock::Clock;
use crate::model::{Failure, Length, Value};

pub use allow::{Allow, NoRule};
pub use answer::{MAX_ANSWER, MAX_HEADERS};
pub use redirect::MAX_REDIRECTS;
pub(super) use told::Told;
pub use url::MAX_URL;

use asked::Asked;
use client::Clients;
use exchange::SoFar;
use guard::{Lookup, SystemLookup};

/// The most requests at once; others wait for their turn. Each holds a connection open, of which a process may have
/// only so many.
pub const MAX_REQUESTS: usize = 256;

/// How long an attempt may take that has no `timeout`.
pub const DEFAULT_TIMEOUT: Length = Length::from_ms(30_000);

/// Performs requests. Connections are kept and used again.
pub(super) struct Web {
    clients: Clients,
    turns: Arc<Semaphore>,
}

impl Web {
    pub fn new() -> Web {
        Web::with(Arc::new(SystemLookup::new()), None)
    }

    /// `roots` are trusted instead of the system's.
    fn with(lookup: Arc<dyn Lookup>, roots: Option<Vec<reqwest::Certificate>>) -> Web {
        Web { clients: Clients::new(lookup, roots), turns: Arc::new(Semaphore::new(MAX_REQUESTS)) }
    }

    /// `told` is of the arguments before they were filled in.
    pub async fn perform(
        &self,
        attempt: &Attempt,
        told: Told,
        clock: &dyn Clock,
        orders: &mut Orders,
    ) -> Result<Value, Failure> {
        let asked = Asked::read(attempt, told)?;
        let within = Bound::within(&attempt.perform, clock.now());
        let _turn = self.turn(&asked.label(), within, orders).await?;
        let bound = Bound::or_at_most(&attempt.perform, clock.now(), DEFAULT_TIMEOUT);
        if bound.is_over() {
            return Err(bound.not_begun(&asked.label()));
        }
        let so_far = SoFar::new(asked.label());
        let is_write = asked.is_write();
        tokio::select! {
            biased;
            outcome = exchange::exchange(&self.clients, &attempt.allow_net, asked, &so_far) => outcome,
            () = needed_no_more(orders, is_write) => Err(so_far.stopped()),
            bound = ending::over(Some(bound)) => Err(so_far.timed_out(&bound.reason())),
        }
    }

    /// Waits until one more request may be under way; one that is needed no more until then isn't begun.
    async fn turn(
        &self,
        label: &str,
        within: Option<Bound>,
        orders: &mut Orders,
    ) -> Result<OwnedSemaphorePermit, Failure> {
        tokio::select! {
            biased;
            () = orders.reach(Order::End) => {
                Err(Failure::new("stopped", format!("`{label}` was not begun, since it was needed no more")))
            }
            turn = self.turns.clone().acquire_owned() => Ok(turn.expect("the turns are never closed")),
            bound = ending::over(within) => Err(bound.not_begun(label)),
        }
    }
}

/// What only reads is dropped when its answer is wanted no more. What writes goes on to its end: what it did must be
/// known.
async fn needed_no_more(orders: &mut Orders, is_write: bool) {
    orders.reach(if is_write { Order::Kill } else { Order::End }).await;
}
