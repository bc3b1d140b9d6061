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

/// Connects to whoever listens in `dir`.
pub(super) fn connect(dir: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(Short::of(dir)?.path.join(SOCKET))
}

/// Takes the socket away: to be called by the one who listens, before it gives the folder's lock up.
pub(super) fn remove(dir: &Path) {
    // One that is left behind is known as such: nobody listens there.
    let _ = fs::remove_file(dir.join(SOCKET));
}
