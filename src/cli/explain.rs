//! `wf explain`: what a code means, with a wrong and a right example.

use serde_json::{Value as Json, json};

use crate::diag::codes::{self, Entry};
use crate::diag::{did_you_mean, near};

use super::args;
use super::console::{Console, Palette, styled};
use super::stop::{Exit, Stop};

/// How wide a paragraph is, in characters.
const COLUMNS: usize = 88;

/// How many codes are suggested for one that there is not.
const MAX_NEAR: usize = 3;

pub fn explain(console: &Console, args: &args::Explain) -> Result<Exit, Stop> {
    let Some(code) = &args.code else { return list(console) };
    let entry = codes::entry(code.trim()).ok_or_else(|| unknown(code))?;
    if console.json {
        console.print_json(&shape(entry))?;
    } else {
        console.print(&whole(entry, console.out_palette()))?;
    }
    Ok(Exit::Done)
}

fn list(console: &Console) -> Result<Exit, Stop> {
    let mut entries: Vec<&Entry> = codes::all().collect();
    entries.sort_by_key(|entry| entry.code);
    if console.json {
        console.print_json(&json!({ "codes": entries.iter().map(|entry| shape(entry)).collect::<Vec<Json>>() }))?;
        return Ok(Exit::Done);
    }
    let strong = console.out_palette().strong;
    let lines = entries.iter().map(|entry| format!("{}  {}\n", styled(strong, entry.code), entry.title));
    console.print(&lines.collect::<String>())?;
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Stop {
    let wanted = code.trim().to_uppercase();
    let mut near: Vec<&str> = near(&wanted, codes::all().map(|entry| entry.code)).into_iter().collect();
    // A code of which only the last digit is wrong is one of its family.
    if let Some(family) = wanted.get(..3) {
        near.extend(codes::all().map(|entry| entry.code).filter(|other| other.starts_with(family)));
    }
    let stop = Stop::wrong(format!("there is no code `{code}`"));
    match near.first() {
        Some(meant) if near.len() == 1 => stop.help(did_you_mean(meant)),
        Some(_) => {
            let mut few = Vec::new();
            near.into_iter().for_each(|code| {
                if !few.contains(&code) && few.len() < MAX_NEAR {
                    few.push(code)
                }
            });
            stop.help(format!("near ones are {}; `wf explain` lists all", few.join(", ")))
        }
        None => stop.help("`wf explain` lists all codes"),
    }
}

fn shape(entry: &Entry) -> Json {
    json!({
        "code": entry.code, "title": entry.title, "text": entry.text, "wrong": entry.wrong, "right": entry.right,
    })
}

fn whole(entry: &Entry, colours: &Palette) -> String {
    let mut text = format!("{}: {}\n\n", styled(colours.strong, entry.code), entry.title);
    for paragraph in entry.text.split("\n\n") {
        text.push_str(&folded(paragraph));
        text.push_str("\n\n");
    }
    text.push_str(&format!("{}\n\n{}\n", styled(colours.error, "wrong"), indented(entry.wrong)));
    text.push_str(&format!("{}\n\n{}", styled(colours.good, "right"), indented(entry.right)));
    text
}

/// The words of a paragraph in lines of at most [`COLUMNS`], but for longer words.
fn folded(paragraph: &str) -> String {
    let mut text = String::new();
    let mut width = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > COLUMNS {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text
}

fn indented(file: &str) -> String {
    let lines = file.lines().map(|line| if line.is_empty() { "\n".to_string() } else { format!("    {line}\n") });
    lines.collect()
}
