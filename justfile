# What one does here, by name. `just` alone lists it.

[private]
default:
    @just --list

# build `wf` as people get it
build:
    cargo build --release

# the first example, on its defaults
example:
    cargo run --release -- run examples/backup.wf:backup

# everything that must hold before a change lands
ci:
    .ci/run

# the tests
test *ARGS:
    cargo test {{ARGS}}

# layout and lints
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# the figures of the README, each beside its reference
bench *ARGS:
    cargo bench --bench figures -- {{ARGS}}

# the long form of the simulation: SEEDS seeded programs with crashes
simulate SEEDS="100000":
    WF_SIMULATION_SEEDS={{SEEDS}} cargo test --release simulation -- --nocapture

# the long form of the kill test: KILLS instants
torture KILLS="1000":
    WF_TORTURE_KILLS={{KILLS}} cargo test --release torture -- --nocapture
