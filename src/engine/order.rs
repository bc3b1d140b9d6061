//! Orders: what somebody wants of a run from outside, and whether it takes that as it stands. Nothing is changed here:
//! what is taken becomes an input.

use std::fmt;
use std::sync::Arc;

use crate::expr::Ambient;
use crate::model::{Order, RunStatus, Time, Value, written_value};
use crate::program::{InputProblem, Program};

use super::input::Input;
use super::limits::{MAX_SIGNAL_BYTES, MAX_UNTAKEN};
use super::random::{Purpose, number};
use super::run::{Ending, Run};

/// Why a run doesn't take an order.
#[derive(Clone, PartialEq, Debug)]
pub enum Refusal {
    /// It has ended, so.
    Ended(RunStatus),
    Paused,
    NotPaused,
    /// It is being stopped, or fails.
    Ending,
    /// Its workflow declares no such signal; `known` are those it does.
    NoSignal {
        name: Arc<str>,
        known: Vec<Arc<str>>,
    },
    Parameters(Vec<InputProblem>),
    TooLarge {
        name: Arc<str>,
        bytes: usize,
    },
    TooMany,
    NoRoom,
}

/// On several lines where several things are wrong.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Ended(status) => write!(f, "it has ended: {}", status.word()),
            Refusal::Paused => f.write_str("it is paused already"),
            Refusal::NotPaused => f.write_str("it is not paused"),
            Refusal::Ending => f.write_str("it is being ended already"),
            Refusal::NoSignal { name, known } if known.is_empty() => {
                write!(f, "its workflow declares no signal `{name}`: it declares none")
            }
            Refusal::NoSignal { name, known } => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "its workflow declares no signal `{name}`; it declares {}", known.join(", "))
            }
            Refusal::Parameters(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Refusal::TooLarge { name, bytes } => write!(
                f,
                "the parameters of signal `{name}` have {bytes} bytes, at most {MAX_SIGNAL_BYTES} are allowed (limit \
                 `signal size`)"
            ),
            Refusal::TooMany => {
                write!(f, "it keeps {MAX_UNTAKEN} messages that no wait has taken (limit `untaken signals`)")
            }
            Refusal::NoRoom => f.write_str("it can't hold the message beside all that it holds (limit `run size`)"),
        }
    }
}

/// The input that the order is to this run, or why the run doesn't take it. None where the run has taken it already: its
/// sender got no answer then.
///
/// # Errors
/// See [`Refusal`].
pub fn admit(program: &Program, run: &Run, order: Order, now: Time) -> Result<Option<Input>, Refusal> {
    if let Order::Signal { delivery: Some(delivery), .. } = &order
        && run.deliveries.contains(delivery)
    {
        return Ok(None);
    }
    if run.outcome().is_some() {
        return Err(Refusal::Ended(run.status()));
    }
    let input = match order {
        Order::Signal { name, source, delivery, parameters } => {
            let parameters = message(program, run, &name, &parameters, now)?;
            Input::Signal { name, source, delivery, parameters }
        }
        Order::Pause if run.is_ending() => return Err(Refusal::Ending),
        Order::Pause if run.paused => return Err(Refusal::Paused),
        Order::Pause => Input::Pause,
        Order::Unpause if run.paused => Input::Unpause,
        Order::Unpause => return Err(Refusal::NotPaused),
        Order::Stop if matches!(run.ending, Some(Ending::Stopped)) => return Err(Refusal::Ending),
        Order::Stop => Input::Stop,
    };
    Ok(Some(input))
}

/// The parameters as the run's wait sees them.
fn message(program: &Program, run: &Run, name: &Arc<str>, given: &Value, now: Time) -> Result<Value, Refusal> {
    // What is refused by its size isn't looked at.
    let fits = |bytes| if bytes > MAX_SIGNAL_BYTES { Err(bytes) } else { Ok(bytes) };
    let too_large = |bytes| Refusal::TooLarge { name: name.clone(), bytes };
    fits(written_value(given)).map_err(too_large)?;
    let signals = program.plan().workflows.get(&run.started.workflow).map(|workflow| &workflow.signals);
    let Some(params) = signals.and_then(|signals| signals.get(name)) else {
        let known = signals.map_or(Vec::new(), |signals| signals.keys().cloned().collect());
        return Err(Refusal::NoSignal { name: name.clone(), known });
    };
    let untaken = run.untaken().map(|(_, count)| count).sum::<usize>();
    // A default may draw a number: another one for each message.
    let seed = number(run.started.seed, Purpose::Message, now.unix_ms() as u32, untaken as u32);
    let ambient = Ambient { now, seed, draws: 0 };
    let none = Default::default();
    let fields = match given {
        Value::Map(fields) => fields,
        _ => &none,
    };
    let admitted = program.admit_message(name, params, &run.started.input, fields, ambient);
    let message = admitted.map_err(Refusal::Parameters)?;
    let bytes = fits(written_value(&message)).map_err(too_large)?;
    if untaken >= MAX_UNTAKEN {
        return Err(Refusal::TooMany);
    }
    if run.has_room(bytes) { Ok(message) } else { Err(Refusal::NoRoom) }
}
