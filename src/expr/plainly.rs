//! The short way to a [`Tree`]: texts without anything that needs rhai to be understood are read here, at a fraction of
//! what rhai's parser costs. Most of a file's expressions are literals, paths, and lists, maps and comparisons of such.
//!
//! It is no second authority: whatever it isn't sure of it leaves to rhai, and a test holds that where it gives a tree,
//! rhai's way gives the same one.

use std::ops::Range;
use std::sync::Arc;

use super::tree::{Node, NodeKind, Tree, Word};

/// Longer texts are left to rhai, with its own bounds.
const MAX_TEXT: usize = 2_048;

/// So are texts nested deeper.
const MAX_DEPTH: usize = 8;

/// And paths that are longer.
const MAX_FIELDS: usize = 16;

/// Words that rhai gives a meaning, reserves, or refuses in some place; and some that only look so.
const NOT_NAMES: &[&str] = &[
    "_",
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "exit",
    "export",
    "false",
    "fn",
    "Fn",
    "for",
    "global",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "true",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The tree of a text of the plain sort.
pub(super) fn plainly(text: &str) -> Option<Tree> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let left = reader.value(0)?;
    let root = match reader.operator() {
        None => left,
        Some(op) => {
            let right = reader.value(0)?;
            let range = left.range.start..right.range.end;
            Node::new(range, NodeKind::Binary { op, left: Box::new(left), right: Box::new(right) })
        }
    };
    reader.blank();
    (reader.at == text.len()).then_some(Tree { root })
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes that byte, where it comes next behind blanks.
    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn operator(&mut self) -> Option<Word> {
        self.blank();
        let rest = &self.text[self.at..];
        let op = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|op| rest.starts_with(op))?;
        // `===`, `=>`, `<<`, `<-` and the like mean something else, or nothing.
        let next = self.bytes.get(self.at + op.len())?;
        if !matches!(next, b' ' | b'\t' | b'\n') {
            return None;
        }
        let range = self.at..self.at + op.len();
        self.at = range.end;
        Some(Word { text: op.into(), range })
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.blank();
        match self.peek()? {
            _ if depth > MAX_DEPTH => None,
            b'"' => self.string(),
            b'0'..=b'9' => self.number(),
            b'[' => self.list(depth),
            b'#' => self.map(depth),
            b'(' => self.unit(),
            b'a'..=b'z' | b'A'..=b'Z' => self.path(),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<Node> {
        let start = self.at;
        let inside = start + 1;
        let length = self.bytes[inside..].iter().position(|b| matches!(b, b'"' | b'\\' | b'\n' | b'\r'))?;
        let end = inside + length;
        if self.bytes[end] != b'"' || self.bytes.get(end + 1) == Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        Some(Node::new(start..self.at, NodeKind::Text(Arc::from(&self.text[inside..end]))))
    }

    fn number(&mut self) -> Option<Node> {
        let start = self.at;
        let digits = self.bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += digits;
        let glued = self.peek().is_some_and(|b| b == b'.' || b == b'_' || b.is_ascii_alphabetic() || !b.is_ascii());
        if glued || digits > 18 {
            return None;
        }
        Some(Node::new(start..self.at, NodeKind::Int(self.text[start..self.at].parse().ok()?)))
    }

    fn unit(&mut self) -> Option<Node> {
        let start = self.at;
        if self.bytes.get(start + 1) != Some(&b')') {
            return None;
        }
        self.at += 2;
        Some(Node::new(start..self.at, NodeKind::Unit))
    }

    fn list(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.take(b']') {
                    break;
                }
                self.take(b',').then_some(())?;
            }
        }
        Some(Node::new(start..self.at, NodeKind::List(items)))
    }

    fn map(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        if self.bytes.get(start + 1) != Some(&b'{') {
            return None;
        }
        self.at += 2;
        let mut fields: Vec<(Word, Node)> = Vec::new();
        if !self.take(b'}') {
            loop {
                self.blank();
                let key = self.name()?;
                if fields.iter().any(|(known, _)| known.text == key.text) || !self.take(b':') {
                    return None;
                }
                fields.push((key, self.value(depth + 1)?));
                if self.take(b'}') {
                    break;
                }
                self.take(b',').then_some(())?;
            }
        }
        Some(Node::new(start..self.at, NodeKind::Map(fields)))
    }

    fn path(&mut self) -> Option<Node> {
        let word = self.word()?;
        let start = word.start;
        let mut node = match &self.text[word.clone()] {
            "true" => Node::new(word, NodeKind::Bool(true)),
            "false" => Node::new(word, NodeKind::Bool(false)),
            name if is_name(name) => {
                let name = Arc::from(name);
                self.fields(Node::new(word, NodeKind::Name(name)), start)?
            }
            _ => return None,
        };
        // A call, an index, `::`, `=>` and whatever else goes on from here.
        let next = self.peek();
        if next.is_some_and(|b| !matches!(b, b' ' | b'\t' | b'\n' | b',' | b']' | b'}' | b')')) {
            return None;
        }
        let behind = self.text[self.at..].trim_start_matches([' ', '\t', '\n']);
        if behind.starts_with(['(', '[', '.', '?', '{', ':']) || behind.starts_with('!') && !behind.starts_with("!=") {
            return None;
        }
        node.range.end = self.at;
        Some(node)
    }

    fn fields(&mut self, mut node: Node, start: usize) -> Option<Node> {
        for _ in 0..MAX_FIELDS {
            if self.peek() != Some(b'.') {
                return Some(node);
            }
            self.at += 1;
            let name = self.name()?;
            let range = start..self.at;
            node = Node::new(range, NodeKind::Field { base: Box::new(node), name, optional: false });
        }
        None
    }

    /// A word that is a name wherever it stands.
    fn name(&mut self) -> Option<Word> {
        let range = self.word()?;
        let text = &self.text[range.clone()];
        is_name(text).then(|| Word { text: text.into(), range })
    }

    fn word(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let length = self.bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let begins = self.peek()?.is_ascii_alphabetic();
        self.at += length;
        let glued = self.peek().is_some_and(|b| !b.is_ascii());
        (begins && !glued).then_some(start..self.at)
    }
}

fn is_name(word: &str) -> bool {
    !NOT_NAMES.contains(&word) && !word.starts_with(super::words::OWN_PREFIX)
}
