//! A process that reaches the store through its owner: connections that are kept, one request at a time on each.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::journal::{Holder, RECORD_VERSION};
use crate::model::RunId;

use super::address;
use super::frame::{Frame, Unread};
use super::patience::{ANSWER_WAIT, HELLO_WAIT, SLOW_AFTER};
use super::wire::{Hook, Wire};
use super::words::{Hello, Name, Welcome};

/// How many connections are kept open while nothing is asked on them.
const MAX_IDLE: usize = 8;

pub(super) struct Client {
    dir: PathBuf,
    name: Name,
    me: Holder,
    /// Who has the store.
    pub owner: Holder,
    idle: Mutex<Vec<Wire>>,
    /// The connection on which this process is called.
    called: Mutex<Option<Hook>>,
}

/// Why there is no owner to speak to.
pub(super) enum Unmet {
    /// Nobody is there, or it is just leaving.
    Nobody,
    /// Somebody is there and says nothing.
    Silent,
    /// Not with this one.
    Refused(String),
}

/// Why there is no answer.
pub(super) enum Lost {
    /// The owner has gone: ask the next one.
    Gone,
    /// It is there and doesn't answer.
    Stuck,
    /// What was to be sent, or what came, can't be: for that reason.
    Wrong(String),
}

impl From<Unread> for Unmet {
    fn from(unread: Unread) -> Unmet {
        match unread {
            Unread::Closed => Unmet::Nobody,
            Unread::Broken(error) if is_timeout(&error) => Unmet::Silent,
            Unread::Broken(_) => Unmet::Nobody,
            Unread::Wrong(why) => Unmet::Refused(why),
        }
    }
}

impl From<Unread> for Lost {
    fn from(unread: Unread) -> Lost {
        match unread {
            Unread::Closed => Lost::Gone,
            Unread::Broken(error) if is_timeout(&error) => Lost::Stuck,
            Unread::Broken(_) => Lost::Gone,
            Unread::Wrong(why) => Lost::Wrong(why),
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock)
}

impl Client {
    /// The owner of the store in `dir`, if one is there.
    pub fn meet(dir: &Path, name: &Name, me: &Holder) -> Result<Client, Unmet> {
        let (wire, owner) = connect(dir, name, me, None)?;
        Ok(Client {
            dir: dir.to_path_buf(),
            name: name.clone(),
            me: me.clone(),
            owner,
            idle: Mutex::new(vec![wire]),
            called: Mutex::default(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Wire>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> MutexGuard<'_, Option<Hook>> {
        self.called.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and waits for the answer. `slow` is told when that takes long.
    pub fn ask(&self, bytes: &[u8], slow: &dyn Fn()) -> Result<Frame, Lost> {
        let kept = self.idle().pop();
        let mut wire = match kept {
            Some(wire) => wire,
            None => self.another()?,
        };
        wire.send_bytes(bytes)?;
        if !wire.has_come_within(Some(SLOW_AFTER))? {
            slow();
            if !wire.has_come_within(Some(ANSWER_WAIT))? {
                return Err(Lost::Stuck);
            }
        }
        let answer = wire.receive()?;
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(wire);
        }
        Ok(answer)
    }

    fn another(&self) -> Result<Wire, Lost> {
        match connect(&self.dir, &self.name, &self.me, None) {
            Ok((wire, _)) => Ok(wire),
            Err(Unmet::Nobody) => Err(Lost::Gone),
            Err(Unmet::Silent) => Err(Lost::Stuck),
            // It has changed meanwhile.
            Err(Unmet::Refused(_)) => Err(Lost::Gone),
        }
    }

    /// Tells the owner which runs this process has, and where it can be called.
    pub fn attend(&self, runs: impl Iterator<Item = RunId>, again: bool) -> Result<Wire, Unmet> {
        let ids: Vec<u8> = runs.flat_map(|run| run.bytes()).collect();
        let (wire, _) = connect(&self.dir, &self.name, &self.me, Some(Attending { ids, again }))?;
        *self.called() = Some(wire.hook());
        Ok(wire)
    }

    /// Is called no more.
    pub fn hang_up(&self) {
        if let Some(hook) = &*self.called() {
            hook.hang_up();
        }
        self.idle().clear();
    }
}

/// What a connection to be called begins with.
struct Attending {
    ids: Vec<u8>,
    again: bool,
}

/// A new connection, greeted and welcome.
fn connect(dir: &Path, name: &Name, me: &Holder, attending: Option<Attending>) -> Result<(Wire, Holder), Unmet> {
    let stream = address::connect(dir).map_err(|_| Unmet::Nobody)?;
    let mut wire = Wire::new(stream)?;
    if !wire.hook().is_own() {
        return Err(Unmet::Refused("belongs to another user".into()));
    }
    let (attends, again) = (attending.is_some(), attending.as_ref().is_some_and(|attending| attending.again));
    let hello = Hello { name: name.clone(), holder: me.clone(), record: RECORD_VERSION, attends, again };
    wire.greet()?;
    wire.send(&Frame::new(&hello, attending.map(|attending| attending.ids).into_iter().collect()))?;
    wire.be_greeted(HELLO_WAIT)?;
    if !wire.has_come_within(Some(HELLO_WAIT))? {
        return Err(Unmet::Silent);
    }
    match wire.receive()?.open()? {
        (Welcome::Come(owner), _) => Ok((wire, owner)),
        (Welcome::Refused(why), _) => Err(Unmet::Refused(why)),
    }
}
