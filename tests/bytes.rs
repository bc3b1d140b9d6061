//! Files that git or an editor would mangle, or that are too large to lie in the suite: any bytes end in a run or in
//! findings, soon, and never in a panic.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::suite::wf;

/// Far above what any of them takes, and far below what anything quadratic would.
const SOON: Duration = Duration::from_secs(60);

enum Expected {
    /// `wf run` succeeds with these outputs.
    Output(Json),
    /// `wf check` finds this first: `CODE LINE:COLUMN`, a part of its message.
    Finds(&'static str, &'static str),
    /// `wf check` finds nothing.
    Clean,
    /// It is refused with exit code 2, and this is said.
    Refused(&'static str),
}
use Expected::{Clean, Finds, Output, Refused};

/// A workflow around some statements.
fn around(statements: &str) -> Vec<u8> {
    format!("workflow w {{\n{statements}\n}}\n").into_bytes()
}

fn cases() -> Vec<(&'static str, Vec<u8>, Expected)> {
    let n = |n: i64| Output(serde_json::json!({ "n": n }));
    let text = |text: &str| Output(serde_json::json!({ "text": text }));
    let many = 100_000;
    let mebi = 1 << 20;
    let mut exactly = b"workflow w { output { n: int = 1 } } // ".to_vec();
    exactly.resize(mebi, b'x');
    let mut one_more = exactly.clone();
    one_more.push(b'x');
    vec![
        ("a byte order mark", b"\xef\xbb\xbfworkflow w { output { n: int = 1 } }".to_vec(), n(1)),
        (
            "lines that end in CR LF",
            b"workflow w {\r\n  let n = 1\r\n    + 2\r\n  step a = exec(\"true\")\r\n    timeout 5s\r\n  output { n: int = n }\r\n}\r\n"
                .to_vec(),
            n(3),
        ),
        (
            "a place behind CR LF",
            b"workflow w {\r\n  let n = 1\r\n  log(unknown)\r\n}\r\n".to_vec(),
            Finds("E0201 3:7", "`unknown`"),
        ),
        (
            "a text over lines that end in CR LF",
            b"workflow w {\r\n  output { text: string = `a\r\nb` }\r\n}\r\n".to_vec(),
            text("a\nb"),
        ),
        ("no end of the last line", b"workflow w { output { n: int = 1 } } // end".to_vec(), n(1)),
        ("NUL between words", b"workflow w {\n  let a\0= 1\n}\n".to_vec(), Finds("E0106 2:8", "U+0000")),
        ("NUL in a text", b"workflow w { output { n: int = \"a\0b\".len() } }".to_vec(), n(3)),
        (
            "a right-to-left mark between words",
            "workflow w {\n  let \u{202e}a = 1\n}\n".into(),
            Finds("E0106 2:7", "U+202E"),
        ),
        (
            "a right-to-left mark in a text",
            "workflow w {\n  log(\"a\u{202e}b\")\n}\n".into(),
            Finds("W0102 2:9", "U+202E"),
        ),
        (
            "a right-to-left mark in a comment",
            "workflow w {\n  // a \u{2066}b\n}\n".into(),
            Finds("W0102 2:8", "U+2066"),
        ),
        ("a space that is none", "workflow w {\n  let a\u{a0}= 1\n}\n".into(), Finds("E0106 2:8", "U+00A0")),
        ("bytes that are no UTF-8", b"workflow w {\n  log(\"\xff\")\n}\n".to_vec(), Refused("UTF-8")),
        ("nothing", Vec::new(), Clean),
        ("only spaces and comments", b"  \n// nothing\n\t\n".to_vec(), Clean),
        ("a file of the largest size", exactly, n(1)),
        ("a byte more than the largest size", one_more, Refused("1 MiB")),
        ("brackets that are not closed", around(&format!("let a = {}", "(".repeat(many))), Finds("E0102 2:264", "256")),
        (
            "brackets in brackets",
            around(&format!("let a = {}1{}", "[".repeat(many), "]".repeat(many))),
            Finds("E0102 2:264", "256"),
        ),
        ("brackets that open nothing", around(&")".repeat(many)), Finds("E0103 2:1", ")")),
        ("blocks in blocks", around(&format!("{}{}", "if true {".repeat(50_000), "}".repeat(50_000))), Finds("E0102", "256")),
        ("comments in comments", format!("{}{}", "/*".repeat(many), "*/".repeat(many)).into_bytes(), Finds("E0102 1:1", "256")),
        ("templates in templates", around(&format!("log({}1{})", "`${".repeat(many), "}`".repeat(many))), Finds("E0102", "256")),
        (
            "types in types",
            around(&format!("input {{\n a: {}int{}\n}}", "list<".repeat(many), ">".repeat(many))),
            Finds("E0102", "256"),
        ),
        (
            "operators in a row",
            around(&format!("let a = 1{}", " + 1".repeat(many))),
            Finds("E0504", "`expression depth`: 256"),
        ),
        ("signs in a row", around(&format!("let a = {}1", "- ".repeat(many))), Finds("E0504", "`expression depth`")),
        ("fields in a row", around(&format!("let a = run{}", ".a".repeat(many))), Finds("E0504", "`expression depth`")),
        (
            "else ifs in a row",
            around(&format!("if 1 > 2 {{ log(\"x\") }}{}", " else if 1 > 2 { log(\"x\") }".repeat(5_000))),
            Clean,
        ),
        ("quotes", "\"".repeat(many + 1).into_bytes(), Finds("E0104 1:1", "doesn't end")),
        ("a name that is long", around(&format!("let {} = 1", "a".repeat(many))), Clean),
        (
            "more errors than can be read",
            around(&"let a 1\n".repeat(many)),
            Finds("E0112 2:7", "`=`"),
        ),
        (
            "constants that take long together",
            format!(
                "fn f(n) {{ if n == 0 {{ 0 }} else {{ f(n - 1) + f(n - 1) }} }}\n{}",
                (0..30_000).map(|n| format!("const A{n} = f(12)\n")).collect::<String>()
            )
            .into_bytes(),
            Finds("E0508", "`operations`"),
        ),
        (
            "constants that are large together",
            (0..30_000).map(|n| format!("const A{n} = \"x\".repeat(4000000)\n")).collect::<String>().into_bytes(),
            Finds("E0508", "`memory`"),
        ),
        (
            "constants that fail",
            (0..50_000).map(|n| format!("const A{n} = 1/0\n")).collect::<String>().into_bytes(),
            Finds("E0508", "division by zero"),
        ),
        ("a line of a mebibyte", around(&"log(1); ".repeat(mebi / 8 - 10)), Clean),
        ("noise", noise(300_000), Refused("")),
    ]
}

/// The same bytes each time: those of a small generator.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"(){}[]`\"'#$\\/*;,.=+- \n\rabinworkflow"[(state >> 33) as usize % 35]
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// What isn't as it is expected.
fn difference(bytes: &[u8], expected: &Expected, folder: &Path) -> Option<String> {
    let file = folder.join("case.wf");
    std::fs::write(&file, bytes).expect("a file");
    let file = file.to_string_lossy();
    let data = folder.join("data");
    let said = match expected {
        Output(_) => wf(&["run", "--json", "--quiet", &file], &data),
        Finds(..) | Clean | Refused(_) => wf(&["check", "--json", &file], &data),
    };
    let told = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let short: String = told.chars().take(2_000).collect();
    let json: Json = serde_json::from_slice(&said.stdout).unwrap_or_default();
    let fits = match expected {
        Output(output) => json["output"] == *output,
        Refused(part) => said.status.code() == Some(2) && told.contains(part) && !told.contains("panic"),
        Clean => said.status.code() == Some(0) && json["diagnostics"].as_array().is_some_and(Vec::is_empty),
        Finds(place, message) => {
            let first = &json["diagnostics"][0];
            let found = format!("{} {}:{}", first["code"].as_str().unwrap_or("?"), first["line"], first["column"]);
            let code = if place.starts_with('E') { 2 } else { 0 };
            let at_place = found.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            at_place
                && first["message"].as_str().is_some_and(|said| said.contains(message))
                && said.status.code() == Some(code)
        }
    };
    if fits { None } else { Some(format!("{}: {short}", said.status)) }
}

#[test]
fn any_bytes_end_in_a_run_or_in_findings() {
    let mut differences = Vec::new();
    for (name, bytes, expected) in cases() {
        let folder = tempfile::tempdir().expect("a folder");
        let begun = Instant::now();
        if let Some(difference) = difference(&bytes, &expected, folder.path()) {
            differences.push(format!("{name}: {difference}"));
        }
        let took = begun.elapsed();
        if took > SOON {
            differences.push(format!("{name} took {took:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// What stands where a file is expected, and isn't one.
#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let gone = folder.path().join("gone.wf");
    for command in ["run", "check"] {
        let said = wf(&[command, &gone.to_string_lossy()], &data);
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.code() == Some(2) && told.contains("gone.wf"), "{command}: {told}");
    }
    let said = wf(&["run", &folder.path().to_string_lossy()], &data);
    let told = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.code() == Some(2) && told.contains("folder"), "{told}");
    assert!(!data.exists(), "nothing is made for what is refused");
}
