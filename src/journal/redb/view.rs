//! A file that may only be read, as a backend: what redb writes to it while it opens is held above, and never comes
//! here.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use ::redb::StorageBackend;

#[derive(Debug)]
pub(in crate::journal) struct View(pub File);

impl StorageBackend for View {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn write(&self, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
