//! One end of a connection: the greeting, then frames. Every wait in it is bounded, but for that for the next request.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::frame::{Frame, Unread};
use super::patience::STALL;
use super::words::{GREETING, LINK_VERSION};

/// The stream, shared between one who reads and one who writes or hangs up.
#[derive(Clone, Debug)]
struct Stream(Arc<UnixStream>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

/// The end that reads and writes.
#[derive(Debug)]
pub(super) struct Wire {
    reader: BufReader<Stream>,
}

/// The end that writes and hangs up, beside a [`Wire`] that reads.
#[derive(Clone, Debug)]
pub(super) struct Hook(Stream);

impl Wire {
    pub fn new(stream: UnixStream) -> Result<Wire, Unread> {
        stream.set_read_timeout(Some(STALL))?;
        stream.set_write_timeout(Some(STALL))?;
        Ok(Wire { reader: BufReader::new(Stream(Arc::new(stream))) })
    }

    pub fn hook(&self) -> Hook {
        Hook(self.reader.get_ref().clone())
    }

    /// Says in which version this end speaks.
    pub fn greet(&self) -> Result<(), Unread> {
        (&*self.reader.get_ref().0).write_all(&GREETING)?;
        Ok(())
    }

    /// Hears in which version the other end speaks, within that time.
    pub fn be_greeted(&mut self, most: Duration) -> Result<(), Unread> {
        if !self.has_come_within(Some(most))? {
            return Err(silent());
        }
        let mut greeting = [0; GREETING.len()];
        if self.reader.fill_buf()?.is_empty() {
            return Err(Unread::Closed);
        }
        self.reader.read_exact(&mut greeting)?;
        let (word, version) = greeting.split_at(GREETING.len() - 1);
        if word != &GREETING[..GREETING.len() - 1] {
            return Err(Unread::Wrong("it doesn't begin as one".into()));
        }
        if version != [LINK_VERSION] {
            return Err(Unread::Wrong(format!(
                "it speaks version {} of the link, this is version {LINK_VERSION}",
                version[0]
            )));
        }
        Ok(())
    }

    pub fn send(&self, frame: &Frame) -> Result<(), Unread> {
        self.hook().send(frame)
    }

    /// Sends a frame as it stands on the wire.
    pub fn send_bytes(&self, bytes: &[u8]) -> Result<(), Unread> {
        Ok((&*self.reader.get_ref().0).write_all(bytes)?)
    }

    /// The next frame.
    pub fn receive(&mut self) -> Result<Frame, Unread> {
        Frame::read(&mut self.reader)
    }

    /// Whether something has come, be it the end, within that time; without one, whenever it comes.
    pub fn has_come_within(&self, most: Option<Duration>) -> Result<bool, Unread> {
        if !self.reader.buffer().is_empty() {
            return Ok(true);
        }
        let most = most.map(|most| Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: most.subsec_nanos().into(),
        });
        loop {
            let mut fds = [PollFd::new(&*self.reader.get_ref().0, PollFlags::IN)];
            match poll(&mut fds, most.as_ref()) {
                Ok(ready) => return Ok(ready > 0),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Unread::Broken(error.into())),
            }
        }
    }
}

/// That nothing came in time.
pub(super) fn silent() -> Unread {
    Unread::Broken(std::io::ErrorKind::TimedOut.into())
}

impl Hook {
    pub fn send(&self, frame: &Frame) -> Result<(), Unread> {
        let bytes = frame.bytes().ok_or_else(|| Unread::Wrong("it is larger than the limit `frame size`".into()))?;
        Ok((&*self.0.0).write_all(&bytes)?)
    }

    /// How long a write may take from now on.
    pub fn hurry(&self, most: Duration) -> Result<(), Unread> {
        Ok(self.0.0.set_write_timeout(Some(most))?)
    }

    /// Reads nothing more; what is asked already is answered.
    pub fn hang_up_gently(&self) {
        // One that is gone already hears nothing of it.
        let _ = self.0.0.shutdown(Shutdown::Read);
    }

    pub fn hang_up(&self) {
        let _ = self.0.0.shutdown(Shutdown::Both);
    }

    /// That the other end belongs to the user of this process, as far as the system tells.
    #[cfg(target_os = "linux")]
    pub fn is_own(&self) -> bool {
        rustix::net::sockopt::socket_peercred(&*self.0.0).is_ok_and(|peer| peer.uid == rustix::process::geteuid())
    }

    /// Elsewhere the modes of the folder and of the socket keep others out.
    #[cfg(not(target_os = "linux"))]
    pub fn is_own(&self) -> bool {
        true
    }
}
