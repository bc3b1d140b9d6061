//! Tests of the parser: trees as compact text, tables of where expressions end, bad input.

mod whole;

use crate::source::{SourceId, Sources};

use super::{Parsed, parse};

/// The parse of a text on its own.
fn parsed(text: &str) -> Parsed {
    let set = Sources::of("a.wf", text);
    parse(set.get(SourceId(0)))
}
