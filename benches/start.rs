//! The whole command: `wf run` of a file with one step.

use std::process::Command;

use super::reference::{append, median};
use super::table::Table;

pub fn figures() -> Table {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("one.wf");
    std::fs::write(&file, "workflow one {\n  step hello = exec(\"true\", [])\n}\n").expect("a file");
    let wf = env!("CARGO_BIN_EXE_wf");
    let run = median(21, || {
        let done = Command::new(wf).args(["run", "--quiet"]).arg(&file).output().expect("it runs");
        assert!(done.status.success(), "{done:?}");
    });
    let bare = median(21, || assert!(Command::new("true").status().expect("it runs").success()));
    let version = median(21, || assert!(Command::new(wf).arg("--version").output().expect("it runs").status.success()));
    let sync = append(dir.path(), 4096);
    let aim = 15.0 + 10.0 * sync.as_secs_f64() * 1e3;
    let ms = |d: std::time::Duration| format!("{:.1}", d.as_secs_f64() * 1e3);
    let mut table = Table::new("The command", &["what", "ms", "aim: 15 ms and ten fdatasync"]);
    table.row(&["`wf run` of one step".into(), ms(run), format!("{aim:.1}")]);
    table.row(&["`wf --version`".into(), ms(version), String::new()]);
    table.row(&["`true`, started and waited for".into(), ms(bare), String::new()]);
    table.row(&["`fdatasync` of 4 KiB".into(), ms(sync), String::new()]);
    table
}
