//! The engine's tests: small plans by hand, told what the world says, and their histories as sentences.

use crate::model;
use crate::program::plan;

mod builder;
mod lower;
mod sentences;
mod world;

mod again;
mod attempts;
mod blocks;
mod children;
mod forks;
mod limits;
mod orders;
mod paths;
mod recovery;
mod secrets;
mod steps;
mod stopping;
mod undo;
mod waits;
