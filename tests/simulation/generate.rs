//! Random programs: two or three workflows of nested blocks that hold every statement and clause. Loops are bounded,
//! a workflow calls only later ones, and names are used where they are visible, so that every program ends.

use super::builder::{
    BranchText, EachText, Flow, S, attempt, bare, branch, each, fail, flow, give, give_back, log, parallel, race,
    repeat, set, sleep, start, when,
};
use super::random::Random;

/// The signals that every workflow declares.
pub const SIGNALS: [&str; 2] = ["go", "news"];

/// The programs' workflows; the first is the one that is run.
pub fn flows(seed: u64) -> Vec<(&'static str, Flow)> {
    let names = ["main", "second", "third"];
    let count = 2 + (seed % 2) as usize;
    let mut generator = Generator { random: Random::new(&[seed, 1]), named: 0, budget: 0, later: Vec::new() };
    let one = |(i, name): (usize, &&'static str)| {
        generator.later = names[i + 1..count].to_vec();
        generator.budget = if i == 0 { 22 } else { 9 };
        (*name, generator.flow(i == 0))
    };
    names[..count].iter().enumerate().map(one).collect()
}

pub struct Generator {
    pub random: Random,
    named: u32,
    /// How many statements the workflow may still have.
    budget: u32,
    /// The workflows that may be called.
    pub later: Vec<&'static str>,
}

/// What a name holds.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Int,
    /// `#{ code, n }`
    Effect,
    /// `#{ out }`
    Child,
    Error,
    Ints,
    Other,
}

#[derive(Clone)]
pub struct Var {
    pub name: String,
    pub kind: Kind,
    /// How many branches deep it was bound: only there it may be reassigned.
    branches: u32,
}

/// What stands around a statement.
#[derive(Clone, Default)]
pub struct Around {
    pub vars: Vec<Var>,
    depth: u32,
    branches: u32,
    in_loop: bool,
    /// Whether a `yield` reaches a bound block.
    bound: bool,
}

impl Around {
    fn with(&self, name: &str, kind: Kind) -> Around {
        let mut inner = self.clone();
        inner.bind(name, kind);
        inner
    }

    fn bind(&mut self, name: &str, kind: Kind) {
        self.vars.push(Var { name: name.into(), kind, branches: self.branches });
    }

    fn inner(&self) -> Around {
        Around { depth: self.depth + 1, ..self.clone() }
    }

    fn branch(&self, bound: bool) -> Around {
        Around { branches: self.branches + 1, bound, ..self.inner() }
    }
}

impl Generator {
    pub fn name(&mut self, prefix: &str) -> String {
        self.named += 1;
        format!("{prefix}{}", self.named)
    }

    fn flow(&mut self, first: bool) -> Flow {
        let mut around = Around::default();
        let mut body = vec![set("n0", "input.n")];
        around.bind("n0", Kind::Int);
        body.extend(self.statements(&mut around, 6));
        let out = self.int(&around);
        let mut flow = flow(body).input("n").output("out", &out);
        for signal in SIGNALS {
            flow = flow.signal(signal);
        }
        let limited = self.random.percent(if first { 12 } else { 20 });
        if limited { flow.timeout(self.random.of(&["9s", "30s", "2m"])) } else { flow }
    }

    fn block(&mut self, around: &Around) -> Vec<S> {
        let most = 1 + self.random.below(3) as u32;
        self.statements(&mut around.clone(), most)
    }

    fn statements(&mut self, around: &mut Around, most: u32) -> Vec<S> {
        let mut all = Vec::new();
        for _ in 0..most {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            let leaves = self.statement(around, &mut all);
            if leaves {
                break;
            }
        }
        all
    }

    /// Adds a statement; says whether nothing after it would be reached.
    fn statement(&mut self, around: &mut Around, all: &mut Vec<S>) -> bool {
        match self.random.below(10) {
            0..=3 => self.step_statement(around, all),
            4..=6 if around.depth < 3 => self.block_statement(around, all),
            7 if around.depth > 0 => return self.leaving_statement(around, all),
            _ => self.small_statement(around, all),
        }
        false
    }

