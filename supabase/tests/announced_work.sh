#!/usr/bin/env bash
# Waiting work is announced: one notification per statement and lane, none for calls that no lane can take.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..3
listener_says() {
  psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align 2>&1 <<SQL | grep -o 'callscript_work.*with payload "[a-z]*"' | sort | uniq -c | sed 's/^ *//'
listen callscript_work;
$1
select 1;
SQL
}
made=$(listener_says "insert into core.calls (account, ringba_call_id, start_time_utc, audio_url)
  select 'TEST', 'concurrent-' || i, now(), 'https://media.example.test/' from generate_series(1, 50) as i;")
same "$made" '1 callscript_work" with payload "vault"' "fifty new calls with links: one notification for the vault"
made=$(listener_says "insert into core.calls (account, ringba_call_id, start_time_utc) values ('TEST', 'concurrent-linkless', now());" || true)
same "$made" "" "a call without a link: none"
made=$(listener_says "update core.calls set audio_url = 'https://media.example.test/' where ringba_call_id = 'concurrent-linkless';")
same "$made" '1 callscript_work" with payload "vault"' "its link: one"
exit "${failed:?}"
