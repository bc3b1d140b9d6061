//! Chains of fields, indexes and methods in the order in which they are written.
//!
//! rhai keeps `a.b[c].d()` leaning to the right, and how far an index reaches in a flag. Invariant: the links of
//! [`flatten`], applied to the base one after the other, are the chain.

use rhai::{ASTFlags, Expr, FnCallExpr, Position};

/// One step of a chain. Whether it is written with `?` is asked of the text: rhai's flags lose some of `?[`.
pub(super) enum Link<'a> {
    Field { name: &'a str, position: Position },
    Index { index: &'a Expr },
    Method { call: &'a FnCallExpr, position: Position },
}

/// What a chain begins with, and its links.
pub(super) fn flatten(expr: &Expr) -> (&Expr, Vec<Link<'_>>) {
    let mut links = Vec::new();
    let base = collect(expr, &mut links);
    (base, links)
}

/// Puts the links of `expr` behind those of its base, which it gives.
fn collect<'a>(expr: &'a Expr, links: &mut Vec<Link<'a>>) -> &'a Expr {
    let lhs = match expr {
        Expr::Dot(sides, ..) | Expr::Index(sides, ..) => &sides.lhs,
        other => return other,
    };
    let base = collect(lhs, links);
    tail(expr, links);
    base
}

/// The links right of the first operand of `expr`.
fn tail<'a>(mut expr: &'a Expr, links: &mut Vec<Link<'a>>) {
    loop {
        let (sides, flags, is_dot) = match expr {
            Expr::Dot(sides, flags, _) => (sides, flags, true),
            Expr::Index(sides, flags, _) => (sides, flags, false),
            _ => return,
        };
        let ends = !is_dot && flags.contains(ASTFlags::BREAK);
        let (first, rest) = match &sides.rhs {
            Expr::Dot(inner, ..) | Expr::Index(inner, ..) if !ends => (&inner.lhs, Some(&sides.rhs)),
            other => (other, None),
        };
        match first {
            Expr::Property(names, position) if is_dot => {
                links.push(Link::Field { name: &names.2, position: *position });
            }
            Expr::MethodCall(call, position) if is_dot => {
                links.push(Link::Method { call, position: *position });
            }
            index => links.push(Link::Index { index }),
        }
        match rest {
            Some(rest) => expr = rest,
            None => return,
        }
    }
}
