//! Each form of the language, and its tree.

use super::{body, tree};
