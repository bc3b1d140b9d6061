//! The kill test: the real binary is killed with SIGKILL at many instants, half of them by time and half at the n-th
//! commit, and goes on with `wf resume`. An outside file counts what the steps really did.
//!
//! `WF_TORTURE_KILLS=1000` makes it longer.

mod account;
mod alone;
mod crowd;
mod kill;
mod look;
mod place;
mod told;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use wayfare::model::Event;

use account::Last;
use alone::Undisturbed;

/// The name of an event's kind, and so a list of them all: a new kind must be thought about here.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::RunStarted(_) => "run_started",
        Event::Advanced { .. } => "advanced",
        Event::Logged { .. } => "logged",
        Event::Emitted { .. } => "emitted",
        Event::StepStarted(_) => "step_started",
        Event::AttemptStarted { .. } => "attempt_started",
        Event::AttemptResumed { .. } => "attempt_resumed",
        Event::AttemptTimedOut { .. } => "attempt_timed_out",
        Event::AttemptFailed { .. } => "attempt_failed",
        Event::StepSucceeded { .. } => "step_succeeded",
        Event::StepFellBack { .. } => "step_fell_back",
        Event::StepFailed { .. } => "step_failed",
        Event::SleepStarted { .. } => "sleep_started",
        Event::SleepEnded { .. } => "sleep_ended",
        Event::SleepStopped { .. } => "sleep_stopped",
        Event::FiberCancelled { .. } => "fiber_cancelled",
        Event::RunAborted { .. } => "run_aborted",
        Event::RunSucceeded { .. } => "run_succeeded",
        Event::RunFailed { .. } => "run_failed",
        Event::StepStopped { .. } => "step_stopped",
        Event::StopRequested => "stop_requested",
        Event::RunStopped => "run_stopped",
        Event::SignalReceived { .. } => "signal_received",
        Event::SignalTaken { .. } => "signal_taken",
        Event::RunPaused => "run_paused",
        Event::RunUnpaused => "run_unpaused",
        // What brings these about can't be run by this version.
        Event::Forked { .. }
        | Event::BranchStarted { .. }
        | Event::BranchEnded { .. }
        | Event::Joined { .. }
        | Event::UndoHeld { .. }
        | Event::AttentionNeeded { .. } => "out of reach",
    }
}

/// Every kind that a workflow of this version can bring about.
const REACHABLE: [&str; 25] = [
    "run_started",
    "advanced",
    "logged",
    "emitted",
    "step_started",
    "attempt_started",
    "attempt_resumed",
    "attempt_failed",
    "attempt_timed_out",
    "stop_requested",
    "run_stopped",
    "step_succeeded",
    "step_fell_back",
    "step_failed",
    "sleep_started",
    "sleep_ended",
    "sleep_stopped",
    "fiber_cancelled",
    "run_aborted",
    "run_succeeded",
    "run_failed",
    "signal_received",
    "signal_taken",
    "run_paused",
    "run_unpaused",
];

/// What is killed, and when.
#[derive(Debug)]
enum Case {
    Alone(alone::Case),
    Told(told::Case),
    Crowd(crowd::Case),
}

impl Case {
    fn torture(&self, undisturbed: &Undisturbed, last: &Last) -> Result<(), String> {
        match self {
            Case::Alone(case) => case.torture(undisturbed, last),
            Case::Told(case) => case.torture(last),
            Case::Crowd(case) => case.torture(last),
        }
    }
}

/// Each case is killed at least once.
fn cases(kills: usize, undisturbed: &Undisturbed) -> Vec<Case> {
    let fifth = kills / 5;
    let alone = undisturbed.cases(kills - 2 * fifth).into_iter().map(Case::Alone);
    let told = told::cases(fifth).into_iter().map(Case::Told);
    let crowd = crowd::cases(fifth).into_iter().map(Case::Crowd);
    alone.chain(told).chain(crowd).collect()
}

/// Goes through all cases, some at once, and says what went wrong.
fn failures(cases: &[Case], undisturbed: &Undisturbed, last: &Last) -> Vec<String> {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = case.torture(undisturbed, last) {
                        failures.lock().expect("no panic").push(format!("{case:?}: {why}"));
                    }
                }
            });
        }
    });
    failures.into_inner().expect("no panic")
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let kills = std::env::var("WF_TORTURE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let last = Last::default();
    let undisturbed = Undisturbed::watched();
    let failures = failures(&cases(kills, &undisturbed), &undisturbed, &last);
    assert!(failures.is_empty(), "{} of {kills}:\n{}", failures.len(), failures.join("\n"));
    // On a busy machine records share commits otherwise than before: what was missed is looked for nearby.
    for kind in REACHABLE {
        for case in undisturbed.closer(kind) {
            if last.has(kind) {
                break;
            }
            let held = case.torture(&undisturbed, &last);
            assert!(held.is_ok(), "{case:?}: {}", held.unwrap_err());
        }
    }
    let missing: Vec<&str> = REACHABLE.into_iter().filter(|kind| !last.has(kind)).collect();
    assert!(missing.is_empty(), "never in the last record on disk: {missing:?}");
}
