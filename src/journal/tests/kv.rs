//! Keys: decided by the transaction that stores the step's end, once for ever, by both journals alike.

use std::sync::Arc;

use crate::journal::kv::{Ask, MAX_KEYS, MAX_LISTED_BYTES, Verdict};
use crate::journal::{Error, Journal, MemoryJournal, Outcome, Refusal, Write};
use crate::model::{Event, OpId, Value};

use super::{asking, fresh_redb, run, write};

fn each(check: impl Fn(&dyn Journal)) {
    check(&MemoryJournal::new());
    check(&*fresh_redb());
}

fn get(key: &str) -> Ask {
    Ask::Get { key: key.into() }
}

fn put(key: &str, n: i64) -> Ask {
    Ask::Put { key: key.into(), value: Value::Int(n) }
}

fn add(key: &str, n: i64) -> Ask {
    Ask::Add { key: key.into(), value: Value::Int(n) }
}

fn delete(key: &str) -> Ask {
    Ask::Delete { key: key.into() }
}

fn list(prefix: &str) -> Ask {
    Ask::List { prefix: prefix.into() }
}

fn gives(value: Value) -> Outcome {
    Outcome::Decided(Verdict::Gives(value))
}

fn texts(all: &[&str]) -> Value {
    Value::list(all.iter().map(|text| Value::text(*text)).collect())
}

/// The verdicts on these questions of one run, each in a transaction of its own.
fn asked(journal: &dyn Journal, n: u64, asks: Vec<Ask>) -> Vec<Outcome> {
    let from = journal.length(run(n)).expect("reads");
    let one = |(ask, seq)| journal.commit(&[asking(n, seq, ask)]).expect("stored").remove(0);
    asks.into_iter().zip(from..).map(one).collect()
}

#[test]
fn keys_are_put_read_listed_and_deleted() {
    each(|journal| {
        let found =
            asked(journal, 1, vec![get("a"), put("a", 1), put("ab", 2), put("b", 3), get("a"), put("a", 4), get("a")]);
        let unit = || gives(Value::Unit);
        assert_eq!(found, [unit(), unit(), unit(), unit(), gives(Value::Int(1)), unit(), gives(Value::Int(4))]);
        let found =
            asked(journal, 2, vec![list("a"), list(""), delete("a"), delete("a"), list("a"), list("c"), get("a")]);
        let expected = [
            gives(texts(&["a", "ab"])),
            gives(texts(&["a", "ab", "b"])),
            gives(Value::Bool(true)),
            gives(Value::Bool(false)),
            gives(texts(&["ab"])),
            gives(texts(&[])),
            unit(),
        ];
        assert_eq!(found, expected);
    });
}

#[test]
fn of_two_in_one_transaction_one_has_added() {
    each(|journal| {
        let outcomes = journal.commit(&[asking(1, 0, add("a", 1)), asking(2, 0, add("a", 2)), asking(3, 0, get("a"))]);
        assert_eq!(
            outcomes.expect("stored"),
            [gives(Value::Bool(true)), gives(Value::Bool(false)), gives(Value::Int(1))]
        );
        assert_eq!(asked(journal, 4, vec![add("a", 4), get("a")]), [gives(Value::Bool(false)), gives(Value::Int(1))]);
    });
}

#[test]
fn the_keys_of_workflows_are_apart() {
    each(|journal| {
        asked(journal, 1, vec![put("a", 1)]);
        for workflow in ["v", "x"] {
            let mut write = asking(2, journal.length(run(2)).expect("reads"), list(""));
            write.decide.as_mut().expect("asks").workflow = workflow.into();
            assert_eq!(journal.commit(&[write]).expect("stored"), [gives(texts(&[]))]);
        }
    });
}

#[test]
fn what_was_decided_is_the_step_s_end() {
    each(|journal| {
        asked(journal, 1, vec![add("a", 1)]);
        let history = journal.history(run(1), 0, 9).expect("reads");
        assert_eq!(history[0].events, [Event::StepSucceeded { op: OpId(1), result: Value::Bool(true) }]);
        assert_eq!(history[0].at.unix_ms(), 0);
    });
}

