//! The driver: commits what the engine says, then performs what it asks for. Run loop, writer, timers, recovery,
//! effects, and the doorway to the clock, to randomness, to processes and to the environment.
