#!/usr/bin/env bash
# Claims from several connections at once never give the same call twice, and never wait for each other.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..6
make_calls 100

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
first=$(ask_first "begin; select call_id from api.claim('worker', 'first', 5);")
second=$(answer "set lock_timeout = '5s'; select call_id from api.claim('worker', 'second', 5)" || true)
same "$(wc -w <<<"$first") $(wc -w <<<"$second")" "5 5" "the second connection claims while the first is still open"
same "$(printf '%s\n%s\n' "$first" "$second" | sort | uniq -d)" "" "and gets other calls"
ask_first 'rollback;' >/dev/null
printf '\\q\n' >&"${FIRST[1]}"
wait "$first_pid" || true
same "$(answer "select count(*) from core.calls where account = 'TEST' and status = 'processing'")" 5 "what is rolled back was not claimed"

# Four connections that take all there is, one by one.
for n in 1 2 3 4; do
  for _ in $(seq 30); do echo "select lease_token from api.claim('worker', 'hammer-$n', 1);"; done |
    psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align --output "$answers/$n" &
  workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker"; done
same "$(cat "$answers"/? | sort -u | wc -w)" 95 "four connections take the other 95"
same "$(cat "$answers"/? | sort | uniq -d)" "" "no lease twice"
same "$(answer "select count(*) from core.attempts join core.calls using (call_id) where account = 'TEST' group by call_id having count(*) > 1")" "" \
  "no call twice"
exit "${failed:?}"
