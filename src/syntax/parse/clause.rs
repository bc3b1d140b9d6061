//! The clauses of a step.

use crate::diag::Diagnostic;

use super::super::ast::{Clause, ClauseKind, Code, Expr};
use super::super::{codes, explain};
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    /// All clauses that follow; `end` is where what they belong to ends. Those behind an `undo` are its own.
    pub(super) fn clauses<'n>(&mut self, nodes: impl Iterator<Item = Node<'n>>, mut end: usize) -> Vec<Clause> {
        let mut flat = Vec::new();
        for node in nodes {
            let after_blank_line = self.has_blank_line(end, start(&node));
            let span = self.span(&node);
            end = node.as_span().end();
            if let Some(kind) = self.clause(node) {
                flat.push(Clause { kind, after_blank_line, span });
            }
        }
        let undo = flat.iter().position(|c| matches!(c.kind, ClauseKind::Undo { .. }));
        let Some(at) = undo else { return flat };
        let own = flat.split_off(at + 1);
        if let Some(Clause { kind: ClauseKind::Undo { clauses, .. }, .. }) = flat.last_mut() {
            *clauses = own;
        }
        flat
    }

    fn clause(&mut self, node: Node) -> Option<ClauseKind> {
        let from = start(&node);
        let rule = node.as_rule();
        let mut nodes = node.into_inner();
        match rule {
            Rule::k_timeout => self.next_expr(&mut nodes, from).map(ClauseKind::Timeout),
            Rule::k_within => self.next_expr(&mut nodes, from).map(ClauseKind::Within),
            Rule::k_else => match take(&mut nodes, Rule::lack) {
                Some(_) => {
                    self.lack_as(from, Some("else-clause"));
                    None
                }
                None => self.next_expr(&mut nodes, from).map(ClauseKind::Else),
            },
            Rule::k_once => Some(ClauseKind::Once),
            Rule::k_retry => self.retry(nodes, from),
            Rule::k_rate => {
                let rate = self.next_code(&mut nodes, from)?;
                let per = take(&mut nodes, Rule::c_per).and_then(|n| self.part(n, rate.span.end));
                Some(ClauseKind::RateLimit { rate, per })
            }
            _ => match take(&mut nodes, Rule::effect) {
                Some(effect) => Some(ClauseKind::Undo { action: self.effect(effect), clauses: vec![] }),
                None => {
                    self.lack(from);
                    None
                }
            },
        }
    }

    fn retry(&mut self, mut nodes: Nodes, from: usize) -> Option<ClauseKind> {
        let count = self.next_code(&mut nodes, from)?;
        let mut end = count.span.end;
        let every = take(&mut nodes, Rule::every).and_then(|n| {
            self.part_begins(&n, end);
            end = self.span(&n).end;
            self.every(n)
        });
        let when = take(&mut nodes, Rule::c_when).and_then(|n| self.part(n, end));
        Some(ClauseKind::Retry { count, every, when })
    }

    fn every(&mut self, node: Node) -> Option<(Expr, Option<Expr>)> {
        let from = start(&node);
        let mut nodes = node.into_inner();
        let Some(first) = take(&mut nodes, Rule::dterm) else {
            self.lack(from);
            return None;
        };
        let least = self.length(first)?;
        let most = match nodes.next() {
            Some(n) if n.as_rule() == Rule::dterm => self.length(n),
            Some(_) => {
                self.lack(from);
                None
            }
            None => None,
        };
        Some((least, most))
    }

    /// One side of `every A..B`; a bare number is none.
    fn length(&mut self, node: Node) -> Option<Expr> {
        let span = self.span(&node);
        let number = explain::shortened(node.as_str());
        if node.as_str().bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("`{number}` has no unit, so it is no duration");
            let help = format!("write `{number}ms`, `{number}s`, `{number}m`, `{number}h` or `{number}d`");
            self.findings.push(Diagnostic::error(codes::DURATION, span, message).help(help));
            return None;
        }
        self.held(node)
    }

    /// The expression of a part of a clause or a declaration (`per …`, `when …`), which ends at `end` before it.
    pub(super) fn part(&mut self, node: Node, end: u32) -> Option<Code> {
        self.part_begins(&node, end);
        let from = start(&node);
        self.next_code(&mut node.into_inner(), from)
    }

    /// A part belongs to what stands directly above.
    pub(super) fn part_begins(&mut self, node: &Node, end: u32) {
        let (from, to) = ((end - self.base) as usize, start(node));
        if self.has_blank_line(from, to) {
            self.say(|text| explain::behind_blank_line(text, from, to));
        }
    }
}
