//! A run under test: it is told what the world says, and its history and wishes are read as sentences.
//!
//! After every input it is compared with the folding of its events as they would be read from disk.

use crate::engine::{Command, Input, Outcome, Request, Run, Turn, advance, start};
use crate::model::{Digest, Event, Failure, Length, OpId, RunId, Time, Trigger, Value};
use crate::program::Program;

use super::builder::{Flow, literal};
use super::lower;
use super::sentences::Teller;

pub struct World {
    pub program: Program,
    pub run: Run,
    pub now: Time,
    /// The run as its events say, read back from their JSON.
    folded: Run,
    pub events: Vec<(Time, Event)>,
    teller: Teller,
    /// What happened since it was last asked.
    sentences: Vec<String>,
    commands: Vec<Command>,
    /// Whether the run said after its last turn that it could go on.
    pub more: bool,
}

impl World {
    /// A run of a workflow with this body, up to where it waits.
    pub fn of(flow: Flow) -> World {
        World::among(vec![("main", flow)])
    }

    /// A run of the first of these workflows.
    pub fn among(flows: Vec<(&str, Flow)>) -> World {
        let name = flows[0].0.to_string();
        let mut world = World::begun(&name, Program::new(lower::plan(flows), Digest([0; 32])).expect("a plan"));
        world.go_on();
        world
    }

    pub fn program(flow: Flow) -> Program {
        Program::new(lower::plan(vec![("main", flow)]), Digest([0; 32])).expect("a plan")
    }

    /// A run that has done nothing yet and that nobody looks at.
    pub fn bare(flow: Flow) -> (Run, Program) {
        let program = World::program(flow);
        let (run, _) = start(&program, World::request(), World::began()).expect("it begins");
        (run, program)
    }

    /// A run of that workflow that has done nothing yet.
    pub fn begun(name: &str, program: Program) -> World {
        let now = World::began();
        let request = Request { workflow: name.into(), ..World::request() };
        let (run, turn) = start(&program, request, now).expect("it begins");
        let folded = run.clone();
        let mut teller = Teller::default();
        for event in &turn.events {
            teller.tell(now, event);
        }
        let events = turn.events.into_iter().map(|event| (now, event)).collect();
        let (sentences, commands) = (Vec::new(), Vec::new());
        World { program, run, now, folded, events, teller, sentences, commands, more: true }
    }

    /// Another run of the same program, which has begun so.
    pub fn another(self, run: Run, turn: Turn, now: Time) -> World {
        let mut teller = Teller::default();
        for event in &turn.events {
            teller.tell(now, event);
        }
        let events = turn.events.into_iter().map(|event| (now, event)).collect();
        let (folded, sentences, commands) = (run.clone(), Vec::new(), Vec::new());
        let mut world = World { run, now, folded, events, teller, sentences, commands, more: true, ..self };
        world.go_on();
        world
    }

    pub fn began() -> Time {
        Time::from_unix_ms(1_767_225_600_000)
    }

    pub fn request() -> Request {
        Request {
            id: RunId::from_parts(1_767_225_600_000, [7; 10]),
            workflow: "main".into(),
            version: Digest([0; 32]),
            input: Value::map([("n", Value::Int(3))]),
            trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
            parent: None,
            depth: 0,
            seed: 42,
            allow_net: Vec::new(),
            allow_files: Vec::new(),
            dir: String::new(),
            url: String::new(),
        }
    }

    /// Lets the run go on until it waits.
    pub fn go_on(&mut self) {
        self.tell(Input::Continue);
        while self.more {
            self.tell(Input::Continue);
        }
    }

    pub fn tell(&mut self, input: Input) {
        let turn = advance(&self.program, &mut self.run, input, self.now).expect("a run that fits its plan");
        self.took(turn);
    }

    pub fn took(&mut self, turn: Turn) {
        self.more = turn.more;
        for event in turn.events {
            let json = serde_json::to_string(&event).expect("an event is written");
            let read: Event = serde_json::from_str(&json).expect("an event is read");
            assert_eq!(read, event, "an event is read as it was written");
            self.folded.apply(self.now, &read).expect("a history that fits");
            self.sentences.extend(self.teller.tell(self.now, &event));
            self.events.push((self.now, event));
        }
        assert_eq!(self.folded, self.run, "folding gives the live run");
        assert_eq!(self.run.unsoundness(), None);
        self.commands.extend(turn.commands);
    }

    /// What happened since the last look is exactly this. Stretches are left out.
    #[track_caller]
    pub fn happened(&mut self, expected: &[&str]) {
        let happened = std::mem::take(&mut self.sentences);
        assert_eq!(happened, expected, "\nhappened: {happened:#?}");
    }

