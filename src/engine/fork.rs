//! Forks: `parallel`, `race` and `for … parallel`. How branches begin, and what their ends are together.

use std::sync::Arc;

use crate::model::{Branch, Change, Completion, Event, Failure, FiberId, ForkKind, Frame, FrameKind, OpId, Value};
use crate::program::plan::{self, ExprId, For, Statement};

use super::fault::Fault;
use super::limits::MAX_PARALLEL;
use super::path::PathSoFar;
use super::run::{Ended, Fiber, Fork, OpKind};
use super::turn::Turning;
use super::walk::{Stop, Walk};

/// A fork whose first branches are known. Their fibers get their numbers as the fork begins.
pub(super) struct ForkDraft {
    pub kind: ForkKind,
    pub total: u32,
    pub branches: Vec<Branch>,
}

impl Walk<'_> {
    pub(super) fn draft_fork(&mut self, kind: ForkKind, branches: &[plan::Branch]) -> ForkDraft {
        let path = self.path();
        let branches: Vec<Branch> = branches.iter().zip(0..).map(|(b, i)| named_branch(&path, b, i)).collect();
        ForkDraft { kind, total: branches.len() as u32, branches }
    }

    /// The fork of a `for … parallel`; none where there is nothing to go through.
    pub(super) fn draft_each(
        &mut self,
        each: &For,
        width: ExprId,
        items: Arc<Vec<Value>>,
    ) -> Result<Option<Stop>, Failure> {
        let limit = ("parallel branches", MAX_PARALLEL);
        let width = self.whole_number(width, "the number of parallel branches", 1, limit)?;
        if items.is_empty() {
            self.next();
            return Ok(None);
        }
        // Each branch holds its item beside the list.
        let list = self.weighed(each.items, Value::List(items.clone()))?;
        self.set(each.list, list);
        self.weighed(each.items, Value::List(items.clone()))?;
        let path = self.path();
        let first = items.iter().take(width as usize).zip(0..);
        let branches = first.map(|(item, i)| item_branch(&path, each, item, i)).collect();
        let total = items.len() as u32;
        Ok(Some(Stop::Fork(ForkDraft { kind: ForkKind::Each, total, branches })))
    }
}

fn named_branch(path: &PathSoFar, branch: &plan::Branch, index: u32) -> Branch {
    let mut path = path.clone();
    if let Some(name) = branch.name.as_ref().filter(|_| branch.in_path) {
        path.part(name);
    }
    begin(path, branch.name.clone(), index, branch.body, Vec::new())
}

fn item_branch(path: &PathSoFar, each: &For, item: &Value, index: u32) -> Branch {
    let mut path = path.clone();
    path.turn(each.bind.as_ref().map(|b| &*b.name), u64::from(index));
    let item = Change::Set(each.item, item.clone());
    let index_slot = each.index.map(|slot| Change::Set(slot, Value::Int(i64::from(index))));
    begin(path, None, index, each.body, [item].into_iter().chain(index_slot).collect())
}

fn begin(path: PathSoFar, name: Option<Arc<str>>, index: u32, body: plan::BlockId, changes: Vec<Change>) -> Branch {
    let frames = vec![Frame { block: body.0, at: 0, kind: FrameKind::Plain }];
    Branch { fiber: FiberId(0), name, index, path: path.parts.into(), pending: path.pending.into(), frames, changes }
}

