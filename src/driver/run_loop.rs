//! The run loop: one thread that gives every run its inputs one at a time, sends what comes of them to the writer,
//! and performs the commands once their record is on disk.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::engine::{self, Command, Input, Turn};
use crate::journal::{Ack, Notice, Outcome as Stored, Record, Told, Write, Writer};
use crate::model::{RunId, Time};

use super::error::Error;
use super::handle::{Answer, Begun, Ground, Message};
use super::interest::Interest;
use super::live::{Live, Pending};
use super::programs::Programs;
use super::waits::Waits;

/// The longest the loop sleeps, so that a clock that was set is noticed.
pub(super) const MAX_SLEEP: Duration = Duration::from_secs(60);

/// How many messages are taken before runs that can go on get their turn.
const MESSAGES_A_ROUND: usize = 256;

pub(super) struct RunLoop {
    pub ground: Ground,
    pub inbox: Sender<Message>,
    pub programs: Programs,
    pub runs: HashMap<RunId, Live>,
    /// Runs that can go on at once.
    ready: VecDeque<RunId>,
    /// When runs are due: those in memory, and those that are watched.
    pub timers: BTreeSet<(Time, RunId)>,
    pub writer: Option<Writer>,
    /// Records of this round, handed to the writer together.
    outbox: Vec<(u64, Write)>,
    next_ticket: u64,
    /// Whose record each ticket is.
    pub tickets: HashMap<u64, RunId>,
    /// Runs that were given up, while their last records are on their way to the disk: until then they are this process's.
    pub given_up: HashMap<RunId, VecDeque<Pending>>,
    /// Beginnings that wait for their commit.
    pub beginnings: HashMap<RunId, Beginning>,
    pub waits: Waits,
    pub interest: Interest,
    /// Runs that may be able to park at the end of the round.
    pub resting: Vec<RunId>,
    pub in_flight: usize,
    /// Nothing is begun any more; what is in flight may end.
    pub draining: bool,
    leaving: bool,
    pub failed: Option<Error>,
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
        let notify = Box::new(move |notice: Notice| {
            let _ = acks.send(Message::Journal(notice));
        });
        let writer = Writer::start(ground.journal.clone(), notify)?;
        let run_loop = RunLoop {
            programs: Programs::new(ground.journal.clone()),
            ground,
            inbox,
            runs: HashMap::new(),
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            writer: Some(writer),
            outbox: Vec::new(),
            next_ticket: 0,
            tickets: HashMap::new(),
            given_up: HashMap::new(),
            beginnings: HashMap::new(),
            waits: Waits::default(),
            interest: Interest::default(),
            resting: Vec::new(),
            in_flight: 0,
            draining: false,
            leaving: false,
            failed: None,
        };
        run_loop.attend();
        Ok(run_loop)
    }

    /// Serves until told to leave, or until the store fails.
    pub fn serve(mut self, messages: &Receiver<Message>) -> Result<(), Error> {
        self.sweep();
        while !self.is_done() {
            self.round(messages);
        }
        self.close(messages)
    }

    pub fn round(&mut self, messages: &Receiver<Message>) {
        self.receive(messages);
        self.take_timers();
        self.take_ready();
        self.look();
        self.park_all();
        self.see_whether_all_is_done();
        self.flush();
    }

    /// Hands the records of this round to the writer, and says how many more are soon to come.
    pub fn flush(&mut self) {
        let Some(writer) = &self.writer else { return };
        writer.expect(self.under_way());
        if !self.outbox.is_empty() {
            writer.submit_all(self.outbox.drain(..));
        }
    }

    /// How many runs are about to write, or have just done so.
    pub fn under_way(&self) -> usize {
        self.tickets.len() + self.ready.len()
    }

    pub fn is_done(&self) -> bool {
        let drained = self.draining && self.in_flight == 0 && self.tickets.is_empty();
        self.leaving || self.failed.is_some() || drained
    }

    // ---- what comes in

    /// Takes what has come; waits for something only where no run can go on. What comes behind the word to leave is
    /// not taken: an attempt that ended because it was cut off is performed again another time.
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
                Ok(message) if !self.leaving => self.handle(message),
                Ok(_) | Err(_) => return,
            }
        }
    }

    pub fn sleep(&self) -> Duration {
        let now = self.ground.clock.now();
        let timer = self.timers.first().filter(|_| !self.draining).map(|(due, _)| *due);
        let Some(due) = timer.into_iter().chain(self.next_look(now)).min() else { return MAX_SLEEP };
        let ms = due.since(now).ms().max(0).unsigned_abs();
        Duration::from_millis(ms).min(MAX_SLEEP)
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Begin(wish, answer) => self.begin(*wish, answer),
            Message::Again { run, from, answer } => self.begin_again(run, from, &answer),
            Message::Resume(run, answer) => {
                let result = self.resume(run);
                let _ = answer.send(result);
            }
            Message::ResumeAll(until, tell) => self.take_all(until, tell),
            Message::Tell(run, input) => self.give(run, input),
            Message::Wait { run, until, answer } => {
                self.waits.add(run, until, answer);
                self.answer_waits(run);
            }
            Message::AttemptEnded { run, op, attempt, outcome } => self.attempt_ended(run, op, attempt, outcome),
            Message::Cleared { run, problem } => self.cleared(run, problem),
            Message::Order { run, order, answer } => self.order(run, order, answer),
            Message::Changed(run) => self.changed(run),
            Message::LookAnew => self.look_anew(),
            Message::StopChild { parent, child } => self.stop_child(parent, child),
            Message::Journal(Notice::Acks(acks)) => acks.into_iter().for_each(|ack| self.acknowledge(ack)),
            Message::Journal(Notice::Failed(error)) => self.fail(Error::Store(error)),
            Message::Drain => self.draining = true,
            Message::Leave => self.leaving = true,
        }
    }

    pub fn take_timers(&mut self) {
        let now = self.ground.clock.now();
        while let Some((due, run)) = self.timers.first().copied()
            && due <= now
            && !self.draining
        {
            self.timers.pop_first();
            if let Some(live) = self.runs.get_mut(&run)
                && live.timer == Some(due)
            {
                live.timer = None;
                self.give(run, Input::Due);
            } else if self.interest.due(run) == Some(due) {
                self.wake(run);
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
        if let Some(held) = &mut live.held {
            return held.push(input);
        }
        if let Some(deciding) = &mut live.deciding {
            return deciding.hold(input);
        }
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
        let due = live.run.due();
        if due != live.timer {
            live.timer.map(|earlier| self.timers.remove(&(earlier, id)));
            live.timer = due;
            self.timers.extend(due.map(|due| (due, id)));
        }
        if turn.more {
            self.queue(id);
        }
        if turn.events.is_empty() {
            self.after_pending(id, turn.commands);
            return self.may_park(id);
        }
        self.store(id, turn, at, beyond);
    }

    pub fn store(&mut self, id: RunId, turn: Turn, at: Time, beyond: Beyond) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        let record = Record { at, events: turn.events };
        let (summary, snapshot) = (live.changed_summary(at), live.snapshot(at));
        let (owes, settles) = (live.owes(&turn.commands), live.settles(&record.events));
        let Beyond { texts, claim } = beyond;
        let stored = Write::new(id, live.seq, record.encode());
        let write = Write { summary, texts, claim, snapshot, owes, settles, ..stored };
        self.submit(id, write, Pending { events: record.events, commands: turn.commands, ..Pending::at(at) });
    }

    /// Hands in the run's next write.
    pub fn submit(&mut self, id: RunId, write: Write, pending: Pending) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        live.seq += 1;
        live.pending.push_back(Pending { ticket, ..pending });
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
            Err(error) if !error.is_of_one_run() => self.fail(Error::Store(error)),
            outcome if self.given_up.contains_key(&run) => self.last_is_known(run, ack.ticket, outcome.is_ok()),
            Ok(Stored::Stored) => self.stored(run, ack.ticket),
            Ok(Stored::Known { run: known, input }) => self.known(run, known, input),
            Ok(Stored::Decided(verdict)) => self.decided(run, ack.ticket, verdict),
            Err(error) => self.give_up(run, error.to_string()),
        }
    }

    fn stored(&mut self, id: RunId, ticket: u64) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        let Some(mut pending) = live.pending.pop_front() else { return };
        debug_assert_eq!(pending.ticket, ticket, "records of a run are acknowledged in their order");
        self.ground.observer.committed(id, pending.at, &pending.events);
        pending.answer(&Told::Done);
        pending.answers.into_iter().for_each(|answer| answer(Told::Done));
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
    pub fn after_stored(&mut self, id: RunId) {
        let Some(live) = self.runs.get(&id) else { return };
        if !live.pending.is_empty() {
            return;
        }
        self.answer_waits(id);
        let Some(live) = self.runs.get(&id) else { return };
        if let Some(outcome) = live.run.outcome().cloned() {
            self.interest.forget(id);
            if let Some(live) = self.drop_live(id) {
                self.run_is_over(live, outcome);
            }
            return;
        }
        self.may_park(id);
    }

    /// Takes a run out of memory.
    pub fn drop_live(&mut self, id: RunId) -> Option<Live> {
        let live = self.runs.remove(&id)?;
        live.timer.map(|due| self.timers.remove(&(due, id)));
        Some(live)
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
