//! The store between processes: one owns it and commits for the others, who reach it over a Unix socket in the data
//! folder.
//!
//! [`Shared`] is a [`Journal`](crate::journal::Journal) and an [`Exchange`](crate::journal::Exchange) like any other:
//! who uses it doesn't know whether the store is in this process. The room decides whose a run is and carries what
//! is committed, read and told; what it means it doesn't know. Invariant: what was acknowledged is on disk, whoever
//! wrote it and whoever dies; what wasn't is asked again of the next owner, and is stored once.

mod address;
mod client;
mod core;
mod door;
mod exchange;
mod frame;
mod group;
mod journal;
mod members;
mod orders;
mod owner;
mod patience;
mod registry;
mod server;
mod shared;
#[cfg(test)]
pub mod tests;
mod trouble;
mod wire;
mod words;

pub use frame::MAX_FRAME_BYTES;
pub use server::MAX_CONNECTIONS;
pub use shared::Shared;
pub use words::LINK_VERSION;
