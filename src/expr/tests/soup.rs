//! Random texts: whatever stands in them, compiling and evaluating ends in a value, a fault or a problem.

use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;

use super::{World, ambient, library};
use crate::expr::{FnText, Form, Library, Origin, compile, evaluate, evaluate_traced, on_stack};
use crate::model::Value;

const WORDS: &[&str] = &[
    "a",
    "b.c",
    "list",
    "n",
    "()",
    "1",
    "2.5",
    "\"s\"",
    "`t${",
    "}`",
    "'c'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#{",
    "a:",
    ",",
    ".",
    "?.",
    "?[",
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "??",
    "!",
    "in",
    "!in",
    "..",
    "..=",
    "|x|",
    "||",
    "x",
    "if",
    "else",
    "switch",
    "=>",
    "_",
    "let",
    "y",
    "=",
    "+=",
    ";",
    "for",
    "while",
    "return",
    "fn",
    "this",
    "map",
    "filter(",
    "sort()",
    "trim()",
    "len()",
    "replace(",
    "call(",
    "now()",
    "é",
    "\\",
    "\"",
    "`",
    "//",
    "/*",
    "*/",
    "\n",
    "new",
    "match",
    "::",
    "$",
    "@",
    "0x",
    "1e9",
    "throw",
    "try",
    "catch",
    "const",
    "true",
    "secret(\"S\")",
    "duration(\"5s\")",
    "parse_json(\"[1]\")",
    "matches(\"(\")",
    "\\${",
    "#\"",
    "\"#",
    "-9",
    "[0]",
    "[-1]",
    "uuid()",
];

fn soup() -> impl Strategy<Value = String> {
    let word =
        prop_oneof![8 => prop::sample::select(WORDS).prop_map(String::from), 1 => any::<char>().prop_map(String::from)];
    let blank = prop_oneof![Just(""), Just(" ")];
    prop::collection::vec((word, blank), 0..24)
        .prop_map(|words| words.into_iter().flat_map(|(a, b)| [a, b.to_string()]).collect())
}

use proptest::prelude::Just;

/// Like what people write: well-formed, of all kinds of parts.
fn grown() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &["a", "b.c", "list", "n", "1", "0", "\"s\"", "()", "x", "2.5", "true", "list[n]", "now()"][..],
    );
    leaf.prop_map(String::from).prop_recursive(5, 40, 4, |inner| {
        let op = prop::sample::select(&["+", "-", "*", "/", "==", "<", "&&", "||", "??", "in", "..", "%", "<<"][..]);
        let method = prop::sample::select(
            &["len()", "trim()", "sort()", "reverse()", "keys()", "first()", "sum()", "to_int()", "unique()"][..],
        );
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), method).prop_map(|(a, m)| format!("{a}.{m}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}.map(|x| {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("#{{ k: {a}, l: [{b}] }}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("`p ${{{a}}} q ${{{b}}}`")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} {{ {b} }} else {{ {c} }})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}?.f ?? {b}")),
            inner.prop_map(|a| format!("({a})")),
        ]
    })
}

