//! Commands: what a run asks of the world, once the record that justifies it is on disk; and what the world answers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::engine::{self, Command, Input};
use crate::model::{Failure, OpId, RunId, Value, is_of_keys};
use crate::program::Program;

use super::children::Wanted;
use super::effects::{Attempt, KIND_UNKEPT, OutputLine};
use super::error::Error;
use super::handle::{Answer, Message};
use super::run_loop::{Beginning, RunLoop};

impl RunLoop {
    pub fn perform(&mut self, id: RunId, commands: Vec<Command>) {
        let stopped: HashSet<RunId> = commands.iter().filter_map(stopped_child).collect();
        for command in commands {
            match command {
                Command::Perform(perform) if is_of_keys(&perform.action) => self.ask_journal(id, *perform),
                Command::Perform(perform) => self.perform_effect(id, *perform),
                Command::Cancel { op, attempt } => self.ground.effects.cancel(id, op, attempt),
                Command::StartChild { op, attempt, child, workflow, input, seed, wait } => {
                    let stopped = stopped.contains(&child);
                    self.start_child(id, Wanted { op, attempt, child, workflow, input, seed, wait, stopped });
                }
                Command::StopChild { child } => self.stop_child(id, child),
            }
        }
    }

    fn perform_effect(&mut self, id: RunId, perform: engine::Perform) {
        // What is left out now is asked for again when the run is resumed.
        if self.draining {
            return;
        }
        let Some(live) = self.runs.get_mut(&id) else { return };
        live.in_flight += 1;
        self.in_flight += 1;
        let (op, attempt) = (perform.op, perform.attempt);
        let inbox = self.inbox.clone();
        let ended = Box::new(move |outcome| {
            let _ = inbox.send(Message::AttemptEnded { run: id, op, attempt, outcome });
        });
        let observer = self.ground.observer.clone();
        let path = perform.path.clone();
        let watch = Arc::new(move |line: &OutputLine| observer.printed(id, &path, line));
        let dir = live.run.started.dir.clone().into();
        let allow_files = live.run.started.allow_files.clone();
        let allow_net = live.run.started.allow_net.clone();
        self.ground
            .effects
            .perform(Attempt { run: id, perform, dir, allow_files, watch: Some(watch), allow_net }, ended);
    }

    /// What the run was given by name, by whichever process, and what its plan names, is to be masked in what comes back.
    pub fn expect_secrets(&self, run: &engine::Run, program: &Program) {
        let names: Vec<Arc<str>> = run.secrets().chain(program.secrets()).cloned().collect();
        if !names.is_empty() {
            self.ground.effects.expect_secrets(names);
        }
    }

    pub fn attempt_ended(&mut self, run: RunId, op: OpId, attempt: u32, outcome: Result<Value, Failure>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(live) = self.runs.get_mut(&run) {
            live.in_flight = live.in_flight.saturating_sub(1);
            self.may_park(run);
        }
        match outcome {
            // What this process must keep of its programs it couldn't keep: no matter of the step, and nothing that the
            // step's `retry`, `else` or `catch` should act on.
            Err(failure) if &*failure.kind == KIND_UNKEPT => self.fail(Error::Unkept(failure.message)),
            outcome => self.give(run, Input::AttemptEnded { op, attempt, outcome }),
        }
    }

    /// A run that can't go on, since its history or its plan can't be or what it left behind isn't gone: it is left
    /// alone, and those who wait for it are told.
    pub fn give_up(&mut self, id: RunId, why: String) {
        let live = self.drop_live(id);
        let error = Error::Corrupt { run: id, why };
        if let Some(Beginning { answer: Some(answer), .. }) = self.beginnings.remove(&id) {
            refuse(&answer, &error);
        }
        self.waits.refuse(id, &error);
        let Some(mut live) = live else { return self.ground.exchange.release(id) };
        self.release_in_time(id, std::mem::take(&mut live.pending));
        for (op, attempt) in live.run.performing() {
            self.ground.effects.cancel(id, op, attempt);
        }
        match live.parent {
            Some(waiter) => {
                let outcome = Err(Failure::new("storage", error.to_string()));
                self.give(waiter.run, Input::ChildEnded { op: waiter.op, attempt: waiter.attempt, outcome });
            }
            None => self.interest.tell(id, Err(error)),
        }
    }
}

fn refuse<T>(answer: &Answer<T>, error: &Error) {
    let _ = answer.send(Err(error.clone()));
}

fn stopped_child(command: &Command) -> Option<RunId> {
    match command {
        Command::StopChild { child } => Some(*child),
        Command::Perform(_) | Command::Cancel { .. } | Command::StartChild { .. } => None,
    }
}
