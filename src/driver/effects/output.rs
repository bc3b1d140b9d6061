//! What a program prints, kept within a bound: all of it up to [`MAX_OUTPUT`], beyond that both ends. The lines as
//! they come are handed on for progress. Secrets are masked before anything is cut, or a part of one might be left.

use std::collections::VecDeque;

use super::Watch;
use crate::driver::secrets::{Mask, Stream as Masking};

/// The most bytes of standard output and standard error together that a result may hold (the limit `result size`).
pub const MAX_OUTPUT: usize = 1 << 20;

/// How many bytes of each end of a stream are kept of an output over [`MAX_OUTPUT`].
pub const KEPT_END: usize = 32 << 10;

/// The longest line that is handed on as it is printed, in bytes; the rest of a longer one is left out.
pub const MAX_LINE: usize = 4 << 10;

/// The most lines handed on of what is read at once: of a flood only the last ones can be seen anyway.
const WATCHED_LINES: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// A line of a program's output, as it was printed: control characters are still in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputLine {
    pub stream: Stream,
    pub text: String,
}

/// All that a program has printed so far, within the bound.
pub(super) struct Printed {
    stdout: Capture,
    stderr: Capture,
    watch: Option<Watch>,
    bound: usize,
}

/// What is said of an output in a result.
pub(super) struct Texts {
    pub stdout: String,
    pub stderr: String,
    /// How many bytes were printed, where that is more than the bound.
    pub over: Option<u64>,
}

impl Printed {
    pub fn new(watch: Option<Watch>, mask: &Mask) -> Printed {
        let capture = || Capture { masking: mask.stream(), ..Capture::default() };
        Printed { stdout: capture(), stderr: capture(), watch, bound: MAX_OUTPUT }
    }

    pub fn take(&mut self, stream: Stream, chunk: &[u8]) {
        let masked = self.capture(stream).masking.push(chunk);
        self.keep(stream, &masked);
    }

    fn keep(&mut self, stream: Stream, chunk: &[u8]) {
        let watch = self.watch.clone();
        let capture = self.capture(stream);
        capture.take(chunk);
        if let Some(watch) = watch {
            let lines = capture.lines.split(chunk);
            lines.into_iter().for_each(|text| watch(&OutputLine { stream, text }));
        }
        if self.bytes() > self.bound as u64 {
            self.stdout.shrink();
            self.stderr.shrink();
        }
    }

    /// The stream is at its end: a last line without a line feed is one too.
    pub fn end(&mut self, stream: Stream) {
        let masked = self.capture(stream).masking.finish();
        self.keep(stream, &masked);
        let rest = self.capture(stream).lines.rest();
        if let (Some(watch), Some(text)) = (&self.watch, rest) {
            watch(&OutputLine { stream, text });
        }
    }

    /// Both texts; bytes that are no UTF-8 are replaced, which may take them over the bound as well.
    pub fn texts(&mut self) -> Texts {
        // A stream that somebody holds open has no end of its own.
        for stream in [Stream::Stdout, Stream::Stderr] {
            let masked = self.capture(stream).masking.finish();
            self.keep(stream, &masked);
        }
        let whole = self.stdout.text().len() + self.stderr.text().len();
        let over = self.bytes() > self.bound as u64 || whole > self.bound;
        if over {
            self.stdout.shrink();
            self.stderr.shrink();
        }
        Texts { stdout: self.stdout.text(), stderr: self.stderr.text(), over: over.then_some(self.bytes()) }
    }

    fn bytes(&self) -> u64 {
        self.stdout.total + self.stderr.total
    }

    fn capture(&mut self, stream: Stream) -> &mut Capture {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

/// One stream: all of it, or (once shrunk) its first and its last [`KEPT_END`] bytes.
#[derive(Default)]
struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    shrunk: bool,
    total: u64,
    lines: Lines,
    masking: Masking,
}

impl Capture {
    fn take(&mut self, chunk: &[u8]) {
        self.total += chunk.len() as u64;
        let room = if self.shrunk { KEPT_END.saturating_sub(self.head.len()) } else { usize::MAX };
        let (head, tail) = chunk.split_at(room.min(chunk.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(&tail[tail.len().saturating_sub(KEPT_END)..]);
        self.trim_tail();
    }

    fn shrink(&mut self) {
        if !self.shrunk {
            self.shrunk = true;
            let head = self.head.len().min(KEPT_END);
            let tail = head.max(self.head.len().saturating_sub(KEPT_END));
            self.tail = self.head[tail..].iter().copied().collect();
            self.head.truncate(head);
            self.head.shrink_to_fit();
        }
    }

    fn trim_tail(&mut self) {
        let surplus = self.tail.len().saturating_sub(KEPT_END);
        self.tail.drain(..surplus);
    }

    fn text(&self) -> String {
        let left_out = self.total - (self.head.len() + self.tail.len()) as u64;
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        if left_out == 0 {
            return String::from_utf8_lossy(&[&self.head[..], &tail].concat()).into_owned();
        }
        let (head, tail) = (String::from_utf8_lossy(&self.head), String::from_utf8_lossy(&tail));
        format!("{head}\n[… {left_out} bytes left out …]\n{tail}")
    }
}

/// Cuts a stream into lines. A carriage return ends one too, or a progress bar would be one endless line.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    after_return: bool,
}

impl Lines {
    /// The last lines that end in `chunk`.
    fn split(&mut self, chunk: &[u8]) -> VecDeque<String> {
        let mut lines = VecDeque::new();
        for part in chunk.split_inclusive(|b| matches!(b, b'\n' | b'\r')) {
            let end = part.last().copied().filter(|b| matches!(b, b'\n' | b'\r'));
            let text = &part[..part.len() - usize::from(end.is_some())];
            self.line.extend_from_slice(&text[..text.len().min(MAX_LINE - self.line.len())]);
            let second_of_two = end == Some(b'\n') && text.is_empty() && self.after_return;
            self.after_return = end == Some(b'\r');
            if end.is_none() || second_of_two {
                continue;
            }
            if lines.len() == WATCHED_LINES {
                lines.pop_front();
            }
            lines.push_back(self.cut());
        }
        lines
    }

