//! The effects of this computer: `exec`, `shell` and files, many at once, served by one thread that begins with the first.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::ending::{self, Bound};
use super::file::{Asked, Consent};
use super::http::{Told, Web};
use super::leftovers::{self, end_all_leftovers, end_leftovers};
use super::program::{self, Limits};
use super::request::Request;
use super::turns::{Turn, Turns};
use super::{Attempt, Cleared, Effects, Ended, KIND_UNKEPT, OutputLine, Watch};
use crate::driver::doorway::clock::Clock;
use crate::driver::folders;
use crate::driver::secrets::{Mask, NoVault, Secrets, Vault};
use crate::model::{Failure, OpId, RunId, Value};

/// The most threads that block. Of files and of looking names up ([`Turns`]) each have a quarter at most, so that
/// there are always some that start programs, read secrets and clear what is left over of earlier programs.
const MAX_BLOCKED: usize = 32;

/// The most files that are read or written at once; others wait for their turn.
const MAX_FILES: usize = 8;

/// How long [`Effects::stop_all`] waits for the killed to be gone.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// Performs `exec`, `shell`, `file.read` and `file.write` on this computer.
///
/// Dropping it is as [`Effects::stop_all`].
pub struct LocalEffects {
    shared: Arc<Shared>,
    /// Begun with the first attempt: most of what `wf` does needs none.
    server: OnceLock<io::Result<Server>>,
}

struct Shared {
    data: PathBuf,
    clock: Arc<dyn Clock>,
    limits: Limits,
    secrets: Secrets,
    turns: Arc<Semaphore>,
    files: Turns,
    web: Web,
    live: Mutex<Live>,
    /// An attempt has been answered.
    left: Condvar,
}

#[derive(Default)]
struct Live {
    stopping: bool,
    attempts: HashMap<Key, watch::Sender<Order>>,
    /// How many that are in `attempts` no more are just being answered.
    answering: usize,
}

impl Live {
    fn is_idle(&self) -> bool {
        self.attempts.is_empty() && self.answering == 0
    }
}

type Key = (RunId, OpId, u32);

/// What is wanted of an attempt in flight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Order {
    GoOn,
    End,
    Kill,
}

/// Where an attempt hears what is wanted of it.
pub(super) struct Orders(watch::Receiver<Order>);

impl Orders {
    /// With the end by which they are given.
    pub fn channel() -> (watch::Sender<Order>, Orders) {
        let (orders, heard) = watch::channel(Order::GoOn);
        (orders, Orders(heard))
    }

    /// Ends when that much or more is wanted.
    pub async fn reach(&mut self, order: Order) {
        if self.0.wait_for(|given| *given >= order).await.is_err() {
            // Nobody is left who could want anything.
            std::future::pending::<()>().await;
        }
    }
}

/// The thread that serves all programs.
struct Server {
    runtime: Handle,
    /// Dropped, it ends the thread.
    _until: oneshot::Sender<()>,
}

impl LocalEffects {
    /// `data` is the data folder; the records of running programs are kept below it.
    pub fn new(data: PathBuf, clock: Arc<dyn Clock>) -> LocalEffects {
        LocalEffects::with_limits(data, clock, Limits::default())
    }

    pub(super) fn with_limits(data: PathBuf, clock: Arc<dyn Clock>, limits: Limits) -> LocalEffects {
        let (turns, files) = (Arc::new(Semaphore::new(limits.programs)), Turns::new(MAX_FILES));
        let (secrets, web) = (Secrets::new(Arc::new(NoVault)), Web::new());
        let (live, left) = (Mutex::default(), Condvar::new());
        let shared = Shared { data, clock, limits, secrets, turns, files, web, live, left };
        LocalEffects { shared: Arc::new(shared), server: OnceLock::new() }
    }

    /// The same with the secrets of a store.
    #[must_use]
    pub fn with_vault(mut self, vault: Arc<dyn Vault>) -> LocalEffects {
        let shared = Arc::get_mut(&mut self.shared).expect("nothing is performed before it is put together");
        shared.secrets = Secrets::new(vault);
        self
    }
}

impl Effects for LocalEffects {
    fn perform(&self, attempt: Attempt, ended: Ended) {
        let key = (attempt.run, attempt.perform.op, attempt.perform.attempt);
        let orders = match self.shared.enter(key) {
            Ok(orders) => orders,
            Err(refusal) => return ended(Err(refusal)),
        };
        let answer = Answer { shared: self.shared.clone(), key, ended: Some(ended) };
        match self.server.get_or_init(serve) {
            Ok(server) => {
                let shared = self.shared.clone();
                server.runtime.spawn(async move { answer.give(shared.perform(attempt, orders).await) });
            }
            Err(error) => answer.give(Err(ending::refused(126, format!("no thread for programs: {error}")))),
        }
    }