    fn step_statement(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let calls = u64::from(!self.later.is_empty());
        let (step, kind) = match self.random.weighted(&[6, 3, 3 * calls, calls]) {
            0 => (self.effect(around), Kind::Effect),
            1 => (self.wait(), Kind::Other),
            2 => (self.child(around), Kind::Child),
            _ => {
                let (workflow, n) = (self.random.of(&self.later.clone()), self.int(around));
                (start(&self.name("b"), workflow).arg("n", &n), Kind::Other)
            }
        };
        around.bind(&step.name, kind);
        all.push(step.s());
    }

    fn block_statement(&mut self, around: &mut Around, all: &mut Vec<S>) {
        match self.random.weighted(&[3, 2, 3, 3, 6, 4, 4]) {
            0 => {
                let statement = self.condition(around);
                all.push(statement);
            }
            1 => self.repetition(around, all),
            2 => self.each(around, all, false),
            3 => self.each(around, all, true),
            4 => self.attempt(around, all),
            5 => self.parallel(around, all),
            _ => self.race(around, all),
        }
    }

    fn small_statement(&mut self, around: &mut Around, all: &mut Vec<S>) {
        match self.random.weighted(&[4, 4, 4, 2, 2, 2]) {
            0 => {
                let name = self.name("v");
                let (kind, value) = match self.random.below(8) {
                    0 => (Kind::Other, "random()".to_string()),
                    1 => (Kind::Other, "[uuid(), now()]".to_string()),
                    _ => (Kind::Int, self.int(around)),
                };
                all.push(set(&name, &value));
                around.bind(&name, kind);
            }
            1 => self.reassignment(around, all),
            2 => all.push(sleep(self.random.of(&["0s", "1s", "4s", "15s", "2m"]))),
            3 => {
                let until = self.random.of(&["now() + duration(\"3s\")", "run.started_at + duration(\"20s\")"]);
                all.push(S::SleepUntil(until.into()));
            }
            4 => all.push(log(&self.any(around))),
            _ => {
                let data = self.random.percent(60).then(|| self.any(around));
                all.push(S::Emit("\"told\"".into(), data));
            }
        }
    }

    /// A statement that leaves its block, mostly under a condition.
    fn leaving_statement(&mut self, around: &Around, all: &mut Vec<S>) -> bool {
        let (in_loop, bound) = (u64::from(around.in_loop), u64::from(around.bound));
        let statement = match self.random.weighted(&[3, 2, 4 * bound, 3 * in_loop, 3 * in_loop]) {
            0 => fail(&self.failure(around)),
            1 if self.random.percent(30) => S::Return(None),
            1 => give_back(&format!("#{{ out: {} }}", self.int(around))),
            2 => give(&self.int(around)),
            3 => S::Break,
            _ => S::Continue,
        };
        let always = self.random.percent(40);
        let condition = self.bool(around);
        all.push(if always { statement } else { when(&condition, vec![statement]) });
        always
    }

    fn reassignment(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let owned = around.vars.iter().filter(|v| v.kind == Kind::Int && v.branches == around.branches);
        let owned: Vec<String> = owned.map(|v| v.name.clone()).collect();
        if let Some(name) = owned.get(self.random.below(owned.len() as u64) as usize) {
            let value = self.int(around);
            all.push(set(name, &value));
        }
    }

    fn condition(&mut self, around: &Around) -> S {
        let arms = 1 + self.random.below(2);
        let arms = (0..arms).map(|_| (self.bool(around), self.block(&around.inner()))).collect();
        let otherwise = self.random.percent(50).then(|| self.block(&around.inner()));
        S::If(arms, otherwise)
    }

