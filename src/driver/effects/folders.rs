//! The folders of runs, made by the first effect that needs one: most runs wait, call and decide, and need none.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::KIND_UNKEPT;
use crate::model::Failure;

/// Makes the run's own folder, which nobody but the user may enter. One that is there already is left as it is.
pub(super) fn of_run(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| {
        Failure::new(KIND_UNKEPT, format!("the run's folder `{}` can't be made: {cause}", path.display()))
    })
}
