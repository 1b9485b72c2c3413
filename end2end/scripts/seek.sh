#!/usr/bin/env bash
# How exactly Chromium jumps in an hour's review copy. It takes no demo. Arguments go to Playwright.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

"$SCRIPTS/npm-install.sh" end2end
cargo build --quiet --workspace --example told_time
(cd end2end && npx playwright test seek.spec --project desktop "$@")
