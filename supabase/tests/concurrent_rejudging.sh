#!/usr/bin/env bash
# An order to judge again waits for no call that somebody holds, and forgets none.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..4
answer "insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status, flags, qa_version, judge_model)
  select 'TEST', 'rejudging-' || i, '1999-01-01Z'::timestamptz - make_interval(secs => i), 'TEST/' || i || '.mp3', 'safe', '[]', 'q', 'm'
  from generate_series(1, 5) as i"
answer "insert into core.judgements (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
  select c.call_id, 1, v.ruleset_id, 'p', 'safe', 'm', '[]', '[]'
  from core.calls as c, core.verticals as v where c.account = 'TEST' and v.vertical = 'common'"
answer "update core.calls as c set judgement_id = j.judgement_id
  from core.judgements as j where j.call_id = c.call_id and c.account = 'TEST'"
done_so_far="select calls_done, finished_at is not null from core.rejudge_orders where reason = 'concurrent test'"

# Another connection holds the third call.
coproc FIRST { psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align 2>&1; }
# shellcheck disable=SC2153  # bash sets it with the coproc
first_pid=$FIRST_PID
trap 'kill "$first_pid" 2>/dev/null || true; answer "delete from core.rejudge_orders where reason = '"'concurrent test'"'"; clean_up' EXIT
ask_first() {
  printf '%s\n\\echo end-of-answer\n' "$1" >&"${FIRST[1]}"
  local line
  while IFS= read -r -t 30 line <&"${FIRST[0]}" && [ "$line" != end-of-answer ]; do printf '%s\n' "$line"; done
}
ask_first "begin; select call_id from core.calls where ringba_call_id = 'rejudging-3' for update;" >/dev/null
# Only now: pg_cron works orders off as well.
answer "insert into core.rejudge_orders (to_time, reason) values ('2000-01-01', 'concurrent test')"
answer "set lock_timeout = '5s'; select core.work_off_rejudge_orders()" >/dev/null || true
same "$(answer "$done_so_far")" "4|f" "all but the call that is held, without waiting for it"
ask_first 'commit;' >/dev/null
printf '\\q\n' >&"${FIRST[1]}"
wait "$first_pid" || true
answer "select core.work_off_rejudge_orders()" >/dev/null
same "$(answer "$done_so_far")" "5|t" "then that one, and the order is done"
same "$(answer "select string_agg(ringba_call_id, ' ') from core.calls where account = 'TEST' and verdict_before is null")" "" "no call is left out"
same "$(answer "select max(round) from core.calls where account = 'TEST'")" 2 "and none is sent twice"
exit "${failed:?}"
