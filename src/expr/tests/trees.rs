//! Trees: what they say and the bytes at which they say it.

use super::{compiled, library};
use crate::expr::{Form, Node, NodeKind, Origin, compile, on_stack};

/// A tree as one line, each part with its text where it is a leaf.
fn show(node: &Node) -> String {
    use NodeKind as K;
    let all = |nodes: &[Node]| nodes.iter().map(show).collect::<Vec<_>>().join(" ");
    match &node.kind {
        K::Unit => "()".into(),
        K::Bool(b) => b.to_string(),
        K::Int(n) => n.to_string(),
        K::Float(x) => format!("{x:?}"),
        K::Char(c) => format!("'{c}'"),
        K::Text(text) => format!("{text:?}"),
        K::Name(name) => name.to_string(),
        K::Local(name) => format!("%{name}"),
        K::This => "this".into(),
        K::Field { base, name, optional } => {
            format!("{}{}.{}", show(base), if *optional { "?" } else { "" }, name.text)
        }
        K::Index { base, index, optional } => {
            format!("{}{}[{}]", show(base), if *optional { "?" } else { "" }, show(index))
        }
        K::Call { name, args } => format!("{}({})", name.text, all(args)),
        K::Method { base, name, args, optional } => {
            format!("{}{}.{}({})", show(base), if *optional { "?" } else { "" }, name.text, all(args))
        }
        K::Unary { op, of } => format!("({op} {})", show(of)),
        K::Binary { op, left, right } => format!("({} {} {})", op.text, show(left), show(right)),
        K::And(parts) => format!("(and {})", all(parts)),
        K::Or(parts) => format!("(or {})", all(parts)),
        K::Coalesce(parts) => format!("(?? {})", all(parts)),
        K::In { item, container, negated } => {
            format!("({} {} {})", if *negated { "!in" } else { "in" }, show(item), show(container))
        }
        K::Range { from, to, inclusive } => {
            let end = |end: &Option<Box<Node>>| end.as_deref().map_or("_".into(), show);
            format!("({} {} {})", if *inclusive { "..=" } else { ".." }, end(from), end(to))
        }
        K::Map(fields) => format!(
            "#{{{}}}",
            fields.iter().map(|(k, v)| format!("{}: {}", k.text, show(v))).collect::<Vec<_>>().join(", ")
        ),
        K::List(items) => format!("[{}]", all(items)),
        K::Template(parts) => format!("`{}`", all(parts)),
        K::If { condition, then, otherwise } => {
            format!("(if {} {} {})", show(condition), show(then), otherwise.as_deref().map_or("_".into(), show))
        }
        K::Switch { subject, arms } => {
            let arm = |arm: &crate::expr::Arm| {
                let guard = arm.guard.as_ref().map_or(String::new(), |guard| format!("if {} ", show(guard)));
                format!("{}{guard}=> {}", if arm.default { "_ " } else { "" }, show(&arm.value))
            };
            format!("(switch {} {})", show(subject), arms.iter().map(arm).collect::<Vec<_>>().join(", "))
        }
        K::Closure { params, body } => format!("|{}| {}", params.join(" "), show(body)),
        K::Assign { target, op, value } => format!("({} {} {})", op.text, show(target), show(value)),
        K::Opaque { parts, value } => format!("{{{}{}}}", all(parts), if *value { " *" } else { "" }),
    }
}

/// Every part's text, outer ones first.
fn texts<'t>(text: &'t str, root: &Node) -> Vec<&'t str> {
    let mut all = Vec::new();
    root.walk(&mut |node| all.push(&text[node.range.clone()]));
    all
}

fn check(form: &Form, cases: &[(&str, &str)]) {
    on_stack(|| {
        for (text, expected) in cases {
            let compiled =
                compile(text, Origin::default(), form.clone(), &library()).unwrap_or_else(|p| panic!("{text}: {p:#?}"));
            assert_eq!(show(&compiled.tree().root), *expected, "{text}");
        }
    });
}