    /// A `while` that counts its turns. Now and then it is a long one that does nothing else.
    fn repetition(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let count = self.name("c");
        all.push(set(&count, "0"));
        let long = self.random.percent(2);
        let turns = if long { 900 } else { 1 + self.random.below(3) };
        let bind = self.random.percent(50).then(|| self.name("w"));
        let inside = Around { in_loop: true, bound: around.bound || bind.is_some(), ..around.inner() };
        let mut body = vec![set(&count, &format!("{count} + 1"))];
        if !long {
            body.extend(self.block(&inside));
        }
        let also = if self.random.percent(20) { format!(" && {}", self.bool(around)) } else { String::new() };
        let block = repeat(&format!("{count} < {turns}{also}"), body);
        around.bind(&count, Kind::Other);
        self.bound(block, bind, Kind::Ints, around, all);
    }

    fn bound(&mut self, block: S, bind: Option<String>, kind: Kind, around: &mut Around, all: &mut Vec<S>) {
        match bind {
            Some(name) => {
                all.push(block.bound(&name));
                around.bind(&name, kind);
            }
            None => all.push(block),
        }
    }

    fn each(&mut self, around: &mut Around, all: &mut Vec<S>, parallel: bool) {
        let bind = self.random.percent(50).then(|| self.name("f"));
        let (item, index) = (self.name("x"), self.random.percent(40).then(|| self.name("i")));
        // A `yield` may not cross an unbound `for … parallel`.
        let reaches = bind.is_some() || (around.bound && !parallel);
        let outer = if parallel { around.branch(reaches) } else { Around { bound: reaches, ..around.inner() } };
        let mut inside = Around { in_loop: true, ..outer }.with(&item, Kind::Int);
        index.iter().for_each(|index| inside.bind(index, Kind::Int));
        let body = self.block(&inside);
        let items = match self.var(around, Kind::Ints) {
            Some(list) if self.random.percent(40) => list,
            _ => self.random.of(&["[]", "[1]", "[1, 2]", "[3, 1, 2]"]).to_string(),
        };
        let parallel = parallel.then(|| self.random.of(&["1", "2", "9"]).to_string());
        let block = match (index, parallel) {
            (Some(index), None) => each(&item, &items, body).index(&index),
            (None, None) => each(&item, &items, body),
            (index, parallel) => S::For(EachText { bind: None, item, index, items, parallel, body }),
        };
        self.bound(block, bind, Kind::Ints, around, all);
    }

    fn attempt(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let bind = self.random.percent(40).then(|| self.name("t"));
        let inside = Around { bound: around.bound || bind.is_some(), ..around.inner() };
        let mut block = attempt(self.block(&inside));
        let shape = self.random.below(4);
        if shape != 0 {
            let err = self.name("e");
            let body = self.block(&inside.with(&err, Kind::Error));
            block = block.catch(&err, body);
        }
        if shape == 0 || shape == 3 {
            let body = self.block(&inside);
            block = block.finally(body);
        }
        self.bound(block, bind, Kind::Other, around, all);
    }

    fn branches(&mut self, around: &Around, bound: bool, least: u64) -> Vec<BranchText> {
        let count = least + self.random.below(2);
        let mut one = || {
            let name = self.name("p");
            let body = self.block(&around.branch(bound));
            branch(&name, body)
        };
        (0..count).map(|_| one()).collect()
    }

    fn parallel(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let bind = self.random.percent(40).then(|| self.name("m"));
        let mut branches = self.branches(around, bind.is_some(), 1);
        let mut exported = Vec::new();
        for _ in 0..self.random.below(3) {
            let (step, kind) = match self.random.below(4) {
                0 if !self.later.is_empty() => (self.child(around), Kind::Child),
                1 => (self.wait(), Kind::Other),
                _ => (self.effect(around), Kind::Effect),
            };
            exported.push((step.name.clone(), kind));
            branches.push(bare(step));
        }
        self.bound(parallel(branches), bind, Kind::Other, around, all);
        exported.iter().for_each(|(name, kind)| around.bind(name, *kind));
    }

    fn race(&mut self, around: &mut Around, all: &mut Vec<S>) {
        let bind = self.random.percent(50).then(|| self.name("r"));
        let branches = self.branches(around, bind.is_some(), 2);
        self.bound(race(branches), bind, Kind::Other, around, all);
    }
}
