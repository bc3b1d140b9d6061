//! What is held of a folder over all the deaths in it: what had ended is never done again, and what was under way once
//! more for each kill.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use super::look::Found;
use super::place::Marks;

/// The steps of a folder, by `RUN/PATH`.
#[derive(Default)]
pub struct Account {
    /// How often a step had been performed when it was first seen to have ended.
    done: BTreeMap<String, usize>,
    /// How many kills met it while it was under way.
    cut_off: BTreeMap<String, usize>,
}

impl Account {
    /// Takes down what a death left.
    pub fn death(&mut self, found: Found, marks: &Marks) {
        for key in found.ended {
            let times = marks.get(&key).copied().unwrap_or(0);
            self.done.entry(key).or_insert(times);
        }
        for key in found.under_way {
            *self.cut_off.entry(key).or_default() += 1;
        }
    }

    /// Holds what was done in the end against what it was at each death.
    pub fn holds(&self, marks: &Marks) -> Result<(), String> {
        for (key, count) in &self.done {
            if marks.get(key).copied().unwrap_or(0) != *count {
                return Err(format!("finished step {key} was performed again"));
            }
        }
        for (key, count) in marks {
            let attempts = if key.ends_with("flaky") { 3 } else { 1 };
            let again = self.cut_off.get(key).copied().unwrap_or(0);
            if *count > attempts + again {
                return Err(format!("{key} was performed {count} times, with {again} kills while it was under way"));
            }
        }
        Ok(())
    }
}

/// How often each kind of event was in the last record on disk.
#[derive(Default)]
pub struct Last(Mutex<BTreeMap<&'static str, usize>>);

impl Last {
    pub fn note(&self, kinds: &BTreeSet<&'static str>) {
        let mut last = self.0.lock().expect("no panic");
        kinds.iter().for_each(|kind| *last.entry(kind).or_default() += 1);
    }

    pub fn has(&self, kind: &str) -> bool {
        self.0.lock().expect("no panic").contains_key(kind)
    }
}
