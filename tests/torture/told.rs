//! A run that is spoken to by other processes: before it waits, while it waits, and while nobody drives it. It is
//! killed, and those who speak to it are, too. What was acknowledged is heard once; what wasn't, once at most.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value as Json;

use super::account::{Account, Last};
use super::kill::{Moment, finish, kill_while};
use super::look::look;
use super::place::Place;

const WORKFLOW: &str = include_str!("told.wf");

/// How long what is left may take to go on to its end: far more than it needs.
const SOON: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// It hears that there is nothing more.
    Last,
    /// A person stops it.
    Stop,
}

#[derive(Debug)]
pub struct Case {
    kills: [Moment; 2],
    ending: Ending,
    /// Whether it is paused and unpaused between the kills.
    pauses: bool,
}

/// Half of the kills at a commit, half by time.
pub fn cases(kills: usize) -> Vec<Case> {
    let case = |number: usize| {
        let half = number / 2;
        let moments = [half, half * 7 + 3].map(|at| match number % 2 {
            0 => Moment::Commit(1 + at % 19),
            _ => Moment::After(Duration::from_millis((at * 23 % 400) as u64)),
        });
        let ending = if number % 5 == 4 { Ending::Stop } else { Ending::Last };
        Case { kills: moments, ending, pauses: number % 3 == 1 }
    };
    (0..kills).map(case).collect()
}

/// What was said to the run, in this order.
#[derive(Default)]
struct Words {
    /// Each number that was sent, and whether it was acknowledged.
    sent: Vec<bool>,
}

impl Words {
    /// Says the next word; every fourth speaker is killed while it speaks.
    fn say(&mut self, place: &Place) {
        let number = self.sent.len();
        let word = format!("n={number}");
        let mut speaker = place.wf(&["signal", "last", "word", "-i", &word]);
        let acknowledged = match number % 4 {
            3 => {
                let mut child = speaker.spawn().expect("the binary starts");
                let told = finish(&mut child, Duration::from_millis((number * 11 % 60) as u64));
                told.is_some_and(|status| status.success())
            }
            _ => speaker.output().expect("it runs").status.success(),
        };
        self.sent.push(acknowledged);
    }

    /// That each acknowledged word was heard once, and no other more than once, in order.
    fn hold(&self, heard: &[usize]) -> Result<(), String> {
        let are_in_order = heard.windows(2).all(|pair| pair[0] < pair[1]);
        let are_known = heard.iter().all(|n| *n < self.sent.len());
        let lost: Vec<usize> = (0..self.sent.len()).filter(|n| self.sent[*n] && !heard.contains(n)).collect();
        if are_in_order && are_known && lost.is_empty() {
            return Ok(());
        }
        Err(format!("heard {heard:?}; acknowledged and lost {lost:?}"))
    }
}

impl Case {
    pub fn torture(&self, last: &Last) -> Result<(), String> {
        let place = Place::new(WORKFLOW);
        let (mut words, mut account) = (Words::default(), Account::default());
        let mut command = run(&place);
        for kill in self.kills {
            // It is spoken to until it is gone.
            kill_while(command, kill, |is_over: &AtomicBool| {
                while !is_over.load(Ordering::SeqCst) && words.sent.len() < 100 {
                    words.say(&place);
                }
            });
            self.note(&place, last, &mut account);
            if place.newest().is_none() {
                return if place.marks().is_empty() { Ok(()) } else { Err("steps of a run that isn't there".into()) };
            }
            words.say(&place);
            self.note(&place, last, &mut Account::default());
            if self.pauses {
                self.pause(&place, last)?;
            }
            command = place.wf(&["resume", "--events"]);
        }
        let (word, status) = match self.ending {
            Ending::Last => (&["signal", "last", "word", "-i", "n=0", "-i", "last=true"][..], "succeeded"),
            Ending::Stop => (&["stop", "last"][..], "stopped"),
        };
        place.does(word, 0)?;
        self.note(&place, last, &mut Account::default());
        let mut resumed = place.wf(&["resume"]).spawn().expect("the binary starts");
        finish(&mut resumed, SOON).ok_or("it is stuck")?;
        let end = place.newest().expect("a run that was there");
        if end["status"] != status {
            return Err(format!("it ended as {} ({})", end["status"], end["error"]));
        }
        place.is_left_clean()?;
        account.holds(&place.marks())?;
        match self.ending {
            Ending::Last => words.hold(&numbers(&end["output"]["heard"])),
            Ending::Stop => {
                words.hold(&look(&place.path("data")).words.into_iter().map(|(_, n)| n).collect::<Vec<usize>>())
            }
        }
    }

    fn note(&self, place: &Place, last: &Last, account: &mut Account) {
        let found = look(&place.path("data"));
        last.note(&found.last);
        account.death(found, &place.marks());
    }

    /// A pause of which nobody knows but the disk: resuming leaves the run to the person who paused it.
    fn pause(&self, place: &Place, last: &Last) -> Result<(), String> {
        place.does(&["pause", "last"], 0)?;
        self.note(place, last, &mut Account::default());
        place.does(&["resume"], 1)?;
        place.does(&["unpause", "last"], 0)?;
        self.note(place, last, &mut Account::default());
        Ok(())
    }
}

fn run(place: &Place) -> Command {
    let file = format!("file={}", place.path("marks").display());
    let program = place.path("torture.wf").display().to_string();
    place.wf(&["run", &program, "--events", "-i", &file])
}

fn numbers(list: &Json) -> Vec<usize> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Json::as_u64).map(|n| n as usize).collect()
}
