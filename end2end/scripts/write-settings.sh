#!/usr/bin/env bash
# Writes server/deploy/settings.md and the second half of .env.example anew, out of what the programs read.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
forget_settings

cargo build --quiet --package callscript-server --package gpu-worker
server() { target/debug/callscript-server settings --form "$1"; }
worker() { target/debug/gpu-worker settings --form "$1"; }

{
  cat <<'HEAD'
# Settings

Every setting is a flag (`--help`) and an environment variable; a blank variable counts as not set. A setting without
a default is off, or has to be given where a sentence asks for it. `end2end/scripts/write-settings.sh` writes this file.

## The server

HEAD
  server table
  printf '\n## The worker\n\n'
  worker table
} >server/deploy/settings.md

first='# Every setting of the server.'
{
  sed "/^$first/,\$d" .env.example
  printf '%s\n\n' "$first"
  server env
  printf '\n# Every setting of the worker.\n\n'
  worker env
} >.env.example.new
mv .env.example.new .env.example
