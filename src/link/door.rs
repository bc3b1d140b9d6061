//! A process that attends, as the owner sees it: it can be called, and answers orders.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::journal::Told;
use crate::model::{Order, RunId};

use super::frame::{Frame, Unread};
use super::patience::CALL_WAIT;
use super::wire::Hook;
use super::words::{Call, Reply};

pub(super) struct Door {
    /// One call at a time.
    hook: Mutex<Hook>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    answers: HashMap<u64, Sender<Told>>,
    closed: bool,
}

impl Door {
    pub fn new(hook: Hook) -> Result<Door, Unread> {
        hook.hurry(CALL_WAIT)?;
        Ok(Door { hook: Mutex::new(hook), waiting: Mutex::default() })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the process in by `enter` and welcomes it, before anything else is said to it.
    pub fn welcome<T>(&self, enter: impl FnOnce() -> T, welcome: &Frame) -> (T, Result<(), Unread>) {
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        let entered = enter();
        (entered, hook.send(welcome))
    }

    /// Calls the order out. Its answer comes later; the sender is dropped where none comes any more. None where the
    /// process couldn't be called: then it was told nothing whole.
    pub fn order(&self, run: RunId, order: Order, id: String) -> Option<Receiver<Told>> {
        let (answer, told) = channel();
        let number = {
            let mut waiting = self.waiting();
            if waiting.closed {
                return None;
            }
            let number = waiting.next;
            waiting.next += 1;
            waiting.answers.insert(number, answer);
            number
        };
        if self.call(&Call::Order { number, run, order, id }) {
            return Some(told);
        }
        self.waiting().answers.remove(&number);
        None
    }

    /// Whether the word is on its way.
    pub fn call(&self, call: &Call) -> bool {
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = hook.send(&Frame::new(call, Vec::new()));
        if sent.is_err() {
            // Half a message may be out: what comes behind it can't be read any more.
            hook.hang_up();
        }
        sent.is_ok()
    }

    pub fn answered(&self, reply: Reply) {
        if let Some(answer) = self.waiting().answers.remove(&reply.number) {
            // One who waits no more has given up.
            let _ = answer.send(reply.told);
        }
    }

    /// The process has gone: what was asked of it is not answered any more.
    pub fn close(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        waiting.answers.clear();
    }
}
