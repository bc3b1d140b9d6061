//! Where an expression ends. `‹…›` is what rhai gets.

use super::body;

/// What stands behind `let x =`, and the statements as they should come out.
const LINES: &[(&str, &str)] = &[
    ("1", "(let x ‹1›)"),
    ("a + b", "(let x ‹a + b›)"),
    ("a +\n b", "(let x ‹a +\n b›)"),
    ("a\n + b", "(let x ‹a\n + b›)"),
    ("a // why\n && b", "(let x ‹a // why\n && b›)"),
    ("a /* why */ && b", "(let x ‹a /* why */ && b›)"),
    ("a &&\n // why\n b", "(let x ‹a &&\n // why\n b›)"),
    ("a\n ?? b\n || c", "(let x ‹a\n ?? b\n || c›)"),
    ("a\n .b\n ?.c()", "(let x ‹a\n .b\n ?.c()›)"),
    ("a\n in b", "(let x ‹a\n in b›)"),
    ("a\n !in b", "(let x ‹a\n !in b›)"),
    ("a !in b", "(let x ‹a !in b›)"),
    ("a in b", "(let x ‹a in b›)"),
    ("a; let y = b", "(let x ‹a›) (let y ‹b›)"),
    ("a\n let y = b", "(let x ‹a›) (let y ‹b›)"),
    ("-a", "(let x ‹-a›)"),
    ("!a && -b", "(let x ‹!a && -b›)"),
    ("!!a", "(let x ‹!!a›)"),
    ("1..5", "(let x ‹1..5›)"),
    ("1..=5", "(let x ‹1..=5›)"),
    ("1.5 + 1.", "(let x ‹1.5 + 1.›)"),
    ("1e-5", "(let x ‹1e-5›)"),
    ("0xFF & 0b11", "(let x ‹0xFF & 0b11›)"),
    ("1_000", "(let x ‹1_000›)"),
    ("2 ** 3 % 4", "(let x ‹2 ** 3 % 4›)"),
    ("a << 1 >> 2", "(let x ‹a << 1 >> 2›)"),
    ("a | b ^ c & d", "(let x ‹a | b ^ c & d›)"),
    ("a <= b == c >= d != e", "(let x ‹a <= b == c >= d != e›)"),
    ("a < b", "(let x ‹a < b›)"),
    ("a > b", "(let x ‹a > b›)"),
    ("a/b", "(let x ‹a/b›)"),
    ("#{ a: 1, b: #{ c: [1, 2] } }", "(let x ‹#{ a: 1, b: #{ c: [1, 2] } }›)"),
    ("#{\n a: 1, // one }\n b: \"}\"\n}", "(let x ‹#{\n a: 1, // one }\n b: \"}\"\n}›)"),
    ("[1,\n\n 2]", "(let x ‹[1,\n\n 2]›)"),
    ("f(1,\n 2).g", "(let x ‹f(1,\n 2).g›)"),
    ("f (1)", "(let x ‹f (1)›)"),
    ("a[0][1].b", "(let x ‹a[0][1].b›)"),
    ("a?[0]?.b", "(let x ‹a?[0]?.b›)"),
    ("a\n [0]", "!"),
    ("a\n (0)", "!"),
    ("m::f(1)", "(let x ‹m::f(1)›)"),
    ("\"a } b\"", "(let x ‹\"a } b\"›)"),
    (r#""a \" } b""#, r#"(let x ‹"a \" } b"›)"#),
    (r#""a "" } b""#, r#"(let x ‹"a "" } b"›)"#),
    ("\"a \\\n   b\"", "(let x ‹\"a \\\n   b\"›)"),
    (r#""\\""#, r#"(let x ‹"\\"›)"#),
    ("\"\"", "(let x ‹\"\"›)"),
    ("'a'", "(let x ‹'a'›)"),
    (r"'\''", r"(let x ‹'\''›)"),
    (r"'\\'", r"(let x ‹'\\'›)"),
    ("'\"'", "(let x ‹'\"'›)"),
    ("'é'", "(let x ‹'é'›)"),
    (r##"#"a " \ } b"#"##, r##"(let x ‹#"a " \ } b"#›)"##),
    (r###"##"a "# b"##"###, r###"(let x ‹##"a "# b"##›)"###),
    ("#\"a\nb\"#", "(let x ‹#\"a\nb\"#›)"),
    ("`a ${b} c`", "(let x ‹`a ${b} c`›)"),
    ("`a\n } ${`in ${x} }` + \"}\"} `", "(let x ‹`a\n } ${`in ${x} }` + \"}\"} `›)"),
    (r"`a \${ b`", r"(let x ‹`a \${ b`›)"),
    (r"`a \\${ b`", r"(let x ‹`a \\${ b`›)"),
    (r"`a \ ${b} $ {`", r"(let x ‹`a \ ${b} $ {`›)"),
    ("`a `` b`", "(let x ‹`a `` b`›)"),
    ("``", "(let x ‹``›)"),
    ("`${#{ a: 1 }.a}`", "(let x ‹`${#{ a: 1 }.a}`›)"),
    ("`${if a { 1 } else { 2 }}`", "(let x ‹`${if a { 1 } else { 2 }}`›)"),
    ("`// no comment`", "(let x ‹`// no comment`›)"),
    ("\"/* no comment\"", "(let x ‹\"/* no comment\"›)"),
    ("(a\n\n - b)", "(let x ‹(a\n\n - b)›)"),
    ("(/* ) */ a)", "(let x ‹(/* ) */ a)›)"),
    ("(/* /* ) */ ) */ a)", "(let x ‹(/* /* ) */ ) */ a)›)"),
    ("(a // )\n)", "(let x ‹(a // )\n)›)"),
    ("if a { 1 } else { 2 }", "(let x ‹if a { 1 } else { 2 }›)"),
    ("if a { 1 }\n else if b { 2 }\n else { 3 }", "(let x ‹if a { 1 }\n else if b { 2 }\n else { 3 }›)"),
    ("if a { 1 } else { 2 } + 3", "(let x ‹if a { 1 } else { 2 } + 3›)"),
    ("switch a { 1 => 2, _ => 3 }", "(let x ‹switch a { 1 => 2, _ => 3 }›)"),
    ("|a, b| a + b", "(let x ‹|a, b| a + b›)"),
    ("|| { 1 }", "(let x ‹|| { 1 }›)"),
    ("list.map(|v| v { 1 })", "(let x ‹list.map(|v| v { 1 })›)"),
    ("a.if.step.private", "(let x ‹a.if.step.private›)"),
    ("timeout", "(let x ‹timeout›)"),
    ("script", "(let x ‹script›)"),
    ("fails", "(let x ‹fails›)"),
    ("script { let a = 1;\n a }", "(let x (script ‹{ let a = 1;\n a }›))"),
    ("5s", "(let x 5000ms)"),
    ("1h30m", "(let x 5400000ms)"),
    ("500ms // c", "(let x 500ms)"),
    ("5s + a", "(let x ‹5s + a›)"),
    ("a\r\n + b", "(let x ‹a\r\n + b›)"),
    ("a\n // c\n // d\n + b", "(let x ‹a\n // c\n // d\n + b›)"),
    ("a\n - b", "!"),
    ("a ~ b", "!"),
];

#[test]
fn an_expression_ends_where_the_second_rule_says() {
    for (text, wanted) in LINES {
        let whole = format!("let x = {text}");
        if *wanted == "!" {
            assert_ne!(super::parsed(&format!("workflow w {{ {whole}\n}}")).diagnostics, vec![], "{text}");
        } else {
            assert_eq!(body(&whole), *wanted, "{text}");
        }
    }
}

/// A statement, and what becomes of it: clauses, blocks and arguments end expressions too.
const PLACES: &[(&str, &str)] = &[
    (
        "step s = f(a) timeout t retry n when x else y",
        "(step s f[‹a›] (timeout ‹t›) (retry ‹n› (when ‹x›)) (else ‹y›))",
    ),
    ("step s = f()\n  retry 4 every 500ms..30s\n  else 1", "(step s f[] (retry ‹4› (every 500ms 30000ms)) (else ‹1›))"),
    ("step s = f() retry n + 1 every a.b..(c + d)", "(step s f[] (retry ‹n + 1› (every ‹a.b› ‹(c + d)›)))"),
    (
        "step s = f() retry 2 every 5s when err.kind == \"x\"",
        "(step s f[] (retry ‹2› (every 5000ms) (when ‹err.kind == \"x\"›)))",
    ),
    ("step s = f() rate_limit \"5/s\" per a.b once", "(step s f[] (rate_limit ‹\"5/s\"› (per ‹a.b›)) once)"),
    ("step s = f() else if a { 1 } else { 2 }", "(step s f[] (else ‹if a { 1 } else { 2 }›))"),
    ("if a == #{ b: 1 } { break }", "(if (‹a == #{ b: 1 }› break))"),
    ("if (switch a { 1 => true }) { break }", "(if (‹(switch a { 1 => true })› break))"),
    ("if list.any(|v| { v }) { break }", "(if (‹list.any(|v| { v })› break))"),
    ("if a\n  && b { break }", "(if (‹a\n  && b› break))"),
    ("if a { break } else if b { break } else { break }", "(if (‹a› break) (‹b› break) (else break))"),
    ("while a < b { break }", "(while ‹a < b› break)"),
    ("for v, i in f(x).g parallel n + 1 { break }", "(for v i ‹f(x).g› (parallel ‹n + 1›) break)"),
    ("for v in 0..3 { continue }", "(for v ‹0..3› continue)"),
    ("for v in a in b { break }", "(for v ‹a in b› break)"),
    ("x += 1; x.a[0].b = 2h; y = z", "(+= x ‹x› ‹1›) (= x ‹x.a[0].b› 7200000ms) (= y ‹y› ‹z›)"),
    ("x **= 2; x <<= 1; x |= a", "(**= x ‹x› ‹2›) (<<= x ‹x› ‹1›) (|= x ‹x› ‹a›)"),
    ("if a { fail b } log(c)", "(if (‹a› (fail ‹b›))) (log [‹c›])"),
    ("return", "return"),
    ("return #{ a: 1 }", "(return ‹#{ a: 1 }›)"),
    ("sleep 5s; sleep until a + b; sleep a.b", "(sleep 5000ms) (sleep-until ‹a + b›) (sleep ‹a.b›)"),
    ("log(a - b,)", "(log [‹a - b›])"),
    ("log(a\n - b\n [0])", "(log [‹a\n - b\n [0]›])"),
    ("emit(\"n\", if: 5s, when: 5s\n + a)", "(emit [‹\"n\"›, if: 5000ms, when: ‹5s\n + a›])"),
    ("send w.s(a: 1) to k.b", "(send w.s [a: ‹1›] ‹k.b›)"),
    ("step s = f() timeout 5s\n timeout = 6s", "(step s f[] (timeout 5000ms)) (= timeout ‹timeout› 6000ms)"),
    (
        "step s = f()\n within.x = 1\n once += 2\n retry[0] = 1",
        "(step s f[]) (= within ‹within.x› ‹1›) (+= once ‹once› ‹2›) (= retry ‹retry[0]› ‹1›)",
    ),
    ("concurrency 2 per a.b overlap skip", "(concurrency ‹2› (per ‹a.b›) skip)"),
    ("on api when a with #{ b: c }", "(on api (when ‹a›) (with ‹#{ b: c }›))"),
];

#[test]
fn clauses_blocks_and_statements_end_expressions() {
    for (text, wanted) in PLACES {
        assert_eq!(body(text), *wanted, "{text}");
    }
}
