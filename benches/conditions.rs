//! A condition over a small and a large value.

use std::sync::Arc;
use std::time::Instant;

use wayfare::expr::{self, Ambient, Form, Library, Origin, Scope};
use wayfare::model::{Time, Value};

use super::table::Table;

struct One(Value);

impl Scope for One {
    fn get(&self, name: &str) -> Option<Value> {
        (name == "health").then(|| self.0.clone())
    }
}

/// An answer whose body takes about `bytes` as JSON.
fn answer(bytes: usize) -> Value {
    let host = |i: usize| Value::map([("name", Value::text(format!("host-{i}"))), ("load", Value::Int(i as i64))]);
    let hosts = (0..bytes / 32).map(host).collect();
    let body = Value::map([("count", Value::Int(7)), ("hosts", Value::list(hosts))]);
    Value::map([("status", Value::Int(200)), ("body", body)])
}

/// Microseconds of one call, at the median of some thousand.
fn each(mut f: impl FnMut()) -> f64 {
    let mut taken: Vec<f64> = (0..200)
        .map(|_| {
            let begin = Instant::now();
            (0..50).for_each(|_| f());
            begin.elapsed().as_secs_f64() * 1e6 / 50.0
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

pub fn figures() -> Table {
    let text = "health.status == 200 && health.body.count > 3";
    let library = Arc::new(Library::new());
    let compiled = expr::compile(text, Origin { line: 1, column: 1 }, Form::Expression, &library).expect("it compiles");
    let mut ambient = Ambient { now: Time::from_unix_ms(0), seed: 1, draws: 0 };
    let head = ["body", "µs", "aim", "µs of reading the value from JSON"];
    let mut table = Table::new("A condition", &head);
    for (name, bytes) in [("1 KiB", 1 << 10), ("100 KiB", 100 << 10)] {
        let scope = One(answer(bytes));
        let json = serde_json::to_string(&scope.0).expect("it writes");
        let condition = each(|| {
            let holds = expr::evaluate(&compiled, &scope, &mut ambient).expect("it evaluates");
            assert_eq!(holds, Value::Bool(true));
        });
        let read = each(|| assert!(serde_json::from_str::<Value>(&json).is_ok()));
        table.row(&[name.into(), format!("{condition:.2}"), "2".into(), format!("{read:.1}")]);
    }
    table
}
