//! The table of codes: what each finding means, with a wrong and a right file. `wf explain CODE` shows an entry.
//!
//! Each room that finds things has its own list here. Invariant, held by that room's tests: the wrong file gives
//! exactly its code, the right one nothing.

mod expressions;
mod names;
mod structure;
mod syntax;
mod types;
mod unready;
mod warnings;

pub use syntax::SYNTAX;

/// All that is said of one code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub code: &'static str,
    pub title: &'static str,
    /// A paragraph.
    pub text: &'static str,
    /// A whole file that has this fault and no other.
    pub wrong: &'static str,
    /// The same as it should be.
    pub right: &'static str,
}

/// The lists of all rooms.
const AREAS: &[&[Entry]] = &[
    SYNTAX,
    names::ENTRIES,
    types::ENTRIES,
    structure::ENTRIES,
    expressions::ENTRIES,
    unready::ENTRIES,
    warnings::ENTRIES,
];

/// Every entry, in the order of the areas.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    AREAS.iter().copied().flatten()
}

/// The entry of `code`, whatever the case of its letter.
pub fn entry(code: &str) -> Option<&'static Entry> {
    all().find(|e| e.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in all() {
            assert!(seen.insert(entry.code), "{} stands twice", entry.code);
            let (letter, number) = entry.code.split_at(1);
            assert!(matches!(letter, "E" | "W") && number.len() == 4, "{}", entry.code);
            assert!(number.bytes().all(|b| b.is_ascii_digit()), "{}", entry.code);
            assert!(!entry.title.is_empty() && entry.text.len() > 40, "{} says too little", entry.code);
            assert_ne!(entry.wrong, entry.right, "{}", entry.code);
        }
        assert!(entry("e0101").is_some() && entry("E9999").is_none());
    }
}
