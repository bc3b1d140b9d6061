//! The handle on the driver's thread: begins runs, drives unfinished ones on, waits for their ends, ends the work.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::engine::{Input, Outcome};
use crate::expr;
use crate::journal::{Exchange, Journal, Notice};
use crate::model::{Digest, Failure, OpId, Order, RunId, Trigger, Value};
use crate::program::Program;

use super::doorway::clock::Clock;
use super::doorway::random::Entropy;
use super::effects::Effects;
use super::error::Error;
use super::listen::TellBack;
use super::observer::Observer;
use super::run_loop::RunLoop;

/// What a driver stands on.
#[derive(Clone)]
pub struct Ground {
    pub journal: Arc<dyn Journal>,
    /// Who goes on with which of its runs.
    pub exchange: Arc<dyn Exchange>,
    pub effects: Arc<dyn Effects>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub observer: Arc<dyn Observer>,
    /// The data folder, absolute: the runs' own folders are made below it.
    pub data: PathBuf,
}

/// A run that a person or a program wants.
#[derive(Clone)]
pub struct Wish {
    pub program: Arc<Program>,
    /// The plan and all texts it was made from, by their hashes; they are stored with the run's beginning.
    pub texts: Vec<(Digest, Arc<str>)>,
    pub version: Digest,
    pub workflow: Arc<str>,
    /// The inputs as given, by name.
    pub given: std::collections::BTreeMap<Arc<str>, Value>,
    pub trigger: Trigger,
    /// An idempotency key.
    pub key: Option<Arc<str>>,
    pub allow_net: Vec<String>,
    /// Absolute folders besides its own that the run may read and write.
    pub allow_files: Vec<String>,
}

/// What became of a wish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begun {
    /// The run is on disk and goes on.
    New(RunId),
    /// The key was taken by an earlier run. `same` says whether it had the same input.
    Known { run: RunId, same: bool },
}

/// Why a run that was waited for is not driven any more.
#[derive(Clone, PartialEq, Debug)]
pub enum Ended {
    /// It has ended, and its end is on disk.
    Outcome(Outcome),
    /// It is paused.
    Paused,
    /// The driver left it; it can be resumed.
    Left,
}

/// How long a run is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Until it has ended, or is paused.
    End,
    /// Until it has ended or only waits.
    Idle,
    /// The same, and where it only waits, the driver begins nothing any more from that moment on.
    Rest,
}

/// An answer that comes later.
pub type Later<T> = Receiver<Result<T, Error>>;

pub(super) type Answer<T> = Sender<Result<T, Error>>;

/// What the driver's thread is told.
pub(super) enum Message {
    Begin(Box<Wish>, Answer<Begun>),
    Resume(RunId, Answer<()>),
    ResumeAll(Until, Sender<(RunId, Result<Ended, Error>)>),
    Again {
        run: RunId,
        from: Option<Arc<str>>,
        answer: Answer<Begun>,
    },
    Tell(RunId, Input),
    Wait {
        run: RunId,
        until: Until,
        answer: Answer<Ended>,
    },
    AttemptEnded {
        run: RunId,
        op: OpId,
        attempt: u32,
        outcome: Result<Value, Failure>,
    },
    /// What an earlier process left of the run's programs is gone, or can't be ended.
    Cleared {
        run: RunId,
        problem: Option<Failure>,
    },
    /// Somebody wants something of a run, by way of the exchange.
    Order {
        run: RunId,
        order: Order,
        answer: TellBack,
    },
    /// Something that concerns the run was stored by somebody else.
    Changed(RunId),
    /// Of something that was stored nobody may have been told.
    LookAnew,
    /// A child that is wanted no more was given up by the process that had it.
    StopChild {
        parent: RunId,
        child: RunId,
    },
    Journal(Notice),
    /// Begin nothing more, let the attempts in flight end, then leave.
    Drain,
    /// Leave at once.
    Leave,
}

/// The driver. Dropping it leaves its runs where they are.
pub struct Driver {
    inbox: Sender<Message>,
    /// Its other end is dropped as the thread ends.
    over: Mutex<Receiver<()>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Driver {
    /// Starts the driver's thread.
    pub fn start(ground: Ground) -> Result<Driver, Error> {
        let (inbox, messages) = channel();
        let run_loop = RunLoop::new(ground, inbox.clone())?;
        let (going, over) = channel();
        let thread = std::thread::Builder::new()
            .name("driver".into())
            .stack_size(expr::STACK_BYTES)
            .spawn(move || {
                let _going = going;
                run_loop.serve(&messages)
            })
            .map_err(|cause| Error::Thread(Arc::new(cause)))?;
        Ok(Driver { inbox, over: Mutex::new(over), thread: Some(thread) })
    }

    /// Begins a run; answered when it is on disk, or refused.
    pub fn begin(&self, wish: Wish) -> Later<Begun> {
        self.ask(|answer| Message::Begin(Box::new(wish), answer))
    }

    /// Begins a run that does again what a run of the store did, from the beginning or from one of its steps on; answered
    /// when it is on disk, or refused.
    pub fn again(&self, run: RunId, from: Option<Arc<str>>) -> Later<Begun> {
        self.ask(|answer| Message::Again { run, from, answer })
    }

    /// Drives an unfinished run of the store on. One that is driven already goes on as it was.
    pub fn resume(&self, run: RunId) -> Later<()> {
        self.ask(|answer| Message::Resume(run, answer))
    }

    /// Drives on every unfinished run that no other process drives, but those that are left to a person, and tells of each
    /// as it ends, is paused or can't go on. It ends when none can go on any more, or, unless `until` is
    /// [`Until::End`], when all wait. Of a run that another one waits for, that one tells.
    pub fn resume_all(&self, until: Until) -> Receiver<(RunId, Result<Ended, Error>)> {
        let (tell, told) = channel();
        self.send(Message::ResumeAll(until, tell));
        told
    }

    /// Answered when the run has ended and its end is on disk, or as `until` says.
    pub fn wait(&self, run: RunId, until: Until) -> Later<Ended> {
        self.ask(|answer| Message::Wait { run, until, answer })
    }

    /// Tells a driven run what a person wants of it.
    pub fn tell(&self, run: RunId, input: Input) {
        self.send(Message::Tell(run, input));
    }

    /// Begins nothing more, lets the attempts in flight end, then leaves.
    pub fn drain(&self) {
        self.send(Message::Drain);
    }

    /// Leaves at once; what is in flight is cut off.
    pub fn leave(&self) {
        self.send(Message::Leave);
    }

    /// Whether the driver's thread ends within that time.
    pub fn is_over_within(&self, time: Duration) -> bool {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        over.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
    }

    /// Waits for the driver's thread to end; all that it committed is on disk then.
    pub fn join(mut self) -> Result<(), Error> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }

    fn ask<T>(&self, message: impl FnOnce(Answer<T>) -> Message) -> Later<T> {
        let (answer, later) = channel();
        self.send(message(answer));
        later
    }

    /// A driver that has ended answers by dropping what was asked: the receiver says so.
    fn send(&self, message: Message) {
        let _ = self.inbox.send(message);
    }
}
