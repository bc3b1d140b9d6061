//! What is tested from outside: through the binary and through the library's public face.

// Tests start the binary and read the environment; the doorways are for the library.
#![allow(clippy::disallowed_methods)]

mod suite;