    fn rest(&mut self) -> Option<String> {
        (!self.line.is_empty()).then(|| self.cut())
    }

    fn cut(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::driver::secrets::Vault;
    use crate::model::{Failure, Value};

    fn printed(chunks: &[&[u8]]) -> Texts {
        let mut printed = Printed::new(None, &Mask::default());
        chunks.iter().for_each(|chunk| printed.take(Stream::Stdout, chunk));
        printed.texts()
    }

    #[test]
    fn up_to_the_bound_all_is_kept() {
        let half = vec![b'x'; MAX_OUTPUT / 2];
        let texts = printed(&[&half, &half]);
        assert!(texts.over.is_none());
        assert_eq!(texts.stdout.len(), MAX_OUTPUT);
    }

    #[test]
    fn over_the_bound_both_ends_are_kept_however_it_comes() {
        let mut all: Vec<u8> = (0..MAX_OUTPUT).map(|i| b'a' + (i / 10_000 % 26) as u8).collect();
        all.extend(b"the end");
        let head = String::from_utf8_lossy(&all[..KEPT_END]).into_owned();
        let tail = String::from_utf8_lossy(&all[all.len() - KEPT_END..]).into_owned();
        for size in [1_000, 70_000, all.len()] {
            let texts = printed(&all.chunks(size).collect::<Vec<_>>());
            assert_eq!(texts.over, Some(all.len() as u64));
            assert!(texts.stdout.starts_with(&head), "{size}");
            assert!(texts.stdout.ends_with(&tail), "{size}");
            let left_out = all.len() - 2 * KEPT_END;
            assert!(texts.stdout.contains(&format!("[… {left_out} bytes left out …]")), "{size}");
        }
    }

    #[test]
    fn a_small_stream_beside_a_flood_stays_whole() {
        let mut printed = Printed::new(None, &Mask::default());
        printed.take(Stream::Stderr, b"why\n");
        printed.take(Stream::Stdout, &vec![b'x'; MAX_OUTPUT + 1]);
        printed.take(Stream::Stderr, b"it failed\n");
        let texts = printed.texts();
        assert!(texts.over.is_some());
        assert_eq!(texts.stderr, "why\nit failed\n");
    }

    #[test]
    fn a_secret_is_masked_before_anything_is_cut() {
        let secrets = crate::driver::secrets::Secrets::new(Arc::new(Same));
        let input = Value::map([("stdin", Value::Secret("S".into()))]);
        let (_, mask) = secrets.unseal("exec", &input).expect("it has a value");
        let lines = Arc::new(Mutex::new(String::new()));
        let seen = lines.clone();
        let watch: Watch = Arc::new(move |line| seen.lock().expect("no panic").push_str(&line.text));
        let mut printed = Printed::new(Some(watch), &mask);
        // Both ends are cut within one; lines and chunks are as well.
        for _ in 0..MAX_OUTPUT / VALUE.len() + 10 {
            let (a, b) = VALUE.split_at(7);
            [a, b, "\n"].iter().for_each(|part| printed.take(Stream::Stdout, part.as_bytes()));
        }
        printed.take(Stream::Stdout, VALUE.as_bytes());
        printed.end(Stream::Stdout);
        let shown = format!("{}{}", lines.lock().expect("no panic"), printed.texts().stdout);
        assert!(!shown.contains("value") && shown.contains("[secret S][secret S]"), "{}", &shown[..100]);
    }

    const VALUE: &str = "a value that nobody is to see";

    struct Same;

    impl Vault for Same {
        fn open(&self, _: &str) -> Result<Option<zeroize::Zeroizing<String>>, Failure> {
            Ok(Some(zeroize::Zeroizing::new(VALUE.into())))
        }
    }

    #[test]
    fn replaced_bytes_count_as_what_they_became() {
        let texts = printed(&[&vec![0xff; MAX_OUTPUT / 2]]);
        assert_eq!(texts.over, Some(MAX_OUTPUT as u64 / 2));
        assert!(texts.stdout.len() < MAX_OUTPUT);
        assert_eq!(printed(&[b"a\xffb"]).stdout, "a\u{fffd}b");
    }

    #[test]
    fn lines_are_cut_across_chunks() {
        let mut lines = Lines::default();
        assert!(lines.split(b"one").is_empty());
        assert_eq!(lines.split(b" two\nthree\r"), ["one two", "three"]);
        assert_eq!(lines.split(b"\n\n10%\r20%\r"), ["", "10%", "20%"]);
        assert_eq!(lines.split(b"\nrest"), [""; 0]);
        assert_eq!(lines.rest().as_deref(), Some("rest"));
        assert_eq!(lines.rest(), None);
    }

    #[test]
    fn a_long_line_is_cut_and_a_flood_shows_its_last_lines() {
        let mut lines = Lines::default();
        lines.split(&vec![b'x'; MAX_LINE - 1]);
        assert_eq!(lines.split(b"yyyyy\n")[0].len(), MAX_LINE);
        let flood: String = (0..100).map(|i| format!("{i}\n")).collect();
        let last = lines.split(flood.as_bytes());
        assert_eq!((last.len(), last[0].as_str(), last[WATCHED_LINES - 1].as_str()), (WATCHED_LINES, "68", "99"));
    }
}
