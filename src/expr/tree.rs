//! An expression as data, for those who look at it without rhai: the type checker, lints, the translation into
//! what is evaluated.
//!
//! It is what the text says, nothing folded or left out. Invariant: every range lies within the text, on
//! characters' boundaries, and a part's range lies within its whole's.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// An expression, or the statements of a script.
#[derive(Clone, PartialEq, Debug)]
pub struct Tree {
    pub root: Node,
}

/// A part of an expression.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// The bytes of the text that say it, without parentheses around it.
    pub range: Range<usize>,
    pub kind: NodeKind,
}

/// A word of the text and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    pub text: Arc<str>,
    pub range: Range<usize>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum NodeKind {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Arc<str>),
    /// A name that the text doesn't bind itself.
    Name(Arc<str>),
    /// A name that the text binds: a closure's or function's parameter, a variable of a script.
    Local(Arc<str>),
    /// `this`, in the body of a `fn`.
    This,
    /// `base.name`, or `base?.name`.
    Field {
        base: Box<Node>,
        name: Word,
        optional: bool,
    },
    /// `base[index]`, or `base?[index]`.
    Index {
        base: Box<Node>,
        index: Box<Node>,
        optional: bool,
    },
    Call {
        name: Word,
        args: Vec<Node>,
    },
    Method {
        base: Box<Node>,
        name: Word,
        args: Vec<Node>,
        optional: bool,
    },
    Unary {
        op: Arc<str>,
        of: Box<Node>,
    },
    /// One operator of two operands, but for those below.
    Binary {
        op: Word,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// `a && b && …`
    And(Vec<Node>),
    /// `a || b || …`
    Or(Vec<Node>),
    /// `a ?? b ?? …`
    Coalesce(Vec<Node>),
    /// `item in container`, or with `negated` `item !in container`.
    In {
        item: Box<Node>,
        container: Box<Node>,
        negated: bool,
    },
    /// `from..to`; none where an end is left open.
    Range {
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
        inclusive: bool,
    },
    Map(Vec<(Word, Node)>),
    List(Vec<Node>),
    /// A backtick string with `${…}`: its texts and values in their order.
    Template(Vec<Node>),
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Option<Box<Node>>,
    },
    /// The arms in their order. The literals of an arm are not kept.
    Switch {
        subject: Box<Node>,
        arms: Vec<Arm>,
    },
    Closure {
        params: Vec<Arc<str>>,
        body: Box<Node>,
    },
    /// `target = value`, or with another operator `target += value`.
    Assign {
        target: Box<Node>,
        op: Word,
        value: Box<Node>,
    },
    /// Statements of a script: the parts in their order. Its value is that of the last part if `value` says so.
    Opaque {
        parts: Vec<Node>,
        value: bool,
    },
}

/// `literal if guard => value`
#[derive(Clone, PartialEq, Debug)]
pub struct Arm {
    pub guard: Option<Node>,
    pub value: Node,
    /// Whether it is the arm `_`.
    pub default: bool,
}

impl Node {
    pub(super) fn new(range: Range<usize>, kind: NodeKind) -> Node {
        Node { range, kind }
    }

    /// The parts of which it consists, in the order of the text but for targets of assignments.
    pub fn parts(&self) -> Vec<&Node> {
        use NodeKind as Kind;
        match &self.kind {
            Kind::Unit | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Char(_) | Kind::Text(_) => vec![],
            Kind::Name(_) | Kind::Local(_) | Kind::This => vec![],
            Kind::Field { base, .. } => vec![base],
            Kind::Index { base, index, .. } => vec![base, index],
            Kind::Call { args, .. } => args.iter().collect(),
            Kind::Method { base, args, .. } => std::iter::once(&**base).chain(args).collect(),
            Kind::Unary { of, .. } => vec![of],
            Kind::Binary { left, right, .. } => vec![left, right],
            Kind::And(parts) | Kind::Or(parts) | Kind::Coalesce(parts) => parts.iter().collect(),
            Kind::In { item, container, .. } => vec![item, container],
            Kind::Range { from, to, .. } => from.iter().chain(to).map(|end| &**end).collect(),
            Kind::Map(fields) => fields.iter().map(|(_, value)| value).collect(),
            Kind::List(items) | Kind::Template(items) => items.iter().collect(),
            Kind::If { condition, then, otherwise } => {
                [condition, then].into_iter().chain(otherwise).map(|part| &**part).collect()
            }
            Kind::Switch { subject, arms } => {
                let arms = arms.iter().flat_map(|arm| arm.guard.iter().chain([&arm.value]));
                std::iter::once(&**subject).chain(arms).collect()
            }
            Kind::Closure { body, .. } => vec![body],
            Kind::Assign { target, value, .. } => vec![target, value],
            Kind::Opaque { parts, .. } => parts.iter().collect(),
        }
    }

    /// Calls `visit` with this part and every part within it, outer ones first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Node)) {
        visit(self);
        self.parts().into_iter().for_each(|part| part.walk(visit));
    }
}

/// A free name with the places where it is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Root {
    pub name: Arc<str>,
    /// The bytes of each occurrence, in the order of the text.
    pub ranges: Vec<Range<usize>>,
}

impl Tree {
    /// The free names in the order of their first occurrence.
    pub fn roots(&self) -> Vec<Root> {
        let mut roots: Vec<Root> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        self.root.walk(&mut |node| {
            let NodeKind::Name(name) = &node.kind else { return };
            let at = *known.entry(name).or_insert(roots.len());
            match roots.get_mut(at) {
                Some(root) => root.ranges.push(node.range.clone()),
                None => roots.push(Root { name: name.clone(), ranges: vec![node.range.clone()] }),
            }
        });
        roots.iter_mut().for_each(|root| root.ranges.sort_by_key(|range| range.start));
        roots
    }
}
