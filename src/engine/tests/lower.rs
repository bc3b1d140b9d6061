//! The lowering of a test's statements to a [`Plan`]. Shared with the simulation, which names it by its path.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::{BranchText, EachText, Flow, S, StepText, literal};
use super::model::{Place, Slot, StepTarget, Type};
use super::plan::{
    Bind, Block, BlockId, Branch, Expr, ExprForm, ExprId, For, Output, PLAN_FORMAT, Param, Plan, Retry, Statement,
    Step, StepId, WorkflowPlan,
};

/// The plan of these workflows.
pub fn plan(flows: Vec<(&str, Flow)>) -> Plan {
    let mut lower = Lower::default();
    lower.plan.format = PLAN_FORMAT;
    lower.plan.blocks.push(Block::default());
    for (name, flow) in flows {
        let workflow = lower.workflow(&flow);
        lower.plan.workflows.insert(name.into(), workflow);
    }
    lower.plan
}

#[derive(Default)]
struct Lower {
    plan: Plan,
    /// The slots of the workflow's names.
    slots: BTreeMap<String, Slot>,
    next_slot: u32,
    line: u32,
}

impl Lower {
    fn workflow(&mut self, flow: &Flow) -> WorkflowPlan {
        self.slots.clear();
        let inputs = flow.inputs.iter().map(|name| any(name)).collect();
        let timeout = flow.timeout.as_ref().map(|length| self.expr(length));
        let body = self.block(&flow.body, &[]);
        let outputs = flow.outputs.iter().map(|(name, value)| self.output(name, value)).collect();
        let signals = flow.signals.iter().map(|name| (Arc::from(&**name), vec![any("x")])).collect();
        WorkflowPlan { inputs, body, outputs, timeout, retention: None, signals }
    }

    fn output(&mut self, name: &str, value: &str) -> Output {
        Output { name: name.into(), ty: Type::Any, value: Some(self.expr(value)) }
    }

    fn slot(&mut self, name: &str) -> Slot {
        let next = Slot(self.next_slot);
        let slot = *self.slots.entry(name.to_string()).or_insert(next);
        self.next_slot += u32::from(slot == next);
        slot
    }

    fn place(&self) -> Place {
        Place { file: "test.wf".into(), line: self.line, column: 1 }
    }

    fn expr(&mut self, text: &str) -> ExprId {
        let form = literal(text).map_or_else(|| ExprForm::Expression(text.into()), ExprForm::Literal);
        let names = match form {
            ExprForm::Expression(_) => self.names(text),
            _ => Vec::new(),
        };
        self.plan.exprs.push(Expr { form, place: self.place(), names });
        ExprId(self.plan.exprs.len() as u32 - 1)
    }

    /// The known names that stand in the text.
    fn names(&self, text: &str) -> Vec<(Arc<str>, Slot)> {
        let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        let known = self.slots.iter().filter(|(name, _)| words.contains(&&***name));
        known.map(|(name, slot)| (Arc::from(&**name), *slot)).collect()
    }

    fn block(&mut self, statements: &[S], also: &[Slot]) -> BlockId {
        let id = self.plan.blocks.len();
        self.plan.blocks.push(Block::default());
        let mut slots = also.to_vec();
        let statements = statements.iter().map(|s| self.statement(s, &mut slots)).collect();
        slots.sort();
        slots.dedup();
        self.plan.blocks[id] = Block { statements, slots };
        BlockId(id as u32)
    }

    /// A name that is bound in the block; a name of an outer block is reassigned.
    fn bind(&mut self, name: &str, slots: &mut Vec<Slot>) -> Slot {
        let is_new = !self.slots.contains_key(name);
        let slot = self.slot(name);
        if is_new {
            slots.push(slot);
        }
        slot
    }

    fn bound(&mut self, bind: Option<&String>, slots: &mut Vec<Slot>) -> Option<Bind> {
        bind.map(|name| Bind { name: (&**name).into(), slot: self.bind(name, slots) })
    }

