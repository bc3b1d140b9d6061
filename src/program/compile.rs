//! stand-in
use crate::diag::Diagnostic;
use crate::program::plan::Plan;
use crate::source::Sources;
#[derive(Clone, Debug)]
pub struct Compiled { pub sources: Sources, pub diagnostics: Vec<Diagnostic>, pub plan: Option<Plan> }
pub fn compile(name: &str, text: &str) -> Compiled { Compiled { sources: Sources::of(name, text), diagnostics: vec![], plan: None } }
