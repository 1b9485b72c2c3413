#!/usr/bin/env bash
# The figures of the review app, in Chromium, as playwright.sh runs the tests. Arguments go to Playwright.
set -euo pipefail
exec "$(dirname "$0")/playwright.sh" --config bench.config.ts "$@"
