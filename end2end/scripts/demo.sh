#!/usr/bin/env bash
# The whole of CallScript on this machine: installs what is missing, builds, starts everything, prints
# the address and two logins, and tells how far the calls are until Ctrl-C.
#
# Settings (environment or .env), for example to run two demos side by side:
#   CALLSCRIPT_DEMO_PORT         the web app, 3000
#   CALLSCRIPT_DEMO_API_PORT     Supabase's API, 54321
#   CALLSCRIPT_DEMO_DB_PORT      PostgreSQL, 54322
#   CALLSCRIPT_DEMO_RINGBA_PORT  the Ringba simulator, 4010
#   CALLSCRIPT_DEMO_DATA_DIR     database, recordings, logs; .callscript
#   CALLSCRIPT_DEMO_PROFILE      cargo's profile of the programs, dev or release; dev
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"
read_env_file

for name in $(compgen -v CALLSCRIPT_DEMO_); do
  case $name in
    CALLSCRIPT_DEMO_PORT | CALLSCRIPT_DEMO_API_PORT | CALLSCRIPT_DEMO_DB_PORT) ;;
    CALLSCRIPT_DEMO_RINGBA_PORT | CALLSCRIPT_DEMO_DATA_DIR | CALLSCRIPT_DEMO_PROFILE) ;;
    *) fail "There is no setting $name; .env.example lists all of them." ;;
  esac
done
WEB_PORT=${CALLSCRIPT_DEMO_PORT:-3000}
API_PORT=${CALLSCRIPT_DEMO_API_PORT:-54321}
DB_PORT=${CALLSCRIPT_DEMO_DB_PORT:-54322}
RINGBA_PORT=${CALLSCRIPT_DEMO_RINGBA_PORT:-4010}
DATA=${CALLSCRIPT_DEMO_DATA_DIR:-$STATE}
ADDRESS=http://127.0.0.1:$WEB_PORT
API=http://127.0.0.1:$API_PORT
DB=postgresql://postgres:postgres@127.0.0.1:$DB_PORT/postgres
PROFILE=${CALLSCRIPT_DEMO_PROFILE:-dev}
case $PROFILE in
  dev) BIN=$ROOT/target/debug ;;
  release) BIN=$ROOT/target/release ;;
  *) fail "CALLSCRIPT_DEMO_PROFILE is dev or release, not $PROFILE." ;;
esac
forget_settings

mkdir -p "$DATA"
take_folder "$(cd "$DATA" && pwd)" \
  "A demo is running on $DATA already; end it with Ctrl-C, or choose another CALLSCRIPT_DEMO_DATA_DIR."
rm -f "$DATA/ready" "$LOGS/supabase.log"
finish() {
  # Migrations that are applied somewhere else are never edited; on a developer's machine they are.
  grep -qs 'has changed since it was applied' "$LOGS/supabase.log" && say "'make clean' removes the old data."
  rm -f "$DATA/ready"
  end_groups
}
trap finish EXIT
trap 'printf "\n"; say "Stopping."; exit 0' INT

check_port() {
  listens "$2" && fail "Port $2 is taken; choose another with $1."
  return 0
}
check_port CALLSCRIPT_DEMO_PORT "$WEB_PORT"
check_port CALLSCRIPT_DEMO_API_PORT "$API_PORT"
check_port CALLSCRIPT_DEMO_DB_PORT "$DB_PORT"
check_port CALLSCRIPT_DEMO_RINGBA_PORT "$RINGBA_PORT"

"$SCRIPTS/install.sh" demo 9>&-

# Browser side and programs are built at the same time: the linker of the one leaves a core to the
# other. Their output goes to logs, and a line now and then says that it goes on.
began=$SECONDS
group_start site "$LOGS/site.log" "$SCRIPTS/build-site.sh"
site=$STARTED
group_start programs "$LOGS/programs.log" cargo build --workspace --bins --profile "$PROFILE"
programs=$STARTED
site_open=yes programs_open=yes
ticks=0
while [ -n "$site_open$programs_open" ]; do
  pause 1
  ticks=$((ticks + 1))
  if [ -n "$programs_open" ] && ! group_runs "$programs"; then
    group_succeeded "$programs" || { tail -n 30 "$LOGS/programs.log" >&2; fail "The programs did not build; the whole log is $LOGS/programs.log."; }
    programs_open=
  fi
  if [ -n "$site_open" ] && ! group_runs "$site"; then
    group_succeeded "$site" || { tail -n 30 "$LOGS/site.log" >&2; fail "The browser side did not build; the whole log is $LOGS/site.log."; }
    site_open=
  fi
  if [ $((ticks % 15)) -eq 0 ] && [ -n "$site_open$programs_open" ]; then
    last=$(tail -n 1 "$LOGS/programs.log" | tr -s ' ' | cut -c 1-60)
    say "Building:${programs_open:+ programs (${last# })}${site_open:+${programs_open:+,} browser side}, $((SECONDS - began)) s so far"
  fi
