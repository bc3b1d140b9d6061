//! A process that reaches the store through its owner: connections that are kept, one request at a time on each.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::journal::{Holder, RECORD_VERSION};
use crate::model::RunId;

use super::address;
use super::frame::{Frame, Unread};
use super::patience::{ANSWER_WAIT, HELLO_WAIT, Patience, SLOW_AFTER, STUCK_PAUSE, STUCK_WAIT};
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
    /// Whether this process is called on it still.
    attended: AtomicBool,
    /// Since when the owner is taken as stuck.
    stuck: Mutex<Option<Patience>>,
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
        let (wire, owner) = connect(dir, name, me, None, HELLO_WAIT)?;
        Ok(Client {
            dir: dir.to_path_buf(),
            name: name.clone(),
            me: me.clone(),
            owner,
            idle: Mutex::new(vec![wire]),
            called: Mutex::default(),
            attended: AtomicBool::new(false),
            stuck: Mutex::default(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Wire>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> MutexGuard<'_, Option<Hook>> {
        self.called.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stuck(&self) -> MutexGuard<'_, Option<Patience>> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and waits for the answer. `slow` is told when that takes long. An owner that has once not answered in time
    /// isn't waited for as long again by each who asks next.
    pub fn ask(&self, bytes: &[u8], slow: &dyn Fn()) -> Result<Frame, Lost> {
        let was_stuck = match &mut *self.stuck() {
            Some(since) if !since.is_over(STUCK_PAUSE) => return Err(Lost::Stuck),
            // One asks; the others know how it ended, or ask later.
            Some(since) => {
                *since = Patience::new();
                true
            }
            None => false,
        };
        let answer = self.ask_within(bytes, if was_stuck { STUCK_WAIT } else { ANSWER_WAIT }, slow);
        match &answer {
            Err(Lost::Stuck) => *self.stuck() = Some(Patience::new()),
            Ok(_) => *self.stuck() = None,
            Err(Lost::Gone | Lost::Wrong(_)) => {}
        }
        answer
    }

    fn ask_within(&self, bytes: &[u8], most: Duration, slow: &dyn Fn()) -> Result<Frame, Lost> {
        let kept = self.idle().pop();
        let mut wire = match kept {
            Some(wire) => wire,
            None => self.another(HELLO_WAIT.min(most))?,
        };
        wire.send_bytes(bytes)?;
        if !wire.has_come_within(Some(SLOW_AFTER.min(most)))? {
            slow();
            if !wire.has_come_within(Some(most))? {
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

    fn another(&self, most: Duration) -> Result<Wire, Lost> {
        match connect(&self.dir, &self.name, &self.me, None, most) {
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
        let (wire, _) = connect(&self.dir, &self.name, &self.me, Some(Attending { ids, again }), HELLO_WAIT)?;
        *self.called() = Some(wire.hook());
        self.attended.store(true, Ordering::Release);
        Ok(wire)
    }

    /// Whether the owner knows this process, and calls it.
    pub fn is_attended(&self) -> bool {
        self.attended.load(Ordering::Acquire)
    }

    /// The owner calls this process no more.
    pub fn was_left(&self) {
        self.attended.store(false, Ordering::Release);
    }

    /// Is called no more.
    pub fn hang_up(&self) {
        self.was_left();
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

/// A new connection, greeted and welcome; each step of that within `most`.
fn connect(
    dir: &Path,
    name: &Name,
    me: &Holder,
    attending: Option<Attending>,
    most: Duration,
) -> Result<(Wire, Holder), Unmet> {
    let stream =
        address::connect(dir, most).map_err(|error| if is_timeout(&error) { Unmet::Silent } else { Unmet::Nobody })?;
    let mut wire = Wire::new(stream)?;
    if !wire.hook().is_own() {
        return Err(Unmet::Refused("belongs to another user".into()));
    }
    let (attends, again) = (attending.is_some(), attending.as_ref().is_some_and(|attending| attending.again));
    let hello = Hello { name: name.clone(), holder: me.clone(), record: RECORD_VERSION, attends, again };
    wire.greet()?;
    wire.send(&Frame::new(&hello, attending.map(|attending| attending.ids).into_iter().collect()))?;
    wire.be_greeted(most)?;
    if !wire.has_come_within(Some(most))? {
        return Err(Unmet::Silent);
    }
    match wire.receive()?.open()? {
        (Welcome::Come(owner), _) => Ok((wire, owner)),
        (Welcome::Refused(why), _) => Err(Unmet::Refused(why)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::journal::tests::me;

    #[test]
    fn one_that_is_stuck_is_not_waited_for_by_everybody() {
        let dir = tempfile::tempdir().expect("a folder");
        let _silent = UnixListener::bind(dir.path().join("link")).expect("listens");
        let client = Client {
            dir: dir.path().to_path_buf(),
            name: "1-1-1".into(),
            me: me(),
            owner: me(),
            idle: Mutex::default(),
            called: Mutex::default(),
            attended: AtomicBool::new(false),
            stuck: Mutex::new(Some(Patience::new())),
        };
        let since = Patience::new();
        for _ in 0..1_000 {
            assert!(matches!(client.ask(b"whatever", &|| {}), Err(Lost::Stuck)));
        }
        assert!(!since.is_over(STUCK_PAUSE), "a thousand asks are no thousand waits");
    }
}