    /// What happened since the last look.
    pub fn sentences(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sentences)
    }

    /// The events so far are looked at no more.
    pub fn forget(&mut self) {
        let from = self.events.len().saturating_sub(20);
        self.events.drain(..from);
    }

    /// Whatever happened so far is not looked at.
    pub fn skip(&mut self) -> &mut World {
        self.sentences.clear();
        self.commands.clear();
        self
    }

    /// What the run asked for since the last look is exactly this.
    #[track_caller]
    pub fn asked(&mut self, expected: &[&str]) {
        let asked: Vec<String> = self.commands.iter().map(|command| self.wish(command)).collect();
        self.commands.clear();
        assert_eq!(asked, expected, "\nasked: {asked:#?}");
    }

    /// The commands since the last look themselves.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    fn wish(&self, command: &Command) -> String {
        match command {
            Command::Perform(perform) => {
                let again = if perform.resumed { " again" } else { "" };
                let input =
                    if perform.input == Value::map::<&str>([]) { "".into() } else { format!(" {}", perform.input) };
                format!("perform {}{again}, attempt {}{input}", perform.path, perform.attempt)
            }
            Command::Cancel { op, attempt } => format!("cancel {}, attempt {attempt}", self.path(*op)),
            Command::StartChild { op, attempt, workflow, input, wait, .. } => {
                let wait = if *wait { "" } else { " and leave it" };
                format!("run {workflow} for {}, attempt {attempt}{wait} {input}", self.path(*op))
            }
            Command::StopChild { child } => {
                let step = self.events.iter().rev().find_map(|(_, event)| match event {
                    Event::StepStarted(start) if start.child == Some(*child) => Some(start.path.to_string()),
                    Event::AttemptStarted { op, child: Some(c), .. } if c == child => Some(self.path(*op)),
                    _ => None,
                });
                format!("stop the child of {}", step.unwrap_or_default())
            }
        }
    }

    fn path(&self, op: OpId) -> String {
        let path = self.events.iter().find_map(|(_, event)| match event {
            Event::StepStarted(start) if start.op == op => Some(start.path.to_string()),
            _ => None,
        });
        path.unwrap_or_default()
    }

    /// The step of that path that was begun last, and its latest attempt.
    #[track_caller]
    fn latest(&self, path: &str) -> (OpId, u32) {
        let begun = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::StepStarted(start) if &*start.path == path => Some(start.op),
            _ => None,
        });
        let op = begun.unwrap_or_else(|| panic!("`{path}` was never begun"));
        let mut attempts = self.events.iter().rev().filter_map(|(_, event)| match event {
            Event::AttemptStarted { op: of, attempt, .. } if *of == op => Some(*attempt),
            _ => None,
        });
        (op, attempts.next().unwrap_or(1))
    }

    /// The effect or child of that step gives a value, written as a literal.
    #[track_caller]
    pub fn gives(&mut self, path: &str, value: &str) {
        self.ends(path, Ok(literal(value).expect("a literal")));
    }

    #[track_caller]
    pub fn fails(&mut self, path: &str, kind: &str) {
        self.ends(path, Err(Failure::new(kind, "no")));
    }

    #[track_caller]
    pub fn ends(&mut self, path: &str, outcome: Result<Value, Failure>) {
        let (op, attempt) = self.latest(path);
        self.tell(Input::AttemptEnded { op, attempt, outcome });
    }

    /// Time goes on by that length, timer by timer.
    pub fn passes(&mut self, length: &str) {
        let until = self.now.plus(length.parse::<Length>().expect("a length"));
        while let Some(due) = self.run.due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.tell(Input::Due);
        }
        self.now = until;
    }

    pub fn signal(&mut self, name: &str, value: &str) {
        let parameters = literal(value).expect("a literal");
        self.tell(Input::Signal { name: name.into(), source: "test".into(), delivery: None, parameters });
    }

    /// The process dies; another one folds the history and goes on.
    pub fn crashes(&mut self) {
        let events = self.events.iter().map(|(at, event)| (*at, event));
        self.run = Run::fold(self.run.id, events).expect("a history that fits");
        assert_eq!(self.run, self.folded, "folding the whole history gives the live run");
        self.commands.clear();
        self.tell(Input::Recovered);
    }

    #[track_caller]
    pub fn succeeded(&self, output: &str) {
        match self.run.outcome() {
            Some(Outcome::Succeeded(value)) => assert_eq!(value.to_string(), output),
            other => panic!("it did not succeed: {other:?}"),
        }
    }
}
