//! Requests: what can be said of the arguments of `http.*` before anything is sent, beyond their types.

use std::collections::HashSet;

use crate::check::arguments::Callee;
use crate::check::checker::Checker;
use crate::check::signature::Signature;
use crate::diag::Diagnostic;
use crate::expr::{self, Form, Node, NodeKind};
use crate::source::Span;
use crate::syntax::ast::{ArgumentValue, Arguments, Code, Expr};

/// What makes credentials for `auth`.
const CREDENTIALS: &[&str] = &["bearer", "basic"];

impl<'a> Checker<'a> {
    /// Looks at the arguments of a request.
    pub fn web(&mut self, callee: Callee<'_>, asked: &Signature, given: &'a Arguments) {
        let raw = self.tree_of("url", 0, given).map_or_else(HashSet::new, |(root, start)| raw_places(&root, start));
        let before = (self.extra_functions, std::mem::replace(&mut self.raw, raw));
        self.extra_functions = CREDENTIALS;
        self.arguments(callee, asked, given);
        (self.extra_functions, self.raw) = before;
        for (name, place, look) in [
            ("url", 0, url as fn(&Node) -> Option<Wrong>),
            ("method", usize::MAX, method),
            ("accept", usize::MAX, accept),
        ] {
            if let Some((root, start)) = self.tree_of(name, place, given)
                && let Some(Wrong { at, message, help }) = look(&root)
            {
                let place = Span::new(start + at.start as u32, start + at.end as u32);
                self.tell(Diagnostic::error("E0307", place, message).help(help));
            }
        }
    }

    /// What the argument says that has that name or stands at that place, and where its text begins.
    fn tree_of(&self, name: &str, place: usize, given: &Arguments) -> Option<(Node, u32)> {
        let found = given.list.iter().enumerate().find(|(at, argument)| match &argument.name {
            Some(known) => &*known.text == name,
            None => *at == place,
        });
        let ArgumentValue::Expr(Expr::Code(Code { span, .. })) = &found?.1.value else { return None };
        let tree = expr::look(self.source.slice(*span), Form::Url, &self.library).ok()?;
        Some((tree.root, span.start))
    }

    /// Tells a function that belongs to requests, where it is called elsewhere.
    pub fn of_requests(&mut self, name: &str, span: Span) -> bool {
        let help = match name {
            "raw" if self.raw.contains(&span) => return true,
            "raw" => "in a URL in backticks, `${raw(x)}` puts `x` in as it stands",
            _ if CREDENTIALS.contains(&name) && self.extra_functions != CREDENTIALS => {
                "it makes credentials for a request: `http.get(url, auth: bearer(token))`"
            }
            _ => return false,
        };
        self.unknown("E0207", span, "function", name, Some(format!("{help}; it is no function elsewhere")));
        true
    }
}

/// What is wrong with an argument, and at which of its bytes.
struct Wrong {
    at: std::ops::Range<usize>,
    message: String,
    help: &'static str,
}

/// Where `raw` is called as a whole `${…}` of a URL.
fn raw_places(root: &Node, start: u32) -> HashSet<Span> {
    let NodeKind::Template(parts) = &root.kind else { return HashSet::new() };
    let name = |part: &Node| match &part.kind {
        NodeKind::Call { name, .. } if expr::raw(part).is_some() => Some(name.range.clone()),
        _ => None,
    };
    let places = parts.iter().filter_map(name);
    places.map(|range| Span::new(start + range.start as u32, start + range.end as u32)).collect()
}

/// A URL that is written out begins with its scheme.
fn url(root: &Node) -> Option<Wrong> {
    let (text, whole) = match &root.kind {
        NodeKind::Text(text) => (text, true),
        NodeKind::Template(parts) => match &parts.first()?.kind {
            NodeKind::Text(text) if !text.is_empty() => (text, false),
            _ => return None,
        },
        _ => return None,
    };
    let text = text.to_ascii_lowercase();
    let begins = |scheme: &str| text.starts_with(scheme) || !whole && scheme.starts_with(&text);
    match begins("https://") || begins("http://") {
        true => None,
        false => Some(Wrong {
            at: root.range.clone(),
            message: "a URL begins with `http://` or `https://`".into(),
            help: "such as `https://example.com/path`",
        }),
    }
}

fn method(root: &Node) -> Option<Wrong> {
    let NodeKind::Text(text) = &root.kind else { return None };
    let is_token = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    let refused = text.eq_ignore_ascii_case("connect") || text.eq_ignore_ascii_case("trace");
    match !text.is_empty() && is_token(text) && !refused {
        true => None,
        false => Some(Wrong {
            at: root.range.clone(),
            message: "this is no method that can be asked for".into(),
            help: "such as `\"HEAD\"` or `\"OPTIONS\"`",
        }),
    }
}

/// `[404, 409]` or `"any"`.
fn accept(root: &Node) -> Option<Wrong> {
    let wrong = |node: &Node, message: &str| {
        let help = "write the statuses that are answers like others, `[404]`, or `\"any\"`";
        Some(Wrong { at: node.range.clone(), message: message.into(), help })
    };
    match &root.kind {
        NodeKind::Text(text) if **text != *"any" => wrong(root, "`accept` takes a list of statuses, or `\"any\"`"),
        NodeKind::Int(_) | NodeKind::Bool(_) | NodeKind::Float(_) | NodeKind::Map(_) => {
            wrong(root, "`accept` takes a list of statuses, or `\"any\"`")
        }
        NodeKind::List(items) => {
            let is_odd = |item: &&Node| match &item.kind {
                NodeKind::Int(status) => !(100..=599).contains(status),
                NodeKind::Text(_) | NodeKind::Bool(_) | NodeKind::Float(_) | NodeKind::Map(_) => true,
                NodeKind::List(_) | NodeKind::Range { .. } | NodeKind::Template(_) => true,
                _ => false,
            };
            items.iter().find(is_odd).and_then(|item| wrong(item, "a status is an int from 100 to 599"))
        }
        _ => None,
    }
}
