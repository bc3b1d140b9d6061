//! The check's own tests: many small files with their findings written into them.
//!
//! A file of `cases/` holds cases set apart by lines `---- name`. Below a line of a case, a comment with `^^^` marks
//! what is underlined there, followed by the code and, if it is to be looked at, a part of the message. A case has
//! exactly the findings that are marked. `---- all: name` also hears what can't be run yet.

use crate::check::MAX_TOLD;
use crate::diag::{Diagnostic, render};
use crate::program::compile;
use crate::source::{Sources, Span};

/// A finding as a case expects it: line, column and width of the underlined, code, part of the message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    line: u32,
    column: u32,
    width: u32,
    code: String,
    message: String,
}

fn expected(text: &str) -> Vec<Expected> {
    let mut all = Vec::new();
    let mut code_line = 0;
    for (number, line) in text.lines().enumerate() {
        match line.find('^').filter(|_| line.trim_start().starts_with("//")) {
            None => code_line = number as u32 + 1,
            Some(start) => {
                let width = line[start..].chars().take_while(|c| *c == '^').count();
                let rest = line[start + width..].trim();
                let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
                let column = line[..start].chars().count() as u32 + 1;
                let (code, message) = (code.to_string(), message.trim().to_string());
                all.push(Expected { line: code_line, column, width: width as u32, code, message });
            }
        }
    }
    all.sort();
    all
}

fn found(sources: &Sources, diagnostic: &Diagnostic) -> Expected {
    let source = sources.at(diagnostic.span.start).expect("a source");
    let place = source.line_column(diagnostic.span.start);
    let end = diagnostic.span.end.min(source.span().end);
    let text = source.slice(Span::new(diagnostic.span.start, end));
    let width = text.lines().next().unwrap_or_default().chars().count().max(1) as u32;
    let (code, message) = (diagnostic.code.to_string(), diagnostic.message.clone());
    Expected { line: place.line, column: place.column, width, code, message }
}

fn run(file: &str, text: &str) -> usize {
    let mut count = 0;
    let mut wrong = String::new();
    for case in text.split("---- ").skip(1) {
        let (name, body) = case.split_once('\n').expect("a case has a name");
        count += 1;
        let compiled = compile(file, body);
        let all = name.starts_with("all: ");
        let heard: Vec<Diagnostic> =
            compiled.diagnostics.into_iter().filter(|d| all || !d.code.starts_with("E06")).collect();
        let mut found: Vec<Expected> = heard.iter().map(|d| self::found(&compiled.sources, d)).collect();
        found.sort();
        let expected = expected(body);
        let same = |(e, f): (&Expected, &Expected)| {
            (e.line, e.column, e.width, &e.code) == (f.line, f.column, f.width, &f.code)
                && f.message.contains(&e.message)
        };
        if expected.len() != found.len() || !expected.iter().zip(&found).all(same) {
            let shown = render(&compiled.sources, &heard, false);
            let line = |e: &Expected| format!("\n  {}:{} ({}) {} {}", e.line, e.column, e.width, e.code, e.message);
            let lines = |all: &[Expected]| all.iter().map(line).collect::<String>();
            wrong.push_str(&format!(
                "== {file}: {name}\nexpected{}\nfound{}\n\n{shown}\n",
                lines(&expected),
                lines(&found)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    count
}

macro_rules! cases {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            let file = concat!(stringify!($name), ".wf");
            assert!(run(file, include_str!(concat!("cases/", stringify!($name), ".wf"))) > 0);
        }
    )* };
}

cases! { names paths fields types arguments order clauses blocks triggers trials expressions secrets unready }

/// Every code's wrong file has exactly that finding, and its right file none; this holds for the parser's codes too.
#[test]
fn examples_of_all_codes_are_true() {
    let codes = |text: &str| -> Vec<&str> { compile("example.wf", text).diagnostics.iter().map(|d| d.code).collect() };
    let mut wrong = String::new();
    for entry in crate::diag::codes::all() {
        let (bad, good) = (codes(entry.wrong), codes(entry.right));
        if bad != [entry.code] || !good.is_empty() {
            wrong.push_str(&format!("{}: wrong gives {bad:?}, right gives {good:?}\n", entry.code));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every code that this room can tell is in the table.
#[test]
fn every_code_has_an_entry() {
    let mut known = 0;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/check")).expect("the room's folder") {
        let path = file.expect("a file").path();
        let is_test = path.ends_with("findings.rs") || path.ends_with("cases.rs");
        if is_test || path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        for word in text.split('"').filter(|w| w.len() == 5 && (w.starts_with("E0") || w.starts_with("W0"))) {
            assert!(crate::diag::codes::entry(word).is_some(), "{word} of {} has no entry", path.display());
            known += 1;
        }
    }
    assert!(known > 40, "only {known} codes were found");
}

/// Files made to be costly. What a hash would hide shows here: each is checked in time, whatever comes of it.
#[test]
fn costly_files_end() {
    let many = |n: usize, line: fn(usize) -> String| (0..n).map(line).collect::<String>();
    let files = [
        format!("workflow w {{\n{}}}\n", many(3_000, |i| format!(" step a{} = exec(\"x\")\n", i % 7))),
        format!("workflow w {{ let z = [{}] }}\n", many(20_000, |i| format!("a{i},"))),
        format!(
            "workflow w {{\n let a0 = #{{ x: 1 }}\n{}}}\n",
            many(2_000, |i| { format!(" let a{} = #{{ x: a{i}, y: a{i} }}\n", i + 1) })
        ),
        many(3_000, |i| format!("const A{i} = A{} + 1\n", i + 1)),
        many(3_000, |i| format!("fn f{i}(x) {{ f{}(x) }} ", i + 1)),
        format!("workflow w {{\n{}step a = exec(\"x\"){}\n}}\n", "if 1 < 2 { ".repeat(250), "}".repeat(250)),
        format!("const A = {}1{}\n", "#{ a: ".repeat(200), " }".repeat(200)),
        format!("workflow w {{ input {{ a: {}string{} }} }}\n", "list<".repeat(200), ">".repeat(200)),
        format!(
            "workflow w {{\n let a = 1\n{}}}\n",
            many(3_000, |i| format!(" let b{i} = a\n for n in [b{i}] {{ }}\n"))
        ),
    ];
    for text in files {
        let found = compile("costly.wf", &text).diagnostics;
        assert!(found.len() <= 2 * MAX_TOLD, "{} findings", found.len());
    }
}

/// Whatever the bytes, there are findings or a plan, and findings lie within the file.
#[test]
fn broken_files_are_told_and_not_panicked_over() {
    let whole = include_str!("../syntax/tests/files/whole.wf");
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    const BITS: [&str; 14] =
        ["{", "}", "(", "\"", "`", "${", "#{", "\0", "\u{202e}", "é", " step ", "=", "\n\n", "let x = "];
    for _ in 0..150 {
        let mut text = whole.to_string();
        for _ in 0..=next(4) {
            let at = (0..=next(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = (at + next(30)).min(text.len());
            let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(at);
            text.replace_range(at..end, BITS[next(BITS.len())]);
        }
        let compiled = compile("broken.wf", &text);
        let length = text.len() as u32;
        assert!(compiled.diagnostics.iter().all(|d| d.span.start <= length && d.span.end <= length + 1));
        assert_eq!(compiled.plan.is_none(), compiled.diagnostics.iter().any(Diagnostic::is_error));
        assert!(!render(&compiled.sources, &compiled.diagnostics, true).is_empty());
    }
}
