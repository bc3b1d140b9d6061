//! Runs that wait are rows on disk and nothing in memory, and come back when they can go on, each once.

use std::sync::mpsc::{Receiver, channel};

use super::{Message, Until, World, done};
use crate::driver::snapshot::fold;
use crate::driver::{Ended, Error};
use crate::engine::Outcome;
use crate::journal::{Journal, Record, Write};
use crate::model::{Event, Order, RunId, RunStatus};

const HOUR: &str = "workflow w {\n  sleep 1h\n  step a = exec(\"x\")\n}\n";

const CALLS: &str = "workflow w {\n  step a = call child()\n  output { c: int = a.c }\n}\n\
                     workflow child {\n  sleep 1h\n  output { c: int = 7 }\n}\n";

impl World {
    /// Goes on with all that is unfinished, and tells of each as it ends.
    fn resume_all(&mut self, until: Until) -> Receiver<(RunId, Result<Ended, Error>)> {
        let (tell, told) = channel();
        self.tell(Message::ResumeAll(until, tell));
        self.until(|world| world.looped.interest.all.is_some());
        told
    }

    /// Goes round until whoever drives all runs is told that none can go on.
    fn until_all_is_done(&mut self) {
        self.until(|world| world.looped.interest.all.is_none());
    }

    /// Goes round until nothing is in memory.
    fn until_parked(&mut self) {
        self.until(|world| world.looped.runs.is_empty() && world.looped.under_way() == 0);
    }
}

fn count(world: &World, run: RunId, is: impl Fn(&Event) -> bool) -> usize {
    world.events(run).iter().filter(|event| is(event)).count()
}

fn wakes(world: &World, run: RunId) -> usize {
    count(world, run, |event| matches!(event, Event::SleepEnded { .. }))
}

#[test]
fn a_run_that_sleeps_leaves_memory_and_comes_back_on_its_time() {
    let mut world = World::new();
    let run = world.begin(HOUR);
    world.until_parked();
    assert_eq!(world.status(run), RunStatus::Waiting);
    world.later("59m");
    world.looped.take_timers();
    assert!(world.looped.runs.is_empty(), "it isn't due");
    world.later("1m");
    world.until(|world| world.performing() == 1);
    assert_eq!(wakes(&world, run), 1);
    world.end(0, done());
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
    assert!(world.looped.runs.is_empty());
}

#[test]
fn a_short_sleep_is_slept_in_memory() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  sleep 900ms\n}\n");
    assert!(matches!(world.rest(run), Ok(Ended::Left)));
    world.looped.park_all();
    assert_eq!(world.looped.runs.len(), 1);
    world.later("900ms");
    world.until(|world| world.looped.runs.is_empty());
    assert_eq!(world.status(run), RunStatus::Succeeded);
}

#[test]
fn a_long_pause_before_another_attempt_is_waited_for_on_disk() {
    let mut world = World::new();
    let run = world.begin("workflow w {\n  step a = exec(\"x\") retry 1 every 1h..1h\n}\n");
    world.until(|world| world.performing() == 1);
    world.end(0, Err(crate::model::Failure::new("exec", "no")));
    world.until_parked();
    world.later("1h");
    world.until(|world| world.performing() == 2);
    world.end(1, done());
    assert!(matches!(world.rest(run), Ok(Ended::Outcome(Outcome::Succeeded(_)))));
}

#[test]
fn a_caller_parks_with_the_run_it_called_and_is_woken_by_its_end() {
    let mut world = World::new();
    let run = world.begin(CALLS);
    world.until_parked();
    assert_eq!(world.others(run).len(), 1);
    world.later("1h");
    match world.ask(|answer| Message::Wait { run, until: Until::End, answer }) {
        Ok(Ended::Outcome(Outcome::Succeeded(output))) => {
            assert_eq!(output.get("c").map(ToString::to_string), Some("7".into()))
        }
        other => panic!("{other:?}"),
    }
    world.until_parked();
}

#[test]
fn a_caller_and_its_child_come_back_in_a_later_process() {
    let mut world = World::new();
    let run = world.begin(CALLS);
    world.until_parked();
    let child = world.others(run)[0];
    let mut world = world.killed("2h");
    let told = world.resume_all(Until::End);
    world.until_all_is_done();
    assert_eq!((world.status(run), world.status(child)), (RunStatus::Succeeded, RunStatus::Succeeded));
    let told: Vec<RunId> = told.iter().map(|(run, _)| run).collect();
    assert_eq!(told, [run], "a called run is its caller's matter");
    assert_eq!(wakes(&world, child), 1);
}

