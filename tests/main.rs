//! The one integration binary: the house's tidiness, the language's suite, the command, and what survives a kill.

mod bytes;
mod docs;
mod layers;
mod suite;
mod torture;
