#!/usr/bin/env bash
# npm ci in a folder, unless exactly that is installed already. A run that was killed left no mark.
set -euo pipefail
cd "$1"
mark=node_modules/.installed
[ -f "$mark" ] && cmp -s package-lock.json "$mark" && exit 0
# The browser comes from the system.
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
cp package-lock.json "$mark"
