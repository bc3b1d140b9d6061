//! How the owner serves the others: a thread that lets them in, and one for each connection.
//!
//! Whatever a peer sends, it harms its own connection alone. Leaving in order answers what has been asked, and only
//! then hangs up; what wasn't answered is asked again of the next owner.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use rustix::event::{PollFd, PollFlags, poll};

use crate::journal::RECORD_VERSION;
use crate::model::RunId;

use super::address;
use super::door::Door;
use super::frame::{Blobs, Frame, Unread};
use super::owner::{Owner, Peer};
use super::patience::{HELLO_WAIT, LEAVE_WAIT, Patience};
use super::trouble::Trouble;
use super::wire::{Hook, Wire};
use super::words::{Answer, Ask, Call, Hello, Name, Reply, Welcome};

/// The most connections at a time (the limit `connections`); who comes then is sent away and tries again.
pub const MAX_CONNECTIONS: usize = 1_024;

pub(super) struct Server {
    dir: PathBuf,
    owner: Arc<Owner>,
    guests: Arc<Guests>,
    /// Its end tells the letting thread to end.
    going: Option<UnixStream>,
    letting: Option<JoinHandle<()>>,
}

/// The connections that are served.
#[derive(Default)]
struct Guests {
    state: Mutex<HashMap<u64, Hook>>,
    gone: Condvar,
}

impl Guests {
    fn state(&self) -> MutexGuard<'_, HashMap<u64, Hook>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among the guests, until its thread ends.
struct Place {
    guests: Arc<Guests>,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guests.state().remove(&self.number);
        self.guests.gone.notify_all();
    }
}

impl Server {
    pub fn start(dir: &Path, owner: Arc<Owner>) -> io::Result<Server> {
        let listener = address::listen(dir)?;
        listener.set_nonblocking(true)?;
        let (going, over) = UnixStream::pair()?;
        let guests = Arc::new(Guests::default());
        let host = Host { owner: owner.clone(), guests: guests.clone() };
        let letting = Builder::new().name("link".into()).spawn(move || host.let_in(&listener, &over))?;
        Ok(Server { dir: dir.to_path_buf(), owner, guests, going: Some(going), letting: Some(letting) })
    }

