#!/usr/bin/env bash
# The official client library against a stack of its own: the outside witness that the embedded stack
# speaks Supabase. SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and SUPABASE_SECRET_KEY, set together, point
# the same test at any other Supabase.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"

"$SCRIPTS/npm-install.sh" end2end/supabase-js
if [ -n "${SUPABASE_URL:-}${SUPABASE_PUBLISHABLE_KEY:-}${SUPABASE_SECRET_KEY:-}" ]; then
  for name in SUPABASE_URL SUPABASE_PUBLISHABLE_KEY SUPABASE_SECRET_KEY; do
    [ -n "${!name:-}" ] || fail "$name is missing: set all of SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and SUPABASE_SECRET_KEY, or none."
  done
else
  cargo build --workspace --bins --quiet
  DATA=$STATE/test/supabase-js
  mkdir -p "$DATA"
  LOGS=$DATA
  remember_groups_in "$DATA/groups"
  end_leftovers
  trap end_groups EXIT
  trap 'exit 143' INT TERM HUP
  api_port=$(free_port)
  stack=("$ROOT/target/debug/supabase-local" --data-dir "$DATA/stack" --api-port "$api_port" --db-port 0)
  # As new, whatever an earlier run left.
  "${stack[@]}" reset
  group_start supabase "$DATA/supabase.log" "${stack[@]}" start
  wait_for supabase "$api_port" /auth/v1/health 60
  key() { "${stack[@]}" status -o env | sed -n "s/^$1=\"\(.*\)\"$/\1/p"; }
  SUPABASE_URL=$(key API_URL)
  SUPABASE_PUBLISHABLE_KEY=$(key PUBLISHABLE_KEY)
  SUPABASE_SECRET_KEY=$(key SECRET_KEY)
fi
export SUPABASE_URL SUPABASE_PUBLISHABLE_KEY SUPABASE_SECRET_KEY
(cd end2end/supabase-js && npm test)
