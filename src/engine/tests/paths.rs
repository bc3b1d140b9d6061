//! Paths: outermost part first, indexes from 0.

use super::builder::{attempt, bare, branch, each, each_parallel, flow, parallel, race, repeat, step, when};
use super::world::World;

fn first_path(body: Vec<super::builder::S>) -> String {
    let mut w = World::of(flow(body));
    let begins = w.sentences().into_iter().find(|s| s.ends_with(" begins") && !s.starts_with("item"));
    begins.expect("a step").trim_end_matches(" begins").to_string()
}

#[test]
fn an_unbound_loop_gives_its_index_to_the_next_part() {
    let inner = |body| each("x", "[1]", vec![each("y", "[1]", body)]);
    assert_eq!(first_path(vec![inner(vec![step("page").s()])]), "page[0][0]");
    assert_eq!(first_path(vec![inner(vec![parallel(vec![branch("a", vec![step("x1").s()])])])]), "a[0][0].x1");
}

#[test]
fn a_bound_loop_gives_its_name() {
    assert_eq!(first_path(vec![each("x", "[1]", vec![step("a").s()]).bound("xs")]), "xs[0].a");
    let inner = each("y", "[1]", vec![step("a").s()]).bound("ys");
    assert_eq!(first_path(vec![each("x", "[1]", vec![inner.clone()])]), "ys[0][0].a");
    assert_eq!(first_path(vec![each("x", "[1]", vec![inner]).bound("xs")]), "xs[0].ys[0].a");
    assert_eq!(first_path(vec![repeat("true", vec![step("a").s()]).bound("w")]), "w[0].a");
}

#[test]
fn try_if_and_bound_forks_give_nothing() {
    let deep = attempt(vec![when("true", vec![step("a").s()])]).bound("t");
    assert_eq!(first_path(vec![deep]), "a");
    assert_eq!(first_path(vec![race(vec![branch("b", vec![step("a").s()])]).bound("r")]), "b.a");
    assert_eq!(first_path(vec![parallel(vec![bare(step("a"))]).bound("p")]), "a");
}

#[test]
fn a_for_parallel_gives_what_a_for_gives() {
    assert_eq!(first_path(vec![each_parallel("x", "[1]", "2", vec![step("a").s()])]), "a[0]");
    assert_eq!(first_path(vec![each_parallel("x", "[1]", "2", vec![step("a").s()]).bound("xs")]), "xs[0].a");
    let inner = each_parallel("y", "[1]", "2", vec![step("a").s()]);
    assert_eq!(first_path(vec![each_parallel("x", "[1]", "2", vec![inner])]), "a[0][0]");
    let fork = parallel(vec![branch("b", vec![each("x", "[1]", vec![step("a").s()])])]);
    assert_eq!(first_path(vec![each_parallel("x", "[1]", "2", vec![fork])]), "b[0].a[0]");
}

#[test]
fn an_undo_has_its_steps_path() {
    let body = vec![each("x", "[1]", vec![step("a").undo(step("u")).s(), super::builder::fail("\"x\"")])];
    let mut w = World::of(flow(body));
    w.skip().gives("a[0]", "()");
    w.asked(&["perform a[0].undo, attempt 1"]);
}
