#!/usr/bin/env bash
# Reviewers who press Next call at the same moment never get the same call.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..4
remove_presence() {
  answer "delete from core.presence where user_email like '%@next.test'" >/dev/null
}
# Newer than nothing else: whatever waits in this database waits in front.
answer "insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, campaign_name, flags, qa_version, judge_model)
  select 'TEST', 'next-' || i, now() - make_interval(secs => i), 'TEST/' || i || '.mp3', 'undecided', 'next-test', '[]', 'q', 'm'
  from generate_series(1, 40) as i"
as_reviewer() {
  printf "set role authenticated; select set_config('request.jwt.claims', '%s', false);" \
    "{\"role\": \"authenticated\", \"sub\": \"00000000-0000-4000-8000-0000000000$1\", \"email\": \"$1@next.test\", \"app_metadata\": {\"role\": \"reviewer\"}}"
}
NEXT="select api.next_call('{\"campaign\": \"next-test\"}') ->> 'call_id';"

# Two connections, the first one's transaction still open.
coproc FIRST { psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align 2>&1; }
# shellcheck disable=SC2153  # bash sets it with the coproc
first_pid=$FIRST_PID
trap 'kill "$first_pid" 2>/dev/null || true; remove_presence; clean_up' EXIT
ask_first() {
  printf '%s\n\\echo end-of-answer\n' "$1" >&"${FIRST[1]}"
  local line
  while IFS= read -r -t 30 line <&"${FIRST[0]}" && [ "$line" != end-of-answer ]; do printf '%s\n' "$line"; done
}
ask_first "$(as_reviewer c1)" >/dev/null
first=$(ask_first "begin; $NEXT")
answer "$(as_reviewer c2) $NEXT" >"$answers/second" &
second_pid=$!
# The second is at the lock before the first one ends.
until [ "$(answer "select count(*) from pg_locks where locktype = 'advisory' and not granted")" != 0 ]; do :; done
ask_first 'commit;' >/dev/null
wait "$second_pid"
same "$(tail -n 1 "$answers/second" | grep -c '^[0-9]')" 1 "the second gets a call"
same "$([ "$first" != "$(tail -n 1 "$answers/second")" ] && echo another)" another "and not the one that the first was just taking"
printf '\\q\n' >&"${FIRST[1]}"
wait "$first_pid" || true
rm "$answers/second"
remove_presence

# Four reviewers press again and again, each keeping what they got.
for n in 1 2 3 4; do
  { as_reviewer "d$n"; for _ in $(seq 10); do echo "$NEXT"; done; } |
    psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align --output "$answers/$n" &
  workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker"; done
first_of_each=$(for n in 1 2 3 4; do grep '^[0-9]' "$answers/$n" | head -n 1; done)
same "$(sort -u <<<"$first_of_each" | wc -l)" 4 "four reviewers get four calls"
same "$(answer "select coalesce(max(people), 0) from (select count(*) as people from core.presence where user_email like '%@next.test' group by call_id) as p")" 1 \
  "no call has two of them"
exit "${failed:?}"
