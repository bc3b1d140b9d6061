//! Values: expressions for rhai, durations, arguments.

use crate::diag::Diagnostic;

use super::super::ast::{Argument, ArgumentValue, Arguments, Code, Expr};
use super::super::{codes, explain};
use super::{Builder, Node, Nodes, Rule, start, take};

/// The units of a duration, from large to small, in milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Builder<'_> {
    pub(super) fn code(&mut self, node: &Node) -> Code {
        let span = self.span(node);
        self.codes.push(span);
        Code { span }
    }

    /// A value where a duration may stand alone.
    pub(super) fn expr(&mut self, node: &Node) -> Expr {
        if node.as_rule() != Rule::duration {
            self.mistaken_duration(node);
            return Expr::Code(self.code(node));
        }
        let span = self.span(node);
        let ms = milliseconds(node.as_str()).unwrap_or_else(|fault| {
            self.findings.push(
                Diagnostic::error(codes::DURATION, span, fault.message(&explain::shortened(node.as_str())))
                    .help(fault.help()),
            );
            0
        });
        Expr::Duration { ms, span }
    }

    /// The value inside a rule that only holds it.
    pub(super) fn held(&mut self, node: Node) -> Option<Expr> {
        let inner = node.into_inner().next()?;
        Some(self.expr(&inner))
    }

    pub(super) fn held_code(&mut self, node: Node) -> Option<Code> {
        let inner = node.into_inner().next()?;
        Some(self.code(&inner))
    }

    /// The next child as a value; what is missing is told.
    pub(super) fn next_expr(&mut self, nodes: &mut Nodes, from: usize) -> Option<Expr> {
        match nodes.next() {
            Some(node) if node.as_rule() != Rule::lack => Some(self.expr(&node)),
            _ => {
                self.lack(from);
                None
            }
        }
    }

    /// The next child as an expression; what is missing is told.
    pub(super) fn next_code(&mut self, nodes: &mut Nodes, from: usize) -> Option<Code> {
        match nodes.next() {
            Some(node) if node.as_rule() != Rule::lack => Some(self.code(&node)),
            _ => {
                self.lack(from);
                None
            }
        }
    }

    /// `5min`, `1.5h`: meant as a duration, and none.
    fn mistaken_duration(&mut self, node: &Node) {
        if let Some((message, help)) = explain::mistaken_duration(node.as_str()) {
            let span = self.span(node);
            self.findings.push(Diagnostic::error(codes::DURATION, span, message).help(help));
        }
    }

    pub(super) fn arguments(&mut self, node: Node) -> Arguments {
        let span = self.span(&node);
        let open = start(&node);
        let mut list: Vec<Argument> = Vec::new();
        for node in node.into_inner() {
            // The name before a `=` was taken for a value.
            if node.as_rule() == Rule::bad_arg && node.as_str().starts_with('=') {
                list.pop();
            }
            list.extend(self.argument(node, open));
        }
        Arguments { list, span }
    }

    fn argument(&mut self, node: Node, open: usize) -> Option<Argument> {
        if node.as_rule() != Rule::arg {
            self.bad_argument(&node, open);
            return None;
        }
        let span = self.span(&node);
        let mut nodes = node.into_inner();
        let name = match nodes.peek()?.as_rule() {
            Rule::arg_name | Rule::act_name | Rule::form_name => nodes.next().map(|n| self.name(&n)),
            _ => None,
        };
        let value = nodes.next()?;
        let value = match value.as_rule() {
            Rule::effect => self.performed(value, nodes),
            Rule::form => ArgumentValue::Fields(self.form(value)),
            _ => ArgumentValue::Expr(self.expr(&value)),
        };
        Some(Argument { name, value, span })
    }

    /// `notify: slack.post(…)`; with something behind it, it is a value after all.
    fn performed(&mut self, effect: Node, mut rest: Nodes) -> ArgumentValue {
        let Some(rest) = take(&mut rest, Rule::act_rest) else { return ArgumentValue::Action(self.effect(effect)) };
        let span = self.span(&effect).to(self.span(&rest));
        self.codes.push(span);
        ArgumentValue::Expr(Expr::Code(Code { span }))
    }

    /// What stands in a list of arguments or parameters and is none.
    pub(super) fn bad_argument(&mut self, node: &Node, open: usize) {
        let span = node.as_span();
        self.say(|text| explain::argument(text, open, span.start(), span.end()));
    }
}

enum DurationFault {
    TooLong,
    Order,
}

impl DurationFault {
    fn message(&self, text: &str) -> String {
        match self {
            DurationFault::TooLong => format!("the duration `{text}` is longer than can be counted"),
            DurationFault::Order => format!("the units of `{text}` don't go from large to small, each once"),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            DurationFault::TooLong => "durations are counted in milliseconds and may last some hundred million years",
            DurationFault::Order => "write it like `1d12h30m`",
        }
    }
}

fn milliseconds(text: &str) -> Result<i64, DurationFault> {
    let (mut rest, mut sum, mut last) = (text, 0_i64, i64::MAX);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(unit_at);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let ms = UNITS.iter().find(|(name, _)| *name == unit).map_or(1, |(_, ms)| *ms);
        if ms >= last {
            return Err(DurationFault::Order);
        }
        let count: i64 = digits.parse().map_err(|_| DurationFault::TooLong)?;
        let part = count.checked_mul(ms).ok_or(DurationFault::TooLong)?;
        sum = sum.checked_add(part).ok_or(DurationFault::TooLong)?;
        (rest, last) = (after, ms);
    }
    Ok(sum)
}
