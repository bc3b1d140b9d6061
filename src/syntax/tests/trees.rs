//! Each form of the language, and its tree.

use super::{body, tree};

/// A line of a body (or several) and its tree.
const FORMS: &[(&str, &str)] = &[
    // Steps and what they wait for.
    ("step a = exec(\"ls\", [\"-l\"], env: #{ a: 1 })", "(step a exec[‹\"ls\"›, ‹[\"-l\"]›, env: ‹#{ a: 1 }›])"),
    ("step a = call w(x: 1)\nstep b = start m.w()", "(step a call w[x: ‹1›]) (step b start m.w[])"),
    ("step a = wait signal(go) timeout 5m", "(step a signal go (timeout 300000ms))"),
    (
        "step a = wait callback(subscribe: hook.add(url: callback_url), unsubscribe: hook.del(subscribed.id))",
        "(step a callback[subscribe: hook.add[url: ‹callback_url›], unsubscribe: hook.del[‹subscribed.id›]])",
    ),
    (
        "step a = wait approval(\"ok?\", by: [\"ops\"], fields: { note: string = \"\", why: \"a\" | \"b\" }, notify: mail.send(to: x))",
        "(step a approval[‹\"ok?\"›, by: ‹[\"ops\"]›, fields: (fields (note string = ‹\"\"›) (why \"a\"|\"b\")), notify: mail.send[to: ‹x›]])",
    ),
    (
        "step a = f(notify: g, fields: x, fetch: g(1) + 2, subscribe: g(1).b)",
        "(step a f[notify: ‹g›, fields: ‹x›, fetch: ‹g(1) + 2›, subscribe: ‹g(1).b›])",
    ),
    ("step a = f(if: 1, step: 2, 5s, when: 1h,)", "(step a f[if: ‹1›, step: ‹2›, 5000ms, when: 3600000ms])"),
    // Clauses.
    (
        "step a = f()\n  timeout 5s\n  within 1m\n  retry 3 every 1s..1m when err.kind == \"http\"\n  rate_limit \"5/s\" per x\n  else ()\n  undo g(a)\n    timeout 1s\n    retry 9",
        "(step a f[] (timeout 5000ms) (within 60000ms) (retry ‹3› (every 1000ms 60000ms) (when ‹err.kind == \"http\"›)) (rate_limit ‹\"5/s\"› (per ‹x›)) (else ‹()›) (undo g[‹a›] (timeout 1000ms) (retry ‹9›)))",
    ),
    ("step a = f() once undo g(a) undo h()", "(step a f[] once (undo g[‹a›] (undo h[])))"),
    ("step a = f()\n  // why\n  timeout 5s", "(step a f[] (timeout 5000ms))"),
    ("step a = f()\n\n  timeout 5s", "(step a f[] (blank (timeout 5000ms)))"),
    ("step a = f()\n  // why\n\n  timeout 5s retry 2", "(step a f[] (blank (timeout 5000ms)) (retry ‹2›))"),
    ("step a = f() /* a\n\n b */ timeout 5s", "(step a f[] (timeout 5000ms))"),
    ("step a = f()\r\n\r\n  once", "(step a f[] (blank once))"),
    ("step a = f()\r  once", "(step a f[] once)"),
    ("step a = f()\n  retry 3\n    every 5s\n    when x", "(step a f[] (retry ‹3› (every 5000ms) (when ‹x›)))"),
    // Blocks as statements and as values.
    ("if a { } else if b { } else { }", "(if ‹a› ‹b› else)"),
    ("if a\n{\n break\n}\nelse\n{\n}", "(if (‹a› break) else)"),
    ("parallel { step a = f()\n branch b { break } }", "(parallel (step a f[]) (branch b break))"),
    ("race { branch a { sleep 1s } branch b { } }", "(race (branch a (sleep 1000ms)) (branch b))"),
    ("try { } catch err { } finally { }", "(try (catch err) finally)"),
    ("try { break } catch { break }", "(try break (catch break))"),
    ("try { break }\nfinally { break }", "(try break (finally break))"),
    ("let x = for a, i in b parallel 3 { yield a }", "(let x (for a i ‹b› (parallel ‹3›) (yield ‹a›)))"),
    ("let x = while a { yield 5s }", "(let x (while ‹a› (yield 5000ms)))"),
    ("let x = parallel { step a = f() }", "(let x (parallel (step a f[])))"),
    ("let x = race { branch a { yield 1 } }", "(let x (race (branch a (yield ‹1›))))"),
    ("let x = try { yield 1 } catch err { yield 2 }", "(let x (try (yield ‹1›) (catch err (yield ‹2›))))"),
    // The rest.
    ("fail `no ${x}`; fail err", "(fail ‹`no ${x}`›) (fail ‹err›)"),
    ("restart(n: n + 1)", "(restart [n: ‹n + 1›])"),
    ("respond(status: 200, json: #{ a: 1 })", "(respond [status: ‹200›, json: ‹#{ a: 1 }›])"),
    ("emit(\"n\", x); log(x)", "(emit [‹\"n\"›, ‹x›]) (log [‹x›])"),
    ("send w.s(a: 1)\n  to k", "(send w.s [a: ‹1›] ‹k›)"),
    ("{ }", "!"),
    // Declarations, wherever they stand.
    (
        "input {\n  a: string where a.len() > 0 // c\n  b: int? = 5; c: list<map<any>>?\n  d: { x: int, \"y z\": \"a\" | \"b\" } = #{}\n  where: duration\n    = 5m\n    where where > 1s\n}",
        "(input (a string (where ‹a.len() > 0›)) (b int? = ‹5›) (c list<map<any>>?) (d {x: int, y z: \"a\"|\"b\"} = ‹#{}›) (where duration = 300000ms (where ‹where > 1s›)))",
    ),
    ("output { a: int = 1\n b: string\n c = 5s\n d }", "(output (a int = ‹1›) (b string) (c = 5000ms) d)"),
    (
        "signal go\nsignal stop(why: string = \"x\" where why != \"\", when: list<int>?)",
        "(signal go params) (signal stop (params (why string = ‹\"x\"› (where ‹why != \"\"›)) (when list<int>?)))",
    ),
    (
        "on manual; on schedule(\"0 6 * * *\", jitter: 5m)",
        "(on manual) (on schedule [‹\"0 6 * * *\"›, jitter: 300000ms])",
    ),
    (
        "on github(events: [\"push\"]) as push\n  // only main\n  when event.body.ref == \"main\"\n    && !x\n  with #{ a: event.body.a }",
        "(on github [events: ‹[\"push\"]›] as push (when ‹event.body.ref == \"main\"\n    && !x›) (with ‹#{ a: event.body.a }›))",
    ),
    ("on api signal go to event.body.id with #{ a: 1 }", "(on api (signal go ‹event.body.id›) (with ‹#{ a: 1 }›))"),
    (
        "on api\n  signal go to event.body.id\nsignal go(a: int)",
        "(on api (signal go ‹event.body.id›)) (signal go (params (a int)))",
    ),
    (
        "on poll(every: 5m, fetch: http.get(\"u\"), items: fetched.body, key: item.id)",
        "(on poll [every: 300000ms, fetch: http.get[‹\"u\"›], items: ‹fetched.body›, key: ‹item.id›])",
    ),
    (
        "concurrency 1\nconcurrency n\n  per input.a overlap replace",
        "(concurrency ‹1›) (concurrency ‹n› (per ‹input.a›) replace)",
    ),
    ("timeout 2h; retention 30d; run as \"bot\"", "(timeout 7200000ms) (retention 2592000000ms) (run-as \"bot\")"),
    (
        "retention = 5; concurrency += 1; run.x = 2",
        "(= retention ‹retention› ‹5›) (+= concurrency ‹concurrency› ‹1›) (= run ‹run.x› ‹2›)",
    ),
];

