//! `parallel`, `race` and `for … parallel`: who wins, who is cancelled, and what is seen afterwards.

use crate::engine::Input;
use crate::model::RunStatus;

use super::builder::{
    S, attempt, bare, branch, each, each_parallel, fail, flow, give, give_back, log, parallel, race, set, sleep, step,
    wait, when,
};
use super::world::World;

fn two(left: Vec<S>, right: Vec<S>) -> Vec<super::builder::BranchText> {
    vec![branch("left", left), branch("right", right)]
}

#[test]
fn parallel_branches_run_at_once_and_all_must_end() {
    let body = vec![parallel(two(vec![step("a").s()], vec![step("b").s()])), log("\"after\"")];
    let mut w = World::of(flow(body));
    w.asked(&["perform left.a, attempt 1", "perform right.b, attempt 1"]);
    w.gives("right.b", "2");
    w.gives("left.a", "1");
    w.happened(&[
        "parallel forks into left, right",
        "left.a begins",
        "right.b begins",
        "right.b gives 2",
        "right ends",
        "left.a gives 1",
        "left ends",
        "parallel joins",
        "logs \"after\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn a_bare_step_of_a_parallel_is_visible_after_it() {
    let body = vec![parallel(vec![bare(step("a")), bare(step("b"))]), set("sum", "a + b")];
    let mut w = World::of(flow(body).output("sum", "sum"));
    w.asked(&["perform a, attempt 1", "perform b, attempt 1"]);
    w.gives("b", "2");
    w.crashes();
    w.gives("a", "1");
    w.succeeded("{\"sum\":3}");
}

#[test]
fn a_bound_parallel_is_a_map_by_name() {
    let branches = vec![
        branch("left", vec![step("a").s(), give("a + 1")]),
        branch("right", vec![log("\"nothing\"")]),
        bare(step("c")),
    ];
    let mut w = World::of(flow(vec![parallel(branches).bound("p")]).output("p", "p"));
    w.gives("left.a", "1");
    w.gives("c", "7");
    w.succeeded("{\"p\":{\"c\":7,\"left\":2,\"right\":null}}");
}

#[test]
fn a_branch_sees_the_names_around_it_and_not_those_of_its_siblings() {
    let left = vec![set("x", "n + 1"), step("a").arg("x", "x").s()];
    let mut w = World::of(flow(vec![set("n", "1"), parallel(two(left, vec![step("b").arg("n", "n").s()]))]));
    w.asked(&["perform left.a, attempt 1 {\"x\":2}", "perform right.b, attempt 1 {\"n\":1}"]);
    w.gives("left.a", "()");
    w.gives("right.b", "()");
    w.succeeded("{}");
}

#[test]
fn a_branch_that_fails_cancels_the_others_first() {
    let right = vec![attempt(vec![sleep("1h")]).catch("err", vec![log("\"no\"")]).finally(vec![log("\"finally\"")])];
    let body = vec![attempt(vec![parallel(two(vec![step("a").s()], right))]).catch("err", vec![log("err.step")])];
    let mut w = World::of(flow(body));
    w.skip().fails("left.a", "exec");
    w.happened(&[
        "left.a's attempt 1 fails: exec: no",
        "left.a fails: exec: no",
        "left ends failing: exec: no",
        "right is cancelled",
        "the sleep until +1h is stopped",
        "logs \"finally\"",
        "right ends cancelled",
        "parallel joins failing: exec: no",
        "logs \"left.a\"",
        "the run succeeds: {}",
    ]);
}

#[test]
fn the_first_failure_decides_also_where_cancelling_fails() {
    let right = vec![attempt(vec![sleep("1h")]).finally(vec![fail("\"second\"")])];
    let mut w = World::of(flow(vec![parallel(two(vec![fail("\"first\"")], right))]));
    let happened = w.sentences();
    assert_eq!(happened.last().map(String::as_str), Some("the run fails: failed: first"), "{happened:?}");
}

#[test]
fn an_effect_in_flight_is_called_off_and_waited_for() {
    let mut w = World::of(flow(vec![parallel(two(vec![step("a").s()], vec![step("b").s(), log("\"no\"")]))]));
    w.skip().fails("left.a", "exec");
    w.asked(&["cancel right.b, attempt 1"]);
    assert!(w.run.outcome().is_none(), "what is in flight is waited for");
    w.skip().gives("right.b", "5");
    w.happened(&[
        "right.b gives 5",
        "right ends cancelled",
        "parallel joins failing: exec: no",
        "the run fails: exec: no",
    ]);
}

#[test]
fn a_cancelled_step_starts_and_retries_nothing() {
    let right = vec![step("b").retry("5").every("1s", "1s").s()];
    let mut w = World::of(flow(vec![parallel(two(vec![step("a").s()], right.clone()))]));
    w.fails("left.a", "exec");
    w.skip().fails("right.b", "exec");
    assert_eq!(w.sentences()[0], "right.b is stopped");
    assert_eq!(w.run.status(), RunStatus::Failed);
    let mut w = World::of(flow(vec![parallel(two(vec![step("a").s()], right))]));
    w.fails("right.b", "exec");
    w.skip().fails("left.a", "exec");
    let happened = w.sentences();
    assert_eq!(happened[3..5], ["right is cancelled", "right.b is stopped"], "{happened:?}");
}

#[test]
fn return_leaves_a_parallel_and_siblings_keep_their_effects() {
    let right = vec![step("b").undo(step("u")).s(), sleep("1h")];
    let mut w =
        World::of(flow(vec![parallel(two(vec![step("a").s(), give_back("#{ x: 1 }")], right))]).output("x", "0"));
    w.gives("right.b", "()");
    w.skip().gives("left.a", "()");
    w.happened(&[
        "left.a gives null",
        "left ends returning {\"x\":1}",
        "right is cancelled",
        "the sleep until +1h is stopped",
        "right ends cancelled",
        "parallel joins returning {\"x\":1}",
        "the run succeeds: {\"x\":1}",
    ]);
}

#[test]
fn break_and_continue_leave_a_parallel_for_the_loop_around_it() {
    let of = |how: S| {
        let left = vec![step("a").s(), when("i == 0", vec![how]), log("\"on\"")];
        let inner = vec![parallel(two(left, vec![sleep("1s")])), log("\"joined\"")];
        let mut w = World::of(flow(vec![each("x", "[1, 2]", inner).index("i"), log("\"end\"")]));
        w.skip().gives("left[0].a", "()");
        w
    };
    let mut w = of(S::Break);
    let happened = w.sentences();
    assert_eq!(happened[happened.len() - 3..], ["parallel joins by break", "logs \"end\"", "the run succeeds: {}"]);
    let mut w = of(S::Continue);
    let happened = w.sentences();
    assert_eq!(happened[happened.len() - 4], "parallel joins by continue", "{happened:?}");
    w.gives("left[1].a", "()");
    w.passes("1s");
    w.succeeded("{}");
}

#[test]
fn an_empty_parallel_is_passed() {
    World::of(flow(vec![parallel(vec![]).bound("p")]).output("p", "p")).succeeded("{\"p\":{}}");
    World::of(flow(vec![race(vec![]).bound("r")]).output("r", "r")).succeeded("{\"r\":null}");
}

#[test]
fn the_first_to_finish_wins_a_race() {
    let body = vec![race(two(vec![step("a").s(), give("a")], vec![sleep("5s"), give("0")])).bound("r")];
    let mut w = World::of(flow(body.clone()).output("r", "r"));
    w.skip().gives("left.a", "3");
    w.happened(&[
        "left.a gives 3",
        "left ends giving 3",
        "right is cancelled",
        "the sleep until +5s is stopped",
        "right ends cancelled",
        "race joins",
        "the run succeeds: {\"r\":{\"branch\":\"left\",\"value\":3}}",
    ]);
    let mut w = World::of(flow(body).output("r", "r"));
    w.passes("5s");
    assert!(w.run.outcome().is_none(), "the loser's effect is waited for");
    w.gives("left.a", "3");
    w.succeeded("{\"r\":{\"branch\":\"right\",\"value\":0}}");
}

#[test]
fn what_is_decided_before_it_is_performed_is_not_performed() {
    let left = vec![step("a").undo(step("u")).s()];
    let of = |left| World::of(flow(vec![race(two(left, vec![sleep("0s")]))]));
    let mut w = of(left);
    w.asked(&[]);
    w.happened(&[
        "race forks into left, right",
        "left.a begins",
        "sleeps until +0s",
        "the sleep until +0s ends",
        "right ends",
        "left is cancelled",
        "left.a is stopped",
        "left ends cancelled",
        "race joins",
        "the run succeeds: {}",
    ]);
    for child in [super::builder::call("c", "main"), super::builder::start("c", "main")] {
        let mut w = of(vec![child.s()]);
        w.asked(&[]);
        assert_eq!(w.run.status(), RunStatus::Succeeded);
    }
}

#[test]
fn what_an_earlier_process_may_have_performed_is_undone() {
    let left = vec![step("a").undo(step("u")).s()];
    let mut w = World::of(flow(vec![race(two(left, vec![sleep("5s")]))]));
    w.now = w.now.plus(crate::model::Length::from_ms(9_000));
    w.crashes();
    w.asked(&["perform left.a.undo, attempt 1"]);
    let left = vec![super::builder::call("c", "main").s()];
    let mut w = World::of(flow(vec![race(two(left, vec![sleep("5s")]))]));
    w.now = w.now.plus(crate::model::Length::from_ms(9_000));
    w.crashes();
    w.asked(&["run main for left.c, attempt 1 {}", "stop the child of left.c"]);
}

#[test]
fn a_branch_without_yield_wins_with_nothing() {
    let body = vec![race(two(vec![log("\"a\"")], vec![sleep("5s"), give("0")])).bound("r")];
    World::of(flow(body).output("r", "r")).succeeded("{\"r\":{\"branch\":\"left\",\"value\":null}}");
}

#[test]
fn a_branch_that_fails_first_fails_the_race() {
    let body = vec![race(two(vec![fail("\"x\"")], vec![sleep("5s")]))];
    let mut w = World::of(flow(body));
    let happened = w.sentences();
    assert_eq!(happened.last().map(String::as_str), Some("the run fails: failed: x"));
}

#[test]
fn a_race_against_the_clock() {
    let left = vec![wait("w", "go").s(), give("w")];
    let body = vec![race(two(left, vec![sleep("5s"), give("0")])).bound("r"), wait("v", "go").s()];
    let mut w = World::of(flow(body).output("r", "r.value").output("v", "v"));
    w.passes("5s");
    w.signal("go", "9");
    w.succeeded("{\"r\":0,\"v\":9}");
}

#[test]
fn for_parallel_keeps_so_many_at_once_and_the_order_of_its_items() {
    let inner = vec![step("a").arg("x", "x").s(), give("a")];
    let mut w = World::of(flow(vec![each_parallel("x", "[7, 8, 9]", "2", inner).bound("all")]).output("all", "all"));
    w.happened(&["for-parallel forks into item 0, item 1", "all[0].a begins", "all[1].a begins"]);
    w.gives("all[1].a", "80");
    w.happened(&["all[1].a gives 80", "item 1 ends giving 80", "item 2 begins", "all[2].a begins"]);
    w.crashes();
    w.gives("all[2].a", "90");
    w.gives("all[0].a", "70");
    w.succeeded("{\"all\":[70,80,90]}");
}

#[test]
fn an_item_may_yield_nothing_and_continue_ends_it() {
    let inner = vec![when("x == 2", vec![S::Continue]), give("x")];
    World::of(flow(vec![each_parallel("x", "[1, 2, 3]", "2", inner).bound("all")]).output("all", "all"))
        .succeeded("{\"all\":[1,3]}");
}

#[test]
fn for_parallel_has_an_index() {
    let inner = vec![give("x + i")];
    World::of(flow(vec![each_parallel("x", "[1, 2, 3]", "1", inner).bound("all").index("i")]).output("all", "all"))
        .succeeded("{\"all\":[1,3,5]}");
}

#[test]
fn break_ends_a_for_parallel_with_what_there_is() {
    let inner = vec![step("a").s(), when("x == 2", vec![S::Break]), give("x")];
    let mut w = World::of(flow(vec![each_parallel("x", "[1, 2, 3, 4]", "2", inner).bound("all")]).output("all", "all"));
    w.gives("all[0].a", "()");
    w.skip().gives("all[1].a", "()");
    w.happened(&["all[1].a gives null", "item 1 ends by break", "item 2 is cancelled"]);
    w.gives("all[2].a", "()");
    w.succeeded("{\"all\":[1]}");
}

#[test]
fn a_failing_item_begins_no_other() {
    let inner = vec![step("a").s()];
    let mut w = World::of(flow(vec![each_parallel("x", "[1, 2, 3]", "1", inner)]));
    w.skip().fails("a[0]", "exec");
    w.happened(&[
        "a[0]'s attempt 1 fails: exec: no",
        "a[0] fails: exec: no",
        "item 0 ends failing: exec: no",
        "for-parallel joins failing: exec: no",
        "the run fails: exec: no",
    ]);
}

#[test]
fn the_width_has_its_bounds() {
    let first = |width: &str| World::of(flow(vec![each_parallel("x", "[1]", width, vec![])])).sentences().remove(0);
    assert_eq!(
        first("0"),
        "the run fails: type: the number of parallel branches must be a whole number of at least 1, not int `0`"
    );
    assert_eq!(
        first("1001"),
        "the run fails: limit: the number of parallel branches is 1001; the limit `parallel branches` is 1000"
    );
}

#[test]
fn forks_within_forks() {
    let inner = race(two(vec![step("a").s()], vec![sleep("1h")]));
    let body = vec![parallel(vec![branch("x", vec![inner]), branch("y", vec![step("b").s()])])];
    let mut w = World::of(flow(body.clone()));
    w.crashes();
    w.skip().gives("x.left.a", "()");
    w.gives("y.b", "()");
    w.succeeded("{}");
    let mut w = World::of(flow(body));
    w.skip().fails("y.b", "exec");
    w.happened(&[
        "y.b's attempt 1 fails: exec: no",
        "y.b fails: exec: no",
        "y ends failing: exec: no",
        "x is cancelled",
        "left is cancelled",
        "right is cancelled",
        "the sleep until +1h is stopped",
        "right ends cancelled",
    ]);
    w.asked(&["cancel x.left.a, attempt 1"]);
    w.fails("x.left.a", "stopped");
    assert_eq!(w.run.status(), RunStatus::Failed);
}

#[test]
fn a_fork_in_finally_is_not_disturbed_by_a_stop() {
    let inside = parallel(two(vec![step("a").s()], vec![sleep("5s")]));
    let mut w = World::of(flow(vec![attempt(vec![]).finally(vec![inside]), log("\"no\"")]));
    w.skip().tell(Input::Stop);
    w.happened(&["a stop is asked for", "the body is cancelled"]);
    w.gives("left.a", "()");
    w.passes("5s");
    let happened = w.sentences();
    assert_eq!(happened[happened.len() - 2..], ["parallel joins", "the run is stopped"], "{happened:?}");
}

#[test]
fn what_a_long_for_parallel_keeps_is_what_is_needed_of_it() {
    let items: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
    let inner = vec![step("a").s()];
    let mut w = World::of(flow(vec![each_parallel("x", &format!("[{}]", items.join(",")), "4", inner)]));
    for n in 0..1_000 {
        w.gives(&format!("a[{n}]"), "()");
    }
    let state = serde_json::to_string(&w.run).expect("it is written");
    assert!(state.len() < 40_000, "{} bytes of state", state.len());
}
