//! A whole file: its declarations, one after the other.

use super::super::ast::{Action, Block, Code, Const, File, Function, Item, Name, Param, Use, UseFrom, Workflow};
use super::super::explain;
use super::super::reserved::Bears;
use super::{Builder, Node, Nodes, Rule, start, take};

impl Builder<'_> {
    pub(super) fn file(&mut self, node: Node) -> File {
        let mut items = Vec::new();
        let (mut last, mut headless) = (0, false);
        for node in node.into_inner() {
            let from = start(&node);
            match node.as_rule() {
                Rule::EOI => {}
                Rule::junk => self.left_over(&node, last),
                Rule::stray => self.say(|_| explain::semicolon(from)),
                // What stands indented below a head without braces belongs to it.
                Rule::bad_decl if headless && from > 0 && !self.text[..from].ends_with(['\n', '\r']) => {}
                Rule::bad_decl => {
                    self.bad_declaration(&node);
                    headless = true;
                }
                _ => {
                    items.extend(self.item(node));
                    headless = false;
                }
            }
            last = from;
        }
        let comments = self.close_comments();
        File { items, comments }
    }

    fn item(&mut self, node: Node) -> Option<Item> {
        match node.as_rule() {
            Rule::d_workflow => self.workflow(node).map(Item::Workflow),
            Rule::d_test => self.test(node).map(Item::Test),
            Rule::d_action => self.action(node).map(Item::Action),
            Rule::d_fn => self.function(node).map(Item::Fn),
            Rule::d_use => self.using(node).map(Item::Use),
            _ => self.constant(node).map(Item::Const),
        }
    }

    /// What stands between the end of a statement or declaration and the end of its line.
    pub(super) fn left_over(&mut self, junk: &Node, statement: usize) {
        let (from, to) = (start(junk), junk.as_span().end());
        self.explain(from, to, |text| explain::left_over(text, statement, from, to));
    }

    fn bad_declaration(&mut self, node: &Node) {
        let (from, to) = (start(node), node.as_span().end());
        self.explain(from, to, |text| explain::declaration(text, from));
    }

    fn using(&mut self, node: Node) -> Option<Use> {
        let (from, span) = (start(&node), self.span(&node));
        let mut nodes = node.into_inner();
        let source = nodes.next().filter(|n| n.as_rule() != Rule::lack);
        let Some(source) = source else {
            self.lack(from);
            return None;
        };
        let source = match source.as_rule() {
            Rule::quoted => UseFrom::File(self.quoted(&source)),
            _ => UseFrom::Module(self.name(&source)),
        };
        let alias = match nodes.next() {
            Some(alias) if alias.as_rule() == Rule::alias => Some(self.name(&alias)),
            Some(_) => {
                self.lack(from);
                None
            }
            None => None,
        };
        Some(Use { from: source, alias, span })
    }

    fn constant(&mut self, node: Node) -> Option<Const> {
        let (from, span) = (start(&node), self.span(&node));
        let doc = self.doc(from);
        let mut nodes = node.into_inner();
        let name = self.next_given(&mut nodes, from, Bears::Constant)?;
        let value = self.next_expr(&mut nodes, from)?;
        Some(Const { doc, name, value, span })
    }

    /// The next child as a name that is given here; what is missing is told.
    pub(super) fn next_given(&mut self, nodes: &mut Nodes, from: usize, bears: Bears) -> Option<Name> {
        match take(nodes, Rule::name) {
            Some(name) => Some(self.given(&name, bears)),
            None => {
                self.lack(from);
                None
            }
        }
    }

    fn function(&mut self, node: Node) -> Option<Function> {
        let (from, span) = (start(&node), self.span(&node));
        let doc = self.doc(from);
        let mut nodes = node.into_inner();
        let name = self.next_given(&mut nodes, from, Bears::Function);
        let params = take(&mut nodes, Rule::fn_params);
        let params =
            params.map_or_else(Vec::new, |p| p.into_inner().map(|n| self.given(&n, Bears::FnParameter)).collect());
        let body: Code = nodes.find(|n| n.as_rule() == Rule::body).map(|n| self.code(&n))?;
        Some(Function { doc, name: name?, params, body, span })
    }

    fn action(&mut self, node: Node) -> Option<Action> {
        let (from, span) = (start(&node), self.span(&node));
        let doc = self.doc(from);
        let mut nodes = node.into_inner();
        let name = self.next_given(&mut nodes, from, Bears::Action);
        let params: Vec<Param> = take(&mut nodes, Rule::params).map_or_else(Vec::new, |p| self.params(p));
        let body = self.last_block(nodes);
        Some(Action { doc, name: name?, params, body, span })
    }

    fn workflow(&mut self, node: Node) -> Option<Workflow> {
        let (from, span) = (start(&node), self.span(&node));
        let doc = self.doc(from);
        let mut nodes = node.into_inner();
        let name = self.next_given(&mut nodes, from, Bears::Workflow);
        let body = self.last_block(nodes);
        Some(Workflow { doc, name: name?, body, span })
    }

    /// The block among the children that are left; the grammar gives one behind every head.
    pub(super) fn last_block(&mut self, mut nodes: Nodes) -> Block {
        nodes.find(|n| n.as_rule() == Rule::block).map(|n| self.block(n)).unwrap_or_default()
    }
}
