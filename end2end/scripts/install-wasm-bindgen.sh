#!/usr/bin/env bash
# Puts the wasm-bindgen CLI into .callscript/tools, in the version that Cargo.lock names: the CLI and the
# crate refuse each other otherwise. Skips when it is there.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

version=$(awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
[ "$(wasm-bindgen --version 2>/dev/null || true)" != "wasm-bindgen $version" ] || exit 0

say "Installing wasm-bindgen $version (a few minutes)."
# Not --locked: a dependency in the CLI's own lock file has been withdrawn.
cargo install wasm-bindgen-cli --version "$version" --bin wasm-bindgen --root "$TOOLS" --quiet
