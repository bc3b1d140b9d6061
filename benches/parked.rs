//! Runs that wait: what they cost in memory, how soon a process that comes back is ready, and how soon one of them
//! goes on when somebody says something to it. Each process that holds them is one of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use wayfare::driver::doorway::clock::SystemClock;
use wayfare::driver::doorway::random::SystemEntropy;
use wayfare::driver::effects::{FnEffects, OutputLine};
use wayfare::driver::{Desk, Driver, Ground, Observer, Until, Wish};
use wayfare::journal::{Alone, Exchange, Folder, Holder, Journal, Settings};
use wayfare::model::{Event, Order, RunId, Time, Trigger, Value};
use wayfare::program::{self, Program};

use super::reference::bare_redb;
use super::table::{Table, short};

/// How many runs wait.
const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// How many runs are being begun at a time.
const AT_ONCE: usize = 128;

/// How many runs are woken.
const WOKEN: usize = 101;

/// The word by which this program is told to be a process that holds runs.
pub const CHILD: &str = "parked-child";

/// Of two runs one sleeps, and one waits for a signal.
const TEXT: &str = "\
workflow parked {
  input { n: int }
  signal go(n: int)
  if input.n % 2 == 0 { sleep 400d }
  step told = wait signal(go)
  output { n: int = told.n }
}
";

fn order() -> Order {
    Order::Signal {
        name: "go".into(),
        source: "bench".into(),
        delivery: None,
        parameters: Value::map([("n", Value::Int(7))]),
    }
}

/// Tells of each run that has left memory, and of each that has ended.
struct Watch {
    parked: Sender<RunId>,
    ended: Sender<RunId>,
}

impl Observer for Watch {
    fn committed(&self, run: RunId, _at: Time, events: &[Event]) {
        if let Some(Event::RunSucceeded { .. } | Event::RunStopped | Event::RunFailed { .. }) = events.last() {
            let _ = self.ended.send(run);
        }
    }

    fn parked(&self, run: RunId) {
        let _ = self.parked.send(run);
    }

    fn printed(&self, _run: RunId, _path: &str, _line: &OutputLine) {}
}

fn open(dir: &Path) -> Arc<dyn Journal> {
    let me = Holder { pid: std::process::id(), started: Time::from_unix_ms(0), command: vec!["bench".into()] };
    Folder::open(&dir.join("data"), &Settings::default(), &me, &mut |_| {}).expect("a store").journal()
}

fn drive(dir: &Path, journal: Arc<dyn Journal>, exchange: Arc<dyn Exchange>, watch: Watch) -> Driver {
    let ground = Ground {
        journal,
        exchange,
        effects: Arc::new(FnEffects::new(|_| Ok(Value::Unit))),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new().expect("entropy")),
        observer: Arc::new(watch),
        data: dir.join("data"),
    };
    Driver::start(ground).expect("a driver")
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

// ---- the processes that hold runs

/// `park DIR N` begins N runs and waits until they all wait; `hold DIR` comes back to them, and wakes each that it is
/// told of. Either tells its figures in a line.
pub fn child(words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["park", dir, runs] => park(Path::new(dir), runs.parse().expect("a number")),
        ["hold", dir] => hold(Path::new(dir)),
        _ => panic!("no such task: {words:?}"),
    }
}

fn wish() -> Wish {
    let compiled = program::compile("parked.wf", TEXT);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let stored = serde_json::to_string(&plan).expect("a plan writes");
    let program = Arc::new(Program::new(plan, program::digest(&stored)).expect("a program"));
    Wish {
        texts: vec![(program.digest(), stored.into())],
        version: program.digest(),
        program,
        workflow: "parked".into(),
        given: BTreeMap::new(),
        trigger: Trigger { kind: "manual".into(), name: "manual".into(), delivery: None },
        key: None,
        allow_net: Vec::new(),
        allow_files: Vec::new(),
    }
}

fn park(dir: &Path, runs: usize) {
    let journal = open(dir);
    let ((parked, all_parked), (ended, _ended)) = (channel(), channel());
    let driver = drive(dir, journal.clone(), Arc::new(Alone::new()), Watch { parked, ended });
    // As `wf resume` does: nothing is kept of a single run.
    let _told = driver.resume_all(Until::End);
    let mut wish = wish();
    let begin = Instant::now();
    for n in 0..runs + AT_ONCE {
        if n >= AT_ONCE {
            all_parked.recv().expect("the driver lives");
        }
        if n < runs {
            wish.given.insert("n".into(), Value::Int(n as i64));
            drop(driver.begin(wish.clone()));
        }
    }
    let taken = begin.elapsed();
    println!("{} {}", taken.as_secs_f64(), resident_kib());
    driver.leave();
    driver.join().expect("it ends in order");
}

