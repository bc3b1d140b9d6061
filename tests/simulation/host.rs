//! A host of runs on the memory journal with a virtual clock: it commits, then performs, and may die in between.

use std::collections::{BTreeMap, VecDeque};

use wayfare::engine::{self, Command, Input, Pace, Request, Run, Turn};
use wayfare::journal::{Journal, MemoryJournal, Record, Write};
use wayfare::model::{Digest, Failure, Length, OpId, RunId, RunStatus, RunSummary, Time, Trigger, Value};
use wayfare::program::Program;

use super::audit::{Audit, Wrong};
use super::children::answer;
use super::coverage::Coverage;
use super::generate::SIGNALS;
use super::random::Random;
use super::world::{Sent, World};

/// How the host is disturbed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Undisturbed,
    /// It dies only where nothing else is about to happen at the same moment, and is back at once: then everything
    /// must go as if it had not died.
    Crashes,
    /// It dies anywhere and stays away for a while.
    Rough,
}

/// Which step of which run waits for a child.
#[derive(Clone, Copy)]
pub(super) struct Waiter {
    pub run: RunId,
    pub op: OpId,
    pub attempt: u32,
}

pub(super) struct Live {
    pub run: Run,
    /// What the journal's records of the run give when they are folded.
    pub folded: Run,
    pub seq: u64,
    pub status: RunStatus,
    pub waiter: Option<Waiter>,
}

pub(super) enum Message {
    Give(RunId, Input),
    Begin(Box<Request>),
}

/// Why the host doesn't go on.
pub(super) enum Break {
    Crash,
    Wrong(Wrong),
}

impl From<Wrong> for Break {
    fn from(why: Wrong) -> Break {
        Break::Wrong(why)
    }
}

pub struct Host<'a> {
    pub(super) program: &'a Program,
    pub(super) mode: Mode,
    pub(super) random: Random,
    pub journal: MemoryJournal,
    pub(super) world: World,
    pub(super) audit: Audit,
    pub coverage: Coverage,
    pub now: Time,
    pub crashes: u32,
    /// Where it died, in words.
    pub deaths: Vec<String>,
    pub(super) lives: BTreeMap<RunId, Live>,
    pub(super) queue: VecDeque<Message>,
    pub turns: u64,
    /// The runs that have ended, as they were.
    ended: BTreeMap<RunId, Run>,
    pace: Pace,
}

/// How many crashes a host suffers at most.
pub(super) const MOST_CRASHES: u32 = 6;

/// How many turns the runs of a program take at most; more is a run that never ends.
const MOST_TURNS: u64 = 20_000;

pub const BEGAN: i64 = 1_767_225_600_000;

impl<'a> Host<'a> {
    pub fn new(program: &'a Program, seed: u64, mode: Mode) -> Host<'a> {
        let now = Time::from_unix_ms(BEGAN);
        Host {
            program,
            mode,
            random: Random::new(&[seed, 4, mode as u64]),
            journal: MemoryJournal::new(),
            world: World::new(seed, now),
            audit: Audit::of(program.plan()),
            coverage: Coverage::default(),
            now,
            crashes: 0,
            deaths: Vec::new(),
            lives: BTreeMap::new(),
            queue: VecDeque::new(),
            turns: 0,
            ended: BTreeMap::new(),
            pace: pace(seed),
        }
    }

    /// Lets everything happen, to its end.
    pub fn run(&mut self, seed: u64) -> Result<(), Wrong> {
        self.request(seed);
        let mut stops = 0;
        loop {
            let step = self.step();
            match step {
                Ok(true) => {}
                Ok(false) if self.lives.is_empty() => return self.finish(),
                // Nothing happens any more, but somebody still waits for what will never come. (A stop doesn't end a
                // wait within a `finally`: that takes its message.)
                Ok(false) => {
                    stops += 1;
                    if stops > 30 {
                        return Err(format!("{} runs never end", self.lives.len()));
                    }
                    self.relieve(Sent::Stop, 1_000);
                    SIGNALS.into_iter().for_each(|name| self.relieve(Sent::Signal(name, 0), 2_000));
                }
                Err(Break::Crash) => self.die(seed)?,
                Err(Break::Wrong(why)) => return Err(why),
            }
            if self.turns > MOST_TURNS {
                return Err("it never ends".to_string());
            }
        }
    }

    /// Sends the same to all living runs.
    fn relieve(&mut self, what: Sent, ms: i64) {
        let at = self.now.plus(Length::from_ms(ms));
        (0..self.lives.len() as u64).for_each(|to| self.world.send(at, to, what.clone()));
    }

    pub(super) fn request(&mut self, seed: u64) {
        let random = super::random::hash(&[seed, 5]).to_be_bytes();
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&random);
        let request = Request {
            id: RunId::from_parts(BEGAN as u64, bytes),
            workflow: "main".into(),
            version: Digest([1; 32]),
            input: Value::map([("n", Value::Int((seed % 7) as i64))]),
            trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
            parent: None,
            depth: 0,
            seed,
            allow_net: Vec::new(),
            allow_files: Vec::new(),
            dir: String::new(),
            url: String::new(),
        };
        self.queue.push_back(Message::Begin(Box::new(request)));
    }

