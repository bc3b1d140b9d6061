//! The book and the README: what they show of the language is what the language is.
//!
//! A block that is fenced as `wf` is a whole file without a finding; `wf body` is the inside of a workflow; `wf wrong`
//! has an error, and `wf later` only such as say that this version can't run it yet.

use std::path::{Path, PathBuf};

use wayfare::program::compile;

struct Block {
    /// The file, and the line of the fence.
    place: String,
    kind: String,
    text: String,
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("the book is there");
    let docs = docs.map(|entry| entry.expect("an entry").path()).filter(|p| p.extension().is_some_and(|e| e == "md"));
    let mut pages: Vec<PathBuf> = docs.chain([root.join("README.md")]).filter(|p| p.exists()).collect();
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).expect("a page is text");
    let name = page.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                let place = format!("{name}:{number}");
                open = Some(Block { place, kind: kind.trim().to_string(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: the last block isn't closed");
    blocks.retain(|block| block.kind.split(' ').next() == Some("wf"));
    blocks
}

/// What is wrong with a block.
fn complaint(block: &Block) -> Option<String> {
    let text = match &*block.kind {
        "wf body" => format!("workflow example {{\n{}}}\n", block.text),
        _ => block.text.clone(),
    };
    let compiled = compile(&block.place, &text);
    let found: Vec<String> = compiled.diagnostics.iter().map(|d| format!("{} {}", d.code, d.message)).collect();
    let fits = match &*block.kind {
        "wf" | "wf body" => found.is_empty(),
        "wf wrong" => compiled.has_errors(),
        "wf later" => !found.is_empty() && found.iter().all(|f| f.starts_with("E06")),
        _ => return Some(format!("{}: `{}` is no kind of block", block.place, block.kind)),
    };
    if fits { None } else { Some(format!("{} ({}): {found:#?}", block.place, block.kind)) }
}

#[test]
fn every_block_of_the_book_is_as_it_says() {
    let blocks: Vec<Block> = pages().iter().flat_map(|page| blocks(page)).collect();
    assert!(blocks.len() >= 18, "the book shows only {} pieces of the language", blocks.len());
    let complaints: Vec<String> = blocks.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The page of limits names each limit that the code names.
#[test]
fn every_named_limit_is_on_its_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/limits.md")).expect("the page of limits");
    let mut files = vec![root.join("src")];
    let mut missing = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let named = |before: &'static str, end: char| {
            text.split(before).skip(1).filter_map(move |rest| rest.split(end).next()).map(str::to_string)
        };
        for name in named("limit `", '`').chain(named("Stop::limit(\"", '"')) {
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == ' ' || c == '-');
            if is_name && !page.contains(&format!("`{name}`")) {
                missing.push(format!("`{name}` of {}", path.display()));
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "docs/limits.md lacks {}", missing.join(", "));
}
