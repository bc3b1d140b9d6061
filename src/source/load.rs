//! Reading a source from disk within its bound. Knows files, not the language.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most a source file may hold, in bytes (the limit `source size`); a larger one is refused unread.
pub const MAX_SOURCE_BYTES: u64 = 1 << 20;

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("`{}` can't be read: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },
    #[error("`{}` is a folder, not a file", path.display())]
    Folder { path: PathBuf },
    #[error("`{}` is larger than 1 MiB, the most a source file may hold (limit `source size`)", path.display())]
    TooLarge { path: PathBuf },
    #[error("`{}` is not UTF-8 text: byte {offset} belongs to no character", path.display())]
    NotUtf8 { path: PathBuf, offset: usize },
}

/// The text of the file at `path`, or of standard input where it is `-`.
pub fn read_source(path: &Path) -> Result<String, LoadError> {
    let bytes = if path == Path::new("-") { bounded(path, io::stdin().lock())? } else { file_bytes(path)? };
    String::from_utf8(bytes).map_err(|e| LoadError::NotUtf8 { path: path.into(), offset: e.utf8_error().valid_up_to() })
}

fn file_bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |cause| LoadError::Io { path: path.into(), cause };
    let facts = std::fs::metadata(path).map_err(failed)?;
    if facts.is_dir() {
        return Err(LoadError::Folder { path: path.into() });
    }
    if facts.len() > MAX_SOURCE_BYTES {
        return Err(LoadError::TooLarge { path: path.into() });
    }
    bounded(path, File::open(path).map_err(failed)?)
}

/// A pipe or a file that grows has no length to ask for beforehand, so the reading itself is bounded.
fn bounded(path: &Path, from: impl Read) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let failed = |cause| LoadError::Io { path: path.into(), cause };
    from.take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_SOURCE_BYTES {
        return Err(LoadError::TooLarge { path: path.into() });
    }
    Ok(bytes)
}
