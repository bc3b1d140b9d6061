//! What a person reads when `wf` itself is wrong: one calm paragraph instead of a panic.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::diag::visible;

use super::stop::Exit;

/// How much of what the panic says is told, in characters.
const MAX_SAID_CHARS: usize = 300;

static TOLD: Once = Once::new();

/// From here on panics are told so; the first one only, since the others follow from it.
pub fn install() {
    panic::set_hook(Box::new(|info| TOLD.call_once(|| tell(info))));
}

/// What `work` gives, or the end by a bug, which was told.
pub fn caught(work: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Bug)
}

fn tell(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let said = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let said: String = said.unwrap_or("a panic").chars().take(MAX_SAID_CHARS).collect();
    let place = info.location().map_or_else(String::new, |l| format!(", {}:{}", l.file(), l.line()));
    // Where standard error is gone, nobody reads it.
    let _ = writeln!(
        std::io::stderr(),
        "error: this is a bug in wf {}{place}: {}\n\
         help: what was stored is safe, and unfinished runs go on with `wf resume`; please report these two lines",
        env!("CARGO_PKG_VERSION"),
        visible(&said)
    );
}
