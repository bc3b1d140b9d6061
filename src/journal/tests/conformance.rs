//! The promises of [`Journal`], held by both journals, and by one that is reached through another process.

use crate::journal::{
    Error, Filter, Journal, MAX_PAGE_BYTES, MemoryJournal, Outcome, Record, Refusal, Snapshot, Write,
};
use crate::link::tests::Pair;
use crate::model::{Digest, Event, RunId, RunStatus, Time, Value};

use super::{claiming, fresh_redb, record, run, summary, with_status, write};

/// Runs the check on each kind of journal.
fn each(check: impl Fn(&dyn Journal)) {
    check(&MemoryJournal::new());
    check(&*fresh_redb());
    let pair = Pair::new();
    check(&pair.client);
}

fn refusal(result: Result<Vec<Outcome>, Error>) -> (usize, Refusal) {
    match result.expect_err("refused") {
        Error::Refused { write, why, .. } => (write, why),
        other => panic!("no refusal: {other}"),
    }
}

fn ids(rows: &[crate::model::RunSummary]) -> Vec<RunId> {
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn a_history_is_what_was_committed_in_order() {
    each(|journal| {
        assert_eq!(journal.history(run(1), 0, 10).expect("reads"), []);
        journal.commit(&[write(1, 0), write(2, 0), write(1, 1)]).expect("stored");
        journal.commit(&[write(1, 2), write(2, 1)]).expect("stored");
        let all: Vec<Record> = (0..3).map(|seq| record(1_000 + seq)).collect();
        assert_eq!(journal.history(run(1), 0, 10).expect("reads"), all);
        assert_eq!(journal.history(run(1), 1, 1).expect("reads"), all[1..2]);
        assert_eq!(journal.history(run(1), 3, 10).expect("reads"), []);
        assert_eq!(journal.history(run(1), u64::MAX, 10).expect("reads"), []);
        assert_eq!(journal.length(run(1)).expect("reads"), 3);
        assert_eq!(journal.length(run(2)).expect("reads"), 2);
        assert_eq!(journal.length(run(3)).expect("reads"), 0);
    });
}

#[test]
fn a_gap_and_a_change_of_the_past_are_refused_and_nothing_of_the_transaction_is_stored() {
    each(|journal| {
        journal.commit(&[write(1, 0), write(1, 1)]).expect("stored");
        let gap = journal.commit(&[write(2, 0), write(1, 3), write(1, 2)]);
        assert_eq!(refusal(gap), (1, Refusal::Gap { next: 2 }));
        let other = Write { record: record(9).encode(), ..write(1, 0) };
        assert_eq!(refusal(journal.commit(&[write(2, 0), other.clone()])), (1, Refusal::Rewritten));
        let other = Write { record: record(9).encode(), ..write(1, 1) };
        assert_eq!(refusal(journal.commit(&[write(2, 0), other])), (1, Refusal::Rewritten));
        let twice = Write { record: record(9).encode(), ..write(3, 0) };
        assert_eq!(refusal(journal.commit(&[write(3, 0), twice])), (1, Refusal::Rewritten));
        assert_eq!(refusal(journal.commit(&[write(4, 5)])), (0, Refusal::Gap { next: 0 }));
        for n in 2..5 {
            assert_eq!(journal.length(run(n)).expect("reads"), 0);
        }
        // And the journal goes on.
        journal.commit(&[write(1, 2), write(2, 0)]).expect("stored");
        assert_eq!(journal.length(run(1)).expect("reads"), 3);
    });
}

#[test]
fn a_write_sent_again_is_stored_once() {
    each(|journal| {
        let first = with_status(write(1, 0), 1, RunStatus::Running);
        journal.commit(&[first.clone(), write(1, 1)]).expect("stored");
        let last = with_status(write(1, 2), 1, RunStatus::Succeeded);
        journal.commit(std::slice::from_ref(&last)).expect("stored");
        let again = journal.commit(&[write(1, 1), first.clone(), last]).expect("stored");
        assert_eq!(again, vec![Outcome::Stored; 3]);
        assert_eq!(journal.length(run(1)).expect("reads"), 3);
        let status = journal.summary(run(1)).expect("reads").expect("a row").status;
        assert_eq!(status, RunStatus::Succeeded, "an old row doesn't come back");
        assert_eq!(journal.unfinished().expect("reads"), []);
        let within = journal.commit(&[write(2, 0), write(2, 0), write(2, 1)]).expect("stored");
        assert_eq!(within, vec![Outcome::Stored; 3]);
        assert_eq!(journal.length(run(2)).expect("reads"), 2);
    });
}

#[test]
fn a_record_beyond_the_limit_is_refused() {
    each(|journal| {
        let bytes = crate::journal::MAX_RECORD_BYTES + 1;
        let large = Write { record: vec![1; bytes], ..write(1, 0) };
        let (_, why) = refusal(journal.commit(&[large]));
        assert_eq!(why, Refusal::TooLarge { bytes, limit: bytes - 1 });
        journal.commit(&[write(1, 0)]).expect("stored");
    });
}

#[test]
fn a_key_belongs_to_the_first_run_that_claims_it() {
    each(|journal| {
        let first = claiming(with_status(write(1, 0), 1, RunStatus::Running), "k", 7);
        let second = claiming(with_status(write(2, 0), 2, RunStatus::Running), "k", 8);
        let known = Outcome::Known { run: run(1), input: Digest([7; 32]) };
        // Within one transaction, in the next, and sent again.
        let outcomes = journal.commit(&[first.clone(), second.clone(), claiming(write(3, 0), "l", 1)]);
        assert_eq!(outcomes.expect("stored"), [Outcome::Stored, known.clone(), Outcome::Stored]);
        assert_eq!(journal.commit(&[second, first]).expect("stored"), [known, Outcome::Stored]);
        assert_eq!(journal.length(run(2)).expect("reads"), 0);
        assert_eq!(journal.summary(run(2)).expect("reads"), None);
        assert_eq!(ids(&journal.unfinished().expect("reads")), [run(1)]);
        assert_eq!(journal.known("w", "k").expect("reads"), Some((run(1), Digest([7; 32]))));
        assert_eq!(journal.known("w", "l").expect("reads"), Some((run(3), Digest([1; 32]))));
        assert_eq!(journal.known("v", "k").expect("reads"), None);
    });
}

#[test]
fn a_claim_of_a_refused_transaction_is_free() {
    each(|journal| {
        refusal(journal.commit(&[claiming(write(1, 0), "k", 7), write(2, 1)]));
        assert_eq!(journal.known("w", "k").expect("reads"), None);
        assert_eq!(journal.commit(&[claiming(write(2, 0), "k", 8)]).expect("stored"), [Outcome::Stored]);
    });
}

#[test]
fn unfinished_runs_are_those_whose_row_says_so() {
    each(|journal| {
        let start = |n| with_status(write(n, 0), n, RunStatus::Running);
        journal.commit(&[start(1), start(2), start(3), start(4), start(5)]).expect("stored");
        let next = |n, status| with_status(write(n, 1), n, status);
        journal
            .commit(&[
                next(1, RunStatus::Succeeded),
                next(2, RunStatus::Waiting),
                next(3, RunStatus::Failed),
                next(4, RunStatus::NeedsAttention),
                next(5, RunStatus::Stopped),
            ])
            .expect("stored");
        assert_eq!(ids(&journal.unfinished().expect("reads")), [run(2), run(4)]);
        assert_eq!(ids(&journal.live(None, 1).expect("reads")), [run(2)]);
        assert_eq!(ids(&journal.live(Some(run(2)), 9).expect("reads")), [run(4)]);
        assert_eq!(journal.summary(run(2)).expect("reads"), Some(summary(2, RunStatus::Waiting)));
        assert_eq!(journal.summary(run(9)).expect("reads"), None);
    });
}

/// The row of a run that waits, until `due` if there is such a time.
fn waiting(n: u64, seq: u64, due: Option<i64>) -> Write {
    let mut write = with_status(write(n, seq), n, RunStatus::Waiting);
    write.summary.as_mut().expect("a row").due = due.map(Time::from_unix_ms);
    write
}

#[test]
fn runs_that_wait_rest_and_are_due_in_the_order_of_their_times() {
    each(|journal| {
        let due = |until, after: Option<(i64, u64)>, most| {
            let after = after.map(|(due, n)| (Time::from_unix_ms(due), run(n)));
            let page = journal.due(Time::from_unix_ms(until), after, most).expect("reads");
            page.into_iter().map(|(due, run)| (due.unix_ms(), run)).collect::<Vec<_>>()
        };
        journal.commit(&[with_status(write(1, 0), 1, RunStatus::Running), waiting(2, 0, Some(70))]).expect("stored");
        journal.commit(&[waiting(3, 0, Some(50)), waiting(4, 0, None), waiting(5, 0, Some(70))]).expect("stored");
        assert_eq!(journal.awake(None, 9).expect("reads"), [run(1)]);
        assert_eq!(journal.awake(Some(run(1)), 9).expect("reads"), []);
        assert_eq!(due(100, None, 9), [(50, run(3)), (70, run(2)), (70, run(5))]);
        assert_eq!(due(100, None, 2), [(50, run(3)), (70, run(2))]);
        assert_eq!(due(100, Some((70, 2)), 9), [(70, run(5))]);
        assert_eq!(due(69, None, 9), [(50, run(3))]);
        assert_eq!(due(60, Some((70, 2)), 9), []);
        assert_eq!(due(i64::MAX, None, 9).len(), 3);
        // One goes on, one waits longer, one is paused, one ends.
        journal
            .commit(&[
                with_status(write(3, 1), 3, RunStatus::Running),
                waiting(2, 1, Some(90)),
                with_status(write(4, 1), 4, RunStatus::Paused),
                with_status(write(5, 1), 5, RunStatus::Stopped),
            ])
            .expect("stored");
        assert_eq!(journal.awake(None, 9).expect("reads"), [run(1), run(3)]);
        assert_eq!(due(100, None, 9), [(90, run(2))]);
        assert_eq!(ids(&journal.live(None, 2).expect("reads")), [run(1), run(2)]);
        assert_eq!(ids(&journal.live(Some(run(2)), 9).expect("reads")), [run(3), run(4)]);
        // A row without a status that changed leaves it where it is, and one that is sent again is no second one.
        journal.commit(&[waiting(2, 1, Some(90)), waiting(2, 2, Some(90)), write(3, 2)]).expect("stored");
        assert_eq!(due(100, None, 9), [(90, run(2))]);
        assert_eq!(journal.awake(None, 9).expect("reads"), [run(1), run(3)]);
    });
}

#[test]
fn a_snapshot_is_the_last_one_that_was_stored() {
    each(|journal| {
        let with = |seq, snapshot| Write { snapshot: Some(snapshot), ..write(1, seq) };
        assert_eq!(journal.snapshot(run(1)).expect("reads"), None);
        journal.commit(&[with(0, Snapshot::Store(b"one".to_vec())), write(1, 1)]).expect("stored");
        assert_eq!(journal.snapshot(run(1)).expect("reads").as_deref(), Some(&b"one"[..]));
        journal.commit(&[with(2, Snapshot::Store(b"two".to_vec()))]).expect("stored");
        assert_eq!(journal.snapshot(run(1)).expect("reads").as_deref(), Some(&b"two"[..]));
        journal.commit(&[with(3, Snapshot::Drop)]).expect("stored");
        assert_eq!(journal.snapshot(run(1)).expect("reads"), None);
    });
}

#[test]
fn what_is_owed_is_owed_until_it_is_settled() {
    each(|journal| {
        let start = |n| with_status(write(n, 0), n, RunStatus::Running);
        journal.commit(&[start(1), start(2), start(3), start(4)]).expect("stored");
        journal.commit(&[with_status(write(2, 1), 2, RunStatus::Succeeded)]).expect("stored");
        let owed = |after, most| journal.owed(after, most).expect("reads");
        let pair = |caller, child| (run(caller), run(child));
        let ends =
            |n, caller| Write { owes: vec![pair(caller, n)], ..with_status(write(n, 1), n, RunStatus::Succeeded) };
        // To one that goes on, to one that has ended, to one that is not there.
        journal.commit(&[ends(3, 1), ends(4, 2)]).expect("stored");
        journal.commit(&[start(5), start(6)]).expect("stored");
        journal.commit(&[ends(5, 1), ends(6, 99)]).expect("stored");
        assert_eq!(owed(None, 9), [pair(1, 3), pair(1, 5)]);
        assert_eq!(owed(None, 1), [pair(1, 3)]);
        assert_eq!(owed(Some(pair(1, 3)), 9), [pair(1, 5)]);
        journal.commit(&[Write { settles: vec![pair(1, 3), pair(1, 9)], ..write(1, 1) }]).expect("stored");
        assert_eq!(owed(None, 9), [pair(1, 5)]);
        // What a write settles and owes anew is owed.
        let both = Write { settles: vec![pair(1, 5)], owes: vec![pair(1, 5)], ..write(1, 2) };
        journal.commit(&[both]).expect("stored");
        assert_eq!(owed(None, 9), [pair(1, 5)]);
        journal.commit(&[Write { settles: vec![pair(1, 5)], ..write(1, 3) }]).expect("stored");
        assert_eq!(owed(None, 9), []);
        // With the caller's end nothing is owed to it any more, and to others what was.
        journal.commit(&[with_status(write(7, 0), 7, RunStatus::Running)]).expect("stored");
        journal.commit(&[Write { owes: vec![pair(1, 5), pair(1, 6), pair(7, 6)], ..write(1, 4) }]).expect("stored");
        assert_eq!(owed(None, 9), [pair(1, 5), pair(1, 6), pair(7, 6)]);
        journal.commit(&[with_status(write(1, 5), 1, RunStatus::Failed)]).expect("stored");
        assert_eq!(owed(None, 9), [pair(7, 6)]);
    });
}

#[test]
fn lists_are_newest_first_and_filtered() {
    each(|journal| {
        let writes: Vec<Write> = (0..20).map(|n| with_status(write(n, 0), n, RunStatus::Running)).collect();
        journal.commit(&writes).expect("stored");
        journal.commit(&[with_status(write(7, 1), 7, RunStatus::Failed)]).expect("stored");
        let list = |filter: Filter| ids(&journal.runs(&filter).expect("reads"));
        let newest = Filter::newest(3);
        assert_eq!(list(newest.clone()), [run(19), run(18), run(17)]);
        assert_eq!(list(Filter { before: Some(run(17)), ..newest.clone() }), [run(16), run(15), run(14)]);
        assert_eq!(list(Filter { before: Some(run(1)), ..newest.clone() }), [run(0)]);
        assert_eq!(list(Filter { before: Some(RunId::from_bytes([0; 16])), ..newest.clone() }), []);
        assert_eq!(list(Filter { workflow: Some("odd".into()), ..newest.clone() }), [run(19), run(17), run(15)]);
        assert_eq!(list(Filter { status: Some(RunStatus::Failed), ..newest.clone() }), [run(7)]);
        let since = Some(summary(18, RunStatus::Running).created_at);
        assert_eq!(list(Filter { since, ..newest.clone() }), [run(19), run(18)]);
        let never = Some(Time::from_unix_ms(i64::MAX));
        assert_eq!(list(Filter { since: never, ..newest.clone() }), []);
        assert_eq!(list(Filter { most: 0, ..newest }), []);
    });
}

#[test]
fn an_ending_finds_its_runs() {
    each(|journal| {
        let writes: Vec<Write> = (0..40).map(|n| with_status(write(n, 0), n, RunStatus::Running)).collect();
        journal.commit(&writes).expect("stored");
        let find = |suffix: &str, most| journal.ending_with(suffix, most).expect("reads");
        let id = run(18).to_string();
        assert_eq!(find(&id, 9), [run(18)]);
        assert_eq!(find(&id.to_uppercase(), 9), [run(18)]);
        assert_eq!(find(&id.replace('-', ""), 9), [run(18)]);
        assert_eq!(find("12", 9), [run(18)], "18 is 12 in hex");
        assert_eq!(find("2", 9), [run(34), run(18), run(2)]);
        assert_eq!(find("2", 2), [run(34), run(18)]);
        assert_eq!(find("012", 9), [run(18)], "an odd number of digits");
        for nothing in ["", "-", "xyz", "fff", &format!("0{}", id.replace('-', ""))] {
            assert_eq!(find(nothing, 9), [], "{nothing}");
        }
    });
}

#[test]
fn children_are_found_by_their_parent() {
    each(|journal| {
        let child = |n, parent| {
            let mut write = with_status(write(n, 0), n, RunStatus::Running);
            write.summary.as_mut().expect("a row").parent = Some(run(parent));
            write
        };
        journal.commit(&[child(2, 1), child(3, 1), child(4, 2)]).expect("stored");
        assert_eq!(ids(&journal.children(run(1), None, 9).expect("reads")), [run(2), run(3)]);
        assert_eq!(ids(&journal.children(run(1), None, 1).expect("reads")), [run(2)]);
        assert_eq!(ids(&journal.children(run(1), Some(run(2)), 9).expect("reads")), [run(3)]);
        assert_eq!(ids(&journal.children(run(2), None, 9).expect("reads")), [run(4)]);
        assert_eq!(journal.children(run(3), None, 9).expect("reads"), []);
    });
}

#[test]
fn a_text_is_stored_once_under_its_hash() {
    each(|journal| {
        let with = |n: u64, text: &str| Write {
            texts: vec![(Digest([9; 32]), text.into()), (Digest([n as u8; 32]), "own".into())],
            ..write(n, 0)
        };
        journal.commit(&[with(1, "text"), with(2, "other")]).expect("stored");
        journal.commit(&[with(3, "other")]).expect("stored");
        assert_eq!(journal.text(Digest([9; 32])).expect("reads").as_deref(), Some("text"));
        assert_eq!(journal.text(Digest([3; 32])).expect("reads").as_deref(), Some("own"));
        assert_eq!(journal.text(Digest([4; 32])).expect("reads"), None);
        // A refused transaction leaves no text, and none is taken for stored.
        refusal(journal.commit(&[with(4, "x"), write(5, 5)]));
        assert_eq!(journal.text(Digest([4; 32])).expect("reads"), None);
        journal.commit(&[with(4, "x")]).expect("stored");
        assert_eq!(journal.text(Digest([4; 32])).expect("reads").as_deref(), Some("own"));
    });
}

#[test]
fn pages_of_a_history_are_bounded_in_bytes() {
    each(|journal| {
        let text = "x".repeat(MAX_PAGE_BYTES / 2);
        let large = Record { at: Time::default(), events: vec![Event::RunSucceeded { output: Value::text(text) }] };
        let writes: Vec<Write> = (0..5).map(|seq| Write { record: large.encode(), ..write(1, seq) }).collect();
        journal.commit(&writes).expect("stored");
        assert_eq!(journal.history(run(1), 0, 9).expect("reads").len(), 2);
        assert_eq!(journal.history(run(1), 4, 9).expect("reads").len(), 1);
    });
}

#[test]
fn an_unreadable_record_is_a_fault_of_its_run_alone() {
    each(|journal| {
        let broken = Write { record: b"\x01{\"at\":".to_vec(), ..write(1, 0) };
        let newer = Write { record: b"\x07{}".to_vec(), ..write(2, 0) };
        journal.commit(&[broken, newer, write(3, 0)]).expect("stored");
        let error = journal.history(run(1), 0, 9).expect_err("unreadable");
        assert!(matches!(error, Error::Unreadable { .. }) && error.is_of_one_run(), "{error}");
        let error = journal.history(run(2), 0, 9).expect_err("newer");
        assert!(matches!(error, Error::UnknownVersion { found: 7, .. }) && error.is_of_one_run(), "{error}");
        assert_eq!(journal.history(run(3), 0, 9).expect("reads").len(), 1);
    });
}

#[test]
fn a_settled_journal_reads_as_before() {
    each(|journal| {
        journal.commit(&[write(1, 0)]).expect("stored");
        journal.settle().expect("settled");
        journal.settle().expect("settled twice");
        journal.commit(&[]).expect("nothing to store");
        journal.commit(&[write(1, 1)]).expect("stored");
        assert_eq!(journal.length(run(1)).expect("reads"), 2);
    });
}

#[test]
fn what_is_kept_for_secrets_is_kept_by_name() {
    each(|journal| {
        assert_eq!(journal.secrets().expect("reads"), []);
        assert_eq!(journal.secret("A").expect("reads"), None);
        assert!(!journal.keep_secret("A", None).expect("kept"));
        assert!(!journal.keep_secret("B", Some(b"second")).expect("kept"));
        assert!(!journal.keep_secret("A", Some(b"first")).expect("kept"));
        assert!(journal.keep_secret("A", Some(b"\x00other\xff")).expect("kept"));
        assert_eq!(journal.secret("A").expect("reads").as_deref(), Some(&b"\x00other\xff"[..]));
        let all = [("A".to_string(), b"\x00other\xff".to_vec()), ("B".to_string(), b"second".to_vec())];
        assert_eq!(journal.secrets().expect("reads"), all);
        assert!(journal.keep_secret("A", None).expect("kept"));
        assert_eq!(journal.secrets().expect("reads"), all[1..]);
        assert!(!journal.keep_secret_if_absent("B", b"third").expect("asked"));
        assert!(journal.keep_secret_if_absent("C", b"third").expect("kept"));
        assert!(!journal.keep_secret_if_absent("C", b"fourth").expect("asked"));
        assert_eq!(journal.secret("B").expect("reads").as_deref(), Some(&b"second"[..]));
        assert_eq!(journal.secret("C").expect("reads").as_deref(), Some(&b"third"[..]));
    });
}
