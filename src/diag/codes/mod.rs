//! The table of codes: for each kind of finding a title, a text, and two whole small files, a wrong one and a right
//! one. It is what `wf explain CODE` shows. A code is never given to another kind of mistake.

mod expressions;
mod names;
mod structure;
mod types;
mod unready;
mod warnings;

/// What is to be known of a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub code: &'static str,
    /// A few words, without a dot.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub text: &'static str,
    /// A file that has exactly this finding.
    pub wrong: &'static str,
    /// The same file put right.
    pub right: &'static str,
}

/// All entries, by family.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let families: [&'static [Entry]; 6] = [
        names::ENTRIES,
        types::ENTRIES,
        structure::ENTRIES,
        expressions::ENTRIES,
        unready::ENTRIES,
        warnings::ENTRIES,
    ];
    families.into_iter().flatten()
}

/// The entry of a code, written in any case.
pub fn entry(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_complete() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in all() {
            assert!(seen.insert(entry.code), "{} stands twice", entry.code);
            for part in [entry.title, entry.text, entry.wrong, entry.right] {
                assert!(!part.trim().is_empty(), "{} lacks a part", entry.code);
            }
            assert_ne!(entry.wrong, entry.right, "{}", entry.code);
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(entry("e0201").map(|e| e.code), Some("E0201"));
        assert_eq!(entry("E9999"), None);
    }
}
