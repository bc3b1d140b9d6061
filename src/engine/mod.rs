//! The engine: a pure state machine. It is told what the world said ([`Input`]) and answers with facts
//! ([`Event`](crate::model::Event)) that are already applied to the [`Run`] and wishes ([`Command`]) that may be
//! performed once the facts are on disk.
//!
//! There is no clock, no randomness, no file and no thread here: time comes in with the input, random numbers
//! derive from the run's seed, and [`Run::apply`] is the only thing that changes a run.

mod again;
mod apply;
mod cancel;
mod command;
mod decisions;
mod fault;
mod fork;
mod input;
mod invariants;
mod leave;
pub mod limits;
mod order;
mod path;
mod perform;
mod random;
mod retry;
mod room;
mod run;
mod say;
mod scope;
mod secrets;
mod size;
mod step;
mod tally;
mod turn;
mod undo;
mod values;
mod walk;
mod whereabouts;

pub use again::{NotAgain, before, start_again};
pub use command::{Command, Perform};
pub use fault::Fault;
pub use input::Input;
pub use order::{Refusal, admit};
pub use room::no_room;
pub use run::{Outcome, Run};
pub use tally::Pace;
pub use turn::{Request, StartError, Turn, advance, advance_at, record, start};

#[cfg(test)]
mod tests;
