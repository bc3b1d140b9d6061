//! One process alone in its folder, killed once or twice: half of the cases by time, half at the n-th commit.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::account::{Account, Last};
use super::kill::{Moment, Seen, kill_at, watch};
use super::look::look;
use super::place::Place;

/// How often the workflow's loop turns.
const TURNS: usize = 2;

const WORKFLOW: &str = include_str!("alone.wf");

#[derive(Debug)]
pub struct Case {
    ending: &'static str,
    kills: Vec<Moment>,
}

impl Case {
    pub fn torture(&self, undisturbed: &Undisturbed, last: &Last) -> Result<(), String> {
        let mut place = Place::new(WORKFLOW);
        let mut kills = self.kills.clone();
        // A process that was done sooner than it ever was is killed sooner.
        while !kill_at(run(&place, self.ending), kills[0]) {
            kills[0] = kills[0].sooner().ok_or("the process can't be killed before it ends")?;
            place = Place::new(WORKFLOW);
        }
        let mut account = Account::default();
        let mut command = None;
        for kill in &kills {
            if let Some(command) = command.take()
                && !kill_at(command, *kill)
            {
                break;
            }
            let found = look(&place.path("data"));
            last.note(&found.last);
            account.death(found, &place.marks());
            command = Some(place.wf(&["resume", "--events"]));
        }
        let resumed = place.wf(&["resume"]).output().expect("it runs");
        let Some(end) = place.ended() else {
            // Killed before the run was acknowledged: then nothing was done either.
            return if place.marks().is_empty() { Ok(()) } else { Err("steps of a run that isn't there".into()) };
        };
        let expected = &undisturbed.ends[self.ending];
        if end != *expected {
            let said = String::from_utf8_lossy(&resumed.stderr);
            return Err(format!("ended as {end}\n  not as {expected}\n  {said}"));
        }
        place.is_left_clean()?;
        account.holds(&place.marks())?;
        let run = place.newest().expect("a run that has ended");
        look(&place.path("data")).tells_each_turn_once(run["id"].as_str().unwrap_or_default(), TURNS)
    }
}

fn run(place: &Place, ending: &str) -> Command {
    let file = format!("file={}", place.path("marks").display());
    let program = format!("{}:torture", place.path("torture.wf").display());
    // With a key the beginning of the run is a commit of its own.
    let (url, host) = (format!("url={}", place.server.url("")), place.server.host());
    let words = ["run", &program, "--events", "--id", "k", "--allow-net", &host, "-i", &file, "-i", &url];
    let mut wf = place.wf(&words);
    wf.args(["-i", &format!("ending={ending}")]);
    wf
}

/// What happens when nobody is killed.
pub struct Undisturbed {
    ends: BTreeMap<&'static str, Json>,
    /// For each kind of event, an ending (by its place in [`ENDINGS`]) and the commits that brought it about.
    kinds: BTreeMap<String, (usize, Vec<usize>)>,
    /// How many commits each ending has, and how long it takes.
    lengths: BTreeMap<&'static str, (usize, Duration)>,
}

const ENDINGS: [&str; 3] = ["right", "fails", "late"];

impl Undisturbed {
    pub fn watched() -> Undisturbed {
        let mut found = Undisturbed { ends: BTreeMap::new(), kinds: BTreeMap::new(), lengths: BTreeMap::new() };
        for (number, ending) in ENDINGS.into_iter().enumerate() {
            found.watch(number, ending);
        }
        let ends = &found.ends;
        assert_eq!(ends["right"][0], "succeeded", "{}", ends["right"]);
        assert_eq!(ends["fails"][2], "wanted", "{}", ends["fails"]);
        assert_eq!(ends["late"][2], "timeout", "{}", ends["late"]);
        found
    }

    fn watch(&mut self, number: usize, ending: &'static str) {
        let place = Place::new(WORKFLOW);
        let begin = Instant::now();
        let mut commits = 0;
        let (mut child, told) = watch(run(&place, ending));
        // One run at a time commits, so a record is a commit.
        for Seen { record, kind, .. } in told {
            let commit = record + 1;
            commits = commits.max(commit);
            let known = self.kinds.entry(kind).or_insert_with(|| (number, Vec::new()));
            if known.0 == number && known.1.last() != Some(&commit) {
                known.1.push(commit);
            }
        }
        child.wait().expect("it ends");
        self.lengths.insert(ending, (commits, begin.elapsed()));
        self.ends.insert(ending, place.ended().expect("a run"));
    }

    /// Half of the kills by time, half at a commit: of those, some aimed at each kind of event.
    pub fn cases(&self, kills: usize) -> Vec<Case> {
        let places = |(ending, commits): &(usize, Vec<usize>)| [0, commits.len() / 2].map(|i| (*ending, commits[i]));
        let aimed: Vec<(usize, usize)> = self.kinds.values().flat_map(places).collect();
        let case = |number: usize| {
            let half = number / 2;
            let (commits, length) = self.lengths[ENDINGS[half % ENDINGS.len()]];
            let (ending, first) = match (number % 2, aimed.get(half)) {
                (0, Some((ending, commit))) => (*ending, Moment::Commit(*commit)),
                (0, None) => (half % ENDINGS.len(), Moment::Commit(1 + half * 7 % commits)),
                _ => (half % ENDINGS.len(), Moment::After(length.mul_f64((number as f64 + 0.5) / kills as f64))),
            };
            // Every third is killed again while it resumes: at the very first commit, or a little later.
            let again = number.is_multiple_of(3).then_some(Moment::Commit(1 + number % 5 / 2));
            Case { ending: ENDINGS[ending], kills: [first].into_iter().chain(again).collect() }
        };
        (0..kills).map(case).collect()
    }

    /// Kills around the commits that brought a kind of event about.
    pub fn closer(&self, kind: &str) -> Vec<Case> {
        let (ending, commits) = self.kinds.get(kind).cloned().unwrap_or((0, vec![10]));
        let case = |by: isize, place: usize| {
            let commit = commits[place].saturating_add_signed(by).max(1);
            // What only a resumed run brings about comes with its first commit.
            Case { ending: ENDINGS[ending], kills: vec![Moment::Commit(commit), Moment::Commit(1)] }
        };
        [0, -1, 1, -2, 2, -3, 3].into_iter().flat_map(|by| [case(by, 0), case(by, commits.len() / 2)]).collect()
    }
}
