//! What is under way as a tree: the steps of each run, and below a step that called a run the steps of that one. Pure:
//! a board, a time and a size give lines of text.
//!
//! Loops don't make it long: of the turns of one step the oldest few are shown, the rest is counted. A line never
//! reaches the edge of the terminal.

use anstyle::Style;
use unicode_width::UnicodeWidthChar;

use crate::cli::console::{Palette, styled};
use crate::diag::visible;
use crate::model::{RunId, Time};

use super::board::{Active, Board, Turns, seconds};

/// How many turns of one step are shown each on a line of its own.
const MAX_TURNS: usize = 3;

/// How many steps that turn are counted in the tree.
const MAX_LOOPS: usize = 4;

/// How far the tree is indented; what lies deeper stands at this depth.
const MAX_DEPTH: usize = 8;

/// How long each picture of the turning glyph stays, in ms.
const TURN_MS: i64 = 100;

const TURNING: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The tree in at most `height` lines of at most `width` columns.
pub fn lines(board: &Board, now: Time, width: usize, height: usize, colours: &Palette) -> Vec<String> {
    let mut tree = Tree { board, now, colours, rows: Vec::new() };
    board.roots().into_iter().for_each(|run| tree.run(run, 0));
    tree.loops();
    let Tree { rows, .. } = tree;
    let mut lines: Vec<String> = rows.iter().map(|row| row.cut(width)).collect();
    if lines.len() > height {
        let hidden = lines.len() - height.saturating_sub(1);
        lines.truncate(height.saturating_sub(1));
        lines.push(styled(colours.faint, format!("… and {hidden} more")));
    }
    lines
}

/// A line before it is cut: pieces of harmless text, each in a style.
struct Row(Vec<(Style, String)>);

impl Row {
    /// As much of it as fits, with a mark where something is missing.
    fn cut(&self, width: usize) -> String {
        let whole: usize = self.0.iter().map(|(_, text)| columns(text)).sum();
        let mut left = if whole > width { width.saturating_sub(1) } else { width };
        let mut line = String::new();
        for (style, text) in &self.0 {
            let shown = fitting(text, left);
            left -= columns(shown);
            if !shown.is_empty() {
                line.push_str(&styled(*style, shown));
            }
            if shown.len() < text.len() {
                break;
            }
        }
        if whole > width && width > 0 {
            line.push('…');
        }
        line
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The longest beginning of that many columns.
fn fitting(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > most
    });
    end.map_or(text, |(end, _)| &text[..end])
}

struct Tree<'a> {
    board: &'a Board,
    now: Time,
    colours: &'a Palette,
    rows: Vec<Row>,
}

impl Tree<'_> {
    fn run(&mut self, run: RunId, depth: usize) {
        let mut turns: Vec<(String, usize)> = Vec::new();
        for active in self.board.steps_of(run) {
            if let Some(turning) = active.folded() {
                let place = turns.iter().position(|(known, _)| *known == turning).unwrap_or_else(|| {
                    turns.push((turning, 0));
                    turns.len() - 1
                });
                turns[place].1 += 1;
                if turns[place].1 > MAX_TURNS {
                    continue;
                }
            }
            self.step(active, depth);
            if let Some(child) = active.child() {
                self.run(child, (depth + 1).min(MAX_DEPTH));
            }
        }
        for (step, count) in turns.into_iter().filter(|(_, count)| *count > MAX_TURNS) {
            let more = format!("… and {} more of {}", count - MAX_TURNS, visible(&step));
            self.rows.push(Row(vec![(Style::new(), indent(depth)), (self.colours.faint, more)]));
        }
    }

    /// `⠋ health  http.get  attempt 2  3.2s  the last line it printed`
    fn step(&mut self, active: &Active, depth: usize) {
        let Palette { faint, busy, warning, .. } = *self.colours;
        let (glyph, style) = match (active.until, active.is_waiting()) {
            (Some(_), true) | (None, true) => ("◷", busy),
            (Some(_), false) => ("↻", warning),
            (None, false) => (self.turning(), busy),
        };
        let name = if depth == 0 { &active.step } else { active.path() };
        let mut row =
            vec![(Style::new(), indent(depth)), (style, format!("{glyph} ")), (Style::new(), visible(name).into())];
        let mut add = |style: Style, text: String| {
            if !text.is_empty() {
                row.push((style, format!("  {text}")));
            }
        };
        add(faint, visible(&active.action).into());
        if active.attempt > 1 {
            add(warning, format!("attempt {}", active.attempt));
        }
        add(faint, self.time(active));
        add(Style::new(), visible(&active.said).into());
        self.rows.push(Row(row));
    }

    /// How long it has been going on, or how long it still waits.
    fn time(&self, active: &Active) -> String {
        match active.until.or(active.deadline.filter(|_| active.is_waiting())) {
            Some(until) => format!("{} left", seconds(until.since(self.now))),
            None => seconds(self.now.since(active.since)),
        }
    }

    fn turning(&self) -> &'static str {
        let frame = self.now.unix_ms().div_euclid(TURN_MS).rem_euclid(TURNING.len() as i64);
        TURNING[usize::try_from(frame).unwrap_or(0)]
    }

    /// The steps of loops whose turns are told no more one by one.
    fn loops(&mut self) {
        for (step, turns) in self.board.folded().rev().take(MAX_LOOPS) {
            let row = vec![(self.colours.good, "✓ ".to_string()), (Style::new(), visible(step).into())];
            self.rows
                .push(Row(row.into_iter().chain([(self.colours.faint, format!("  {}", counted(turns)))]).collect()));
        }
    }
}