    fn expect_secrets(&self, names: Vec<Arc<str>>) {
        self.shared.secrets.expect(names);
    }

    fn cancel(&self, run: RunId, op: OpId, attempt: u32) {
        if let Some(orders) = self.shared.live().attempts.get(&(run, op, attempt)) {
            raise(orders, Order::End);
        }
    }

    fn clear(&self, run: RunId, done: Cleared) {
        match self.server.get_or_init(serve) {
            Ok(server) => {
                let shared = self.shared.clone();
                server.runtime.spawn_blocking(move || {
                    done(end_all_leftovers(&shared.data, run).map_err(ending::unkept));
                });
            }
            Err(error) => done(Err(ending::refused(126, format!("no thread for programs: {error}")))),
        }
    }

    fn left_over(&self) -> Vec<RunId> {
        leftovers::runs(&self.shared.data)
    }

    fn stop_all(&self) {
        let mut live = self.shared.live();
        live.stopping = true;
        live.attempts.values().for_each(|orders| raise(orders, Order::Kill));
        let gone = self.shared.left.wait_timeout_while(live, STOP_WAIT, |live| !live.is_idle());
        drop(gone.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for LocalEffects {
    fn drop(&mut self) {
        self.stop_all();
    }
}

fn raise(orders: &watch::Sender<Order>, to: Order) {
    orders.send_if_modified(|order| std::mem::replace(order, to.max(*order)) < to);
}

fn serve() -> io::Result<Server> {
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(MAX_BLOCKED).build()?;
    let handle = runtime.handle().clone();
    let (until, over) = oneshot::channel::<()>();
    std::thread::Builder::new().name("wf-effects".into()).spawn(move || {
        // An error is the sender's end, which is what is waited for.
        let _ = runtime.block_on(over);
        runtime.shutdown_background();
    })?;
    Ok(Server { runtime: handle, _until: until })
}

impl Shared {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, key: Key) -> Result<Orders, Failure> {
        let mut live = self.live();
        if live.stopping {
            return Err(Failure::new("stopped", "nothing is begun any more: `wf` is ending"));
        }
        if live.attempts.contains_key(&key) {
            return Err(Failure::new("exec", format!("attempt {} of this step is in flight already", key.2)));
        }
        let (orders, heard) = Orders::channel();
        live.attempts.insert(key, orders);
        Ok(heard)
    }

    async fn perform(self: Arc<Shared>, attempt: Attempt, mut orders: Orders) -> Result<Value, Failure> {
        if attempt.perform.resumed && !is_request(&attempt) {
            // Also where nothing will be started any more.
            self.clone().clear(&attempt).await?;
        }
        let told = Told::of(&attempt.perform.input);
        let (mut attempt, mask) = self.clone().unsealed(attempt).await?;
        attempt.watch = attempt.watch.map(|watch| self.masked(watch));
        let outcome = match is_request(&attempt) {
            true => self.web.perform(&attempt, told.masked_by(mask.clone()), &*self.clock, &mut orders).await,
            false => self.clone().act(attempt, mask.clone(), orders).await,
        };
        // What others were given meanwhile is no business of this step's result either.
        let masks = [mask, self.secrets.mask()];
        match outcome {
            Ok(result) => Ok(masks.iter().fold(result, |result, mask| mask.value(result))),
            Err(failure) => Err(masks.iter().fold(failure, |failure, mask| mask.failure(failure))),
        }
    }

    /// Lines as they are told, without what others were given since their program began.
    fn masked(self: &Arc<Shared>, watch: Watch) -> Watch {
        let shared = self.clone();
        Arc::new(move |line: &OutputLine| {
            let text = shared.secrets.mask().text(&line.text).into_owned();
            watch(&OutputLine { stream: line.stream, text });
        })
    }

    /// The attempt with the values of its secrets. They are read on a thread of their own: files and the store are asked.
    async fn unsealed(self: Arc<Shared>, mut attempt: Attempt) -> Result<(Attempt, Mask), Failure> {
        if attempt.perform.input.secret().is_none() && !self.secrets.expects() {
            return Ok((attempt, self.secrets.mask()));
        }
        blocking(move || {
            self.secrets.meet();
            let (input, mask) = self.secrets.unseal(&attempt.perform.action, &attempt.perform.input)?;
            attempt.perform.input = input;
            Ok((attempt, mask))
        })
        .await
    }

    async fn act(self: Arc<Shared>, attempt: Attempt, mask: Mask, mut orders: Orders) -> Result<Value, Failure> {
        if Asked::is_meant(&attempt.perform.action) {
            return self.file(&attempt, orders).await;
        }
        let request = Request::read(&attempt)?;
        let label = request.label.clone();
        let _turn = self.turn(&attempt, &label, &mut orders).await?;
        let bound = Bound::of(&attempt.perform, self.clock.now());
        if let Some(bound) = bound.filter(Bound::is_over) {
            return Err(bound.not_begun(&label));
        }
        let limits = self.limits;
        let program = blocking(move || {
            folders::make(&attempt.dir).map_err(|why| Failure::new(KIND_UNKEPT, why))?;
            program::start(&request, &attempt, &mask, &self.data)
        });
        let program = program.await?;
        program.attend(bound, &mut orders, limits).await.result(&label)
    }

    /// Waits until one more file may be read or written.
    async fn file_turn(&self, attempt: &Attempt, label: &str, orders: &mut Orders) -> Result<Turn, Failure> {
        let within = Bound::of(&attempt.perform, self.clock.now());
        tokio::select! {
            biased;
            () = orders.reach(Order::End) => {
                Err(Failure::new("stopped", format!("`{label}` was not begun, since it was needed no more")))
            }
            turn = self.files.take() => Ok(turn),
            bound = ending::over(within) => Err(bound.not_begun(label)),
        }
    }

    /// Reads or writes a file. Its thread can't be interrupted; when time is over while it waits for a disk, nothing
    /// will be seen of it.
    async fn file(&self, attempt: &Attempt, mut orders: Orders) -> Result<Value, Failure> {
        let asked = Asked::read(attempt, &self.data)?;
        let label = asked.label.clone();
        let turn = self.file_turn(attempt, &label, &mut orders).await?;
        let bound = Bound::of(&attempt.perform, self.clock.now());
        if let Some(bound) = bound.filter(Bound::is_over) {
            return Err(bound.not_begun(&label));
        }
        let consent = Arc::new(Consent::default());
        let theirs = consent.clone();
        let mut work = turn.block(move || asked.perform(&theirs));
        let early = tokio::select! {
            biased;
            done = &mut work => return done.unwrap_or_else(|error| Err(unknown(&label, &error))),
            bound = ending::over(bound) => bound.ended(&label),
            () = orders.reach(Order::End) => {
                Failure::new("stopped", format!("`{label}` was left alone, since it was needed no more"))
            }
        };
        if consent.withdraw() {
            return Err(early);
        }
        work.await.unwrap_or_else(|error| Err(unknown(&label, &error)))
    }

    async fn clear(self: Arc<Shared>, attempt: &Attempt) -> Result<(), Failure> {
        let (run, op) = (attempt.run, attempt.perform.op);
        blocking(move || end_leftovers(&self.data, run, op).map_err(ending::unkept)).await
    }

    /// Waits until one more program may run.
    async fn turn(&self, attempt: &Attempt, label: &str, orders: &mut Orders) -> Result<OwnedSemaphorePermit, Failure> {
        let within = Bound::within(&attempt.perform, self.clock.now());
        tokio::select! {
            biased;
            () = orders.reach(Order::End) => {
                Err(Failure::new("stopped", format!("`{label}` was not begun, since it was needed no more")))
            }
            turn = self.turns.clone().acquire_owned() => {
                Ok(turn.expect("the turns are never closed"))
            }
            bound = ending::over(within) => Err(bound.not_begun(label)),
        }
    }
}

fn unknown(label: &str, error: &tokio::task::JoinError) -> Failure {
    Failure::new("file", format!("`{label}`: what came of it is unknown: {error}"))
}

fn is_request(attempt: &Attempt) -> bool {
    attempt.perform.action.starts_with("http.")
}

/// Does on a thread of its own what may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let lost = |error| Err(ending::refused(126, format!("the program's start was given up: {error}")));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(lost)
}

/// The promise that an attempt's end is told, always and once, whatever becomes of the task that performs it.
struct Answer {
    shared: Arc<Shared>,
    key: Key,
    ended: Option<Ended>,
}

impl Answer {
    fn give(mut self, outcome: Result<Value, Failure>) {
        self.tell(outcome);
    }

    fn tell(&mut self, outcome: Result<Value, Failure>) {
        if let Some(ended) = self.ended.take() {
            // Who is answered may ask for the same again at once.
            let mut live = self.shared.live();
            live.attempts.remove(&self.key);
            live.answering += 1;
            drop(live);
            ended(outcome);
            self.shared.live().answering -= 1;
            self.shared.left.notify_all();
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.tell(Err(Failure::new("exec", "what came of the attempt is unknown: its supervision broke off")));
    }
}
