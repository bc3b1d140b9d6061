//! The engine's named limits.

use crate::expr;
use crate::model::Length;

/// How many pure statements a run makes before others get their turn.
pub const SLICE_STATEMENTS: u64 = 2_000;

/// How many operations of expressions a run makes before others get their turn; that of the moment is not cut off.
pub const SLICE_OPERATIONS: u64 = 1_000_000;

/// How many bytes a run brings about to be stored before others get their turn.
pub const SLICE_BYTES: u64 = 4 << 20;

/// For so many bytes that are kept, one operation is counted.
pub const BYTES_AN_OPERATION: u64 = 64;

/// How many pure statements a run may make without a step or a sleep in between (the limit `stretch length`).
pub const MAX_STRETCH: u64 = 500_000;

/// How many operations of expressions a run may make without a step or a sleep in between (the limit
/// `stretch operations`).
pub const MAX_STRETCH_OPERATIONS: u64 = 100_000_000;

/// How large the arguments of a step are together, a text of `log`, and whatever else is kept of an expression, in
/// bytes as written (the limit `value size`).
pub const MAX_VALUE_BYTES: usize = expr::limits::MAX_VALUE_BYTES;

/// How much a run may hold at a time, in bytes as written (the limit `run size`). A record holds at most what the run
/// holds, once more what a join binds, and what a slice brings besides: always less than the store's `record size`.
pub const MAX_RUN_BYTES: usize = 32 << 20;

/// How long the name of an `emit` is, in bytes (the limit `event name`).
pub const MAX_EVENT_NAME_BYTES: usize = 255;

/// How large the data of an `emit` is, in bytes as written (the limit `event size`).
pub const MAX_EVENT_BYTES: usize = 64 << 10;

/// How large the parameters of a signal are, in bytes as written (the limit `signal size`).
pub const MAX_SIGNAL_BYTES: usize = 64 << 10;

/// How many of its latest messages a run knows again where they are sent twice (the limit `known deliveries`).
pub const MAX_KNOWN_DELIVERIES: usize = 1_000;

/// How many names of secrets a run remembers that it was given (the limit `noted secrets`).
pub const MAX_NOTED_SECRETS: usize = 1_000;

/// How many messages a run keeps that no wait has taken (the limit `untaken signals`).
pub const MAX_UNTAKEN: usize = 1_000;

/// How many items a list may have that is gathered by `yield` (the limit `list size`).
pub const MAX_GATHERED: usize = expr::limits::MAX_LIST_ITEMS;

/// How large a step's result may be, in bytes (the limit `result size`).
pub const MAX_RESULT_BYTES: usize = 1 << 20;

/// How many decisions of one place are kept of a stretch; of those after them only the last.
pub const KEPT_DECISIONS: u64 = 100;

/// How large a value may be that is kept with a decision, in bytes; a larger one is left out.
pub const MAX_DECISION_VALUE_BYTES: usize = 256;

/// How many branches a `for … parallel` may have at once (the limit `parallel branches`).
pub const MAX_PARALLEL: i64 = 1_000;

/// How many attempts a `retry` may ask for (the limit `retries`).
pub const MAX_RETRIES: i64 = 1_000_000;

/// How long an answer may have its next attempt wait by `Retry-After` (the limit `retry after`); a longer wait is cut
/// to it.
pub const MAX_RETRY_AFTER: Length = Length::from_ms(3_600_000);

/// How deep runs may call runs (the limit `run depth`).
pub const MAX_CALL_DEPTH: u32 = 64;
