# shellcheck shell=bash
# Steps of a long check: each is named, timed and logged; the first that fails ends the run and shows
# the end of its log.

# step NAME COMMAND...
step() {
  local name=$1 log=$LOGS/test-$1.log began=$SECONDS status=0
  shift
  printf '%s  %-24s' "$(date +%H:%M:%S)" "$name"
  group_start "$name" "$log" "$@"
  wait "$STARTED" || status=$?
  if [ "$status" -ne 0 ]; then
    printf 'failed after %s s\n\n' "$((SECONDS - began))"
    tail -n 80 "$log"
    fail "
$name failed; the whole log is $log."
  fi
  printf '%s s\n' "$((SECONDS - began))"
  grep -h '^ *figure: ' "$log" | sed 's/^ *//' || true
}
