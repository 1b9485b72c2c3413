#!/usr/bin/env bash
# Several servers that ask the unasked rules again never send the same call back twice, and never wait for each other.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..4
answer "insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model, ask_again_at)
  select 'TEST', 'asking-' || i, now() - make_interval(secs => i), 'TEST/' || i || '.mp3', 'undecided', '[]', 'q', 'm', now() - interval '1 hour'
  from generate_series(1, 100) as i"

# Two connections, the first one's transaction still open.
coproc FIRST { psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align 2>&1; }
# shellcheck disable=SC2153  # bash sets it with the coproc
first_pid=$FIRST_PID
trap 'kill "$first_pid" 2>/dev/null || true; clean_up' EXIT
ask_first() {
  printf '%s\n\\echo end-of-answer\n' "$1" >&"${FIRST[1]}"
  local line
  while IFS= read -r -t 30 line <&"${FIRST[0]}" && [ "$line" != end-of-answer ]; do printf '%s\n' "$line"; done
}
first=$(ask_first "begin; select api.ask_unasked(10);")
second=$(answer "set lock_timeout = '5s'; select api.ask_unasked(10)" || true)
same "$first $second" "10 10" "the second connection takes others while the first is still open"
ask_first 'commit;' >/dev/null
printf '\\q\n' >&"${FIRST[1]}"
wait "$first_pid" || true

for n in 1 2 3 4; do
  for _ in $(seq 10); do echo "select api.ask_unasked(3);"; done |
    psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align --output "$answers/$n" &
  workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker"; done
same "$(cat "$answers"/? | awk '{ taken += $1 } END { print taken }')" 80 "four connections take the other 80"
same "$(answer "select count(*), min(round), max(round) from core.calls where account = 'TEST' and verdict_before = 'undecided'")" "100|2|2" \
  "each call once"
same "$(answer "select api.ask_unasked(10)")" 0 "and none is left"
exit "${failed:?}"
