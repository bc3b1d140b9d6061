//! The run loop: one thread that gives every run its inputs one at a time, sends what comes of them to the writer,
//! and performs the commands once their record is on disk.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::engine::{self, Command, Input, Turn};
use crate::journal::{Ack, Outcome as Stored, Record, Write, Writer};
use crate::model::{RunId, RunStatus, Time};

use super::effects::{Attempt, OutputLine};
use super::error::Error;
use super::handle::{Answer, Begun, Ended, Ground, Message};
use super::live::{Live, Pending};
use super::programs::Programs;

/// The longest the loop sleeps, so that a clock that was set is noticed.
const MAX_SLEEP: Duration = Duration::from_secs(60);

/// How many messages are taken before runs that can go on get their turn.
const MESSAGES_A_ROUND: usize = 256;

pub(super) struct RunLoop {
    pub ground: Ground,
    pub inbox: Sender<Message>,
    pub programs: Programs,
    pub runs: HashMap<RunId, Live>,
    /// Runs that can go on at once.
    ready: VecDeque<RunId>,
    timers: BinaryHeap<Reverse<(Time, RunId)>>,
    writer: Option<Writer>,
    /// Records of this round, handed to the writer together.
    outbox: Vec<(u64, Write)>,
    next_ticket: u64,
    /// Whose record each ticket is.
    tickets: HashMap<u64, RunId>,
    /// Beginnings that wait for their commit.
    pub beginnings: HashMap<RunId, Beginning>,
    waits: HashMap<RunId, Vec<(bool, Answer<Ended>)>>,
    in_flight: usize,
    draining: bool,
    leaving: bool,
    failed: Option<Error>,
}

/// A beginning that is to be answered when it is on disk.
pub(super) struct Beginning {
    pub answer: Option<Answer<Begun>>,
    /// The hash of its input, to compare with that of a known key.
    pub input: Option<crate::model::Digest>,
}

impl RunLoop {
    pub fn new(ground: Ground, inbox: Sender<Message>) -> Result<RunLoop, Error> {
        let acks = inbox.clone();
        let notify = Box::new(move |batch: Vec<Ack>| {
            let _ = acks.send(Message::Acks(batch));
        });
        let writer = Writer::start(ground.journal.clone(), notify)?;
        Ok(RunLoop {
            programs: Programs::new(ground.journal.clone()),
            ground,
            inbox,
            runs: HashMap::new(),
            ready: VecDeque::new(),
            timers: BinaryHeap::new(),
            writer: Some(writer),
            outbox: Vec::new(),
            next_ticket: 0,
            tickets: HashMap::new(),
            beginnings: HashMap::new(),
            waits: HashMap::new(),
            in_flight: 0,
            draining: false,
            leaving: false,
            failed: None,
        })
    }

    /// Serves until told to leave, or until the store fails.
    pub fn serve(mut self, messages: &Receiver<Message>) -> Result<(), Error> {
        while !self.is_done() {
            self.receive(messages);
            self.take_timers();
            self.take_ready();
            self.flush();
        }
        self.close()
    }

    /// Hands the records of this round to the writer, and says how many more are soon to come.
    fn flush(&mut self) {
        let Some(writer) = &self.writer else { return };
        writer.expect(self.tickets.len() + self.ready.len());
        if !self.outbox.is_empty() {
            writer.submit_all(self.outbox.drain(..));
        }
    }

    fn is_done(&self) -> bool {
        let drained = self.draining && self.in_flight == 0 && self.tickets.is_empty();
        self.leaving || self.failed.is_some() || drained
    }

    fn close(mut self) -> Result<(), Error> {
        self.flush();
        let closed = self.writer.take().map_or(Ok(()), Writer::close);
        for (_, waits) in self.waits.drain() {
            for (_, answer) in waits {
                let _ = answer.send(self.failed.clone().map_or(Ok(Ended::Left), Err));
            }
        }
        match self.failed {
            Some(error) => Err(error),
            None => Ok(closed?),
        }
    }

    // ---- what comes in

    /// Takes what has come; waits for something only where no run can go on.
    fn receive(&mut self, messages: &Receiver<Message>) {
        if self.ready.is_empty() || self.draining {
            match messages.recv_timeout(self.sleep()) {
                Ok(message) => self.handle(message),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.leaving = true,
            }
        }
        for _ in 0..MESSAGES_A_ROUND {
            match messages.try_recv() {
                Ok(message) => self.handle(message),
                Err(_) => return,
            }
        }
    }

