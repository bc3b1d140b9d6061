//! Small plans by hand: statements as a test writes them, lowered to a plan in `lower.rs`.
//!
//! It is no compiler: texts are taken as they are, a name means one thing in a whole workflow, and nothing is
//! checked. Shared with the simulation, which names it by its path.
#![allow(dead_code, reason = "each of its two users needs a part of it")]

use super::model::{ForkKind, Length, StepTarget, Value};

/// A statement as a test writes it.
#[derive(Clone, Debug)]
pub enum S {
    Let(String, String),
    If(Vec<(String, Vec<S>)>, Option<Vec<S>>),
    While { bind: Option<String>, condition: String, body: Vec<S> },
    For(EachText),
    Try { bind: Option<String>, body: Vec<S>, catch: Option<(Option<String>, Vec<S>)>, finally: Option<Vec<S>> },
    Fork { bind: Option<String>, kind: ForkKind, branches: Vec<BranchText> },
    Step(StepText),
    Sleep(String),
    SleepUntil(String),
    Log(String),
    Emit(String, Option<String>),
    Fail(String),
    Return(Option<String>),
    Yield(String),
    Break,
    Continue,
}

#[derive(Clone, Debug)]
pub struct EachText {
    pub bind: Option<String>,
    pub item: String,
    pub index: Option<String>,
    pub items: String,
    pub parallel: Option<String>,
    pub body: Vec<S>,
}

#[derive(Clone, Debug)]
pub struct BranchText {
    pub name: String,
    /// A bare step of a `parallel`, whose name is visible after it.
    pub bare: bool,
    pub body: Vec<S>,
}

#[derive(Clone, Debug, Default)]
pub struct StepText {
    pub name: String,
    pub target: Option<StepTarget>,
    pub arguments: Vec<(String, String)>,
    pub timeout: Option<String>,
    pub within: Option<String>,
    pub retry: Option<String>,
    pub every: Option<(String, String)>,
    pub when: Option<String>,
    pub otherwise: Option<String>,
    pub undo: Option<Box<StepText>>,
}

/// A workflow as a test writes it.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    pub body: Vec<S>,
    pub inputs: Vec<String>,
    pub outputs: Vec<(String, String)>,
    pub signals: Vec<String>,
    pub timeout: Option<String>,
}

pub fn flow(body: Vec<S>) -> Flow {
    Flow { body, ..Flow::default() }
}

impl Flow {
    pub fn input(mut self, name: &str) -> Flow {
        self.inputs.push(name.into());
        self
    }

    pub fn output(mut self, name: &str, value: &str) -> Flow {
        self.outputs.push((name.into(), value.into()));
        self
    }

    pub fn signal(mut self, name: &str) -> Flow {
        self.signals.push(name.into());
        self
    }

    pub fn timeout(mut self, length: &str) -> Flow {
        self.timeout = Some(length.into());
        self
    }
}

/// A step that performs an effect.
pub fn step(name: &str) -> StepText {
    StepText { name: name.into(), target: Some(StepTarget::Action("act".into())), ..StepText::default() }
}

pub fn call(name: &str, workflow: &str) -> StepText {
    StepText { target: Some(StepTarget::Call(workflow.into())), ..step(name) }
}

pub fn start(name: &str, workflow: &str) -> StepText {
    StepText { target: Some(StepTarget::Start(workflow.into())), ..step(name) }
}

pub fn wait(name: &str, signal: &str) -> StepText {
    StepText { target: Some(StepTarget::Signal(signal.into())), ..step(name) }
}

impl StepText {
    pub fn arg(mut self, name: &str, value: &str) -> StepText {
        self.arguments.push((name.into(), value.into()));
        self
    }

    pub fn timeout(mut self, length: &str) -> StepText {
        self.timeout = Some(length.into());
        self
    }

    pub fn within(mut self, length: &str) -> StepText {
        self.within = Some(length.into());
        self
    }

    pub fn retry(mut self, count: &str) -> StepText {
        self.retry = Some(count.into());
        self
    }

    pub fn every(mut self, from: &str, to: &str) -> StepText {
        self.every = Some((from.into(), to.into()));
        self
    }

