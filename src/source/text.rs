//! One file's text with its lines, and the set of texts of a program.

use std::sync::Arc;

use super::Span;

/// Which source of a [`Sources`] is meant: its position in the order of adding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct SourceId(pub u32);

/// A place for people: both count from 1; the column counts characters, not bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

/// One file's text. `name` is what people called the file (a path as given, or `<stdin>`).
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    base: u32,
    /// Offsets (within the text) at which lines begin.
    lines: Arc<[u32]>,
    /// How many characters begin before every [`STRIDE`]th byte, so that a place on a line of a megabyte is found
    /// as fast as any other.
    characters: Arc<[u32]>,
}

/// The distance of counted places, in bytes.
const STRIDE: usize = 256;

impl Source {
    fn new(name: &str, text: &str, base: u32) -> Source {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let mut count = 0;
        let counted = text.as_bytes().chunks(STRIDE).map(|chunk| {
            let before = count;
            count += begun(chunk);
            before
        });
        let characters = counted.collect();
        Source { name: name.into(), text: text.into(), base, lines, characters }
    }

    /// How many characters begin before the byte at `at`.
    fn characters_before(&self, at: usize) -> u32 {
        let stride = (at / STRIDE).min(self.characters.len().saturating_sub(1));
        let counted = self.characters.get(stride).copied().unwrap_or(0);
        counted + begun(&self.text.as_bytes()[stride * STRIDE..at])
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where this text begins in the offset space of its set.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The span of the whole text.
    pub fn span(&self) -> Span {
        Span::new(self.base, self.base + self.text.len() as u32)
    }

    /// The text under `span`, which must lie in this source on character boundaries.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[(span.start - self.base) as usize..(span.end - self.base) as usize]
    }

    /// Line and column of the byte at `offset` (of the set's space); past the end it is the end's.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let local = offset.saturating_sub(self.base).min(self.text.len() as u32);
        let line = self.lines.partition_point(|start| *start <= local) - 1;
        let start = self.lines[line] as usize;
        let upto = self.text.floor_char_boundary(local as usize);
        let column = self.characters_before(upto.max(start)) - self.characters_before(start) + 1;
        LineColumn { line: line as u32 + 1, column }
    }
}

/// How many characters begin in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| (**b as i8) >= -0x40).count() as u32
}

/// The sources of one program, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    pub fn new() -> Sources {
        Sources::default()
    }

    /// A set of one.
    pub fn of(name: &str, text: &str) -> Sources {
        let mut set = Sources::new();
        set.add(name, text);
        set
    }

    /// Adds a text and gives its id. One byte is left between texts, so that an empty span at the end of one
    /// is not also the start of the next.
    pub fn add(&mut self, name: &str, text: &str) -> SourceId {
        let base = self.all.last().map_or(0, |s| s.span().end + 1);
        self.all.push(Source::new(name, text, base));
        SourceId(self.all.len() as u32 - 1)
    }

    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.all.iter()
    }

    /// The source that holds `offset`; the last one for an offset past them all, none only for an empty set.
    pub fn at(&self, offset: u32) -> Option<&Source> {
        let after = self.all.partition_point(|s| s.base <= offset);
        self.all.get(after.saturating_sub(1))
    }

    /// The text under `span`.
    pub fn slice(&self, span: Span) -> &str {
        self.at(span.start).map_or("", |s| s.slice(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let set = Sources::of("a.wf", "é=1\nb");
        let source = set.get(SourceId(0));
        assert_eq!(source.line_column(2), LineColumn { line: 1, column: 2 });
        assert_eq!(source.line_column(5), LineColumn { line: 2, column: 1 });
        assert_eq!(source.line_column(99), LineColumn { line: 2, column: 2 });
    }

    #[test]
    fn columns_of_long_lines_are_counted_alike() {
        let text = format!("{}{}\nb", "aé漢🎉\n".repeat(3), "aé漢🎉".repeat(400));
        let set = Sources::of("a.wf", &text);
        let source = set.get(SourceId(0));
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
            let expected = text[start..at].chars().count() as u32 + 1;
            assert_eq!(source.line_column(at as u32).column, expected, "at {at}");
        }
    }

    #[test]
    fn a_span_names_its_file() {
        let mut set = Sources::new();
        set.add("a.wf", "aaa");
        let b = set.add("b.wf", "bbb");
        let base = set.get(b).base();
        assert_eq!(set.at(base).map(Source::name), Some("b.wf"));
        assert_eq!(set.at(base - 1).map(Source::name), Some("a.wf"));
        assert_eq!(set.slice(Span::new(base, base + 2)), "bb");
    }
}
