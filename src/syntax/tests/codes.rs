//! Every code of this room has an entry whose wrong file gives it alone and whose right file gives nothing.

use crate::diag::codes::SYNTAX;

use super::parsed;

#[test]
fn each_wrong_example_gives_its_code_alone() {
    for entry in SYNTAX {
        let found: Vec<&str> = parsed(entry.wrong).diagnostics.iter().map(|d| d.code).collect();
        assert!(!found.is_empty() && found.iter().all(|code| *code == entry.code), "{}: {found:?}", entry.code);
    }
}

#[test]
fn no_right_example_gives_anything() {
    for entry in SYNTAX {
        assert_eq!(parsed(entry.right).diagnostics, vec![], "{}", entry.code);
    }
}

#[test]
fn each_code_of_the_room_has_an_entry() {
    let source = include_str!("../codes.rs");
    let codes: Vec<&str> =
        source.split('"').filter(|word| word.len() == 5 && word[1..].bytes().all(|b| b.is_ascii_digit())).collect();
    assert_eq!(codes.len(), SYNTAX.len());
    for code in codes {
        assert!(SYNTAX.iter().any(|e| e.code == code), "{code} has no entry");
    }
}
