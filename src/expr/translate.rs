//! The text that rhai evaluates, made of the user's: what the language means otherwise than rhai is written out.
//!
//! | written | evaluated |
//! | --- | --- |
//! | `health.body.count`, where `health` is bound outside | `__wf_r(0)`, which reads that path, and only when it is reached |
//! | `table[x.id].name` | `__wf_p(1, x.id)` |
//! | `name.trim()` in an expression | `name.__wf_trim()`, which gives the changed text |
//! | `` `a ${x}` `` | `` __wf_join([`a `, __wf_text(x)]) ``, which keeps secrets sealed and writes lists as JSON |
//! | `x.items.filter(\|y\| y.n > x.n)` | `__wf_copy(x.items).filter(…)`, since rhai locks what it calls a method of |
//!
//! Only the places of [`Edit`]s differ, so every place of the made text is one of the user's. Invariant: the made
//! text parses as the user's does, with the same tree but for the calls put in.

use std::ops::Range;
use std::sync::Arc;

use super::builtins::changes_receiver;
use super::problem::{Problem, ProblemKind};
use super::scan::holes;
use super::slot::{Key, MEASURES, Slot, Step};
use super::tree::{Node, NodeKind, Word};

/// The most indexes of a path that are computed; what follows is read within rhai.
const MAX_COMPUTED: usize = 3;

/// What is asked about names while translating.
pub(super) struct Names<'a> {
    /// The index of a free name among the roots of the text; none if it is no value.
    pub root: &'a dyn Fn(&str) -> Option<usize>,
    /// Whether the library has a function of that name.
    pub function: &'a dyn Fn(&str) -> bool,
}

pub(super) struct Translate<'a> {
    pub names: Names<'a>,
    /// Whether methods change their receiver and names may be assigned to.
    pub script: bool,
    /// The outer name that the text may assign to.
    pub target: Option<&'a str>,
    /// The function of the library whose text it is.
    pub function: Option<usize>,
    pub slots: Vec<Slot>,
    pub problems: Vec<Problem>,
    edits: Vec<Edit>,
    /// The user's text, while a part of it is made.
    text: &'a str,
}

/// `with` stands where the user's bytes `range` stood.
struct Edit {
    range: Range<usize>,
    with: String,
}

/// A made text, and how its bytes lie in the user's.
#[derive(Clone, Default, Debug)]
pub(super) struct Made {
    pub text: String,
    /// For each stretch its first byte in the made text, that in the user's, and whether it is a copy.
    stretches: Vec<(usize, usize, bool)>,
}

impl Made {
    /// The user's byte for one of the made text.
    pub fn original(&self, at: usize) -> usize {
        let index = self.stretches.partition_point(|(made, ..)| *made <= at).saturating_sub(1);
        match self.stretches.get(index) {
            Some((made, user, true)) => user + at.saturating_sub(*made),
            Some((_, user, false)) => *user,
            None => at,
        }
    }

    fn copy(&mut self, text: &str, range: Range<usize>) {
        self.stretches.push((self.text.len(), range.start, true));
        self.text += &text[range];
    }

    fn put(&mut self, text: &str, at: usize) {
        self.stretches.push((self.text.len(), at, false));
        self.text += text;
    }

    /// Puts a text of no place of the user's first.
    pub fn after(prefix: &str) -> Made {
        Made { text: prefix.to_string(), stretches: vec![(0, 0, false)] }
    }
}

impl<'a> Translate<'a> {
    pub fn new(names: Names<'a>, script: bool) -> Translate<'a> {
        Translate {
            names,
            script,
            target: None,
            function: None,
            slots: vec![],
            problems: vec![],
            edits: vec![],
            text: "",
        }
    }

    /// Makes the text of one part of the user's text, behind what `made` holds already.
    pub fn part(&mut self, text: &'a str, node: &Node, range: Range<usize>, mut made: Made) -> Made {
        self.edits.clear();
        self.text = text;
        self.node(node);
        let mut edits = std::mem::take(&mut self.edits);
        edits.sort_by_key(|edit| edit.range.start);
        let mut at = range.start;
        for edit in edits {
            let start = edit.range.start.clamp(at, range.end);
            made.copy(text, at..start);
            made.put(&edit.with, start);
            at = edit.range.end.clamp(start, range.end);
        }
        made.copy(text, at..range.end);
        made
    }

    fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.edits.push(Edit { range, with: with.into() });
    }

    fn insert(&mut self, at: usize, with: &str) {
        self.replace(at..at, with);
    }

