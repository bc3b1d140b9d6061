//! Progress on a terminal: what has ended scrolls by, what is under way moves below it, a line each.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::Style;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::console::{Console, styled};
use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};
use crate::model::{OpId, RunId, Time};

use super::board::{Active, Board, Line, Mark, seconds};

/// How often what is under way is drawn anew.
const FRAME: Duration = Duration::from_millis(100);

/// How many lines of what is under way are drawn; the rest is counted.
const MAX_LINES: usize = 12;

/// How many times a second the terminal is written to at most.
const MAX_DRAWS: u8 = 20;

/// Where it is drawn.
pub fn target() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(MAX_DRAWS))
}

/// Writes lines and draws until nobody brings any more lines.
pub fn show(console: &Console, all: MultiProgress, board: &Mutex<Board>, lines: &Receiver<Line>) {
    let mut view = View { console, all, bars: BTreeMap::new(), more: None, width: width(), style: style(width()) };
    loop {
        match lines.recv_timeout(FRAME) {
            Ok(line) => {
                view.write(&line);
                lines.try_iter().for_each(|line| view.write(&line));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        view.draw(&board.lock().unwrap_or_else(PoisonError::into_inner));
    }
    view.clear();
}

/// How many columns at the terminal's edge stay free, the spinner's included.
const EDGE: u16 = 8;

/// The width of a terminal that doesn't tell its own.
const DEFAULT_WIDTH: u16 = 80;

struct View<'a> {
    console: &'a Console,
    all: MultiProgress,
    bars: BTreeMap<(RunId, OpId), ProgressBar>,
    more: Option<ProgressBar>,
    width: u16,
    style: ProgressStyle,
}

impl View<'_> {
    fn write(&self, line: &Line) {
        // A terminal that takes nothing shows nothing: there is nobody to tell.
        let _ = match line.mark {
            Mark::Log => line.text.lines().try_for_each(|said| self.all.println(self.log(&line.step, said))),
            _ => self.all.println(self.text(line)),
        };
    }

    fn log(&self, step: &str, said: &str) -> String {
        format!("{} {}{}", styled(self.console.palette().faint, "log:"), visible(step), visible(said))
    }

    fn text(&self, line: &Line) -> String {
        let colours = self.console.palette();
        let (glyph, style) = match line.mark {
            Mark::Ok => ("✓", colours.good),
            Mark::FellBack => ("✓", colours.warning),
            Mark::Failed => ("✗", colours.error),
            Mark::Stopped => ("■", colours.faint),
            Mark::Again | Mark::Resumed => ("↻", colours.warning),
            Mark::Sleep => ("◷", colours.busy),
            Mark::Log => return self.log(&line.step, &line.text),
            Mark::Note => return visible(&line.text).into_owned(),
        };
        let said = match line.mark {
            Mark::Resumed => "was cut off and is made again",
            Mark::FellBack => "failed, took its else",
            Mark::Ok | Mark::Failed | Mark::Stopped | Mark::Again | Mark::Sleep | Mark::Log | Mark::Note => &line.text,
        };
        let took = line.took.map_or_else(String::new, seconds);
        let parts = [visible(&line.step).into_owned(), styled(colours.faint, took), visible(said).into_owned()];
        format!("{} {}", styled(style, glyph), join(&parts))
    }

    /// Takes the terminal's width as it is now.
    fn fit(&mut self) {
        let width = width();
        if width != self.width {
            (self.width, self.style) = (width, style(width));
            self.bars.values().chain(&self.more).for_each(|bar| bar.set_style(self.style.clone()));
        }
    }

    fn draw(&mut self, board: &Board) {
        let now = SystemClock.now();
        self.fit();
        self.bars.retain(|key, bar| {
            let stays = board.get(key).is_some_and(|active| !active.is_parent(board));
            if !stays {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            stays
        });
        let mut hidden = 0;
        for (key, active) in board.active().filter(|(_, active)| !active.is_parent(board)) {
            if !self.bars.contains_key(key) && self.bars.len() >= MAX_LINES {
                hidden += 1;
                continue;
            }
            let bar = self
                .bars
                .entry(*key)
                .or_insert_with(|| self.all.add(ProgressBar::new_spinner().with_style(self.style.clone())));
            bar.set_message(under_way(active, now, self.console.palette().faint));
            bar.tick();
        }
        self.count(hidden);
    }

    fn count(&mut self, hidden: usize) {
        if hidden == 0 {
            if let Some(more) = self.more.take() {
                more.finish_and_clear();
                self.all.remove(&more);
            }
            return;
        }
        let more =
            self.more.get_or_insert_with(|| self.all.add(ProgressBar::new_spinner().with_style(self.style.clone())));
        more.set_message(format!("… and {hidden} more"));
        more.tick();
    }

    fn clear(&self) {
        let _ = self.all.clear();
    }
}

/// A line that is cut before the terminal's edge: what the terminal echoes there (`^C`) must not begin another one.
fn style(width: u16) -> ProgressStyle {
    let template = format!("{{spinner}} {{msg:{}!}}", width.saturating_sub(EDGE).max(1));
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn width() -> u16 {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(DEFAULT_WIDTH, |(width, _)| width.0)
}

/// `health  exec  attempt 2  3.2s  the last line it printed`
fn under_way(active: &Active, now: Time, faint: Style) -> String {
    let attempt = if active.attempt > 1 { format!("attempt {}", active.attempt) } else { String::new() };
    let time = match active.until {
        Some(until) => format!("{} left", seconds(until.since(now))),
        None => seconds(now.since(active.since)),
    };
    let parts = [
        visible(&active.step).into_owned(),
        styled(faint, &active.action),
        styled(faint, attempt),
        styled(faint, time),
        styled(faint, visible(&active.said)),
    ];
    join(&parts)
}

fn join(parts: &[String]) -> String {
    let full = parts.iter().filter(|part| !anstream::adapter::strip_str(part).to_string().is_empty());
    full.map(String::as_str).collect::<Vec<_>>().join("  ")
}
