//! The parser: the grammar is run over the scanned text, and its pairs become the tree.
//!
//! This folder alone names pest. Invariant: whatever the grammar gives, building never panics and loses no
//! statement silently: what can't stand in the tree has a finding.

mod action;
mod clause;
mod declare;
mod file;
mod statement;
mod trial;
mod types;
mod value;
mod words;

use std::thread;

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use crate::diag::Diagnostic;
use crate::source::{Source, Span};

use super::ast::{Comment, CommentKind, Doc, File, Name, Quoted};
use super::codes;
use super::explain;
use super::findings::Findings;
use super::reserved::{self, Bears};
use super::scan;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/wayfare.pest"]
struct Grammar;

type Node<'a> = Pair<'a, Rule>;
type Nodes<'a> = Pairs<'a, Rule>;

/// Enough for [`super::MAX_NESTING`] levels of blocks in a debug build, several times over; pages that aren't
/// touched cost nothing.
const STACK_BYTES: usize = 64 << 20;

/// A file's tree, and all that was found about its text, in the order of the text. With an error among the
/// findings the tree lacks what could not be read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    pub file: File,
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a whole file. Spans are in the offset space of the source's set. Never panics, whatever the text.
pub fn parse(source: &Source) -> Parsed {
    thread::scope(|scope| {
        let big = thread::Builder::new().name("parse".into()).stack_size(STACK_BYTES);
        // Where no such thread is to be had, pest guards the stack there is.
        match big.spawn_scoped(scope, || run(source)) {
            Ok(thread) => thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)),
            Err(_) => run(source),
        }
    })
}

fn run(source: &Source) -> Parsed {
    let mut findings = Findings::default();
    let scanned = scan::scan(source.text(), source.base(), &mut findings);
    let mut builder = Builder {
        original: source.text(),
        text: &scanned.text,
        base: source.base(),
        comments: scanned.comments,
        codes: Vec::new(),
        explained_to: 0,
        type_depth: 0,
        findings,
    };
    let file = match Grammar::parse(Rule::file, &scanned.text) {
        Ok(mut pairs) => pairs.next().map(|file| builder.file(file)).unwrap_or_default(),
        Err(error) => {
            builder.unread(&error);
            File::default()
        }
    };
    Parsed { file, diagnostics: builder.findings.finish() }
}

struct Builder<'a> {
    /// The text as it was written.
    original: &'a str,
    /// The same as the grammar sees it.
    text: &'a str,
    base: u32,
    /// All comments in order, those within expressions too until the end.
    comments: Vec<Comment>,
    /// Where expressions stand: comments in them are rhai's.
    codes: Vec<Span>,
    /// What lies before this offset has its finding.
    explained_to: usize,
    type_depth: usize,
    findings: Findings,
}

/// The next child, if it is such a one.
fn take<'a>(nodes: &mut Nodes<'a>, rule: Rule) -> Option<Node<'a>> {
    let hit = nodes.peek().is_some_and(|n| n.as_rule() == rule);
    if hit { nodes.next() } else { None }
}

fn start(node: &Node) -> usize {
    node.as_span().start()
}

impl<'a> Builder<'a> {
    fn span(&self, node: &Node) -> Span {
        let span = node.as_span();
        self.place(span.start(), span.end())
    }

    fn place(&self, start: usize, end: usize) -> Span {
        Span::new(self.base + start as u32, self.base + end as u32)
    }

    fn local(&self, span: Span) -> (usize, usize) {
        ((span.start - self.base) as usize, (span.end - self.base) as usize)
    }

    fn name(&self, node: &Node) -> Name {
        Name { text: node.as_str().into(), span: self.span(node) }
    }

    /// A name that is given here, refused where its word is taken.
    fn given(&mut self, node: &Node, bears: Bears) -> Name {
        let name = self.name(node);
        if let Some((reason, help)) = reserved::refused(&name.text, bears) {
            self.findings.push(Diagnostic::error(codes::RESERVED, name.span, reason).help(help));
        }
        name
    }

    fn quoted(&mut self, node: &Node) -> Quoted {
        let text = unescape(node.as_str());
        Quoted { text: text.into(), span: self.span(node) }
    }

    /// Something is missing in what begins at `from`; says what, once.
    fn lack(&mut self, from: usize) {
        self.lack_as(from, None);
    }

    /// The same, for a word that begins another form here than elsewhere.
    fn lack_as(&mut self, from: usize, form: Option<&'static str>) {
        let mut end = from;
        self.explain(from, from, |text| {
            let (found, to) = explain::lack(text, from, form);
            end = to;
            found
        });
        self.explained_to = self.explained_to.max(end);
    }

    /// Tells of `from..to` once. Looking for words costs, so it is left when there is room for no more.
    fn explain(&mut self, from: usize, to: usize, say: impl FnOnce(&str) -> Diagnostic) {
        if from < self.explained_to {
            return;
        }
        self.explained_to = to;
        self.say(say);
    }

