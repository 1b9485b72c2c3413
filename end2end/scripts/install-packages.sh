#!/usr/bin/env bash
# Installs the named system packages, as root or with sudo. Where that is not possible, says in one
# sentence what is missing.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

missing=()
for package in "$@"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sentence="These system packages are missing and cannot be installed here: ${missing[*]}."
{ have apt-get && as_root true; } || fail "$sentence"

printf 'Installing system packages: %s\n' "${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -o DPkg::Lock::Timeout=120 -y -q --no-install-recommends "${missing[@]}"
}
# A run that was killed leaves packages unpacked but not configured, and apt-get refuses to go on. dpkg does not
# wait for the lock as apt-get does: it comes second, when the lock is known to be free.
repair() { as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a; }
if { { update_package_lists || true; } && { install || { repair && install; }; }; } >"$log" 2>&1; then
  exit 0
fi
tail -n 5 "$log" >&2
fail "$sentence"
