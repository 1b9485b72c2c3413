#!/usr/bin/env bash
# The figures of the review app, in Chromium, as playwright.sh runs the tests. Arguments go to Playwright.
set -euo pipefail
# Optimised, as a deployment runs: what a page costs to draw and to fetch is a part of the figures.
export CALLSCRIPT_DEMO_PROFILE=release
exec "$(dirname "$0")/playwright.sh" --config bench.config.ts "$@"
