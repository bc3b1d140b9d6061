//! Steps and their undos.

use std::sync::Arc;

use crate::check::Checked;
use crate::model::StepTarget;
use crate::program::lower::{Lowerer, Unplanned};
use crate::program::plan::{ExprId, Retry, Statement, Step, StepId};
use crate::source::Span;
use crate::syntax::ast::{self, ArgumentValue, Call, Clause, ClauseKind};

impl Lowerer<'_> {
    pub(super) fn step(&mut self, step: &ast::Step) -> Result<Statement, Unplanned> {
        let span = step.name.span;
        let (target, call) = match &step.target {
            ast::StepTarget::Action(call) => (StepTarget::Action(call.path.text().into()), Some(call)),
            ast::StepTarget::Call(call) => (StepTarget::Call(call.path.text().into()), Some(call)),
            ast::StepTarget::Start(call) => (StepTarget::Start(call.path.text().into()), Some(call)),
            ast::StepTarget::Signal(name) => (StepTarget::Signal(name.text.clone()), None),
            ast::StepTarget::Callback(_) | ast::StepTarget::Approval(_) => return Err(Unplanned { at: span }),
        };
        let arguments = call.map_or(Ok(Vec::new()), |call| self.arguments(call))?;
        let mut lowered = self.plain(step.name.text.clone(), target, arguments, span);
        self.clauses(&mut lowered, &step.clauses)?;
        lowered.slot = Some(self.declare(&step.name));
        // An undo sees the step's result, so it comes after the slot.
        for clause in &step.clauses {
            if let ClauseKind::Undo { action, clauses } = &clause.kind {
                lowered.undo = Some(self.undo(action, clauses)?);
            }
        }
        Ok(Statement::Step(self.add(lowered)))
    }

    fn add(&mut self, step: Step) -> StepId {
        self.plan.steps.push(step);
        StepId(self.plan.steps.len() as u32 - 1)
    }

    fn plain(&mut self, name: Arc<str>, target: StepTarget, arguments: Vec<(Arc<str>, ExprId)>, at: Span) -> Step {
        let place = self.place(at);
        Step {
            name,
            slot: None,
            target,
            arguments,
            timeout: None,
            within: None,
            retry: None,
            otherwise: None,
            undo: None,
            place,
        }
    }

    fn undo(&mut self, action: &Call, clauses: &[Clause]) -> Result<StepId, Unplanned> {
        let arguments = self.arguments(action)?;
        let target = StepTarget::Action(action.path.text().into());
        let mut lowered = self.plain("undo".into(), target, arguments, action.span);
        self.clauses(&mut lowered, clauses)?;
        Ok(self.add(lowered))
    }

    /// The arguments by name, in the order in which they were written.
    fn arguments(&mut self, call: &Call) -> Result<Vec<(Arc<str>, ExprId)>, Unplanned> {
        let action = call.path.text();
        let mut all = Vec::new();
        for (place, argument) in call.arguments.list.iter().enumerate() {
            let by_place = || Checked::parameter_at(&action, place);
            let name = argument.name.as_ref().map(|name| name.text.clone()).or_else(by_place);
            match (name, &argument.value) {
                (Some(name), ArgumentValue::Expr(ast::Expr::Code(code)))
                    if &*name == "url" && action.starts_with("http.") =>
                {
                    let url = self.url(*code);
                    all.push((name, url));
                }
                (Some(name), ArgumentValue::Expr(value)) => all.push((name, self.expr(*value))),
                _ => return Err(Unplanned { at: argument.span }),
            }
        }
        Ok(all)
    }

    fn clauses(&mut self, step: &mut Step, clauses: &[Clause]) -> Result<(), Unplanned> {
        for clause in clauses {
            match &clause.kind {
                ClauseKind::Timeout(length) => step.timeout = Some(self.expr(*length)),
                ClauseKind::Within(length) => step.within = Some(self.expr(*length)),
                ClauseKind::Retry { count, every, when } => {
                    let count = self.code(*count);
                    let every = every.map(|(from, to)| {
                        let from = self.expr(from);
                        (from, to.map_or(from, |to| self.expr(to)))
                    });
                    let when = when.map(|when| self.code(when));
                    step.retry = Some(Retry { count, every, when });
                }
                ClauseKind::Else(value) => step.otherwise = Some(self.expr(*value)),
                ClauseKind::RateLimit { .. } | ClauseKind::Once => return Err(Unplanned { at: clause.span }),
                ClauseKind::Undo { .. } => {}
            }
        }
        Ok(())
    }
}
