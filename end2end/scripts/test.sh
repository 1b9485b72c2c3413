#!/usr/bin/env bash
# Installs what is missing and runs every check. Stops at the first that fails.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"
# shellcheck source=end2end/scripts/steps.sh
. "$SCRIPTS/steps.sh"

forget_settings
take_folder "$STATE/test" "Another run of the tests is at work here."
began=$SECONDS

"$SCRIPTS/install.sh" test 9>&-
"$SCRIPTS/install-nextest.sh" 9>&-

step format cargo fmt --all --check
step clippy cargo clippy --workspace --all-targets -- -D warnings
step clippy-browser "$SCRIPTS/clippy-browser.sh"
step build cargo build --workspace --all-targets
step browser-side "$SCRIPTS/build-site.sh"
if have cargo-nextest; then
  # The output of passing tests holds the figures; that of failing ones stands last.
  step rust cargo nextest run --workspace --no-fail-fast --success-output immediate --failure-output final
else
  say "cargo-nextest is missing; cargo test runs the same tests one program after the other."
  step rust cargo test --workspace --no-fail-fast -- --show-output
fi
step pgtap "$SCRIPTS/pgtap.sh"
step supabase-js "$SCRIPTS/supabase-js.sh"
step deployment "$SCRIPTS/deployment.sh"
step playwright "$SCRIPTS/playwright.sh"
took=$((SECONDS - began))
say "Everything passed in $((took / 60)) min $((took % 60)) s."
printf 'figure: test_minutes = %s (goal <= 60) %s\n' "$(awk "BEGIN { print $took / 60 }")" "$([ "$took" -le 3600 ] && echo holds || echo short)"
