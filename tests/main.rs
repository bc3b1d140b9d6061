//! The one integration binary: the house's tidiness, the language's suite, the command, the engine under simulation,
//! and what survives a kill.

#![allow(clippy::disallowed_methods, reason = "what looks on from outside starts programs and measures")]

mod bytes;
mod cli;
mod docs;
mod examples;
mod layers;
mod secrets;
mod server;
mod simulation;
mod suite;
mod torture;
