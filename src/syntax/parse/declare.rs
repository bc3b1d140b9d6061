//! Declarations of a workflow: `input`, `output`, `signal`, `on`, `concurrency`, `timeout`, `retention`, `run as`.

use crate::source::Span;

use super::super::ast::{Code, Declaration, Name, On, Quoted};
use super::super::explain;
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    pub(super) fn declaration(&mut self, node: Node) -> Option<Declaration> {
        let from = start(&node);
        let rule = node.as_rule();
        if matches!(rule, Rule::w_input) {
            return Some(Declaration::Input(self.form(node)));
        }
        if matches!(rule, Rule::w_output) {
            return Some(Declaration::Output(self.outputs(node)));
        }
        let mut nodes = node.into_inner();
        match rule {
            Rule::w_signal => {
                let name = self.next_name(&mut nodes, from)?;
                let params = take(&mut nodes, Rule::params).map_or_else(Vec::new, |p| self.params(p));
                Some(Declaration::Signal { name, params })
            }
            Rule::w_on => self.on(nodes, from),
            Rule::w_conc => self.concurrency(nodes, from),
            Rule::w_timeout => self.next_expr(&mut nodes, from).map(Declaration::Timeout),
            Rule::w_keep => self.next_expr(&mut nodes, from).map(Declaration::Retention),
            _ => self.next_quoted(&mut nodes, from).map(Declaration::RunAs),
        }
    }

    pub(super) fn next_name(&mut self, nodes: &mut Nodes, from: usize) -> Option<Name> {
        match take(nodes, Rule::name) {
            Some(name) => Some(self.name(&name)),
            None => {
                self.lack(from);
                None
            }
        }
    }

    fn next_quoted(&mut self, nodes: &mut Nodes, from: usize) -> Option<Quoted> {
        match take(nodes, Rule::quoted) {
            Some(text) => Some(self.quoted(&text)),
            None => {
                self.lack(from);
                None
            }
        }
    }

    fn on(&mut self, mut nodes: Nodes, from: usize) -> Option<Declaration> {
        let kind = self.next_name(&mut nodes, from)?;
        let mut end = kind.span.end;
        let arguments = take(&mut nodes, Rule::args).map(|a| self.arguments(a));
        end = arguments.as_ref().map_or(end, |a| a.span.end);
        let mut on = On { kind, arguments, alias: None, when: None, signal: None, with: None };
        for node in nodes {
            let span = self.span(&node);
            self.on_part(node, end, &mut on);
            end = span.end;
        }
        Some(Declaration::On(Box::new(on)))
    }

    fn on_part(&mut self, node: Node, end: u32, on: &mut On) {
        let (span, rule, from) = (self.span(&node), node.as_rule(), start(&node));
        match rule {
            Rule::c_when => self.once("when", span, on.when.is_some()),
            Rule::c_with => self.once("with", span, on.with.is_some()),
            Rule::c_as => self.once("as", span, on.alias.is_some()),
            _ => self.once("signal", span, on.signal.is_some()),
        }
        match rule {
            Rule::c_when => on.when = self.part(node, end),
            Rule::c_with => on.with = self.part(node, end),
            Rule::c_as => {
                self.part_begins(&node, end);
                on.alias = self.next_name(&mut node.into_inner(), from);
            }
            _ => {
                self.part_begins(&node, end);
                on.signal = self.signalled(node.into_inner(), from);
            }
        }
    }

    fn signalled(&mut self, mut nodes: Nodes, from: usize) -> Option<(Name, Code)> {
        let name = self.next_name(&mut nodes, from)?;
        Some((name, self.next_code(&mut nodes, from)?))
    }

    fn concurrency(&mut self, mut nodes: Nodes, from: usize) -> Option<Declaration> {
        let limit = self.next_code(&mut nodes, from)?;
        let mut end = limit.span.end;
        let (mut per, mut overlap): (Option<Code>, Option<Name>) = (None, None);
        for node in nodes {
            let (span, from) = (self.span(&node), start(&node));
            if node.as_rule() == Rule::c_per {
                self.once("per", span, per.is_some());
                per = self.part(node, end);
            } else {
                self.once("overlap", span, overlap.is_some());
                self.part_begins(&node, end);
                overlap = self.next_name(&mut node.into_inner(), from);
            }
            end = span.end;
        }
        Some(Declaration::Concurrency { limit, per, overlap })
    }

    /// What stands once at most is told when it comes again.
    fn once(&mut self, word: &str, span: Span, again: bool) {
        if again {
            let (from, to) = self.local(span);
            self.say(|_| explain::twice(word, from, to));
        }
    }
}