    fn sleep(&self) -> Duration {
        let Some(Reverse((due, _))) = self.timers.peek() else { return MAX_SLEEP };
        let ms = due.since(self.ground.clock.now()).ms().max(0).unsigned_abs();
        Duration::from_millis(ms).min(MAX_SLEEP)
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Begin(wish, answer) => self.begin(*wish, answer),
            Message::Resume(run, answer) => {
                let result = self.resume(run);
                let _ = answer.send(result);
            }
            Message::Tell(run, input) => self.give(run, input),
            Message::Wait { run, until_idle, answer } => {
                self.waits.entry(run).or_default().push((until_idle, answer));
                self.answer_waits(run);
            }
            Message::AttemptEnded { run, input } => {
                self.in_flight = self.in_flight.saturating_sub(1);
                if let Some(live) = self.runs.get_mut(&run) {
                    live.in_flight = live.in_flight.saturating_sub(1);
                }
                self.give(run, input);
            }
            Message::Acks(acks) => acks.into_iter().for_each(|ack| self.acknowledge(ack)),
            Message::Drain => self.draining = true,
            Message::Leave => self.leaving = true,
        }
    }

    fn take_timers(&mut self) {
        let now = self.ground.clock.now();
        while let Some(Reverse((due, run))) = self.timers.peek().copied()
            && due <= now
            && !self.draining
        {
            self.timers.pop();
            // A timer that was put off or called off since leaves its place in the heap behind.
            if self.runs.get(&run).and_then(|live| live.run.due()).is_some_and(|due| due <= now) {
                self.give(run, Input::Due);
            }
        }
    }

    fn take_ready(&mut self) {
        for _ in 0..self.ready.len() {
            if self.draining {
                return;
            }
            let Some(run) = self.ready.pop_front() else { return };
            if let Some(live) = self.runs.get_mut(&run) {
                live.queued = false;
                self.give(run, Input::Continue);
            }
        }
    }

    // ---- a run's turn

    /// Gives a run an input. While draining, only what happened is recorded and nothing new begins.
    pub fn give(&mut self, id: RunId, input: Input) {
        let now = self.ground.clock.now();
        let Some(live) = self.runs.get_mut(&id) else { return };
        let turn = match self.draining {
            false => engine::advance(&live.program, &mut live.run, input, now),
            true => engine::record(&live.program, &mut live.run, input, now),
        };
        match turn {
            Ok(turn) => self.send(id, turn, now, Beyond::default()),
            Err(fault) => self.give_up(id, fault.to_string()),
        }
    }

    /// Sends a turn's record to the writer; its commands wait for it.
    pub fn send(&mut self, id: RunId, turn: Turn, at: Time, beyond: Beyond) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        if let Some(due) = live.run.due() {
            self.timers.push(Reverse((due, id)));
        }
        if turn.more {
            self.queue(id);
        }
        let Some(live) = self.runs.get_mut(&id) else { return };
        if turn.events.is_empty() {
            return self.after_pending(id, turn.commands);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let record = Record { at, events: turn.events };
        let bytes = record.encode();
        let summary = live.changed_summary(at);
        let write = Write { run: id, seq: live.seq, record: bytes, summary, texts: beyond.texts, claim: beyond.claim };
        live.seq += 1;
        live.pending.push_back(Pending { ticket, at, events: record.events, commands: turn.commands });
        self.tickets.insert(ticket, id);
        self.outbox.push((ticket, write));
    }

    /// Lets the run go on as soon as it is its turn.
    fn queue(&mut self, id: RunId) {
        if let Some(live) = self.runs.get_mut(&id)
            && !live.queued
        {
            live.queued = true;
            self.ready.push_back(id);
        }
    }

    /// Commands without an event of their own: they too wait for the records that were sent before.
    fn after_pending(&mut self, id: RunId, commands: Vec<Command>) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        match live.pending.back_mut() {
            Some(pending) => pending.commands.extend(commands),
            None => self.perform(id, commands),
        }
    }

    fn acknowledge(&mut self, ack: Ack) {
        let Some(run) = self.tickets.remove(&ack.ticket) else { return };
        match ack.outcome {
            Ok(Stored::Stored) => self.stored(run, ack.ticket),
            Ok(Stored::Known { run: known, input }) => self.known(run, known, input),
            Err(error) if error.is_of_one_run() => self.give_up(run, error.to_string()),
            Err(error) => self.fail(Error::Store(error)),
        }
    }

    fn stored(&mut self, id: RunId, ticket: u64) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        let Some(pending) = live.pending.pop_front() else { return };
        debug_assert_eq!(pending.ticket, ticket, "records of a run are acknowledged in their order");
        self.ground.observer.committed(id, pending.at, &pending.events);
        if let Some(beginning) = self.beginnings.remove(&id) {
            if let Some(answer) = beginning.answer {
                let _ = answer.send(Ok(Begun::New(id)));
            }
            self.queue(id);
            self.tell_started(id);
        }
        self.perform(id, pending.commands);
        self.after_stored(id);
    }

    /// What a run that has ended, or only waits, owes to others once that is on disk.
    fn after_stored(&mut self, id: RunId) {
        let Some(live) = self.runs.get(&id) else { return };
        if !live.pending.is_empty() {
            return;
        }
        self.answer_waits(id);
        let Some(live) = self.runs.get(&id) else { return };
        if let Some(outcome) = live.run.outcome().cloned() {
            let parent = live.parent;
            self.runs.remove(&id);
            if let Some(parent) = parent {
                self.tell_parent(parent, id, &outcome);
            }
        }
    }

    /// Tells those who wait for the run, or for a run that waits for it, how it stands.
    fn answer_waits(&mut self, id: RunId) {
        let mut next = Some(id);
        while let Some(id) = next {
            next = self.runs.get(&id).and_then(|live| live.parent).map(|waiter| waiter.run);
            if self.waits.contains_key(&id) {
                self.answer_waits_of(id);
            }
        }
    }

    fn answer_waits_of(&mut self, id: RunId) {
        let ended = match self.ended(id) {
            Ok(None) => return,
            Ok(Some(ended)) => Ok(ended),
            Err(error) => Err(error),
        };
        let idle = matches!(ended, Ok(Ended::Left));
        let waits = self.waits.remove(&id).unwrap_or_default();
        let (answered, left): (Vec<_>, Vec<_>) = waits.into_iter().partition(|(until_idle, _)| !idle || *until_idle);
        for (_, answer) in answered {
            let _ = answer.send(ended.clone());
        }
        if !left.is_empty() {
            self.waits.insert(id, left);
        }
    }

    /// How the run stands for those who wait for it: none while it goes on. Only what is on disk counts.
    fn ended(&self, id: RunId) -> Result<Option<Ended>, Error> {
        let Some(live) = self.runs.get(&id) else {
            let (run, _) = super::begin::fold(&*self.ground.journal, id)?;
            return Ok(Some(run.outcome().cloned().map_or(Ended::Left, Ended::Outcome)));
        };
        Ok(match (live.run.outcome(), live.run.status()) {
            _ if !live.pending.is_empty() => None,
            (Some(outcome), _) => Some(Ended::Outcome(outcome.clone())),
            (None, RunStatus::Paused) => Some(Ended::Paused),
            (None, RunStatus::Waiting) if self.is_idle(live) => Some(Ended::Left),
            (None, _) => None,
        })
    }

    /// Whether the run waits, and so do all runs that it waits for.
    fn is_idle(&self, live: &Live) -> bool {
        let waits = live.run.status() == RunStatus::Waiting && live.pending.is_empty();
        waits && live.run.children().filter_map(|child| self.runs.get(&child)).all(|child| self.is_idle(child))
    }

    // ---- commands

    fn perform(&mut self, id: RunId, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Perform(perform) => self.perform_effect(id, *perform),
                Command::Cancel { op, attempt } => self.ground.effects.cancel(id, op, attempt),
                Command::StartChild { op, attempt, child, workflow, input, seed, wait } => {
                    let wanted = super::children::Wanted { op, attempt, child, workflow, input, seed, wait };
                    self.start_child(id, wanted);
                }
                Command::StopChild { child } => self.give(child, Input::Stop),
            }
        }
    }

    fn perform_effect(&mut self, id: RunId, perform: engine::Perform) {
        // What is left out now is asked for again when the run is resumed.
        if self.draining {
            return;
        }
        let Some(live) = self.runs.get_mut(&id) else { return };
        live.in_flight += 1;
        self.in_flight += 1;
        let (op, attempt) = (perform.op, perform.attempt);
        let inbox = self.inbox.clone();
        let ended = Box::new(move |outcome| {
            let input = Input::AttemptEnded { op, attempt, outcome };
            let _ = inbox.send(Message::AttemptEnded { run: id, input });
        });
        let observer = self.ground.observer.clone();
        let path = perform.path.clone();
        let watch = Arc::new(move |line: &OutputLine| observer.printed(id, &path, line));
        let dir = live.run.started.dir.clone().into();
        self.ground.effects.perform(Attempt { run: id, perform, dir, watch: Some(watch) }, ended);
    }

    // ---- faults

    /// A run whose history can't be: it stops alone, and those who wait for it are told.
    fn give_up(&mut self, id: RunId, why: String) {
        self.runs.remove(&id);
        let error = Error::Corrupt { run: id, why };
        if let Some(Beginning { answer: Some(answer), .. }) = self.beginnings.remove(&id) {
            let _ = answer.send(Err(error.clone()));
        }
        for (_, answer) in self.waits.remove(&id).unwrap_or_default() {
            let _ = answer.send(Err(error.clone()));
        }
    }

    /// The store failed: nothing is acknowledged any more.
    pub fn fail(&mut self, error: Error) {
        for (_, beginning) in self.beginnings.drain() {
            if let Some(answer) = beginning.answer {
                let _ = answer.send(Err(error.clone()));
            }
        }
        self.failed.get_or_insert(error);
    }
}

/// What goes into the transaction of a run's beginning besides its record.
#[derive(Default)]
pub(super) struct Beyond {
    pub texts: Vec<(crate::model::Digest, Arc<str>)>,
    pub claim: Option<crate::journal::Claim>,
}
