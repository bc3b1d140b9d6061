//! The two streams that a command writes to: facts on standard output, everything else on standard error.
//!
//! Whoever is read from a pipe that has closed stops writing and says nothing; nothing here panics. Colours come from
//! the palette, which is empty where there are to be none.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::driver::doorway::environment;

use super::args::{Color, Global};
use super::stop::{Exit, Stop, safe_lines};

/// What is written in which colours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    pub error: Style,
    pub warning: Style,
    pub help: Style,
    pub good: Style,
    pub busy: Style,
    pub strong: Style,
    pub faint: Style,
}

impl Palette {
    const COLOURS: Palette = Palette {
        error: AnsiColor::Red.on_default().bold(),
        warning: AnsiColor::Yellow.on_default().bold(),
        help: AnsiColor::Cyan.on_default().bold(),
        good: AnsiColor::Green.on_default(),
        busy: AnsiColor::Blue.on_default(),
        strong: Style::new().bold(),
        faint: Style::new().dimmed(),
    };

    pub fn is_coloured(&self) -> bool {
        self.error != Style::new()
    }

    fn of(on: bool) -> Palette {
        if on { Palette::COLOURS } else { Palette::default() }
    }
}

/// `text` in a style.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Where a command writes.
#[derive(Clone, Debug)]
pub struct Console {
    pub json: bool,
    pub quiet: bool,
    /// Whether standard error is a terminal that can redraw lines.
    pub live: bool,
    out: Palette,
    err: Palette,
}

impl Console {
    pub fn new(global: &Global) -> Console {
        let dumb = environment::variable("TERM").is_some_and(|term| term == "dumb");
        let auto = !dumb && environment::variable_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colors = |terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => auto && terminal,
        };
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Console {
            json: global.json,
            quiet: global.quiet,
            live: err && !dumb,
            out: Palette::of(colors(out)),
            err: Palette::of(colors(err)),
        }
    }

    /// The colours of standard error.
    pub fn palette(&self) -> &Palette {
        &self.err
    }

    /// The colours of standard output.
    pub fn out_palette(&self) -> &Palette {
        &self.out
    }

    /// Whether standard error has colours.
    pub fn err_colors(&self) -> bool {
        self.err.is_coloured()
    }

    /// Writes to standard output, as it stands. That nobody reads any more is no fault.
    pub fn print(&self, text: &str) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Stop::silent(Exit::Done)),
            Err(error) => Err(Stop::new(Exit::Failed, format!("standard output can't be written: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// One JSON document, laid out for people.
    pub fn print_json(&self, document: &impl Serialize) -> Result<(), Stop> {
        let text = serde_json::to_string_pretty(document).map_err(unwritable)?;
        self.print(&(harmless_json(&text) + "\n"))
    }

    /// Writes a line to standard error, as it stands. There is nobody to be told when that fails.
    pub fn note(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// `error: …` and the like; further lines of the text are indented.
    pub fn labelled(&self, style: Style, label: &str, text: &str) {
        let mut lines = safe_lines(text);
        self.note(&format!("{}: {}", styled(style, label), lines.next().unwrap_or_default()));
        lines.for_each(|line| self.note(&format!("  {line}")));
    }
}

/// One JSON document on one line, without a line feed.
pub fn json_line(document: &impl Serialize) -> Result<String, Stop> {
    serde_json::to_string(document).map(|text| harmless_json(&text)).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> Stop {
    Stop::new(Exit::Failed, format!("the facts can't be written as JSON: {error}"))
}

/// JSON escapes only what it must; what else could command a terminal is escaped here. Outside of strings JSON has
/// nothing of the kind, so the document stays the same.
fn harmless_json(text: &str) -> String {
    let dangerous =
        |c: char| !matches!(c, ' '..='~' | '\n') && crate::diag::visible(c.encode_utf8(&mut [0; 4])) != c.to_string();
    if !text.chars().any(dangerous) {
        return text.to_string();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if dangerous(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::harmless_json;

    #[test]
    fn json_stays_the_same_and_cannot_command_a_terminal() {
        let value = serde_json::json!({ "a": "\u{9b}31m\u{202e}\u{7f}\u{e0001}é 漢 \n\u{1b}" });
        let text = harmless_json(&serde_json::to_string_pretty(&value).expect("writes"));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}') && text.contains("é 漢"), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("reads"), value);
    }
}