#[test]
fn each_form_has_its_tree() {
    for (text, wanted) in FORMS {
        if *wanted == "!" {
            assert_ne!(super::parsed(&format!("workflow w {{\n{text}\n}}")).diagnostics, vec![], "{text}");
        } else {
            assert_eq!(body(text), *wanted, "{text}");
        }
    }
}

const FILES: &[(&str, &str)] = &[
    ("use slack\nuse \"./a \\\"b.wf\" as b", "(use slack)\n(use \"./a \\\"b.wf\" as b)"),
    ("const A = 5; const B = 1h30m", "(const A ‹5›)\n(const B 5400000ms)"),
    ("fn f(a, b,) { a + b }", "(fn f (of a b) ‹{ a + b }›)"),
    ("fn f()\n{ let s = \"}\"; // }\n s }", "(fn f of ‹{ let s = \"}\"; // }\n s }›)"),
    ("action a(x: int = 1, if: string?) { return x }", "(action a (params (x int = ‹1›) (if string?)) (return ‹x›))"),
    ("action a() { }", "(action a params)"),
    ("workflow a { } workflow b { };workflow c\n{ }", "workflow a"),
    ("\u{FEFF}workflow a { }", "(workflow a)"),
    ("", ""),
    ("// only a comment", ""),
    ("test \"n\" { }", "(test \"n\")"),
    (
        "test \"n\" of w {\n input #{ a: 1 }\n given push #{ b: 1 } headers #{ c: 1 }\n given api\n given api file(\"x.json\")\n   headers h\n}",
        "(test \"n\" of w (input ‹#{ a: 1 }›) (given push ‹#{ b: 1 }› (headers ‹#{ c: 1 }›)) (given api) (given api ‹file(\"x.json\")› (headers ‹h›)))",
    ),
    (
        "test \"n\" {\n mock a = #{ b: 1 }\n mock a[2].b.undo = [1, fails(#{ kind: \"x\" }), 5s]\n mock c = fails(#{ kind: \"y\" })\n mock d = [1, 2].len()\n mock e = [[1, 2]]\n mock f = []\n}",
        "(test \"n\" (mock a ‹#{ b: 1 }›) (mock a[2].b.undo (list ‹1› (fails ‹#{ kind: \"x\" }›) 5000ms)) (mock c (fails ‹#{ kind: \"y\" }›)) (mock d ‹[1, 2].len()›) (mock e (list ‹[1, 2]›)) (mock f list))",
    ),
    (
        "test \"n\" {\n secret S = \"x\"\n signal go(a: 1); signal stop\n answer go.x = #{ a: 1 }\n advance 31m // c\n advance 1h down\n crash after a.b\n expect run.status == \"x\"\n   && y\n}",
        "(test \"n\" (secret S ‹\"x\"›) (signal go [a: ‹1›]) (signal stop) (answer go.x ‹#{ a: 1 }›) (advance 1860000ms) (advance 3600000ms down) (crash-after a.b) (expect ‹run.status == \"x\"\n   && y›))",
    ),
    (
        "test \"n\" { for x, i in 0..3 { signal go(n: x)\n for y in z { advance y } } }",
        "(test \"n\" (for x i ‹0..3› (signal go [n: ‹x›]) (for y ‹z› (advance ‹y›))))",
    ),
];

