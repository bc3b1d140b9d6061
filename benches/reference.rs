//! What the figures are held against: the disk, the processor, a bare store.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The machine, in a line.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("unknown processor", |l| l.trim_start_matches([':', ' ', '\t']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores of {model}, Linux {}", kernel.trim())
}

/// How long `f` takes at the median of `times` calls, after one that isn't counted.
pub fn median(times: usize, mut f: impl FnMut()) -> Duration {
    f();
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let begin = Instant::now();
            f();
            begin.elapsed()
        })
        .collect();
    taken.sort();
    taken[times / 2]
}

/// The median time of one append of `bytes` with `fdatasync`, over at least a third of a second.
pub fn append(dir: &Path, bytes: usize) -> Duration {
    let mut file = File::create(dir.join("append")).expect("a file");
    let block = vec![7_u8; bytes];
    let mut taken = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(350) {
        let one = Instant::now();
        file.write_all(&block).expect("written");
        file.sync_data().expect("synced");
        taken.push(one.elapsed());
    }
    taken.sort();
    taken[taken.len() / 2]
}

/// Rows a second of a bare redb: `rows` of `bytes` in transactions of `batch`, keys as the journal's.
pub fn bare_redb(dir: &Path, bytes: usize, batch: usize) -> f64 {
    const TABLE: redb::TableDefinition<'_, (u128, u64), &[u8]> = redb::TableDefinition::new("rows");
    let path = dir.join("bare.redb");
    let _ = std::fs::remove_file(&path);
    let db = redb::Database::builder().set_cache_size(64 << 20).create(&path).expect("a store");
    let row = vec![7_u8; bytes];
    let (mut run, mut rows) = (1_u128 << 80, 0_u64);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(700) {
        let write = db.begin_write().expect("a transaction");
        {
            let mut table = write.open_table(TABLE).expect("a table");
            for i in 0..batch {
                table.insert((run + i as u128, rows % 12), row.as_slice()).expect("a row");
                rows += 1;
            }
        }
        write.commit().expect("a commit");
        run += u128::from(rows % 12 == 0);
    }
    rows as f64 / begin.elapsed().as_secs_f64()
}
