//! The built-in functions, each with what it gives.

use super::{World, table, value};
use crate::expr::{Parameter, builtins, is_known_function};
use crate::model::Value;

fn world() -> World {
    World::json(
        r#"{ "s": "Hello, Wörld", "csv": "name,age\nAda,36\n\"Bob, Jr\",4\n", "list": [3, 1, 2, 3],
             "maps": [{ "n": 2, "t": "a" }, { "n": 1, "t": "b" }, { "n": 3, "t": "a" }], "m": { "b": 2, "a": 1 },
             "xml": "<a x='1 &amp; 2'>t<b/>u<c>&lt;&#65;</c></a>", "yaml": "a: [1, 2.5]\nb: {c: yes, d: null}\n" }"#,
    )
    .with("token", Value::Secret("TOKEN".into()))
}

#[test]
fn texts() {
    table(
        &world(),
        &[
            ("s.len()", "12"),
            ("s.bytes()", "13"),
            ("[s.to_upper(), s.to_lower()]", r#"["HELLO, WÖRLD","hello, wörld"]"#),
            (
                "[s.contains(\"Wör\"), s.starts_with(\"Hell\"), s.ends_with(\"x\"), \"\".is_empty()]",
                "[true,true,false,true]",
            ),
            ("[s.index_of(\"ö\"), s.index_of(\"z\")]", "[8,-1]"),
            (
                "[s.sub_string(7), s.sub_string(7, 3), s.sub_string(-3), s.sub_string(1..3)]",
                r#"["Wörld","Wör","rld","el"]"#,
            ),
            ("s.split(\", \")", r#"["Hello","Wörld"]"#),
            ("\" a  b \".split()", r#"["a","b"]"#),
            ("\"a,b,c\".split(\",\", 2)", r#"["a","b,c"]"#),
            ("\"a\\nb\".lines()", r#"["a","b"]"#),
            ("\"aö\".chars()", r#"["a","ö"]"#),
            ("\"ab\".repeat(3)", r#""ababab""#),
            ("[\"7\".pad_start(3, \"0\"), \"7\".pad(3, \"ab\")]", r#"["007","7ab"]"#),
            ("[\" x \".trim_start(), \" x \".trim_end()]", r#"["x "," x"]"#),
            (
                "[\"abc\".truncate(2), \"abc\".crop(1, 1), \"abcb\".remove(\"b\"), \"abc\".pop()]",
                r#"["ab","b","ac","ab"]"#,
            ),
            ("[\"abc\".get(-1), \"abc\".get(9)]", r#"["c",null]"#),
            (
                "[\" 12 \".to_int(), \"ff\".parse_int(16), \"1.5\".to_float(), parse_float(\"2e3\")]",
                "[12,255,1.5,2000.0]",
            ),
            ("[1.to_string(), 1.5.to_string(), [1].to_string(), true.to_string()]", r#"["1","1.5","[1]","true"]"#),
        ],
    );
}

#[test]
fn lists() {
    table(
        &world(),
        &[
            ("[list.len(), list.sum(), list.min(), list.max()]", "[4,9,1,3]"),
            ("[[].sum(), [].min(), [1, 2.5].sum(), [].first()]", "[0,null,3.5,null]"),
            ("[list.first(), list.last(), list.get(1), list.get(-9)]", "[3,3,1,null]"),
            ("list.unique()", "[3,1,2]"),
            ("[\"a\", 1, \"a\", 1.0, [1], [1]].unique()", r#"["a",1,[1]]"#),
            ("list.chunk(3)", "[[3,1,2],[3]]"),
            ("[[1], 2, [[3]]].flatten()", "[1,2,[3]]"),
            ("[1, \"a\", true].join(\"-\")", r#""1-a-true""#),
            ("maps.sort_by(|x| x.n).map(|x| x.n)", "[1,2,3]"),
            ("maps.group_by(|x| x.t).a.len()", "2"),
            (
                "[maps.all(|x| x.n > 0), maps.some(|x| x.n > 2), maps.any(|x| x.n > 3), maps.count(|x| x.n > 1)]",
                "[true,true,false,2]",
            ),
            ("[maps.find(|x| x.n == 1).t, maps.find(|x| x.n == 9), maps.find_index(|x| x.n == 3)]", r#"["b",null,2]"#),
            ("list.flat_map(|x| [x, x])", "[3,3,1,1,2,2,3,3]"),
            ("list.zip([\"a\", \"b\"])", r#"[[3,"a"],[1,"b"]]"#),
            ("[list.extract(1..3), list.extract(2), list.extract(-1, 1)]", "[[1,2],[2,3],[3]]"),
            ("[list.index_of(2), list.contains(9)]", "[2,false]"),
            (
                "[list.set(0, 9), list.truncate(1), list.chop(1), list.pad(5, 0), list.fill(7)]",
                "[[9,1,2,3],[3],[3],[3,1,2,3,0],[7,7,7,7]]",
            ),
            (
                "[list.append([8]), list.shift(), list.sort().dedup(), list.drain(|x| x == 3)]",
                "[[3,1,2,3,8],[1,2,3],[1,2,3],[1,2]]",
            ),
            ("list.splice(1, 2, [9])", "[3,9,3]"),
            ("range(0, 10, 3)", "[0,3,6,9]"),
            ("range(3, 0, -1)", "[3,2,1]"),
            ("(1..=3).map(|x| x * x)", "[1,4,9]"),
            ("list.sort(|a, b| a > b)", "[3,3,2,1]"),
            ("list.reduce(|a, b| max(a ?? 0, b))", "3"),
        ],
    );
}

#[test]
fn maps_and_numbers() {
    table(
        &world(),
        &[
            ("[m.keys(), m.values(), m.len(), m.contains(\"a\")]", r#"[["a","b"],[1,2],2,true]"#),
            ("m.entries()", r#"[{"key":"a","value":1},{"key":"b","value":2}]"#),
            ("[m.get(\"a\"), m.get(\"z\"), m.get(\"z\", 9)]", "[1,null,9]"),
            ("m.map_values(|v| v * 2)", r#"{"a":2,"b":4}"#),
            ("m.filter(|k, v| k == \"a\")", r#"{"a":1}"#),
            ("m.retain(|v| v > 1)", r#"{"b":2}"#),
            (
                "[m.mixin(#{ a: 9, c: 3 }), m.fill_with(#{ a: 9, c: 3 })]",
                r#"[{"a":9,"b":2,"c":3},{"a":1,"b":2,"c":3}]"#,
            ),
            ("from_entries([[\"x\", 1], #{ key: 2, value: 3 }])", r#"{"2":3,"x":1}"#),
            ("[1.5.round(), 2.5.round(), 1.005.round(2), 1234.5678.round(1), 7.round()]", "[2.0,3.0,1.0,1234.6,7]"),
            ("[(-1.5).floor(), 1.2.ceil(), (-3).abs(), (-1.5).abs(), 5.sign()]", "[-2.0,2.0,3,1.5,1]"),
            (
                "[min(2, 1), max(1, 2.5, 2), 15.clamp(0, 10), 9.sqrt(), 3.9.to_int(), 4.is_even()]",
                "[1,2.5,10,3.0,3,true]",
            ),
            (
                "[type_of(1), type_of(\"\"), type_of([]), type_of(()), type_of(now()), type_of(1..2), 5.type_of()]",
                r#"["int","string","list","()","datetime","range","int"]"#,
            ),
        ],
    );
}

#[test]
fn formats() {
    table(
        &world(),
        &[
            ("parse_json(\"{\\\"a\\\": [1, 2.5, null, true, \\\"x\\\"]}\").a", r#"[1,2.5,null,true,"x"]"#),
            ("parse_json(\"5\")", "5"),
            ("to_json(#{ b: [()], a: 1.0 })", r#""{\"a\":1.0,\"b\":[null]}""#),
            ("parse_json(to_json(maps)) == maps", "true"),
            ("parse_csv(csv)", r#"[{"age":"36","name":"Ada"},{"age":"4","name":"Bob, Jr"}]"#),
            ("parse_yaml(yaml)", r#"{"a":[1,2.5],"b":{"c":"yes","d":null}}"#),
            (
                "parse_xml(xml)",
                r#"{"attributes":{"x":"1 & 2"},"children":[{"attributes":{},"children":[],"name":"b","text":""},{"attributes":{},"children":[],"name":"c","text":"<A"}],"name":"a","text":"tu"}"#,
            ),
            (
                "parse_json(\"9223372036854775808\")",
                "type: this is no JSON: the number 9223372036854775808 is more than an int can hold at line 1 column 19",
            ),
            (
                "parse_json(\"123456789012345678901234\").abs()",
                "type: this is no JSON: the number 123456789012345690000000 is more than an int can hold at line 1 column 24",
            ),
            ("parse_json(\"1e999\")", "type: this is no JSON: number out of range at line 1 column 5"),
            ("parse_json(\"1 2\")", "type: this is no JSON: trailing characters at line 1 column 3"),
            (
                "parse_yaml(\"a: b: c\")",
                "type: this is no YAML: mapping values are not allowed in this context at line 1 column 5",
            ),
            (
                "parse_xml(\"<a><b></a>\")",
                "type: this is no XML: ill-formed document: expected `</b>`, but `</a>` was found",
            ),
            (
                "parse_csv(\"a,b\\n1\")",
                "type: this is no CSV: CSV error: record 1 (line: 2, byte: 4): found record with 1 fields, but the previous record has 2 fields",
            ),
        ],
    );
}

#[test]
fn digests_and_patterns() {
    table(
        &world(),
        &[
            ("sha256(\"abc\")", r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#),
            (
                "hmac_sha256(\"key\", \"The quick brown fox jumps over the lazy dog\")",
                r#""f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8""#,
            ),
            (
                "[base64(\"hi?>\"), from_base64(\"aGk_Pg\"), from_base64(\"aGk/Pg==\"), hex(\"hi\")]",
                r#"["aGk/Pg==","hi?>","hi?>","6869"]"#,
            ),
            ("[url_encode(\"a b&ö/\"), url_decode(\"a%20b%26\")]", r#"["a%20b%26%C3%B6%2F","a b&"]"#),
            ("url_encode(token)", r#""url_encode(secret(TOKEN))""#),
            ("`Bearer ${token}`", r#""Bearer secret(TOKEN)""#),
            ("`\n${token}\n${1}\\${``\n`", r#""secret(TOKEN)\n1${`\n""#),
            ("base64(\"user:\" + token)", r#""base64(user:secret(TOKEN))""#),
            ("sha256(token) + 1 + `${now()}`", r#""sha256(secret(TOKEN))12026-01-01T00:00:00.000Z""#),
            ("hmac_sha256(token, `${3}x`)", r#""hmac_sha256(secret(TOKEN), 3x)""#),
            ("hmac_sha256(\"key\", base64(token))", r#""hmac_sha256(key, base64(secret(TOKEN)))""#),
            (
                "#{ a: [`x${token}`], b: token == (), c: token ?? 1 }",
                r#"{"a":["xsecret(TOKEN)"],"b":false,"c":"secret(TOKEN)"}"#,
            ),
            ("[1, 2].map(|i| `${i}${token}`)", r#"["1secret(TOKEN)","2secret(TOKEN)"]"#),
            ("secret(\"X\")", r#""secret(X)""#),
            (
                "[s.matches(\"^H.*d$\"), s.find(\"[a-z]+\"), s.find(\"[0-9]\"), s.find_all(\"[lr]+\")]",
                r#"[true,"ello",null,["ll","rl"]]"#,
            ),
            (
                "[\"a1b22\".replace_regex(\"([0-9]+)\", \"<$1>\"), \"a1b22c\".split_regex(\"[0-9]+\")]",
                r#"["a<1>b<22>",["a","b","c"]]"#,
            ),
            ("\"k=v\".captures(\"(\\\\w)=(\\\\w)\")", r#"["k=v","k","v"]"#),
            ("\"k=v\".captures(\"(?<key>\\\\w)=(?<value>\\\\w)\").value", r#""v""#),
        ],
    );
}

#[test]
fn signatures_are_of_the_same_table() {
    let all = builtins();
    assert!(all.len() > 120, "{}", all.len());
    for signature in all {
        assert!(signature.least <= signature.params.len(), "{}", signature.name);
        assert!(is_known_function(signature.name, signature.params.len()), "{}", signature.name);
        assert!(!is_known_function(signature.name, 17), "{}", signature.name);
    }
    let split = all.iter().find(|signature| signature.name == "split").expect("it is there");
    assert!(
        split.method && split.least == 1 && matches!(&split.params[1], Parameter::OneOf(types) if types.len() == 1)
    );
}

#[test]
fn a_variable_given_to_a_function_stays_as_it_was() {
    let all = "{ let n = 5; let x = 1.5; let s = \"a\"; let l = [2, 1]; let m = #{ a: 1 }; let d = now(); \
               let r = [n.round(), round(n), n.floor(), n.to_int(), max(n, 3), min(n, 9), clamp(n, 0, 9), x.round(), \
               `${s}${s}${n}`, s.to_upper(), l.sort_by(|i| i), l.join(s), l.reduce(|a, b| a + b, n), m.get(s, n), \
               m.map_values(|v| v), to_json(l), type_of(s), d.format(\"%Y\"), l.map(|i| i + n), l.len(), s.len()]; \
               [n, x, s, l, m, r.len()] }";
    let given = super::script(all, &World::default()).expect("a value");
    assert_eq!(given.to_string(), r#"[5,1.5,"a",[2,1],{"a":1},21]"#);
    assert_eq!(
        value("[s, s.trim(), `${s}`, s]", &World::json(r#"{ "s": " x" }"#)).expect("a value").to_string(),
        r#"[" x","x"," x"," x"]"#
    );
}
