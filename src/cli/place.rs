//! Where things are: the root, the data folder, and the file that is meant by `FILE[:WORKFLOW]`.

use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::driver::doorway::environment;

use super::stop::{Exit, Stop};

/// The configuration; the nearest folder upward that has it is the root.
pub const CONFIGURATION: &str = "wayfare.toml";

/// The store's folder in the root.
const DATA: &str = ".wayfare";

/// What stands for standard input.
pub const STDIN: &str = "-";

/// What standard input is called in messages.
const STDIN_NAME: &str = "<stdin>";

/// `-:WORKFLOW` would be taken for a flag; it is handed on under the name that standard input has in messages.
pub fn unhyphened(argument: OsString) -> OsString {
    match argument.to_str().and_then(|text| text.strip_prefix("-:")) {
        Some(workflow) => format!("{STDIN_NAME}:{workflow}").into(),
        None => argument,
    }
}

/// A file, perhaps with one of its workflows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    pub path: PathBuf,
    pub workflow: Option<String>,
}

impl Target {
    /// `FILE[:WORKFLOW]`. A file whose own name looks like this is taken as a file.
    pub fn parse(text: &str) -> Target {
        let whole = || Target { path: text.into(), workflow: None };
        let Some((path, workflow)) = text.rsplit_once(':') else { return whole() };
        let is_name = workflow.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && workflow.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if path.is_empty() || !is_name || Path::new(text).is_file() {
            return whole();
        }
        let path = if path == STDIN_NAME { STDIN } else { path };
        Target { path: path.into(), workflow: Some(workflow.into()) }
    }

    pub fn is_stdin(&self) -> bool {
        self.path == Path::new(STDIN)
    }

    /// What the file is called in messages.
    pub fn name(&self) -> String {
        name_of(&self.path)
    }
}

/// What a file is called in messages and in what is stored of it.
pub fn name_of(path: &Path) -> String {
    if path == Path::new(STDIN) {
        return STDIN_NAME.into();
    }
    let plain = path.strip_prefix("./").unwrap_or(path);
    plain.to_string_lossy().into_owned()
}

/// The data folder, absolute: what was asked for, else that of the root of `file`, or of the folder we are in.
pub fn data_folder(asked: Option<&Path>, file: Option<&Path>) -> Result<PathBuf, Stop> {
    // What isn't asked for stands in `WF_DATA`. clap isn't told of that: it would show the flag in each usage line.
    let variable = if asked.is_none() { environment::variable_os("WF_DATA").map(PathBuf::from) } else { None };
    if let Some(asked) = asked.or(variable.as_deref()).filter(|path| !path.as_os_str().is_empty()) {
        return Ok(here()?.join(asked));
    }
    let folder = root(file)?.join(DATA);
    trusted(&folder, environment::effective_user())
        .map_err(|stop| stop.help("name it by `--data DIR`, if you mean it"))?;
    Ok(folder)
}

/// The root, absolute: the nearest folder upward from `file`, or from where we are, that has a configuration; else the
/// folder that is begun with.
pub fn root(file: Option<&Path>) -> Result<PathBuf, Stop> {
    let here = here()?;
    let folder = match file.filter(|path| *path != Path::new(STDIN)) {
        // The folder in which the file really is, so that `../` and links don't lead to another root.
        Some(file) => {
            let file = std::fs::canonicalize(file).unwrap_or_else(|_| here.join(file));
            file.parent().map_or_else(|| here.clone(), Path::to_path_buf)
        }
        None => here,
    };
    let root = root_of(&folder);
    trusted(&root.join(CONFIGURATION), environment::effective_user())?;
    Ok(root.to_path_buf())
}

/// What was found, not named, must be the user's own or root's: in a folder that others may write to (`/tmp`), anybody
/// may have put it there.
fn trusted(path: &Path, user: u32) -> Result<(), Stop> {
    let of_another = |found: &Metadata| found.uid() != user && found.uid() != 0;
    // A link is looked at as well: who put it there chose what it leads to.
    let found = [std::fs::symlink_metadata(path), std::fs::metadata(path)];
    match found.iter().flatten().any(of_another) {
        true => Err(Stop::wrong(format!("`{}` belongs to another user, and isn't used", path.display()))),
        false => Ok(()),
    }
}

fn here() -> Result<PathBuf, Stop> {
    environment::current_dir()
        .map_err(|error| Stop::new(Exit::Store, format!("the current folder can't be found: {error}")))
}

/// The nearest folder upward with a configuration, else the folder itself.
fn root_of(folder: &Path) -> &Path {
    folder.ancestors().find(|dir| dir.join(CONFIGURATION).is_file()).unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_named_behind_a_colon() {
        let target = |text| {
            let Target { path, workflow } = Target::parse(text);
            (path.to_string_lossy().into_owned(), workflow)
        };
        assert_eq!(target("a.wf"), ("a.wf".into(), None));
        assert_eq!(target("a.wf:main"), ("a.wf".into(), Some("main".into())));
        let given = unhyphened("-:main".into()).into_string().expect("text");
        assert_eq!(target(&given), ("-".into(), Some("main".into())));
        assert_eq!(target("C:/x.wf"), ("C:/x.wf".into(), None));
        assert_eq!(target(":main"), (":main".into(), None));
    }

    #[test]
    fn what_belongs_to_another_user_is_not_used() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(CONFIGURATION);
        std::fs::write(&path, "").expect("written");
        let owner = std::fs::metadata(&path).expect("it is there").uid();
        assert!(trusted(&path, owner).is_ok() && trusted(&dir.path().join("none"), owner).is_ok());
        if owner != 0 {
            assert_eq!(trusted(&path, owner + 1).expect_err("refused").exit, Exit::Wrong);
        }
        assert!(trusted(Path::new("/"), owner + 1).is_ok(), "root may put a configuration there for all");
    }

    #[test]
    fn the_root_is_the_nearest_folder_with_a_configuration() {
        let dir = tempfile::tempdir().expect("a folder");
        let deep = dir.path().join("a/b");
        std::fs::create_dir_all(&deep).expect("made");
        assert_eq!(root_of(&deep), deep);
        std::fs::write(dir.path().join(CONFIGURATION), "").expect("written");
        assert_eq!(root_of(&deep), dir.path());
        std::fs::write(dir.path().join("a").join(CONFIGURATION), "").expect("written");
        assert_eq!(root_of(&deep), dir.path().join("a"));
    }
}