#[test]
fn a_death_between_a_childs_end_and_its_callers_wake_loses_nothing() {
    let mut world = World::new();
    let run = world.begin(CALLS);
    world.until_parked();
    let child = world.others(run)[0];
    world.later("1h");
    // The process dies as the end is on disk, and before it hears so.
    let journal = world.journal.clone();
    journal.fail_commit(0, true);
    world.until(|world| world.looped.failed.is_some());
    let mut world = world.killed("1h");
    assert_eq!((world.status(run), world.status(child)), (RunStatus::Waiting, RunStatus::Succeeded));
    assert_eq!(world.journal.owed(None, 9).expect("a store"), [(run, child)]);
    let told = world.resume_all(Until::Idle);
    world.until_all_is_done();
    assert_eq!(world.status(run), RunStatus::Succeeded);
    assert_eq!(told.iter().count(), 1);
    assert_eq!(world.journal.owed(None, 9).expect("a store"), []);
}

#[test]
fn a_death_at_any_commit_of_a_call_leaves_nobody_waiting_for_ever() {
    let late = CALLS.replace("call child()", "call child() timeout 30m else #{ c: 7 }");
    for text in [CALLS.to_string(), late] {
        for (nth, stored) in (0..8).flat_map(|nth| [(nth, false), (nth, true)]) {
            let what = format!("commit {nth}, stored: {stored}, {text}");
            let mut world = World::new();
            let run = world.begin(&text);
            world.journal.fail_commit(nth, stored);
            while world.looped.failed.is_none() && world.status(run) != RunStatus::Succeeded {
                world.later("1h");
                world.looped.round(&world.messages);
            }
            let mut world = world.killed("1000h");
            let _told = world.resume_all(Until::End);
            while world.looped.interest.all.is_some() {
                world.later("1h");
                world.looped.round(&world.messages);
            }
            assert!(world.looped.failed.is_none(), "{what}");
            assert_eq!(world.status(run), RunStatus::Succeeded, "{what}");
            assert!(world.others(run).iter().all(|child| world.status(*child).is_ended()), "{what}");
            assert_eq!(world.journal.owed(None, 9).expect("a store"), [], "{what}");
        }
    }
}

#[test]
fn timers_that_came_due_while_nothing_ran_fire_on_return_each_once() {
    const RUNS: usize = 2_000;
    let mut world = World::new();
    let runs: Vec<RunId> = (0..RUNS).map(|_| world.begin("workflow w {\n  sleep 1h\n  sleep 1h\n}\n")).collect();
    world.until_parked();
    let mut world = world.killed("90m");
    let told = world.resume_all(Until::Idle);
    let mut most = 0;
    while world.looped.interest.all.is_some() {
        world.looped.round(&world.messages);
        most = most.max(world.looped.runs.len());
    }
    assert!(most <= 256, "{most} runs in memory at a time");
    assert!(world.looped.runs.is_empty() && world.looped.timers.is_empty(), "nothing is left in memory");
    assert!(runs.iter().all(|run| wakes(&world, *run) == 1 && world.status(*run) == RunStatus::Waiting));
    assert_eq!(told.iter().count(), 0);
    // Nobody is woken whose time hasn't come; and a clock that was set back wakes nobody.
    let mut world = world.killed("10m");
    let _told = world.resume_all(Until::Idle);
    world.until_all_is_done();
    assert!(runs.iter().all(|run| wakes(&world, *run) == 1));
    let mut world = world.killed("5h");
    let told = world.resume_all(Until::End);
    world.until_all_is_done();
    assert_eq!(told.iter().count(), RUNS);
    assert!(runs.iter().all(|run| wakes(&world, *run) == 2 && world.status(*run) == RunStatus::Succeeded));
}

#[test]
fn a_death_between_park_and_wake_changes_nothing() {
    for stored in [false, true] {
        let mut world = World::new();
        let run = world.begin(HOUR);
        world.until_parked();
        world.later("1h");
        world.journal.fail_commit(0, stored);
        world.until(|world| world.looped.failed.is_some());
        let mut world = world.killed("1h");
        let told = world.resume_all(Until::End);
        world.until(|world| world.performing() == 1 || !world.effects.asked().cleared.is_empty());
        let cleared = world.effects.asked().cleared.pop().and_then(|(_, cleared)| cleared);
        cleared.into_iter().for_each(|cleared| cleared(Ok(())));
        world.until(|world| world.performing() == 1);
        world.end(0, done());
        world.until_all_is_done();
        assert_eq!((wakes(&world, run), told.iter().count()), (1, 1), "stored: {stored}");
    }
}

#[test]
fn whoever_drives_all_keeps_waiting_runs_out_of_memory_and_waits_for_them() {
    let mut world = World::new();
    let run = world.begin(HOUR);
    world.until_parked();
    let mut world = world.killed("1m");
    let told = world.resume_all(Until::End);
    world.until(|world| world.looped.interest.all.as_ref().is_some_and(|all| all.goes_on));
    assert!(world.looped.runs.is_empty() && world.looped.timers.is_empty());
    world.later("1h");
    world.until(|world| world.performing() == 1);
    world.end(0, done());
    world.until_all_is_done();
    assert_eq!(told.iter().map(|(run, _)| run).collect::<Vec<_>>(), [run]);
}

