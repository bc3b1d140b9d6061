//! A stretch of source text, by byte offsets.

/// Half-open range of bytes `start..end` in the offset space of a [`Sources`](super::Sources).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// A span from `start` to `end`, in bytes; `end` is never before `start`.
    pub fn new(start: u32, end: u32) -> Span {
        debug_assert!(start <= end, "a span ends at or after its start");
        Span { start, end: end.max(start) }
    }

    /// The empty span at `at`.
    pub fn at(at: u32) -> Span {
        Span { start: at, end: at }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly within this span.
    pub fn holds(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}
