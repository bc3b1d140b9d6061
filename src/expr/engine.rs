//! The one rhai engine: raw, with this room's operators and functions alone, shared by all threads.
//!
//! No package of rhai's is loaded. Invariant: nothing in it waits, reads a clock or a file, or is random; what
//! belongs to one evaluation lies in the thread's session.

use std::sync::{Arc, OnceLock};

use rhai::{Dynamic, Engine, Module, OptimizationLevel};

use super::limits::{MAX_CALL_DEPTH, MAX_EXPRESSION_DEPTH, MAX_FUNCTION_DEPTH, MAX_VARIABLES};
use super::{builtins, meter, operators, session, words};

/// The engine, built when it is first asked for.
pub(super) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(build)
}

fn build() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_fast_operators(false);
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_FUNCTION_DEPTH);
    engine.set_max_call_levels(MAX_CALL_DEPTH);
    engine.set_max_variables(MAX_VARIABLES);
    engine.on_progress(|_| meter::tick().map(Dynamic::from));
    #[allow(deprecated, reason = "rhai marks so what may change; the version is pinned and tests watch it")]
    engine.on_parse_token(|token, position, _| words::map_token(token, position));
    let mut module = Module::new();
    operators::register(&mut module);
    builtins::register(&mut module);
    session::register(&mut module);
    engine.register_global_module(Arc::new(module));
    engine
}
