//! Progress without a terminal: one line for each thing that happened, as it happens.

use std::sync::mpsc::Receiver;

use crate::cli::console::Console;
use crate::diag::visible;

use super::board::{Line, Mark, seconds};

/// Writes lines until nobody brings any more.
pub fn show(console: &Console, lines: &Receiver<Line>) {
    for line in lines {
        match line.mark {
            Mark::Log => line.text.lines().for_each(|said| console.note(&log(&line.step, said))),
            _ => console.note(&text(&line)),
        }
    }
}

fn log(step: &str, said: &str) -> String {
    format!("log: {}{}", visible(step), visible(said))
}

/// `step health … ok 0.3s`
fn text(line: &Line) -> String {
    let (step, said) = (visible(&line.step), visible(&line.text));
    let took = line.took.map_or_else(String::new, |length| format!(" {}", seconds(length)));
    match line.mark {
        Mark::Ok => format!("step {step} … ok{took}"),
        Mark::FellBack => format!("step {step} … failed, took its else{took}"),
        Mark::Failed => format!("step {step} … failed{took}: {said}"),
        Mark::Stopped => format!("step {step} … stopped{took}"),
        Mark::Again => format!("step {step} … {said}"),
        Mark::Resumed => format!("step {step} … was cut off and is made again"),
        Mark::Sleep => format!("{step} {said}"),
        Mark::Log => log(&line.step, &line.text),
        Mark::Note => said.into_owned(),
    }
}