#[test]
fn what_is_sent_again_is_answered_as_before() {
    each(|journal| {
        journal.commit(&[asking(1, 0, add("a", 1)), asking(1, 1, get("a"))]).expect("stored");
        asked(journal, 2, vec![delete("a"), put("a", 5)]);
        let again = journal.commit(&[asking(1, 0, add("a", 1)), asking(1, 1, get("a"))]).expect("stored");
        assert_eq!(again, [gives(Value::Bool(true)), gives(Value::Int(1))]);
        assert_eq!(asked(journal, 3, vec![get("a")]), [gives(Value::Int(5))]);
        // Also within one transaction.
        let twice = journal.commit(&[asking(4, 0, add("b", 1)), asking(4, 0, add("b", 1))]).expect("stored");
        assert_eq!(twice, vec![gives(Value::Bool(true)); 2]);
    });
}

#[test]
fn what_is_no_repetition_is_refused_and_changes_nothing() {
    each(|journal| {
        journal.commit(&[write(1, 0), asking(1, 1, add("a", 1))]).expect("stored");
        let mut other = asking(1, 1, put("a", 9));
        other.decide.as_mut().expect("asks").op = OpId(7);
        for (wrong, why) in [
            (asking(1, 0, put("a", 9)), Refusal::Rewritten),
            (other, Refusal::Rewritten),
            (asking(1, 3, put("a", 9)), Refusal::Gap { next: 2 }),
        ] {
            let refused = journal.commit(&[asking(2, 0, put("a", 8)), wrong]);
            assert!(matches!(refused, Err(Error::Refused { write: 1, why: found, .. }) if found == why));
        }
        assert_eq!(asked(journal, 3, vec![get("a")]), [gives(Value::Int(1))]);
    });
}

#[test]
fn a_workflow_has_so_many_keys_and_no_more() {
    each(|journal| {
        let fill: Vec<Write> = (0..MAX_KEYS).map(|n| asking(1, n, put(&format!("{n:05}"), 0))).collect();
        journal.commit(&fill).expect("stored");
        let over = journal.commit(&[asking(2, 0, put("x", 1))]).expect("no failure of the store");
        assert_eq!(over, [Outcome::Decided(Verdict::TooManyKeys)]);
        assert_eq!(journal.length(run(2)).expect("reads"), 0, "nothing of it is stored");
        // A key that is there may change, one that is gone makes room.
        let found = asked(journal, 2, vec![put("00001", 1), delete("00000"), add("x", 1)]);
        assert_eq!(found, [gives(Value::Unit), gives(Value::Bool(true)), gives(Value::Bool(true))]);
        let over = journal.commit(&[asking(2, 3, add("y", 1))]).expect("no failure of the store");
        assert_eq!(over, [Outcome::Decided(Verdict::TooManyKeys)]);
    });
}

#[test]
fn a_list_is_bounded() {
    each(|journal| {
        let key = |n: u64| Arc::<str>::from(format!("{n:05}{}", "k".repeat(240)));
        let count = MAX_LISTED_BYTES as u64 / 240;
        let fill: Vec<Write> = (0..count).map(|n| asking(1, n, Ask::Put { key: key(n), value: Value::Unit })).collect();
        journal.commit(&fill).expect("stored");
        let verdict = |ask| journal.commit(&[asking(2, 0, ask)]).expect("no failure of the store").remove(0);
        assert_eq!(verdict(list("0")), Outcome::Decided(Verdict::TooMuch));
        assert_eq!(journal.length(run(2)).expect("reads"), 0, "nothing of it is stored");
        assert!(
            matches!(verdict(list("00")), Outcome::Decided(Verdict::Gives(Value::List(keys))) if keys.len() == 1_000)
        );
    });
}
