//! The lines of a source that a finding is shown with: cut to a width, safe to print, with the marked places
//! moved along. However long the file and its lines are, an excerpt is small.

use std::ops::Range;

use crate::diag::visible;
use crate::source::{Source, Span};

/// The longest line that is shown whole, in characters.
const MAX_COLUMNS: usize = 160;

/// How much of a longer line is shown before the first mark, in characters.
const COLUMNS_BEFORE: usize = 60;

/// A mark over more lines than this is shown on its first line alone.
const MAX_MARK_LINES: u32 = 4;

/// Marks with at most this many lines between them are shown in one excerpt.
const MAX_LINES_BETWEEN: u32 = 3;

/// A place to be underlined, in offsets within the file's text.
#[derive(Clone, Debug)]
pub struct Mark<'a> {
    pub start: usize,
    pub end: usize,
    /// Whether it is the finding itself, not a second place.
    pub primary: bool,
    pub text: &'a str,
}

impl<'a> Mark<'a> {
    pub fn new(source: &Source, span: Span, primary: bool, text: &'a str) -> Mark<'a> {
        let whole = source.text();
        let local = |offset: u32| (offset.saturating_sub(source.base()) as usize).min(whole.len());
        let start = whole.floor_char_boundary(local(span.start));
        let end = whole.ceil_char_boundary(local(span.end)).max(start);
        let lines = whole[start..end].bytes().filter(|b| *b == b'\n').count();
        let end = if lines as u32 > MAX_MARK_LINES { line_end(whole, start) } else { end };
        Mark { start, end, primary, text }
    }
}

/// A few lines with marks whose ranges are offsets in `text`.
#[derive(Debug, Default)]
pub struct Excerpt<'a> {
    /// The number of its first line, from 1.
    pub line: u32,
    /// Where its foremost mark begins, within the file: the finding itself if it is here.
    pub at: usize,
    pub text: String,
    pub marks: Vec<(Range<usize>, bool, &'a str)>,
}

impl Excerpt<'_> {
    /// Whether the finding itself is marked here.
    pub fn primary(&self) -> bool {
        self.marks.iter().any(|(_, primary, _)| *primary)
    }
}

/// The excerpts that show all the marks of one source, in the order of their lines.
pub fn excerpts<'a>(source: &Source, mut marks: Vec<Mark<'a>>) -> Vec<Excerpt<'a>> {
    marks.sort_by_key(|m| m.start);
    let mut groups: Vec<(u32, Vec<Mark<'a>>)> = Vec::new();
    for mark in marks {
        let first = source.line_column(source.base() + mark.start as u32).line;
        let last = source.line_column(source.base() + mark.end as u32).line;
        match groups.last_mut() {
            Some((upto, group)) if first <= *upto + 1 + MAX_LINES_BETWEEN => {
                *upto = last.max(*upto);
                group.push(mark);
            }
            _ => groups.push((last, vec![mark])),
        }
    }
    groups.into_iter().map(|(_, group)| excerpt(source, &group)).collect()
}

fn excerpt<'a>(source: &Source, marks: &[Mark<'a>]) -> Excerpt<'a> {
    let whole = source.text();
    let first = marks.iter().map(|m| m.start).min().unwrap_or(0);
    let last = marks.iter().map(|m| m.end).max().unwrap_or(0);
    let line = source.line_column(source.base() + first as u32).line;
    let foremost = marks.iter().min_by_key(|m| (!m.primary, m.start)).map_or(first, |m| m.start);
    let mut shown = Excerpt { line, at: foremost, ..Excerpt::default() };
    let mut moved = vec![0..0; marks.len()];
    let mut at = line_start(whole, first);
    loop {
        let end = line_end(whole, at);
        show_line(&mut shown.text, &whole[at..end], at, marks, &mut moved);
        if end >= last || end >= whole.len() {
            break;
        }
        at = end + 1;
        shown.text.push('\n');
    }
    let ends = marks.iter().zip(moved);
    shown.marks = ends.map(|(m, range)| (range.start..range.end.max(range.start), m.primary, m.text)).collect();
    shown
}

/// Appends one line and moves the starts and ends that stand on it.
fn show_line(to: &mut String, line: &str, offset: usize, marks: &[Mark<'_>], moved: &mut [Range<usize>]) {
    let shown = line.strip_suffix('\r').unwrap_or(line);
    let ends = offset..=offset + line.len();
    let nearest = marks.iter().map(|m| m.start).filter(|s| ends.contains(s)).min().map_or(0, |s| s - offset);
    let window = window(shown, nearest.min(shown.len()));
    if window.start > 0 {
        to.push('…');
    }
    let mut places = Vec::with_capacity(MAX_COLUMNS + 1);
    for (i, c) in shown[window.clone()].char_indices() {
        places.push((window.start + i, to.len()));
        match c {
            '\t' => to.push_str("    "),
            c => visible::push(to, c),
        }
    }
    places.push((window.end, to.len()));
    if window.end < shown.len() {
        to.push('…');
    }
    let place = |local: usize| places[places.partition_point(|(from, _)| *from < local).min(places.len() - 1)].1;
    for (mark, range) in marks.iter().zip(moved) {
        if ends.contains(&mark.start) {
            range.start = place(mark.start - offset);
        }
        if ends.contains(&mark.end) {
            range.end = place(mark.end - offset);
        } else if mark.end > offset {
            range.end = to.len();
        }
    }
}

/// The part of a line that is shown, given where its first mark stands.
fn window(line: &str, mark: usize) -> Range<usize> {
    if line.len() <= MAX_COLUMNS || line.chars().count() <= MAX_COLUMNS {
        return 0..line.len();
    }
    let start = line[..mark].char_indices().rev().nth(COLUMNS_BEFORE - 1).map_or(0, |(i, _)| i);
    let end = line[start..].char_indices().nth(MAX_COLUMNS).map_or(line.len(), |(i, _)| start + i);
    start..end
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |i| i + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |i| at + i)
}
