//! The named limits of this room. Each bounds one thing that an expression could otherwise do without end; the
//! fault that tells of one has the kind `limit` and says its name and its number.
//!
//! They count operations and bytes, not time (but for one that stands behind them), so that an expression gives the same on every machine.

/// `operations`: how many steps one evaluation may take; a function counts what it goes through.
pub const MAX_OPERATIONS: u64 = 3_000_000;
/// `memory`: how many bytes one evaluation may hold at a time.
pub const MAX_MEMORY_BYTES: u64 = 64 << 20;
/// `copied bytes`: how many bytes one evaluation may allocate in all, freed ones included.
pub const MAX_COPIED_BYTES: u64 = 512 << 20;
/// `call depth`: how deep functions and closures may call one another.
pub const MAX_CALL_DEPTH: usize = 64;
/// `expression depth`: how deep an expression may nest, and how many operators or fields it may have in a row.
pub const MAX_EXPRESSION_DEPTH: usize = 256;
/// `expression depth` within the body of a `fn`.
pub const MAX_FUNCTION_DEPTH: usize = 128;
/// `text size`: the longest text that an expression may make, in bytes.
pub const MAX_TEXT_BYTES: usize = 8 << 20;
/// `list size`: the longest list that an expression may make.
pub const MAX_LIST_ITEMS: usize = 100_000;
/// `map size`: the most fields of a map that an expression may make.
pub const MAX_MAP_FIELDS: usize = 100_000;
/// `value size`: how large a value may be that an expression gives, in bytes as written.
pub const MAX_VALUE_BYTES: usize = 16 << 20;
/// `variables`: how many names a script may bind at a time.
pub const MAX_VARIABLES: usize = 1_000;
/// `names`: how many different names an expression may hold; rhai looks each up among all of them.
pub const MAX_NAMES: usize = 500;
/// `pattern size`: how large a compiled regular expression may be, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1 << 20;
/// `deadline`: how many seconds one evaluation may take, whatever it has counted. No text is known that comes near
/// it; it stands behind the limits that count, for what none of them foresaw.
pub const MAX_SECONDS: u64 = 20;
