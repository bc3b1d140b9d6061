//! Undo: held as a step ends, performed latest first when the `try` around it fails, its race branch loses, or the
//! run fails or is stopped.

use crate::engine::Input;
use crate::model::RunStatus;

use super::builder::{
    S, StepText, attempt, bare, branch, call, each, each_parallel, fail, flow, give, give_back, log, parallel, race,
    sleep, step, wait,
};
use super::world::World;

/// A step with an undo that is told the step's result.
fn undone(name: &str) -> StepText {
    step(name).undo(step("u").arg("was", name))
}

#[test]
fn a_run_that_fails_is_undone_latest_first() {
    let mut w = World::of(flow(vec![undone("a").s(), undone("b").s(), fail("\"x\"")]));
    w.gives("a", "1");
    w.skip().gives("b", "2");
    w.happened(&["b gives 2", "b.undo is held with {\"was\":2}", "b.undo begins"]);
    w.asked(&["perform b.undo, attempt 1 {\"was\":2}"]);
    w.gives("b.undo", "()");
    w.happened(&["b.undo gives null", "a.undo begins"]);
    w.crashes();
    w.asked(&["perform a.undo again, attempt 1 {\"was\":1}"]);
    w.gives("a.undo", "()");
    w.happened(&["a.undo goes on with attempt 1", "a.undo gives null", "the run fails: failed: x"]);
}

#[test]
fn a_run_that_succeeds_keeps_its_effects() {
    let mut w = World::of(flow(vec![undone("a").s()]));
    w.gives("a", "1");
    w.succeeded("{}");
}

#[test]
fn a_step_that_failed_has_nothing_to_undo() {
    let mut w = World::of(flow(vec![undone("a").s()]));
    w.skip().fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no", "the run fails: exec: no"]);
}

#[test]
fn an_unknown_outcome_is_undone_without_a_result() {
    for kind in ["timeout", "http", "limit"] {
        let mut w = World::of(flow(vec![undone("a").s()]));
        w.skip().fails("a", kind);
        let happened = w.sentences();
        assert_eq!(happened[2..], ["a.undo is held with {\"was\":null}", "a.undo begins"], "{kind}: {happened:?}");
    }
}

#[test]
fn an_earlier_attempt_of_unknown_outcome_counts_too() {
    let mut w = World::of(flow(vec![undone("a").retry("1").every("1s", "1s").when("true").s()]));
    w.fails("a", "timeout");
    w.passes("1s");
    w.skip().fails("a", "exec");
    assert_eq!(w.sentences()[2], "a.undo is held with {\"was\":null}");
    let mut w = World::of(flow(vec![undone("a").retry("1").every("1s", "1s").s()]));
    w.fails("a", "timeout");
    w.skip().tell(Input::Stop);
    assert_eq!(w.sentences()[2..], ["a is stopped", "a.undo is held with {\"was\":null}", "a.undo begins"]);
}

#[test]
fn an_attempt_that_a_death_cut_off_counts_too() {
    let mut w = World::of(flow(vec![undone("a").s()]));
    w.crashes();
    w.skip().fails("a", "exec");
    w.happened(&[
        "a's attempt 1 fails: exec: no",
        "a fails: exec: no",
        "a.undo is held with {\"was\":null}",
        "a.undo begins",
    ]);
}

#[test]
fn what_became_of_a_child_is_known_after_a_death() {
    let child = call("a", "kid").undo(step("u"));
    let mut w = World::among(vec![("main", flow(vec![child.s()])), ("kid", flow(vec![]))]);
    w.crashes();
    w.skip().fails("a", "exec");
    w.happened(&["a's attempt 1 fails: exec: no", "a fails: exec: no", "the run fails: exec: no"]);
}

#[test]
fn a_fallen_back_step_of_unknown_outcome_is_undone_too() {
    let mut w = World::of(flow(vec![undone("a").otherwise("0").s(), fail("\"x\"")]));
    w.skip().fails("a", "timeout");
    assert_eq!(w.sentences()[1..], ["a falls back to 0", "a.undo is held with {\"was\":null}", "a.undo begins"]);
}

