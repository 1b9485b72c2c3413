#!/usr/bin/env bash
# Makes `cargo build --target wasm32-unknown-unknown` work, and does nothing when it does.
#
# Where rustup cannot reach its server, the standard library is built once from Debian's sources
# (rustc-web, cargo-web, rust-web-src), put beside Debian's rustc and linked to rustup as the
# toolchain `debian-web`. It is built anew by itself after an upgrade of rustc-web.
#
# The last line on standard output is the value for RUSTUP_TOOLCHAIN, or empty for the toolchain
# that is active anyway.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TARGET=wasm32-unknown-unknown
TOOLCHAIN=debian-web

# Compiles and links a module that allocates, with full link-time optimisation: that fails when the
# standard library is missing, was made by another rustc, or carries no bitcode.
works() {
  local out
  out=$(mktemp -d)
  printf '%s\n' '#[no_mangle] pub extern "C" fn f(n: usize) -> usize { vec![0u8; n].len() }' >"$out/probe.rs"
  "$@" --target "$TARGET" --crate-type cdylib -O -Clto=fat --edition 2021 \
    -o "$out/probe.wasm" "$out/probe.rs" >/dev/null 2>&1 || true
  local made=1
  [ -s "$out/probe.wasm" ] && made=0
  rm -rf "$out"
  return "$made"
}

# The probe takes a second; its answer holds as long as rustc stays the same.
KNOWN=$TOOLS/wasm-target
remember() {
  { rustc -V; printf '%s\n' "$1"; } >"$KNOWN"
  printf '%s\n' "$1"
  exit 0
}
if [ -f "$KNOWN" ] && [ "$(head -n 1 "$KNOWN")" = "$(rustc -V)" ]; then
  known=$(tail -n +2 "$KNOWN")
  if [ -d "$(rustc ${known:++"$known"} --print target-libdir --target "$TARGET" 2>/dev/null)" ]; then
    printf '%s\n' "$known"
    exit 0
  fi
fi

works rustc && remember ""
if have rustup; then
  works rustc "+$TOOLCHAIN" && remember "$TOOLCHAIN"
  say "Adding $TARGET to the Rust toolchain." >&2
  RUSTUP_MAX_RETRIES=1 timeout 300 rustup target add "$TARGET" >&2 && works rustc && remember ""
fi

# From here on: Debian's compiler and its sources.
"$SCRIPTS/install-packages.sh" rustc-web cargo-web rust-web-src >&2
RUSTC=/usr/bin/rustc
CARGO=/usr/bin/cargo
HOST=$("$RUSTC" -vV | sed -n 's/^host: //p')
SYSROOT=$("$RUSTC" --print sysroot)
LIBDIR=$("$RUSTC" --print target-libdir --target "$TARGET")
SUDO=$([ "$(id -u)" = 0 ] || printf sudo)
[ -e "$SYSROOT/lib/rustlib/src/rust/library/std/Cargo.toml" ] ||
  fail "The WebAssembly target is missing: run 'rustup target add $TARGET' on a machine that reaches rustup's server."

# rustc asks for rust-lld in a folder where Debian has none; any rustup toolchain has one.
LLD_DIR=$SYSROOT/lib/rustlib/$HOST/bin
if [ ! -x "$LLD_DIR/rust-lld" ]; then
  lld=
  for candidate in "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/lib/rustlib/"$HOST"/bin/rust-lld; do
    # A linked toolchain would lead back to the folder that lacks it.
    if [ -x "$candidate" ] && [ ! -L "${candidate%%/lib/rustlib/*}" ]; then lld=$candidate; fi
  done
  if [ -z "$lld" ]; then
    package=$(apt-cache search --names-only '^lld-[0-9]+$' | awk '{print $1}' | sort -t- -k2 -n | tail -n 1)
    "$SCRIPTS/install-packages.sh" "$package" >&2
    lld=/usr/bin/wasm-ld-${package#lld-}
  fi
  $SUDO mkdir -p "$LLD_DIR"
  $SUDO ln -sf "$lld" "$LLD_DIR/rust-lld"
fi

if ! works "$RUSTC"; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
  : >"$work/src/lib.rs"
  say "Building the standard library for $TARGET (about two minutes)." >&2
  # Bitcode, because link-time optimisation must reach into the library. What a rustup proxy or the
  # caller left in the environment would change the build.
  (cd "$work" && env -u CARGO -u RUSTUP_TOOLCHAIN -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET \
    RUSTC="$RUSTC" RUSTC_BOOTSTRAP=1 RUSTC_WRAPPER= RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/target" \
    "$CARGO" build -q --release --offline --target "$TARGET" -Z build-std=std,panic_abort,proc_macro) >&2
  rm -f "$work/target/$TARGET"/release/deps/libempty-*
  # Two versions of core side by side would be worse than none.
  $SUDO rm -rf "$LIBDIR"
  $SUDO mkdir -p "$LIBDIR"
  $SUDO cp "$work/target/$TARGET"/release/deps/lib*.rlib "$LIBDIR/"
  works "$RUSTC" || fail "The standard library for $TARGET was built, but a test module does not compile."
fi

have rustup || remember ""
rustup toolchain link "$TOOLCHAIN" "$SYSROOT" >&2
works rustc "+$TOOLCHAIN" || fail "The toolchain $TOOLCHAIN does not compile for $TARGET."
remember "$TOOLCHAIN"
