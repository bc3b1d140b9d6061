//! stand-in
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry { pub code: &'static str, pub title: &'static str, pub text: &'static str, pub wrong: &'static str, pub right: &'static str }
pub fn all() -> impl Iterator<Item = &'static Entry> { [].into_iter() }
pub fn entry(_code: &str) -> Option<&'static Entry> { None }