    /// The next thing that happens; false where nothing does.
    fn step(&mut self) -> Result<bool, Break> {
        if let Some(message) = self.queue.pop_front() {
            match message {
                Message::Give(run, input) => self.give(run, input, None)?,
                Message::Begin(_) if self.dies("before the beginning", &Input::Continue, 0) => {
                    return Err(Break::Crash);
                }
                Message::Begin(request) => self.begin(*request, None)?,
            }
            return Ok(true);
        }
        let timer = self.lives.iter().filter_map(|(id, live)| Some((live.run.due()?, *id))).min();
        let parcel = self.world.next_parcel().map(|parcel| parcel.at);
        let delivery = self.world.next_delivery();
        let Some(next) = timer.map(|(at, _)| at).into_iter().chain(parcel).chain(delivery).min() else {
            return Ok(false);
        };
        self.now = self.now.max(next);
        if delivery == Some(next) {
            if let Some(((run, op, attempt), outcome)) = self.world.deliver() {
                self.give(run, Input::AttemptEnded { op, attempt, outcome }, None)?;
                self.world.lingering.remove(&(run, op, attempt));
            }
        } else if parcel == Some(next) {
            self.take_parcel()?;
        } else if let Some((_, run)) = timer {
            self.give(run, Input::Due, None)?;
        }
        Ok(true)
    }

    fn take_parcel(&mut self) -> Result<(), Break> {
        let Some(parcel) = self.world.next_parcel().cloned() else { return Ok(()) };
        let to = self.lives.keys().nth((parcel.to % self.lives.len().max(1) as u64) as usize).copied();
        let input = match parcel.what {
            Sent::Signal(name, x) => {
                let parameters = Value::map([("x", Value::Int(x))]);
                Input::Signal { name: name.into(), source: "simulation".into(), delivery: None, parameters }
            }
            Sent::Pause => Input::Pause,
            Sent::Unpause => Input::Unpause,
            Sent::Stop => Input::Stop,
        };
        match to {
            Some(run) => self.give(run, input, Some(parcel.number)),
            // There is nobody any more to whom it could be said.
            None => {
                self.world.acknowledged(parcel.number);
                Ok(())
            }
        }
    }

    // ---- turns

    fn give(&mut self, id: RunId, input: Input, parcel: Option<u64>) -> Result<(), Break> {
        let now = self.now;
        let Some(live) = self.lives.get_mut(&id) else {
            self.acknowledge(parcel);
            return Ok(());
        };
        self.turns += 1;
        self.coverage.input(&input);
        let own = usize::from(input == Input::Due && live.run.due().is_some_and(|due| due <= now));
        if self.dies("before the commit", &input, own) {
            return self.leave(id, input, parcel);
        }
        let Some(live) = self.lives.get_mut(&id) else { return Ok(()) };
        let turn = engine::advance_at(&self.pace, self.program, &mut live.run, input, now);
        let turn = turn.map_err(|fault| fault.to_string())?;
        if turn.more {
            self.coverage.slice(&self.pace);
        }
        let commands = self.commit(id, turn)?;
        self.acknowledge(parcel);
        self.perform_all(id, commands)?;
        self.after(id)
    }

    fn acknowledge(&mut self, parcel: Option<u64>) {
        if let Some(number) = parcel {
            self.world.acknowledged(number);
        }
    }

    /// The process dies as it is given an input. Now and then it was about to leave, and has recorded it.
    fn leave(&mut self, id: RunId, input: Input, parcel: Option<u64>) -> Result<(), Break> {
        let plain = match input {
            Input::AttemptEnded { .. } | Input::Signal { .. } | Input::Pause | Input::Unpause => true,
            Input::Stop => self.mode == Mode::Rough,
            Input::Due | Input::Continue | Input::Recovered | Input::ChildEnded { .. } => false,
        };
        let Some(live) = self.lives.get_mut(&id) else { return Err(Break::Crash) };
        let may = plain && (self.mode == Mode::Rough || self.world.is_idle());
        if may && self.random.percent(40) {
            let turn =
                engine::record(self.program, &mut live.run, input, self.now).map_err(|fault| fault.to_string())?;
            self.coverage.recorded += 1;
            self.commit(id, turn)?;
            self.acknowledge(parcel);
        }
        Err(Break::Crash)
    }

