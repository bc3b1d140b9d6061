//! How a host begins runs that others ask for, and how their ends come back.

use std::collections::BTreeMap;

use wayfare::engine::{self, Outcome, Request};
use wayfare::expr::Ambient;
use wayfare::journal::Journal;
use wayfare::model::{Digest, Failure, RunId, RunStatus, Trigger, Value};

use super::host::{Break, Host, Live, Waiter};

impl Host<'_> {
    pub(super) fn start_child(
        &mut self,
        waiter: Waiter,
        child: RunId,
        workflow: &str,
        input: &Value,
        seed: u64,
        wait: bool,
    ) -> Result<(), Break> {
        let known = self.journal.summary(child).map_err(|error| error.to_string())?.is_some();
        if !known && !self.lives.contains_key(&child) {
            return self.begin_child(waiter, child, workflow, input, seed, wait);
        }
        if !wait {
            self.answer(waiter, Ok(started(child)));
        } else if let Some(live) = self.lives.get_mut(&child) {
            live.waiter = Some(waiter);
        } else {
            let run = self.fold(child)?.0;
            let outcome = run.outcome().ok_or_else(|| format!("run {child} isn't driven"))?;
            self.answer(waiter, answer(child, outcome));
        }
        Ok(())
    }

    fn begin_child(
        &mut self,
        waiter: Waiter,
        child: RunId,
        workflow: &str,
        input: &Value,
        seed: u64,
        wait: bool,
    ) -> Result<(), Break> {
        let given = match input {
            Value::Map(fields) => (**fields).clone(),
            _ => BTreeMap::new(),
        };
        let ambient = Ambient { now: self.now, seed, draws: 0 };
        let input = self.program.admit(workflow, &given, ambient).map_err(|problems| format!("{problems:?}"))?;
        let request = Request {
            id: child,
            workflow: workflow.into(),
            version: Digest([1; 32]),
            input,
            trigger: Trigger { kind: "call".into(), name: "call".into(), delivery: None },
            parent: Some((waiter.run, waiter.op)),
            depth: 1,
            seed,
            allow_net: Vec::new(),
            allow_files: Vec::new(),
            dir: String::new(),
            url: String::new(),
        };
        self.begin(request, Some((waiter, wait)))
    }

    pub(super) fn begin(&mut self, request: Request, waiter: Option<(Waiter, bool)>) -> Result<(), Break> {
        let id = request.id;
        let (run, turn) = engine::start(self.program, request, self.now).map_err(|error| error.to_string())?;
        let status = RunStatus::Running;
        let waits = waiter.filter(|(_, wait)| *wait).map(|(waiter, _)| waiter);
        let folded = run.clone();
        self.lives.insert(id, Live { run, folded, seq: 0, status, waiter: waits });
        // A beginning asks for nothing yet.
        self.commit(id, turn)?;
        if let Some((waiter, false)) = waiter {
            self.answer(waiter, Ok(started(id)));
        }
        Ok(())
    }
}

fn started(child: RunId) -> Value {
    Value::map([("run", Value::text(child.to_string()))])
}

/// A child's end as the step sees it that waits for it.
pub(super) fn answer(child: RunId, outcome: &Outcome) -> Result<Value, Failure> {
    let error = match outcome {
        Outcome::Succeeded(output) => return Ok(output.clone()),
        Outcome::Failed(error) | Outcome::NeedsAttention(error) => error.clone(),
        Outcome::Stopped => Failure::new("stopped", "the child run was stopped"),
    };
    let data = Value::map([("run", Value::text(child.to_string())), ("error", error.to_value())]);
    Err(Failure { data, at: error.at.clone(), ..Failure::new(&error.kind, error.message) })
}
