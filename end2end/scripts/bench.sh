#!/usr/bin/env bash
# Runs the benchmarks, all or one group, prints their figures, and puts the table into BENCHMARKS.md
# when all have run.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"
# shellcheck source=end2end/scripts/bench-groups.sh
. "$SCRIPTS/bench-groups.sh"

take_folder "$STATE/bench" "Another run of the benchmarks is at work here."

wanted=("$@")
for name in "${wanted[@]}"; do
  [ -n "${BENCH_GROUPS[$name]:-}" ] ||
    fail "There is no group $name; the groups are: $(printf '%s\n' "${!BENCH_GROUPS[@]}" | sort | paste -sd ' ')."
done
[ ${#wanted[@]} -gt 0 ] || mapfile -t wanted < <(printf '%s\n' "${!BENCH_GROUPS[@]}" | sort)

"$SCRIPTS/install.sh" test 9>&-

# figure: NAME = VALUE (goal OP NUMBER) holds  →  one row of the table
rows() {
  sed -nE "s/^ *figure: ([^ ]+) = ([^ ]+) \((goal ([^)]*)|no goal)\) ?(holds|short)?.*$/| $1 | \1 | \2 | \4 | \5 |/p" "$2"
}
table=
for name in "${wanted[@]}"; do
  log=$LOGS/$name.log
  say "$name"
  status=0
  group_start "$name" "$log" bash -euo pipefail -c "${BENCH_GROUPS[$name]}"
  wait "$STARTED" || status=$?
  grep -h '^ *figure: ' "$log" | sed 's/^ *//' || true
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    fail "$name failed; its log is $log."
  fi
  # Tests that print the same figure twice (as it happens and at the end) count once.
  table+=$(rows "$name" "$log" | awk '!seen[$0]++')$'\n'
done

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
system=$(. /etc/os-release && printf '%s' "$PRETTY_NAME")
block=$(
  printf 'Measured on %s with `make bench%s`: %s, %s cores, %s, %s.\n\n' "$(date -u +%Y-%m-%d)" \
    "$([ $# -eq 0 ] || printf ' NAME=%s' "$1")" "${cpu:-unknown processor}" "$(nproc)" "$memory" "$system"
  printf '| group | figure | value | goal | |\n|---|---|---|---|---|\n%s' "$table"
)
printf '\n%s\n' "$block"

# Between these marks the file belongs to this script.
first='<!-- figures: written by make bench -->' last='<!-- end of figures -->'
if [ $# -eq 0 ] && grep -qxF -- "$first" BENCHMARKS.md 2>/dev/null; then
  awk -v first="$first" -v last="$last" -v block="$block" '
    $0 == first { print; print ""; print block; print ""; inside = 1 }
    $0 == last { inside = 0 }
    !inside && $0 != first { print }' BENCHMARKS.md >"$DATA/BENCHMARKS.md"
  mv "$DATA/BENCHMARKS.md" BENCHMARKS.md
  say "BENCHMARKS.md has the new table."
fi
