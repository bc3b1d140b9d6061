//! `http.*`: requests to other servers, guarded so that a run reaches only what it may.

#[cfg_attr(not(test), expect(dead_code, reason = "for the requests"))]
mod address;
#[expect(dead_code, reason = "for the requests")]
mod allow;

pub use allow::{Allow, NoRule};
