//! The durable words: ids, values, times, types, failures, events and statuses, as plain serde data.
//!
//! What is here is written to disk and read by newer binaries, so nothing here knows spans, scripts or stores.
//! A change of a shape here is a change of the stored format (see `docs/format.md`).

mod event;
mod failure;
mod frame;
mod ids;
mod order;
mod policy;
mod sealed;
mod status;
mod summary;
mod time;
mod types;
mod value;
mod written;

pub use event::{
    Again, Branch, Decision, Event, ForkKind, Started, StepStart, StepTarget, Trigger, UndoInput, UndoPlan, is_of_keys,
};
pub use failure::{Failure, Place};
pub use frame::{Change, Completion, Frame, FrameKind, TryPhase};
pub use ids::{Digest, FiberId, OpId, RunId, Slot};
pub use order::Order;
pub use policy::RetryPolicy;
pub use sealed::{MAX_SEALED_DEPTH, MAX_SEALED_PARTS, MAX_SECRET_NAME, Sealed, wrong_secret_name};
pub use status::{RunStatus, StepStatus};
pub use summary::RunSummary;
pub use time::{Length, Time};
pub use types::{Mismatch, Type};
pub use value::{MAX_VALUE_DEPTH, Value};
pub use written::{written, written_value};
