#!/usr/bin/env bash
# Installs the named system packages, as root or with sudo. Where that is not possible, says in one
# sentence what is missing.
set -euo pipefail

missing=()
for package in "$@"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sentence="These system packages are missing and cannot be installed here: ${missing[*]}."
command -v apt-get >/dev/null || { printf '%s\n' "$sentence" >&2; exit 1; }
root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { printf '%s\n' "$sentence" >&2; exit 1; }
  root=(sudo)
  # Nobody is there to type a password.
  [ -t 0 ] || root=(sudo -n)
fi

printf 'Installing system packages: %s\n' "${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A run that was killed may have left packages unpacked but not configured.
if { "${root[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a &&
  "${root[@]}" apt-get update -q -o DPkg::Lock::Timeout=120 &&
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=120 -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  exit 0
fi
tail -n 5 "$log" >&2
printf '%s\n' "$sentence" >&2
exit 1
