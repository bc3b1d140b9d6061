//! The folders of runs, made by the first effect that needs one, or at the beginning where the program speaks of it:
//! most runs wait, call and decide, and need none.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes the run's own folder, which nobody but the user may enter. One that is there already is left as it is. The
/// error is why it can't be made.
pub(super) fn make(path: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| format!("the run's folder `{}` can't be made: {cause}", path.display()))
}
