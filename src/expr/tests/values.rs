//! Expressions and what they give.

use super::{World, assignment, table, value};
use crate::model::{Length, Value};

fn world() -> World {
    World::json(
        r#"{
            "health": { "status": 200, "body": { "count": 5, "hosts": ["a", "b", "c"], "none": null,
                        "items": [{ "n": 1, "tag": "x" }, { "n": 3, "tag": "y" }, { "n": 2, "tag": "x" }] } },
            "name": " Ada ", "n": 4, "x": 1.5, "empty": {}, "list": [3, 1, 2], "key": "count", "new": 9,
            "table": { "x": { "label": "ex" }, "y": { "label": "why" } }, "flag": true
        }"#,
    )
}

#[test]
fn paths_and_operators() {
    let cases = [
        ("health.status", "200"),
        ("health.body.count > 3 && health.status == 200", "true"),
        ("health.body.count + n * 2", "13"),
        ("health.body.hosts[0]", r#""a""#),
        ("health.body.hosts[-1]", r#""c""#),
        ("health.body[key]", "5"),
        (r#"health["body"]["count"]"#, "5"),
        ("table[health.body.items[1].tag].label", r#""why""#),
        ("health.body.missing", "null"),
        ("health.body.missing?.deep.deeper", "null"),
        ("health.body.missing?.deep ?? 7", "7"),
        ("health?.body?.count", "5"),
        ("health.body.none == ()", "true"),
        ("health.body != () && health.body.missing == ()", "true"),
        ("empty.a?.b?.c", "null"),
        ("(health.body).count", "5"),
        ("health.body.items[(0 + 1)].n", "3"),
        ("name[1]", r#""A""#),
        ("[n, x, flag]", "[4,1.5,true]"),
        ("#{ a: n, b: #{ c: [health.status] } }", r#"{"a":4,"b":{"c":[200]}}"#),
        ("-n", "-4"),
        ("!flag", "false"),
        ("7 / 2", "3"),
        ("7.0 / 2", "3.5"),
        ("7 % 4", "3"),
        ("2 ** 10", "1024"),
        ("1 << 3 | 1", "9"),
        ("1 == 1.0", "true"),
        (r#"1 == "1""#, "false"),
        (r#""a" < "b""#, "true"),
        (r#""a" + "b""#, r#""ab""#),
        (r#""n: " + 5"#, r#""n: 5""#),
        ("[1] + [2]", "[1,2]"),
        ("#{ a: 1 } + #{ b: 2 }", r#"{"a":1,"b":2}"#),
        ("2 in list", "true"),
        ("2 !in list", "false"),
        (r#""da" in name"#, "true"),
        (r#""a" in #{ a: 1 }"#, "true"),
        ("3 in 1..3", "false"),
        ("3 in 1..=3", "true"),
        ("1..4", "[1,2,3]"),
        ("[1, [2, #{ a: 3 }]] == [1, [2, #{ a: 3 }]]", "true"),
        ("() ?? () ?? 3", "3"),
        ("'c'", r#""c""#),
        ("if n > 3 { \"big\" } else { \"small\" }", r#""big""#),
        ("switch n { 1 | 2 => \"low\", 4 if flag => \"four\", _ => \"other\" }", r#""four""#),
        ("switch health.body.items[0].tag { \"x\" => 1, _ => 2 }", "1"),
        ("9007199254740993 > 9007199254740992.0", "true"),
    ];
    table(&world(), &cases);
}

#[test]
fn templates() {
    table(
        &world(),
        &[
            ("`plain`", r#""plain""#),
            ("`a ${n} b ${health.status}`", r#""a 4 b 200""#),
            ("`${n}${n}`", r#""44""#),
            ("`${()}|${x}|${flag}`", r#""|1.5|true""#),
            ("`${health.body.hosts} ${#{ a: 1 }}`", r#""[\"a\",\"b\",\"c\"] {\"a\":1}""#),
            ("`${if n > 1 { `many ${n}` } else { \"one\" }}`", r#""many 4""#),
            ("`${(n)} ${(n + 1) * 2}`", r#""4 10""#),
            ("`${list.map(|i| `<${i}>`).join(\",\")}`", r#""<3>,<1>,<2>""#),
            ("`${duration(\"90s\")} ${datetime(\"2026-01-01T00:00:00Z\")}`", r#""1m30s 2026-01-01T00:00:00.000Z""#),
            (r"`\${n} $n`", r#""${n} $n""#),
            ("`ä ${n} ö ${new}`", r#""ä 4 ö 9""#),
        ],
    );
}

#[test]
fn closures_read_names_of_the_outside() {
    table(
        &world(),
        &[
            ("health.body.items.filter(|i| i.n > 1).map(|i| i.n)", "[3,2]"),
            ("health.body.items.filter(|i| i.n > health.body.items[0].n).len()", "2"),
            ("health.body.items.filter(|i| health.body.items.some(|j| j.n > i.n)).map(|i| i.n)", "[1,2]"),
            ("list.map(|i| list.filter(|j| j < i).len())", "[2,0,1]"),
            ("list.map(|i| [i, n, health.status])", "[[3,4,200],[1,4,200],[2,4,200]]"),
            ("[#{ items: [1, 5], limit: 3 }].map(|x| x.items.filter(|y| y > x.limit))", "[[5]]"),
            ("list.map(|i| if health.body != () && health.body.missing == () { i } else { 0 })", "[3,1,2]"),
            ("[].map(|i| health.missing.deep.deeper)", "[]"),
            ("list.reduce(|sum, i| sum + i, 0)", "6"),
            ("list.filter(|i, at| at > 0)", "[1,2]"),
            ("(|a, b| a + b).call(1, 2)", "3"),
        ],
    );
}

#[test]
fn expressions_change_nothing() {
    table(
        &world(),
        &[
            ("name.trim()", r#""Ada""#),
            ("name.trim().make_upper().replace(\"A\", \"O\")", r#""ODO""#),
            ("list.sort()", "[1,2,3]"),
            ("list.sort().reverse()", "[3,2,1]"),
            ("list.sort(|a, b| b - a)", "[3,2,1]"),
            ("list.push(4)", "[3,1,2,4]"),
            ("list.pop()", "[3,1]"),
            ("list.insert(0, 9)", "[9,3,1,2]"),
            ("list.remove(0)", "[1,2]"),
            ("[list.sort(), list]", "[[1,2,3],[3,1,2]]"),
            ("[\" a \", \"b \"].map(|s| s.trim())", r#"["a","b"]"#),
            ("trim(name)", r#""Ada""#),
            ("#{ a: 1 }.set(\"b\", 2)", r#"{"a":1,"b":2}"#),
            ("table.remove(\"x\").keys()", r#"["y"]"#),
            ("health.body.hosts.retain(|h| h != \"b\")", r#"["a","c"]"#),
        ],
    );
}

#[test]
fn words_that_rhai_reserves_are_names() {
    let world = World::json(
        r#"{ "match": 1, "new": 2, "event": { "if": 3, "private": { "for": 4 }, "case": [5], "in": 6, "call": 7,
             "__typename": "T" }, "default": { "yield": 8 } }"#,
    );
    table(
        &world,
        &[
            ("match + new", "3"),
            ("event.if", "3"),
            ("event.if + event.in - 1", "8"),
            ("-event.if + event.if -event.in", "-6"),
            ("event.private.for", "4"),
            ("event?.private?.for", "4"),
            ("event.case[0]", "5"),
            ("event.in == 6", "true"),
            ("event.call", "7"),
            ("event.__typename", r#""T""#),
            ("default.yield", "8"),
            ("#{ new: 1, match: 2, \"if\": 3 }", r#"{"if":3,"match":2,"new":1}"#),
            ("[1].map(|new| new + match)", "[2]"),
            ("#{ \"if\": #{ \"else\": 1 } }.if.else", "1"),
        ],
    );
}

#[test]
fn times_and_durations() {
    let world = World::default().with("wait", Value::Length(Length::from_ms(90_000)));
    table(
        &world,
        &[
            ("now()", r#""2026-01-01T00:00:00.000Z""#),
            ("now() + duration(\"1h30m\")", r#""2026-01-01T01:30:00.000Z""#),
            ("now() - wait", r#""2025-12-31T23:58:30.000Z""#),
            ("datetime(\"2026-01-02T00:00:00Z\") - now()", r#""1d""#),
            ("now() < datetime(\"2026-01-02T00:00:00Z\")", "true"),
            ("wait > duration(\"1m\")", "true"),
            ("wait * 2", r#""3m""#),
            ("2 * wait", r#""3m""#),
            ("wait / 3", r#""30s""#),
            ("wait / duration(\"30s\")", "3.0"),
            ("-wait", r#""-1m30s""#),
            ("wait.ms", "90000"),
            ("wait.seconds", "90"),
            ("[now().year, now().month, now().day, now().hour, now().weekday]", "[2026,1,1,0,4]"),
            ("now().unix_ms", "1767225600000"),
            ("datetime(\"2026-01-31T10:00:00Z\").plus_months(1)", r#""2026-02-28T10:00:00.000Z""#),
            ("now().format(\"%Y-%m-%d %H:%M\")", r#""2026-01-01 00:00""#),
            ("now() == now()", "true"),
            ("[wait].sum()", r#""1m30s""#),
        ],
    );
}

#[test]
fn assignments_give_the_new_value_of_their_root() {
    let world = World::json(r#"{ "x": { "a": [1, 2], "b": 1 }, "n": 5, "i": 1, "s": "a" }"#);
    let cases = [
        ("x = n", "x", "5"),
        ("n += 2", "n", "7"),
        ("n -= n", "n", "0"),
        ("s += \"b\"", "s", r#""ab""#),
        ("x.a[0] += 10", "x", r#"{"a":[11,2],"b":1}"#),
        ("x.a[i] = x.a[0]", "x", r#"{"a":[1,1],"b":1}"#),
        ("x.c = #{ d: n }", "x", r#"{"a":[1,2],"b":1,"c":{"d":5}}"#),
        ("x.a += 3", "x", r#"{"a":[1,2,3],"b":1}"#),
        ("x[s] = x.a.map(|v| v * x.b)", "x", r#"{"a":[1,2],"b":1}"#),
        ("s = s.make_upper()", "s", r#""A""#),
        ("n *= 2", "n", "10"),
    ];
    for (text, root, expected) in cases {
        let given = assignment(text, root, &world).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(given.to_string(), expected, "{text}");
    }
}

#[test]
fn large_values_pass_through_as_they_are() {
    let big = Value::list((0..50_000).map(Value::Int).collect());
    let world = World::default().with("big", Value::map([("items", big.clone())]));
    let same = |given: Value, path: &str| {
        let Some(Value::List(items)) = (if path.is_empty() { Some(&given) } else { given.get(path) }) else {
            panic!("a list is wanted")
        };
        let Value::List(original) = &big else { panic!("a list is wanted") };
        assert!(std::sync::Arc::ptr_eq(items, original));
    };
    same(value("big.items", &world).expect("a value"), "");
    same(value("#{ json: big.items, n: 1 + 1 }", &world).expect("a value"), "json");
}

#[test]
fn every_value_comes_back_as_it_went() {
    let tricky = [
        Value::Unit,
        Value::Int(i64::MIN),
        Value::Float(-0.5),
        Value::text("é\u{1F600}"),
        Value::Secret("TOKEN".into()),
        Value::map([("a", Value::list(vec![Value::Unit, Value::Length(Length::from_ms(-3))]))]),
        Value::Time(crate::model::Time::from_unix_ms(5)),
    ];
    for each in tricky {
        let world = World::default().with("v", each.clone());
        assert_eq!(value("[v].map(|x| x)[0]", &world).expect("a value"), each);
    }
}
