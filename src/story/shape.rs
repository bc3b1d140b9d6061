//! The shape in which a run is shown as JSON, wherever it is: the fields and their order are a contract.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::model::{Again, Failure, Place, RunId, RunStatus, RunSummary};
use crate::program::plan::Param;

use super::steps::{End, Message, StepTold, Story, Wait, WaitKind};

/// A run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RunShape {
    pub id: String,
    pub workflow: String,
    pub version: String,
    pub status: &'static str,
    pub trigger: TriggerShape,
    pub parent: Option<String>,
    /// The run that it does again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reruns: Option<RerunShape>,
    pub input: Json,
    pub output: Json,
    pub error: Option<ErrorShape>,
    pub created_at: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<StepShape>>,
    pub waiting: Vec<WaitShape>,
    /// Messages that no wait has taken; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untaken: Vec<MessageShape>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MessageShape {
    pub name: String,
    pub source: String,
    pub parameters: Json,
    pub received_at: String,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TriggerShape {
    pub kind: String,
    pub name: String,
    pub delivery: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RerunShape {
    pub run: String,
    /// The step from which on it does so; null: from the beginning.
    pub from: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StepShape {
    pub name: String,
    pub path: String,
    pub action: String,
    pub status: &'static str,
    pub attempts: u32,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub input: Json,
    pub result: Json,
    pub error: Option<ErrorShape>,
    /// The run of a `call` or `start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The run that performed it, where this one has taken it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ErrorShape {
    pub kind: String,
    pub message: String,
    pub step: Option<String>,
    pub attempt: u32,
    pub data: Json,
    pub at: Option<Place>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct WaitShape {
    pub kind: &'static str,
    pub name: Option<String>,
    /// Where the signal can be sent to; nothing serves that yet.
    pub trigger: Json,
    /// Of a signal: the type of each, whether it must be given.
    pub parameters: Json,
    pub deadline: Option<String>,
    /// The run that is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

impl RunShape {
    /// The run of this row, with what its story tells; in lists without its steps.
    pub fn new(row: &RunSummary, story: &Story, with_steps: bool) -> RunShape {
        let (output, error, finished_at) = match &story.end {
            None => (Json::Null, None, row.finished_at),
            Some((at, End::Succeeded(output))) => (output.to_json(), None, Some(*at)),
            Some((at, End::Failed(error) | End::NeedsAttention(error))) => {
                (Json::Null, Some(ErrorShape::new(error)), Some(*at))
            }
            Some((at, End::Stopped)) => (Json::Null, None, Some(*at)),
        };
        let started = story.started.as_ref().map(|(_, started)| started);
        RunShape {
            id: row.id.to_string(),
            workflow: row.workflow.to_string(),
            version: row.version.to_string(),
            status: status(row, story).word(),
            trigger: TriggerShape {
                kind: started.map_or_else(String::new, |s| s.trigger.kind.clone()),
                name: started.map_or_else(String::new, |s| s.trigger.name.clone()),
                delivery: started.and_then(|s| s.trigger.delivery.clone()),
            },
            parent: row.parent.map(text),
            reruns: started.and_then(|s| s.again.as_ref()).map(RerunShape::new),
            input: started.map_or(Json::Null, |s| s.input.to_json()),
            output,
            error,
            created_at: row.created_at.to_string(),
            started_at: story.started.as_ref().map(|(at, _)| at.to_string()),
            finished_at: finished_at.map(|at| at.to_string()),
            steps: with_steps.then(|| story.steps.iter().map(StepShape::new).collect()),
            waiting: story.waiting().iter().map(WaitShape::new).collect(),
            untaken: story.untaken.iter().map(MessageShape::new).collect(),
        }
    }

    /// Adds what the signals that it waits for take, as its plan says.
    pub fn describe(&mut self, signals: &BTreeMap<Arc<str>, Vec<Param>>) {
        for wait in self.waiting.iter_mut().filter(|wait| wait.kind == WaitKind::Signal.word()) {
            let params = wait.name.as_deref().and_then(|name| signals.get(name));
            wait.parameters = params.map_or(Json::Null, |params| params.iter().map(parameter).collect());
        }
    }
}

fn parameter(param: &Param) -> (String, Json) {
    let shape = json!({ "type": param.ty.to_string(), "required": param.default.is_none() });
    (param.name.to_string(), shape)
}

/// The end that the history tells counts; until then, what the row says.
fn status(row: &RunSummary, story: &Story) -> RunStatus {
    match &story.end {
        None => row.status,
        Some((_, End::Succeeded(_))) => RunStatus::Succeeded,
        Some((_, End::Failed(_))) => RunStatus::Failed,
        Some((_, End::Stopped)) => RunStatus::Stopped,
        Some((_, End::NeedsAttention(_))) => RunStatus::NeedsAttention,
    }
}

impl RerunShape {
    fn new(again: &Again) -> RerunShape {
        RerunShape { run: text(again.run), from: again.from.as_ref().map(ToString::to_string) }
    }
}

impl StepShape {
    fn new(step: &StepTold) -> StepShape {
        StepShape {
            name: step.name().to_string(),
            path: step.path.to_string(),
            action: step.action(),
            status: step.status.word(),
            attempts: step.attempts,
            started_at: step.started_at.to_string(),
            finished_at: step.finished_at.map(|at| at.to_string()),
            input: step.input.to_json(),
            result: step.result.as_ref().map_or(Json::Null, crate::model::Value::to_json),
            error: step.error.as_ref().map(ErrorShape::new),
            run: step.child.map(text),
            taken_from: step.taken_from.map(text),
        }
    }
}

impl ErrorShape {
    pub fn new(error: &Failure) -> ErrorShape {
        ErrorShape {
            kind: error.kind.to_string(),
            message: error.message.clone(),
            step: error.step.as_ref().map(ToString::to_string),
            attempt: error.attempt,
            data: error.data.to_json(),
            at: error.at.clone(),
        }
    }
}

impl MessageShape {
    fn new(message: &Message) -> MessageShape {
        MessageShape {
            name: message.name.to_string(),
            source: message.source.clone(),
            parameters: message.parameters.to_json(),
            received_at: message.at.to_string(),
        }
    }
}

impl WaitShape {
    fn new(wait: &Wait) -> WaitShape {
        WaitShape {
            kind: wait.kind.word(),
            name: wait.name.as_ref().map(ToString::to_string),
            trigger: Json::Null,
            parameters: Json::Null,
            deadline: wait.deadline.map(|at| at.to_string()),
            run: wait.child.map(text),
        }
    }
}

fn text(id: RunId) -> String {
    id.to_string()
}
