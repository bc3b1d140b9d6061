//! Wayfare: a scripting language for workflows, and what runs it.

pub mod check;
pub mod cli;
pub mod diag;
pub mod driver;
pub mod engine;
pub mod expr;
pub mod journal;
pub mod model;
pub mod program;
pub mod source;
pub mod story;
pub mod syntax;