#[test]
fn what_is_said_of_a_parked_run_is_taken_up() {
    let mut world = World::new();
    let run = world.begin(HOUR);
    world.until_parked();
    world.leave_word(run, Order::Stop);
    assert!(matches!(
        world.ask(|answer| Message::Wait { run, until: Until::End, answer }),
        Ok(Ended::Outcome(Outcome::Stopped))
    ));

    // And by a later process, if none was there.
    let mut world = World::new();
    let run = world.begin(HOUR);
    world.until_parked();
    world.desk().tell(run, Order::Stop).expect("it is stored");
    let mut world = world.killed("1m");
    let told = world.resume_all(Until::Idle);
    world.until_all_is_done();
    assert!(matches!(told.iter().next(), Some((id, Ok(Ended::Outcome(Outcome::Stopped)))) if id == run));
}

#[test]
fn a_paused_run_leaves_memory_and_is_left_to_a_person() {
    let mut world = World::new();
    let run = world.begin(HOUR);
    world.until_parked();
    world.desk().tell(run, Order::Pause).expect("it is stored");
    let mut world = world.killed("2h");
    let told = world.resume_all(Until::End);
    world.until_all_is_done();
    assert_eq!((told.iter().count(), world.status(run)), (0, RunStatus::Paused));
    world.desk().tell(run, Order::Unpause).expect("it is stored");
    let told = world.resume_all(Until::Idle);
    world.until(|world| world.performing() == 1);
    world.end(0, done());
    world.until_all_is_done();
    assert_eq!((told.iter().count(), wakes(&world, run)), (1, 1));
}

#[test]
fn a_child_that_is_to_be_stopped_does_nothing_more_of_its_own() {
    let mut world = World::new();
    let run = world.begin(
        "workflow w {\n  step a = call child() timeout 2m else ()\n}\n\
         workflow child {\n  sleep 3m\n  log(\"late\")\n  step s = exec(\"x\")\n}\n",
    );
    world.until_parked();
    let child = world.others(run)[0];
    let mut world = world.killed("4m");
    let told = world.resume_all(Until::End);
    world.until_all_is_done();
    assert_eq!((told.iter().count(), world.status(run)), (1, RunStatus::Succeeded));
    let events = world.events(child);
    assert!(matches!(events.last(), Some(Event::RunStopped)), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::Logged { .. } | Event::StepStarted(_))), "{events:?}");
}

#[test]
fn a_long_history_is_woken_from_its_snapshot_and_whatever_is_wrong_with_that_from_itself() {
    let mut world = World::new();
    let run = world.begin(
        "workflow w {\n  let n = 0\n  for i in 0..100 {\n    sleep 1h\n    n += i\n  }\n  output { n: int = n }\n}\n",
    );
    for nth in 0..70 {
        world.until_parked();
        assert_eq!(wakes(&world, run), nth);
        world.later("1h");
        world.until(|world| wakes(world, run) > nth);
    }
    world.until_parked();
    let stored = world.journal.snapshot(run).expect("a store").expect("a snapshot");
    let folded = fold(&*world.journal, run).expect("folds");
    assert!(folded.covered >= 64, "{}", folded.covered);
    let write = |bytes: Vec<u8>, seq| {
        let record = Record { at: world.looped.ground.clock.now(), events: Vec::new() };
        Write { snapshot: Some(crate::journal::Snapshot::Store(bytes)), ..Write::new(run, seq, record.encode()) }
    };
    let mut damaged = stored.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    let later = [&stored[..stored.len() / 2], &stored[..]].concat();
    for (i, bytes) in [damaged, later, Vec::new(), b"wayfare 99.0.0 snapshot 1\n".to_vec()].into_iter().enumerate() {
        world.journal.commit(&[write(bytes, folded.seq + i as u64)]).expect("stored");
        let again = fold(&*world.journal, run).expect("folds");
        assert_eq!((again.covered, &again.run), (0, &folded.run));
    }
    let mut world = world.killed("9999h");
    let told = world.resume_all(Until::End);
    let mut hours = 9_999;
    while world.looped.interest.all.is_some() {
        hours += 1;
        world.clock.set(super::start().plus(format!("{hours}h").parse().expect("a length")));
        world.looped.round(&world.messages);
    }
    assert!(matches!(told.iter().next(), Some((_, Ok(Ended::Outcome(Outcome::Succeeded(_)))))));
    assert_eq!(wakes(&world, run), 100);
    assert_eq!(world.journal.snapshot(run).expect("a store"), None, "an ended run has none");
}
