//! From text to a tree: the grammar, the parser, comments. Resolves no name and knows nothing of rhai.

pub mod ast;
