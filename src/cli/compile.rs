//! From a file to a program that can be begun, with everything that is stored beside it.

use std::path::Path;
use std::sync::Arc;

use crate::diag;
use crate::model::Digest;
use crate::program::{self, Compiled, Program};
use crate::source::read_source;

use super::check::count;
use super::console::Console;
use super::place;
use super::stop::{Exit, Stop};

/// A program, and what a run of it stores.
pub struct Ready {
    pub program: Arc<Program>,
    /// The plan and all texts it was made from, by their hashes.
    pub texts: Vec<(Digest, Arc<str>)>,
    /// The hash over all texts.
    pub version: Digest,
}

/// Reads and compiles a file. What is found about it is told on standard error; errors end the command.
pub fn file(console: &Console, path: &Path) -> Result<Ready, Stop> {
    let name = place::name_of(path);
    let text = read_source(path)?;
    let compiled = program::compile(&name, &text);
    if !compiled.diagnostics.is_empty() {
        let shown = diag::render(&compiled.sources, &compiled.diagnostics, console.err_colors());
        console.note(shown.trim_end());
        console.note("");
    }
    ready(compiled, &name)
}

fn ready(compiled: Compiled, name: &str) -> Result<Ready, Stop> {
    let errors = compiled.diagnostics.iter().filter(|found| found.is_error()).count();
    let Some(plan) = compiled.plan else {
        let stop = Stop::wrong(format!("`{name}` has {}: nothing was run", count(errors, "error")));
        return Err(stop.help("`wf explain CODE` tells more about an error"));
    };
    let bug = |error: &dyn std::fmt::Display| Stop::new(Exit::Bug, format!("the plan of `{name}` is faulty: {error}"));
    let stored = serde_json::to_string(&plan).map_err(|error| bug(&error))?;
    let digest = program::digest(&stored);
    let version = version(plan.texts.iter().map(|(_, digest)| *digest));
    let mut texts: Vec<(Digest, Arc<str>)> = vec![(digest, stored.into())];
    texts.extend(compiled.sources.iter().map(|source| (program::digest(source.text()), Arc::from(source.text()))));
    let program = Program::new(plan, digest).map_err(|error| bug(&error))?;
    Ok(Ready { program: Arc::new(program), texts, version })
}

/// One hash over the hashes of all texts, in their order.
fn version(texts: impl Iterator<Item = Digest>) -> Digest {
    let all: Vec<String> = texts.map(|digest| digest.to_string()).collect();
    program::digest(&all.join("\n"))
}
