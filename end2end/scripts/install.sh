#!/usr/bin/env bash
# Installs the system packages that are missing for `demo` (the default) or for `test`, and checks the tools
# that it does not install. Takes no time when everything is there. The tools of the WebAssembly side come with
# build-site.sh.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
purpose=${1:-demo}

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
have cargo || fail "Rust is missing: install it from https://rustup.rs, version $rust_wanted or newer."
rust_here=$(cargo --version | cut -d ' ' -f 2)
at_least "$rust_here" "$rust_wanted" ||
  fail "Rust is too old: cargo is $rust_here, and $rust_wanted is needed ('rustup update' brings it)."

has_package() { [ -n "$(candidate_version "$1")" ]; }
# The version that apt would install; nothing where it knows of none.
candidate_version() {
  apt-cache policy "$1" 2>/dev/null | sed -nE 's/^ *Candidate: ([0-9]+:)?([0-9.]+).*$/\2/p'
}

# Each line asks for the thing itself before its package, so that machines that have it from
# elsewhere are left alone.
packages=()
have cc && have c++ || packages+=(build-essential)
have cmake || packages+=(cmake)
has_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null ||
    compgen -G '/usr/lib/*/libclang*.so*' >/dev/null
}
has_libclang || packages+=(libclang-dev)
have clang || packages+=(clang)
have brotli || packages+=(brotli)

# The newest PostgreSQL for which the system also has pg_cron.
postgres_version() {
  local version
  for version in 17 16 15; do
    [ -e "/usr/lib/postgresql/$version/bin/postgres" ] && [ -e "/usr/share/postgresql/$version/extension/pg_cron.control" ] &&
      { printf '%s\n' "$version"; return; }
  done
  # A fresh machine has no package lists, and so knows of no version.
  has_package postgresql-common || update_package_lists >&2 || true
  for version in 17 16 15; do
    has_package "postgresql-$version-cron" && { printf '%s\n' "$version"; return; }
  done
  # install-packages.sh says what is missing.
  printf '15\n'
}
if [ -z "${SUPABASE_LOCAL_POSTGRES_BIN:-}" ]; then
  postgres=$(postgres_version)
  [ -e "/usr/lib/postgresql/$postgres/bin/postgres" ] || packages+=("postgresql-$postgres")
  [ -e "/usr/share/postgresql/$postgres/extension/pg_cron.control" ] || packages+=("postgresql-$postgres-cron")
fi

if [ "$purpose" = test ]; then
  [ -n "${SUPABASE_LOCAL_POSTGRES_BIN:-}" ] || [ -e "/usr/share/postgresql/$postgres/extension/pgtap.control" ] ||
    packages+=("postgresql-$postgres-pgtap")
  have pg_prove || packages+=(libtap-parser-sourcehandler-pgtap-perl)
  [ -x /usr/bin/chromium ] || packages+=(chromium)
  # The calls that are made afresh for the tests speak through these.
  /usr/bin/python3 -c 'import numpy, scipy' 2>/dev/null || packages+=(python3-numpy python3-scipy)
  compgen -G '/usr/lib/*/libespeak-ng.so.1' >/dev/null || packages+=(libespeak-ng1)

  # Node.js drives the browser tests and the official Supabase client.
  node_wanted=$(sed -n 's/^ *"node": ">=\(.*\)"$/\1/p' end2end/package.json)
  node_here=$(node --version 2>/dev/null || true)
  if ! have npm || ! at_least "${node_here#v}" "$node_wanted"; then
    has_package nodejs || update_package_lists || true
    node_packaged=$(candidate_version nodejs)
    at_least "${node_packaged:-0}" "$node_wanted" ||
      fail "Node.js $node_wanted or newer with npm is missing (here: ${node_here:-none}; this system packages ${node_packaged:-none}): install it from https://nodejs.org."
    packages+=(nodejs npm)
  fi

  for component in rustfmt clippy; do
    have "cargo-${component/rustfmt/fmt}" && "cargo-${component/rustfmt/fmt}" --version >/dev/null 2>&1 && continue
    have rustup || fail "$component is missing: the packages of your Rust toolchain bring it."
    say "Adding $component to the Rust toolchain."
    rustup component add "$component" || fail "$component is missing, and 'rustup component add $component' failed."
  done
fi

[ ${#packages[@]} -eq 0 ] || "$SCRIPTS/install-packages.sh" "${packages[@]}"
