#!/usr/bin/env bash
# Opens the demo's database in psql, where the tables are that admins edit in Studio.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
read_env_file

psql=$(command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | tail -n 1) ||
  fail "psql is missing: install the package postgresql-client."
port=${CALLSCRIPT_DEMO_DB_PORT:-54322}
listens "$port" || fail "No database answers on port $port; start one with 'make demo' or 'supabase start'."
[ ! -t 0 ] || cat <<'END'
Tables to edit: verticals, campaign_verticals, rules, lanes. \d+ NAME tells what each column means.
END
PGOPTIONS=--search_path=core,api,public exec "$psql" "postgresql://postgres:postgres@127.0.0.1:$port/postgres" "$@"
