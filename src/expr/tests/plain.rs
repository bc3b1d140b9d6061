//! The short way gives what rhai's way gives, or leaves it to rhai.

use proptest::prelude::{prop, proptest};
use proptest::test_runner::Config;

use crate::expr::compiled::read_by_rhai;
use crate::expr::plainly::plainly;
use crate::expr::{Form, on_stack};

/// Says whether the short way took the text; it must not give another tree than rhai's.
fn taken(text: &str) -> bool {
    let Some(short) = plainly(text) else { return false };
    let (long, problems) =
        on_stack(|| read_by_rhai(text, &Form::Expression)).unwrap_or_else(|p| panic!("{text}: {p:?}"));
    assert!(problems.is_empty(), "{text}: {problems:?}");
    assert_eq!(short, long, "{text}");
    true
}

#[test]
fn plain_texts_are_taken() {
    for text in [
        "1",
        " 42 ",
        "\"a b é\"",
        "true",
        "()",
        "input",
        "input.service",
        "a.b.c1_",
        "[]",
        "[1, \"x\", a.b]",
        "#{}",
        "#{ code: 1, stdout: \"\", deep: #{ list: [[1], ()] } }",
        "a.b == 1",
        "status.code != 0",
        "n >= 20",
        "a\n.b == 1",
        "[\n  1,\n  2\n]",
    ] {
        let is_taken = taken(text);
        assert!(is_taken || text.contains("\n."), "{text}");
    }
}

#[test]
fn what_needs_rhai_is_left_to_it() {
    for text in [
        "-1",
        "1.5",
        "0x10",
        "1_000",
        "\"a\\n\"",
        "\"a\"\"b\"",
        "'c'",
        "`a`",
        "f(1)",
        "a (1)",
        "a[0]",
        "a?.b",
        "a.b()",
        "a + 1",
        "a == 1 && b",
        "a < b < c",
        "if",
        "new",
        "#{ if: 1 }",
        "#{ a: 1, a: 2 }",
        "[1, 2,]",
        "__wf_r",
        "a::b",
        "|x| x",
        "a == -1",
        "1 ==2",
        "a = 1",
        "é",
        "aé",
        "x // c",
        "99999999999999999999",
        "",
        "a b",
        "#{ \"a\": 1 }",
        "this",
        "Fn",
    ] {
        assert!(!taken(text), "{text}");
    }
}

const WORDS: &[&str] = &[
    "a", "b.c", "d", "()", "1", "20", "\"s\"", "\"\"", "true", "[", "]", "[]", "#{", "}", "#{}", "a:", "b:", "z_1:",
    ",", ", ", ".", "==", "!=", "<=", ">", " == ", " < ", " ", "\n", "\t", "if", "new", "in", "!", "(", ")", "?", "-",
    "x.y.z", "é",
];

proptest! {
    #![proptest_config(Config { cases: 3_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_is_read_alike(words in prop::collection::vec(prop::sample::select(WORDS), 0..9)) {
        taken(&words.concat());
    }
}
