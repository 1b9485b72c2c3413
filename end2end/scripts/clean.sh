#!/usr/bin/env bash
# Removes the data of the demo's stack (or of the one in the folder given): database, recordings, logs.
# Tools and builds stay.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
read_env_file
DATA=${1:-${CALLSCRIPT_DEMO_DATA_DIR:-$STATE}}

[ -d "$DATA" ] || exit 0
exec 9>"$DATA/lock"
flock -n 9 || fail "A demo is running on $DATA; end it with Ctrl-C first."
# Root's database may lie where PostgreSQL's own user can reach it; the stack's folder links to it.
postgres=$(readlink -f "$DATA/stack/postgres" || true)
[ -z "$postgres" ] || rm -rf "$postgres"
rm -rf "$DATA/stack" "$DATA/logs" "$DATA/ringba.json" "$DATA/ready"
