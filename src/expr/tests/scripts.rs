//! Scripts and functions: rhai's statements, with rhai's way of changing things.

use std::sync::Arc;

use super::{World, ambient, script};
use crate::expr::{FnText, Form, Library, Origin, compile, evaluate, on_stack};
use crate::model::Value;

fn check(world: &World, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let given =
            script(text, world).map_or_else(|fault| format!("{}: {}", fault.kind, fault.message), |v| v.to_string());
        assert_eq!(given, *expected, "{text}");
    }
}

#[test]
fn statements() {
    let world = World::json(r#"{ "n": 4, "list": [3, 1, 2], "host": { "tags": ["b", "a"], "name": " x " } }"#);
    check(
        &world,
        &[
            ("{ n + 1 }", "5"),
            ("{ let a = n; a += 1; a }", "5"),
            ("{ let sum = 0; for i in list { sum += i; } sum }", "6"),
            ("{ let sum = 0; for (i, at) in list { sum += i * at; } sum }", "5"),
            ("{ let l = list; l.sort(); l.push(9); l }", "[1,2,3,9]"),
            ("{ let l = list; let last = l.pop(); [l, last] }", "[[3,1],2]"),
            ("{ let s = host.name; s.trim(); s }", r#""x""#),
            ("{ let h = host; h.tags.sort(); h.tags[0] = \"z\"; h }", r#"{"name":" x ","tags":["z","b"]}"#),
            ("{ let m = #{}; m.a = 1; m[\"b\"] = 2; m.a += 5; m }", r#"{"a":6,"b":2}"#),
            ("{ let i = 0; while i < 10 { i += 1; if i == 5 { break; } } i }", "5"),
            ("{ let i = 0; loop { i += 1; if i > 3 { break i * 2; } } }", "8"),
            ("{ let i = 0; do { i += 1; } while i < 3; i }", "3"),
            ("{ if n > 3 { return \"early\"; } \"late\" }", r#""early""#),
            ("{ for i in 0..3 { if i == 1 { continue; } } }", "null"),
            ("{ let total = 0; list.for_each(|x| total += x); total }", "6"),
            ("{ let o = #{ items: [1, 5], limit: 3 }; o.items.filter(|y| y > o.limit) }", "[5]"),
            ("{ let f = |x| x * n; f.call(3) }", "12"),
            ("{ try { throw \"no\"; } catch (err) { `caught ${err}` } }", r#"null"#),
            ("{ let r = 0; try { throw #{ message: \"no\" }; } catch (err) { r = err.message; } r }", r#""no""#),
            ("{ let r = 0; try { r = 1 / 0; } catch (err) { r = err.message; } r }", r#""1 / 0: a division by zero""#),
            ("{ throw \"no good\" }", "failed: no good"),
            ("{ let s = \"\"; for c in \"abc\" { s += `${c}-`; } s }", r#""a-b-c-""#),
            ("{ const K = 3; K * n }", "12"),
            ("{ let x = switch n { 4 => { let y = n; y * 2 } _ => 0 }; x }", "8"),
            ("{}", "null"),
            ("{ let list = [1]; list.push(2); list }", "[1,2]"),
            ("{ `${ let a = n; a + 1 }` }", r#""5""#),
        ],
    );
}

fn with_library(functions: &[(&str, &[&str], &str)], constants: &[(&str, Value)], text: &str) -> String {
    let texts: Vec<FnText> = functions
        .iter()
        .enumerate()
        .map(|(at, (name, params, body))| {
            let origin = Origin { line: 10 * (at as u32 + 1), column: 5 };
            FnText { name, params: params.to_vec(), body, origin }
        })
        .collect();
    let constants = constants.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    on_stack(|| {
        let (library, problems) = Library::compile(&texts, constants);
        assert_eq!(problems, [], "{functions:?}");
        let compiled = compile(text, Origin::default(), Form::Expression, &Arc::new(library)).expect("it compiles");
        let world = World::json(r#"{ "n": 4, "list": [3, 1, 2] }"#);
        match evaluate(&compiled, &world, &mut ambient()) {
            Ok(value) => value.to_string(),
            Err(fault) => format!("{}:{} {}: {}", fault.line, fault.column, fault.kind, fault.message),
        }
    })
}

#[test]
fn functions_see_parameters_constants_and_each_other() {
    let double: (&str, &[&str], &str) = ("double", &["x"], "{ x * 2 }");
    assert_eq!(with_library(&[double], &[], "double(n)"), "8");
    assert_eq!(with_library(&[double], &[], "list.map(double)"), "[6,2,4]");
    assert_eq!(with_library(&[double], &[], "list.map(|x| list.map(double).len() + x)"), "[6,4,5]");
    let quad: (&str, &[&str], &str) = ("quad", &["x"], "{ double(double(x)) }");
    assert_eq!(with_library(&[double, quad], &[], "quad(n)"), "16");
    let table = Value::map([("a", Value::Int(1)), ("b", Value::Int(2))]);
    let look: (&str, &[&str], &str) = ("look", &["key"], "{ TABLE[key] + TABLE.a + MOST }");
    assert_eq!(with_library(&[look], &[("TABLE", table), ("MOST", Value::Int(100))], "look(\"b\")"), "103");
    let sorts: (&str, &[&str], &str) = ("sorts", &["l"], "{ l.sort(); l.push(9); l }");
    assert_eq!(with_library(&[sorts], &[], "[sorts(list), list]"), "[[1,2,3,9],[3,1,2]]");
    let closing: (&str, &[&str], &str) = ("closing", &["l", "m"], "{ l.filter(|x| x < m).map(|x| x + K) }");
    assert_eq!(with_library(&[closing], &[("K", Value::Int(10))], "closing(list, n - 1).map(|y| y + n)"), "[15,16]");
    let this: (&str, &[&str], &str) = ("twice", &[], "{ this * 2 }");
    assert_eq!(with_library(&[this], &[], "n.twice()"), "8");
    let trim: (&str, &[&str], &str) = ("trim", &["x"], "{ x + 1 }");
    assert_eq!(with_library(&[trim], &[], "[trim(n), \" a \".trim()]"), r#"[5,"a"]"#);
    assert_eq!(with_library(&[], &[("K", Value::Int(10))], "K + n"), "14");
}

#[test]
fn faults_in_functions_have_the_functions_place() {
    let bad: (&str, &[&str], &str) = ("bad", &["x"], "{\n    let y = 1;\n    x > y\n}");
    assert_eq!(with_library(&[bad], &[], "1 + bad(())"), "12:7 type: `>` compares `()` with an int");
    let inner: (&str, &[&str], &str) = ("inner", &["l"], "{ l.map(|x| x / 0) }");
    assert_eq!(with_library(&[bad, inner], &[], "inner(list)"), "20:19 type: 3 / 0: a division by zero");
    let constant: (&str, &[&str], &str) = ("constant", &[], "{ K.a.b }");
    let k = ("K", Value::map([("x", Value::Unit)]));
    assert_eq!(
        with_library(&[constant], &[k], "constant()"),
        "10:11 type: `K` has no field `a`, so `.b` can't be read; use `?.b` if it may be absent"
    );
}

#[test]
fn problems_of_functions_name_the_function_and_the_place() {
    let text = |name, body| FnText { name, params: vec!["x"], body, origin: Origin::default() };
    let bodies = [
        text("ok", "{ x }"),
        text("unknown", "{ x + nowhere }"),
        text("broken", "{ let = 1; }"),
        text("ok", "{ 2 }"),
        text("inside", "{ fn y() { 1 } }"),
    ];
    let (library, problems) = Library::compile(&bodies, vec![]);
    let said: Vec<(usize, String, &str)> = problems
        .iter()
        .map(|(index, problem)| (*index, problem.message.clone(), &bodies[*index].body[problem.range.clone()]))
        .collect();
    assert_eq!(
        said,
        [
            (1, "`nowhere` is not known in a `fn`".to_string(), "nowhere"),
            (2, "expected a name, found `=`".to_string(), "="),
            (3, "the function `ok` is declared twice".to_string(), ""),
            (4, "a `fn` is declared at the outer level of the file, not within a value or a script".to_string(), "fn"),
        ]
    );
    assert!(library.is_known_function("ok", 1) && !library.is_known_function("ok", 2));
    assert!(
        library.is_known_method("trim", 0) && library.is_known_method("ok", 1) && !library.is_known_method("split", 4)
    );
    assert!(library.is_known_function("trim", 1) && !library.is_known_function("trimm", 1));
}
