//! The one integration binary: the house's tidiness, the language's suite, the command, the engine under simulation,
//! and what survives a kill.

mod layers;
mod simulation;
mod suite;
mod torture;
