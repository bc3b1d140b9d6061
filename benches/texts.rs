//! Parsing and checking a file of 1 MB.

use sha2::{Digest, Sha256};
use wayfare::source::{SourceId, Sources};

use super::reference::median;
use super::table::{Table, short};

/// A file as people write them, a megabyte of it.
fn text() -> String {
    let mut text = String::from("const MOST = 20\n\n");
    let mut n = 0;
    while text.len() < 1_000_000 {
        n += 1;
        text.push_str(&format!(
            r#"/// Restarts service {n} and says what came of it.
workflow restart_{n} {{
  input {{
    service: string           where service.len() > 0
    count:   int     = 2      where count >= 1 && count <= MOST
    mode:    "rolling" | "all" = "rolling"
  }}
  on schedule("0 6 * * MON-FRI", timezone: "Europe/Paris", memo: "morning check")
  timeout 2h

  // what is there now
  step status = exec("systemctl", ["is-active", input.service])
    timeout 5s
    retry 4 every 500ms..30s
    else #{{ code: 1, stdout: "", stderr: "" }}
  if status.code != 0 {{
    step restarted = exec("systemctl", ["restart", input.service]) timeout 1m
    log(`restarted ${{input.service}} in mode ${{input.mode}}`)
  }}
  let lines = for i in 0..input.count {{
    step line = shell("journalctl -n 1 -u \"$UNIT\"", env: #{{ UNIT: input.service }}) else #{{ code: 0, stdout: "", stderr: "" }}
    yield #{{ at: i, text: line.stdout.trim(), ok: line.code == 0 }}
  }}
  output {{
    healthy: bool      = status.code == 0 && lines.all(|l| l.ok)
    lines:   list<any> = lines
  }}
}}

"#
        ));
    }
    text.truncate(text[..1_000_000].rfind("/// Restarts").expect("a workflow"));
    text
}

pub fn figures() -> Table {
    let text = text();
    let megabytes = text.len() as f64 / 1e6;
    let sources = Sources::of("big.wf", &text);
    let source = sources.get(SourceId(0));
    let parse = median(7, || assert!(wayfare::syntax::parse(source).diagnostics.is_empty()));
    let parsed = wayfare::syntax::parse(source);
    let check = median(7, || {
        let found = wayfare::check::check(&sources, SourceId(0), &parsed.file, false);
        assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics.first());
    });
    let hash = median(7, || assert_ne!(Sha256::digest(text.as_bytes())[..4], [0; 4]));
    let mut table = Table::new("A file of 1 MB", &["what", "MB/s", "aim", "times SHA-256 of the same text"]);
    for (what, taken, aim) in [("parse", parse, "6"), ("check", check, "15")] {
        let ratio = taken.as_secs_f64() / hash.as_secs_f64();
        table.row(&[what.into(), short(megabytes / taken.as_secs_f64()), aim.into(), short(ratio)]);
    }
    table
}
