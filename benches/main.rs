//! The figures of the README. Each stands beside a reference that was measured in the same minute on the same machine,
//! so that what is quoted is a ratio.
//!
//! `cargo bench --bench figures -- [texts|conditions|runs|parked|http|start]…`, all of them without a word.

#![allow(clippy::disallowed_methods, reason = "what looks on from outside starts programs and measures")]

mod conditions;
mod http;
mod parked;
mod reference;
mod runs;
mod start;
mod table;
mod texts;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some((parked::CHILD, task)) = asked.split_first().map(|(word, task)| (word.as_str(), task)) {
        return parked::child(task);
    }
    let wants = |word: &str| asked.is_empty() || asked.iter().any(|a| a == word);
    println!("{}\n", reference::machine());
    if wants("texts") {
        texts::figures().print();
    }
    if wants("conditions") {
        conditions::figures().print();
    }
    if wants("runs") {
        runs::figures().print();
    }
    if wants("http") {
        http::figures().print();
    }
    if wants("parked") {
        parked::figures().print();
    }
    if wants("start") {
        start::figures().print();
    }
}