#[test]
fn a_try_that_fails_is_undone_before_its_catch() {
    let block = attempt(vec![undone("b").s(), fail("\"x\"")])
        .catch("err", vec![log("\"catch\"")])
        .finally(vec![log("\"finally\"")]);
    let mut w = World::of(flow(vec![undone("a").s(), block]));
    w.gives("a", "1");
    w.skip().gives("b", "2");
    w.gives("b.undo", "()");
    w.happened(&[
        "b gives 2",
        "b.undo is held with {\"was\":2}",
        "b.undo begins",
        "b.undo gives null",
        "logs \"catch\"",
        "logs \"finally\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn a_try_that_succeeds_hands_its_undos_on() {
    let inner = attempt(vec![undone("a").s()]).catch("err", vec![]);
    let outer = attempt(vec![inner, undone("b").s(), fail("\"x\"")]).catch("err", vec![log("\"catch\"")]);
    let mut w = World::of(flow(vec![outer]));
    w.gives("a", "1");
    w.gives("b", "2");
    w.skip().gives("b.undo", "()");
    w.gives("a.undo", "()");
    w.happened(&["b.undo gives null", "a.undo begins", "a.undo gives null", "logs \"catch\"", "the run succeeds: {}"]);
}

#[test]
fn leaving_a_try_by_return_break_or_yield_is_no_failure() {
    for how in [give_back("()"), S::Break, give("1")] {
        let block = attempt(vec![undone("a").s(), how]).catch("err", vec![fail("\"no\"")]);
        let mut w = World::of(flow(vec![each("x", "[1]", vec![block]).bound("all")]));
        w.gives("all[0].a", "1");
        assert_eq!(w.run.status(), RunStatus::Succeeded);
    }
}

#[test]
fn a_failing_catch_is_undone_by_what_is_around_it() {
    let inner = attempt(vec![fail("\"x\"")]).catch("err", vec![undone("a").s(), fail("err")]);
    let mut w = World::of(flow(vec![attempt(vec![inner]).catch("err", vec![log("err.message")])]));
    w.gives("a", "1");
    w.skip().gives("a.undo", "()");
    w.happened(&["a.undo gives null", "logs \"x\"", "the run succeeds: {}"]);
}

#[test]
fn the_loser_of_a_race_is_undone() {
    let left = vec![undone("a").s(), sleep("1h")];
    let right = vec![undone("b").s()];
    let mut w = World::of(flow(vec![race(vec![branch("left", left), branch("right", right)]), fail("\"x\"")]));
    w.gives("left.a", "1");
    w.skip().gives("right.b", "2");
    w.happened(&[
        "right.b gives 2",
        "right.b.undo is held with {\"was\":2}",
        "right ends",
        "left is cancelled",
        "the sleep until +1h is stopped",
        "left.a.undo begins",
    ]);
    w.gives("left.a.undo", "()");
    w.happened(&["left.a.undo gives null", "left ends cancelled", "race joins", "right.b.undo begins"]);
    w.gives("right.b.undo", "()");
    w.happened(&["right.b.undo gives null", "the run fails: failed: x"]);
}

#[test]
fn a_losers_effect_in_flight_is_undone_as_it_ends() {
    let mut w =
        World::of(flow(vec![race(vec![branch("left", vec![undone("a").s()]), branch("right", vec![sleep("1s")])])]));
    w.passes("1s");
    w.skip().gives("left.a", "1");
    w.happened(&["left.a gives 1", "left.a.undo is held with {\"was\":1}", "left.a.undo begins"]);
    w.gives("left.a.undo", "()");
    assert_eq!(w.run.status(), RunStatus::Succeeded);
    let mut w =
        World::of(flow(vec![race(vec![branch("left", vec![undone("a").s()]), branch("right", vec![sleep("1s")])])]));
    w.passes("1s");
    w.skip().fails("left.a", "exec");
    w.happened(&["left.a is stopped", "left ends cancelled", "race joins", "the run succeeds: {}"]);
}

#[test]
fn a_race_ended_by_return_undoes_nothing() {
    let left = vec![undone("a").s(), sleep("1h")];
    let right = vec![step("b").s(), give_back("()")];
    let mut w = World::of(flow(vec![race(vec![branch("left", left), branch("right", right)])]));
    w.gives("left.a", "1");
    w.gives("right.b", "2");
    w.succeeded("{}");
}

#[test]
fn a_race_that_fails_is_undone_in_the_order_of_all() {
    let branches = vec![
        branch("x", vec![undone("a").s(), sleep("1s"), undone("c").s(), sleep("1h")]),
        branch("y", vec![undone("b").s(), step("d").s()]),
    ];
    let mut w = World::of(flow(vec![attempt(vec![race(branches)]).catch("err", vec![log("\"catch\"")])]));
    w.gives("x.a", "1");
    w.gives("y.b", "2");
    w.passes("1s");
    w.gives("x.c", "3");
    w.skip().fails("y.d", "exec");
    for path in ["x.c.undo", "y.b.undo", "x.a.undo"] {
        w.gives(path, "()");
    }
    let begun: Vec<String> = w.sentences().into_iter().filter(|s| s.contains("begins") || s.contains("logs")).collect();
    assert_eq!(begun, ["x.c.undo begins", "y.b.undo begins", "x.a.undo begins", "logs \"catch\""]);
}

#[test]
fn parallel_branches_hand_their_undos_on_at_the_join() {
    let branches = vec![bare(undone("a")), bare(undone("b"))];
    let mut w = World::of(flow(vec![parallel(branches), fail("\"x\"")]));
    w.gives("b", "2");
    w.skip().gives("a", "1");
    w.gives("a.undo", "()");
    w.gives("b.undo", "()");
    let begun: Vec<String> = w.sentences().into_iter().filter(|s| s.contains("begins")).collect();
    assert_eq!(begun, ["a.undo begins", "b.undo begins"], "the latest first");
}

#[test]
fn items_hand_their_undos_on_too() {
    let mut w = World::of(flow(vec![each_parallel("x", "[1, 2]", "1", vec![undone("a").s()]), fail("\"x\"")]));
    w.gives("a[0]", "1");
    w.gives("a[1]", "2");
    w.gives("a[1].undo", "()");
    w.skip().gives("a[0].undo", "()");
    w.happened(&["a[0].undo gives null", "the run fails: failed: x"]);
}

#[test]
fn undos_are_steps_that_are_retried() {
    let text = step("a").undo(step("u").retry("1").every("1s", "1s"));
    let mut w = World::of(flow(vec![text.s(), fail("\"x\"")]));
    w.gives("a", "1");
    w.skip().fails("a.undo", "exec");
    w.passes("1s");
    w.gives("a.undo", "()");
    w.happened(&[
        "a.undo's attempt 1 fails: exec: no; again at +1s",
        "a.undo begins attempt 2",
        "a.undo gives null",
        "the run fails: failed: x",
    ]);
}

#[test]
fn an_undo_that_fails_needs_attention_and_the_others_still_run() {
    let mut w = World::of(flow(vec![undone("a").s(), undone("b").s(), fail("\"x\"")]));
    w.gives("a", "1");
    w.gives("b", "2");
    w.skip().fails("b.undo", "exec");
    w.gives("a.undo", "()");
    w.happened(&[
        "b.undo's attempt 1 fails: exec: no",
        "b.undo fails: exec: no",
        "a.undo begins",
        "a.undo gives null",
        "the run needs attention: exec: no",
    ]);
    assert_eq!(w.run.status(), RunStatus::NeedsAttention);
}

#[test]
fn an_undo_that_failed_is_not_forgotten_where_the_run_goes_on() {
    let mut w = World::of(flow(vec![attempt(vec![undone("a").s(), fail("\"x\"")]).catch("err", vec![log("\"on\"")])]));
    w.gives("a", "1");
    w.skip().fails("a.undo", "exec");
    assert_eq!(w.sentences()[2..], ["logs \"on\"", "the run needs attention: exec: no"]);
}

#[test]
fn an_undo_may_have_an_else() {
    let mut w = World::of(flow(vec![step("a").undo(step("u").otherwise("0")).s(), fail("\"x\"")]));
    w.gives("a", "1");
    w.skip().fails("a.undo", "exec");
    w.happened(&["a.undo's attempt 1 fails: exec: no", "a.undo falls back to 0", "the run fails: failed: x"]);
}

#[test]
fn an_undo_whose_arguments_fail_is_one_that_fails() {
    let mut w = World::of(flow(vec![step("a").undo(step("u").arg("x", "a.b.c")).s(), fail("\"x\"")]));
    w.skip().gives("a", "1");
    let happened = w.sentences();
    assert!(happened[1].starts_with("a.undo is held, but: type"), "{happened:?}");
    assert_eq!(w.run.status(), RunStatus::NeedsAttention);
}

#[test]
fn an_undo_sees_what_was_bound_as_its_step_ended() {
    let body = vec![each("x", "[1, 2]", vec![step("a").undo(step("u").arg("x", "x")).s()]), fail("\"x\"")];
    let mut w = World::of(flow(body));
    w.gives("a[0]", "()");
    w.skip().gives("a[1]", "()");
    w.asked(&["perform a[1].undo, attempt 1 {\"x\":2}"]);
    w.gives("a[1].undo", "()");
    w.asked(&["perform a[0].undo, attempt 1 {\"x\":1}"]);
}

#[test]
fn a_stopped_run_is_undone_after_its_finally() {
    let block = attempt(vec![undone("a").s(), wait("w", "go").s()])
        .catch("err", vec![log("\"no\"")])
        .finally(vec![log("\"finally\"")]);
    let mut w = World::of(flow(vec![block]));
    w.gives("a", "1");
    w.skip().tell(Input::Stop);
    w.happened(&["a stop is asked for", "the body is cancelled", "w is stopped", "logs \"finally\"", "a.undo begins"]);
    w.gives("a.undo", "()");
    w.happened(&["a.undo gives null", "the run is stopped"]);
}

#[test]
fn a_stop_does_not_interrupt_undoing_but_what_follows() {
    let block = attempt(vec![undone("a").s(), fail("\"x\"")])
        .catch("err", vec![log("\"no\"")])
        .finally(vec![log("\"finally\"")]);
    let mut w = World::of(flow(vec![block]));
    w.gives("a", "1");
    w.skip().tell(Input::Stop);
    w.asked(&[]);
    w.gives("a.undo", "()");
    w.happened(&[
        "a stop is asked for",
        "the body is cancelled",
        "a.undo gives null",
        "logs \"finally\"",
        "the run is stopped",
    ]);
}

#[test]
fn a_run_that_has_failed_stays_failed_where_a_stop_comes_as_it_is_undone() {
    let mut w = World::of(flow(vec![undone("a").s(), fail("\"x\"")]));
    w.gives("a", "1");
    w.skip().tell(Input::Stop);
    w.gives("a.undo", "()");
    w.happened(&["a stop is asked for", "the body is cancelled", "a.undo gives null", "the run fails: failed: x"]);
}
