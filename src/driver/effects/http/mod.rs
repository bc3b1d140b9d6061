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
mod trouble;
mod url;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Attempt;
use super::ending::{self, Bound};
use super::local::{Order, Orders};
use crate::model::{Failure, Length, Time, Value};

pub use allow::{Allow, NoRule};
pub use answer::{MAX_ANSWER, MAX_HEADERS};
pub use redirect::MAX_REDIRECTS;
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

    /// Performs an attempt that starts at `now`.
    pub async fn perform(&self, attempt: &Attempt, now: Time, orders: &mut Orders) -> Result<Value, Failure> {
        let bound = Bound::or_at_most(&attempt.perform, now, DEFAULT_TIMEOUT);
        let asked = Asked::read(attempt)?;
        let so_far = SoFar::new(asked.label());
        let is_write = asked.is_write();
        let exchange = async {
            let _turn = self.turn().await;
            exchange::exchange(&self.clients, &attempt.allow_net, asked, &so_far).await
        };
        tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = needed_no_more(orders, is_write) => Err(so_far.stopped()),
            bound = ending::over(Some(bound)) => Err(so_far.timed_out(&bound.reason())),
        }
    }

    async fn turn(&self) -> OwnedSemaphorePermit {
        self.turns.clone().acquire_owned().await.expect("the turns are never closed")
    }
}

/// What only reads is dropped when its answer is wanted no more. What writes goes on to its end: what it did must be
/// known.
async fn needed_no_more(orders: &mut Orders, is_write: bool) {
    orders.reach(if is_write { Order::Kill } else { Order::End }).await;
}