#[test]
fn expressions() {
    check(
        &Form::Expression,
        &[
            ("1 + 2 * x", "(+ 1 (* 2 x))"),
            ("(1 + 2) * x", "(* (+ 1 2) x)"),
            ("a.b?.c[0]?[\"k\"].d()", "a.b?.c[0]?[\"k\"].d()"),
            ("a[b.c].d[e][f]", "a[b.c].d[e][f]"),
            ("(a.b).c", "a.b.c"),
            ("f(1, g(2)).h", "f(1 g(2)).h"),
            ("x.trim().len()", "x.trim().len()"),
            ("!a && b == () || c", "(or (and (! a) (== b ())) c)"),
            ("a ?? b ?? 1.5", "(?? a b 1.5)"),
            ("a in [1, -2]", "(in a [1 -2])"),
            ("a !in #{ b: 'c' }", "(!in a #{b: 'c'})"),
            ("contains(a, b)", "contains(a b)"),
            ("1..n", "(.. 1 n)"),
            ("x.sub_string(1..)", "x.sub_string((.. 1 _))"),
            ("x.sub_string(..=3)", "x.sub_string((..= _ 3))"),
            ("`a ${b.c} d`", "`\"a \" b.c \" d\"`"),
            ("if a { 1 } else if b { 2 } else { 3 }", "(if a 1 (if b 2 3))"),
            ("if a { 1 }", "(if a 1 _)"),
            ("switch x { 1 => a, 2 if y => b, _ => c }", "(switch x => a, if y => b, _ => c)"),
            ("l.map(|i| i.a + n)", "l.map(|i| (+ %i.a n))"),
            ("l.map(|i, j| m.filter(|k| k == i && j == z))", "l.map(|i j| m.filter(|k| (and (== %k %i) (== %j z))))"),
            ("|| 1", "|| 1"),
            ("#{ \"if\": 1, new: 2 }", "#{if: 1, new: 2}"),
            ("-x.y", "(- x.y)"),
            ("now() - duration(\"5s\")", "(- now() duration(\"5s\"))"),
            ("x.if.else", "x.if.else"),
            ("true", "true"),
            ("(x[1])[2]", "x[1][2]"),
            ("(|d| (x[1])[2]).call(d)", "|d| x[1][2].call(d)"),
            ("|d| (d[1])[2]", "|d| %d[1][2]"),
        ],
    );
}

#[test]
fn scripts_and_assignments() {
    check(
        &Form::Script,
        &[
            ("{ let a = x; a + y }", "{{x} (+ %a y) *}"),
            ("{ let a = 1; { let b = a; b; } c }", "{{1} {{%a} %b *} c *}"),
            ("{ let z = 0; for (i, n) in xs { z += i; } z }", "{{0} {xs {(+= %z %i)}} %z *}"),
            ("{ try { a } catch (e) { e } }", "{{a %e}}"),
            ("{ |x| { let y = x; y } }", "|x| {{%x} %y *}"),
            ("{ return a.b; }", "{{a.b}}"),
        ],
    );
    let of_x = Form::Assignment { root: "x".into() };
    check(&of_x, &[("x.a[i] += y.z", "(+= x.a[i] y.z)"), ("x = 1", "(= x 1)")]);
}

#[test]
fn ranges_are_those_of_the_text() {
    on_stack(|| {
        let cases: &[(&str, &[&str])] = &[
            ("(a + b) * c", &["(a + b) * c", "a + b", "a", "b", "c"]),
            ("a.b[ c ].d( 1 ) ", &["a.b[ c ].d( 1 )", "a.b[ c ]", "a.b", "a", "c", "1"]),
            ("((a)).b", &["((a)).b", "a"]),
            ("f( (x), [1, 2] )", &["f( (x), [1, 2] )", "x", "[1, 2]", "1", "2"]),
            (
                "\"é\" + 'x' + `a${ b }c`",
                &["\"é\" + 'x' + `a${ b }c`", "\"é\" + 'x'", "\"é\"", "'x'", "`a${ b }c`", "", "b", ""],
            ),
            ("#{ a: [1], b: #{} }", &["#{ a: [1], b: #{} }", "[1]", "1", "#{}"]),
            ("if a { b } else { c }", &["if a { b } else { c }", "a", "b", "c"]),
            ("switch (a) { 1 => b, _ => (c) }", &["switch (a) { 1 => b, _ => (c) }", "a", "b", "c"]),
            ("x.map(|i| { i + 1 })", &["x.map(|i| { i + 1 })", "x", "|i| { i + 1 }", "i + 1", "i", "1"]),
            ("x.map(|i| y)", &["x.map(|i| y)", "x", "|i| y", "y"]),
            ("a /* ) */ . b // c\n . d", &["a /* ) */ . b // c\n . d", "a /* ) */ . b", "a"]),
            ("- 5 + 1.5e3", &["- 5 + 1.5e3", "- 5", "1.5e3"]),
            ("a in (b)", &["a in (b)", "a", "b"]),
            ("1 .. (n)", &["1 .. (n)", "1", "n"]),
            ("f()", &["f()"]),
            ("((x[1])[2].b).c", &["((x[1])[2].b).c", "(x[1])[2].b", "(x[1])[2]", "x[1]", "x", "1", "2"]),
            ("x.f().g", &["x.f().g", "x.f()", "x"]),
        ];
        for (text, expected) in cases {
            let compiled = compiled(text).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"));
            assert_eq!(texts(text, &compiled.tree().root), *expected, "{text}");
        }
    });
}

#[test]
fn roots_are_the_free_names_with_their_places() {
    on_stack(|| {
        let text = "a.b + [1].map(|x| x + a + c)[0] + `${c.d}`";
        let compiled = compiled(text).expect("it compiles");
        let roots: Vec<(&str, Vec<usize>)> = compiled
            .roots()
            .iter()
            .map(|root| (&*root.name, root.ranges.iter().map(|range| range.start).collect()))
            .collect();
        assert_eq!(roots, [("a", vec![0, 22]), ("c", vec![26, 37])]);
    });
}
