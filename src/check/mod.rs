//! The check of a file: names, paths, order, types, arguments. From a tree come all its errors and warnings at once,
//! and what lowering needs to know of it.
//!
//! Nothing here runs anything but constants, and nothing knows the engine. Where too little is known of a value,
//! nothing is said against it.

mod arguments;
mod branches;
mod builtin;
mod checked;
mod checker;
mod clauses;
mod code;
mod constants;
mod declared;
mod ending;
mod findings;
mod fits;
mod functions;
mod globals;
mod infer;
mod messages;
mod operators;
mod paths;
mod results;
mod scope;
mod secrecy;
mod signature;
mod statements;
mod steps;
mod trials;
mod triggers;
mod ty;
mod walk;
mod web;
mod workflows;

pub use checked::{Checked, check};
pub use checker::Expression;
pub use declared::declared;
pub use findings::MAX_TOLD;
