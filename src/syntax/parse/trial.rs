//! `test` blocks and their lines.

use super::super::ast::{MockValue, Performance, Quoted, Test, TestLine, TestLineKind};
use super::super::explain;
use super::super::reserved::Bears;
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    pub(super) fn test(&mut self, node: Node) -> Option<Test> {
        let (from, span) = (start(&node), self.span(&node));
        let mut nodes = node.into_inner();
        let name = take(&mut nodes, Rule::quoted).map(|n| self.quoted(&n));
        if name.is_none() {
            self.lack(from);
        }
        let of = take(&mut nodes, Rule::name).map(|n| self.name(&n));
        let lines = nodes.find(|n| n.as_rule() == Rule::lines).map_or_else(Vec::new, |n| self.lines(n));
        Some(Test { name: name?, of, lines, span })
    }

    fn lines(&mut self, node: Node) -> Vec<TestLine> {
        let mut lines = Vec::new();
        let mut last = start(&node);
        for node in node.into_inner() {
            let from = start(&node);
            match node.as_rule() {
                Rule::junk => self.left_over(&node, last),
                Rule::stray => self.say(|_| explain::semicolon(from)),
                Rule::bad_line => self.bad_line(&node),
                _ => lines.extend(self.line(node)),
            }
            last = from;
        }
        lines
    }

    fn bad_line(&mut self, node: &Node) {
        let (from, to) = (start(node), node.as_span().end());
        self.explain(from, to, |text| explain::test_line(text, from));
    }

    fn line(&mut self, node: Node) -> Option<TestLine> {
        let (from, span) = (start(&node), self.span(&node));
        let rule = node.as_rule();
        let mut nodes = node.into_inner();
        let kind = match rule {
            Rule::x_input if take(&mut nodes, Rule::lack).is_some() => {
                self.lack_as(from, Some("input-line"));
                return None;
            }
            Rule::x_input => TestLineKind::Input(self.next_code(&mut nodes, from)?),
            Rule::x_given => self.given_line(nodes, from)?,
            Rule::x_mock => {
                let path = self.next_path(&mut nodes, from)?;
                TestLineKind::Mock { path, value: self.mock_value(nodes.next()?) }
            }
            Rule::x_secret => {
                let name = self.next_name(&mut nodes, from)?;
                TestLineKind::Secret { name, value: self.next_code(&mut nodes, from)? }
            }
            Rule::x_signal => {
                let name = self.next_name(&mut nodes, from)?;
                TestLineKind::Signal { name, arguments: nodes.next().map(|a| self.arguments(a)) }
            }
            Rule::x_answer => {
                let path = self.next_path(&mut nodes, from)?;
                TestLineKind::Answer { path, value: self.next_expr(&mut nodes, from)? }
            }
            Rule::x_advance => {
                let by = self.next_expr(&mut nodes, from)?;
                TestLineKind::Advance { by, down: nodes.next().is_some() }
            }
            Rule::x_crash => TestLineKind::CrashAfter { path: self.next_path(&mut nodes, from)? },
            Rule::x_expect => TestLineKind::Expect(self.next_code(&mut nodes, from)?),
            _ => self.around_lines(nodes, from)?,
        };
        Some(TestLine { kind, span })
    }

    fn next_path(&mut self, nodes: &mut Nodes, from: usize) -> Option<Quoted> {
        match take(nodes, Rule::spath) {
            Some(path) => Some(Quoted { text: path.as_str().into(), span: self.span(&path) }),
            None => {
                self.lack(from);
                None
            }
        }
    }

    fn given_line(&mut self, mut nodes: Nodes, from: usize) -> Option<TestLineKind> {
        let trigger = self.next_name(&mut nodes, from)?;
        let body = take(&mut nodes, Rule::expr).map(|n| self.code(&n));
        let headers = match take(&mut nodes, Rule::g_headers) {
            Some(headers) => {
                let from = start(&headers);
                self.next_code(&mut headers.into_inner(), from)
            }
            None => None,
        };
        Some(TestLineKind::Given { trigger, body, headers })
    }

    fn mock_value(&mut self, node: Node) -> MockValue {
        match node.as_rule() {
            Rule::m_list => MockValue::List(node.into_inner().filter_map(|n| self.performance(n)).collect()),
            Rule::m_fails => self.performance(node).map_or_else(|| MockValue::List(vec![]), MockValue::One),
            _ => MockValue::One(Performance::Gives(self.expr(&node))),
        }
    }

    fn performance(&mut self, node: Node) -> Option<Performance> {
        Some(match node.as_rule() {
            Rule::m_fails => Performance::Fails(self.held_code(node)?),
            _ => Performance::Gives(self.expr(&node)),
        })
    }

    fn around_lines(&mut self, mut nodes: Nodes, from: usize) -> Option<TestLineKind> {
        let item = take(&mut nodes, Rule::name).map(|n| self.given(&n, Bears::Variable));
        let index = take(&mut nodes, Rule::name).map(|n| self.given(&n, Bears::Variable));
        let items = self.next_code(&mut nodes, from);
        let lines = nodes.find(|n| n.as_rule() == Rule::lines).map_or_else(Vec::new, |n| self.lines(n));
        Some(TestLineKind::For { item: item?, index, items: items?, lines })
    }
}
