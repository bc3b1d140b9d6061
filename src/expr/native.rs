//! How a function of this room is put into rhai.

use std::any::TypeId;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module, NativeCallContext, RhaiFunc};

use super::fault::Stop;

/// What a function of this room gives to rhai.
pub(super) type Outcome = Result<Dynamic, Box<EvalAltResult>>;

impl From<Stop> for Box<EvalAltResult> {
    fn from(stop: Stop) -> Box<EvalAltResult> {
        stop.into_rhai()
    }
}

/// Registers `run` under `name` for arguments of the given types. It gets the first argument itself, not a copy;
/// unless it `changes` that, it may be called on what is constant.
pub(super) fn register(
    module: &mut Module,
    name: &str,
    types: &[TypeId],
    changes: bool,
    run: impl Fn(&NativeCallContext, &mut [&mut Dynamic]) -> Outcome + Send + Sync + 'static,
) {
    let func = move |context: Option<NativeCallContext>, args: &mut [&mut Dynamic]| match context {
        Some(context) => run(&context, args),
        None => Ok(Dynamic::UNIT),
    };
    let func = RhaiFunc::Method { func: Arc::new(func), has_context: true, is_pure: !changes, is_volatile: false };
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, func);
}

/// Any `count` arguments.
pub(super) fn any(count: usize) -> Vec<TypeId> {
    vec![TypeId::of::<Dynamic>(); count]
}
