//! `file.read` and `file.write`: a text file below the run's own folder or an allowed root, read whole, or written
//! whole or not at all.
//!
//! What a path may be is decided here and in `beneath`; who may call is not. A file is written beside its place under
//! a name of the attempt's own, synced and renamed, so whatever a crash leaves, the file is the old one or the new
//! one, and the attempt that is performed again replaces what was left. Nothing here waits for another program: what
//! is no plain file is refused before it is opened.

mod beneath;
mod closed;
mod consent;
mod read;
mod refusal;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Component, Path, PathBuf};

use super::{Attempt, KIND_UNKEPT};
use crate::driver::folders;
use crate::driver::secrets::key_file;
use crate::model::{Failure, Value};

use closed::Closed;
pub(super) use consent::Consent;
use refusal::{Refusal, Why};

/// How deep below its root a file may lie (the limit `path depth`): each folder on the way is held open.
const MAX_PATH_DEPTH: usize = 64;

/// What is asked of a file, its arguments read and its root found.
pub(super) struct Asked {
    /// The path as it was written, for messages.
    pub label: String,
    root: PathBuf,
    /// Whether the root is the run's own folder, which is made when it is first needed.
    is_own: bool,
    /// Below the root; it holds names alone.
    below: PathBuf,
    /// What is to be written; none where the file is read.
    text: Option<String>,
    /// What the file is called until it is whole.
    part: String,
    data: PathBuf,
}

impl Asked {
    /// Whether the action is one of files.
    pub fn is_meant(action: &str) -> bool {
        matches!(action, "file.read" | "file.write")
    }

    /// `data` is the data folder, which no path leads into.
    pub fn read(attempt: &Attempt, data: &Path) -> Result<Asked, Failure> {
        let perform = &attempt.perform;
        let label = text_of(&perform.input, "path")?;
        let text = (&*perform.action == "file.write").then(|| text_of(&perform.input, "text")).transpose()?;
        let (root, below) = place(&label, &attempt.dir, &attempt.allow_files).map_err(|why| why.of(&label))?;
        let part = format!(".wf-{}-{}-{}.part", attempt.run, perform.op.0, perform.attempt);
        Ok(Asked { is_own: root == attempt.dir, label, root, below, text, part, data: data.to_path_buf() })
    }

    /// Does it, on a thread that may block. Nothing is to be seen of a write that lacks `consent`.
    pub fn perform(&self, consent: &Consent) -> Result<Value, Failure> {
        if self.is_own {
            folders::make(&self.root).map_err(|why| Failure::new(KIND_UNKEPT, why))?;
        }
        let root = beneath::open_root(&self.root, self.is_own).map_err(|why| why.of(&self.label))?;
        let closed = Closed::of(&self.data, &key_file(&self.data));
        let done = match &self.text {
            None => read::read(root, &self.below, &closed),
            Some(text) => {
                let written = write::write(root, &self.below, &closed, (&self.part, text), consent);
                written.map(|()| self.written(text))
            }
        };
        done.map_err(|why| why.of(&self.label))
    }

    /// What `file.write` gives: where the file is, and how many bytes it has.
    fn written(&self, text: &str) -> Value {
        let path = self.root.join(&self.below).to_string_lossy().into_owned();
        let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
        Value::map([("path", Value::text(path)), ("bytes", Value::Int(bytes))])
    }
}

fn text_of(input: &Value, name: &str) -> Result<String, Failure> {
    match input.get(name) {
        Some(Value::Text(text)) => Ok(text.to_string()),
        Some(value @ (Value::Secret(_) | Value::Sealed(_))) => {
            let secret = value.secret().map_or("", |name| name);
            Err(Failure::new("secret", format!("the secret `{secret}` of `{name}` has no value")))
        }
        other => {
            let found = other.map_or("()", Value::type_name);
            Err(Failure::new("type", format!("`{name}` is of type {found}, where a string is needed")))
        }
    }
}

/// The root that a path belongs to, and what of it lies below that. What is relative belongs to the run's own folder.
fn place(path: &str, own: &Path, allowed: &[String]) -> Result<(PathBuf, PathBuf), Refusal> {
    if path.is_empty() || path.contains('\0') {
        let what = if path.is_empty() { "it is empty" } else { "it holds a NUL character" };
        return Err(Refusal::new(Why::Outside, format!("{what}, so it names no file")));
    }
    let asked = Path::new(path);
    if asked.components().any(|part| part == Component::ParentDir) {
        return Err(Refusal::new(Why::Outside, "a path of a file may not hold `..`"));
    }
    if path.ends_with('/') {
        return Err(Refusal::new(Why::Special, "it ends with `/`, so it names a folder and not a file"));
    }
    let (root, below) = match asked.is_relative() {
        true => (own.to_path_buf(), asked),
        false => root_of(asked, own, allowed)?,
    };
    let below: PathBuf = below.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    match below.components().count() {
        0 => Err(Refusal::new(Why::Special, "it names a folder and not a file")),
        1..=MAX_PATH_DEPTH => Ok((root, below)),
        _ => Err(Refusal::new(Why::Depth, format!("more than {MAX_PATH_DEPTH} folders deep (limit `path depth`)"))),
    }
}

/// The innermost root above an absolute path.
fn root_of<'p>(path: &'p Path, own: &Path, allowed: &[String]) -> Result<(PathBuf, &'p Path), Refusal> {
    let roots = std::iter::once(own).chain(allowed.iter().map(Path::new));
    let above = roots.filter_map(|root| Some((root.to_path_buf(), path.strip_prefix(root).ok()?)));
    above.min_by_key(|(_, below)| below.components().count()).ok_or_else(|| {
        let roots: Vec<String> = allowed.iter().map(|root| format!(" or `{root}`")).collect();
        let only = format!("it is neither below the run's folder `{}`{}", own.display(), roots.concat());
        Refusal::new(Why::Outside, format!("{only}; `allow_files` of `wayfare.toml` allows other folders"))
    })
}
