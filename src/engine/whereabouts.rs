//! Where in the file a line of control is: the places of statements, for failures that no expression makes.

use crate::model::{Frame, FrameKind, Place};
use crate::program::Program;
use crate::program::plan::{ExprId, Statement};

use super::run::Fiber;
use super::turn::Turning;
use super::walk::Walk;

impl Walk<'_> {
    /// Where the statement stands that opened the uppermost block, now that the block is left.
    pub(super) fn place_of_statement(&self) -> Option<Place> {
        self.statement().and_then(|statement| place_of(self.program, statement))
    }
}

impl Turning<'_> {
    /// Where the fiber goes round: its innermost loop, or else the statement at which it stands.
    pub(super) fn whereabouts(&self, fiber: &Fiber) -> Option<Place> {
        let frames = &fiber.frames;
        let inner = frames.iter().rposition(|frame| matches!(frame.kind, FrameKind::Loop { .. }));
        let around = inner.and_then(|at| frames.get(at.checked_sub(1)?));
        let place = |frame: &Frame| place_of(self.program, statement_at(self.program, frame)?);
        around.and_then(place).or_else(|| frames.iter().rev().find_map(place))
    }

    /// Where the workflow's own `timeout` stands.
    pub(super) fn place_of_timeout(&self) -> Option<Place> {
        let workflow = self.program.plan().workflows.get(&self.run.started.workflow)?;
        Some(self.program.expr(workflow.timeout?).place.clone())
    }
}

fn statement_at<'p>(program: &'p Program, frame: &Frame) -> Option<&'p Statement> {
    program.plan().blocks.get(frame.block as usize)?.statements.get(frame.at as usize)
}

/// The place of a statement: that of its first expression.
fn place_of(program: &Program, statement: &Statement) -> Option<Place> {
    let of = |id: ExprId| Some(program.expr(id).place.clone());
    match statement {
        Statement::Let { value, .. } => of(*value),
        Statement::If { arms, .. } => arms.first().and_then(|(condition, _)| of(*condition)),
        Statement::While { condition, .. } => of(*condition),
        Statement::For(each) => of(each.items),
        Statement::Fork { place, .. } => Some(place.clone()),
        Statement::Step(id) => program.plan().steps.get(id.0 as usize).map(|step| step.place.clone()),
        Statement::Sleep(what)
        | Statement::SleepUntil(what)
        | Statement::Log(what)
        | Statement::Emit { name: what, .. }
        | Statement::Fail(what)
        | Statement::Yield(what) => of(*what),
        Statement::Return(what) => what.and_then(of),
        Statement::Try { .. } | Statement::Break | Statement::Continue => None,
    }
}
