//! Mistakes and what is said of them.

use super::mistakes::LINES;
use super::parsed;

/// The findings of a text, one a line: code, what is underlined, the message, the help.
fn told(text: &str) -> String {
    let found = parsed(text).diagnostics;
    let line = |d: &crate::diag::Diagnostic| {
        let under = &text[d.span.start as usize..d.span.end as usize];
        let help = d.help.as_deref().map_or(String::new(), |h| format!(" | {h}"));
        format!("{} ‹{}› {}{help}", d.code, under.escape_debug(), d.message)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Whole files, and what is told of them.
const FILES: &[(&str, &str)] = &[
    ("step x = f()", "E0111 ‹step› `step` stands outside of any workflow | put it into `workflow NAME { … }`"),
    (
        "workflow { }",
        "E0112 ‹{› expected a name for the workflow behind `workflow`, found `{` | write it like `workflow NAME { … }`",
    ),
    ("workflow a b { }", "E0113 ‹b› expected `{`, found `b`"),
    (
        "workflow a",
        "E0116 ‹› the block of `workflow` stands in braces, and the end of the line stands here | write `workflow NAME { … }`",
    ),
    (
        "workflow a:\n  step x = f()",
        "E0116 ‹:› the block of `workflow` stands in braces, and `:` stands here | write `workflow NAME { … }`",
    ),
    (
        "workflow my-flow { }",
        "E0121 ‹my-flow› `my-flow` is no name: names are letters, digits and `_` | write `my_flow`",
    ),
    (
        "workflow if { }",
        "E0120 ‹if› `if` can't be the name of a workflow: it is a keyword of expressions | choose another name, such as `if_` or `the_if`",
    ),
    ("worklfow a { }", "E0111 ‹worklfow› `worklfow` begins no declaration | did you mean `workflow`?"),
    ("def f() { }", "E0111 ‹def› `def` begins no declaration | write `fn NAME(a, b) { … }`"),
    (
        "fn f { }",
        "E0112 ‹{› expected parameters in parentheses behind `f`, found `{` | write it like `fn NAME(a, b) { … }`",
    ),
    (
        "fn f(a, if) { }",
        "E0120 ‹if› `if` can't be the name of a parameter of a function: it is a keyword of expressions | choose another name, such as `if_` or `the_if`",
    ),
    ("fn f(a: int) { }", "E0125 ‹(› the parameters of a function are names alone | write `fn NAME(a, b) { … }`"),
    (
        "action a { }",
        "E0112 ‹{› expected parameters in parentheses behind `a`, found `{` | write it like `action NAME(a: string) { … }`",
    ),
    ("action a(b) { }", "E0125 ‹b› the parameter `b` has no type | write `b: T`, such as `b: string`"),
    (
        "action call(b: int) { }",
        "E0120 ‹call› `call` can't be the name of an action: it is a keyword of expressions | choose another name, such as `call_` or `the_call`",
    ),
    (
        "use",
        "E0112 ‹› a module's name or a path in quotes is missing behind `use`, found the end of the line | write `use NAME` for the standard library, or `use \"./file.wf\" as NAME`",
    ),
    (
        "use \"a\" as",
        "E0112 ‹› a name is missing behind `as`, found the end of the line | write `use NAME` for the standard library, or `use \"./file.wf\" as NAME`",
    ),
    (
        "use slack from x",
        "E0113 ‹from x› `from` stands behind the end of the `use` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    (
        "use slack as 5",
        "E0121 ‹5› `5` is no name: names are letters, digits and `_` and don't begin with a digit | write `_5`",
    ),
    (
        "const",
        "E0112 ‹› expected a name for the constant behind `const`, found the end of the line | write it like `const NAME = VALUE`",
    ),
    ("const A", "E0112 ‹› expected `=` behind `A`, found the end of the line | write it like `const NAME = VALUE`"),
    (
        "const A = ",
        "E0112 ‹› expected a value behind `=`, found the end of the line | write it like `const NAME = VALUE`",
    ),
    (
        "const A = 1 2",
        "E0113 ‹2› `2` stands behind the end of the `const` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    ("let x = 5", "E0111 ‹let› `let` begins no declaration | write `const NAME = VALUE`; variables stand in workflows"),
    ("import x", "E0111 ‹import› `import` begins no declaration | write `use NAME` or `use \"./file.wf\" as NAME`"),
    (
        "test { }",
        "E0112 ‹{› expected the test's name in quotes behind `test`, found `{` | write it like `test \"what it shows\" { … }`",
    ),
    (
        "test nothing { }",
        "E0112 ‹nothing› expected the test's name in quotes behind `test`, found `nothing` | write it like `test \"what it shows\" { … }`",
    ),
    (
        "test \"a\" of { }",
        "E0112 ‹{› expected a workflow's name behind `of`, found `{` | write it like `test \"what it shows\" { … }`",
    ),
    (
        "test \"a\" { assert x\nexpct y\nstep x = f()\nmock x\nmock = 5\nmock x: 5\ncrash x\nadvance\nadvance 5 m\nanswer x 5\ngiven\nsecret X\nexpect\ninput\nsignal\nfor x { }\nfoo\n\"x\" }",
        "E0128 ‹assert› `assert` begins no line of a test | write `expect CONDITION`\nE0128 ‹expct› `expct` begins no line of a test | did you mean `expect`?\nE0128 ‹step› `step` is a statement, and a test holds none | a test says what is given and what is expected; what is done stands in a workflow\nE0112 ‹› expected `=` behind `x`, found the end of the line | write it like `mock STEP = VALUE`\nE0112 ‹=› expected a step's path behind `mock`, found `=` | write it like `mock STEP = VALUE`\nE0117 ‹:› `:` is no operator here | write `=`\nE0112 ‹x› expected `after` behind `crash`, found `x` | write it like `crash after STEP`\nE0112 ‹› expected a duration behind `advance`, found the end of the line | write it like `advance 5m`\nE0122 ‹5 m› `5 m` is no duration | write `5m`, without a space\nE0112 ‹5› expected `=` behind `x`, found `5` | write it like `answer STEP = VALUE`\nE0112 ‹› expected a trigger's name or kind behind `given`, found the end of the line | write it like `given NAME #{ … }`\nE0112 ‹› expected `=` behind `X`, found the end of the line | write it like `secret NAME = \"text\"`\nE0112 ‹› expected a condition behind `expect`, found the end of the line | write it like `expect run.status == \"succeeded\"`\nE0112 ‹› expected a map of inputs behind `input`, found the end of the line | write it like `input #{ name: VALUE }`\nE0112 ‹› expected a name for the signal behind `signal`, found the end of the line | write it like `signal NAME(name: string)`\nE0112 ‹{› expected `in` behind `x`, found `{` | write it like `for ITEM in LIST { … }`\nE0128 ‹foo› `foo` begins no line of a test | a line of a test begins with `input`, `given`, `mock`, `secret`, `signal`, `answer`, `advance`, `crash`, `expect` or `for`\nE0128 ‹\\\"x\\\"› a text begins no line of a test | a line of a test begins with `input`, `given`, `mock`, `secret`, `signal`, `answer`, `advance`, `crash`, `expect` or `for`",
    ),
    (
        "workflow a {\n  if x {\n    step y = f()\n  step z = g()\n}\nworkflow b {\n let x 5\n}\n",
        "E0101 ‹{› this `{` isn't closed | a `}` is missing behind it\nE0112 ‹5› expected `=` behind `x`, found `5` | write it like `let NAME = VALUE`",
    ),
    (
        "workflow a {\n  step y = f(\n  step z = g()\n}\nworkflow b {\n let x 5\n}\n",
        "E0101 ‹(› this `(` isn't closed | a `)` is missing behind it\nE0112 ‹5› expected `=` behind `x`, found `5` | write it like `let NAME = VALUE`",
    ),
    ("workflow a {\n  step y = f()\n", "E0101 ‹{› this `{` isn't closed | a `}` is missing behind it"),
    ("}", "E0103 ‹}› this `}` closes nothing | take it out, or look for an opening bracket that is missing above"),
    (
        "/// nothing\n",
        "W0101 ‹/// nothing› this documentation belongs to nothing: `///` stands directly above what it documents | write `//` for a plain comment, or move it above a declaration, a field or a statement",
    ),
    (
        "/// a\n\nworkflow w { }",
        "W0101 ‹/// a› this documentation belongs to nothing: `///` stands directly above what it documents | write `//` for a plain comment, or move it above a declaration, a field or a statement",
    ),
    (
        "workflow w { /// a\n break /// b\n}",
        "W0101 ‹/// a› this documentation belongs to nothing: `///` stands directly above what it documents | write `//` for a plain comment, or move it above a declaration, a field or a statement\nW0101 ‹/// b› this documentation belongs to nothing: `///` stands directly above what it documents | write `//` for a plain comment, or move it above a declaration, a field or a statement",
    ),
    (
        "workflow w { let x = \"\u{202e}\" }",
        "W0102 ‹\\u{202e}› U+202E makes what follows show in another order than it is read | take it out; in a double-quoted string it may be written `\\u202E`",
    ),
    (
        "{ }",
        "E0111 ‹{› `{` begins no line: expected a declaration | a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`",
    ),
    (
        "\"x\"",
        "E0111 ‹\\\"x\\\"› a text begins no line: expected a declaration | a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`",
    ),
    (
        "foo\nbar\nbaz",
        "E0111 ‹foo› `foo` begins no declaration | a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`\nE0111 ‹bar› `bar` begins no declaration | a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`\nE0111 ‹baz› `baz` begins no declaration | a file holds `use`, `const`, `fn`, `action`, `workflow` and `test`",
    ),
];

#[test]
fn mistakes_are_told_in_peoples_words() {
    for (text, wanted) in LINES {
        assert_eq!(told(&format!("workflow w {{\n{text}\n}}")), *wanted, "{text}");
    }
    for (text, wanted) in FILES {
        assert_eq!(told(text), *wanted, "{text}");
    }
}

#[test]
fn several_faults_of_a_file_are_told_together() {
    let text = "workflow a {\n  log(\"open)\n  step x http.get(\"u\")\n    timeout 5s\n  if a and b {\n    setp y = f(\n    let z 5\n  }\n}\n\
                workflow b {\n  input {\n    n\n  }\n  elif x { break }\n}\ntest \"t\" {\n  assert true\n}\n";
    let codes: Vec<&str> = parsed(text).diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["E0104", "E0112", "E0117", "E0101", "E0112", "E0125", "E0114", "E0128"]);
}

#[test]
fn an_unclosed_bracket_is_shown_with_what_came_instead() {
    let text = "workflow w {\n  step a = f(1, [2)\n}\n";
    let found = &parsed(text).diagnostics[0];
    assert_eq!((found.code, found.span.start), ("E0101", text.find('[').unwrap() as u32));
    assert_eq!(found.labels[0].span.start, text.find(')').unwrap() as u32);
}

#[test]
fn no_more_than_a_page_of_faults_is_told() {
    let text = format!("workflow w {{\n{}}}\n", "  foo bar\n".repeat(3000));
    let found = parsed(&text).diagnostics;
    assert_eq!(found.len(), 50);
    let help = found[49].help.as_deref().unwrap();
    assert!(help.ends_with("2950 more syntax errors of this file are not shown: mend these first"), "{help}");
}
