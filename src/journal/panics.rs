//! A panic of the store's library turned into its message, with nothing printed.
//!
//! A file that was damaged while closed can make redb panic; that is a fault of the data, to be told like one.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Present while this thread's panics are caught: what the latest one said and where.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Puts a hook before the present one that keeps quiet about panics which [`caught`] is going to report.
fn install() {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place =
                info.location().map_or_else(String::new, |l| format!(" ({}:{})", file_name(l.file()), l.line()));
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
            let said = text.unwrap_or("it panicked");
            let is_ours = CAUGHT.try_with(|caught| match &mut *caught.borrow_mut() {
                Some(message) => {
                    *message = format!("{said}{place}");
                    true
                }
                None => false,
            });
            if !is_ours.unwrap_or(false) {
                before(info);
            }
        }));
    });
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What `f` gives, or what it panicked with. What `f` holds on to must not be used after a panic.
pub(super) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    install();
    let outer = CAUGHT.replace(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let message = CAUGHT.replace(outer);
    result.map_err(|_| message.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 5), Ok(5));
        let message = caught(|| panic!("page {} is torn", 7)).expect_err("it panicked");
        assert!(message.starts_with("page 7 is torn (panics.rs:"), "{message}");
        assert!(CAUGHT.with_borrow(Option::is_none), "panics elsewhere are reported as ever");
    }
}
