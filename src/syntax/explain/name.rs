//! What stands where a name should, and why it is none.

use crate::diag::Diagnostic;

use super::super::codes;
use super::at;
use super::line::{Line, What, shortened};

/// What makes a word into something else than a name where it touches it.
pub(super) fn breaks_name(what: What) -> bool {
    matches!(what, What::Sign(b'-' | b'.' | b'$' | b'@' | b'?' | b'!' | b'+' | b'/' | b'\\') | What::Text)
}

/// Why what stands at `index` is no name.
pub(super) fn bad_name(line: &Line, index: usize) -> Option<Diagnostic> {
    let first = line.get(index)?;
    let mut end = first.end;
    for thing in line.things.iter().skip(index + 1) {
        let joins = thing.start == end && (matches!(thing.what, What::Word | What::Number) || breaks_name(thing.what));
        if !joins {
            break;
        }
        end = thing.end;
    }
    let text = &line.text[first.start..end];
    if first.what == What::Text && end == first.end {
        let inner: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let fault = at((first.start, end), codes::BAD_NAME, "a name stands here without quotes");
        return Some(if inner.is_empty() { fault } else { fault.help(format!("write `{}`", shortened(&inner))) });
    }
    if first.what == What::Word && end == first.end {
        return None;
    }
    let good: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let good = good.trim_matches('_');
    let good = if good.starts_with(|c: char| c.is_ascii_digit()) { format!("_{good}") } else { good.to_owned() };
    let why = if first.what == What::Number { " and don't begin with a digit" } else { "" };
    let message = format!("`{}` is no name: names are letters, digits and `_`{why}", shortened(text));
    let fault = at((first.start, end), codes::BAD_NAME, message);
    Some(if good.is_empty() { fault } else { fault.help(format!("write `{}`", shortened(&good))) })
}
