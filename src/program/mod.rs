//! Programs: the plan a run follows (plain data with a format number and a hash), and the plan made runnable.
//!
//! A plan is made once from a checked file and stored beside the runs that follow it; a run is resumed from its
//! stored plan, whatever has become of the file.

#[cfg(test)]
mod cases;
mod compile;
mod hash;
mod inputs;
mod load;
mod lower;
pub mod plan;
mod secrets;

pub use compile::{Compiled, compile};
pub use hash::digest;
pub use inputs::{Asker, InputProblem, InputProblemKind};
pub use load::{Error, Program};
