//! What belongs to the evaluation that runs on this thread: the values of the outer names, the random numbers
//! drawn, what was read; and the functions by which rhai asks for them.
//!
//! Invariant: there is a session on a thread exactly while one of its evaluations runs, and an evaluation within
//! another leaves the outer one's untouched.

use std::any::TypeId;
use std::cell::RefCell;
use std::sync::Arc;

use rhai::{Dynamic, INT, Module};

use super::fault::Stop;
use super::library::Library;
use super::native::{Outcome, register as put};
use super::slot::Slot;
use super::words::OWN_MARK;
use crate::model::{Time, Value};

/// What an evaluation may know of the world. The host gives it, and keeps `draws` with the run's state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ambient {
    /// What `now()` gives.
    pub now: Time,
    /// What `uuid()` and `random()` derive from, with the number of draws so far.
    pub seed: u64,
    /// How many random numbers were drawn. Evaluating counts it up.
    pub draws: u64,
}

/// The session of one evaluation.
pub(super) struct Session {
    pub slots: Arc<[Slot]>,
    /// The values of the text's roots; none for a name that is not known.
    pub roots: Vec<Option<Value>>,
    pub library: Arc<Library>,
    pub ambient: Ambient,
    /// What was read, if that is asked for.
    pub reads: Option<Vec<(Arc<str>, Value)>>,
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// Runs `f` in the session and gives it back.
pub(super) fn within<T>(session: Session, f: impl FnOnce() -> T) -> (T, Option<Session>) {
    struct Outer(Option<Session>);
    impl Drop for Outer {
        fn drop(&mut self) {
            SESSION.set(self.0.take());
        }
    }
    let _outer = Outer(SESSION.replace(Some(session)));
    let result = f();
    (result, SESSION.take())
}

fn with<T>(f: impl FnOnce(&mut Session) -> Result<T, Stop>) -> Result<T, Stop> {
    SESSION.with_borrow_mut(|session| match session {
        Some(session) => f(session),
        None => Err(Stop::new("failed", "this is known only while a workflow runs")),
    })
}

/// Reads a slot of the text that is evaluated.
pub(super) fn read(slot: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
    with(|session| session.read(slot, keys))
}

impl Session {
    fn read(&mut self, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        let slots = &self.slots;
        let Some(slot) = slots.get(index) else { return Ok(Value::Unit) };
        let Some(root) = self.roots.get(slot.root).and_then(Option::as_ref) else {
            return Err(Stop::new("type", format!("`{}` is not known here", slot.name)).at(slot.at, None));
        };
        let value = slot.read(root, keys)?;
        if let Some(reads) = &mut self.reads {
            let path = slot.shown.clone().unwrap_or_else(|| slot.show(slot.steps.len(), keys).into());
            if !reads.iter().any(|(known, _)| *known == path) {
                reads.push((path, value.clone()));
            }
        }
        Ok(value)
    }

    /// Reads a slot of the library's functions: constants alone.
    fn constant(&self, index: usize, keys: &[Dynamic]) -> Result<Value, Stop> {
        let Some(slot) = self.library.slots.get(index) else { return Ok(Value::Unit) };
        let root = self.library.constants.get(slot.root).map(|(_, value)| value);
        slot.read(root.unwrap_or(&Value::Unit), keys)
    }
}

/// The time of this evaluation.
pub(super) fn now() -> Result<Time, Stop> {
    with(|session| Ok(session.ambient.now))
}

/// The next 128 random bits: the first half of SHA-256 over seed and number.
pub(super) fn draw() -> Result<[u8; 16], Stop> {
    with(|session| {
        let ambient = &mut session.ambient;
        let mut from = ambient.seed.to_be_bytes().to_vec();
        from.extend(ambient.draws.to_be_bytes());
        ambient.draws += 1;
        let digest = super::builtins::sha256_of(&from);
        Ok(std::array::from_fn(|at| digest[at]))
    })
}

/// The readers `$r` (of the text's slots) and `$c` (of the library's).
pub(super) fn register(module: &mut Module) {
    for keys in 0..=3 {
        let mut types = vec![TypeId::of::<INT>()];
        types.extend(super::native::any(keys));
        put(module, &format!("{OWN_MARK}r"), &types, false, |_, args| {
            let (slot, keys) = split(args);
            dynamic(read(slot, &keys))
        });
        put(module, &format!("{OWN_MARK}c"), &types, false, |_, args| {
            let (slot, keys) = split(args);
            dynamic(with(|session| session.constant(slot, &keys)))
        });
    }
}

fn split(args: &mut [&mut Dynamic]) -> (usize, Vec<Dynamic>) {
    let slot = args[0].as_int().unwrap_or_default();
    (slot as usize, args[1..].iter_mut().map(|key| key.take()).collect())
}

fn dynamic(value: Result<Value, Stop>) -> Outcome {
    Ok(super::convert::to_dynamic(&value?))
}
