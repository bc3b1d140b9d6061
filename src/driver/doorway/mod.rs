//! The doorway: the one place where the wall clock, randomness, processes and the environment are touched, one file
//! each. Everybody else is given what it needs, so that a run can be simulated, crashed and repeated; `clippy.toml`
//! bans the calls themselves everywhere but here.

pub mod clock;
pub mod environment;
pub mod process;
pub mod random;
pub mod terminal;
