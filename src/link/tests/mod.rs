//! The link under trial.
