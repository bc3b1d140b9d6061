//! What a run may hold: each value that it would keep is held to the limits before it is kept, so that whatever is
//! too much is a failure at its place and never a record that can't be stored.

use crate::model::{Failure, Place, Value, written, written_value};
use crate::program::plan::ExprId;

use super::limits::{MAX_RESULT_BYTES, MAX_RUN_BYTES, MAX_VALUE_BYTES};
use super::run::Run;
use super::turn::Turning;
use super::walk::Walk;

impl Walk<'_> {
    /// The value of an expression, where the run may hold it.
    pub(super) fn weighed(&mut self, id: ExprId, value: Value) -> Result<Value, Failure> {
        let size = written_value(&value);
        self.tally.charge(size);
        match self.held(size, "the value") {
            Ok(()) => Ok(value),
            Err(failure) => Err(Failure { at: Some(self.place(id)), ..failure }),
        }
    }

    /// The same of what is put together of several expressions.
    pub(super) fn weighed_at(&mut self, at: Option<Place>, what: &str, value: Value) -> Result<Value, Failure> {
        let size = written_value(&value);
        self.tally.charge(size);
        self.held(size, what).map(|()| value).map_err(|failure| Failure { at, ..failure })
    }

    fn held(&self, size: usize, what: &str) -> Result<(), Failure> {
        judged(size, what, || self.tally.has_room(self.run, size))
    }
}

impl Run {
    /// Whether the run may hold so many bytes more.
    pub fn has_room(&self, more: usize) -> bool {
        self.size() + more <= MAX_RUN_BYTES || written(self) + more <= MAX_RUN_BYTES
    }
}

impl Turning<'_> {
    /// What comes of an expression outside of a stretch, where the run may hold it.
    pub(super) fn fitting(&self, at: &Place, what: &str, value: Value) -> Result<Value, Failure> {
        let size = written_value(&value);
        match judged(size, what, || self.run.has_room(size)) {
            Ok(()) => Ok(value),
            Err(failure) => Err(Failure { at: Some(at.clone()), ..failure }),
        }
    }
}

fn judged(size: usize, what: &str, has_room: impl FnOnce() -> bool) -> Result<(), Failure> {
    if size > MAX_VALUE_BYTES {
        let message = format!("{what} has {size} bytes, at most {MAX_VALUE_BYTES} are allowed (limit `value size`)");
        return Err(Failure::new("limit", message));
    }
    if has_room() { Ok(()) } else { Err(no_room()) }
}

/// The failure by the limit `run size`.
pub fn no_room() -> Failure {
    let message = format!(
        "all values that the run holds would have more than {MAX_RUN_BYTES} bytes (limit `run size`): write large \
         ones to files below `run.dir`"
    );
    Failure::new("limit", message)
}

/// The error with no more data than a result may have: it is stored more than once.
pub(super) fn shortened(error: Failure) -> Failure {
    let weight = error.data.weight();
    if weight <= MAX_RESULT_BYTES {
        return error;
    }
    let message = format!("{} (its data of about {weight} bytes is left out: limit `result size`)", error.message);
    Failure { message, data: Value::Unit, ..error }
}

/// The result, where it is no larger than one may be.
pub(super) fn bounded(result: Value) -> Result<Value, Failure> {
    let weight = result.weight();
    if weight <= MAX_RESULT_BYTES {
        return Ok(result);
    }
    let message = format!(
        "the result has about {weight} bytes; a step's result may have {MAX_RESULT_BYTES} (limit `result size`): \
         write it to a file below `run.dir`"
    );
    Err(Failure::new("limit", message))
}
