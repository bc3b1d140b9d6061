//! How fast a client commits beside the owner. Run by name: `cargo test --release --lib link::tests::speed -- --ignored
//! --nocapture`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::journal::tests::{me, write};
use crate::journal::{Folder, Journal};

use super::{Pair, open};

/// How long each figure is measured.
const LENGTH: Duration = Duration::from_millis(1_500);

static RUN: AtomicU64 = AtomicU64::new(0);

/// Commits a second, by so many runs at once in each of the processes.
fn rates(processes: &[(&dyn Journal, usize)]) -> Vec<f64> {
    let counts: Vec<AtomicU64> = processes.iter().map(|_| AtomicU64::new(0)).collect();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for ((journal, runs), count) in processes.iter().zip(&counts) {
            for _ in 0..*runs {
                let n = RUN.fetch_add(1, Ordering::Relaxed);
                scope.spawn(move || {
                    let mut seq = 0;
                    while begin.elapsed() < LENGTH {
                        journal.commit(&[write(n, seq)]).expect("stored");
                        count.fetch_add(1, Ordering::Relaxed);
                        seq += 1;
                    }
                });
            }
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    counts.into_iter().map(|count| count.into_inner() as f64 / seconds).collect()
}

#[test]
#[ignore = "measures"]
fn a_client_beside_the_owner() {
    let pair = Pair::new();
    println!("runs   owner alone   client alone   ratio   both at once: owner, client");
    for runs in [1, 16, 64] {
        let owner = rates(&[(&pair.owner, runs)])[0];
        let client = rates(&[(&pair.client, runs)])[0];
        let both = rates(&[(&pair.owner, runs), (&pair.client, runs)]);
        println!("{runs:4} {owner:13.0} {client:14.0} {:7.2} {:10.0} {:10.0}", client / owner, both[0], both[1]);
    }
    let begin = Instant::now();
    let reads = 2_000;
    for _ in 0..reads {
        pair.client.length(crate::journal::tests::run(0)).expect("reads");
    }
    println!("a read through the owner takes {:.0} µs", begin.elapsed().as_secs_f64() * 1e6 / f64::from(reads));
    let begin = Instant::now();
    for _ in 0..100 {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Folder::open(folder.path(), &Default::default(), &me(), &mut |_| {}).expect("opens"));
    }
    let alone = begin.elapsed();
    let begin = Instant::now();
    for _ in 0..100 {
        let folder = tempfile::tempdir().expect("a folder");
        drop(open(folder.path()));
    }
    let serving = begin.elapsed();
    println!("opening and leaving a store: {:?}, serving others {:?}", alone / 100, serving / 100);
}
