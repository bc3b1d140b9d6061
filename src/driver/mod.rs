//! The driver: commits what the engine says, then performs what it asks for. Run loop, writer, timers, recovery,
//! effects, and the doorway to the clock, to randomness, to processes and to the environment.

mod again;
mod begin;
mod children;
mod commands;
pub mod doorway;
pub mod effects;
mod error;
mod folders;
mod handle;
mod interest;
mod kv;
mod leave;
mod listen;
mod live;
mod observer;
mod orders;
mod park;
mod programs;
mod resume;
mod run_loop;
pub mod secrets;
mod snapshot;
#[cfg(test)]
mod tests;
mod waits;
mod wake;

pub use error::Error;
pub use handle::{Begun, Driver, Ended, Ground, Later, Until, Wish};
pub use observer::{Nobody, Observer};
pub use orders::Desk;

use crate::model::RunId;

/// Where a run's page is, once a server serves it: `wf serve` listens there unless told otherwise.
fn run_url(id: RunId) -> String {
    format!("http://127.0.0.1:8484/runs/{id}")
}
