//! Orders: what a run takes as it stands, and why not.

use crate::engine::{Input, admit};
use crate::model::{Order, Value};

use super::builder::{Flow, flow, set, sleep, wait};
use super::world::World;

fn signal(name: &str, parameters: Value) -> Order {
    Order::Signal { name: name.into(), source: "ops".into(), delivery: None, parameters }
}

fn x(value: Value) -> Value {
    Value::map([("x", value)])
}

fn answer(world: &World, order: Order) -> Result<Input, String> {
    let admitted = admit(&world.program, &world.run, order, world.now).map_err(|refusal| refusal.to_string())?;
    Ok(admitted.expect("nothing was sent before"))
}

fn waiting() -> Flow {
    flow(vec![wait("w", "go").s()]).signal("go").signal("news")
}

#[test]
fn a_message_is_taken_with_its_parameters_admitted() {
    let world = World::of(waiting());
    let taken = answer(&world, signal("go", x(Value::Int(1))));
    let expected =
        Input::Signal { name: "go".into(), source: "ops".into(), delivery: None, parameters: x(Value::Int(1)) };
    assert_eq!(taken, Ok(expected));
}

#[test]
fn what_is_wrong_with_a_message_is_named() {
    let world = World::of(waiting());
    let refused = |order| answer(&world, order).expect_err("it is refused");
    assert_eq!(
        refused(signal("stay", x(Value::Unit))),
        "its workflow declares no signal `stay`; it declares `go`, `news`"
    );
    assert_eq!(refused(signal("go", Value::map::<&str>([]))), "parameter `x` (any) is missing and has no default");
    let two = Value::map([("x", Value::Unit), ("y", Value::Unit)]);
    assert_eq!(refused(signal("go", two)), "there is no parameter `y`; signal `go` takes x");
    let large = x(Value::text("y".repeat(64 << 10)));
    assert!(refused(signal("go", large)).contains("(limit `signal size`)"));
    let none = World::of(flow(vec![sleep("1s")]));
    assert_eq!(
        answer(&none, signal("go", x(Value::Unit))),
        Err("its workflow declares no signal `go`: it declares none".into())
    );
}

#[test]
fn so_many_messages_are_kept_and_no_more() {
    let mut world = World::of(flow(vec![sleep("1h")]).signal("go"));
    for _ in 0..1_000 {
        let input = answer(&world, signal("go", x(Value::Unit))).expect("there is room");
        world.tell(input);
    }
    let more = answer(&world, signal("go", x(Value::Unit))).expect_err("there is none");
    assert_eq!(more, "it keeps 1000 messages that no wait has taken (limit `untaken signals`)");
}

#[test]
fn a_run_is_paused_unpaused_and_stopped_once() {
    let mut world = World::of(waiting());
    assert_eq!(answer(&world, Order::Unpause), Err("it is not paused".into()));
    world.tell(answer(&world, Order::Pause).expect("it goes on"));
    assert_eq!(answer(&world, Order::Pause), Err("it is paused already".into()));
    assert!(answer(&world, signal("go", x(Value::Unit))).is_ok());
    assert_eq!(answer(&world, Order::Unpause), Ok(Input::Unpause));
    assert_eq!(answer(&world, Order::Stop), Ok(Input::Stop));
}

#[test]
fn a_run_that_is_ending_or_has_ended_is_left_alone() {
    use super::builder::attempt;
    let mut world = World::of(flow(vec![attempt(vec![sleep("1h")]).finally(vec![sleep("1m")])]).signal("go"));
    world.tell(answer(&world, Order::Stop).expect("it goes on"));
    for order in [Order::Stop, Order::Pause] {
        assert_eq!(answer(&world, order), Err("it is being ended already".into()));
    }
    assert!(answer(&world, signal("go", x(Value::Unit))).is_ok(), "a `finally` may wait for it");
    let over = World::of(flow(vec![set("a", "1")]).signal("go"));
    for order in [Order::Stop, Order::Pause, Order::Unpause, signal("go", x(Value::Unit))] {
        assert_eq!(answer(&over, order), Err("it has ended: succeeded".into()));
    }
}
