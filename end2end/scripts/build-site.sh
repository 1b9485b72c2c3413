#!/usr/bin/env bash
# Builds what the browser loads into target/site, in the places of `cargo leptos build --release --split` and without
# its 600 crates. Does nothing when nothing changed.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

NAME=callscript
PROFILE=wasm-release
SITE=$ROOT/target/site
NEW=$ROOT/target/site.new
PARTS=$ROOT/target/site.parts

# Two runs at once would write into the same folder.
mkdir -p target
exec 8>target/site.lock
flock 8

cargo build --quiet --package page-files
toolchain=$("$SCRIPTS/install-wasm-target.sh" | tail -n 1)
[ -z "$toolchain" ] || export RUSTUP_TOOLCHAIN=$toolchain
"$SCRIPTS/install-wasm-bindgen.sh"

# The relocations tell which page needs which code.
cargo rustc --quiet --package callscript-app --lib --crate-type cdylib --no-default-features --features split \
  --target wasm32-unknown-unknown --profile "$PROFILE" -- -Clink-arg=--emit-relocs
module=target/wasm32-unknown-unknown/$PROFILE/callscript_app.wasm

# What the site is made of, in one line. Kept beside the site, not in it: the site is public.
stamp=$({
  sha256sum "$module" "${BASH_SOURCE[0]}" target/debug/page-files
  find style public -type f -print0 | sort -z | xargs -0 -r sha256sum
} | sha256sum)
[ "$(cat "$SITE.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

rm -rf "$NEW" "$PARTS"
mkdir -p "$NEW/pkg"
target/debug/page-files "$module" "$PARTS" "$NAME"
# The names of functions are half of the module, and only a debugger reads them; those of the linker's exports hold the
# pages' files to it. wasm-opt is left out: Debian's cannot read what wasm-bindgen writes, and a newer one makes nothing
# smaller after brotli.
wasm-bindgen "$PARTS/$NAME.wasm" --target web --no-typescript --remove-name-section --remove-producers-section \
  --keep-lld-exports --no-demangle --out-name "$NAME" --out-dir "$NEW/pkg"
mv "$NEW/pkg/${NAME}_bg.wasm" "$NEW/pkg/$NAME.wasm"
rm "$PARTS/$NAME.wasm"
mv "$PARTS"/* "$NEW/pkg/"
rmdir "$PARTS"

# One file for the browser: every line that imports another style file is replaced by that file.
inline_styles() {
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ ^@import\ (url\()?[\"\']([^\"\']+)[\"\'] ]]; then
      inline_styles "$(dirname "$1")/${BASH_REMATCH[2]}"
    else
      printf '%s\n' "$line"
    fi
  done <"$1"
}
inline_styles style/main.css >"$NEW/pkg/$NAME.css"
cp -R public/. "$NEW/"
# The server sends these where a browser takes them.
find "$NEW" -type f \( -name '*.wasm' -o -name '*.js' -o -name '*.css' -o -name '*.svg' \) -exec brotli --best --keep {} +

# In this order, a run that is killed in between leads to a new build and never to half a site.
rm -rf "$SITE.stamp" "$SITE"
mv "$NEW" "$SITE"
printf '%s\n' "$stamp" >"$SITE.stamp"
