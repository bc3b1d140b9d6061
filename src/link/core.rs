//! The part of this process in a store that several share: owner, or client of the owner, and how the one becomes the
//! other.
//!
//! A client whose owner has gone takes the folder's lock and becomes the owner, or finds the one who was quicker. What
//! was asked and not answered is then asked again; the store knows what it has already. One thread at a time changes
//! the part; the others wait for that, all of them for a bounded time once the store was there.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{Builder, JoinHandle};

use serde::de::DeserializeOwned;

use crate::journal::{Error, Folder, Holder, Settings, Tried};
use crate::model::RunId;

use super::client::{Client, Lost, Unmet};
use super::frame::{Blobs, Frame, Unread};
use super::members::Membership;
use super::orders::Orders;
use super::owner::{Owner, Peer};
use super::patience::{NOTE_AFTER, Patience, SEEK_WAIT};
use super::server::Server;
use super::wire::Wire;
use super::words::{Answer, Ask, Call, Name, Reply};

/// What a store is opened for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    /// To be used, and made where there is none.
    Make,
    /// To be used, if there is one.
    Use,
    /// To be read, if there is one, even where nothing may be written.
    Read,
}

/// Told whom this process waits for.
pub(super) type Waiting = Box<dyn Fn(&Holder) + Send + Sync>;

pub(super) struct Core {
    dir: PathBuf,
    settings: Settings,
    me: Holder,
    name: Name,
    waiting: Waiting,
    /// Whom this process was said to wait for last.
    told: Mutex<Option<Holder>>,
    part: RwLock<Part>,
    /// Whose turn it is to change the part.
    turn: Mutex<()>,
    /// The runs of this process, as long as it is a client: a new owner is told of them.
    pub mine: Mutex<HashSet<RunId>>,
    pub orders: Arc<Orders>,
    membership: Mutex<Option<Membership>>,
    /// Whether this process is known to the owner as one that may have runs.
    is_member: AtomicBool,
    /// Is called by the owner.
    called: Mutex<Option<JoinHandle<()>>>,
    tells: AtomicU64,
    closed: AtomicBool,
}

/// What this process is.
#[derive(Clone)]
pub(super) enum Part {
    Owner(Arc<Owner>, Arc<Mutex<Option<Server>>>),
    Client(Arc<Client>),
    /// Nothing yet, or nothing any more.
    None,
}