fn hold(dir: &Path) {
    let begin = Instant::now();
    let journal = open(dir);
    let exchange: Arc<dyn Exchange> = Arc::new(Alone::new());
    let ((parked, _parked), (ended, has_ended)) = (channel(), channel());
    let driver = drive(dir, journal.clone(), exchange.clone(), Watch { parked, ended });
    let _told = driver.resume_all(Until::End);
    // Answered by the round after the one that looks what is due.
    let nothing = RunId::from_bytes([0; 16]);
    (0..2).for_each(|_| drop(driver.resume(nothing).recv()));
    println!("{} {}", begin.elapsed().as_secs_f64(), resident_kib());
    let desk = Desk { journal: journal.clone(), exchange, clock: Arc::new(SystemClock) };
    let woken: Vec<RunId> = journal
        .live(None, 10 * WOKEN)
        .expect("rows")
        .into_iter()
        .filter(|row| row.due.is_none())
        .map(|row| row.id)
        .take(WOKEN)
        .collect();
    for run in woken {
        let one = Instant::now();
        desk.tell(run, order()).expect("it is stored");
        while has_ended.recv().expect("the driver lives") != run {}
        println!("{}", one.elapsed().as_secs_f64());
    }
    driver.leave();
    driver.join().expect("it ends in order");
}

// ---- what looks on

struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Process {
    fn start(words: &[&str]) -> Process {
        let me = std::env::current_exe().expect("this program");
        let child = Command::new(me).arg(CHILD).args(words).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("it starts");
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        Process { child, said }
    }

    fn numbers(&mut self) -> Vec<f64> {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it speaks");
        line.split_whitespace().map(|word| word.parse().expect("a number")).collect()
    }

    fn end(mut self) {
        assert!(self.child.wait().expect("it ends").success());
    }
}

struct Figures {
    parked_a_second: f64,
    parking_mib: f64,
    ready: Duration,
    holding_mib: f64,
    woken: Duration,
    disk_mib: f64,
    redb: f64,
}

fn measure(runs: usize) -> Figures {
    let dir = tempfile::tempdir().expect("a folder");
    let place = dir.path().to_str().expect("a name").to_string();
    let redb = bare_redb(dir.path(), 400, AT_ONCE);
    let mut parking = Process::start(&["park", &place, &runs.to_string()]);
    let (taken, parking_kib) = pair(&parking.numbers());
    parking.end();
    let mut holding = Process::start(&["hold", &place]);
    let (ready, holding_kib) = pair(&holding.numbers());
    let mut woken: Vec<f64> = (0..WOKEN).map(|_| holding.numbers()[0]).collect();
    holding.end();
    woken.sort_by(f64::total_cmp);
    let disk = std::fs::metadata(PathBuf::from(&place).join("data/journal.redb")).expect("a file").len();
    Figures {
        parked_a_second: runs as f64 / taken,
        parking_mib: parking_kib / 1_024.0,
        ready: Duration::from_secs_f64(ready),
        holding_mib: holding_kib / 1_024.0,
        woken: Duration::from_secs_f64(woken[woken.len() / 2]),
        disk_mib: disk as f64 / (1 << 20) as f64,
        redb,
    }
}

fn pair(numbers: &[f64]) -> (f64, f64) {
    (numbers[0], numbers[1])
}

pub fn figures() -> Table {
    let head = [
        "runs that wait",
        "VmRSS of a process that came back to them, MiB",
        "of the one that parked them, MiB",
        "ready again, ms",
        "one goes on when told, ms",
        "parked a second",
        "bare redb, rows/s",
        "store, MiB",
    ];
    let mut table = Table::new("Runs that wait", &head);
    let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e3);
    for runs in [FEW, MANY] {
        let found = measure(runs);
        table.row(&[
            runs.to_string(),
            format!("{:.1}", found.holding_mib),
            format!("{:.1}", found.parking_mib),
            ms(found.ready),
            ms(found.woken),
            short(found.parked_a_second),
            short(found.redb),
            format!("{:.1}", found.disk_mib),
        ]);
        let _ = std::io::stdout().flush();
    }
    table
}
