//! The folders of runs, made by the first effect that needs one, or at the beginning where the program speaks of it:
//! most runs wait, call and decide, and need none.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes the run's own folder, which nobody but the user may enter. One that is there already is left as it is. The
/// error is why it can't be made.
pub(super) fn make(path: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| format!("the run's folder `{}` can't be made: {cause}", path.display()))
}

/// The most files and folders that a run takes over (the limit `files taken over`).
const MAX_TAKEN: usize = 10_000;

/// Makes the run's own folder hold what that of another run holds: copies of its files and folders, no links. Where
/// that one is gone, or never was, nothing is taken. The error is why it can't be.
pub(super) fn take_over(from: &Path, to: &Path) -> Result<(), String> {
    if !from.is_dir() {
        return Ok(());
    }
    make(to)?;
    let failed = |path: &Path, cause: std::io::Error| format!("`{}` can't be taken over: {cause}", path.display());
    let mut open = vec![(from.to_path_buf(), to.to_path_buf())];
    let mut taken = 0;
    while let Some((from, to)) = open.pop() {
        for entry in fs::read_dir(&from).map_err(|cause| failed(&from, cause))? {
            let entry = entry.map_err(|cause| failed(&from, cause))?;
            taken += 1;
            if taken > MAX_TAKEN {
                let limit = format!("more than {MAX_TAKEN} files and folders (limit `files taken over`)");
                return Err(format!("`{}` can't be taken over: it has {limit}", from.display()));
            }
            let (path, copy) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type().map_err(|cause| failed(&path, cause))?;
            if kind.is_dir() {
                make(&copy)?;
                open.push((path, copy));
            } else if kind.is_file() {
                fs::copy(&path, &copy).map_err(|cause| failed(&path, cause))?;
            }
        }
    }
    Ok(())
}
