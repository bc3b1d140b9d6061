//! What histories tell: the steps of a run, its shape as JSON, its events as sentences and as plain JSON.
//!
//! Everything here is a pure function of events that were stored; nothing is changed and nothing is driven. A history
//! is told without its script. Invariant: no event is left out without saying so, so each match here names them all.

mod ops;
mod plain;
mod sentence;
mod shape;
mod steps;
#[cfg(test)]
mod tests;

pub use ops::Ops;
pub use plain::{Line, line};
pub use sentence::sentence;
pub use shape::{ErrorShape, RunShape};
pub use steps::{End, Message, StepTold, Story, Wait, WaitKind};