/// `1204 done`, `1204 done, 3 failed`
pub fn counted(turns: &Turns) -> String {
    let failed = if turns.failed > 0 { format!(", {} failed", turns.failed) } else { String::new() };
    format!("{} done{failed}", turns.done)
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::super::board::samples::{at, exec, run, signal, started, step, succeeded};
    use super::*;
    use crate::model::{Event, OpId, StepTarget};

    fn drawn(board: &Board, now: i64, width: usize, height: usize) -> Vec<String> {
        lines(board, at(now), width, height, &Palette::default())
    }

    #[test]
    fn a_child_stands_below_the_step_that_called_it() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        board.take(run(1), at(0), &step(0, "saved", StepTarget::Call("save".into()), Some(run(2))));
        board.take(run(1), at(0), &signal(1, "go", 90_000));
        board.take(run(2), at(0), &started(Some((run(1), OpId(0)))));
        board.take(run(2), at(1_000), &exec(0, "packed"));
        board.printed(run(2), "packed", "50 %\u{1b}[2J\n");
        let tree = drawn(&board, 3_000, 80, 9);
        assert_eq!(tree[0], "◷ saved  call save  3.0s");
        assert_eq!(tree[1], "  ⠋ packed  exec  2.0s  50 %␛[2J");
        assert_eq!(tree[2], "◷ go  wait signal(go)  1m27s left");
        assert_eq!(tree.len(), 3);
    }

    #[test]
    fn turns_of_a_loop_are_counted() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        for n in 0..20 {
            board.take(run(1), at(0), &exec(n, &format!("pings[{n}].ping")));
        }
        for n in 0..12 {
            board.take(run(1), at(5), &succeeded(n));
        }
        let tree = drawn(&board, 100, 80, 9);
        assert_eq!(tree[0], "⠙ pings[12].ping  exec  0.1s");
        assert_eq!(tree[3], "… and 5 more of pings[].ping");
        assert_eq!(tree[4], "✓ pings[].ping  12 done");
        assert_eq!(tree.len(), 5);
    }

    #[test]
    fn nothing_reaches_the_edge_or_the_bottom() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        for n in 0..9 {
            board.take(run(1), at(0), &exec(n, &format!("step_日本_{n}")));
        }
        assert_eq!(drawn(&board, 0, 12, 9)[0], "⠋ step_日本…");
        assert_eq!(drawn(&board, 0, 11, 9)[0], "⠋ step_日…");
        assert_eq!(drawn(&board, 0, 0, 9)[0], "");
        let few = drawn(&board, 0, 80, 4);
        assert_eq!((few.len(), few[3].as_str()), (4, "… and 6 more"));
        assert_eq!(drawn(&board, 0, 80, 0), ["… and 9 more"]);
    }

    #[test]
    fn a_pause_between_attempts_counts_down() {
        let mut board = Board::default();
        board.take(run(1), at(0), &started(None));
        board.take(run(1), at(0), &exec(0, "a"));
        let error = crate::model::Failure::new("exec", "no");
        let failed = Event::AttemptFailed { op: OpId(0), attempt: 1, error, retry_at: Some(at(5_000)), decision: None };
        board.take(run(1), at(1_000), &failed);
        assert_eq!(drawn(&board, 2_000, 80, 9), ["↻ a  exec  3.0s left"]);
        board.take(run(1), at(5_000), &Event::AttemptStarted { op: OpId(0), attempt: 2, child: None });
        assert_eq!(drawn(&board, 6_000, 80, 9), ["⠋ a  exec  attempt 2  6.0s"]);
    }
}
