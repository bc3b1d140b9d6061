//! Values, conditions and loops, and how `break`, `continue`, `yield` and `return` leave them.

use super::builder::{S, attempt, each, fail, flow, give, give_back, log, repeat, set, step, when, when_else};
use super::world::World;

#[test]
fn a_step_binds_its_result_and_the_outputs_see_it() {
    let mut w = World::of(flow(vec![step("a").arg("x", "1").s(), set("b", "a + 1")]).output("b", "b"));
    w.happened(&["a begins"]);
    w.asked(&["perform a, attempt 1 {\"x\":1}"]);
    w.gives("a", "5");
    w.happened(&["a gives 5", "the run succeeds: {\"b\":6}"]);
    w.asked(&[]);
}

#[test]
fn the_first_arm_that_holds_is_taken() {
    let arms = |n: &str| {
        let arms = vec![("n == 1".into(), vec![log("\"one\"")]), ("n == 2".into(), vec![log("\"two\"")])];
        vec![set("n", n), S::If(arms, Some(vec![log("\"more\"")]))]
    };
    for (n, word) in [("1", "one"), ("2", "two"), ("3", "more")] {
        let mut w = World::of(flow(arms(n)));
        w.happened(&[&format!("logs \"{word}\""), "the run succeeds: {}"]);
    }
}

#[test]
fn an_if_without_else_is_passed() {
    World::of(flow(vec![when("false", vec![fail("\"no\"")])]).output("a", "1")).succeeded("{\"a\":1}");
}

#[test]
fn a_condition_must_be_true_or_false() {
    let mut w = World::of(flow(vec![when("1", vec![])]));
    w.happened(&["the run fails: type: the condition of `if` must be true or false, not int `1`"]);
}

#[test]
fn a_while_goes_on_until_its_condition_fails() {
    let body = vec![set("n", "0"), repeat("n < 3", vec![step("a").arg("n", "n").s(), set("n", "n + 1")])];
    let mut w = World::of(flow(body).output("n", "n"));
    for n in 0..3 {
        w.asked(&[&format!("perform a[{n}], attempt 1 {{\"n\":{n}}}")]);
        w.gives(&format!("a[{n}]"), "()");
    }
    w.succeeded("{\"n\":3}");
}

#[test]
fn names_end_with_their_block() {
    let body = vec![when("true", vec![set("x", "1")]), set("y", "x + 1")];
    let mut w = World::of(flow(body));
    let happened = w.sentences();
    assert!(happened[0].starts_with("the run fails: "), "{happened:?}");
}

#[test]
fn a_for_goes_through_its_list_in_order() {
    let body = vec![each("x", "[5, 6]", vec![log("x"), log("i")]).index("i")];
    World::of(flow(body)).happened(&["logs \"5\"", "logs \"0\"", "logs \"6\"", "logs \"1\"", "the run succeeds: {}"]);
}

#[test]
fn a_for_over_nothing_is_passed() {
    let body = vec![each("x", "[]", vec![fail("\"no\"")]).bound("all")];
    World::of(flow(body).output("all", "all")).succeeded("{\"all\":[]}");
}

#[test]
fn a_for_goes_through_a_list_and_nothing_else() {
    let mut w = World::of(flow(vec![each("x", "5", vec![])]));
    w.happened(&["the run fails: type: what `for` goes through must be a list, not int `5`"]);
}

#[test]
fn the_items_are_evaluated_once() {
    let body = vec![set("xs", "[1, 2]"), each("x", "xs", vec![set("xs", "[9, 9, 9]"), step("a").arg("x", "x").s()])];
    let mut w = World::of(flow(body));
    w.gives("a[0]", "()");
    w.asked(&["perform a[0], attempt 1 {\"x\":1}", "perform a[1], attempt 1 {\"x\":2}"]);
    w.gives("a[1]", "()");
    w.succeeded("{}");
}

#[test]
fn break_leaves_the_innermost_loop() {
    let inner = each("y", "[1, 2, 3]", vec![when("y == 2", vec![S::Break]), log("y")]);
    let w = &mut World::of(flow(vec![each("x", "[7, 8]", vec![inner, log("x")])]));
    w.happened(&["logs \"1\"", "logs \"7\"", "logs \"1\"", "logs \"8\"", "the run succeeds: {}"]);
}

#[test]
fn continue_goes_on_with_the_next_turn() {
    let body = vec![each("x", "[1, 2, 3]", vec![when("x == 2", vec![S::Continue]), log("x")])];
    World::of(flow(body)).happened(&["logs \"1\"", "logs \"3\"", "the run succeeds: {}"]);
    let body =
        vec![set("n", "0"), repeat("n < 3", vec![set("n", "n + 1"), when("n == 2", vec![S::Continue]), log("n")])];
    World::of(flow(body)).happened(&["logs \"1\"", "logs \"3\"", "the run succeeds: {}"]);
}