    /// Lets nobody in any more, answers what was asked, and hangs up.
    pub fn stop(&mut self) {
        address::remove(&self.dir);
        self.end_letting();
        self.owner.registry.close();
        let mut guests = self.guests.state();
        guests.values().for_each(Hook::hang_up_gently);
        let patience = Patience::new();
        while !guests.is_empty() && !patience.is_over(LEAVE_WAIT) {
            let wait = patience.left(LEAVE_WAIT);
            guests = self.guests.gone.wait_timeout(guests, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        guests.values().for_each(Hook::hang_up);
        while !guests.is_empty() {
            guests = self.guests.gone.wait(guests).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Hangs up in the middle of everything and leaves the socket behind, as a process that is killed.
    #[cfg(test)]
    pub fn die(&mut self) {
        self.guests.state().values().for_each(Hook::hang_up);
        self.end_letting();
        self.guests.state().values().for_each(Hook::hang_up);
        self.owner.registry.close();
        let mut guests = self.guests.state();
        while !guests.is_empty() {
            guests = self.guests.gone.wait(guests).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end_letting(&mut self) {
        drop(self.going.take());
        if let Some(letting) = self.letting.take() {
            // A panic of it has been told already, and hindered nobody who is in.
            let _ = letting.join();
        }
    }
}

/// What the threads of the server stand on.
#[derive(Clone)]
struct Host {
    owner: Arc<Owner>,
    guests: Arc<Guests>,
}

impl Host {
    fn let_in(&self, listener: &UnixListener, over: &UnixStream) {
        let mut number = 0;
        loop {
            let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(over, PollFlags::IN)];
            match poll(&mut fds, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
            if !fds[1].revents().is_empty() {
                return;
            }
            match listener.accept() {
                Ok((stream, _)) => {
                    number += 1;
                    self.welcome(stream, number);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Too many open files, and the like: who waits is let in when there is room again.
                Err(_) => Patience::new().pause(),
            }
        }
    }

    fn welcome(&self, stream: UnixStream, number: u64) {
        if stream.set_nonblocking(false).is_err() {
            return;
        }
        let Ok(wire) = Wire::new(stream) else { return };
        let hook = wire.hook();
        if !hook.is_own() {
            return;
        }
        let mut guests = self.guests.state();
        if guests.len() >= MAX_CONNECTIONS {
            return;
        }
        guests.insert(number, hook);
        drop(guests);
        let place = Place { guests: self.guests.clone(), number };
        let host = self.clone();
        // Where the system gives no thread, the connection is dropped, and tried again by the other end.
        let _ = Builder::new().name("linked".into()).spawn(move || {
            let mut wire = wire;
            host.serve(&mut wire);
            drop(wire);
            // Whoever sees the place empty may take the store to be free.
            drop(host);
            drop(place);
        });
    }

    /// Serves a connection to its end. What is wrong with it is said to the other end, as far as it listens.
    fn serve(&self, wire: &mut Wire) {
        let served = self.greet(wire).and_then(|hello| match hello {
            Some((hello, runs)) if hello.attends => self.call(wire, hello, runs),
            Some((hello, _)) => self.answer(wire, hello),
            None => Ok(()),
        });
        if let Err(Unread::Wrong(why)) = served {
            let trouble = Trouble::Io { doing: "speaking with the process that has the store".into(), why };
            let _ = wire.send(&Frame::new(&Answer::Failed(trouble), Vec::new()));
        }
    }

    /// Hears who is there; none where it is sent away.
    fn greet(&self, wire: &mut Wire) -> Result<Option<(Hello, Blobs)>, Unread> {
        wire.greet()?;
        wire.be_greeted(HELLO_WAIT)?;
        let (hello, blobs): (Hello, Blobs) = wire.receive()?.open()?;
        if hello.record != RECORD_VERSION {
            let why = format!("writes records of version {RECORD_VERSION}, this one version {}", hello.record);
            wire.send(&Frame::new(&Welcome::Refused(why), Vec::new()))?;
            return Ok(None);
        }
        Ok(Some((hello, blobs)))
    }

    /// That the other end may begin.
    fn come(&self) -> Frame {
        Frame::new(&Welcome::Come(self.owner.me.clone()), Vec::new())
    }

    /// Answers one request after the other.
    fn answer(&self, wire: &mut Wire, hello: Hello) -> Result<(), Unread> {
        let peer = Peer { name: hello.name, holder: hello.holder };
        let mut asking = Some(Asking::of(&self.owner, &peer.name));
        wire.send(&self.come())?;
        loop {
            asking.get_or_insert_with(|| Asking::of(&self.owner, &peer.name));
            wire.has_come_within(None)?;
            let (ask, blobs): (Ask, Blobs) = wire.receive()?.open()?;
            if matches!(ask, Ask::Tell { .. }) {
                // That changes nothing about whose a run is, and may take long.
                asking = None;
            }
            let Some(frame) = self.owner.answer(&peer, ask, blobs)? else { return Ok(()) };
            wire.send(&frame)?;
        }
    }

    /// Keeps a process that can be called, and hears its answers.
    fn call(&self, wire: &mut Wire, hello: Hello, mut runs: Blobs) -> Result<(), Unread> {
        let runs: Vec<RunId> = runs.rest().iter().flat_map(|ids| ids_of(ids)).collect();
        let door = Arc::new(Door::new(wire.hook())?);
        // What it gives up once it is welcome, it was known to have.
        let enter = || self.owner.registry.enter(&hello.name, hello.holder.clone(), runs, door.clone());
        let (missed, welcome) = door.welcome(enter, &self.come());
        if hello.again {
            for run in missed {
                door.call(&Call::Changed(run));
            }
        }
        let ended = welcome.and_then(|()| hear(wire, &door));
        door.close();
        let freed = self.owner.registry.leave(&hello.name, &door);
        self.owner.tell_freed(freed);
        ended
    }
}

/// That a process asks on a connection, until all that came there is done.
struct Asking<'a> {
    owner: &'a Owner,
    name: &'a Name,
}

impl Asking<'_> {
    fn of<'a>(owner: &'a Owner, name: &'a Name) -> Asking<'a> {
        owner.registry.arrive(name);
        Asking { owner, name }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let freed = self.owner.registry.depart(self.name);
        self.owner.tell_freed(freed);
    }
}

fn hear(wire: &mut Wire, door: &Door) -> Result<(), Unread> {
    loop {
        wire.has_come_within(None)?;
        let (reply, _): (Reply, Blobs) = wire.receive()?.open()?;
        door.answered(reply);
    }
}

/// The ids that a blob holds.
fn ids_of(bytes: &[u8]) -> Vec<RunId> {
    let (ids, _) = bytes.as_chunks::<16>();
    ids.iter().map(|id| RunId::from_bytes(*id)).collect()
}
