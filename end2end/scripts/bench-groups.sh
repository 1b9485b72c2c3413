# shellcheck shell=bash
# shellcheck disable=SC2034 # bench.sh reads it
# The groups of `make bench`, each with the command that prints its figures. Goals live beside the code
# that measures.
declare -A BENCH_GROUPS=(
  [recognition]='cargo nextest run --workspace --success-output final -E "package(gpu-worker) and binary(recognition)"'
  [demo]='cargo nextest run --workspace --success-output final -E "binary(recognition_and_flags)"'
)
