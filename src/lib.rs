//! Wayfare: a scripting language for workflows, and what runs it.

// What is banned is banned in what people run; tests start programs, measure, and read what they are told.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod check;
pub mod cli;
pub mod diag;
pub mod driver;
pub mod engine;
pub mod expr;
pub mod journal;
pub mod link;
pub mod model;
pub mod program;
pub mod source;
pub mod story;
pub mod syntax;
