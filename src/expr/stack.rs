//! The stack that parsing and evaluating need: how much, and a thread that has it.
//!
//! Depth is limited by name elsewhere (`call depth`, `expression depth`, `value depth`); what is here only makes
//! sure that the deepest that those allow fits. Invariant: no caller's stack matters to the result.

use std::panic::resume_unwind;

/// The stack that a thread must have which calls [`compile`](super::compile) or [`evaluate`](super::evaluate):
/// 16 MiB, of which the system gives out only what is touched.
pub const STACK_BYTES: usize = 16 << 20;

/// Runs `f` on a thread of its own with [`STACK_BYTES`] of stack, and waits for it. Starting one takes about
/// 20 µs: a host that evaluates often keeps threads of that size instead.
///
/// # Panics
/// With what `f` panics with, or if the system gives no thread.
pub fn on_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("expr".into()).stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, f) {
            Ok(running) => running.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(error) => panic!("the system gives no thread: {error}"),
        }
    })
}