impl Turning<'_> {
    pub(super) fn fork(&mut self, fiber: FiberId, draft: ForkDraft) -> Result<(), Fault> {
        let op = OpId(self.run.next_op);
        let ids = self.run.next_fiber..;
        let branches = draft.branches.into_iter().zip(ids).map(|(b, id)| Branch { fiber: FiberId(id), ..b }).collect();
        self.emit(Event::Forked { op, fiber, kind: draft.kind, total: draft.total, branches })?;
        // A fork without branches has ended as it begins.
        self.join_if_ended(op)
    }

    /// A branch has left its last block: what follows for the fork.
    pub(super) fn branch_ended(&mut self, fiber: FiberId, op: OpId, completion: Completion) -> Result<(), Fault> {
        let decided_before = self.fork_of(op)?.decided;
        self.emit(Event::BranchEnded { fiber, completion })?;
        let fork = self.fork_of(op)?;
        if fork.decided.is_some() && decided_before.is_none() {
            let others: Vec<FiberId> = fork.live.iter().copied().collect();
            others.into_iter().try_for_each(|other| self.cancel(other))?;
        }
        self.start_next_branch(op)?;
        self.join_if_ended(op)
    }

    fn fork_of(&self, op: OpId) -> Result<&Fork, Fault> {
        match self.run.ops.get(&op).map(|op| &op.kind) {
            Some(OpKind::Fork(fork)) => Ok(fork),
            _ => Err(Fault::NoOp(op)),
        }
    }

    fn start_next_branch(&mut self, op: OpId) -> Result<(), Fault> {
        let fork = self.fork_of(op)?;
        let index = fork.begun;
        let cancelled = self.run.ops.get(&op).is_some_and(|op| op.cancelled);
        if fork.decided.is_some() || cancelled || index >= fork.total {
            return Ok(());
        }
        let (parent, parent_id) = self.forker(op)?;
        let Some(Statement::For(each)) = self.statement_of(parent) else {
            return Err(Fault::Astray("a fork over items stands at no `for`"));
        };
        let item = match self.run.local(parent_id, each.list) {
            Some(Value::List(items)) => items.get(index as usize).cloned(),
            _ => None,
        };
        let item = item.ok_or(Fault::Astray("the items of a `for` are gone"))?;
        let path = PathSoFar::new(&parent.path, &parent.pending).of(self.program.plan(), &parent.frames);
        let branch = Branch { fiber: FiberId(self.run.next_fiber), ..item_branch(&path, each, &item, index) };
        self.emit(Event::BranchStarted { op, branch })
    }

    fn forker(&self, op: OpId) -> Result<(&Fiber, FiberId), Fault> {
        let id = self.run.ops.get(&op).ok_or(Fault::NoOp(op))?.fiber;
        Ok((self.run.fibers.get(&id).ok_or(Fault::NoFiber(id))?, id))
    }

    fn join_if_ended(&mut self, op: OpId) -> Result<(), Fault> {
        if !self.fork_of(op)?.live.is_empty() {
            return Ok(());
        }
        let (completion, changes) = self.outcome(op)?;
        self.emit(Event::Joined { op, completion, changes })
    }

    /// How the fork as a whole ends, and what the forking fiber sees of it afterwards.
    fn outcome(&self, op: OpId) -> Result<(Completion, Vec<Change>), Fault> {
        let fork = self.fork_of(op)?;
        let (parent, _) = self.forker(op)?;
        let decided = fork.decision();
        let completion = decided.map_or(Completion::Normal, |branch| completion_of(fork.kind, branch));
        let changes = match self.statement_of(parent) {
            Some(Statement::For(each)) if !completion.is_normal() => vec![Change::Unset(each.list)],
            _ if !completion.is_normal() => Vec::new(),
            Some(Statement::Fork { kind: ForkKind::Race, bind, .. }) => {
                let value = decided.map(race_value).unwrap_or_default();
                bind.iter().map(|bind| Change::Set(bind.slot, value.clone())).collect()
            }
            Some(Statement::Fork { branches: plans, bind, place, .. }) => {
                let exports = exports(plans, fork);
                let value = bind.as_ref().map(|bind| (bind.slot, parallel_value(plans, fork)));
                let value = value.map(|(slot, value)| self.fitting(place, "the value", value).map(|v| (slot, v)));
                match value.transpose() {
                    Ok(value) => exports.into_iter().chain(value.map(|(s, v)| Change::Set(s, v))).collect(),
                    Err(failure) => return Ok((Completion::Fail(failure), Vec::new())),
                }
            }
            Some(Statement::For(each)) => {
                let values = fork.ended.values().filter_map(yielded).collect();
                let value = each.bind.as_ref().map(|bind| Change::Set(bind.slot, Value::list(values)));
                [Change::Unset(each.list)].into_iter().chain(value).collect()
            }
            _ => return Err(Fault::Astray("a fork stands at no statement that forks")),
        };
        Ok((completion, changes))
    }
}

fn completion_of(kind: ForkKind, decided: &Ended) -> Completion {
    match (kind, &decided.completion) {
        (_, Completion::Normal | Completion::Yield(_)) | (ForkKind::Each, Completion::Break) => Completion::Normal,
        (_, other) => other.clone(),
    }
}

fn yielded(branch: &Ended) -> Option<Value> {
    match &branch.completion {
        Completion::Yield(value) => Some(value.clone()),
        _ => None,
    }
}

fn race_value(winner: &Ended) -> Value {
    let name = winner.name.clone().map_or(Value::Unit, Value::Text);
    Value::map([("branch", name), ("value", yielded(winner).unwrap_or_default())])
}

/// The results of bare steps, under their names after the block.
fn exports(plans: &[plan::Branch], fork: &Fork) -> Vec<Change> {
    let pairs = plans.iter().zip(0..).filter_map(|(plan, i)| Some((plan.export?, fork.ended.get(&i)?)));
    pairs.filter_map(|(slot, branch)| Some(Change::Set(slot, branch.locals.get(&slot)?.clone()))).collect()
}

fn parallel_value(plans: &[plan::Branch], fork: &Fork) -> Value {
    let pairs = plans.iter().zip(0..).filter_map(|(plan, i)| Some((plan, fork.ended.get(&i)?)));
    Value::map(pairs.filter_map(|(plan, branch)| {
        let bare = plan.export.and_then(|slot| branch.locals.get(&slot).cloned());
        Some((plan.name.clone()?, bare.or_else(|| yielded(branch)).unwrap_or_default()))
    }))
}
