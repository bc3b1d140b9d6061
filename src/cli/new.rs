//! `wf new`: a folder whose workflow, test and README work as they are.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::diag::visible;
use crate::driver::doorway::environment;
use crate::program;

use super::args;
use super::console::{Console, styled};
use super::stop::{Exit, Stop};

/// What a folder without a usable name gives its workflow.
const NAMELESS: &str = "hello";

/// Of a longer folder's name, so much names the workflow.
const MAX_NAME_CHARS: usize = 40;

/// The name that the templates hold.
const PLACEHOLDER: &str = "NAME";

const WORKFLOW: &str = include_str!("new/workflow.wf");
const README: &str = include_str!("new/README.md");
const CONFIGURATION: &str = include_str!("new/wayfare.toml");

/// The store and its key are no part of what is shared with others.
const IGNORED: &str = ".wayfare/\n.wayfare*.key\n.wayfare.draft-*\n";

#[derive(Serialize)]
struct Made {
    folder: String,
    workflow: String,
    files: Vec<String>,
}

pub fn new(console: &Console, args: &args::New) -> Result<Exit, Stop> {
    let here = environment::current_dir()
        .map_err(|error| Stop::wrong(format!("the current folder can't be found: {error}")))?;
    let folder = here.join(&args.dir);
    let shown = args.dir.display().to_string();
    make(&folder, &shown)?;
    let workflow = workflow_name(&fs::canonicalize(&folder).unwrap_or(folder.clone()));
    let files = [
        (format!("{workflow}.wf"), WORKFLOW.replace(PLACEHOLDER, &workflow)),
        ("README.md".into(), README.replace(PLACEHOLDER, &workflow)),
        ("wayfare.toml".into(), CONFIGURATION.into()),
        (".gitignore".into(), IGNORED.into()),
    ];
    for (name, text) in &files {
        write(&folder.join(name), text)?;
    }
    let made = Made { folder: shown, workflow, files: files.into_iter().map(|(name, _)| name).collect() };
    tell(console, &made, &args.dir)
}

fn tell(console: &Console, made: &Made, dir: &Path) -> Result<Exit, Stop> {
    if console.json {
        console.print_json(made)?;
        return Ok(Exit::Done);
    }
    let Made { folder, workflow, files } = made;
    let mut text = format!("made {} with {}\n\nnext:\n", visible(folder), files.join(", "));
    if dir != Path::new(".") {
        text.push_str(&format!("  {}\n", command(console, &format!("cd {}", quoted(folder)))));
    }
    for next in [format!("wf check {workflow}.wf"), format!("wf run {workflow}.wf -i name=Ada"), "wf show last".into()]
    {
        text.push_str(&format!("  {}\n", command(console, &next)));
    }
    console.print(&text)?;
    Ok(Exit::Done)
}

fn command(console: &Console, text: &str) -> String {
    styled(console.out_palette().strong, visible(text))
}

/// As a shell takes it for one word.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=@%,".contains(c);
    if path.chars().all(is_plain) && !path.starts_with('-') {
        return path.into();
    }
    let path = if path.starts_with('-') { format!("./{path}") } else { path.into() };
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// Makes the folder; one that is there must be empty.
fn make(folder: &Path, shown: &str) -> Result<(), Stop> {
    let refuse = |what: String| Err(Stop::wrong(what).help("name a folder that isn't there yet, or an empty one"));
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => refuse(format!("the folder `{shown}` isn't empty; nothing was written")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(folder)
            .map_err(|error| Stop::wrong(format!("the folder `{shown}` can't be made: {error}"))),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => refuse(format!("`{shown}` is no folder")),
        Err(error) => refuse(format!("the folder `{shown}` can't be read: {error}")),
    }
}

/// Nothing that is there is written over, whoever made it meanwhile.
fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let made = fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = made.and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Stop::wrong(format!("`{}` can't be written: {error}", path.display())))
}

/// The folder's name as one of the language: small letters, digits and `_`, and no word that the language keeps.
fn workflow_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("_").chars().take(MAX_NAME_CHARS).collect();
    let name = match name.trim_matches('_') {
        "" => NAMELESS.to_string(),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("workflow_{name}"),
        name => name.to_string(),
    };
    // The language knows best which words are its own.
    let is_free = !program::compile("new.wf", &WORKFLOW.replace(PLACEHOLDER, &name)).has_errors();
    if is_free { name } else { format!("{name}_workflow") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_workflow_a_name() {
        let name = |folder: &str| workflow_name(Path::new(folder));
        assert_eq!(name("/x/backup"), "backup");
        assert_eq!(name("/x/My Nightly-Backup.d"), "my_nightly_backup_d");
        assert_eq!(name("/x/2026"), "workflow_2026");
        assert_eq!(name("/x/für"), "f_r");
        assert_eq!(name("/x/日本"), "hello");
        assert_eq!(name("/"), "hello");
        for word in ["for", "step", "signal", "call", "null", "if"] {
            assert_eq!(name(word), format!("{word}_workflow"));
        }
        assert_eq!(name("system"), "system", "names of workflows live apart from those of steps");
        assert_eq!(name(&"x".repeat(200)).len(), MAX_NAME_CHARS);
    }

    #[test]
    fn the_store_and_its_key_are_ignored() {
        assert_eq!(IGNORED.lines().collect::<Vec<_>>(), [".wayfare/", ".wayfare*.key", ".wayfare.draft-*"]);
    }

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(quoted("a/b-c.d"), "a/b-c.d");
        assert_eq!(quoted("it's mine"), r"'it'\''s mine'");
        assert_eq!(quoted("-x"), "'./-x'");
    }
}