    /// Puts a turn on disk, and gives what may be performed then.
    pub(super) fn commit(&mut self, id: RunId, turn: Turn) -> Result<Vec<Command>, Break> {
        let Some(live) = self.lives.get_mut(&id) else { return Ok(Vec::new()) };
        if turn.more {
            self.queue.push_back(Message::Give(id, Input::Continue));
        }
        if !turn.events.is_empty() {
            let record = Record { at: self.now, events: turn.events };
            let bytes = record.encode();
            let status = live.run.status();
            let summary = (live.seq == 0 || status != live.status).then(|| summary(&live.run, status));
            live.status = status;
            let write = Write { summary, ..Write::new(id, live.seq, bytes) };
            live.seq += 1;
            self.journal.commit(&[write]).map_err(|error| error.to_string())?;
            for event in &record.events {
                if live.seq > 1 {
                    live.folded.apply(self.now, event).map_err(|fault| fault.to_string())?;
                }
                self.coverage.event(event);
                self.audit.committed(id, self.now, event)?;
            }
        }
        let unsound = live.run.unsoundness();
        if live.folded != live.run || unsound.is_some() {
            return Err(Break::Wrong(format!("folding doesn't give the live run {id}, or it is unsound: {unsound:?}")));
        }
        Ok(turn.commands)
    }

    pub(super) fn perform_all(&mut self, id: RunId, commands: Vec<Command>) -> Result<(), Break> {
        let mut rest: VecDeque<Command> = commands.into();
        loop {
            if self.dies_with("after the commit", id, &rest) {
                return Err(Break::Crash);
            }
            let Some(command) = rest.pop_front() else { return Ok(()) };
            self.coverage.command(&command);
            self.perform(id, command)?;
        }
    }

    fn perform(&mut self, id: RunId, command: Command) -> Result<(), Break> {
        match command {
            Command::Perform(perform) => {
                self.audit.performs(id, &perform, self.crashes)?;
                self.world.perform(id, &perform, self.now);
            }
            Command::Cancel { op, attempt } => self.world.cancel((id, op, attempt), self.now),
            Command::StartChild { op, attempt, child, workflow, input, seed, wait } => {
                let waiter = Waiter { run: id, op, attempt };
                self.start_child(waiter, child, &workflow, &input, seed, wait)?;
            }
            Command::StopChild { child } => self.queue.push_back(Message::Give(child, Input::Stop)),
        }
        Ok(())
    }

    /// What a run that has ended owes to the one that waits for it.
    fn after(&mut self, id: RunId) -> Result<(), Break> {
        let Some(live) = self.lives.get(&id) else { return Ok(()) };
        let Some(outcome) = live.run.outcome().cloned() else { return Ok(()) };
        let waiter = live.waiter;
        self.ended.extend(self.lives.remove(&id).map(|live| (id, live.folded)));
        if let Some(waiter) = waiter {
            self.answer(waiter, answer(id, &outcome));
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, waiter: Waiter, outcome: Result<Value, Failure>) {
        let Waiter { run, op, attempt } = waiter;
        self.queue.push_back(Message::Give(run, Input::ChildEnded { op, attempt, outcome }));
    }

    fn finish(&mut self) -> Result<(), Wrong> {
        self.audit.finish()?;
        let runs =
            self.journal.runs(&wayfare::journal::Filter::newest(usize::MAX)).map_err(|error| error.to_string())?;
        for summary in runs {
            let run = self.fold(summary.id)?.0;
            // A process that died at once after the end has nothing to compare with.
            if self.ended.get(&summary.id).is_some_and(|ended| *ended != run) {
                return Err(format!("folding run {} anew gives another run", summary.id));
            }
            let outcome = run.outcome().ok_or_else(|| format!("run {} has no end", summary.id))?;
            self.coverage.outcome(outcome);
        }
        Ok(())
    }
}

/// Most seeds go at the pace of every day; others are told to let others go on soon, each by one of its counts.
fn pace(seed: u64) -> Pace {
    let mut random = Random::new(&[seed, 6]);
    let usual = Pace::default();
    match random.below(8) {
        0 => Pace { statements: 1 + random.below(20), ..usual },
        1 => Pace { operations: 1 + random.below(60), ..usual },
        2 => Pace { bytes: 1 + random.below(300), ..usual },
        _ => usual,
    }
}

fn summary(run: &Run, status: RunStatus) -> RunSummary {
    RunSummary {
        id: run.id,
        workflow: run.started.workflow.clone(),
        version: run.started.version,
        plan: run.started.plan,
        status,
        parent: run.started.parent.map(|(parent, _)| parent),
        created_at: run.started_at,
        finished_at: None,
        due: run.due(),
        retention: run.started.retention,
    }
}
