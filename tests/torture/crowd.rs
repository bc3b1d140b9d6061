//! Two processes on one data folder, each with a run of its own: the one that has the store is killed while the other
//! one works, or the other one is, or both are, one after the other; and others speak to the runs meanwhile.

use std::collections::BTreeMap;
use std::process::Child;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::account::{Account, Last};
use super::kill::{Moment, Seen, finish, watch};
use super::look::{Found, look};
use super::place::Place;

const WORKFLOW: &str = include_str!("crowd.wf");

const TURNS: usize = 4;

/// How long what is left may take to go on to its end: far more than it needs.
const SOON: Duration = Duration::from_secs(60);

/// Who is killed. The owner is the first one, that others reach the store through.
#[derive(Clone, Copy, Debug)]
enum Who {
    Owner,
    Client,
    /// The owner, and then the one that took its place.
    Both,
    /// The owner, whose run a third process goes on with; and then the one that took its place.
    Relay,
}

#[derive(Debug)]
pub struct Case {
    who: Who,
    /// When the first one is killed, since both work.
    first: Moment,
    /// How much later the second one is.
    second: Duration,
}

/// Half of the kills at a commit, half by time.
pub fn cases(kills: usize) -> Vec<Case> {
    let case = |number: usize| {
        let half = number / 2;
        let first = match number % 2 {
            0 => Moment::Commit(4 + half * 7 % 20),
            _ => Moment::After(Duration::from_millis((half * 37 % 600) as u64)),
        };
        let who = [Who::Owner, Who::Both, Who::Client, Who::Relay][half % 4];
        Case { who, first, second: Duration::from_millis((number * 53 % 300) as u64) }
    };
    (0..kills).map(case).collect()
}

/// A process that works, and its run.
struct Worker {
    child: Child,
    told: Receiver<Seen>,
    run: String,
}

impl Worker {
    /// Starts one, and waits until its run is on disk.
    fn start(place: &Place, me: &str, dies: Option<usize>) -> Result<Worker, String> {
        let file = format!("file={}", place.path("marks").display());
        let (program, me) = (place.path("torture.wf").display().to_string(), format!("me={me}"));
        let (url, host) = (format!("url={}", place.server.url("")), place.server.host());
        let words = ["run", &program, "--events", "--allow-net", &host, "-i", &file, "-i", &url, "-i", &me];
        let mut command = place.wf(&words);
        if let Some(commits) = dies {
            command.args(["--die-after-commits", &commits.to_string()]);
        }
        let (child, told) = watch(command);
        let begun = told.recv_timeout(SOON).map_err(|_| "a process tells nothing")?;
        Ok(Worker { child, told, run: begun.run })
    }

    /// Lets it work until then, and kills it if it doesn't die by itself.
    fn die(&mut self, moment: Moment) {
        let length = match moment {
            Moment::After(length) => length,
            Moment::Commit(_) => Duration::from_secs(10),
        };
        let deadline = Instant::now() + length;
        while self.told.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
        // It may be gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// That it goes on to its end by itself, whoever died beside it.
    fn ends_well(&mut self) -> Result<(), String> {
        let status = finish(&mut self.child, SOON).ok_or("the one that lives is stuck")?;
        if status.success() { Ok(()) } else { Err(format!("the one that lives ended with {status}")) }
    }
}

/// What was said to a run: each word has a number of its own.
#[derive(Default)]
struct Words {
    acknowledged: BTreeMap<(String, usize), bool>,
}

impl Words {
    /// Says a word; whether it was acknowledged.
    fn say(&mut self, place: &Place, run: &str) -> bool {
        let number = self.acknowledged.len();
        let said = place.wf(&["signal", run, "word", "-i", &format!("n={number}")]).output().expect("it runs");
        self.acknowledged.insert((run.to_string(), number), said.status.success());
        said.status.success()
    }

    /// Sees to it that the run has heard something.
    fn be_heard(&mut self, place: &Place, run: &str) -> Result<(), String> {
        let has_heard = self.acknowledged.iter().any(|((told, _), acknowledged)| told == run && *acknowledged);
        if has_heard || self.say(place, run) { Ok(()) } else { Err("nobody takes a word".into()) }
    }

    fn hold(&self, found: &Found) -> Result<(), String> {
        for ((run, number), acknowledged) in &self.acknowledged {
            let times = found.words.iter().filter(|(told, n)| told == run && n == number).count();
            if times > 1 || (*acknowledged && times == 0) {
                return Err(format!("word {number} came {times} times, acknowledged: {acknowledged}"));
            }
        }
        Ok(())
    }
}

impl Case {
    pub fn torture(&self, last: &Last) -> Result<(), String> {
        let place = Place::new(WORKFLOW);
        let commits = match self.first {
            Moment::Commit(commits) => Some(commits),
            Moment::After(_) => None,
        };
        let kills_client = matches!(self.who, Who::Client);
        let mut owner = Worker::start(&place, "a", commits.filter(|_| !kills_client))?;
        let mut client = Worker::start(&place, "b", commits.filter(|_| kills_client))?;
        let (first, other) = if kills_client { (&mut client, &mut owner) } else { (&mut owner, &mut client) };
        let (mut words, mut account) = (Words::default(), Account::default());
        std::thread::scope(|scope| {
            scope.spawn(|| words.say(&place, &other.run));
            first.die(self.first);
        });
        account.death(look(&place.path("data")).of(&first.run), &place.marks());
        match self.who {
            Who::Owner | Who::Client => {
                words.be_heard(&place, &other.run)?;
                other.ends_well()?;
            }
            Who::Both => self.kill(other, &place, &mut account),
            Who::Relay => {
                let (child, told) = watch(place.wf(&["resume", &first.run, "--events"]));
                let mut third = Worker { child, told, run: first.run.clone() };
                self.kill(other, &place, &mut account);
                words.be_heard(&place, &first.run)?;
                third.ends_well()?;
            }
        }
        for run in [&first.run, &other.run] {
            words.be_heard(&place, run)?;
        }
        let runs = [first.run.clone(), other.run.clone()];
        self.hold(&place, &runs, &words, &account, last)
    }

    fn kill(&self, worker: &mut Worker, place: &Place, account: &mut Account) {
        worker.die(Moment::After(self.second));
        account.death(look(&place.path("data")).of(&worker.run), &place.marks());
    }

    fn hold(
        &self,
        place: &Place,
        runs: &[String; 2],
        words: &Words,
        account: &Account,
        last: &Last,
    ) -> Result<(), String> {
        let mut resumed = place.wf(&["resume"]).spawn().expect("the binary starts");
        finish(&mut resumed, SOON).ok_or("it is stuck")?;
        let found = look(&place.path("data"));
        last.note(&found.last);
        words.hold(&found)?;
        place.is_left_clean()?;
        account.holds(&place.marks())?;
        let [one, other] = [&runs[0], &runs[1]].map(|run| place.told(&["show", run, "--json"]));
        for (run, end) in runs.iter().zip([&one, &other]) {
            if end["status"] != "succeeded" || end["output"]["total"] != TURNS {
                return Err(format!("{run} ended as {}: {} {}", end["status"], end["output"], end["error"]));
            }
            found.tells_each_turn_once(run, TURNS)?;
        }
        let firsts = |turn: usize| [&one, &other].map(|end| end["output"]["firsts"][turn] == true);
        match (0..TURNS).find(|turn| firsts(*turn).into_iter().filter(|is_first| *is_first).count() != 1) {
            Some(turn) => Err(format!("of turn {turn} there is more or less than one first: {:?}", firsts(turn))),
            None => Ok(()),
        }
    }
}
