#!/usr/bin/env bash
# Builds what the browser loads into target/site: the same files in the same places as `cargo leptos
# build --release`, without its 600 crates. Does nothing when nothing changed.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

NAME=callscript
PROFILE=wasm-release
SITE=$ROOT/target/site
NEW=$ROOT/target/site.new

# Two runs at once would write into the same folder.
mkdir -p target
exec 8>target/site.lock
flock 8

toolchain=$("$SCRIPTS/install-wasm-target.sh" | tail -n 1)
[ -z "$toolchain" ] || export RUSTUP_TOOLCHAIN=$toolchain
"$SCRIPTS/install-wasm-bindgen.sh"

cargo build --quiet --package callscript-app --lib --no-default-features --features hydrate \
  --target wasm32-unknown-unknown --profile "$PROFILE"
module=target/wasm32-unknown-unknown/$PROFILE/callscript_app.wasm

# What the site is made of, in one line. Kept beside the site, not in it: the site is public.
stamp=$({
  sha256sum "$module" "${BASH_SOURCE[0]}"
  find style public -type f -print0 | sort -z | xargs -0 -r sha256sum
} | sha256sum)
[ "$(cat "$SITE.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

rm -rf "$NEW"
mkdir -p "$NEW/pkg"
# The names of functions are half of the module, and only a debugger reads them. wasm-opt is left out:
# Debian's cannot read what wasm-bindgen writes, and a newer one makes nothing smaller after brotli.
wasm-bindgen "$module" --target web --no-typescript --remove-name-section --remove-producers-section \
  --out-name "$NAME" --out-dir "$NEW/pkg"
mv "$NEW/pkg/${NAME}_bg.wasm" "$NEW/pkg/$NAME.wasm"

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