    pub fn when(mut self, condition: &str) -> StepText {
        self.when = Some(condition.into());
        self
    }

    pub fn otherwise(mut self, value: &str) -> StepText {
        self.otherwise = Some(value.into());
        self
    }

    pub fn undo(mut self, undo: StepText) -> StepText {
        self.undo = Some(Box::new(undo));
        self
    }

    pub fn s(self) -> S {
        S::Step(self)
    }
}

impl From<StepText> for S {
    fn from(step: StepText) -> S {
        S::Step(step)
    }
}

pub fn set(name: &str, value: &str) -> S {
    S::Let(name.into(), value.into())
}

pub fn when(condition: &str, body: Vec<S>) -> S {
    S::If(vec![(condition.into(), body)], None)
}

pub fn when_else(condition: &str, body: Vec<S>, otherwise: Vec<S>) -> S {
    S::If(vec![(condition.into(), body)], Some(otherwise))
}

pub fn repeat(condition: &str, body: Vec<S>) -> S {
    S::While { bind: None, condition: condition.into(), body }
}

pub fn each(item: &str, items: &str, body: Vec<S>) -> S {
    S::For(EachText { bind: None, item: item.into(), index: None, items: items.into(), parallel: None, body })
}

pub fn each_parallel(item: &str, items: &str, width: &str, body: Vec<S>) -> S {
    let parallel = Some(width.into());
    S::For(EachText { bind: None, item: item.into(), index: None, items: items.into(), parallel, body })
}

pub fn attempt(body: Vec<S>) -> S {
    S::Try { bind: None, body, catch: None, finally: None }
}

pub fn parallel(branches: Vec<BranchText>) -> S {
    S::Fork { bind: None, kind: ForkKind::Parallel, branches }
}

pub fn race(branches: Vec<BranchText>) -> S {
    S::Fork { bind: None, kind: ForkKind::Race, branches }
}

pub fn branch(name: &str, body: Vec<S>) -> BranchText {
    BranchText { name: name.into(), bare: false, body }
}

pub fn bare(step: StepText) -> BranchText {
    BranchText { name: step.name.clone(), bare: true, body: vec![S::Step(step)] }
}

pub fn sleep(length: &str) -> S {
    S::Sleep(length.into())
}

pub fn log(text: &str) -> S {
    S::Log(text.into())
}

pub fn fail(what: &str) -> S {
    S::Fail(what.into())
}

pub fn give(value: &str) -> S {
    S::Yield(value.into())
}

pub fn give_back(value: &str) -> S {
    S::Return(Some(value.into()))
}

impl S {
    pub fn catch(mut self, err: &str, block: Vec<S>) -> S {
        if let S::Try { catch, .. } = &mut self {
            *catch = Some((Some(err.into()), block));
        }
        self
    }

    pub fn finally(mut self, block: Vec<S>) -> S {
        if let S::Try { finally, .. } = &mut self {
            *finally = Some(block);
        }
        self
    }

    /// `let name = …`
    pub fn bound(mut self, name: &str) -> S {
        match &mut self {
            S::While { bind, .. } | S::Try { bind, .. } | S::Fork { bind, .. } => *bind = Some(name.into()),
            S::For(each) => each.bind = Some(name.into()),
            _ => panic!("only a block can be bound"),
        }
        self
    }

    pub fn index(mut self, name: &str) -> S {
        if let S::For(each) = &mut self {
            each.index = Some(name.into());
        }
        self
    }
}

/// The value of a text that needs no evaluation.
pub fn literal(text: &str) -> Option<Value> {
    match text {
        "()" => return Some(Value::Unit),
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Ok(n) = text.parse::<i64>() {
        return Some(Value::Int(n));
    }
    if let Ok(length) = text.parse::<Length>() {
        return Some(Value::Length(length));
    }
    if let Some(words) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'))
        && !words.contains('"')
    {
        return Some(Value::text(words));
    }
    let items = text.strip_prefix('[')?.strip_suffix(']')?;
    let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(literal).collect::<Option<Vec<Value>>>().map(Value::list)
}
