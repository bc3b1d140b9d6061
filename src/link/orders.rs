//! Orders as they come to this process: each is told to the listener once, also where it comes again because the
//! owner that carried it has gone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::{Listener, Told};
use crate::model::{Order, RunId};

/// How many answers are remembered. An order comes again within moments, or never.
const MAX_REMEMBERED: usize = 1_024;

pub(super) type Answered = Box<dyn FnOnce(Told) + Send>;

/// Who listens in this process, and what it was told lately.
#[derive(Default)]
pub(super) struct Orders {
    listener: Mutex<Option<Arc<dyn Listener>>>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// Orders that are being answered, and who waits for that.
    pending: HashMap<String, Vec<Answered>>,
    answers: HashMap<String, Told>,
    /// The ids of `answers`, the oldest first.
    age: VecDeque<String>,
}

impl Orders {
    pub fn attend(&self, listener: Option<Arc<dyn Listener>>) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = listener;
    }

    fn listener(&self) -> Option<Arc<dyn Listener>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the listener, with no lock held. `id` knows the order again.
    pub fn take(self: &Arc<Self>, run: RunId, order: Order, id: String, answer: Answered) {
        let mut heard = self.heard();
        if let Some(told) = heard.answers.get(&id).cloned() {
            drop(heard);
            return answer(told);
        }
        if let Some(waiting) = heard.pending.get_mut(&id) {
            return waiting.push(answer);
        }
        heard.pending.insert(id.clone(), vec![answer]);
        drop(heard);
        let reply = Reply { orders: self.clone(), id: Some(id) };
        if let Some(listener) = self.listener() {
            listener.order(run, order, Box::new(move |told| reply.say(told)));
        }
    }

    /// Whether somebody in this process listens.
    pub fn is_attended(&self) -> bool {
        self.listener().is_some()
    }

    /// The owner is another one, or knew nothing of this process for a while.
    pub fn look_anew(&self) {
        if let Some(listener) = self.listener() {
            listener.look_anew();
        }
    }

    pub fn changed(&self, run: RunId) {
        if let Some(listener) = self.listener() {
            listener.changed(run);
        }
    }

    fn answer(&self, id: String, told: Told) {
        let mut heard = self.heard();
        let waiting = heard.pending.remove(&id).unwrap_or_default();
        // Nobody took it: another time it may be told anew.
        if told != Told::Nobody {
            heard.answers.insert(id.clone(), told.clone());
            heard.age.push_back(id);
            if heard.age.len() > MAX_REMEMBERED
                && let Some(oldest) = heard.age.pop_front()
            {
                heard.answers.remove(&oldest);
            }
        }
        drop(heard);
        waiting.into_iter().for_each(|answer| answer(told.clone()));
    }
}

/// The answer that a listener owes. One that is dropped says that nobody has the run.
struct Reply {
    orders: Arc<Orders>,
    id: Option<String>,
}

impl Reply {
    fn say(mut self, told: Told) {
        if let Some(id) = self.id.take() {
            self.orders.answer(id, told);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.orders.answer(id, Told::Nobody);
        }
    }
}
