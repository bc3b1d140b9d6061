//! The codes of what this room finds; `diag::codes` explains each.

use crate::diag::Code;

pub(super) const UNCLOSED: Code = "E0101";
pub(super) const TOO_DEEP: Code = "E0102";
pub(super) const STRAY_BRACKET: Code = "E0103";
pub(super) const UNENDED_TEXT: Code = "E0104";
pub(super) const UNENDED_COMMENT: Code = "E0105";
pub(super) const ODD_CHARACTER: Code = "E0106";
pub(super) const APOSTROPHES: Code = "E0107";
pub(super) const NO_STATEMENT: Code = "E0110";
pub(super) const NO_DECLARATION: Code = "E0111";
pub(super) const MISSING: Code = "E0112";
pub(super) const LEFT_OVER: Code = "E0113";
pub(super) const FOREIGN: Code = "E0114";
pub(super) const NO_STEP: Code = "E0115";
pub(super) const NO_BRACES: Code = "E0116";
pub(super) const OPERATOR: Code = "E0117";
pub(super) const RESERVED: Code = "E0120";
pub(super) const BAD_NAME: Code = "E0121";
pub(super) const DURATION: Code = "E0122";
pub(super) const TYPE: Code = "E0123";
pub(super) const ARGUMENT: Code = "E0124";
pub(super) const FIELD: Code = "E0125";
pub(super) const CLAUSE: Code = "E0126";
pub(super) const TWICE: Code = "E0127";
pub(super) const TEST_LINE: Code = "E0128";
pub(super) const STRAY_DOC: Code = "W0101";
pub(super) const HIDDEN_ORDER: Code = "W0102";
