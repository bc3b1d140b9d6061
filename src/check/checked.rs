//! The check of a whole file, and what comes out of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::thread;

use crate::check::builtin;
use crate::check::checker::{Body, Checker, Expression};
use crate::check::findings::Findings;
use crate::check::globals::Globals;
use crate::check::scope::Scopes;
use crate::diag::Diagnostic;
use crate::model::Value;
use crate::source::{SourceId, Sources, Span};
use crate::syntax::ast::{File, Item};

/// A tree nests up to the parser's limit, in statements and in expressions; this holds it in a debug build too.
const STACK_BYTES: usize = 64 << 20;

/// What is known of a file that was checked.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Errors and warnings in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// By the span of each expression: which bound names it reads.
    pub expressions: HashMap<Span, Expression>,
    /// The constants by name, evaluated.
    pub constants: BTreeMap<Arc<str>, Value>,
}

impl Checked {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The name of the parameter that the argument at `place`, given without a name, means.
    pub fn parameter_at(action: &str, place: usize) -> Option<Arc<str>> {
        builtin::get(action).and_then(|b| b.signature.at(place)).map(|p| p.name.clone())
    }
}

/// Checks the tree of the source `id`. `torn` says that the parser found errors in it, so that parts may be missing.
pub fn check(sources: &Sources, id: SourceId, file: &File, torn: bool) -> Checked {
    thread::scope(|scope| {
        let big = thread::Builder::new().name("check".into()).stack_size(STACK_BYTES);
        match big.spawn_scoped(scope, || whole(sources, id, file, torn)) {
            Ok(thread) => thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)),
            Err(_) => whole(sources, id, file, torn),
        }
    })
}

fn whole(sources: &Sources, id: SourceId, file: &File, torn: bool) -> Checked {
    let source = sources.get(id);
    let mut found = Vec::new();
    let globals = Globals::of(file, &mut found);
    let mut checker = Checker {
        source,
        globals,
        library: Arc::default(),
        scopes: Scopes::default(),
        findings: Findings::default(),
        expressions: HashMap::new(),
        constants: BTreeMap::new(),
        broken: BTreeSet::new(),
        failed: 0,
        spent: false,
        secrets: HashSet::new(),
        ways: HashMap::new(),
        secret_functions: HashMap::new(),
        inputs: None,
        signals: BTreeMap::new(),
        extra_functions: &[],
        raw: HashSet::new(),
        shell: false,
        body: Body::default(),
        torn,
    };
    checker.findings.extend(found);
    checker.definitions();
    file.items.iter().for_each(|item| checker.item(item));
    let Checker { findings, expressions, constants, .. } = checker;
    Checked { diagnostics: findings.finish(), expressions, constants }
}

impl<'a> Checker<'a> {
    fn item(&mut self, item: &'a Item) {
        match item {
            Item::Use(module) => {
                let error = Diagnostic::error("E0604", module.span, "`use` can't be run by this version of wf yet");
                self.tell(error.help("write what the module holds into this file"));
            }
            Item::Const(_) | Item::Fn(_) => {}
            Item::Action(action) => self.action_body(action),
            Item::Workflow(workflow) => self.workflow(workflow),
            Item::Test(test) => self.test(test),
        }
    }
}
