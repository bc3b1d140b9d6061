//! Wayfare: a scripting language for workflows, and what runs it.

pub mod check;
pub mod diag;
pub mod expr;
pub mod model;
pub mod program;
pub mod source;
pub mod syntax;