/// Tells processes apart that are one process, in tests.
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Core {
    /// None where there is no store, unless it is to be made.
    pub fn open(
        dir: PathBuf,
        settings: Settings,
        me: Holder,
        access: Access,
        waiting: Waiting,
    ) -> Result<Option<Arc<Core>>, Error> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = Name::from(format!("{}-{}-{number}", me.pid, me.started.unix_ms()));
        let core = Arc::new(Core {
            dir,
            settings,
            me,
            name,
            waiting,
            told: Mutex::default(),
            part: RwLock::new(Part::None),
            turn: Mutex::default(),
            mine: Mutex::default(),
            orders: Arc::default(),
            membership: Mutex::default(),
            is_member: AtomicBool::new(false),
            called: Mutex::default(),
            tells: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let turn = core.turn();
        let found = core.find_part(access, None)?;
        drop(turn);
        Ok(found.then_some(core))
    }

    pub fn part(&self) -> Part {
        self.part.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this process is still what it was then.
    pub fn is_part(&self, then: &Part) -> bool {
        match (then, &self.part()) {
            (Part::Client(then), Part::Client(now)) => Arc::ptr_eq(then, now),
            (Part::Owner(..), Part::Owner(..)) | (Part::None, Part::None) => true,
            (Part::Client(_), Part::Owner(..) | Part::None)
            | (Part::Owner(..), Part::Client(_) | Part::None)
            | (Part::None, Part::Client(_) | Part::Owner(..)) => false,
        }
    }

    fn become_part(&self, part: Part) -> Part {
        std::mem::replace(&mut *self.part.write().unwrap_or_else(PoisonError::into_inner), part)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn mine(&self) -> MutexGuard<'_, HashSet<RunId>> {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps in mind that the run is this process's, if the one who said so (or nobody but this process) still decides
    /// that.
    pub fn keep(&self, run: RunId, asked: &Part) -> bool {
        let _turn = self.turn();
        match (asked, self.part()) {
            (Part::Client(asked), Part::Client(now)) if Arc::ptr_eq(asked, &now) => {
                self.mine().insert(run);
                true
            }
            (Part::Owner(..), Part::Owner(..)) => true,
            _ => false,
        }
    }

    /// An id that knows an order again.
    pub fn order_id(&self) -> String {
        format!("{}/{}", self.name, self.tells.fetch_add(1, Ordering::Relaxed))
    }

    fn unreached(&self, holder: Holder, why: impl Into<String>) -> Error {
        Error::Unreached { path: self.dir.clone(), holder, why: why.into() }
    }

    /// Tells whom this process waits for, once.
    fn tell_waiting(&self, holder: &Holder) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() != Some(holder) {
            *told = Some(holder.clone());
            drop(told);
            (self.waiting)(holder);
        }
    }

    // ---- asking

    /// Does it where this process is the owner; else asks the owner by `ask`, and takes from the answer what `read`
    /// finds. With `as_member`, the owner knows this process before that.
    pub fn request<T>(
        self: &Arc<Self>,
        as_member: bool,
        own: impl Fn(&Owner) -> Result<T, Error>,
        ask: impl FnOnce() -> (Ask, Vec<Vec<u8>>),
        read: impl FnOnce(Answer, &mut Blobs) -> Result<Option<T>, Unread>,
    ) -> Result<T, Error> {
        let mut ask = Some(ask);
        let mut bytes = Vec::new();
        loop {
            let client = match self.part() {
                Part::Owner(owner, _) => return own(&owner),
                Part::Client(client) => client,
                Part::None => return Err(Error::Stopped),
            };
            if let Some(ask) = ask.take() {
                let (words, blobs) = ask();
                bytes = Frame::new(&words, blobs).bytes().ok_or_else(too_large)?;
            }
            if as_member && !self.is_member.load(Ordering::Acquire) {
                self.enter(&client)?;
                continue;
            }
            if as_member && !client.is_attended() {
                // An owner that can't call this process would take what it does for a dead one's.
                self.seek(&client)?;
                continue;
            }
            match client.ask(&bytes, &|| self.tell_waiting(&client.owner)) {
                Ok(answer) => return self.understand(&client, answer, read),
                Err(Lost::Gone) => self.seek(&client)?,
                Err(Lost::Stuck) => return Err(self.unreached(client.owner.clone(), "doesn't answer")),
                Err(Lost::Wrong(why)) => return Err(self.unreached(client.owner.clone(), why)),
            }
        }
    }

    fn understand<T>(
        &self,
        client: &Client,
        answer: Frame,
        read: impl FnOnce(Answer, &mut Blobs) -> Result<Option<T>, Unread>,
    ) -> Result<T, Error> {
        let strange = |why: String| self.unreached(client.owner.clone(), format!("can't be understood: {why}"));
        let (answer, mut blobs): (Answer, Blobs) = open(answer).map_err(strange)?;
        if let Answer::Failed(trouble) = answer {
            return Err(trouble.error());
        }
        let read = read(answer, &mut blobs).map_err(|unread| strange(unread.to_string()))?;
        read.ok_or_else(|| strange("it answers something else".into()))
    }

    // ---- being called

    /// Makes this process known to the owner, as one that may have runs and can be called.
    pub fn enter(self: &Arc<Self>, client: &Arc<Client>) -> Result<(), Error> {
        let turn = self.turn();
        let is_same = matches!(self.part(), Part::Client(now) if Arc::ptr_eq(&now, client));
        if !is_same || self.is_member.load(Ordering::Acquire) {
            return Ok(());
        }
        // From here on a new owner knows of this process, even if it never hears from it.
        let membership = Membership::enter(&self.dir, &self.name, &self.me)?;
        *self.membership.lock().unwrap_or_else(PoisonError::into_inner) = Some(membership);
        self.is_member.store(true, Ordering::Release);
        let attended = self.attend(client, false);
        drop(turn);
        match attended {
            Ok(()) => Ok(()),
            Err(_) => self.seek(client),
        }
    }

    /// Starts to be called. The turn is held.
    fn attend(self: &Arc<Self>, client: &Arc<Client>, again: bool) -> Result<(), Unmet> {
        let runs = self.mine().clone();
        let wire = client.attend(runs.into_iter(), again)?;
        let (core, called) = (self.clone(), client.clone());
        let thread = Builder::new().name("link".into()).spawn(move || core.be_called(&called, wire));
        let thread = thread.map_err(|_| {
            client.was_left();
            Unmet::Nobody
        })?;
        *self.called.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(())
    }

    /// Takes calls until the owner has gone; then there shall be another one, for whoever comes may need it.
    fn be_called(self: Arc<Self>, client: &Arc<Client>, mut wire: Wire) {
        // How it ended doesn't matter: the owner doesn't call any more.
        let _ = self.take_calls(&mut wire);
        client.was_left();
        drop(wire);
        if !self.is_closed() {
            // What is wrong is found again, and told, by whoever needs the store.
            let _ = self.seek(client);
        }
    }

    fn take_calls(&self, wire: &mut Wire) -> Result<(), Unread> {
        loop {
            wire.has_come_within(None)?;
            let (call, _): (Call, Blobs) = wire.receive()?.open()?;
            match call {
                Call::Changed(run) => self.orders.changed(run),
                Call::Order { number, run, order, id } => {
                    let hook = wire.hook();
                    let answer = move |told| {
                        // An owner that has gone is told when its successor asks again.
                        let _ = hook.send(&Frame::new(&Reply { number, told }, Vec::new()));
                    };
                    self.orders.take(run, order, id, Box::new(answer));
                }
            }
        }
    }

    // ---- changing the part

    /// Finds a part again after the owner that `lost` spoke to has gone.
    pub fn seek(self: &Arc<Self>, lost: &Arc<Client>) -> Result<(), Error> {
        let _turn = self.turn();
        match self.part() {
            Part::Client(client) if Arc::ptr_eq(&client, lost) => {}
            Part::Owner(..) | Part::Client(_) => return Ok(()),
            Part::None => return Err(Error::Stopped),
        }
        lost.hang_up();
        self.find_part(Access::Use, Some(SEEK_WAIT)).map(drop)
    }

    /// Becomes the owner if nobody is, else a client of the one who is; false where there is no store. The turn is
    /// held. Without `most`, an owner that can't be reached is waited for as long as it lives.
    fn find_part(self: &Arc<Self>, access: Access, most: Option<std::time::Duration>) -> Result<bool, Error> {
        let mut patience = Patience::new();
        loop {
            if self.is_closed() {
                return Err(Error::Stopped);
            }
            let holder = match self.try_open(access)? {
                Tried::Opened(folder) => {
                    self.own(&folder);
                    return Ok(true);
                }
                Tried::Nothing => return Ok(false),
                Tried::Taken(holder) => holder,
            };
            let why = match self.meet() {
                Ok(()) => return Ok(true),
                Err(Unmet::Refused(why)) => return Err(self.unreached(holder, why)),
                Err(Unmet::Silent) if patience.is_over(SEEK_WAIT) => {
                    return Err(self.unreached(holder, "doesn't answer"));
                }
                Err(Unmet::Silent | Unmet::Nobody) => "serves nobody",
            };
            if most.is_some_and(|most| patience.is_over(most)) {
                return Err(self.unreached(holder, why));
            }
            if patience.is_over(NOTE_AFTER) {
                self.tell_waiting(&holder);
            }
            patience.pause();
        }
    }

    fn try_open(&self, access: Access) -> Result<Tried, Error> {
        let tried = Folder::try_open(&self.dir, &self.settings, &self.me, access == Access::Make);
        match tried {
            // Who can't even read it is told what he may not write.
            Err(denied @ Error::Denied { .. }) if access == Access::Read => {
                match Folder::view(&self.dir, &self.settings, &self.me) {
                    Err(Error::Denied { .. }) => Err(denied),
                    viewed => viewed.map(Tried::Opened),
                }
            }
            tried => tried,
        }
    }

    fn meet(self: &Arc<Self>) -> Result<(), Unmet> {
        let client = Arc::new(Client::meet(&self.dir, &self.name, &self.me)?);
        if self.is_member.load(Ordering::Acquire) {
            // Before anything is asked, the owner knows what this process has.
            self.attend(&client, true)?;
        }
        self.become_part(Part::Client(client));
        // What was told while there was no owner, or while it didn't know this process, was told to nobody here.
        self.orders.look_anew();
        Ok(())
    }

    fn own(&self, folder: &Folder) {
        let peer = Peer { name: self.name.clone(), holder: self.me.clone() };
        let runs = std::mem::take(&mut *self.mine());
        let owner = Arc::new(Owner::new(&self.dir, folder.journal(), peer, runs, self.orders.clone()));
        // Where the folder takes no socket, the others wait until this process has ended.
        let server = Server::start(&self.dir, owner.clone()).ok();
        self.become_part(Part::Owner(owner, Arc::new(Mutex::new(server))));
        // The runs of an owner that was killed are nobody's, and nobody else tells of them.
        self.orders.look_anew();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Leaves: as owner, once all that was asked is answered.
    pub fn close(&self) {
        self.end(Server::stop);
    }

    /// Leaves as a process that is killed.
    #[cfg(test)]
    pub fn die(&self) {
        self.end(Server::die);
    }

    fn end(&self, stop: impl FnOnce(&mut Server)) {
        self.closed.store(true, Ordering::Release);
        loop {
            if let Part::Client(client) = self.part() {
                client.hang_up();
            }
            let called = self.called.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(called) = called else { break };
            if called.thread().id() != std::thread::current().id() {
                // A panic of it has been told already.
                let _ = called.join();
            }
        }
        let _turn = self.turn();
        if let Part::Owner(owner, server) = self.become_part(Part::None) {
            if let Some(server) = &mut *server.lock().unwrap_or_else(PoisonError::into_inner) {
                stop(server);
            }
            // The next opening is quick then; if not, it repairs.
            let _ = owner.journal.settle();
        }
        *self.membership.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn open<T: DeserializeOwned>(frame: Frame) -> Result<(T, Blobs), String> {
    frame.open().map_err(|unread| unread.to_string())
}

fn too_large() -> Error {
    let source = std::io::Error::other("it is larger than the limit `frame size`");
    Error::Io { doing: "asking the process that has the store".into(), source }
}
