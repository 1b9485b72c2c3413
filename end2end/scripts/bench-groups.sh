# shellcheck shell=bash
# The groups of `make bench`, each with the command that prints its figures. The goals live beside the
# code that measures.
declare -A BENCH_GROUPS=(
  [demo]='cargo nextest run --workspace --success-output final -E "test(/figures/)"'
)
