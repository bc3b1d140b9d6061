//! Steps of `kv`: asked of the journal, which decides them in the transaction that stores their end. While that is
//! under way the run is told nothing else, since the record is not made here.

use std::sync::Arc;

use crate::engine::{self, Input, Perform};
use crate::journal::Write;
use crate::journal::kv::{Ask, Decide, MAX_KEPT_BYTES, MAX_KEY_BYTES, MAX_KEYS, MAX_LISTED_BYTES, Verdict};
use crate::model::{Event, Failure, OpId, RunId, Time, Value, written_value};

use super::live::Pending;
use super::run_loop::{Beyond, RunLoop};

/// What a run waits for while its journal decides, and what it is to be told then.
pub(super) struct Deciding {
    op: OpId,
    attempt: u32,
    at: Time,
    /// What comes meanwhile, in order.
    held: Vec<Held>,
}

enum Held {
    Input(Input),
    /// Another branch of the run asks for a key.
    Ask(Perform),
}

impl Deciding {
    pub fn hold(&mut self, input: Input) {
        self.held.push(Held::Input(input));
    }
}

impl RunLoop {
    pub fn ask_journal(&mut self, id: RunId, perform: Perform) {
        // What is left out now is asked for again when the run is resumed.
        if self.draining {
            return;
        }
        let now = self.ground.clock.now();
        let (op, attempt) = (perform.op, perform.attempt);
        let Some(live) = self.runs.get_mut(&id) else { return };
        // The step may have been ended, by the run's end or its own time, while the record that asks for it was stored.
        if !live.run.is_under_way(op, attempt) {
            return;
        }
        if let Some(deciding) = &mut live.deciding {
            return deciding.held.push(Held::Ask(perform));
        }
        let room = if live.run.has_room(MAX_LISTED_BYTES) { Ok(()) } else { Err(engine::no_room()) };
        let ask = match room.and_then(|()| asked(&perform.action, &perform.input)) {
            Ok(ask) => ask,
            Err(failure) => return self.give(id, Input::AttemptEnded { op, attempt, outcome: Err(failure) }),
        };
        let decide = Decide { workflow: live.run.started.workflow.clone(), ask, op, at: now };
        let write = Write { decide: Some(decide), ..Write::new(id, live.seq, Vec::new()) };
        live.deciding = Some(Deciding { op, attempt, at: now, held: Vec::new() });
        self.submit(id, write, Pending::at(now));
    }

    /// The journal has decided: what it stored is made part of the run.
    pub fn decided(&mut self, id: RunId, ticket: u64, verdict: Verdict) {
        let Some(live) = self.runs.get_mut(&id) else { return };
        let Some(pending) = live.pending.pop_front() else { return };
        debug_assert_eq!(pending.ticket, ticket, "records of a run are acknowledged in their order");
        let Some(Deciding { op, attempt, at, held }) = live.deciding.take() else { return };
        match verdict {
            Verdict::Gives(result) => {
                let ended = Input::AttemptEnded { op, attempt, outcome: Ok(result.clone()) };
                match engine::record(&live.program, &mut live.run, ended, at) {
                    Ok(mut turn) if turn.events.first() == Some(&Event::StepSucceeded { op, result }) => {
                        let stored = turn.events.remove(0);
                        self.ground.observer.committed(id, at, &[stored]);
                        self.send(id, engine::Turn { more: true, ..turn }, at, Beyond::default());
                    }
                    Ok(_) => return self.give_up(id, "the journal has decided what the run can't take".into()),
                    Err(fault) => return self.give_up(id, fault.to_string()),
                }
            }
            // Nothing is stored, so the next record takes this one's place.
            Verdict::TooManyKeys => {
                live.seq -= 1;
                self.give(id, Input::AttemptEnded { op, attempt, outcome: Err(too_many_keys()) });
            }
            Verdict::TooMuch => {
                live.seq -= 1;
                self.give(id, Input::AttemptEnded { op, attempt, outcome: Err(too_much()) });
            }
        }
        for held in held {
            match held {
                Held::Input(input) => self.give(id, input),
                Held::Ask(perform) => self.ask_journal(id, perform),
            }
        }
        self.take_orders(id);
        self.after_stored(id);
    }
}

/// What the step asks, within its bounds.
fn asked(action: &str, input: &Value) -> Result<Ask, Failure> {
    let value = || kept(input.get("value").cloned().unwrap_or_default());
    let key = || key(input.get("key"));
    match action {
        "kv.get" => Ok(Ask::Get { key: key()? }),
        "kv.put" => Ok(Ask::Put { key: key()?, value: value()? }),
        "kv.add" => Ok(Ask::Add { key: key()?, value: value()? }),
        "kv.delete" => Ok(Ask::Delete { key: key()? }),
        "kv.list" => Ok(Ask::List { prefix: prefix(input.get("prefix"))? }),
        other => Err(Failure::new("type", format!("`{other}` is nothing that this version can do with keys"))),
    }
}

fn key(given: Option<&Value>) -> Result<Arc<str>, Failure> {
    match text("a key", given)? {
        key if key.is_empty() => Err(Failure::new("type", "a key is not empty")),
        key => Ok(key),
    }
}

fn prefix(given: Option<&Value>) -> Result<Arc<str>, Failure> {
    match given {
        None | Some(Value::Unit) => Ok("".into()),
        given => text("the beginning of a key", given),
    }
}

fn text(what: &str, given: Option<&Value>) -> Result<Arc<str>, Failure> {
    match given {
        Some(Value::Text(text)) if text.len() > MAX_KEY_BYTES => {
            let message =
                format!("{what} has at most {MAX_KEY_BYTES} bytes, this one has {} (limit `kv key`)", text.len());
            Err(Failure::new("limit", message))
        }
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(other) => Err(Failure::new("type", format!("{what} is a text, this is {}", other.type_name()))),
        None => Err(Failure::new("type", format!("{what} is missing"))),
    }
}

fn kept(value: Value) -> Result<Value, Failure> {
    if let Some(name) = value.secret() {
        let message = format!("the value holds the secret `{name}`, and what `kv` keeps is kept as it is read");
        return Err(Failure::new("secret", message));
    }
    let bytes = written_value(&value);
    if bytes > MAX_KEPT_BYTES {
        let message = format!(
            "the value has {bytes} bytes, at most {MAX_KEPT_BYTES} are kept under a key (limit `kv value`): write it \
             to a file and keep its path"
        );
        return Err(Failure::new("limit", message));
    }
    Ok(value)
}

fn too_many_keys() -> Failure {
    let message = format!("the workflow has {MAX_KEYS} keys, the most it may have (limit `kv keys`): delete some");
    Failure::new("limit", message)
}

fn too_much() -> Failure {
    let message = format!(
        "the keys have more than {MAX_LISTED_BYTES} bytes together (limit `result size`): ask for a longer beginning"
    );
    Failure::new("limit", message)
}