#[test]
fn a_bound_loop_gathers_what_its_turns_yield() {
    let inner = vec![when("x == 2", vec![S::Continue]), step("a").s(), when("x == 3", vec![give("a")]), log("x")];
    let mut w = World::of(flow(vec![each("x", "[1, 2, 3, 4]", inner).bound("all")]).output("all", "all"));
    w.gives("all[0].a", "10");
    w.gives("all[2].a", "30");
    w.gives("all[3].a", "40");
    w.succeeded("{\"all\":[30]}");
}

#[test]
fn a_bound_while_gathers_too_and_break_keeps_what_there_is() {
    let body = vec![
        set("n", "0"),
        repeat("true", vec![set("n", "n + 1"), when("n == 4", vec![S::Break]), give("n * n")]).bound("squares"),
    ];
    World::of(flow(body).output("s", "squares")).succeeded("{\"s\":[1,4,9]}");
}

#[test]
fn yield_gives_to_the_nearest_bound_block_through_unbound_ones() {
    let inner = each("y", "[1, 2]", vec![attempt(vec![when("y == 2", vec![give("x * y")])]).finally(vec![log("y")])]);
    let mut w =
        World::of(flow(vec![each("x", "[10, 20]", vec![inner, fail("\"no\"")]).bound("all")]).output("a", "all"));
    w.happened(&["logs \"1\"", "logs \"2\"", "logs \"1\"", "logs \"2\"", "the run succeeds: {\"a\":[20,40]}"]);
}

#[test]
fn a_bound_loop_in_a_bound_loop() {
    let inner = each("y", "[1, 2]", vec![give("x + y")]).bound("row");
    let body = vec![each("x", "[10, 20]", vec![inner, give("row")]).bound("rows")];
    World::of(flow(body).output("rows", "rows")).succeeded("{\"rows\":[[11,12],[21,22]]}");
}

#[test]
fn a_bound_try_takes_its_value_from_body_or_catch() {
    let of = |body: Vec<S>| {
        let block = attempt(body).catch("err", vec![give("err.kind")]).bound("v");
        World::of(flow(vec![block]).output("v", "v"))
    };
    of(vec![give("1"), fail("\"no\"")]).succeeded("{\"v\":1}");
    of(vec![fail("\"no\"")]).succeeded("{\"v\":\"failed\"}");
    of(vec![]).succeeded("{\"v\":null}");
}

#[test]
fn return_ends_the_run_from_any_depth() {
    let deep = each("x", "[1]", vec![repeat("true", vec![attempt(vec![give_back("#{ a: x + 1 }")])])]);
    World::of(flow(vec![deep, fail("\"no\"")]).output("a", "0").output("b", "7")).succeeded("{\"a\":2,\"b\":null}");
}

#[test]
fn return_without_a_value_leaves_the_outputs_out() {
    let body = vec![set("a", "4"), when_else("true", vec![S::Return(None)], vec![]), set("a", "5")];
    World::of(flow(body).output("a", "a")).succeeded("{\"a\":null}");
}

#[test]
fn an_output_that_cannot_be_computed_fails_the_run() {
    let mut w = World::of(flow(vec![]).output("a", "1 / 0"));
    let happened = w.sentences();
    assert!(happened[0].starts_with("the run fails: "), "{happened:?}");
}

#[test]
fn a_loop_is_taken_up_where_it_was_after_a_crash() {
    let body = vec![each("x", "[1, 2, 3]", vec![step("a").s(), give("a + x")]).bound("all")];
    let mut w = World::of(flow(body).output("all", "all"));
    w.gives("all[0].a", "10");
    w.crashes();
    w.gives("all[1].a", "20");
    w.crashes();
    w.gives("all[2].a", "30");
    w.succeeded("{\"all\":[11,22,33]}");
}

#[test]
fn a_step_costs_one_record_and_its_loop_no_copy_of_what_was_gathered() {
    let body = vec![each("x", "[1, 2, 3]", vec![step("a").s(), give("a")]).bound("all")];
    let mut w = World::of(flow(body).output("all", "all"));
    w.gives("all[0].a", "\"first\"");
    w.gives("all[1].a", "\"second\"");
    let last =
        w.events.iter().rev().find(|(_, e)| matches!(e, crate::model::Event::Advanced { .. })).expect("a stretch");
    let json = serde_json::to_string(&last.1).expect("it is written");
    assert!(json.contains("second") && !json.contains("first"), "{json}");
}