    fn node(&mut self, node: &Node) {
        if self.path(node) {
            return;
        }
        match &node.kind {
            NodeKind::Name(name) if (self.names.function)(name) => {
                self.replace(node.range.clone(), format!("{}f({name:?})", super::words::OWN_PREFIX));
            }
            NodeKind::Method { base, name, args, .. } => self.method(node, base, name, args),
            NodeKind::Call { name, args } => {
                self.renamed(name);
                args.iter().for_each(|arg| self.node(arg));
            }
            NodeKind::Template(parts) => self.template(node, parts),
            NodeKind::Assign { target, value, .. } => {
                self.assigned(target);
                self.node(value);
            }
            _ => node.parts().into_iter().for_each(|part| self.node(part)),
        }
    }

    /// The function of this room that a call means, where it is another than rhai would call.
    fn renamed(&mut self, name: &Word) {
        let pure = !self.script && changes_receiver(&name.text);
        let own = pure || matches!(&*name.text, "type_of");
        if own && !(self.names.function)(&name.text) {
            self.replace(name.range.clone(), format!("{}{}", super::words::OWN_PREFIX, name.text));
        }
    }

    fn method(&mut self, node: &Node, base: &Node, name: &Word, args: &[Node]) {
        let changes = self.script && changes_receiver(&name.text);
        if !self.script && changes_receiver(&name.text) || &*name.text == "type_of" {
            self.replace(name.range.clone(), format!("{}{}", super::words::OWN_PREFIX, name.text));
        }
        if changes && self.is_outer(base) {
            let message = format!("`{}` would change what is bound outside of the script", name.text);
            let problem = Problem::new(ProblemKind::Assignment, message, name.range.clone());
            self.problems.push(problem.help("copy it first: `let copy = …`"));
        }
        let captured = local_of(base).filter(|root| args.iter().any(|arg| captures(arg, root)));
        if let (true, Some(root)) = (changes, captured) {
            let message = format!("`{}` changes `{root}` while the function given to it reads `{root}`", name.text);
            let problem = Problem::new(ProblemKind::Assignment, message, name.range.clone());
            self.problems.push(problem.help("copy what is read first: `let copy = …`"));
        }
        // rhai locks a variable that a closure has captured while a method of it runs.
        let copies = captured.is_some() && !changes;
        if copies {
            self.insert(node.range.start, &format!("{}copy(", super::words::OWN_PREFIX));
        }
        self.receiver(base);
        if copies {
            self.insert(base.range.end.max(node.range.start), ")");
        }
        args.iter().for_each(|arg| self.node(arg));
    }

    /// What a method is called of. Where a `?` of it gives `()`, rhai leaves out the method too, so rhai must see it.
    fn receiver(&mut self, base: &Node) {
        let stops = self.steps(base).is_some_and(|(_, _, _, steps, _)| steps.iter().any(|step| step.optional));
        match &base.kind {
            NodeKind::Field { base, .. } if stops => self.receiver(base),
            NodeKind::Index { base, index, .. } if stops => {
                self.receiver(base);
                self.node(index);
            }
            NodeKind::Method { base: inner, name, args, .. } if stops => self.method(base, inner, name, args),
            _ => self.node(base),
        }
    }

    fn is_outer(&self, base: &Node) -> bool {
        match &base.kind {
            NodeKind::Name(name) => (self.names.root)(name).is_some(),
            NodeKind::Field { base, .. } | NodeKind::Index { base, .. } => self.is_outer(base),
            _ => false,
        }
    }

    /// A text of parts. One with statements in it is made by rhai itself, as a plain text without secrets.
    fn template(&mut self, node: &Node, parts: &[Node]) {
        let own = super::words::OWN_PREFIX;
        let values: Vec<&Node> = parts.iter().filter(|part| !matches!(part.kind, NodeKind::Text(_))).collect();
        let holes = holes(self.text, node.range.start);
        let statements = values.iter().any(|part| matches!(part.kind, NodeKind::Opaque { .. }));
        if statements || holes.len() != values.len() {
            return values.into_iter().for_each(|part| self.plain_part(part));
        }
        if holes.is_empty() {
            return;
        }
        self.insert(node.range.start, &format!("{own}join(["));
        for (part, hole) in values.into_iter().zip(holes) {
            self.replace(hole.start..hole.start + 2, "`, ");
            self.insert(part.range.start, &format!("{own}text("));
            self.node(part);
            self.insert(part.range.end, ")");
            // rhai leaves out a line feed behind an opening backtick.
            let line_feed = self.text[hole.end..].starts_with(['\n', '\r']);
            self.replace(hole.end - 1..hole.end, if line_feed { ", `\n" } else { ", `" });
        }
        self.insert(node.range.end, "])");
    }

