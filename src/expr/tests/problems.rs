//! Problems of texts: their kind, their words, the bytes that they underline.

use super::library;
use crate::expr::{Form, Origin, Problem, ProblemKind, compile, on_stack};

fn problems(text: &str, form: &Form) -> Vec<Problem> {
    on_stack(|| match compile(text, Origin::default(), form.clone(), &library()) {
        Ok(compiled) => panic!("{text} compiles: {:#?}", compiled.tree()),
        Err(problems) => problems,
    })
}

fn check(form: &Form, cases: &[(&str, ProblemKind, &str, &str)]) {
    let mut wrong = Vec::new();
    for (text, kind, message, place) in cases {
        let found = problems(text, form);
        let first = &found[0];
        let given = (first.kind, first.message.as_str(), &text[first.range.clone()]);
        if given != (*kind, message, place) {
            wrong.push(format!("{text}\n    gives    {given:?}\n    expected {:?}", (kind, message, place)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_no_value_is_said_to_be_a_statement() {
    use ProblemKind::Statement;
    check(
        &Form::Expression,
        &[
            ("let x = 1", Statement, "`let` is a statement, and a value is wanted here", "let"),
            ("x = 1", Statement, "an assignment is no value", "="),
            ("x += 1", Statement, "an assignment is no value", "+="),
            ("x; y", Statement, "a value ends without `;`", ";"),
            ("for i in x { 1 }", Statement, "`for` is a statement, and a value is wanted here", "for"),
            ("while true { }", Statement, "`while` is a statement, and a value is wanted here", "while"),
            ("fn f() { 1 }", Statement, "`fn` is a statement, and a value is wanted here", "fn"),
            ("return 1", Statement, "`return` is a statement, and a value is wanted here", "return"),
            ("if a { let b = 1; b } else { 2 }", Statement, "`let` is a statement, and a value is wanted here", "let"),
            ("x.map(|i| { let y = i; y })", Statement, "`let` is a statement, and a value is wanted here", "let"),
            ("x.map(|i| i.a = 1)", Statement, "an assignment is no value", "="),
            ("x.map(|i| { i = 1 })", Statement, "an assignment is no value", "="),
            ("`${a = 1}`", Statement, "an assignment is no value", "="),
            ("x.map(|i| let y = i)", Statement, "`let` begins a statement, and a value is wanted here", "let"),
            (
                "x.map(|i| while true { 1 })",
                Statement,
                "`while` begins a statement, and a value is wanted here",
                "while",
            ),
            ("x.map(|i| return 1)", Statement, "`return` begins a statement, and a value is wanted here", "return"),
        ],
    );
}

#[test]
fn what_cant_be_read_is_said_with_its_place() {
    use ProblemKind::{Duplicate, LeftOut, Limit, Syntax, Word};
    check(
        &Form::Expression,
        &[
            ("a +", Syntax, "the expression ends too early", "+"),
            ("", Syntax, "the expression ends too early", ""),
            ("(a", Syntax, "expected `)` at the end of the parentheses, found the end", "a"),
            ("a b", Syntax, "`b` is not expected here", "b"),
            ("é", Syntax, "`é` is not expected here", "é"),
            ("[1, 2", Syntax, "expected `]` at the end of the list, found the end", "2"),
            ("\"open", Syntax, "this text has no end", "\"open"),
            ("`open ${a", Syntax, "the expression ends too early", "a"),
            ("#{ if: 1 }", Word, "`if` is a word of the language and is quoted as a key of a map", "if"),
            ("#{ a: 1, a: 2 }", Duplicate, "the field `a` is given twice in one map", "a"),
            ("5m", Syntax, "a duration inside of an expression is written as `duration(\"…\")`", "5m"),
            ("now() + 30s", Syntax, "a duration inside of an expression is written as `duration(\"…\")`", "30s"),
            ("now() + 1h30m", Syntax, "a duration inside of an expression is written as `duration(\"…\")`", "1h30m"),
            ("[\"ls\" [\"-l\"]]", Syntax, "this can't be an index of what stands before the `[`", "\"-l\""),
            ("#{ a: 1, b }", Syntax, "the field `b` of the map has no value", "b"),
            ("#{ a: 1 b: 2 }", Syntax, "expected `,` or `}` in the map, found `b`", "b"),
            ("[1 2]", Syntax, "expected `,` or `]` in the list, found `2`", "2"),
            ("f(1 2)", Syntax, "expected `,` or `)` in the arguments, found `2`", "2"),
            ("x[1 2]", Syntax, "expected `]` at the end of the index, found `2`", "2"),
            ("switch x { 1 2 }", Syntax, "expected `=>`, found `2`", "2"),
            ("switch x { a => 2 }", Syntax, "the arms of a `switch` begin with literals", "a"),
            ("if 1 { 2 } else { 3 }", Syntax, "a condition is a bool, and this is none", "1"),
            ("--1", Syntax, "there is no operator `--`", "--"),
            ("3 --1", Syntax, "there is no operator `--`", "--"),
            ("a := 1", Syntax, "there is no `:=`", ":"),
            ("a -> b", Syntax, "there is no `->`", "-"),
            ("# a", Syntax, "there is no operator `#`", "#"),
            ("a === b", Syntax, "there is no `===`", "==="),
            ("a++", Syntax, "there is no operator `++`", "++"),
            ("'ab'", Syntax, "`'ab'` is not one character", "'ab'"),
            ("99999999999999999999", Limit, "this number is larger than a number can be", "99999999999999999999"),
            ("1e400", Limit, "this number is larger than a number can be", "1e400"),
            ("eval(\"1\")", LeftOut, "`eval` is not in the language", "eval"),
            ("print(1)", LeftOut, "`print` is not in the language", "print"),
            ("Fn(\"f\")", LeftOut, "`Fn` is not in the language", "Fn"),
            ("a::b", LeftOut, "`::` is not in the language", "b"),
            ("f!(1)", LeftOut, "`f` is not in the language", "f"),
            ("this", LeftOut, "`this` stands only in the body of a `fn`", "this"),
            ("__wf_r(1)", Word, "`__wf_r`: names that begin with `__wf_` are kept for Wayfare itself", "__wf_r"),
            ("\"\\q\"", Syntax, "`\\q` is no escape sequence", "q"),
            ("a.1", Syntax, "expected the name of a field, found `1`", "1"),
            ("switch x { _ => 1, 2 => 3 }", Syntax, "in a `switch`, the arm `_` stands last", "_"),
            ("\n\n  a +\n  * b", Syntax, "`*` is not expected here", "*"),
            ("\"é\" + \"ü\" + )", Syntax, "`)` is not expected here", ")"),
        ],
    );
}

#[test]
fn scripts_and_assignments_keep_to_what_they_may() {
    use ProblemKind::{Assignment, LeftOut, Outside, Statement, Syntax};
    check(
        &Form::Script,
        &[
            ("{ let a = 1\n// why\n  a }", Syntax, "a `;` is missing behind this", "1"),
            ("{ let a = ; }", Syntax, "a value is missing before `;`", ";"),
            ("{ x = 1; }", Outside, "`x` is bound outside and can't be changed here", "x"),
            ("{ x.a[0] += 1; }", Outside, "`x` is bound outside and can't be changed here", "x"),
            ("{ x.a.push(1); }", Assignment, "`push` would change what is bound outside of the script", "push"),
            (
                "{ let o = #{ l: [1], n: 0 }; o.l.retain(|i| i > o.n); o }",
                Assignment,
                "`retain` changes `o` while the function given to it reads `o`",
                "retain",
            ),
            ("{ let y = 1; y.z = }", Syntax, "`}` is not expected here", "}"),
            ("{ import \"x\" as y; }", LeftOut, "`import` and `export` are not in the language", "import"),
            ("1 + 1", Statement, "a script stands in one pair of braces", "1 + 1"),
            ("{ 1 } { 2 }", Statement, "a script stands in one pair of braces", "{ 1 } { 2 }"),
            ("{ sleep(1); eval(\"1\") }", LeftOut, "`eval` is not in the language", "eval"),
        ],
    );
    check(
        &Form::Assignment { root: "x".into() },
        &[
            ("y = 1", Assignment, "this doesn't assign to `x`", "y"),
            ("x + 1", Statement, "one assignment is wanted here", "x + 1"),
            ("x = 1; x = 2", Statement, "one assignment is wanted here", "x = 1; x = 2"),
            ("x = { let y = 1; y }", Statement, "`{` begins a statement, and a value is wanted here", "{"),
            ("x = [1].map(|i| x = i)", Statement, "an assignment is no value", "="),
        ],
    );
}

/// Whatever is wrong, nobody is told in rhai's own words.
#[test]
fn rhai_is_not_heard() {
    const OWN: [&str; 20] = [
        "This is not",
        "Should it",
        "not a valid",
        "disabled",
        "array",
        "object map",
        "setter",
        "getter",
        "literal expr",
        "identifier",
        "Expecting",
        "expecting",
        "property",
        "JavaScript",
        "Pascal",
        "statement block",
        "bit-field",
        "registered",
        "typo",
        "variable name",
    ];
    let parts = [
        ":=", "<-", "(*", "===", "!==", "::<", "a", "1", "\"t\"", "(", ")", "[", "]", "#{", "}", "{", ",", ";", ":",
        "=>", "=", "==", "|x|", "if", "else", "switch", "let", "fn", "for", "in", "while", "--", "++", "->", "::", ".",
        "?.", "-", "!", "_", "#", "`${", "5m", "this",
    ];
    let mut state = 3_u64;
    let mut next = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let own = |p: &Problem| OWN.iter().any(|word| p.message.contains(word));
    let heard: Vec<String> = on_stack(|| {
        let mut heard = Vec::new();
        for _ in 0..20_000 {
            let text: Vec<&str> = (0..=next(7)).map(|_| parts[next(parts.len())]).collect();
            for (form, text) in
                [(Form::Expression, text.join(" ")), (Form::Script, format!("{{ {} }}", text.join(" ")))]
            {
                let found = compile(&text, Origin::default(), form, &library()).err();
                heard.extend(found.into_iter().flatten().filter(own).map(|p| format!("{text}\n    {}", p.message)));
            }
        }
        heard
    });
    assert!(heard.is_empty(), "{}", heard[..heard.len().min(20)].join("\n"));
}
