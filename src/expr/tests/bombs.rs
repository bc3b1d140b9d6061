//! Texts that would take all time or memory: each ends in a fault of kind `limit` that names the limit.

use super::{World, ambient, compiled, library, script, value};
use crate::expr::memory::allocated;
use crate::expr::{FnText, Form, Library, Origin, compile, evaluate, limits, on_stack};
use crate::model::Value;

fn world() -> World {
    World::json(r#"{ "n": 4, "list": [3, 1, 2] }"#)
        .with("mega", Value::text("x".repeat(1 << 20)))
        .with("many", Value::list((0..50_000).map(Value::Int).collect()))
}

/// Checks that a text fails by the limit of that name, before it has copied much more than it may.
fn bomb(limit: &str, form: Form, text: &str) {
    let began = std::time::Instant::now();
    let (result, copied) = on_stack(|| {
        let compiled = compile(text, Origin::default(), form, &library()).expect(text);
        let world = world();
        let before = allocated().total;
        (evaluate(&compiled, &world, &mut ambient()), allocated().total - before)
    });
    let fault = result.expect_err(text);
    assert_eq!(fault.kind, "limit", "{text}: {fault:?}");
    assert!(fault.message.contains(&format!("`{limit}`")), "{text}: {fault:?}");
    assert!(copied < limits::MAX_COPIED_BYTES + (256 << 20), "{text}: allocated {copied}");
    if std::env::var_os("SHOW_BOMBS").is_some() {
        eprintln!("{:>8.1?} {limit:<16} {text}", began.elapsed());
    }
}

fn scripts(limit: &str, texts: &[&str]) {
    texts.iter().for_each(|text| bomb(limit, Form::Script, text));
}

fn expressions(limit: &str, texts: &[&str]) {
    texts.iter().for_each(|text| bomb(limit, Form::Expression, text));
}

#[test]
fn loops_without_end() {
    scripts(
        "operations",
        &[
            "{ loop {} }",
            "{ while true {} }",
            "{ do {} while true }",
            "{ let i = 0; loop { i += 1; } }",
            "{ for i in 0..9223372036854775807 {} }",
            "{ for i in 0..=9223372036854775807 { let x = i; } }",
            "{ loop { try { throw 1; } catch { } } }",
            "{ loop { try { let f = || 1 / 0; f.call(); } catch { } } }",
            "{ let f = |x| { let i = 0; loop { i += 1; } }; f.call(1) }",
        ],
    );
    expressions("operations", &["many.map(|i| many.len() + many.map(|j| j + i).len()).len()"]);
}

#[test]
fn a_limit_cant_be_caught() {
    scripts("operations", &["{ try { loop {} } catch { 1 } }"]);
    scripts("memory", &["{ let r = 0; try { let l = []; loop { l = [l, `${mega}`]; } } catch { r = 1; } r }"]);
    expressions("operations", &["many.sort(|a, b| many.filter(|i| i == a + b).len())"]);
}

#[test]
fn texts_that_grow() {
    scripts(
        "text size",
        &[
            "{ let s = \"x\"; loop { s += s; } }",
            "{ let s = \"x\"; loop { s = s + s; } }",
            "{ let s = \"ab\"; loop { s.replace(\"a\", s); s += \"a\"; } }",
            "{ let s = mega; s.replace(\"x\", mega); s }",
            "{ let s = \"x\"; s.pad(9000000000, \"y\"); s }",
            "{ let s = \"x\"; loop { s.append(s); } }",
            "{ let s = \"x\"; loop { s = [s, s].join(s); } }",
        ],
    );
    expressions(
        "text size",
        &[
            "\"x\".repeat(9000000000000)",
            "mega.replace(\"x\", mega)",
            "mega.repeat(9)",
            "mega.replace_regex(\"x\", mega)",
            "\"x\".pad(9223372036854775807, \"y\")",
            "\"x\".pad_start(100000000, \"yé\")",
            "[mega, mega, mega, mega, mega, mega, mega, mega, mega].join()",
            "mega.repeat(8) + \"x\"",
        ],
    );
}

#[test]
fn lists_and_maps_that_grow() {
    scripts("list size", &["{ let l = [1]; loop { l += l; } }", "{ let l = [1]; loop { l = l + l; } }"]);
    scripts("list size", &["{ let l = []; l.pad(9000000000, 1); l }", "{ let l = []; loop { l.push(1); } }"]);
    scripts("list size", &["{ let l = [1]; loop { l.append(l); } }"]);
    scripts("operations", &["{ let l = []; loop { l.insert(0, 1); } }", "{ let l = many; loop { l.reverse(); } }"]);
    expressions("list size", &["0..1000000000000", "(0..1000000000).to_list()", "(0..9999999999).map(|i| i)"]);
    expressions("list size", &["range(0, 1000000000)", "range(-9223372036854775807, 9223372036854775807, 1)"]);
    scripts("map size", &["{ let m = #{}; let i = 0; while i < 110000 { m[`${i}`] = 1; i += 1; } m }"]);
    scripts("memory", &["{ let m = #{}; let i = 0; loop { m[`k${i}`] = mega; i += 1; } }"]);
    scripts("memory", &["{ let l = []; loop { l.push(`${mega}${l.len()}`); } }"]);
    scripts("memory", &["{ let l = []; l.pad(100, `${mega}`); l.map(|s| s + \"x\") }"]);
    scripts("text size", &["{ let s = \"x\"; loop { s = `${s}${s}`; } }"]);
    scripts("value size", &["{ let l = []; l.pad(100000, `${mega}`); l }", "{ let l = many; l.fill(mega); l }"]);
    scripts("memory", &["{ let l = []; l.pad(100000, many); l }"]);
    expressions(
        "value size",
        &["[mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega, mega]"],
    );
    scripts("memory", &["{ let f = []; loop { let s = `${mega}${f.len()}`; f.push(|| s); } }"]);
}

#[test]
fn values_that_share_their_parts_are_as_large_as_they_are_written() {
    let double = on_stack(|| compiled("[x, x]").expect("it compiles"));
    let mut value = Value::Int(1);
    let mut faults = 0;
    for _ in 0..70 {
        let world = World::default().with("x", value.clone());
        match evaluate(&double, &world, &mut ambient()) {
            Ok(larger) => value = larger,
            Err(fault) => faults += usize::from(fault.kind == "limit"),
        }
    }
    assert!(faults > 40, "{faults}");
}

#[test]
fn copies_without_end() {
    scripts("copied bytes", &["{ let l = many; loop { let m = l; } }", "{ let l = many; loop { let m = [l]; } }"]);
    let world = world();
    for text in ["{ let x = []; loop { x = [x]; } }", "{ let x = #{}; loop { x = #{ a: x }; } }"] {
        let fault = script(text, &world).expect_err(text);
        assert_eq!(fault.kind, "limit", "{fault:?}");
    }
}

#[test]
fn depth() {
    let deep = FnText { name: "deep", params: vec!["x"], body: "{ deep(x + 1) }", origin: Origin::default() };
    let closing = FnText { name: "closing", params: vec!["x"], body: "{ [x].map(|y| closing(y)) }", ..deep.clone() };
    let nested = format!("{{ {}nested(x){} }}", "[".repeat(25), "]".repeat(25));
    let nested = FnText { name: "nested", params: vec!["x"], body: &nested, ..deep.clone() };
    let branching =
        FnText { name: "branching", params: vec!["x"], body: "{ branching(x) + branching(x) }", ..deep.clone() };
    on_stack(|| {
        let (library, problems) = Library::compile(&[deep, closing, nested, branching], vec![]);
        assert_eq!(problems, []);
        let library = std::sync::Arc::new(library);
        for text in ["deep(1)", "closing(1)", "nested(1)", "branching(1)"] {
            let compiled = compile(text, Origin::default(), Form::Expression, &library).expect("it compiles");
            let fault = evaluate(&compiled, &World::default(), &mut ambient()).expect_err(text);
            assert_eq!(
                (fault.kind, fault.message.as_str()),
                ("limit", "over the limit `call depth` of 64 calls"),
                "{text}"
            );
        }
    });
    let fault = script("{ let x = 1; for i in 0..70 { x = [x]; } x }", &World::default()).expect_err("too deep");
    assert!(fault.message.contains("`value depth`"), "{fault:?}");
    let json = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    let world = World::default().with("json", Value::text(json.as_str()));
    let fault = value("parse_json(json)", &world).expect_err("too deep");
    assert_eq!((fault.kind, fault.message.contains("`value depth`")), ("limit", true), "{fault:?}");
    let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let world = World::default().with("xml", Value::text(xml.as_str()));
    assert_eq!(value("parse_xml(xml)", &world).expect_err("too deep").kind, "limit");
    let yaml = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n\
                g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\ni: [*h,*h,*h,*h,*h,*h,*h,*h,*h]";
    let world = World::default().with("yaml", Value::text(yaml));
    value("parse_yaml(yaml)", &world).expect_err("a billion laughs");
}

#[test]
fn texts_that_nest_are_refused_as_they_are_compiled() {
    on_stack(|| {
        let nests = [
            format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)),
            format!("{}1{}", "#{a:".repeat(5_000), "}".repeat(5_000)),
            "-".repeat(50_000) + "1",
            "!".repeat(50_000) + "true",
            format!("1{}", " + 1".repeat(50_000)),
            format!("a{}", ".b".repeat(100_000)),
            format!("a{}", "[0]".repeat(100_000)),
            format!("a{}", ".b()".repeat(100_000)),
            format!("a{}", "?.b[0]".repeat(50_000)),
            format!("{}1", "|x| ".repeat(10_000)),
            format!("{}1{}", "`${".repeat(3_000), "}`".repeat(3_000)),
            format!("1{}", " ** 1".repeat(50_000)),
            format!("{}1{}", "if true { ".repeat(5_000), " } else { 2 }".repeat(5_000)),
            format!("{} 1", "if true { 1 } else ".repeat(20_000)),
            "(".repeat(100_000),
            "`${".repeat(100_000),
        ];
        for text in nests {
            let short: String = text.chars().take(20).collect();
            if std::env::var_os("SHOW_BOMBS").is_some() {
                eprintln!("{short}");
            }
            let problems = compiled(&text).expect_err(&short);
            assert!(!problems.is_empty(), "{short}");
        }
        for text in [format!("1{}", " && 1 == 1".repeat(2_000)), format!("a{}", " ?? a".repeat(2_000))] {
            let world = World::json(r#"{ "a": null }"#);
            let compiled = compiled(&text).map(|c| evaluate(&c, &world, &mut ambient()));
            assert!(compiled.is_ok() || compiled.is_err());
        }
    });
}

