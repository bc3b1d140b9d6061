//! Figures, run by name: `cargo test --release --lib expr::tests::figures -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use super::{World, ambient, compiled, library};
use crate::expr::{Form, Origin, Scope, compile, evaluate, on_stack};
use crate::model::Value;

/// A body of about so many bytes with a `count` in it.
fn body(bytes: usize) -> World {
    let hosts: Vec<Value> = (0..bytes / 40)
        .map(|n| Value::map([("name", Value::text(format!("host-{n}"))), ("load", Value::Int(n as i64))]))
        .collect();
    let body = Value::map([("count", Value::Int(5)), ("hosts", Value::list(hosts)), ("note", Value::text("fine"))]);
    World::default().with("health", Value::map([("status", Value::Int(200)), ("body", body)]))
}

fn nanos(scope: &dyn Scope, text: &str, times: u32) -> f64 {
    let compiled = compiled(text).expect(text);
    let mut best = f64::MAX;
    for _ in 0..5 {
        let mut ambient = ambient();
        let began = Instant::now();
        for _ in 0..times {
            let _ = black_box(evaluate(black_box(&compiled), scope, &mut ambient));
        }
        best = best.min(began.elapsed().as_nanos() as f64 / f64::from(times));
    }
    best
}

#[test]
#[ignore = "figures are read, not checked"]
fn figures() {
    on_stack(|| {
        let began = Instant::now();
        compiled("1 + 1").expect("it compiles");
        println!("engine and first compile  {:>9.1} µs", began.elapsed().as_nanos() as f64 / 1e3);
        let condition = "health.body.count > 3 && health.status == 200";
        for bytes in [1 << 10, 100 << 10] {
            println!("condition over {bytes:>6} bytes {:>7.0} ns", nanos(&body(bytes), condition, 20_000));
        }
        let world = body(100 << 10);
        for (text, times) in [
            ("health.status", 100_000),
            ("health.status == 200", 20_000),
            ("`https://${health.body.note}.internal/${health.status}`", 20_000),
            ("#{ json: health.body, n: health.status }", 200),
            ("health.body.hosts[17].name", 100_000),
            ("health.body.hosts.len() > 0", 200),
            ("health.body.hosts.filter(|h| h.load > 1000).len()", 20),
        ] {
            println!("{text:<60} {:>9.0} ns", nanos(&world, text, times));
        }
        let began = Instant::now();
        for _ in 0..1_000 {
            black_box(compiled(black_box(condition)).expect("it compiles"));
        }
        println!("compiling the condition {:>11.1} µs", began.elapsed().as_nanos() as f64 / 1e6);
        for (name, text) in [
            ("loop {}", "{ loop {} }"),
            ("i += 1", "{ let i = 0; loop { i += 1; } }"),
            ("copies", "{ let l = [1, \"a\", 2.5]; l.pad(20000, #{ a: 1 }); loop { let m = l; } }"),
            ("nesting", "{ let x = []; loop { x = [x]; } }"),
            ("growing", "{ let m = #{}; let i = 0; loop { m[`k${i}`] = [i]; i += 1; } }"),
        ] {
            let compiled = compile(text, Origin::default(), Form::Script, &library()).expect(text);
            let began = Instant::now();
            let fault = evaluate(&compiled, &world, &mut ambient()).expect_err(text);
            println!("bomb {name:<10} {:>8.0} ms  {}", began.elapsed().as_secs_f64() * 1e3, fault.message);
        }
    });
}