    fn say(&mut self, say: impl FnOnce(&str) -> Diagnostic) {
        if self.findings.is_full() {
            self.findings.count();
        } else {
            self.tell(say(self.text));
        }
    }

    /// A finding whose places are offsets of the text alone. What was mended has its finding, and what follows of
    /// mending would speak of words that nobody wrote.
    fn tell(&mut self, mut found: Diagnostic) {
        let from = (found.span.start as usize).saturating_sub(usize::from(found.span.is_empty()));
        let written = self.original.as_bytes().get(from..found.span.end as usize);
        if written != self.text.as_bytes().get(from..found.span.end as usize) {
            return;
        }
        let moved = |s: Span| Span::new(s.start + self.base, s.end + self.base);
        found.span = moved(found.span);
        found.labels.iter_mut().for_each(|l| l.span = moved(l.span));
        self.findings.push(found);
    }

    /// The documentation directly above `at`.
    fn doc(&mut self, at: usize) -> Doc {
        let mut below = self.base + at as u32;
        let mut docs = Vec::new();
        let mut index = self.comments.partition_point(|c| c.span.start < below);
        while index > 0 && self.adjoins(self.comments[index - 1].span, below) {
            index -= 1;
            let comment = &mut self.comments[index];
            if scan::is_doc(comment.kind) {
                let first = (comment.span.start - self.base) as usize;
                if !begins_line(self.text, first) {
                    break;
                }
                comment.kind = CommentKind::Doc;
                docs.push(comment.span);
            }
            below = comment.span.start;
        }
        let whole = docs.last()?.to(*docs.first()?);
        let line = |span: &Span| {
            let (start, end) = self.local(*span);
            let text = &self.original[start + "///".len()..end];
            text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()
        };
        let text = docs.iter().rev().map(line).collect::<Vec<_>>().join("\n");
        Some(Quoted { text: text.into(), span: whole })
    }

    /// Whether nothing but one line's end stands between a comment and `below`.
    fn adjoins(&self, comment: Span, below: u32) -> bool {
        let (_, end) = self.local(comment);
        let between = &self.text[end..(below - self.base) as usize];
        between.trim().is_empty() && line_ends(between) <= 1
    }

    /// Whether an empty line stands between these offsets; a line of comment is none.
    fn has_blank_line(&self, from: usize, to: usize) -> bool {
        let first = self.comments.partition_point(|c| self.local(c.span).0 < from);
        let mut at = from;
        for comment in &self.comments[first..] {
            let (start, end) = self.local(comment.span);
            if start >= to {
                break;
            }
            if line_ends(&self.text[at..start]) > 1 {
                return true;
            }
            at = end;
        }
        at <= to && line_ends(&self.text[at..to]) > 1
    }

    /// Comments outside of expressions; documentation of nothing is told.
    fn close_comments(&mut self) -> Vec<Comment> {
        self.codes.sort_unstable();
        let mut comments = std::mem::take(&mut self.comments);
        let mut codes = self.codes.iter().peekable();
        let mut reach = 0;
        comments.retain(|comment| {
            while let Some(code) = codes.next_if(|c| c.start <= comment.span.start) {
                reach = reach.max(code.end);
            }
            comment.span.start >= reach
        });
        let mut last = None;
        for comment in comments.iter().filter(|c| c.kind == CommentKind::StrayDoc) {
            if last.is_none_or(|end| !self.adjoins(end, comment.span.start)) && self.findings.is_clean() {
                let warning = "this documentation belongs to nothing: `///` stands directly above what it documents";
                let help = "write `//` for a plain comment, or move it above a declaration, a field or a statement";
                self.findings.push(Diagnostic::warning(codes::STRAY_DOC, comment.span, warning).help(help));
            }
            last = Some(comment.span);
        }
        comments
    }
}

/// Whether only blanks stand before `at` on its line.
fn begins_line(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '\r', '\u{FEFF}'])
}

fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = |(i, b): (usize, &u8)| *b == b'\n' || (*b == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
    bytes.iter().enumerate().filter(|at| ends(*at)).count()
}

/// The text that a string stands for; an escape that rhai doesn't know stays as it is.
fn unescape(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(quoted);
    if !inner.contains(['\\', '"']) {
        return inner.to_owned();
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out),
            '"' => {
                rest.next();
                out.push('"');
            }
            _ => out.push(c),
        }
    }
    out
}

fn escape(rest: &mut std::str::Chars, out: &mut String) {
    let Some(c) = rest.next() else { return };
    let digits = match c {
        'n' => return out.push('\n'),
        't' => return out.push('\t'),
        'r' => return out.push('\r'),
        '\r' | '\n' => {
            let after = rest.as_str().trim_start();
            *rest = after.chars();
            return;
        }
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return out.push(c),
    };
    let code = rest.as_str().get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
    match code {
        Some(code) => {
            out.push(code);
            *rest = rest.as_str()[digits..].chars();
        }
        None => out.extend(['\\', c]),
    }
}
