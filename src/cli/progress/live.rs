//! Progress on a terminal: what has ended scrolls by, what is under way moves below it, as a tree.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::console::{Console, styled};
use crate::diag::visible;
use crate::driver::doorway::clock::{Clock, SystemClock};

use super::board::{Board, Line, Mark, seconds};
use super::tree;

/// How often what is under way is drawn anew.
const FRAME: Duration = Duration::from_millis(100);

/// How many lines the tree has at most, and how many of the terminal it leaves free.
const MAX_LINES: usize = 16;
const FREE_LINES: usize = 3;

/// How many steps that turned are told at the end.
const MAX_TOLD_LOOPS: usize = 20;

/// How many times a second the terminal is written to at most.
const MAX_DRAWS: u8 = 20;

/// Where it is drawn.
pub fn target() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(MAX_DRAWS))
}

/// Writes lines and draws until nobody brings any more lines.
pub fn show(console: &Console, all: MultiProgress, board: &Mutex<Board>, lines: &Receiver<Line>) {
    let mut view = View { console, all, bar: None };
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
    view.close(&board.lock().unwrap_or_else(PoisonError::into_inner));
}

/// How many columns at the terminal's edge stay free: what the terminal echoes there (`^C`) must not begin another
/// line.
const EDGE: usize = 6;

/// The size of a terminal that doesn't tell its own.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

struct View<'a> {
    console: &'a Console,
    all: MultiProgress,
    /// The whole tree; none while nothing is under way.
    bar: Option<ProgressBar>,
}

impl View<'_> {
    fn write(&self, line: &Line) {
        if line.folds {
            return;
        }
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

    fn draw(&mut self, board: &Board) {
        let (width, height) = size();
        let (width, height) =
            (width.saturating_sub(EDGE).max(1), height.saturating_sub(FREE_LINES).clamp(1, MAX_LINES));
        let lines = tree::lines(board, SystemClock.now(), width, height, self.console.palette());
        if lines.is_empty() {
            return self.clear();
        }
        let bar = self.bar.get_or_insert_with(|| self.all.add(ProgressBar::new_spinner().with_style(style())));
        bar.set_message(lines.join("\n"));
        bar.tick();
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    /// Nothing goes on any more: what was only counted is told.
    fn close(&mut self, board: &Board) {
        self.clear();
        for (step, turns) in board.folded().take(MAX_TOLD_LOOPS) {
            let glyph = styled(self.console.palette().good, "✓");
            let counted = styled(self.console.palette().faint, tree::counted(turns));
            let _ = self.all.println(format!("{glyph} {}  {counted}", visible(step)));
        }
        let _ = self.all.clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Columns and lines.
fn size() -> (usize, usize) {
    let found = terminal_size::terminal_size_of(std::io::stderr());
    found.map_or(DEFAULT_SIZE, |(width, height)| (usize::from(width.0), usize::from(height.0)))
}

fn join(parts: &[String]) -> String {
    let full = parts.iter().filter(|part| !anstream::adapter::strip_str(part).to_string().is_empty());
    full.map(String::as_str).collect::<Vec<_>>().join("  ")
}
