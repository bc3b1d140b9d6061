//! Group commit over processes: what gathers while one commit is under way goes into the next, whoever brings it.
//!
//! There is no thread for it: of those who wait, one commits for all. Where nobody else is there, a commit goes
//! straight to the store. Invariant: a group is answered after the commit that holds it has returned; groups are
//! stored whole or not at all, in the order of their coming.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::journal::{Error, Journal, MAX_BATCH_BYTES, MAX_BATCH_WRITES, Outcome, Write};

use super::trouble::again;

type Outcomes = Result<Vec<Outcome>, Error>;

pub(super) struct Group {
    journal: Arc<dyn Journal>,
    queue: Mutex<Queue>,
    turn: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Whether somebody commits.
    busy: bool,
    next: u64,
    waiting: VecDeque<(u64, Vec<Write>)>,
    /// Answers that wait to be taken.
    answers: HashMap<u64, Outcomes>,
}

impl Queue {
    /// The groups of the next transaction, at least one.
    fn take(&mut self) -> Vec<(u64, Vec<Write>)> {
        let (mut count, mut writes, mut bytes) = (0, 0, 0);
        for (_, group) in &self.waiting {
            if count > 0 && (writes >= MAX_BATCH_WRITES || bytes >= MAX_BATCH_BYTES) {
                break;
            }
            count += 1;
            writes += group.len();
            bytes += group.iter().map(Write::weight).sum::<usize>();
        }
        self.waiting.drain(..count).collect()
    }
}

impl Group {
    pub fn new(journal: Arc<dyn Journal>) -> Group {
        Group { journal, queue: Mutex::default(), turn: Condvar::new() }
    }

    /// As [`Journal::commit`], together with whatever else has come.
    pub fn commit(&self, writes: &[Write]) -> Outcomes {
        let mut queue = self.queue();
        if !queue.busy && queue.waiting.is_empty() {
            queue.busy = true;
            drop(queue);
            let committing = Committing::of(self);
            let outcomes = self.journal.commit(writes);
            drop(committing);
            return outcomes;
        }
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push_back((ticket, writes.to_vec()));
        loop {
            if let Some(outcomes) = queue.answers.remove(&ticket) {
                return outcomes;
            }
            if queue.busy {
                queue = self.turn.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.busy = true;
            let groups = queue.take();
            drop(queue);
            let mut committing = Committing::of(self);
            committing.owed = groups.iter().map(|(other, _)| *other).filter(|other| *other != ticket).collect();
            let answers = commit_all(&*self.journal, groups);
            committing.owed.clear();
            self.queue().answers.extend(answers);
            drop(committing);
            queue = self.queue();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of one who commits; its end, even by a panic, is the next one's turn.
struct Committing<'a> {
    group: &'a Group,
    /// The others whose groups are being stored, and who have no answer yet.
    owed: Vec<u64>,
}

impl Committing<'_> {
    fn of(group: &Group) -> Committing<'_> {
        Committing { group, owed: Vec::new() }
    }
}

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        let mut queue = self.group.queue();
        queue.busy = false;
        queue.answers.extend(self.owed.drain(..).map(|ticket| (ticket, Err(broken_off()))));
        if !queue.waiting.is_empty() || !queue.answers.is_empty() {
            self.group.turn.notify_all();
        }
    }
}

/// What a commit that ended by a panic is to those who wait for it: it may be stored, or not.
fn broken_off() -> Error {
    let source = std::io::Error::other("it broke off within");
    Error::Io { doing: "storing what several processes asked for".into(), source }
}

/// Stores all groups in one transaction. One that contradicts what is stored is answered with that, and the others
/// are stored without it.
fn commit_all(journal: &dyn Journal, mut groups: Vec<(u64, Vec<Write>)>) -> Vec<(u64, Outcomes)> {
    let mut answers = Vec::with_capacity(groups.len());
    while !groups.is_empty() {
        let all: Vec<Write> = match &mut groups[..] {
            [(_, only)] => std::mem::take(only),
            several => several.iter().flat_map(|(_, writes)| writes.iter().cloned()).collect(),
        };
        match journal.commit(&all) {
            Ok(outcomes) => {
                let mut outcomes = outcomes.into_iter();
                let single = groups.len() == 1;
                answers.extend(groups.drain(..).map(|(ticket, writes)| {
                    let count = if single { usize::MAX } else { writes.len() };
                    (ticket, Ok(outcomes.by_ref().take(count).collect()))
                }));
            }
            Err(Error::Refused { write, run, seq, why }) => {
                let (place, within) = find(&groups, write);
                let (ticket, _) = groups.remove(place);
                answers.push((ticket, Err(Error::Refused { write: within, run, seq, why })));
            }
            Err(error) => answers.extend(groups.drain(..).map(|(ticket, _)| (ticket, Err(again(&error))))),
        }
    }
    answers
}

/// Which group the transaction's write belongs to, and its place there.
fn find(groups: &[(u64, Vec<Write>)], write: usize) -> (usize, usize) {
    let mut before = 0;
    for (place, (_, writes)) in groups.iter().enumerate() {
        if groups.len() == 1 || write < before + writes.len() {
            return (place, write - before);
        }
        before += writes.len();
    }
    unreachable!("a refusal names a write of the transaction")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::journal::MemoryJournal;
    use crate::journal::tests::write;

    #[test]
    fn those_whose_commit_broke_off_are_told() {
        let group = Group::new(Arc::new(MemoryJournal::new()));
        group.queue().busy = true;
        thread::scope(|scope| {
            let told = scope.spawn(|| group.commit(&[write(1, 0)]));
            while group.queue().waiting.is_empty() {
                thread::yield_now();
            }
            let taken = group.queue().take();
            // What a panic of the one who commits leaves behind.
            drop(Committing { group: &group, owed: taken.iter().map(|(ticket, _)| *ticket).collect() });
            let error = told.join().expect("no panic").expect_err("nobody knows whether it is stored");
            assert!(!error.is_of_one_run() && error.to_string().contains("broke off"), "{error}");
        });
        assert_eq!(group.commit(&[write(1, 0)]).expect("the next ones are stored"), [Outcome::Stored]);
    }
}
