//! Expressions: rhai and nothing but. Text goes in, a [`Compiled`] comes out; it is evaluated to a
//! [`Value`](crate::model::Value) in a sandbox that bounds operations, depth, sizes and memory.
//!
//! This room knows no statements and no files: it gets texts with the places where they stand.
