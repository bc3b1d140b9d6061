//! The world around the runs: what effects give and how long they take, and what people and other programs send. It
//! outlives every crash: what an effect gives, and when, is settled as it is performed for the first time.

use std::collections::{BTreeMap, BTreeSet};

use wayfare::engine::Perform;
use wayfare::model::{Failure, Length, OpId, RunId, Time, Value};

use super::generate::SIGNALS;
use super::random::{Random, hash, of_text};

/// An attempt of a step of a run.
pub type Key = (RunId, OpId, u32);

/// What an attempt gives.
pub type Given = Result<Value, Failure>;

/// What is sent to a run from outside.
#[derive(Clone, PartialEq, Debug)]
pub enum Sent {
    Signal(&'static str, i64),
    Pause,
    Unpause,
    Stop,
}

/// Something that is sent, again and again until it is acknowledged.
#[derive(Clone, PartialEq, Debug)]
pub struct Parcel {
    pub at: Time,
    pub number: u64,
    /// To which of the living runs, counted on beyond their number.
    pub to: u64,
    pub what: Sent,
}

struct Performance {
    number: u64,
    ends_at: Time,
    given: Given,
    /// Whether it ends at once where it is called off; else it is let finish.
    is_killed: bool,
}

pub struct World {
    seed: u64,
    performances: BTreeMap<Key, Performance>,
    /// The answers that are still to come to the process that lives.
    deliveries: BTreeMap<(Time, u64), Key>,
    /// Attempts that were called off and go on nevertheless.
    pub lingering: BTreeSet<Key>,
    parcels: Vec<Parcel>,
    numbered: u64,
}

impl World {
    pub fn new(seed: u64, began: Time) -> World {
        let mut random = Random::new(&[seed, 2]);
        let mut world = World {
            seed,
            performances: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            lingering: BTreeSet::new(),
            parcels: Vec::new(),
            numbered: 0,
        };
        let within = |random: &mut Random, ms: u64| began.plus(Length::from_ms(1 + random.below(ms) as i64));
        for i in 0..random.below(6) {
            let at = within(&mut random, 60_000);
            let name = SIGNALS[random.below(2) as usize];
            world.send(at, random.below(4), Sent::Signal(name, i as i64));
        }
        if random.percent(25) {
            let (at, to) = (within(&mut random, 20_000), random.below(2));
            world.send(at, to, Sent::Pause);
            // To every run that may have been paused: who is the first or second changes with time.
            let later = at.plus(Length::from_ms(1 + random.below(20_000) as i64));
            (0..3).for_each(|to| world.send(later, to, Sent::Unpause));
        }
        if random.percent(25) {
            let (at, to) = (within(&mut random, 40_000), random.below(2));
            world.send(at, to, Sent::Stop);
        }
        world
    }

    pub fn send(&mut self, at: Time, to: u64, what: Sent) {
        self.numbered += 1;
        self.parcels.push(Parcel { at, number: self.numbered, to, what });
        self.parcels.sort_by_key(|parcel| (parcel.at, parcel.number));
    }

    pub fn next_parcel(&self) -> Option<&Parcel> {
        self.parcels.first()
    }

    pub fn acknowledged(&mut self, number: u64) {
        self.parcels.retain(|parcel| parcel.number != number);
    }

    pub fn next_delivery(&self) -> Option<Time> {
        self.deliveries.first_key_value().map(|((at, _), _)| *at)
    }

    /// How many answers and parcels are due.
    pub fn due(&self, now: Time) -> usize {
        let parcels = self.parcels.iter().filter(|parcel| parcel.at <= now).count();
        self.deliveries.range(..(now, u64::MAX)).count() + parcels
    }

    /// The answer that comes next.
    pub fn deliver(&mut self) -> Option<(Key, Given)> {
        let (_, key) = self.deliveries.pop_first()?;
        let given = self.performances.get(&key)?.given.clone();
        Some((key, given))
    }

    pub fn perform(&mut self, run: RunId, perform: &Perform, now: Time) {
        let key = (run, perform.op, perform.attempt);
        let (seed, number) = (self.seed, self.numbered);
        self.numbered += 1;
        let performance = self.performances.entry(key).or_insert_with(|| first(seed, number, run, perform, now));
        self.deliveries.insert((performance.ends_at, performance.number), key);
    }

    /// The attempts in flight, with what they will give.
    pub fn in_flight(&self) -> impl Iterator<Item = (&Key, &Given)> {
        self.deliveries.values().filter_map(|key| Some((key, &self.performances.get(key)?.given)))
    }

    /// Whether no effect is in flight.
    pub fn is_idle(&self) -> bool {
        self.deliveries.is_empty()
    }

    /// Whether an attempt that is called off ends at once.
    pub fn kills(&self, key: Key) -> bool {
        self.performances.get(&key).is_some_and(|performance| performance.is_killed)
    }

    pub fn cancel(&mut self, key: Key, now: Time) {
        let Some(performance) = self.performances.get_mut(&key) else { return };
        if self.deliveries.remove(&(performance.ends_at, performance.number)).is_none() {
            return;
        }
        if performance.is_killed {
            performance.ends_at = now;
            performance.given = Err(Failure::new("stopped", "it was called off"));
        } else {
            self.lingering.insert(key);
        }
        self.deliveries.insert((performance.ends_at, performance.number), key);
    }

    /// Nobody is left to be answered.
    pub fn crash(&mut self) {
        self.deliveries.clear();
        self.lingering.clear();
    }
}

fn first(seed: u64, number: u64, run: RunId, perform: &Perform, now: Time) -> Performance {
    let run = of_text(&run.to_string());
    let mut random = Random::new(&[hash(&[seed, 3, run]), of_text(&perform.path), u64::from(perform.attempt)]);
    let is_killed = random.percent(60);
    let takes = if random.percent(10) { 40_000 } else { 9_000 };
    let ends_at = now.plus(Length::from_ms(1 + random.below(takes) as i64));
    let deadline = perform.timeout.map(|length| now.plus(length)).into_iter().chain(perform.within).min();
    match deadline {
        Some(deadline) if deadline < ends_at => {
            let given = Err(Failure::new("timeout", "its time is over"));
            Performance { number, ends_at: deadline.max(now), given, is_killed }
        }
        _ => Performance { number, ends_at, given: outcome(&mut random), is_killed },
    }
}

fn outcome(random: &mut Random) -> Given {
    let data = |name: &'static str, n: i64| Value::map([(name, Value::Int(n))]);
    let (kind, data) = match random.below(100) {
        0..=65 => {
            let (code, n) = (random.below(3) as i64, random.below(10) as i64);
            return Ok(Value::map([("code", Value::Int(code)), ("n", Value::Int(n))]));
        }
        66..=80 => ("exec", data("code", 1 + random.below(2) as i64)),
        81..=87 => ("http", Value::Unit),
        88..=91 => ("status", data("status", 500)),
        92..=94 => ("status", data("status", 404)),
        95..=97 => ("limit", Value::Unit),
        _ => ("type", Value::Unit),
    };
    Err(Failure { data, ..Failure::new(kind, "the world said no") })
}