#[test]
fn each_declaration_has_its_tree() {
    for (text, wanted) in FILES {
        let tree = tree(text);
        if let Some(name) = wanted.strip_prefix("workflow ") {
            assert_eq!(tree.lines().count(), 3, "{name} {tree}");
        } else {
            assert_eq!(tree, *wanted, "{text}");
        }
    }
}

#[test]
fn documentation_belongs_to_what_stands_below() {
    let text = "/// One.\n///  Two.\n// a note\nworkflow w {\n  /// The inputs.\n  input {\n    /// A.\n    a: int\n    b: int\n  }\n  \
                /// Does it.\n  step s = f()\n  /// Loops.\n  for x in y {\n    /// Within.\n    break\n  }\n  output {\n    /// Out.\n    o = 1\n  }\n}\n\
                /// Acts.\naction a(\n  /// P.\n  p: int) { }\n/// Fn.\nfn f() { 1 }\n/// C.\nconst C = 1\n";
    let shown = tree(text);
    for part in [
        "(workflow \"One.\\n Two.\" w",
        "(doc \"The inputs.\" (input (a \"A.\" int) (b int)))",
        "(doc \"Does it.\" (step s f[]))",
        "(doc \"Loops.\" (for x ‹y› (doc \"Within.\" break)))",
        "(o \"Out.\" = ‹1›)",
        "(action \"Acts.\" a (params (p \"P.\" int)))",
        "(fn \"Fn.\" f of ‹{ 1 }›)",
        "(const \"C.\" C ‹1›)",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn comments_outside_of_expressions_are_kept_in_order() {
    use crate::syntax::ast::CommentKind::{Block, Doc, Line, StrayDoc};
    let text = "// a\n/* b /* c */ */\nworkflow w { // d\n let x = f(1, // rhai's\n 2) // e\n let y = 1 + // rhai's\n 2 /* f */\n}\n/// g\nfn f() { /* rhai's */ }\n/// h\n";
    let parsed = super::parsed(text);
    let shown: Vec<_> =
        parsed.file.comments.iter().map(|c| (&text[c.span.start as usize..c.span.end as usize], c.kind)).collect();
    let wanted = [
        ("// a", Line),
        ("/* b /* c */ */", Block),
        ("// d", Line),
        ("// e", Line),
        ("/* f */", Block),
        ("/// g", Doc),
        ("/// h", StrayDoc),
    ];
    assert_eq!(shown, wanted);
    assert_eq!(parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["W0101"]);
}

#[test]
fn spans_lie_in_the_set_of_sources() {
    let mut set = crate::source::Sources::new();
    set.add("a.wf", "workflow a { }\n");
    let id = set.add("b.wf", "/// Doc.\nworkflow b {\n  let x 5\n  step s = f(1)\n}\n");
    let source = set.get(id);
    let parsed = super::parse(source);
    assert_eq!(parsed.diagnostics.len(), 1);
    assert_eq!(set.slice(parsed.diagnostics[0].span), "5");
    let crate::syntax::ast::Item::Workflow(workflow) = &parsed.file.items[0] else { panic!("a workflow") };
    assert_eq!(set.slice(workflow.name.span), "b");
    assert_eq!(set.slice(workflow.body.statements[0].span), "step s = f(1)");
    assert_eq!(set.slice(parsed.file.comments[0].span), "/// Doc.");
}
