//! Any bytes as a file end in a run or in a sentence.

use super::Folder;

fn refused(name: &str, text: impl AsRef<[u8]>, parts: &[&str]) {
    let folder = Folder::new();
    folder.file(name, text);
    folder.wf(&["run", name]).ended(2).tells(parts);
    folder.wf(&["check", name]).ended(2).tells(parts);
}

#[test]
fn a_folder_or_nothing_is_no_file() {
    let folder = Folder::new();
    folder.wf(&["run", "."]).ended(2).tells(&["error: `.` is a folder, not a file"]);
    folder.wf(&["run", "missing.wf"]).ended(2).tells(&["error: `missing.wf` can't be read"]);
    folder.wf(&["check", "missing.wf"]).ended(2).tells(&["`missing.wf` can't be read", "1 file not read"]);
    folder.wf(&["check", "."]).ended(2).tells(&["no `.wf` file"]);
}

#[test]
fn a_file_over_its_bound_is_refused_unread() {
    refused("big.wf", vec![b' '; (1 << 20) + 1], &["larger than 1 MiB", "limit `source size`"]);
    let folder = Folder::new();
    folder.wf_reading(&["run", "-"], vec![b' '; (1 << 20) + 1]).ended(2).tells(&["larger than 1 MiB"]);
    folder.file("exact.wf", [b"workflow w {\n  log(\"x\")\n}\n".to_vec(), vec![b' '; (1 << 20) - 27]].concat());
    folder.wf(&["run", "exact.wf"]).ended(0);
}

#[test]
fn what_is_no_text_is_said_to_be_none() {
    refused("latin.wf", b"workflow w { log(\"\xe9\") }", &["not UTF-8", "byte 18"]);
    refused("nul.wf", b"workflow w {\n  log(\"a\")\n\0}\n", &["error"]);
}

#[test]
fn a_mark_at_the_beginning_and_both_line_ends_are_taken() {
    let folder = Folder::new();
    folder.file("bom.wf", "\u{feff}workflow w {\r\n  step a = exec(\"true\")\r\n  log(\"x\")\r\n}\r\n");
    folder.wf(&["run", "bom.wf"]).ended(0).tells(&["log: x"]);
    folder.wf(&["check", "bom.wf"]).ended(0);
}

#[test]
fn brackets_without_end_are_told_soon() {
    refused("deep.wf", "[".repeat(100_000), &["error"]);
    refused("deeper.wf", format!("workflow w {{\n  let a = {}\n}}\n", "(".repeat(100_000)), &["error"]);
    refused("line.wf", format!("workflow w {{ let a = {} }}", "x + ".repeat(200_000)), &["error"]);
}

#[test]
fn an_allowed_folder_is_stored_with_the_run() {
    let folder = Folder::with(
        "workflow w {\n  input { dir: string }\n  step a = call child(dir: input.dir)\n  output { text: string = a.text }\n}\n\
         workflow child {\n  input { dir: string }\n  step w = file.write(`${input.dir}/deep/report.txt`, \"told\")\n  \
         step r = file.read(w.path)\n  output { text: string = r.text }\n}\n",
    );
    let dir = format!("dir={}", folder.path().join("reports").display());
    folder.wf(&["run", "a.wf:w", "-i", &dir]).ended(1).tells(&["neither below the run's folder", "`allow_files`"]);
    folder.file("wayfare.toml", "allow_files = [\"reports\"]\n");
    folder.wf(&["run", "a.wf:w", "-i", &dir]).ended(1).tells(&["the allowed folder", "is not there"]);
    std::fs::create_dir(folder.path().join("reports")).expect("made");
    folder.wf(&["run", "a.wf:w", "-i", &dir]).ended(0).prints(&["\"text\": \"told\""]);
    assert_eq!(folder.read("reports/deep/report.txt"), "told");
    folder.wf(&["show", "last"]).prints(&["files", "/reports"]);
}
