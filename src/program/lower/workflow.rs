//! Workflows as wholes: inputs, signals, outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::declared;
use crate::model::Type;
use crate::program::lower::{Lowerer, Unplanned};
use crate::program::plan::{Output, Param, WorkflowPlan};
use crate::syntax::ast::{self, Declaration, StatementKind, Workflow};

impl Lowerer<'_> {
    pub(super) fn workflow(&mut self, workflow: &Workflow) -> Result<(), Unplanned> {
        self.next_slot = 0;
        self.slots.clear();
        let mut inputs = Vec::new();
        let mut signals = BTreeMap::new();
        let (mut timeout, mut retention) = (None, None);
        let mut fields: &[ast::OutputField] = &[];
        for statement in &workflow.body.statements {
            let StatementKind::Declaration(declaration) = &statement.kind else { continue };
            match declaration {
                Declaration::Input(params) => inputs = self.params(params),
                Declaration::Signal { name, params } => {
                    let params = self.params(params);
                    signals.insert(name.text.clone(), params);
                }
                Declaration::Timeout(length) => timeout = Some(self.expr(*length)),
                Declaration::Output(written) => fields = written,
                Declaration::Retention(length) => retention = Some(self.expr(*length)),
                Declaration::On(_) | Declaration::Concurrency { .. } | Declaration::RunAs(_) => {}
            }
        }
        let mut outputs = Vec::new();
        let body = self.block_of(|lower, block| {
            lower.statements(&workflow.body, block)?;
            // The outputs see the names of the body's own block.
            outputs = fields.iter().map(|field| lower.output(field)).collect();
            Ok(())
        })?;
        let name: Arc<str> = workflow.name.text.clone();
        self.plan.workflows.insert(name, WorkflowPlan { inputs, body, outputs, timeout, retention, signals });
        Ok(())
    }

    fn params(&mut self, params: &[ast::Param]) -> Vec<Param> {
        params.iter().map(|param| self.param(param)).collect()
    }

    fn param(&mut self, param: &ast::Param) -> Param {
        Param {
            name: param.name.text.clone(),
            ty: declared(&param.ty, &mut Vec::new()),
            default: param.default.map(|value| self.expr(value)),
            rule: param.rule.map(|rule| self.code(rule)),
        }
    }

    fn output(&mut self, field: &ast::OutputField) -> Output {
        Output {
            name: field.name.text.clone(),
            ty: field.ty.as_ref().map_or(Type::Any, |ty| declared(ty, &mut Vec::new())),
            value: field.value.map(|value| self.expr(value)),
        }
    }
}
