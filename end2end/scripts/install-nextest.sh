#!/usr/bin/env bash
# Puts cargo-nextest into .callscript/tools where it is missing. Never fails: the tests also run without it.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

have cargo-nextest && exit 0
say "Installing cargo-nextest (a few minutes)."
cargo install cargo-nextest --locked --root "$TOOLS" --quiet >"$LOGS/install-nextest.log" 2>&1 ||
  say "cargo-nextest could not be installed; its log is $LOGS/install-nextest.log."
