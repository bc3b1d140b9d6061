//! The run loop round by round, on the memory journal, a clock that is moved by hand, and effects that only note what
//! they are asked.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::driver::doorway::clock::VirtualClock;
use crate::driver::doorway::random::SeededEntropy;
use crate::driver::effects::{Attempt, Cleared, Effects, Ended};
use crate::driver::handle::{Answer, Begun, Message, Until};
use crate::driver::run_loop::RunLoop;
use crate::driver::{Error, Ground, Nobody, Wish};
use crate::journal::{Alone, Exchange, Journal, MemoryJournal};
use crate::model::{Event, Failure, Length, OpId, RunId, Time, Trigger, Value};
use crate::program::{self, Program};

mod children;
mod kv;
mod leaving;
mod leftovers;
mod orders;
mod parking;
mod sharing;
mod timers;

/// What effects were asked.
#[derive(Default)]
struct Asked {
    performed: Vec<(Attempt, Option<Ended>)>,
    cleared: Vec<(RunId, Option<Cleared>)>,
    left_over: Vec<RunId>,
    stopped: bool,
}

#[derive(Default)]
struct Noting(Mutex<Asked>);

impl Noting {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().expect("no test broke off")
    }
}

impl Effects for Noting {
    fn perform(&self, attempt: Attempt, ended: Ended) {
        self.asked().performed.push((attempt, Some(ended)));
    }

    fn cancel(&self, _: RunId, _: OpId, _: u32) {}

    fn clear(&self, run: RunId, done: Cleared) {
        self.asked().cleared.push((run, Some(done)));
    }

    fn left_over(&self) -> Vec<RunId> {
        self.asked().left_over.clone()
    }

    fn stop_all(&self) {
        self.asked().stopped = true;
    }
}

/// A process that drives runs; killed by being dropped.
struct World {
    journal: Arc<MemoryJournal>,
    clock: Arc<VirtualClock>,
    effects: Arc<Noting>,
    looped: RunLoop,
    messages: Receiver<Message>,
}

fn start() -> Time {
    Time::from_unix_ms(1_800_000_000_000)
}

impl World {
    fn new() -> World {
        World::on(Arc::new(MemoryJournal::new()), start())
    }

    fn on(journal: Arc<MemoryJournal>, now: Time) -> World {
        World::sharing(journal, Arc::new(Alone::new()), Arc::new(VirtualClock::at(now)))
    }

    fn sharing(journal: Arc<MemoryJournal>, exchange: Arc<dyn Exchange>, clock: Arc<VirtualClock>) -> World {
        let effects = Arc::new(Noting::default());
        let (inbox, messages) = channel();
        let ground = Ground {
            journal: journal.clone(),
            exchange,
            effects: effects.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(7)),
            observer: Arc::new(Nobody),
            data: "/nowhere".into(),
        };
        let looped = RunLoop::new(ground, inbox).expect("a loop");
        World { journal, clock, effects, looped, messages }
    }

    /// Killed, and another process on what is on disk, that much later.
    fn killed(self, later: &str) -> World {
        let now = start().plus(later.parse().expect("a length"));
        World::on(Arc::new(self.journal.crash()), now)
    }

    fn tell(&self, message: Message) {
        self.looped.inbox.send(message).expect("the test listens");
    }

    fn ask<T>(&mut self, message: impl FnOnce(Answer<T>) -> Message) -> Result<T, Error> {
        let (answer, later) = channel();
        self.tell(message(answer));
        loop {
            match later.try_recv() {
                Ok(answer) => return answer,
                Err(TryRecvError::Empty) => self.looped.round(&self.messages),
                Err(TryRecvError::Disconnected) => panic!("nobody answers"),
            }
        }
    }

    fn begin(&mut self, text: &str) -> RunId {
        let compiled = program::compile("a.wf", text);
        let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let stored: Arc<str> = serde_json::to_string(&plan).expect("a plan writes").into();
        let program = Arc::new(Program::new(plan, program::digest(&stored)).expect("a program"));
        let wish = Wish {
            texts: vec![(program.digest(), stored)],
            version: program.digest(),
            program,
            workflow: "w".into(),
            given: Default::default(),
            trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
            key: None,
            allow_net: Vec::new(),
            allow_files: Vec::new(),
        };
        match self.ask(|answer| Message::Begin(Box::new(wish), answer)) {
            Ok(Begun::New(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    fn resume(&mut self, run: RunId) {
        self.ask(|answer| Message::Resume(run, answer)).expect("resumed");
    }

    /// Goes round until something is so.
    fn until(&mut self, so: impl Fn(&World) -> bool) {
        while !so(self) {
            self.looped.round(&self.messages);
        }
    }

    /// Goes round until the run only waits or has ended.
    fn rest(&mut self, run: RunId) -> Result<super::Ended, Error> {
        self.ask(|answer| Message::Wait { run, until: Until::Idle, answer })
    }

    fn later(&mut self, length: &str) {
        self.clock.advance(length.parse::<Length>().expect("a length"));
    }

    fn performing(&self) -> usize {
        self.effects.asked().performed.len()
    }

    /// Ends an attempt, in the order in which they were asked for.
    fn end(&mut self, nth: usize, outcome: Result<Value, Failure>) {
        let ended = self.effects.asked().performed[nth].1.take().expect("it hasn't ended yet");
        ended(outcome);
    }

    fn events(&self, run: RunId) -> Vec<Event> {
        let records = self.journal.history(run, 0, 10_000).expect("a history");
        records.into_iter().flat_map(|record| record.events).collect()
    }

    /// The runs of the store but for that one, oldest first.
    fn others(&self, run: RunId) -> Vec<RunId> {
        let all = self.journal.runs(&crate::journal::Filter::newest(100)).expect("a list");
        let mut all: Vec<RunId> = all.into_iter().map(|row| row.id).filter(|id| *id != run).collect();
        all.sort();
        all
    }
}

fn done() -> Result<Value, Failure> {
    Ok(Value::map([("code", Value::Int(0)), ("stdout", Value::text("")), ("stderr", Value::text(""))]))
}
