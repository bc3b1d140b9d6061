//! Texts that nobody should write. Each must end in findings, never in a panic, and at a cost that grows with the
//! length alone: a cost that grew faster would show here as a test that doesn't end.

use proptest::prelude::*;

use crate::source::{MAX_SOURCE_BYTES, Source, SourceId, Sources};
use crate::syntax::MAX_NESTING;
use crate::syntax::ast::File;
use crate::syntax::findings::{Findings, MOST};
use crate::syntax::scan::scan;

use super::{Show, parse, parsed};

/// Long enough that a square of it would not end in a test, short enough for a debug build.
const SOME: usize = 1 << 16;

/// Parses, and holds whatever comes to what is promised of any text.
fn survives(text: &str) -> Vec<&'static str> {
    let set = Sources::of("a.wf", text);
    let source = set.get(SourceId(0));
    let parsed = parse(source);
    let shown = shown(source, &parsed.file);
    assert!(shown.len() <= 64 * text.len() + 1000, "a tree is no larger than its text");
    for found in &parsed.diagnostics {
        for span in [found.span].into_iter().chain(found.labels.iter().map(|l| l.span)) {
            let (start, end) = (span.start as usize, span.end as usize);
            assert!(
                text.get(start..end).is_some(),
                "{span:?} lies in the text, on whole characters: {}",
                found.message
            );
        }
        assert!(found.message.len() < 1000, "{}", found.message);
    }
    for comment in &parsed.file.comments {
        assert!(text.get(comment.span.start as usize..comment.span.end as usize).is_some());
    }
    assert!(parsed.diagnostics.is_sorted_by_key(|d| d.span.start));
    assert!(parsed.diagnostics.iter().filter(|d| d.is_error()).count() <= MOST);
    assert!(parsed.diagnostics.iter().filter(|d| !d.is_error()).count() <= MOST);
    parsed.diagnostics.iter().map(|d| d.code).collect()
}

/// The printer of these tests is hungry for stack, in a debug build.
fn shown(source: &Source, file: &File) -> String {
    std::thread::scope(|scope| {
        let big = std::thread::Builder::new().stack_size(64 << 20);
        big.spawn_scoped(scope, || Show(source).file(file)).unwrap().join().unwrap()
    })
}

/// `unit` again and again, up to so many bytes.
fn many(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

fn within(inner: &str) -> String {
    format!("workflow w {{\n{inner}\n}}\n")
}

#[test]
fn repetitions_of_anything_end() {
    let units = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "#{",
        "${",
        "`${",
        "(]",
        "([{`${",
        "`",
        "\"",
        "'",
        "don't ",
        "#",
        "#\"",
        "####\"",
        "\\",
        "/",
        "/*",
        "*/",
        "//\n",
        "///a\n",
        "///a\n\n",
        "/* */ ",
        "\0",
        "é",
        "\u{200F}",
        "\u{202E}",
        "\u{FEFF}",
        "\u{A0}",
        "\r",
        "\r\n",
        "\n",
        " ",
        "\t",
        ";",
        ";\n",
        ",",
        ".",
        "=",
        "|",
        "!",
        "-",
        "a ",
        "a\n",
        "a=",
        "1d",
        "..",
        "if ",
        "step ",
        "workflow ",
        "workflow w {\n",
        "workflow w { log( }\n",
        "workflow w {\n log(\n}\n",
        "test \"a\" {",
        "let x = for a in b {",
        "use ",
        "else if a {",
        "retry ",
        "when x ",
        "a:",
        "list<",
        "name: T = ",
        "?",
    ];
    for unit in units {
        survives(&many(unit, SOME / 4));
        survives(&within(&many(unit, SOME / 4)));
        let few = many(unit, SOME / 64);
        survives(&format!("workflow w {{ step s = f({few}"));
        survives(&format!("workflow w {{ input {{ a: {few}"));
        survives(&format!("test \"t\" {{ mock a = {few}"));
    }
}

