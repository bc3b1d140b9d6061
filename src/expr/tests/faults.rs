//! Faults: their kind, their words, and the line and column at which they stand.

use super::{World, ambient, library};
use crate::expr::{Form, Origin, compile, evaluate, evaluate_traced, on_stack};
use crate::model::Value;

fn world() -> World {
    World::json(
        r#"{ "health": { "status": 200, "body": { "count": 5, "hosts": ["a"], "none": null } }, "n": 4, "s": "text",
             "list": [3, "x"], "x": { "a": [1] }, "max": 9223372036854775807 }"#,
    )
    .with("token", Value::Secret("TOKEN".into()))
}

fn fault(text: &str, origin: Origin, form: Form) -> String {
    on_stack(|| {
        let compiled = compile(text, origin, form, &library()).unwrap_or_else(|p| panic!("{text}: {p:#?}"));
        let fault = evaluate(&compiled, &world(), &mut ambient()).expect_err(text);
        format!("{}:{} {}: {}", fault.line, fault.column, fault.kind, fault.message)
    })
}

fn check(cases: &[(&str, &str)]) {
    let given = cases.iter().map(|(text, _)| fault(text, Origin::default(), Form::Expression));
    let wrong: Vec<String> = given
        .zip(cases)
        .filter(|(given, (_, expected))| given != expected)
        .map(|(given, (text, expected))| format!("{text}\n    gives    {given}\n    expected {expected}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn nothing_compares_silently() {
    check(&[
        ("health.body.missing > 3", "1:21 type: `>` compares `()` with an int"),
        ("3 <= health.body.missing", "1:3 type: `<=` compares an int with `()`"),
        ("s >= n", "1:3 type: `>=` compares a string with an int"),
        ("n < list", "1:3 type: `<` compares an int with a list"),
        ("() < ()", "1:4 type: `<` compares `()` with `()`"),
        ("now() > \"2026\"", "1:7 type: `>` compares a datetime with a string"),
        ("list.sort()", "1:6 type: `sort` compares a string with an int"),
        ("list.max()", "1:6 type: `max` compares a string with an int"),
        ("true > false", "1:6 type: `>` compares a bool with a bool"),
    ]);
}

#[test]
fn a_missing_field_is_named_with_its_path() {
    check(&[
        (
            "health.body.missing.deep",
            "1:21 type: `health.body` has no field `missing`, so `.deep` can't be read; use `?.deep` if it may be absent",
        ),
        (
            "health.missing[\"a\"]",
            "1:16 type: `health` has no field `missing`, so `[\"a\"]` can't be read; use `?[\"a\"]` if it may be absent",
        ),
        (
            "[1].map(|i| health.body.none.x)",
            "1:30 type: `health.body` has no field `none`, so `.x` can't be read; use `?.x` if it may be absent",
        ),
        ("health.body.hosts[3]", "1:19 type: `health.body.hosts` has 1 items, so there is no [3]"),
        ("health.body.hosts[-2]", "1:19 type: `health.body.hosts` has 1 items, so there is no [-2]"),
        ("health.body.hosts[n]", "1:19 type: `health.body.hosts` has 1 items, so there is no [4]"),
        ("s[9]", "1:3 type: `s` has 4 characters, so there is no [9]"),
        ("n.field", "1:3 type: `n` is an int, which has no fields, so `.field` can't be read"),
        ("list.len", "1:6 type: `list` is a list, which has no field `len`; a function is called: `.len()`"),
        ("n[0]", "1:3 type: `n` is an int, which has no items"),
        ("health[0]", "1:8 type: `health` is a map, whose keys are texts, not 0"),
        ("list[\"a\"]", "1:6 type: `list` is a list, whose items are counted, not named \"a\""),
        ("health[1.5]", "1:8 type: an index of `health` is a float; it must be an int or a text"),
        ("unknown.field", "1:1 type: `unknown` is not known here"),
        (
            "now().century",
            "1:6 type: a datetime has no field `century`, only year, month, day, hour, minute, second, weekday, unix_ms",
        ),
        ("[()].map(|x| x.deep)", "1:15 type: `()` has no field `deep`; use `?.deep` if it may be absent"),
    ]);
}

#[test]
fn operators_and_functions_say_what_they_were_given() {
    check(&[
        ("1 / 0", "1:3 type: 1 / 0: a division by zero"),
        ("n % 0", "1:3 type: 4 % 0: a division by zero"),
        ("1.5 / 0", "1:5 type: 1.5 / 0: a division by zero"),
        ("max + 1", "1:5 type: 9223372036854775807 + 1 is more than an int can hold"),
        ("max * 2", "1:5 type: 9223372036854775807 * 2 is more than an int can hold"),
        ("-max - 2", "1:6 type: -9223372036854775807 - 2 is more than an int can hold"),
        ("2 ** 63", "1:3 type: 2 ** 63 is more than an int can hold"),
        ("1 << 64", "1:3 type: 1 << 64: an int is shifted by 0 to 63 bits"),
        ("1 >> -1", "1:3 type: 1 >> -1: an int is shifted by 0 to 63 bits"),
        ("1e308 * 10.0", "1:7 type: the result is beyond the largest float"),
        ("(-1.0).sqrt()", "1:8 type: the result is no number (such as 0.0 / 0.0)"),
        ("n + ()", "1:3 type: `+` doesn't go with an int and `()`"),
        ("s + ()", "1:3 type: `+` doesn't go with a string and `()`"),
        ("s - 1", "1:3 type: `-` doesn't go with a string and an int"),
        ("s * 3", "1:3 type: `*` doesn't go with a string and an int"),
        ("!n", "1:1 type: `!` doesn't go with an int"),
        ("-s", "1:1 type: `-` doesn't go with a string"),
        ("n in 5", "1:3 type: an int can't be looked for in an int"),
        ("s.split(1)", "1:3 type: `split` takes a string as argument 1, not an int"),
        ("n.trim()", "1:3 type: `trim` works on a string, not on an int"),
        (
            "().len()",
            "1:4 type: `len` works on a string or a list or a map, not on `()`; use `?.len()` if it may be absent",
        ),
        ("n.len()", "1:3 type: `len` works on a string or a list or a map, not on an int"),
        (
            "health.body.none.is_empty() || true",
            "1:18 type: `is_empty` works on a string or a list or a map, not on `()`; use `?.is_empty()` if it may be absent",
        ),
        ("s.replace(\"a\")", "1:3 type: `replace` takes 2 arguments"),
        ("s.sub_string()", "1:3 type: `sub_string` takes 1 to 2 arguments"),
        ("\"x\".to_int()", "1:5 type: \"x\" is no int"),
        ("list.filter(|x| 1)", "1:6 type: the function must give a bool, and gave an int"),
        ("list.map(|a, b, c| 1)", "1:6 type: this function takes another number of arguments than 2"),
        ("nowhere(1)", "1:1 type: there is no function `nowhere` for an int"),
        ("duration(\"5 x\")", "1:1 type: \"5 x\" is no duration; write it as \"500ms\", \"5s\", \"1h30m\" or \"7d\""),
        ("parse_json(\"{\")", "1:1 type: this is no JSON: EOF while parsing an object at line 1 column 1"),
        ("s.matches(\"(\")", "1:3 type: \"(\" is no regular expression: unclosed group"),
        ("if n { 1 } else { 2 }", "1:4 type: expected a bool, found an int"),
        ("n && true", "1:1 type: expected a bool, found an int"),
        ("|x| x", "1:1 type: the result is a function; a function can be called here, but not kept"),
        ("1..s", "1:2 type: a range goes from an int to an int, not from an int to a string"),
        ("list.map(|x| x / 0)", "1:16 type: 3 / 0: a division by zero"),
        ("list.sort(|a, b| a.nothing)", "1:19 type: a string has no fields, so `.nothing` can't be read"),
    ]);
}

#[test]
fn secrets_are_not_read() {
    let read = |what: &str| format!("would read the secret `TOKEN`, {what}");
    let later = read("whose value is filled in only as a step is performed");
    for (text, place, what) in [
        ("token.len()", "1:7", "`len`"),
        ("token.split(\",\")", "1:7", "`split`"),
        ("(token + \"x\").to_upper()", "1:15", "`to_upper`"),
        ("[token].join(\",\")", "1:9", "this"),
        ("token.to_string()", "1:7", "this"),
        ("token == \"x\"", "1:7", "`==`"),
        ("[token] == [token]", "1:9", "`==`"),
        ("[1, token].contains(2)", "1:12", "`==`"),
        ("token > \"x\"", "1:7", "`>`"),
        ("token * 2", "1:7", "`*`"),
        ("token in \"text\"", "1:7", "`in`"),
        ("parse_json(token)", "1:1", "`parse_json`"),
        ("hex(token)", "1:1", "`hex`"),
        ("s.replace(\"x\", token)", "1:3", "`replace`"),
        ("secret(token)", "1:1", "`secret`"),
        ("list.map(|x| token.len())", "1:20", "`len`"),
    ] {
        check(&[(text, &format!("{place} secret: {what} {later}"))]);
    }
    check(&[
        ("to_json(#{ a: token })", "1:1 secret: a value that holds the secret `TOKEN` can't become a text"),
        ("`${[token]}`", "1:4 secret: a value that holds the secret `TOKEN` can't become part of a text"),
        ("token.value", "1:7 secret: `token` is a secret, which is read by nobody, so there is no `.value`"),
        (
            "secret(\"a/b\")",
            "1:1 secret: `a/b` can't be the name of a secret: letters, digits, `_`, `-` and `.`, a letter or `_` first",
        ),
        ("secret(\"\")", "1:1 secret: a secret has a name"),
    ]);
}

#[test]
fn texts_with_secrets_are_bounded() {
    let deep = (0..17).fold("token".to_string(), |text, _| format!("base64({text})"));
    let wide = "(0..2000).reduce(|all, i| `${all}${token},`, \"\")";
    check(&[
        (&deep, "1:8 limit: over the limit `sealed depth` of 16 encodings of a secret within one another"),
        (wide, "1:11 limit: over the limit `sealed parts` of 1000 parts of a text with secrets in it"),
    ]);
}

#[test]
fn places_are_those_of_the_file() {
    let at = |line, column| Origin { line, column };
    let case = |text, origin| fault(text, origin, Form::Expression).split(' ').next().map(str::to_string);
    assert_eq!(case("n > ()", at(7, 9)).as_deref(), Some("7:11"));
    assert_eq!(case("n +\n    n > ()", at(7, 9)).as_deref(), Some("8:7"));
    assert_eq!(case("\"é😀\" + s > 1", at(7, 9)).as_deref(), Some("7:18"));
    assert_eq!(case("`é ${n} 😀 ${n > ()}`", at(7, 9)).as_deref(), Some("7:23"));
    assert_eq!(case("`a\n${n}\n  ${n > ()}`", at(7, 9)).as_deref(), Some("9:7"));
    assert_eq!(case(r"`\${n} ${n > ()}`", at(7, 9)).as_deref(), Some("7:20"));
    assert_eq!(
        case("health.body.count > 3 && health\n  .body\n  .missing\n  .deep", at(7, 9)).as_deref(),
        Some("10:4")
    );
    assert_eq!(case("[1, 2].map(|i| {\n   i > ()\n})", at(100_000, 70_000)).as_deref(), Some("100001:6"));
    assert_eq!(case("/* é */ n > // why\n ()", at(1, 1)).as_deref(), Some("1:11"));
    assert_eq!(
        case("health.body.count == 5 && health.body.hosts[0] == \"a\" && n > ()", at(1, 1)).as_deref(),
        Some("1:60")
    );
    assert_eq!(case("[\n  n,\n  n > ()\n]", at(3, 1)).as_deref(), Some("5:5"));
    let script = "{\n  let é = 1;\n}";
    assert!(compile(script, Origin::default(), Form::Script, &library()).is_err());
    let script = "{\n  let y = \"é\"; y > 1\n}";
    assert!(fault(script, at(20, 3), Form::Script).starts_with("21:18 "), "{}", fault(script, at(20, 3), Form::Script));
    let assign = Form::Assignment { root: "x".into() };
    assert!(fault("x.a[0] += s.len() > ()", at(4, 3), assign.clone()).starts_with("4:21 "));
    assert!(fault("x.a[9] = 1", at(4, 3), assign).starts_with("4:7 type: the list has 1 items"));
}

#[test]
fn what_was_read_is_told() {
    on_stack(|| {
        let read = |text: &str| {
            let compiled = compile(text, Origin::default(), Form::Expression, &library()).expect(text);
            let evaluated = evaluate_traced(&compiled, &world(), &mut ambient()).expect(text);
            evaluated.reads.iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(read("health.body.count > 3 && health.status == 200"), "health.body.count=5 health.status=200");
        assert_eq!(read("health.body.count > 9 && health.status == 200"), "health.body.count=5");
        assert_eq!(read("health.status"), "health.status=200");
        assert_eq!(read("list[n - 4] == 3 || s == \"y\""), "n=4 list[0]=3");
        assert_eq!(read("[1, 2].map(|i| i + n)"), "n=4");
        assert_eq!(read("#{ a: n, b: [health.body?.gone] }"), "n=4 health.body?.gone=null".replace('?', ""));
        assert_eq!(
            read("health.body.hosts.len() > 0 && !s.is_empty()"),
            "health.body.hosts.len()=1 s.is_empty()=false"
        );
        assert_eq!(read("1 + 1"), "");
    });
}
