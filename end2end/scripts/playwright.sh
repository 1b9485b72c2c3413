#!/usr/bin/env bash
# The browser tests, in Chromium, against a demo of their own on free ports and a new database.
# BASE_URL, RINGBA_URL for its simulator and STACK_DIR for its database point them at a demo that runs already. Arguments go to Playwright.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"

"$SCRIPTS/npm-install.sh" end2end
(cd end2end && npm run --silent check)
if [ -z "${BASE_URL:-}" ]; then
  DATA=$STATE/test/demo
  LOGS=$DATA/logs
  mkdir -p "$LOGS"
  remember_groups_in "$DATA/playwright.groups"
  end_leftovers
  trap end_groups EXIT
  trap 'exit 143' INT TERM HUP
  "$SCRIPTS/clean.sh" "$DATA"
  mkdir -p "$LOGS"
  CALLSCRIPT_DEMO_PORT=$(free_port)
  CALLSCRIPT_DEMO_API_PORT=$(free_port)
  CALLSCRIPT_DEMO_DB_PORT=$(free_port)
  CALLSCRIPT_DEMO_RINGBA_PORT=$(free_port)
  export CALLSCRIPT_DEMO_PORT CALLSCRIPT_DEMO_API_PORT CALLSCRIPT_DEMO_DB_PORT CALLSCRIPT_DEMO_RINGBA_PORT
  export CALLSCRIPT_DEMO_DATA_DIR=$DATA
  group_start demo "$LOGS/demo.log" "$SCRIPTS/demo.sh"
  # It builds first; the tests' own time limits begin when it is ready.
  until [ -f "$DATA/ready" ]; do
    group_runs "${GROUP_OF[demo]}" || { cat "$LOGS/demo.log"; fail "The demo did not start."; }
    pause 0.5
  done
  BASE_URL=$(cat "$DATA/ready")
  RINGBA_URL=http://127.0.0.1:$CALLSCRIPT_DEMO_RINGBA_PORT
  export RINGBA_URL
  export STACK_DIR=$DATA/stack
fi
export BASE_URL
# They make the calls of long-call.spec.ts and of queue.spec.ts, the undecided rules of settling.spec.ts, and the hour of seek.spec.ts.
cargo build --quiet --workspace --example generated_calls --example judged_rules --example many_calls --example told_time
(cd end2end && npx playwright test "$@")
