//! From text to a tree: the grammar, the parser, comments. Resolves no name and knows nothing of rhai.
//!
//! A text goes through `scan` (brackets, quotes, comments; `mend` blanks what can't be cut), then through the
//! grammar (`parse`), which commits at a keyword and marks what is missing or left over; `explain` puts that into
//! people's words. No text makes it panic, and its time and memory grow with the length of the text alone.

pub mod ast;
mod codes;
mod explain;
mod findings;
mod glyphs;
mod lex;
mod mend;
mod parse;
mod reserved;
mod scan;
#[cfg(test)]
mod tests;

pub use parse::{Parsed, parse};

/// The most brackets (and comments, and types) that may stand within each other (the limit `nesting`).
pub const MAX_NESTING: usize = 256;
