//! The engine's named limits.

/// How many pure statements a fiber makes before others get their turn.
pub const SLICE_STATEMENTS: u64 = 2_000;

/// How many pure statements a run may make without an operation in between (the limit `stretch length`).
pub const MAX_STRETCH: u64 = 500_000;

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

/// How deep runs may call runs (the limit `run depth`).
pub const MAX_CALL_DEPTH: u32 = 64;
