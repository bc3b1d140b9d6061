//! Runs of ten steps on redb, beside a bare redb and a raw append with the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use wayfare::driver::doorway::clock::SystemClock;
use wayfare::driver::doorway::random::SystemEntropy;
use wayfare::driver::effects::{FnEffects, OutputLine};
use wayfare::driver::{Driver, Ground, Observer, Wish};
use wayfare::journal::{Alone, Folder, Holder, Journal};
use wayfare::model::{Event, RunId, Time, Trigger, Value};
use wayfare::program::{self, Program};

use super::reference::{append, bare_redb};
use super::table::{Table, short};

const STEPS: usize = 10;
const TAKEN: Duration = Duration::from_millis(2_000);

fn program(pure: bool) -> Program {
    let mut text = String::from("workflow bench {\n  input { load: any = () }\n  let sum = 0\n");
    for i in 0..STEPS {
        let step = if pure {
            format!("let s{i} = #{{ code: {i} }}")
        } else {
            format!("step s{i} = exec(\"true\", [\"{i}\"])")
        };
        text.push_str(&format!("  {step}\n  if input.load.count > 3 {{ sum += s{i}.code }}\n"));
    }
    text.push_str("  output { sum: int = sum }\n}\n");
    let compiled = program::compile("bench.wf", &text);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let stored = serde_json::to_string(&plan).expect("a plan writes");
    Program::new(plan, program::digest(&stored)).expect("a program")
}

/// A value of about 1 KiB.
fn load() -> Value {
    let hosts =
        (0..32).map(|i| Value::map([("name", Value::text(format!("host-{i}"))), ("n", Value::Int(i))])).collect();
    Value::map([("count", Value::Int(7)), ("hosts", Value::list(hosts))])
}

/// Tells of each run whose end is on disk.
pub struct Ends(pub Sender<RunId>);

impl Observer for Ends {
    fn committed(&self, run: RunId, _at: Time, events: &[Event]) {
        match events.last() {
            Some(Event::RunSucceeded { .. }) => self.0.send(run).expect("the bench listens"),
            Some(Event::RunFailed { error }) => panic!("{error}"),
            _ => {}
        }
    }

    fn printed(&self, _run: RunId, _path: &str, _line: &OutputLine) {}
}

struct Bench {
    driver: Driver,
    ended: Receiver<RunId>,
    journal: Arc<dyn Journal>,
    wish: Wish,
}

fn bench(dir: &Path, pure: bool) -> Bench {
    let me = Holder { pid: std::process::id(), started: Time::from_unix_ms(0), command: vec!["bench".into()] };
    let folder = Folder::open(&dir.join("data"), &Default::default(), &me, &mut |_| {}).expect("a store");
    let journal: Arc<dyn Journal> = folder.journal();
    let answer = Value::map([("code", Value::Int(1)), ("stdout", Value::text("")), ("stderr", Value::text(""))]);
    let (tell, ended) = channel();
    let ground = Ground {
        journal: journal.clone(),
        exchange: Arc::new(Alone::new()),
        effects: Arc::new(FnEffects::new(move |_| Ok(answer.clone()))),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new().expect("entropy")),
        observer: Arc::new(Ends(tell)),
        data: dir.join("data"),
    };
    let program = Arc::new(program(pure));
    let stored = serde_json::to_string(program.plan()).expect("a plan writes");
    let wish = Wish {
        texts: vec![(program.digest(), stored.into())],
        version: program.digest(),
        program,
        workflow: "bench".into(),
        given: [("load".into(), load())].into(),
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        key: None,
        allow_net: Vec::new(),
        allow_files: Vec::new(),
    };
    Bench { driver: Driver::start(ground).expect("a driver"), ended, journal, wish }
}

impl Bench {
    /// Runs a second with `at_once` of them under way; also one of them, to look at, and what a run takes of the
    /// processor on the driver's thread and on the journal's, in µs.
    fn rate(&self, at_once: usize) -> (f64, RunId, [f64; 2]) {
        (0..at_once).for_each(|_| drop(self.driver.begin(self.wish.clone())));
        let mut done = 0_u64;
        let mut last = None;
        let begin = Instant::now();
        let before = ["driver", "journal"].map(processor);
        while begin.elapsed() < TAKEN {
            last = Some(self.ended.recv().expect("the driver lives"));
            done += 1;
            drop(self.driver.begin(self.wish.clone()));
        }
        let rate = done as f64 / begin.elapsed().as_secs_f64();
        let after = ["driver", "journal"].map(processor);
        let spent = [0, 1].map(|i| (after[i] - before[i]) * 1e6 / done as f64);
        for _ in 0..at_once {
            self.ended.recv().expect("the driver lives");
        }
        (rate, last.expect("a run"), spent)
    }

    /// Records of a run, and the bytes of one at the median.
    fn rows(&self, run: RunId) -> (usize, usize) {
        let records = self.journal.history(run, 0, 1_000).expect("a history");
        let mut sizes: Vec<usize> = records.iter().map(|r| r.encode().len()).collect();
        sizes.sort_unstable();
        (sizes.len(), sizes[sizes.len() / 2])
    }
}

/// How long this process's threads of that name have run, in s.
pub fn processor(name: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the system tells of threads");
    let stats = tasks.flatten().filter_map(|task| {
        std::fs::read_to_string(task.path().join("schedstat"))
            .ok()
            .zip(std::fs::read_to_string(task.path().join("comm")).ok().filter(|comm| comm.trim() == name))
    });
    stats.filter_map(|(stat, _)| stat.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}

pub fn figures() -> Table {
    let head = [
        "runs of ten steps",
        "at once",
        "runs/s",
        "journaled steps/s",
        "bare redb, rows/s",
        "of bare redb",
        "raw append, rows/s",
        "commits of time a step",
        "µs of processor a run: driver, journal",
    ];
    let mut table = Table::new("Runs", &head);
    for pure in [true, false] {
        for at_once in [1, 16, 128] {
            let dir = tempfile::tempdir().expect("a folder");
            let bench = bench(dir.path(), pure);
            let (rate, run, spent) = bench.rate(at_once);
            let (rows, bytes) = bench.rows(run);
            bench.driver.leave();
            let redb = bare_redb(dir.path(), bytes, at_once);
            let raw = at_once as f64 / append(dir.path(), bytes * at_once).as_secs_f64();
            let journaled = rate * rows as f64;
            let commit = 1.0 / (redb / at_once as f64);
            let a_step = 1.0 / (rate * STEPS as f64) * at_once as f64;
            table.row(&[
                if pure { "pure".into() } else { "with a no-op effect".into() },
                at_once.to_string(),
                short(rate),
                short(rate * STEPS as f64),
                short(redb),
                format!("{:.2}", journaled / redb),
                short(raw),
                format!("{:.2}", a_step / commit),
                format!("{:.0}, {:.0}", spent[0], spent[1]),
            ]);
        }
    }
    table
}
