//! A stretch of pure statements of one fiber. It is walked on the side: the run is only read, and what comes of it
//! is an `Advanced` event that the turn applies.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Ambient;
use crate::model::{Change, Completion, Event, FiberId, Frame, FrameKind, Length, RetryPolicy, Slot, Time, Value};
use crate::program::Program;
use crate::program::plan::{BlockId, Plan, Statement, StepId};

use super::decisions::Decisions;
use super::fork::ForkDraft;
use super::path::PathSoFar;
use super::run::{Fiber, Run};
use super::scope::{Cell, Pushed};
use super::tally::{Pace, Tally};

/// Where a stretch ends.
pub(super) enum Stop {
    Step(StepDraft),
    Sleep(Time),
    Fork(ForkDraft),
    /// The latest undo of the fiber is to be performed.
    Undo,
    /// The fiber has left its last block.
    Ended(Completion),
    /// Others want their turn.
    Slice,
}

/// A step whose arguments and clauses are evaluated.
pub(super) struct StepDraft {
    pub step: StepId,
    pub path: String,
    pub input: Value,
    pub retry: Option<RetryPolicy>,
    pub timeout: Option<Length>,
    pub within: Option<Length>,
}

pub(super) struct Walk<'a> {
    pub program: &'a Program,
    pub run: &'a Run,
    pub now: Time,
    pub id: FiberId,
    pub fiber: &'a Fiber,
    pub frames: Vec<Frame>,
    /// How many frames from the bottom are as they were.
    kept: usize,
    pub then: Completion,
    pub overlay: BTreeMap<Slot, Cell>,
    pub ambient: Ambient,
    pub decisions: Decisions,
    /// What it has said on the way, in order.
    pub said: Vec<Event>,
    pub tally: Tally,
}

impl<'a> Walk<'a> {
    pub fn new(program: &'a Program, run: &'a Run, fiber: &'a Fiber, id: FiberId, now: Time) -> Walk<'a> {
        Walk {
            program,
            run,
            now,
            id,
            fiber,
            frames: fiber.frames.clone(),
            kept: fiber.frames.len(),
            then: fiber.then.clone(),
            overlay: BTreeMap::new(),
            ambient: Ambient { now, seed: run.started.seed, draws: run.draws },
            decisions: Decisions::after(run.stretch),
            said: Vec::new(),
            tally: Tally::new(),
        }
    }

    pub(super) fn plan(&self) -> &'a Plan {
        self.program.plan()
    }

    /// Goes on until something has to happen outside, or the pace says that it is the turn of others.
    pub fn go(&mut self, pace: &Pace) -> Stop {
        loop {
            let stop = match std::mem::take(&mut self.then) {
                Completion::Normal => self.forward(),
                other => self.unwind(other),
            };
            if let Some(stop) = stop {
                return stop;
            }
            if self.tally.is_over(pace) {
                return Stop::Slice;
            }
        }
    }

    /// The events of the stretch: what was said, then where the fiber stands now. None where nothing changed.
    pub fn into_events(self) -> Vec<Event> {
        let (fiber, operations) = (self.id, self.tally.operations());
        let mut events = self.said;
        let frames = self.frames[self.kept.min(self.frames.len())..].to_vec();
        let still = frames.is_empty() && self.kept == self.fiber.frames.len() && self.then == self.fiber.then;
        let changes = changes(self.overlay);
        let decisions = self.decisions.list;
        if still && changes.is_empty() && decisions.is_empty() && self.ambient.draws == self.run.draws {
            return events;
        }
        events.push(Event::Advanced {
            fiber,
            keep: self.kept as u32,
            frames,
            changes,
            decisions,
            statements: self.tally.statements,
            operations,
            draws: self.ambient.draws,
            then: self.then,
        });
        events
    }

    pub(super) fn push(&mut self, block: BlockId, kind: FrameKind) {
        self.frames.push(Frame { block: block.0, at: 0, kind });
    }

    /// Leaves the uppermost block: the names bound in it are bound no more.
    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        self.kept = self.kept.min(self.frames.len());
        // What the body of a fiber has bound goes with the fiber; outputs and bare steps are still read from it.
        if !self.frames.is_empty() {
            self.forget(&frame);
        }
        Some(frame)
    }

    pub(super) fn forget(&mut self, frame: &Frame) {
        let plan = self.plan();
        for slot in &plan.blocks[frame.block as usize].slots {
            self.unset(*slot);
        }
    }

    pub(super) fn top(&mut self) -> Option<&mut Frame> {
        self.kept = self.kept.min(self.frames.len().saturating_sub(1));
        self.frames.last_mut()
    }

    pub(super) fn next(&mut self) {
        if let Some(frame) = self.top() {
            frame.at += 1;
        }
    }

    pub(super) fn statement(&self) -> Option<&'a Statement> {
        let frame = self.frames.last()?;
        self.plan().blocks[frame.block as usize].statements.get(frame.at as usize)
    }

    pub(super) fn say(&mut self, event: Event, bytes: usize) {
        self.tally.tell(bytes);
        self.said.push(event);
    }

    pub(super) fn set(&mut self, slot: Slot, value: Value) {
        self.tally.set(self.fiber, slot, &value);
        self.overlay.insert(slot, Cell::Set(value));
    }

    pub(super) fn unset(&mut self, slot: Slot) {
        self.tally.unset(self.fiber, slot);
        if self.fiber.locals.contains_key(&slot) {
            self.overlay.insert(slot, Cell::Unset);
        } else {
            self.overlay.remove(&slot);
        }
    }

    /// Appends to a list that is being gathered.
    pub(super) fn gather(&mut self, slot: Slot, value: Value) {
        self.tally.push(self.fiber, slot, &value);
        match self.overlay.get_mut(&slot) {
            Some(Cell::Set(Value::List(list))) => Arc::make_mut(list).push(value),
            Some(Cell::Pushed(pushed)) => pushed.add(value),
            Some(Cell::Set(_) | Cell::Unset) | None => {
                self.overlay.insert(slot, Cell::Pushed(Pushed::of(value)));
            }
        }
    }

    /// How many items a list has that is being gathered.
    pub(super) fn gathered(&self, slot: Slot) -> usize {
        let base = || match self.fiber.locals.get(&slot) {
            Some(Value::List(list)) => list.len(),
            _ => 0,
        };
        match self.overlay.get(&slot) {
            Some(Cell::Set(Value::List(list))) => list.len(),
            Some(Cell::Pushed(pushed)) => base() + pushed.len(),
            Some(Cell::Set(_) | Cell::Unset) => 0,
            None => base(),
        }
    }

    pub(super) fn path(&self) -> PathSoFar {
        PathSoFar::new(&self.fiber.path, &self.fiber.pending).of(self.plan(), &self.frames)
    }
}

fn changes(overlay: BTreeMap<Slot, Cell>) -> Vec<Change> {
    overlay
        .into_iter()
        .map(|(slot, cell)| match cell {
            Cell::Set(value) => Change::Set(slot, value),
            Cell::Pushed(pushed) => Change::Push(slot, pushed.into_values()),
            Cell::Unset => Change::Unset(slot),
        })
        .collect()
}
