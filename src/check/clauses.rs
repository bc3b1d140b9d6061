//! The clauses of a step: their order, what excludes what, and the types of their values.

use crate::check::checker::Checker;
use crate::check::scope::{Binding, Origin};
use crate::check::statements::error_type;
use crate::check::ty::Ty;
use crate::diag::Diagnostic;
use crate::syntax::ast::{Clause, ClauseKind, Expr, Name, Step};

impl<'a> Checker<'a> {
    /// Looks at the clauses of a step whose target gives `result`; gives the type of what the step is bound to.
    pub fn clauses(&mut self, step: &'a Step, result: Ty) -> Ty {
        let mut bound = result.clone();
        self.clause_order(&step.clauses);
        for clause in &step.clauses {
            match &clause.kind {
                ClauseKind::Else(value) => bound = result.join(&self.otherwise(*value)),
                ClauseKind::Undo { action, clauses } => {
                    let help = "write what undoes it into a `catch` or `finally`";
                    self.not_yet("E0602", clause.span, "`undo`", help);
                    self.scoped(|c| {
                        c.see(&step.name, bound.clone());
                        c.action(action);
                        c.clause_order(clauses);
                        clauses.iter().for_each(|inner| c.clause(inner));
                    });
                }
                _ => self.clause(clause),
            }
        }
        bound
    }

    /// Makes a step's own name visible, unless another one hides it.
    fn see(&mut self, name: &'a Name, ty: Ty) {
        if self.scopes.get(&name.text).is_none() {
            let fiber = self.body.fiber;
            self.scopes.bind(name.text.clone(), Binding { origin: Origin::Step, span: name.span, ty, fiber });
        }
    }

    /// A clause by itself, as it may stand behind an undo as well.
    fn clause(&mut self, clause: &'a Clause) {
        match &clause.kind {
            ClauseKind::Timeout(length) => drop(self.expect(*length, &Ty::Duration, "`timeout`")),
            ClauseKind::Within(length) => drop(self.expect(*length, &Ty::Duration, "`within`")),
            ClauseKind::Retry { count, every, when } => {
                self.expect_code(*count, &Ty::Int, "`retry`");
                if let Some((from, to)) = every {
                    self.expect(*from, &Ty::Duration, "`every`");
                    to.iter().for_each(|to| drop(self.expect(*to, &Ty::Duration, "`every`")));
                    self.rising(*from, *to);
                }
                if let Some(when) = when {
                    self.over_error(|c| c.condition(*when));
                }
            }
            ClauseKind::RateLimit { rate, per } => {
                self.expect_code(*rate, &Ty::String, "`rate_limit`");
                per.iter().for_each(|per| drop(self.code(*per)));
                self.not_yet("E0602", clause.span, "`rate_limit`", "write a `sleep` between the steps");
            }
            ClauseKind::Else(value) => drop(self.otherwise(*value)),
            ClauseKind::Once => {
                self.not_yet(
                    "E0602",
                    clause.span,
                    "`once`",
                    "leave it out: without `retry` a step that fails isn't repeated",
                );
            }
            ClauseKind::Undo { .. } => {
                let error = Diagnostic::error("E0405", clause.span, "an undo has no undo of its own");
                self.tell(error.help("the action that undoes is the last word on this step"));
            }
        }
    }

    fn rising(&mut self, from: Expr, to: Option<Expr>) {
        if let (Expr::Duration { ms: low, .. }, Some(Expr::Duration { ms: high, span })) = (from, to)
            && high < low
        {
            let error = Diagnostic::error("E0301", span, "`every A..B` grows from A to B, but B is the shorter one");
            self.tell(error.help("put the shorter duration first"));
        }
    }

    fn otherwise(&mut self, value: Expr) -> Ty {
        self.over_error(|c| c.expr(value))
    }

    /// `err` is in scope of `inside`, whatever it means around.
    fn over_error<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scoped(|c| {
            c.scopes.give("err", error_type());
            inside(c)
        })
    }

    fn clause_order(&mut self, clauses: &[Clause]) {
        let mut last: Option<(usize, &Clause)> = None;
        for clause in clauses {
            if clause.after_blank_line {
                let message = format!("an empty line stands between this `{}` and its step", word(clause));
                let error = Diagnostic::error("E0407", clause.span, message);
                self.tell(error.help("take the empty line away: a clause belongs to the step right above it"));
            }
            let place = place(clause);
            if let Some((before, earlier)) = last.filter(|(before, _)| *before >= place) {
                let error = match before == place {
                    true => Diagnostic::error("E0406", clause.span, format!("`{}` stands here twice", word(clause)))
                        .label(earlier.span, "the first one"),
                    false => {
                        let message = format!("`{}` stands before `{}`", word(clause), word(earlier));
                        Diagnostic::error("E0405", clause.span, message)
                            .label(earlier.span, "this comes after it")
                            .help("the order is: timeout, within, retry, rate_limit, else, once, undo")
                    }
                };
                self.tell(error);
            } else {
                last = Some((place, clause));
            }
        }
        self.once_excludes_retry(clauses);
    }

    fn once_excludes_retry(&mut self, clauses: &[Clause]) {
        let once = clauses.iter().find(|c| matches!(c.kind, ClauseKind::Once));
        let retry = clauses.iter().find(|c| matches!(c.kind, ClauseKind::Retry { .. }));
        if let (Some(once), Some(retry)) = (once, retry) {
            let error = Diagnostic::error("E0408", once.span, "`once` and `retry` exclude each other")
                .label(retry.span, "the step is attempted again here");
            self.tell(error.help("leave one of them out: `once` is for what must never be done twice"));
        }
    }
}

/// The place of a clause in the order of clauses.
fn place(clause: &Clause) -> usize {
    match clause.kind {
        ClauseKind::Timeout(_) => 0,
        ClauseKind::Within(_) => 1,
        ClauseKind::Retry { .. } => 2,
        ClauseKind::RateLimit { .. } => 3,
        ClauseKind::Else(_) => 4,
        ClauseKind::Once => 5,
        ClauseKind::Undo { .. } => 6,
    }
}

fn word(clause: &Clause) -> &'static str {
    ["timeout", "within", "retry", "rate_limit", "else", "once", "undo"][place(clause)]
}
