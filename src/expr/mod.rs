//! Expressions: rhai and nothing but. Text goes in, a [`Compiled`] comes out; it is evaluated to a
//! [`Value`](crate::model::Value) in a sandbox that bounds operations, depth, sizes and memory.
//!
//! This room knows no statements and no files: it gets texts with the places where they stand.
//!
//! ```text
//! text ─parse─▶ rhai's tree ─lower─▶ Tree ─translate─▶ made text ─parse─▶ AST ─evaluate─▶ Value
//!        words                (checker)    slots                        session, meter
//! ```
//!
//! rhai parses twice. The first tree is the user's text as it stands, for those who look at it. The second is of
//! a text in which is written out what the language means otherwise than rhai: a path from an outer name reads
//! [`Value`](crate::model::Value)s directly (so nothing is converted but what is read), a method that changes its
//! receiver gives the changed value where the text is an expression. See [`translate`]. Texts that need no rhai to be
//! understood never meet it ([`plainly`]), and whoever only looks at a text ([`look`]) has it parsed once.

mod builtins;
mod chain;
mod compiled;
mod convert;
mod engine;
mod evaluate;
mod fault;
mod library;
pub mod limits;
mod lower;
mod memory;
mod meter;
mod native;
mod operators;
mod place;
mod plainly;
mod problem;
mod property;
mod scan;
mod sealing;
mod session;
mod slot;
mod spans;
mod stack;
#[cfg(test)]
mod tests;
mod time;
mod translate;
mod tree;
mod url;
mod wording;
mod words;

pub use builtins::{Parameter, Signature, builtins, is_known as is_known_function};
pub use compiled::{Compiled, Form, compile, look, raw};
pub use evaluate::{Evaluated, Scope, evaluate, evaluate_traced};
pub use fault::Fault;
pub use library::{FnText, Library};
pub use meter::{operations, together};
pub use place::Origin;
pub use problem::{Problem, ProblemKind};
pub use property::fields_of;
pub use session::Ambient;
pub use stack::{STACK_BYTES, on_stack};
pub use tree::{Arm, Node, NodeKind, Root, Tree, Word};
