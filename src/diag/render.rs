//! Diagnostics as people read them: the message, the lines with the places underlined, the help.
//!
//! The only place that names annotate-snippets. What it is given is already cut and harmless, so no source text
//! can write an escape sequence to a terminal or make the output long.

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::diag::excerpt::{Excerpt, Mark, excerpts};
use crate::diag::{Diagnostic, Label, Severity, visible};
use crate::source::{Source, Sources};

/// The diagnostics, one below the other, each ending in a newline and set apart by an empty line.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], color: bool) -> String {
    let mut all = String::new();
    for found in diagnostics {
        all.push_str(&render_one(sources, found, color));
        all.push_str("\n\n");
    }
    all
}

/// One diagnostic, without a newline at its end.
pub fn render_one(sources: &Sources, found: &Diagnostic, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(visible(&found.message)).id(found.code);
    let mut heads = Vec::new();
    let mut group = Group::with_title(title).elements(places(sources, found, &mut heads));
    if let Some(help) = &found.help {
        let lines: Vec<_> = help.lines().map(visible).collect();
        group = group.element(Level::HELP.message(lines.join("\n")));
    }
    with_heads(&renderer.render(&[group]), &heads)
}

/// Stands for a place in the rendered text, followed by its position in the list of places. The renderer would
/// count columns of what is shown, not of the file. It can't come from a source: `visible` writes it out.
const HEAD: char = '\u{e000}';

/// The rendered text with its heads filled in: `HEAD 0 : line : column` becomes the place.
fn with_heads(text: &str, heads: &[String]) -> String {
    let mut parts = text.split(HEAD);
    let mut whole = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(part.len());
        let index = part[..end].split(':').next().and_then(|n| n.parse::<usize>().ok());
        whole.push_str(index.and_then(|i| heads.get(i)).map_or("", String::as_str));
        whole.push_str(&part[end..]);
    }
    whole
}

/// The excerpts of every file that the finding has to do with, its own first.
fn places<'a>(sources: &'a Sources, found: &'a Diagnostic, heads: &mut Vec<String>) -> Vec<Element<'a>> {
    let Some(own) = sources.at(found.span.start) else { return Vec::new() };
    let (near, far): (Vec<&Label>, Vec<&Label>) =
        found.labels.iter().partition(|l| sources.at(l.span.start).is_some_and(|s| s.base() == own.base()));
    let mut marks = vec![Mark::new(own, found.span, true, "")];
    marks.extend(near.into_iter().map(|l| Mark::new(own, l.span, false, &l.text)));
    let mut elements = show(own, marks, heads);
    for label in far {
        if let Some(source) = sources.at(label.span.start) {
            elements.extend(show(source, vec![Mark::new(source, label.span, false, &label.text)], heads));
        }
    }
    elements
}

/// The excerpts of one source, the one that holds the finding first.
fn show<'a>(source: &'a Source, marks: Vec<Mark<'a>>, heads: &mut Vec<String>) -> Vec<Element<'a>> {
    let mut shown = excerpts(source, marks);
    shown.sort_by_key(|e| !e.primary());
    let snippet = |excerpt: Excerpt<'a>| {
        let place = source.line_column(source.base() + excerpt.at as u32);
        heads.push(format!("{}:{}:{}", visible(source.name()), place.line, place.column));
        snippet(excerpt).path(format!("{HEAD}{}", heads.len() - 1)).into()
    };
    shown.into_iter().map(snippet).collect()
}

fn snippet(shown: Excerpt<'_>) -> Snippet<'_, Annotation<'_>> {
    let marks = shown.marks.into_iter().map(|(range, primary, text)| {
        let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let mark = kind.span(range);
        if text.is_empty() { mark } else { mark.label(visible(text)) }
    });
    Snippet::source(shown.text).line_start(shown.line as usize).fold(false).annotations(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn shown(text: &str, found: &Diagnostic) -> String {
        render_one(&Sources::of("a.wf", text), found, false)
    }

    #[test]
    fn a_place_is_underlined() {
        let text = "workflow w {\r\n\tlet x = yy\r\n}\r\n";
        let found = Diagnostic::error("E0201", Span::new(23, 25), "there is no `yy`").help("did you mean `y`?");
        let expected = "\
error[E0201]: there is no `yy`
 --> a.wf:2:10
  |
2 |     let x = yy
  |             ^^
  |
  = help: did you mean `y`?";
        assert_eq!(shown(text, &found), expected);
    }

    #[test]
    fn second_places_have_their_words() {
        let text = "let x = 1\nlet y = 2\nlet x = 3\n";
        let found = Diagnostic::error("E0202", Span::new(24, 25), "`x` is visible here already")
            .label(Span::new(4, 5), "first bound here");
        let expected = "\
error[E0202]: `x` is visible here already
 --> a.wf:3:5
  |
1 | let x = 1
  |     - first bound here
2 | let y = 2
3 | let x = 3
  |     ^";
        assert_eq!(shown(text, &found), expected);
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut() {
        let text = format!("{}bad{}", "x".repeat(500_000), "y".repeat(500_000));
        let found = Diagnostic::error("E0201", Span::new(500_000, 500_003), "no");
        let out = shown(&text, &found);
        assert!(out.len() < 1_000, "{} bytes", out.len());
        assert!(out.contains("a.wf:1:500001"), "{out}");
        let lines: Vec<&str> = out.lines().collect();
        let at = lines[4].find('^').expect("an underline");
        assert_eq!(lines[3].chars().skip(at).take(3).collect::<String>(), "bad");
    }

    #[test]
    fn no_source_writes_to_the_terminal() {
        let text = "let a = \"\u{1b}[31m\u{202e}\u{9b}\" + yy\n";
        let at = text.find("yy").expect("it is there") as u32;
        let found = Diagnostic::error("E0201", Span::new(at, at + 2), "no `\u{1b}]0;x\u{7}`")
            .label(Span::new(0, 3), "\u{1b}[0m")
            .help("\u{1b}[1m");
        let out = render_one(&Sources::of("\u{1b}a.wf", text), &found, false);
        assert!(!out.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{out:?}");
        let lines: Vec<Vec<char>> = out.lines().map(|l| l.chars().collect()).collect();
        let code = lines.iter().position(|l| l.starts_with(&['1', ' '])).expect("the line of code");
        let at = lines[code + 1].iter().position(|c| *c == '^').expect("an underline");
        assert_eq!(lines[code][at..at + 2], ['y', 'y']);
    }

    #[test]
    fn any_span_can_be_shown() {
        let text = "é\n{\n\n\n\n\n\n\n\n}\n";
        for start in 0..text.len() as u32 + 3 {
            for end in start..text.len() as u32 + 4 {
                let found = Diagnostic::warning("W0001", Span::new(start, end), "odd").label(Span::new(0, end), "x");
                assert!(shown(text, &found).contains("odd"));
            }
        }
        assert!(shown("", &Diagnostic::error("E0001", Span::at(0), "empty")).contains("empty"));
    }

    #[test]
    fn a_second_file_is_named() {
        let mut sources = Sources::of("a.wf", "use b\n");
        let b = sources.add("b.wf", "nothing\n");
        let base = sources.get(b).base();
        let found = Diagnostic::error("E0204", Span::new(4, 5), "x").label(Span::new(base, base + 7), "this");
        let out = render_one(&sources, &found, true);
        assert!(out.contains("b.wf:1:1") && out.contains('\u{1b}'), "{out}");
    }
}
