#!/usr/bin/env bash
# Lints the app as the browser gets it. Debian's toolchain, which alone has the target on some machines, has no
# clippy; there the same code is linted as if this machine were the browser.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

browser=(--package callscript-app --lib --no-default-features --features split)
toolchain=$("$SCRIPTS/install-wasm-target.sh" | tail -n 1)
[ -n "$toolchain" ] || browser+=(--target wasm32-unknown-unknown --profile wasm-release)
exec cargo clippy "${browser[@]}" -- -D warnings
