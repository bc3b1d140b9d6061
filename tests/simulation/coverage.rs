//! What occurred over all seeds. Every statement, clause, event, command, input and outcome has a name here by a match
//! without a catch-all: a new one breaks the build, and one that never occurs fails the simulation.

use std::collections::BTreeMap;

use wayfare::engine::{Command, Input, Outcome, Pace};
use wayfare::model::{Completion, Event, ForkKind, Place, StepTarget};

use super::plan::{For, Plan, Retry, Statement, Step, WorkflowPlan};

/// How often each thing must occur.
const LEAST: u64 = 20;

#[derive(Default)]
pub struct Coverage {
    counts: BTreeMap<&'static str, u64>,
    /// How many inputs were only recorded by a process that was leaving.
    pub recorded: u64,
}

macro_rules! named {
    ($function:ident, $all:ident, $of:ty, { $($pattern:pat => $name:literal),* $(,)? }) => {
        fn $function(what: &$of) -> &'static str {
            match what { $($pattern => $name),* }
        }

        const $all: &[&str] = &[$($name),*];
    };
}

named!(statement, STATEMENTS, Statement, {
    Statement::Let { .. } => "statement let",
    Statement::If { .. } => "statement if",
    Statement::While { bind: None, .. } => "statement while",
    Statement::While { bind: Some(_), .. } => "statement while as a value",
    Statement::For(For { parallel: None, bind: None, .. }) => "statement for",
    Statement::For(For { parallel: None, bind: Some(_), .. }) => "statement for as a value",
    Statement::For(For { parallel: Some(_), bind: None, .. }) => "statement for parallel",
    Statement::For(For { parallel: Some(_), bind: Some(_), .. }) => "statement for parallel as a value",
    Statement::Try { bind: None, .. } => "statement try",
    Statement::Try { bind: Some(_), .. } => "statement try as a value",
    Statement::Fork { kind: ForkKind::Parallel, bind: None, .. } => "statement parallel",
    Statement::Fork { kind: ForkKind::Parallel, bind: Some(_), .. } => "statement parallel as a value",
    Statement::Fork { kind: ForkKind::Race | ForkKind::Each, bind: None, .. } => "statement race",
    Statement::Fork { kind: ForkKind::Race | ForkKind::Each, bind: Some(_), .. } => "statement race as a value",
    Statement::Step(_) => "statement step",
    Statement::Sleep(_) => "statement sleep",
    Statement::SleepUntil(_) => "statement sleep until",
    Statement::Log(_) => "statement log",
    Statement::Emit { data: None, .. } => "statement emit",
    Statement::Emit { data: Some(_), .. } => "statement emit with data",
    Statement::Fail(_) => "statement fail",
    Statement::Return(None) => "statement return",
    Statement::Return(Some(_)) => "statement return with a value",
    Statement::Yield(_) => "statement yield",
    Statement::Break => "statement break",
    Statement::Continue => "statement continue",
});

named!(target, TARGETS, StepTarget, {
    StepTarget::Action(_) => "step of an action",
    StepTarget::Call(_) => "step that calls",
    StepTarget::Start(_) => "step that starts",
    StepTarget::Signal(_) => "step that waits",
});

named!(event, EVENTS, Event, {
    Event::RunStarted(_) => "event run started",
    Event::Advanced { .. } => "event advanced",
    Event::Logged { .. } => "event logged",
    Event::Emitted { .. } => "event emitted",
    Event::StepStarted(_) => "event step started",
    Event::AttemptStarted { .. } => "event attempt started",
    Event::AttemptResumed { .. } => "event attempt resumed",
    Event::AttemptTimedOut { .. } => "event attempt timed out",
    Event::AttemptFailed { .. } => "event attempt failed",
    Event::StepSucceeded { .. } => "event step succeeded",
    Event::StepFellBack { .. } => "event step fell back",
    Event::StepFailed { .. } => "event step failed",
    Event::StepStopped { .. } => "event step stopped",
    Event::SleepStarted { .. } => "event sleep started",
    Event::SleepEnded { .. } => "event sleep ended",
    Event::SleepStopped { .. } => "event sleep stopped",
    Event::Forked { .. } => "event forked",
    Event::BranchStarted { .. } => "event branch started",
    Event::BranchEnded { .. } => "event branch ended",
    Event::Joined { .. } => "event joined",
    Event::FiberCancelled { .. } => "event fiber cancelled",
    Event::UndoHeld { .. } => "event undo held",
    Event::SignalReceived { .. } => "event signal received",
    Event::SignalTaken { .. } => "event signal taken",
    Event::RunPaused => "event run paused",
    Event::RunUnpaused => "event run unpaused",
    Event::StopRequested => "event stop requested",
    Event::RunAborted { .. } => "event run aborted",
    Event::RunSucceeded { .. } => "event run succeeded",
    Event::RunFailed { .. } => "event run failed",
    Event::RunStopped => "event run stopped",
    Event::AttentionNeeded { .. } => "event attention needed",
});

named!(command, COMMANDS, Command, {
    Command::Perform(_) => "command perform",
    Command::Cancel { .. } => "command cancel",
    Command::StartChild { wait: true, .. } => "command start child",
    Command::StartChild { wait: false, .. } => "command start child and leave it",
    Command::StopChild { .. } => "command stop child",
});

