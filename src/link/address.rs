//! Where the owner of a data folder listens: at the socket `link` in the folder.
//!
//! The path of a socket may have some hundred bytes only, that of a folder thousands. So the socket is named through
//! an open handle on the folder (`/proc/self/fd/N/link`) where the system has that, else by its own path.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::patience::Patience;

/// The socket's name in the data folder.
pub(super) const SOCKET: &str = "link";

/// What it is called until it is ready.
const NEW: &str = "link.new";

/// The open files of this process, as paths.
const HANDLES: &str = "/proc/self/fd";

/// The longest path that is used for a socket as it stands: all systems take it.
const MAX_PLAIN_BYTES: usize = 90;

/// A folder by a name that is short enough for sockets in it.
struct Short {
    path: PathBuf,
    /// Keeps the name alive.
    _handle: Option<File>,
}

impl Short {
    fn of(dir: &Path) -> io::Result<Short> {
        if dir.as_os_str().len() + 1 + NEW.len() <= MAX_PLAIN_BYTES || !Path::new(HANDLES).is_dir() {
            return Ok(Short { path: dir.to_path_buf(), _handle: None });
        }
        let handle = File::open(dir)?;
        let path = Path::new(HANDLES).join(handle.as_raw_fd().to_string());
        Ok(Short { path, _handle: Some(handle) })
    }
}

/// Listens in `dir`, in the place of whoever listened there before: to be called by the one who has the folder's lock.
/// The socket has its name only once nobody but the user may connect.
pub(super) fn listen(dir: &Path) -> io::Result<UnixListener> {
    let short = Short::of(dir)?;
    let new = short.path.join(NEW);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&new)?;
    fs::set_permissions(&new, Permissions::from_mode(0o600))?;
    fs::rename(&new, short.path.join(SOCKET))?;
    Ok(listener)
}

/// Connects to whoever listens in `dir`, within that time: one that lets nobody in is given up, by
/// [`io::ErrorKind::WouldBlock`].
pub(super) fn connect(dir: &Path, most: Duration) -> io::Result<UnixStream> {
    let short = Short::of(dir)?;
    let path = short.path.join(SOCKET);
    let mut patience = Patience::new();
    loop {
        match try_connect(&path) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !patience.is_over(most) => patience.pause(),
            tried => return tried,
        }
    }
}

/// Where as many wait as may, Linux would have this process wait, too, without a bound.
#[cfg(target_os = "linux")]
fn try_connect(path: &Path) -> io::Result<UnixStream> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Other systems refuse at once then.
#[cfg(not(target_os = "linux"))]
fn try_connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path)
}

/// Takes the socket away: to be called by the one who listens, before it gives the folder's lock up.
pub(super) fn remove(dir: &Path) {
    // One that is left behind is known as such: nobody listens there.
    let _ = fs::remove_file(dir.join(SOCKET));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};

    use super::{SOCKET, connect};

    #[test]
    fn one_that_lets_nobody_in_is_not_waited_for_without_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let silent = socket(AddressFamily::UNIX, SocketType::STREAM, None).expect("a socket");
        bind(&silent, &SocketAddrUnix::new(dir.path().join(SOCKET)).expect("a short path")).expect("bound");
        listen(&silent, 1).expect("listens");
        let mut waiting = Vec::new();
        let error = loop {
            match connect(dir.path(), Duration::ZERO) {
                Ok(stream) if waiting.len() < 100 => waiting.push(stream),
                tried => break tried.expect_err("it takes only so many"),
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(!waiting.is_empty());
    }
}
