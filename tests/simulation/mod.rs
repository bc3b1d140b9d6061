//! The engine under simulation: seeded random programs in a seeded random world, on the memory journal, with a virtual
//! clock, and with crashes.
//!
//! It holds of every seed that folding a history gives the live run after each of its records; that a run disturbed by
//! crashes ends as the undisturbed one, by the same history; that nothing is performed before its event is on disk,
//! no attempt is made beyond its policy, no timer is early, no finished step is performed again, and no unfinished
//! attempt more than once more a crash. `WF_SIMULATION_SEEDS=N` takes N seeds, `WF_SIMULATION_SEED=S` the seed S alone.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wayfare::journal::{Filter, Journal};
use wayfare::model::{self, Digest, Event, RunId, Time};
use wayfare::program::{Program, plan};

mod audit;
#[path = "../../src/engine/tests/builder.rs"]
mod builder;
mod children;
mod coverage;
mod deaths;
mod generate;
mod host;
#[path = "../../src/engine/tests/lower.rs"]
mod lower;
mod random;
#[path = "../../src/engine/tests/sentences.rs"]
mod sentences;
mod texts;
mod world;

use coverage::Coverage;
use host::{Host, Mode};

/// How many seeds are taken unless told otherwise: enough for everything to occur, few enough for every day.
const SEEDS: u64 = 2_000;

#[test]
#[allow(clippy::disallowed_methods, reason = "whoever runs the test says how much of it")]
fn every_seed_holds() {
    if let Some(seed) = number("WF_SIMULATION_SEED") {
        let mut coverage = Coverage::default();
        if let Err(report) = simulate(seed, &mut coverage) {
            panic!("{report}");
        }
        return;
    }
    let seeds = number("WF_SIMULATION_SEEDS").unwrap_or(SEEDS);
    let coverage = all(seeds);
    if seeds >= SEEDS {
        let missing = coverage.missing();
        assert!(missing.is_empty(), "occurred too seldom over {seeds} seeds: {missing:?}\n{}", coverage.text());
    }
    if std::env::var_os("WF_SIMULATION_COUNTS").is_some() {
        println!("{}", coverage.text());
    }
}

#[allow(clippy::disallowed_methods, reason = "whoever runs the test says how much of it")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` must be a whole number")))
}

/// Simulates the seeds below `seeds` on all processors.
fn all(seeds: u64) -> Coverage {
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let (coverage, report) = (Mutex::new(Coverage::default()), Mutex::new(None));
    let work = || {
        let mut own = Coverage::default();
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            if let Err(why) = simulate(seed, &mut own) {
                failed.store(true, Ordering::Relaxed);
                report.lock().expect("no thread panics").get_or_insert(why);
            }
        }
        coverage.lock().expect("no thread panics").add(own);
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..processors {
            let thread = std::thread::Builder::new().stack_size(wayfare::expr::STACK_BYTES);
            thread.spawn_scoped(scope, work).expect("a thread");
        }
    });
    if let Some(report) = report.into_inner().expect("no thread panics") {
        panic!("{report}");
    }
    coverage.into_inner().expect("no thread panics")
}

/// Runs the program of a seed undisturbed and under crashes; or says what doesn't hold, how to see it again, and what
/// happened.
fn simulate(seed: u64, coverage: &mut Coverage) -> Result<(), String> {
    let plan = lower::plan(generate::flows(seed));
    coverage.plan(&plan);
    let program = Program::new(plan, Digest([9; 32])).map_err(|error| error.to_string())?;
    let undisturbed = run(&program, seed, Mode::Undisturbed, coverage)?;
    let crashed = run(&program, seed, Mode::Crashes, coverage)?;
    if let Some(why) = difference(&undisturbed, &crashed) {
        let report = report(seed, Mode::Crashes, &why, &crashed);
        return Err(format!("{report}\n\nundisturbed:\n{}", story(&undisturbed.journal)));
    }
    run(&program, seed, Mode::Rough, coverage).map(drop)
}

fn run<'a>(program: &'a Program, seed: u64, mode: Mode, coverage: &mut Coverage) -> Result<Host<'a>, String> {
    let mut host = Host::new(program, seed, mode);
    let result = catch_unwind(AssertUnwindSafe(|| host.run(seed)));
    let result = result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("a panic: {}", text.or(panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()))
    });
    coverage.add(std::mem::take(&mut host.coverage));
    result.map_err(|why| report(seed, mode, &why, &host)).map(|()| host)
}

fn report(seed: u64, mode: Mode, why: &str, host: &Host<'_>) -> String {
    format!(
        "seed {seed}, {mode:?}: {why}\n\nsee it alone: WF_SIMULATION_SEED={seed} cargo test --test tests simulation\n\n{}\n\n{}",
        host.deaths.join("\n"),
        story(&host.journal)
    )
}

/// The histories of all runs of a journal, without what tells of crashes alone.
fn histories(host: &Host<'_>) -> BTreeMap<RunId, Vec<(Time, Event)>> {
    let runs = host.journal.runs(&Filter::newest(usize::MAX)).expect("a journal in memory");
    let of = |id| {
        let records = host.journal.history(id, 0, usize::MAX).expect("a journal in memory");
        let events = records.into_iter().flat_map(|record| record.events.into_iter().map(move |e| (record.at, e)));
        events.filter(|(_, event)| !matches!(event, Event::AttemptResumed { .. })).collect()
    };
    runs.into_iter().map(|summary| (summary.id, of(summary.id))).collect()
}

/// How the second differs from the first, where it does.
fn difference(undisturbed: &Host<'_>, crashed: &Host<'_>) -> Option<String> {
    let (expected, found) = (histories(undisturbed), histories(crashed));
    if expected.keys().ne(found.keys()) {
        return Some(format!("{} runs instead of {}", found.len(), expected.len()));
    }
    expected.iter().find_map(|(id, expected)| {
        let found = &found[id];
        let at = expected.iter().zip(found).position(|(a, b)| a != b);
        let at = at.or_else(|| (expected.len() != found.len()).then(|| expected.len().min(found.len())))?;
        let (expected, found) = (expected.get(at), found.get(at));
        Some(format!("run {id} is another one from event {at} on\nexpected {expected:?}\nfound    {found:?}"))
    })
}

/// All histories of a journal as sentences.
fn story(journal: &dyn Journal) -> String {
    let mut runs = journal.runs(&Filter::newest(usize::MAX)).unwrap_or_default();
    runs.reverse();
    let mut text = String::new();
    for summary in runs {
        let mut teller = sentences::Teller::default();
        text += &format!("run {} of `{}`\n", summary.id, summary.workflow);
        for record in journal.history(summary.id, 0, usize::MAX).unwrap_or_default() {
            for event in &record.events {
                let sentence = teller.tell(record.at, event);
                let sentence = sentence.unwrap_or_else(|| serde_json::to_string(event).unwrap_or_default());
                text += &format!("  {:>9}  {sentence}\n", teller.at(record.at));
            }
        }
    }
    text
}