named!(input, INPUTS, Input, {
    Input::Due => "input due",
    Input::Continue => "input continue",
    Input::Recovered => "input recovered",
    Input::AttemptEnded { .. } => "input attempt ended",
    Input::ChildEnded { .. } => "input child ended",
    Input::Signal { .. } => "input signal",
    Input::Pause => "input pause",
    Input::Unpause => "input unpause",
    Input::Stop => "input stop",
});

named!(outcome, OUTCOMES, Outcome, {
    Outcome::Succeeded(_) => "outcome succeeded",
    Outcome::Failed(_) => "outcome failed",
    Outcome::Stopped => "outcome stopped",
    Outcome::NeedsAttention(_) => "outcome needs attention",
});

named!(ends, ENDS, Completion, {
    Completion::Normal => "branch ends normally",
    Completion::Break => "branch ends by break",
    Completion::Continue => "branch ends by continue",
    Completion::Yield(_) => "branch ends by yield",
    Completion::Return(_) => "branch ends by return",
    Completion::Fail(_) => "branch ends by a failure",
    Completion::Cancel => "branch ends cancelled",
});

/// The clauses of a step of the plan, and which of them it has.
fn clauses(step: &Step) -> [(&'static str, bool); 9] {
    let Step { name: _, slot, target: _, arguments, timeout, within, retry, otherwise, undo, place: _ } = step;
    let (every, when) = match retry {
        Some(Retry { count: _, every, when }) => (every.is_some(), when.is_some()),
        None => (false, false),
    };
    [
        ("clause arguments", !arguments.is_empty()),
        ("clause timeout", timeout.is_some()),
        ("clause within", within.is_some()),
        ("clause retry", retry.is_some()),
        ("clause every", every),
        ("clause when", when),
        ("clause else", otherwise.is_some()),
        ("clause undo", undo.is_some()),
        ("a step that undoes", slot.is_none()),
    ]
}

/// A step without clauses, for their names.
fn bare_step() -> Step {
    Step {
        name: "".into(),
        slot: None,
        target: StepTarget::Action("".into()),
        arguments: Vec::new(),
        timeout: None,
        within: None,
        retry: None,
        otherwise: None,
        undo: None,
        place: Place { file: "".into(), line: 0, column: 0 },
    }
}

/// The clauses of a step as it begins.
const BEGUN: [&str; 5] =
    ["begun with timeout", "begun with within", "begun with retry", "begun as undo", "begun child"];

/// What ends a slice, where the pace is not the usual one.
const SLICES: [&str; 3] = ["a slice of few statements", "a slice of few operations", "a slice of few bytes"];

impl Coverage {
    fn count(&mut self, name: &'static str) {
        *self.counts.entry(name).or_default() += 1;
    }

    pub fn plan(&mut self, plan: &Plan) {
        for block in &plan.blocks {
            block.statements.iter().for_each(|s| self.count(statement(s)));
        }
        for step in &plan.steps {
            clauses(step).into_iter().filter(|(_, has)| *has).for_each(|(name, _)| self.count(name));
        }
        for workflow in plan.workflows.values() {
            let WorkflowPlan { inputs: _, body: _, outputs: _, timeout, retention: _, signals: _ } = workflow;
            timeout.iter().for_each(|_| self.count("a workflow's timeout"));
        }
    }

    pub fn event(&mut self, what: &Event) {
        self.count(event(what));
        match what {
            Event::StepStarted(start) => {
                self.count(target(&start.target));
                let has = [
                    start.timeout.is_some(),
                    start.within.is_some(),
                    start.retry.is_some(),
                    start.undo,
                    start.child.is_some(),
                ];
                BEGUN.iter().zip(has).filter(|(_, has)| *has).for_each(|(name, _)| self.count(name));
            }
            Event::BranchEnded { completion, .. } => self.count(ends(completion)),
            _ => {}
        }
    }

    pub fn command(&mut self, what: &Command) {
        self.count(command(what));
    }

    pub fn input(&mut self, what: &Input) {
        self.count(input(what));
    }

    /// A run lets others go on at that pace.
    pub fn slice(&mut self, pace: &Pace) {
        let usual = Pace::default();
        let few = [pace.statements < usual.statements, pace.operations < usual.operations, pace.bytes < usual.bytes];
        let of = SLICES.iter().zip(few).find(|(_, few)| *few).map_or("a slice of the usual length", |(name, _)| name);
        self.count(of);
    }

    pub fn outcome(&mut self, what: &Outcome) {
        self.count(outcome(what));
    }

    pub fn add(&mut self, other: Coverage) {
        other.counts.into_iter().for_each(|(name, count)| *self.counts.entry(name).or_default() += count);
        self.recorded += other.recorded;
    }

    /// What occurred too seldom, with how often.
    pub fn missing(&self) -> Vec<(&'static str, u64)> {
        let clauses = clauses(&bare_step()).map(|(name, _)| name);
        let all = [
            STATEMENTS,
            TARGETS,
            EVENTS,
            COMMANDS,
            INPUTS,
            OUTCOMES,
            ENDS,
            &clauses,
            &BEGUN,
            &SLICES,
            &["a workflow's timeout"],
        ];
        let all = all.iter().flat_map(|names| names.iter().copied());
        let counted = all.map(|name| (name, self.counts.get(name).copied().unwrap_or(0)));
        counted.chain([("a leaving process", self.recorded)]).filter(|(_, count)| *count < LEAST).collect()
    }

    pub fn text(&self) -> String {
        self.counts.iter().map(|(name, count)| format!("{count:>9}  {name}\n")).collect()
    }
}