#[test]
fn the_deepest_that_is_allowed_fits_the_stack() {
    let inner = format!("{}depth(x + 1){}", "[".repeat(25), "]".repeat(25));
    let body = format!("{{ if x < 60 {{ [1].map(|y| {inner}) }} else {{ x }} }}");
    on_stack(|| {
        let depth = FnText { name: "depth", params: vec!["x"], body: &body, origin: Origin::default() };
        let (library, problems) = Library::compile(&[depth], vec![]);
        assert_eq!(problems, []);
        let library = std::sync::Arc::new(library);
        let text = format!("{}depth(0){}", "[".repeat(80), "]".repeat(80));
        let compiled = compile(&text, Origin::default(), Form::Expression, &library).expect("it compiles");
        evaluate(&compiled, &World::default(), &mut ambient()).expect_err("deeper than calls may be");
    });
}

#[test]
fn a_variable_that_is_locked_is_a_fault() {
    let text = "{ let x = [1, 2]; let f = || x.len(); x.retain(|i| f.call() > 0); x }";
    let fault = script(text, &World::default()).expect_err(text);
    assert!(fault.kind == "type" && fault.message.contains("give it a copy"), "{fault:?}");
}

#[test]
fn patterns_are_bounded() {
    let fault = value("mega.matches(\"(x{1000}){1000}\")", &world()).expect_err("too large");
    assert_eq!(fault.kind, "limit", "{fault:?}");
    assert_eq!(value("mega.matches(\"(x+x+)+y\")", &world()).expect("linear"), Value::Bool(false));
}

#[test]
fn evaluation_is_deterministic() {
    let text = "#{ a: uuid(), b: random(), c: uuid(), d: now(), e: [1, 2].map(|x| random()) }";
    let run = || {
        on_stack(|| {
            let compiled = compiled(text).expect("it compiles");
            let mut ambient = ambient();
            let first = evaluate(&compiled, &World::default(), &mut ambient).expect("a value");
            let second = evaluate(&compiled, &World::default(), &mut ambient).expect("a value");
            (first, second, ambient.draws)
        })
    };
    let (first, second, draws) = run();
    assert_eq!(draws, 10);
    assert_ne!(first, second);
    assert_eq!(run(), (first.clone(), second, draws));
    let uuid = first.get("a").and_then(Value::as_str).expect("a text");
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    let Some(Value::Float(x)) = first.get("b") else { panic!("a float") };
    assert!((0.0..1.0).contains(x));
    // A limit falls at the same operation each time.
    let faults: Vec<_> =
        (0..3).map(|_| script("{ let i = 0; loop { i += 1; } }", &world()).expect_err("endless")).collect();
    assert!(faults.windows(2).all(|pair| pair[0] == pair[1]));
}
