#!/usr/bin/env bash
# Reservations from several connections at once never pass a day's limit, and leave nothing of it over.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=supabase/tests/helpers/two_connections.sh
. helpers/two_connections.sh

echo 1..3
remove_reservations() {
  answer "select api.settle_model_use(reservation, 0, 0) from core.model_reservations where reservation::text like '00000000-0000-4000-9000-%';
    delete from core.model_reservations where reservation::text like '00000000-0000-4000-9000-%';
    delete from core.alerts where kind = 'judge_budget_spent' and subject = core.utc_day()::text" >/dev/null
}
trap 'remove_reservations; clean_up' EXIT
remove_reservations

before=$(answer "select api.model_use_today() ->> 'tokens'")
limit=$((before + 1005))
# Two connections send the same reservations: 150 different ones in all.
for n in 1 2 3 4; do
  for i in $(seq 50); do
    printf "select r from (select api.reserve_model_use('00000000-0000-4000-9000-%012d', 10, 0, %s) as r) as x;\n" $((n / 2 * 1000 + i)) $limit
  done | psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align --output "$answers/$n" 2>>"$answers/errors" &
  workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker"; done
same "$(answer "select count(*) from core.model_reservations where reservation::text like '00000000-0000-4000-9000-%'")" 100 \
  "four connections are granted what fits"
same "$(answer "select (api.model_use_today() ->> 'tokens')::bigint - $before")" 1000 "and the day counts it"
same "$(head -n 1 "$answers/errors")" "" "and the same reservation from two of them is no error"
exit "${failed:?}"