    fn statement(&mut self, statement: &S, slots: &mut Vec<Slot>) -> Statement {
        self.line += 1;
        match statement {
            S::Let(name, value) => {
                let value = self.expr(value);
                Statement::Let { slot: self.bind(name, slots), value }
            }
            S::If(arms, otherwise) => {
                let arms = arms.iter().map(|(c, body)| (self.expr(c), self.block(body, &[]))).collect();
                Statement::If { arms, otherwise: otherwise.as_ref().map(|body| self.block(body, &[])) }
            }
            S::While { bind, condition, body } => {
                let condition = self.expr(condition);
                let body = self.block(body, &[]);
                Statement::While { condition, body, bind: self.bound(bind.as_ref(), slots) }
            }
            S::For(each) => Statement::For(self.each(each, slots)),
            S::Try { bind, body, catch, finally } => {
                let body = self.block(body, &[]);
                let catch = catch.as_ref().map(|(err, block)| {
                    let err = err.as_ref().map(|err| self.slot(err));
                    (err, self.block(block, &err.into_iter().collect::<Vec<_>>()))
                });
                let finally = finally.as_ref().map(|block| self.block(block, &[]));
                Statement::Try { body, catch, finally, bind: self.bound(bind.as_ref(), slots) }
            }
            S::Fork { bind, kind, branches } => {
                let branches = branches.iter().map(|b| self.branch(b, slots)).collect();
                Statement::Fork { kind: *kind, branches, bind: self.bound(bind.as_ref(), slots), place: self.place() }
            }
            S::Step(text) => {
                let id = self.step(text, false);
                let slot = self.bind(&text.name, slots);
                self.plan.steps[id.0 as usize].slot = Some(slot);
                self.undo(id, text);
                Statement::Step(id)
            }
            S::Sleep(length) => Statement::Sleep(self.expr(length)),
            S::SleepUntil(until) => Statement::SleepUntil(self.expr(until)),
            S::Log(text) => Statement::Log(self.expr(text)),
            S::Emit(name, data) => {
                Statement::Emit { name: self.expr(name), data: data.as_ref().map(|data| self.expr(data)) }
            }
            S::Fail(what) => Statement::Fail(self.expr(what)),
            S::Return(value) => Statement::Return(value.as_ref().map(|value| self.expr(value))),
            S::Yield(value) => Statement::Yield(self.expr(value)),
            S::Break => Statement::Break,
            S::Continue => Statement::Continue,
        }
    }

    fn each(&mut self, each: &EachText, slots: &mut Vec<Slot>) -> For {
        let items = self.expr(&each.items);
        let parallel = each.parallel.as_ref().map(|width| self.expr(width));
        let list = Slot(self.next_slot);
        self.next_slot += 1;
        slots.push(list);
        let item = self.slot(&each.item);
        let index = each.index.as_ref().map(|index| self.slot(index));
        let own: Vec<Slot> = [item].into_iter().chain(index).collect();
        let body = self.block(&each.body, &own);
        For { item, index, items, list, parallel, body, bind: self.bound(each.bind.as_ref(), slots) }
    }

    fn branch(&mut self, branch: &BranchText, slots: &mut Vec<Slot>) -> Branch {
        let export = branch.bare.then(|| self.bind(&branch.name, slots));
        let body = self.block(&branch.body, &[]);
        Branch { name: Some((&*branch.name).into()), in_path: !branch.bare, body, export }
    }

    fn step(&mut self, text: &StepText, undo: bool) -> StepId {
        let arguments = text.arguments.iter().map(|(n, v)| (Arc::from(&**n), self.expr(v))).collect();
        let optional = |lower: &mut Lower, text: &Option<String>| text.as_ref().map(|text| lower.expr(text));
        let retry = text.retry.as_ref().map(|count| Retry {
            count: self.expr(count),
            every: text.every.as_ref().map(|(from, to)| (self.expr(from), self.expr(to))),
            when: optional(self, &text.when),
        });
        let step = Step {
            name: (if undo { "undo" } else { &text.name }).into(),
            slot: None,
            target: text.target.clone().unwrap_or(StepTarget::Action("act".into())),
            arguments,
            timeout: optional(self, &text.timeout),
            within: optional(self, &text.within),
            retry,
            otherwise: optional(self, &text.otherwise),
            undo: None,
            place: self.place(),
        };
        self.plan.steps.push(step);
        StepId(self.plan.steps.len() as u32 - 1)
    }

    fn undo(&mut self, id: StepId, text: &StepText) {
        if let Some(undo) = &text.undo {
            let undo = self.step(undo, true);
            self.plan.steps[id.0 as usize].undo = Some(undo);
        }
    }
}

fn any(name: &str) -> Param {
    Param { name: name.into(), ty: Type::optional(Type::Any), default: None, rule: None }
}
