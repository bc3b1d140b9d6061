//! What is told to people about their text: diagnostics as values, the table of codes, two renderers.
//!
//! A [`Diagnostic`] says what is wrong in the user's words, where, and what to write instead. Whoever finds a
//! fault makes one; nobody but this room turns one into output.

pub mod codes;
mod diagnostic;
mod excerpt;
mod json;
mod near;
mod render;
mod visible;

pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use json::to_json;
pub use near::{did_you_mean, near};
pub use render::{render, render_one};
pub use visible::visible;