#[test]
fn long_chains_without_brackets_are_no_recursion() {
    let chain = |unit: &str| many(unit, SOME);
    let fine = [
        format!("const A = {}a", chain("!")),
        format!("const A = {}a", chain("|a| ")),
        format!("const A = {}1", chain("1 + ")),
        format!("const A = a{}", chain(".a")),
        format!("const A = if a {{1}}{} else {{2}}", chain(" else if a {1}")),
        within(&format!("if a {{ }}{}", chain(" else if a { }"))),
        within(&format!("step a = f(){}", chain(" undo g()"))),
        within(&format!("step a = f(){}", chain("\n once"))),
        within(&format!("step a = f(){}once", chain("\n"))),
        within(&chain("let a = 1; ")),
        within(&format!("let a = \"{}\"", chain("x"))),
        within(&format!("let a = \"{}\"", chain("\\\n"))),
        format!("test \"t\" {{ mock a{} = 1 }}", chain(".a")),
        format!("action a({}) {{ }}", chain("a: int, ")),
    ];
    for text in fine {
        assert_eq!(survives(&text), [""; 0], "{}", &text[..40]);
    }
}

#[test]
fn nesting_is_fine_up_to_its_limit_and_named_beyond() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    // A workflow's braces are one level themselves.
    let deep = MAX_NESTING - 1;
    for (open, inner, close) in
        [("if a { ", "break", " }"), ("try { ", "break", " }"), ("let x = while a { ", "yield 1", " }")]
    {
        assert_eq!(survives(&within(&nested(open, inner, close, deep))), [""; 0]);
        assert_eq!(survives(&within(&nested(open, inner, close, deep + 1))), ["E0102"]);
        assert_eq!(survives(&within(&nested(open, inner, close, 20_000))), ["E0102"]);
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("#{ a: ", "}")] {
        assert_eq!(survives(&format!("const A = {}", nested(open, "1", close, MAX_NESTING))), [""; 0]);
        assert_eq!(survives(&format!("const A = {}", nested(open, "1", close, 100_000))), ["E0102"]);
    }
    assert_eq!(survives(&format!("const A = {}", nested("`${", "1", "}`", MAX_NESTING))), [""; 0]);
    assert_eq!(survives(&format!("const A = {}", nested("`${", "1", "}`", 20_000))), ["E0102"]);
    assert_eq!(survives(&format!("{} workflow w {{ }}", nested("/*", "", "*/", MAX_NESTING))), [""; 0]);
    assert_eq!(survives(&format!("{} workflow w {{ }}", nested("/*", "", "*/", 20_000))), ["E0102"]);
    let list = |depth| within(&format!("input {{ a: {} }}", nested("list<", "int", ">", depth)));
    assert_eq!(survives(&list(MAX_NESTING)), [""; 0]);
    assert_eq!(survives(&list(10_000)), ["E0102"]);
    let mixed = within(&format!("input {{ a: {} }}", nested(&"list<".repeat(100), "{ a: int }", &">".repeat(100), 3)));
    assert_eq!(survives(&mixed), ["E0102"]);
}

#[test]
fn blocks_that_end_in_junk_are_read_once() {
    let inner = "step a = f(1)\n".repeat(200);
    for (open, close) in [
        ("let x = for a in b {\n", "} junk\n"),
        ("if a and b {\n", "}\n"),
        ("while {\n", "} junk\n"),
        ("for a of b {\n", "}\n"),
        ("try x {\n", "} catch (e) { }\n"),
        ("step a = f(notify: g(1,\n", ") x)\n"),
    ] {
        let codes = survives(&within(&format!("{}{inner}{}", open.repeat(100), close.repeat(100))));
        assert!(!codes.is_empty());
    }
}

#[test]
fn a_file_of_the_largest_size_is_taken() {
    let whole = include_str!("files/whole.wf");
    let text = whole.repeat(MAX_SOURCE_BYTES as usize / 4 / whole.len());
    assert_eq!(survives(&text), [""; 0]);
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    let unix = "/// Doc.\nworkflow w {\n  step a = f(\n    1)\n    timeout 5s\n\n    once\n}\n";
    for text in [unix.replace('\n', "\r\n"), unix.replace('\n', "\r"), format!("\u{FEFF}{unix}")] {
        assert_eq!(survives(&text), [""; 0], "{text:?}");
        assert_eq!(super::tree(&text).replace('\r', "\n").replace("\n\n", "\n"), super::tree(unix));
    }
    assert_eq!(survives("workflow w { \u{FEFF} }"), ["E0106"]);
    assert_eq!(survives("workflow w\0 { }"), ["E0106"]);
    assert_eq!(survives("workflow w { log(\"\0\u{200F}\") } // \0"), [""; 0]);
}

