#!/usr/bin/env bash
# Installs what is missing and runs every check. Stops at the first that fails.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"
# shellcheck source=end2end/scripts/steps.sh
. "$SCRIPTS/steps.sh"

DATA=$STATE/test
LOGS=$DATA/logs
mkdir -p "$LOGS"
# A developer's settings must not change what is tested.
for name in $(compgen -v CALLSCRIPT_) $(compgen -v SUPABASE_LOCAL_); do
  [ "$name" = SUPABASE_LOCAL_POSTGRES_BIN ] || unset "$name"
done
exec 9>"$DATA/test.lock"
flock -n 9 || fail "Another run of the tests is at work here."
remember_groups_in "$DATA/test.groups"
end_leftovers
trap end_groups EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
began=$SECONDS

"$SCRIPTS/install.sh" test 9>&-
"$SCRIPTS/install-nextest.sh" 9>&-

step format cargo fmt --all --check
step clippy cargo clippy --workspace --all-targets -- -D warnings
step clippy-browser "$SCRIPTS/clippy-browser.sh"
step build cargo build --workspace --all-targets
step browser-side "$SCRIPTS/build-site.sh"
if have cargo-nextest; then
  step rust cargo nextest run --workspace --exclude pipeline --no-fail-fast
else
  say "cargo-nextest is missing; cargo test runs the same tests one program after the other."
  step rust cargo test --workspace --exclude pipeline --no-fail-fast
fi
step pgtap "$SCRIPTS/pgtap.sh"
say "Everything passed in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s."