fn world() -> World {
    World::json(r#"{ "a": 1, "b": { "c": "x" }, "list": [1, 2], "n": 0 }"#).with("token", Value::Secret("T".into()))
}

/// Compiles and evaluates in every form, and checks what must hold of all results.
fn survives(text: &str) {
    let forms = [Form::Expression, Form::Script, Form::Assignment { root: "a".into() }];
    for form in forms {
        let shaped = if form == Form::Script { format!("{{ {text} }}") } else { text.to_string() };
        match compile(&shaped, Origin { line: 3, column: 7 }, form, &library()) {
            Ok(compiled) => {
                compiled.tree().root.walk(&mut |node| {
                    assert!(shaped.get(node.range.clone()).is_some(), "{shaped}: {node:?}");
                    for part in node.parts() {
                        let within = part.range.start >= node.range.start && part.range.end <= node.range.end;
                        assert!(within, "{shaped}: {part:?} in {node:?}");
                    }
                });
                let first = evaluate(&compiled, &world(), &mut ambient());
                let second = evaluate_traced(&compiled, &world(), &mut ambient()).map(|evaluated| evaluated.value);
                assert_eq!(first, second, "{shaped}");
                if let Err(fault) = first {
                    assert!(!fault.message.starts_with(crate::expr::evaluate::BROKEN), "{shaped}: {fault:?}");
                    assert!(
                        ["type", "limit", "secret", "failed"].contains(&fault.kind) && fault.line >= 3,
                        "{shaped}: {fault:?}"
                    );
                    let own = fault.message.contains("__wf_") || fault.message.contains('$') && fault.kind != "failed";
                    assert!(!own, "{shaped}: {fault:?}");
                }
            }
            Err(problems) => {
                for problem in problems {
                    assert!(shaped.get(problem.range.clone()).is_some(), "{shaped}: {problem:?}");
                    assert!(
                        !problem.message.is_empty() && problem.message != crate::expr::compiled::BROKEN,
                        "{shaped}"
                    );
                }
            }
        }
    }
    let function = FnText { name: "f", params: vec!["x"], body: &format!("{{ {text} }}"), origin: Origin::default() };
    Library::compile(&[function], vec![("n".into(), Value::Int(1))]);
}

/// A path into deep values, present and absent, with what may follow it.
fn paths() -> impl Strategy<Value = String> {
    let root = prop::sample::select(&["d", "d", "list", "a"][..]);
    let link = prop::sample::select(
        &[
            ".m",
            ".l",
            ".s",
            ".none",
            ".gone",
            "?.gone",
            "?.m",
            "[\"m\"]",
            "[0]",
            "[-1]",
            "[9]",
            "[n]",
            "[\"l\"]",
            ".len()",
            "?.len()",
            ".is_empty()",
            ".keys()",
            "[d.k]",
        ][..],
    );
    (root, prop::collection::vec(link, 0..5)).prop_map(|(root, links)| format!("{root}{}", links.concat()))
}

/// Names read as paths from the outside give what rhai gives for whole values.
fn same_as_rhai(text: &str) {
    let world = world().with("d", Value::from_json(&serde_json::json!({
        "m": { "l": [1, { "s": "x" }], "s": "text", "none": null, "m": { "m": 1 } }, "l": [[1, 2], "y"], "s": "é", "k": "m" })));
    let run = |text: &str| {
        let compiled = compile(text, Origin::default(), Form::Expression, &library()).ok()?;
        Some(evaluate(&compiled, &world, &mut ambient()))
    };
    let bound = format!("(|d, list, a, n, b| {text}).call(d, list, a, n, b)");
    match (run(text), run(&bound)) {
        (Some(Ok(given)), Some(Ok(expected))) => assert_eq!(given, expected, "{text}"),
        (Some(Err(_)), Some(Err(_))) | (None, _) => {}
        // rhai gives an int's bits.
        (Some(Err(fault)), _) if fault.message.contains("is an int, which has no items") => {}
        (given, expected) => panic!("{text}: {given:?} but {expected:?}"),
    }
}

proptest! {
    #![proptest_config(Config { cases: 1_500, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_words(text in soup()) {
        on_stack(|| survives(&text));
    }

    #[test]
    fn random_expressions(text in grown()) {
        on_stack(|| survives(&text));
    }

    #[test]
    fn paths_are_as_rhai_reads_them(text in paths()) {
        on_stack(|| same_as_rhai(&text));
    }

    #[test]
    fn expressions_are_as_rhai_evaluates_them(text in grown()) {
        on_stack(|| same_as_rhai(&text));
    }

    #[test]
    fn random_characters(text in "\\PC{0,40}") {
        on_stack(|| survives(&text));
    }
}
