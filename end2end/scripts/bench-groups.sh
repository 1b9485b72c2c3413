# shellcheck shell=bash
# shellcheck disable=SC2034 # bench.sh reads it
# The groups of `make bench`, each with the command that prints its figures. Goals live beside the code
# that measures. One test at a time: engines that share the cores measure each other.
declare -A BENCH_GROUPS=(
  [alerts]='cargo test -p callscript-server --test alerts every_fault -- --show-output'
  [app]='end2end/scripts/bench-app.sh'
  [demo]='cargo test --workspace --test recognition_and_flags -- --show-output --test-threads 1'
  # Optimised, as a deployment runs: the rivals are programs that are optimised, too.
  [ingest]='cargo bench --quiet -p callscript-server --bench ingest'
  [judge]='cargo bench --quiet -p callscript-server --bench judge
    cargo test -p callscript-server --test judge soundness -- --show-output
    cargo test -p callscript-server --test lanes true_transcripts -- --show-output'
  [worker]='cargo bench --quiet -p gpu-worker --bench worker
    cargo test -p gpu-worker --test recognition -- --show-output --test-threads 1
    FLEET_CALLS=200 cargo test -p gpu-worker --test worker fleet -- --show-output
    end2end/scripts/seek.sh'
  # SCALE_CALLS=1000000 for a shorter run.
  [scale]='cargo bench --quiet --profile dev -p supabase-local --bench scale'
  # All of it is PostgreSQL's work; the program only asks.
  [search]='cargo bench --quiet --profile dev -p supabase-local --bench search'
  # As in life, and so for 20 minutes, and optimised as a deployment runs; CI has a short form.
  [soak]='cargo build --release -p callscript-server -p gpu-worker --bins --examples
    SOAK=long cargo test --release -p pipeline --test soak -- --show-output'
  [vault]='cargo bench --quiet -p callscript-server --bench vault'
  [word_times]='cargo bench --quiet -p gpu-worker --bench word_times'
  [schedules]='cargo test -p callscript-server --test virtual_time after_the_faults -- --show-output'
)
