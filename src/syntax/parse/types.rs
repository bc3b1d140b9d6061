//! Types, parameters, and the fields of `input`, `output` and forms.

use crate::diag::Diagnostic;
use crate::source::Span;

use super::super::ast::{Name, OutputField, Param, Type, TypeKind};
use super::super::{MAX_NESTING, codes, explain};
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    /// `list<…>` and `map<…>` come flat, as words before and `>` behind, so that no depth of them is recursion.
    pub(super) fn ty(&mut self, node: Node) -> Type {
        let whole = self.span(&node);
        let mut wraps: Vec<Node> = Vec::new();
        let mut built: Option<Type> = None;
        let depth = self.type_depth;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::t_wrap => {
                    self.type_depth += 1;
                    wraps.push(part);
                }
                Rule::t_opt => self.optional(&part, built.as_mut()),
                // What stands too deep is told once, and not built: a tree that deep could not be walked.
                Rule::t_close if depth + wraps.len() > MAX_NESTING => drop(wraps.pop()),
                Rule::t_close => built = self.wrapped(&part, wraps.pop(), built),
                _ => built = Some(self.core(part)),
            }
        }
        if let Some(wrap) = wraps.last() {
            let word = wrap.as_str().split(['<', ' ', '\t']).next().unwrap_or_default();
            let message = format!("a `>` is missing behind the type that `{word}<` begins");
            let found = Diagnostic::error(codes::TYPE, whole, message).help(format!("write `{word}<T>`"));
            self.findings.push(found);
        }
        self.type_depth = depth;
        built.unwrap_or_else(|| self.unknown(whole))
    }

    fn unknown(&self, span: Span) -> Type {
        Type { kind: TypeKind::Named(Name { text: "any".into(), span }), optional: false, span }
    }

    fn optional(&mut self, mark: &Node, of: Option<&mut Type>) {
        let span = self.span(mark);
        let Some(ty) = of else { return };
        if ty.optional {
            let found = Diagnostic::error(codes::TYPE, span, "this type is optional already");
            self.findings.push(found.help("one `?` is enough: `T?`"));
        }
        ty.optional = true;
        ty.span = ty.span.to(span);
    }

    fn wrapped(&mut self, close: &Node, wrap: Option<Node>, inner: Option<Type>) -> Option<Type> {
        let end = self.span(close);
        let Some(wrap) = wrap else {
            let found = Diagnostic::error(codes::TYPE, end, "this `>` closes nothing");
            self.findings.push(found.help("take it out"));
            return inner;
        };
        let span = self.span(&wrap).to(end);
        let inner = Box::new(inner.unwrap_or_else(|| self.unknown(span)));
        let kind = if wrap.as_str().starts_with("list") { TypeKind::List(inner) } else { TypeKind::Map(inner) };
        Some(Type { kind, optional: false, span })
    }

    fn core(&mut self, node: Node) -> Type {
        let span = self.span(&node);
        if self.type_depth > MAX_NESTING {
            if self.type_depth != usize::MAX / 2 {
                let message = format!("types stand more than {MAX_NESTING} deep within each other (limit `nesting`)");
                self.findings.push(Diagnostic::error(codes::TOO_DEEP, span, message));
            }
            self.type_depth = usize::MAX / 2;
            return self.unknown(span);
        }
        let kind = match node.as_rule() {
            Rule::t_enum => TypeKind::OneOf(node.into_inner().map(|q| self.quoted(&q)).collect()),
            Rule::t_obj => {
                self.type_depth += 1;
                TypeKind::Object(node.into_inner().filter_map(|f| self.type_field(f)).collect())
            }
            _ => TypeKind::Named(self.name(&node)),
        };
        Type { kind, optional: false, span }
    }

    fn type_field(&mut self, node: Node) -> Option<(Name, Type)> {
        let mut nodes = node.into_inner();
        let name = nodes.next()?;
        let name = match name.as_rule() {
            Rule::quoted => {
                let quoted = self.quoted(&name);
                Name { text: quoted.text, span: quoted.span }
            }
            _ => self.name(&name),
        };
        let ty = nodes.next()?;
        Some((name, self.ty(ty)))
    }

    /// `(name: T = default where rule, …)`
    pub(super) fn params(&mut self, node: Node) -> Vec<Param> {
        let open = start(&node);
        let mut list = Vec::new();
        for node in node.into_inner() {
            match node.as_rule() {
                Rule::bparam => list.extend(self.param(node)),
                _ => self.bad_parameter(&node, open),
            }
        }
        list
    }

    fn bad_parameter(&mut self, node: &Node, open: usize) {
        let span = node.as_span();
        self.say(|text| explain::parameter(text, open, span.start(), span.end()));
    }

    pub(super) fn param(&mut self, node: Node) -> Option<Param> {
        let doc = self.doc(start(&node));
        let span = self.span(&node);
        let mut nodes = node.into_inner();
        let name = self.name(&nodes.next()?);
        let ty = nodes.next()?;
        let ty = self.ty(ty);
        let (mut default, mut rule) = (None, None);
        for part in nodes {
            match part.as_rule() {
                Rule::default | Rule::default_b => default = self.held(part),
                _ => rule = self.held_code(part),
            }
        }
        Some(Param { doc, name, ty, default, rule, span })
    }

    /// The fields of `input` or of a form.
    pub(super) fn form(&mut self, node: Node) -> Vec<Param> {
        let comma_is_right = node.as_rule() == Rule::form;
        let mut list = Vec::new();
        for node in node.into_inner() {
            match node.as_rule() {
                Rule::param => list.extend(self.param(node)),
                rule => self.between_fields(&node, rule, comma_is_right),
            }
        }
        list
    }

    fn between_fields(&mut self, node: &Node, rule: Rule, in_form: bool) {
        let span = node.as_span();
        self.say(|text| match rule {
            Rule::comma => explain::comma(text, span.start()),
            _ => explain::field(text, span.start(), span.end(), in_form),
        });
    }

    pub(super) fn outputs(&mut self, node: Node) -> Vec<OutputField> {
        let mut list = Vec::new();
        for node in node.into_inner() {
            match node.as_rule() {
                Rule::out => list.extend(self.output_field(node)),
                rule => self.between_fields(&node, rule, false),
            }
        }
        list
    }

    fn output_field(&mut self, node: Node) -> Option<OutputField> {
        let doc = self.doc(start(&node));
        let span = self.span(&node);
        let mut nodes: Nodes = node.into_inner();
        let name = self.name(&nodes.next()?);
        let ty = take(&mut nodes, Rule::ty).map(|t| self.ty(t));
        let value = nodes.next().and_then(|v| self.held(v));
        Some(OutputField { doc, name, ty, value, span })
    }
}