done

say "Starting the database."
group_start supabase "$LOGS/supabase.log" "$BIN/supabase-local" start \
  --data-dir "$DATA/stack" --api-port "$API_PORT" --db-port "$DB_PORT"
wait_for supabase "$API_PORT" /auth/v1/health 90
key() { "$BIN/supabase-local" status -o env --data-dir "$DATA/stack" | sed -n "s/^$1=\"\(.*\)\"$/\1/p"; }
PUBLISHABLE_KEY=$(key PUBLISHABLE_KEY)
SECRET_KEY=$(key SECRET_KEY)

group_start ringba "$LOGS/ringba.log" "$BIN/ringba-simulator" \
  --listen "127.0.0.1:$RINGBA_PORT" --ledger-file "$DATA/ringba.json"

# The demo reads the call logs more often than the 60 s of a real account: nobody wants to wait.
group_start server "$LOGS/server.log" env \
  CALLSCRIPT_ENVIRONMENT=local \
  CALLSCRIPT_SUPABASE_URL="$API" \
  CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY="$PUBLISHABLE_KEY" \
  CALLSCRIPT_SUPABASE_SECRET_KEY="$SECRET_KEY" \
  CALLSCRIPT_SERVER_LISTEN="127.0.0.1:$WEB_PORT" \
  CALLSCRIPT_RINGBA_URL="http://127.0.0.1:$RINGBA_PORT/v2" \
  CALLSCRIPT_RINGBA_ACCOUNT=RA0000000000000000000000000000demo \
  CALLSCRIPT_RINGBA_TOKEN=demo-token \
  CALLSCRIPT_INGEST_INTERVAL_SECONDS=5 \
  CALLSCRIPT_VAULT_ALLOWED_HOSTS=127.0.0.1 \
  CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS="127.0.0.1:$RINGBA_PORT" \
  "$BIN/callscript-server"

group_start worker "$LOGS/worker.log" env \
  CALLSCRIPT_ENVIRONMENT=local \
  CALLSCRIPT_SUPABASE_URL="$API" \
  CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY="$PUBLISHABLE_KEY" \
  CALLSCRIPT_WORKER_EMAIL=worker@callscript.local \
  CALLSCRIPT_WORKER_PASSWORD=callscript-local \
  CALLSCRIPT_WORKER_MODEL=gpu-worker/model/ggml-micro-call-en.bin \
  CALLSCRIPT_WORKER_GRACE=5s \
  "$BIN/gpu-worker"
wait_for server "$WEB_PORT" /sign-in 30

cat <<END

  CallScript is ready: $ADDRESS

    reviewer@callscript.local    password callscript-local
    admin@callscript.local       password callscript-local

  Ctrl-C stops everything. Logs: $LOGS

END
printf 'figure: demo_ready_seconds = %s (no goal)\n' "$SECONDS"
printf '%s\n' "$ADDRESS" >"$DATA/ready"

# Calls per state, in one line, whenever it has changed.
psql=$(command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | tail -n 1 || true)
calls_per_state() {
  [ -n "$psql" ] || return 0
  "$psql" "$DB?connect_timeout=2" --no-psqlrc --quiet --no-align --tuples-only --command "
    select coalesce(string_agg(calls || ' ' || status, ', ' order by status), 'none yet')
    from api.call_counts() where calls > 0" 2>/dev/null || true
}
shown=
while :; do
  for name in supabase ringba server worker; do
    group_runs "${GROUP_OF[$name]}" || {
      tail -n 20 "$LOGS/$name.log" >&2
      fail "$name has ended by itself; its log is $LOGS/$name.log."
    }
  done
  states=$(calls_per_state)
  if [ -n "$states" ] && [ "$states" != "$shown" ]; then
    say "Calls: $states"
    shown=$states
  fi
  pause 2
done
