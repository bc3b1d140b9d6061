//! From a checked tree to a plan: names become slots, positions become names of parameters, nothing is evaluated.
//!
//! The plan holds more than this version performs (forks, undos, signals): what holds those back are the errors of
//! the check, not this room. Invariant: the same text gives the same plan, to the byte.

mod statement;
mod step;
mod workflow;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::Checked;
use crate::model::{Place, Slot, Value};
use crate::program::hash::digest;
use crate::program::plan::{Block, BlockId, Expr, ExprForm, ExprId, Function, PLAN_FORMAT, Plan};
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::ast::{self, File, Item};

/// What a plan can't hold: a statement that this version does not know how to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this version of wf has no plan for the statement at byte {}", at.start)]
pub struct Unplanned {
    pub at: Span,
}

/// The plan of a file whose check found nothing that forbids one.
pub fn lower(sources: &Sources, id: SourceId, file: &File, checked: &Checked) -> Result<Plan, Unplanned> {
    let source = sources.get(id);
    let mut lowerer = Lowerer {
        source,
        checked,
        plan: Plan {
            format: PLAN_FORMAT,
            // Block 0 is `Plan::EMPTY_BLOCK`.
            blocks: vec![Block::default()],
            constants: checked.constants.clone(),
            ..Plan::default()
        },
        file: source.name().into(),
        slots: HashMap::new(),
        next_slot: 0,
        open: Vec::new(),
    };
    lowerer.plan.texts.push((source.name().into(), digest(source.text())));
    for item in &file.items {
        match item {
            Item::Fn(function) => lowerer.function(function),
            Item::Workflow(workflow) => lowerer.workflow(workflow)?,
            Item::Use(_) | Item::Const(_) | Item::Action(_) | Item::Test(_) => {}
        }
    }
    Ok(lowerer.plan)
}

struct Lowerer<'a> {
    source: &'a Source,
    checked: &'a Checked,
    plan: Plan,
    file: Arc<str>,
    /// The slot of each bound name, by the place where it was bound.
    slots: HashMap<Span, Slot>,
    next_slot: u32,
    /// The slots of the open blocks, innermost last.
    open: Vec<Vec<Slot>>,
}

impl Lowerer<'_> {
    /// A slot of the innermost open block.
    fn hidden(&mut self) -> Slot {
        let slot = Slot(self.next_slot);
        self.next_slot += 1;
        self.open.last_mut().expect("a block is open while its statements are lowered").push(slot);
        slot
    }

    /// The slot of a name, which belongs to the innermost open block unless it has one already.
    fn declare(&mut self, name: &ast::Name) -> Slot {
        if let Some(slot) = self.slots.get(&name.span) {
            return *slot;
        }
        let slot = self.hidden();
        self.slots.insert(name.span, slot);
        slot
    }

    /// A block whose statements `inside` gives.
    fn block_of(
        &mut self,
        inside: impl FnOnce(&mut Self, &mut Block) -> Result<(), Unplanned>,
    ) -> Result<BlockId, Unplanned> {
        let id = BlockId(self.plan.blocks.len() as u32);
        self.plan.blocks.push(Block::default());
        self.open.push(Vec::new());
        let mut block = Block::default();
        inside(self, &mut block)?;
        block.slots = self.open.pop().expect("the block that was opened here");
        self.plan.blocks[id.0 as usize] = block;
        Ok(id)
    }

    fn text(&self, span: Span) -> Arc<str> {
        self.source.slice(span).into()
    }

    fn place(&self, span: Span) -> Place {
        let place = self.source.line_column(span.start);
        Place { file: self.file.clone(), line: place.line, column: place.column }
    }

    fn expr(&mut self, value: ast::Expr) -> ExprId {
        match value {
            ast::Expr::Duration { ms, span } => {
                let form = ExprForm::Literal(Value::Length(crate::model::Length::from_ms(ms)));
                self.form(form, span)
            }
            ast::Expr::Code(code) => self.code(code),
        }
    }

    fn code(&mut self, code: ast::Code) -> ExprId {
        self.form(ExprForm::Expression(self.text(code.span)), code.span)
    }

    /// A URL: only in a backtick text a `${…}` is another than in any other text.
    fn url(&mut self, code: ast::Code) -> ExprId {
        let text = self.text(code.span);
        match text.starts_with('`') {
            true => self.form(ExprForm::Url(text), code.span),
            false => self.form(ExprForm::Expression(text), code.span),
        }
    }

    fn form(&mut self, form: ExprForm, span: Span) -> ExprId {
        let read = self.checked.expressions.get(&span).map_or(&[][..], |e| &e.names);
        // A name without a slot is a parameter of something that has no slots: its own name says what it means.
        let names = read.iter().filter_map(|(name, bound)| Some((name.clone(), *self.slots.get(bound)?))).collect();
        let place = self.place(span);
        let id = ExprId(self.plan.exprs.len() as u32);
        self.plan.exprs.push(Expr { form, place, names });
        id
    }

    fn function(&mut self, function: &ast::Function) {
        let place = self.place(function.body.span);
        self.plan.functions.push(Function {
            name: function.name.text.clone(),
            params: function.params.iter().map(|p| p.text.clone()).collect(),
            body: self.text(function.body.span),
            place,
        });
    }
}