#[test]
fn twenty_two_unclosed_brackets_of_all_kinds() {
    let text = within(&format!("step a = f{}", "([{`${".repeat(22)));
    assert!(survives(&text).contains(&"E0101"));
}

#[test]
fn what_is_broken_takes_little_with_it() {
    let text = "workflow a {\n  let x = \"open\n  let y 1\n}\nworkflow b {\n  if x {\n    let y 2\n}\nworkflow c {\n  let y 3\n}\n";
    let parsed = parsed(text);
    assert_eq!(parsed.file.items.len(), 3);
    assert_eq!(
        parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(),
        ["E0104", "E0112", "E0101", "E0112", "E0112"]
    );
}

/// Whatever the text, what the grammar gets has its length and lines and no fault of brackets or quotes.
fn mended_is_clean(text: &str) {
    let mut findings = Findings::default();
    let once = scan(text, 0, &mut findings).text.into_owned();
    assert_eq!(once.len(), text.len());
    assert!(once == text || !findings.is_clean(), "what is mended is told: {text:?}");
    let mut again = Findings::default();
    assert_eq!(scan(&once, 0, &mut again).text, once);
    assert!(again.is_clean(), "{once:?}");
}

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#{",
    "`",
    "${",
    "\"",
    "'",
    "\n",
    "\n\n",
    " ",
    "\\",
    "//",
    "///",
    "/*",
    "*/",
    "#\"",
    "\"#",
    "é",
    "\u{202E}",
    "\0",
    "\r",
    ";",
    ",",
    ".",
    "..",
    ":",
    "=",
    "==",
    "|",
    "||",
    "?",
    "<",
    ">",
    "-",
    "!",
    "&&",
    "1",
    "5s",
    "a",
    "x",
    "step ",
    "let ",
    "if ",
    "else ",
    "for ",
    "in ",
    "while ",
    "try ",
    "catch ",
    "finally ",
    "race ",
    "parallel ",
    "branch ",
    "yield ",
    "return ",
    "fail ",
    "sleep ",
    "until ",
    "send ",
    "to ",
    "emit(",
    "log(",
    "restart(",
    "wait ",
    "signal ",
    "call ",
    "timeout ",
    "within ",
    "retry ",
    "every ",
    "when ",
    "once ",
    "undo ",
    "rate_limit ",
    "per ",
    "input ",
    "output ",
    "on ",
    "as ",
    "with ",
    "concurrency ",
    "overlap ",
    "retention ",
    "run as ",
    "workflow w {\n",
    "\nworkflow ",
    "\naction a(",
    "\nfn f(",
    "\nuse ",
    "\nconst ",
    "\ntest \"t\" {\n",
    "mock ",
    "given ",
    "headers ",
    "expect ",
    "advance ",
    "down",
    "crash after ",
    "answer ",
    "secret ",
    "list<",
    "map<",
    "string",
    "where ",
    "notify: ",
    "fields: {",
    "f(",
    "script ",
    "switch ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let text = String::from_utf8_lossy(&bytes);
        survives(&text);
        mended_is_clean(&text);
    }

    #[test]
    fn any_pieces_survive(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..120)) {
        let text = pieces.concat();
        survives(&text);
        survives(&within(&text));
        mended_is_clean(&text);
    }

    #[test]
    fn any_change_of_a_whole_file_survives(
        at in 0.0..1.0_f64,
        cut in 0_usize..60,
        piece in proptest::sample::select(PIECES),
        other in 0.0..1.0_f64,
    ) {
        let whole = include_str!("files/whole.wf");
        let place = |share: f64| whole.floor_char_boundary((whole.len() as f64 * share) as usize);
        let (first, second) = (place(at.min(other)), place(at.max(other)));
        let end = whole.floor_char_boundary((first + cut).min(whole.len()));
        let changed = format!("{}{piece}{}", &whole[..first], &whole[end..]);
        let swapped = format!("{}{}{}", &whole[..first], &whole[second..], &whole[first..second]);
        for text in [changed.as_str(), swapped.as_str(), &whole[..first], &whole[first..]] {
            survives(text);
            mended_is_clean(text);
        }
    }

    /// What stands in quotes or comments has no meaning for the parse.
    #[test]
    fn quoted_text_means_nothing(inner in "[ -!#-\\[\\]-~é\u{202F}]{0,60}") {
        let text = format!("workflow w {{ log(\"{inner}\") }} // {inner}\n");
        prop_assert_eq!(survives(&text), [""; 0]);
    }
}
