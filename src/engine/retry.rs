//! Retries: the policy of a step, and whether and when another attempt follows a failed one.

use crate::model::{Decision, Failure, Length, OpId, RetryPolicy, StepTarget, Time, Value};
use crate::program::plan::{ExprId, Retry};

use super::decisions::decision;
use super::fault::Fault;
use super::limits::{MAX_RETRIES, MAX_RETRY_AFTER};
use super::random::{Purpose, number};
use super::turn::Turning;
use super::walk::Walk;

/// Whether another attempt follows a failed one: then its time, and the `when` that decided it.
pub(super) struct Again {
    pub at: Option<Time>,
    pub decision: Option<Decision>,
    /// How many random numbers the run has drawn afterwards.
    pub draws: u64,
}

impl Walk<'_> {
    pub(super) fn retry_policy(&mut self, retry: &Retry) -> Result<RetryPolicy, Failure> {
        let retries = self.whole_number(retry.count, "the number of retries", 0, ("retries", MAX_RETRIES))? as u32;
        let (from, to) = match retry.every {
            Some((from, to)) => (self.length(from, "`every`")?, self.length(to, "`every`")?),
            None => (RetryPolicy::DEFAULT_FROM, RetryPolicy::DEFAULT_TO),
        };
        Ok(RetryPolicy { retries, from, to })
    }
}

impl Turning<'_> {
    /// When another attempt is made, and the `when` that decided so.
    pub(super) fn next_attempt(&self, op: OpId, error: &Failure) -> Result<Again, Fault> {
        let never = Again { at: None, decision: None, draws: self.run.draws };
        let step = self.step_op(op)?;
        let Some(policy) = step.start.retry.filter(|policy| step.attempt <= policy.retries) else {
            return Ok(never);
        };
        let fraction = number(self.run.started.seed, Purpose::Jitter, op.0, step.attempt) as u32;
        let delay = policy.delay(step.attempt, fraction);
        let at = self.now.plus(asked_for(error, self.now).map_or(delay, |asked| asked.max(delay)));
        if step.start.within.is_some_and(|end| at >= end) {
            return Ok(never);
        }
        match self.plan_step(step.start.step)?.retry.as_ref().and_then(|retry| retry.when) {
            Some(when) => self.decide_retry(op, when, error, at),
            None => Ok(Again { at: Some(at).filter(|_| is_retried(&step.start.target, error)), ..never }),
        }
    }

    fn decide_retry(&self, op: OpId, when: ExprId, error: &Failure, at: Time) -> Result<Again, Fault> {
        let err = error.to_value();
        let mut ambient = self.ambient();
        let traced = self.program.trace(when, &self.view(op, when, Some(&err), None)?, &mut ambient);
        let (again, decision) = match traced {
            Ok(traced) => {
                let again = traced.value == Value::Bool(true);
                (again, decision(self.program, when, "retry", traced))
            }
            // A `when` that can't be computed asks for no other attempt.
            Err(failure) => {
                let line = self.program.expr(when).place.line;
                (false, Decision::plain(line, "retry", Value::text(failure.to_string())))
            }
        };
        Ok(Again { at: Some(at).filter(|_| again), decision: Some(decision), draws: ambient.draws })
    }
}

/// How long the answer asks to wait before another attempt (`Retry-After`), at most [`MAX_RETRY_AFTER`].
fn asked_for(error: &Failure, now: Time) -> Option<Length> {
    if &*error.kind != "status" {
        return None;
    }
    let said = error.data.get("headers")?.get("retry-after")?.as_str()?.trim();
    let length = match said.bytes().all(|b| b.is_ascii_digit()) && !said.is_empty() {
        // More digits than a number has are longer than the bound as well.
        true => said.parse::<i64>().map_or(MAX_RETRY_AFTER, |s| Length::from_ms(s.saturating_mul(1_000))),
        false => Time::from_http(said)?.since(now),
    };
    Some(length.clamp(Length::from_ms(0), MAX_RETRY_AFTER))
}

/// Whether an attempt that failed so may be made again where no `when` says otherwise.
fn is_retried(target: &StepTarget, error: &Failure) -> bool {
    match &*error.kind {
        "type" | "limit" | "secret" | "stopped" => false,
        // What an action fails with by `fail` it will again; another run of a workflow may fare better.
        "failed" => match target {
            StepTarget::Call(_) | StepTarget::Start(_) => true,
            StepTarget::Action(_) | StepTarget::Signal(_) => false,
        },
        "status" => {
            let status = error.data.get("status").and_then(Value::as_int).unwrap_or(0);
            !(400..500).contains(&status) || [408, 425, 429].contains(&status)
        }
        // An address that the run may not reach it may not reach later either.
        "http" => error.data.get("refused").is_none(),
        _ => true,
    }
}
