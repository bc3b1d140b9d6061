//! `wf history`: one line for each event of a run.

use std::path::Path;

use crate::diag::visible;
use crate::story::{Ops, line, sentence};

use super::args;
use super::console::{Console, json_line, styled};
use super::place;
use super::stop::{Exit, Stop};
use super::{names, store, told};

/// How many bytes are written at a time.
const CHUNK: usize = 64 * 1024;

pub fn history(console: &Console, data: Option<&Path>, args: &args::Named) -> Result<Exit, Stop> {
    let data = place::data_folder(data, None)?;
    let journal = store::look(&data, console)?;
    let run = names::find(journal.as_deref(), &args.run)?;
    let Some(journal) = journal else { return Ok(Exit::Wrong) };
    let mut ops = Ops::default();
    let mut seq = 0;
    let mut text = String::new();
    told::each(&*journal, run.id, |at, event| {
        ops.note(event);
        if console.json {
            text.push_str(&json_line(&line(Some(seq), at, event, &ops))?);
        } else {
            let time = styled(console.out_palette().faint, at);
            let from = ops.taken_from().map_or_else(String::new, |run| format!("[run {}] ", names::short(run)));
            text.push_str(&format!("{time}  {from}{}", visible(&sentence(event, &ops))));
        }
        text.push('\n');
        if text.len() >= CHUNK {
            console.print(&std::mem::take(&mut text))?;
        }
        seq += 1;
        Ok(())
    })?;
    console.print(&text)?;
    Ok(Exit::Done)
}
