#!/usr/bin/env bash
# Lints the app as the browser gets it. Debian's toolchain has no clippy; there the compiler's own
# warnings have to do.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

browser=(--package callscript-app --lib --no-default-features --features hydrate
  --target wasm32-unknown-unknown --profile wasm-release)
toolchain=$("$SCRIPTS/install-wasm-target.sh" | tail -n 1)
if [ -z "$toolchain" ]; then
  exec cargo clippy "${browser[@]}" -- -D warnings
fi
export RUSTUP_TOOLCHAIN=$toolchain
exec cargo rustc "${browser[@]}" -- -D warnings
