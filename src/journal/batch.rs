//! A transaction of several runs' writes, with each answered by its own ticket.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Error, Journal, Outcome, Write};

/// The answer to one write.
#[derive(Debug)]
pub struct Ack {
    /// What the write was submitted with.
    pub ticket: u64,
    pub outcome: Result<Outcome, Arc<Error>>,
}

/// Commits `batch` and answers each of its writes, in their order. The second is why the store can't be used any
/// more, if so; then no write is acknowledged.
///
/// A write that contradicts its run's history is answered with that, together with all later ones of the same run,
/// and the others are committed without them.
pub fn commit_batch(journal: &dyn Journal, batch: Vec<(u64, Write)>) -> (Vec<Ack>, Option<Arc<Error>>) {
    let (mut tickets, mut writes): (Vec<u64>, Vec<Write>) = batch.into_iter().unzip();
    let mut refused = Vec::new();
    loop {
        let error = match journal.commit(&writes) {
            Ok(outcomes) => {
                let stored =
                    tickets.iter().zip(outcomes).map(|(&ticket, outcome)| Ack { ticket, outcome: Ok(outcome) });
                refused.extend(stored);
                return (refused, None);
            }
            Err(error) => Arc::new(error),
        };
        let Error::Refused { write, run, .. } = *error else {
            refused.extend(all_failed(&tickets, &error));
            return (refused, Some(error));
        };
        let out: HashSet<usize> = (write..writes.len()).filter(|i| writes[*i].run == run).collect();
        refused.extend(all_failed(out.iter().map(|i| &tickets[*i]), &error));
        (tickets, writes) = without(tickets, &out).zip(without(writes, &out)).unzip();
        if writes.is_empty() {
            return (refused, None);
        }
    }
}

/// The answer that nothing was stored, for each of the tickets.
pub(super) fn all_failed<'t>(tickets: impl IntoIterator<Item = &'t u64>, error: &Arc<Error>) -> Vec<Ack> {
    tickets.into_iter().map(|&ticket| Ack { ticket, outcome: Err(error.clone()) }).collect()
}

fn without<T>(items: Vec<T>, out: &HashSet<usize>) -> impl Iterator<Item = T> {
    items.into_iter().enumerate().filter(|(i, _)| !out.contains(i)).map(|(_, item)| item)
}