    fn plain_part(&mut self, part: &Node) {
        let own = super::words::OWN_PREFIX;
        let (open, close) = if matches!(part.kind, NodeKind::Opaque { .. }) { ("{", "}") } else { ("", "") };
        self.insert(part.range.start, &format!("{open}{own}plain("));
        self.node(part);
        self.insert(part.range.end, &format!("){close}"));
    }

    /// What is assigned to: its indexes are read, its name is not.
    fn assigned(&mut self, target: &Node) {
        match &target.kind {
            NodeKind::Name(name) if self.script && self.target != Some(&**name) => {
                let message = format!("`{name}` is bound outside and can't be changed here");
                let problem = Problem::new(ProblemKind::Outside, message, target.range.clone());
                self.problems.push(problem.help("copy it first, or let the script give the new value"));
            }
            NodeKind::Field { base, .. } => self.assigned(base),
            NodeKind::Index { base, index, .. } => {
                self.assigned(base);
                self.node(index);
            }
            _ => {}
        }
    }

    /// The slot of a path that is read without anything computed.
    pub fn whole_path(&mut self, node: &Node) -> Option<usize> {
        let (root, name, at, steps, computed) = self.steps(node)?;
        computed.is_empty().then(|| self.slot(root, name, at, steps))
    }

    fn slot(&mut self, root: usize, name: Arc<str>, at: usize, steps: Vec<Step>) -> usize {
        self.slots.push(Slot::new(root, name, at, steps, self.function));
        self.slots.len() - 1
    }

    /// Replaces a path by the reading of its slot, if it is one.
    fn path(&mut self, node: &Node) -> bool {
        let Some((root, name, at, steps, computed)) = self.steps(node) else { return false };
        let slot = self.slot(root, name, at, steps);
        let own = super::words::OWN_PREFIX;
        let reader = if self.function.is_some() { "c" } else { "r" };
        if computed.is_empty() {
            self.replace(node.range.clone(), format!("{own}{reader}({slot})"));
            return true;
        }
        let mut from = node.range.start;
        let mut with = format!("{own}{reader}({slot}, ");
        for index in computed {
            self.replace(from..index.range.start, with);
            self.node(index);
            (from, with) = (index.range.end, ", ".to_string());
        }
        self.replace(from..node.range.end, ")");
        true
    }

    /// A path that begins at a free name: its root, name and place, its steps, and what is computed in it.
    #[allow(clippy::type_complexity)]
    fn steps<'n>(&self, node: &'n Node) -> Option<(usize, Arc<str>, usize, Vec<Step>, Vec<&'n Node>)> {
        match &node.kind {
            NodeKind::Name(name) => {
                let root = (self.names.root)(name)?;
                Some((root, name.clone(), node.range.start, vec![], vec![]))
            }
            NodeKind::Field { base, name, optional } => {
                let (root, first, at, mut steps, computed) = self.steps(base)?;
                steps.push(Step { key: Key::Field(name.text.clone()), optional: *optional, at: name.range.start });
                Some((root, first, at, steps, computed))
            }
            NodeKind::Index { base, index, optional } => {
                let (root, first, at, mut steps, mut computed) = self.steps(base)?;
                let key = match &index.kind {
                    NodeKind::Int(item) => Key::Item(*item),
                    NodeKind::Text(name) => Key::Name(name.clone()),
                    _ => {
                        computed.push(&**index);
                        Key::Computed
                    }
                };
                steps.push(Step { key, optional: *optional, at: index.range.start });
                (computed.len() <= MAX_COMPUTED).then_some((root, first, at, steps, computed))
            }
            NodeKind::Method { base, name, args, optional } if args.is_empty() => {
                let measure = MEASURES.into_iter().find(|measure| *name.text == **measure)?;
                let (root, first, at, mut steps, computed) = self.steps(base)?;
                let own = (self.names.function)(measure);
                steps.push(Step { key: Key::Measure(measure), optional: *optional, at: name.range.start });
                (!own).then_some((root, first, at, steps, computed))
            }
            _ => None,
        }
    }
}

/// The local name that a chain of fields begins with.
fn local_of(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Local(name) => Some(name),
        NodeKind::Field { base, .. } | NodeKind::Index { base, .. } | NodeKind::Method { base, .. } => local_of(base),
        _ => None,
    }
}

/// Whether a closure in `node` reads the local name.
fn captures(node: &Node, local: &str) -> bool {
    let mut found = false;
    node.walk(&mut |part| {
        if let NodeKind::Closure { body, .. } = &part.kind {
            body.walk(&mut |inner| found |= matches!(&inner.kind, NodeKind::Local(name) if **name == *local));
        }
    });
    found
}
