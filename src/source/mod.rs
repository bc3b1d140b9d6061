//! Source texts and places in them.
//!
//! A [`Source`] is one file's text, kept whole; a [`Sources`] is the set of files that belong to one program.
//! Every source of a set occupies its own range of one shared offset space, so that a [`Span`] (two `u32` byte
//! offsets) names its file as well. This room knows nothing of the language.

mod load;
mod span;
mod text;

pub use load::{LoadError, MAX_SOURCE_BYTES, read_source};
pub use span::Span;
pub use text::{LineColumn, Source, SourceId, Sources};
