#!/usr/bin/env bash
# Installs the system packages that are missing for `demo` (the default) or for `test`. Takes no time
# when everything is there. The tools of the WebAssembly side come with build-site.sh.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
purpose=${1:-demo}

have cargo || fail "Rust is missing: install it from https://rustup.rs, version 1.95 or newer."

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
  for version in 17 16 15; do
    apt-cache show "postgresql-$version-cron" >/dev/null 2>&1 && { printf '%s\n' "$version"; return; }
  done
  # Fresh machines have no package lists yet.
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
fi

[ ${#packages[@]} -eq 0 ] || "$SCRIPTS/install-packages.sh" "${packages[@]}"
